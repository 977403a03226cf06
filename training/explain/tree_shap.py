"""How much did each column move the score of a LightGBM model? Exact TreeSHAP, in time proportional to the nodes.

Lives here: the mathematics, and laying out trees for the loops that compute it (``tree_shap_kernel``).
Does not live here: reading LightGBM's text (``lightgbm_parser``), when to use LightGBM's own contributions instead
(``shap_values``).

The game
    A tree explains a row x with some columns known and the others not (Lundberg et al. 2018, arXiv:1802.03888). It
    walks down: a split on a known column follows x; a split on an unknown one goes both ways, in proportion to the
    training rows that went there. The mean of the leaves it reaches is the worth of the known columns, and a column's
    contribution is its Shapley value in that game.

A walk in which columns are known by chance
    Let column f be known with probability t_f, independently, and F(t) be the mean leaf. Shapley values are its slope
    along the diagonal (Owen 1972):

        phi_f = integral over t from 0 to 1 of dF/dt_f at (t, t, ..., t)

    since a column that joins when each other one is known with probability t joins a set of s of D - 1 others with
    probability integral t^s (1 - t)^(D - 1 - s) dt = s! (D - 1 - s)! / D!, which is Shapley's weight. Summed over f it
    is the integral of dF/dt, so the contributions add up to F(1) - F(0): the score less the mean.

A polynomial, so a few points are exact
    F is linear in each t_f, and a leaf knows only the D distinct columns above it, so dF/dt_f is a polynomial in t of
    degree D - 1 at most. Gauss-Legendre quadrature with K = ceil(D / 2) points is exact: 4 points for a path of 8
    columns.

One node
    At a node n that splits on f, let z be the share of its training rows that go to its left child, and g be 1 if x
    goes left, else 0. Let y be the product of such shares over the splits on f above n on the path, 1 if there is none;
    let o be 1 if x itself follows the path at all of those, else 0. The walk is at n either because f is known and x
    follows (chance t o) or because f is unknown and it was led there (chance (1 - t) y). With a = t + (1 - t) y, the
    walk goes on to the left child with probability

        lambda_n = z + o (g - z) t / a            and   d lambda_n / dt_f = o (g - z) y / a^2

    (for o = 0 the column must be unknown, and the walk goes by z). For a column met first on this path y = 1, a = 1:
    lambda_n = z + (g - z) t.

One tree: forward and backward, as a neural network is differentiated
    up:    T_n = T_right + lambda_n (T_left - T_right)                 the mean leaf from n on; a leaf's T is its value
    down:  P_left = P_n lambda_n,   P_right = P_n - P_left           the chance of reaching n; 1 at the root
    and    phi_f gains  w P_n (T_left - T_right) d lambda_n / dt_f   by the chain rule, at each point t of weight w

    In the code: pull = o (g - z), one number per node and row; tilt = t / a and gain = y / a^2, per node and point;
    flow = the sum over points of w P_n gain (T_left - T_right), so that phi_f gains pull x flow. Nothing is divided by
    a share, nothing grows, and all leaves share their paths: nodes x K steps a row and tree, where the published
    algorithm takes leaves x D x D / 2.

Traps, each one met
    LightGBM reads numbers within 1e-35 of zero as zero, and NaN as zero where a split knows no missing values; a
    category is truncated to an integer, and one that is negative, not a number, or not in the set goes right. Columns
    that repeat on a path are one player, not two. Counts, not weights, share out the unknown. Linear trees, random
    forests, several classes and nodes without rows are rejected.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from features.array_types import FloatArray, IntArray
from training.explain.lightgbm_parser import Tree, read_trees
from training.explain.tree_shap_kernel import (
    BLOCK,
    CATEGORY,
    MISSING_LEFT,
    MISSING_RIGHT,
    NODE,
    TREE,
    ZERO_LEFT,
    ZERO_RIGHT,
    Forest,
    sweep_block,
)
from training.explain.tree_shap_rows import sum_leaves, sweep_row

__all__ = ["Contributions", "FastTreeShap"]

_FEW_ROWS = 3
"""Up to this many rows, taking them one by one is faster than a block that is mostly empty."""


@dataclass(frozen=True)
class Contributions:
    """Scores of n rows and what they are made of; ``base + parts.sum(axis=1)`` is ``raw`` to 1e-9.

    Parameters
    ----------
    raw : float64 array of shape (n,)
        The sum of the leaves, as ``Booster.predict(raw_score=True)`` gives it, to the bit.
    parts : float64 array of shape (n, columns)
        What each column moved.
    base : float
        The mean score of the training rows.
    names : tuple of str
        The columns.
    """

    raw: FloatArray
    parts: FloatArray
    base: float
    names: tuple[str, ...]

    def get_row_parts(self, row: int) -> dict[str, float]:
        """Return one row's parts by the name of the column, the strongest first."""
        order = np.argsort(-np.abs(self.parts[row]), kind="stable")
        return {self.names[column]: float(self.parts[row, column]) for column in order}


@dataclass(frozen=True)
class FastTreeShap:
    """A model laid out for the kernel; safe to share between threads.

    Parameters
    ----------
    names : tuple of str
        The columns, in the order of the matrix.
    base : float
    forest : Forest

    >>> import lightgbm
    >>> rows = np.array([[age, 7.0] for age in range(20)])
    >>> data = lightgbm.Dataset(rows, rows[:, 0] > 9, params={"min_data_in_bin": 1, "verbosity": -1})
    >>> booster = lightgbm.train(
    ...     {"objective": "binary", "min_data_in_leaf": 1, "num_leaves": 2, "verbosity": -1}, data, 1
    ... )
    >>> explained = FastTreeShap.from_model_text(booster.model_to_string(), names=["age", "lucky number"]).explain(rows)
    >>> {name: round(part, 9) for name, part in explained.get_row_parts(0).items()}
    {'age': -0.2, 'lucky number': 0.0}
    """

    names: tuple[str, ...]
    base: float
    forest: Forest

    @classmethod
    def from_model_text(cls, model_text: str, names: Sequence[str] | None = None) -> "FastTreeShap":
        """Lay out the model that ``booster.model_to_string()`` wrote.

        Parameters
        ----------
        names : sequence of str, optional
            Better names for the columns than LightGBM's.

        Raises
        ------
        UnsupportedTrees
            If the model is of a kind that is not computed here.
        """
        own_names, trees = read_trees(model_text)
        base = sum(float(tree.leaf @ tree.leaf_rows) / float(tree.leaf_rows.sum()) for tree in trees)
        return cls(tuple(names) if names is not None else own_names, base, _lay_out_forest(trees))

    def explain(self, rows: np.ndarray, threads: int = 1) -> Contributions:
        """Explain ``rows``, float array of shape (n, columns); every value has an answer, NaN and infinity too.

        Parameters
        ----------
        threads : int
            Rows are divided among this many; the result is the same to the bit.

        Raises
        ------
        ValueError
            If the rows have another number of columns than the model.
        """
        rows = self._check_rows(rows)
        raw, parts = np.empty(len(rows)), np.empty(rows.shape)
        sweep = sweep_row if len(rows) <= _FEW_ROWS else sweep_block
        chunks = _divide(len(rows), threads)
        _run_threads(lambda chunk: sweep(rows[chunk], self.forest, parts[chunk], raw[chunk]), chunks)
        return Contributions(raw, parts, self.base, self.names)

    def predict(self, rows: np.ndarray, threads: int = 1) -> FloatArray:
        """Return what ``explain`` returns as ``raw``, to the bit, without the contributions. Shape (n,)."""
        rows = self._check_rows(rows)
        raw = np.empty(len(rows))
        _run_threads(lambda chunk: sum_leaves(rows[chunk], self.forest, raw[chunk]), _divide(len(rows), threads))
        return raw

    def _check_rows(self, rows: np.ndarray) -> FloatArray:
        """Return the rows as the loops take them; ValueError where they have another number of columns."""
        rows = np.ascontiguousarray(rows, np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(self.names):
            raise ValueError(
                f"rows have the shape {rows.shape}, the model has {len(self.names)} columns: expected "
                f"(n, {len(self.names)})"
            )
        return rows


def _divide(rows: int, threads: int) -> list[slice]:
    """Divide rows among threads, evenly; all of them for one where there are too few for each."""
    # Rounded up, -(-7 // 2) = 4, so that the last thread gets fewer rows and none is left over.
    rows_per_thread = -(-max(rows, 1) // max(threads, 1))
    if rows_per_thread < BLOCK:
        return [slice(0, rows)]
    return [slice(start, start + rows_per_thread) for start in range(0, rows, rows_per_thread)]


def _run_threads(work: Callable[[slice], None], chunks: Sequence[slice]) -> None:
    """Run the work on every chunk, each in a thread of its own where there are several."""
    if len(chunks) == 1:
        work(chunks[0])
        return
    with ThreadPoolExecutor(len(chunks)) as pool:
        list(pool.map(work, chunks))


def _lay_out_forest(trees: Sequence[Tree]) -> Forest:
    """Lay out all trees in flat arrays."""
    trees = [_number_depth_first(tree) for tree in trees]
    paths = [_Paths.from_tree(tree) for tree in trees]
    # Gauss-Legendre with q points is exact up to degree 2q - 1; the integrand of a path over D columns has degree D -
    # 1.
    points = np.array([max((path.most_columns + 1) // 2, 1) for path in paths], np.int64)
    position, weight = _build_quadrature(int(points.max(initial=1)))
    counts = np.array([len(tree.feature) for tree in trees], np.int64)
    points_of_node = np.repeat(points, counts)
    first_point = _compute_offsets(points_of_node)
    node = np.repeat(np.arange(len(points_of_node)), points_of_node)
    t = position[points_of_node[node], np.arange(len(node)) - first_point[node]]
    y = _concatenate([path.path_share for path in paths], float)[node]
    a = t + (1 - t) * y
    nodes = np.concatenate(
        [np.empty(0, NODE), *(_build_nodes(tree, path) for tree, path in zip(trees, paths, strict=True))]
    )
    first_word = _compute_offsets(np.array([len(tree.bits) for tree in trees], np.int64))[:-1]
    # Offsets of bits and points were counted within each tree; here they become offsets into the forest.
    nodes["first_word"] += np.repeat(first_word, counts)
    nodes["last_word"] += np.repeat(first_word, counts)
    nodes["first_point"] = first_point[:-1]
    records = np.empty(len(trees), TREE)
    records["first_node"], records["nodes"] = _compute_offsets(counts)[:-1], counts
    records["first_leaf"], records["points"] = _compute_offsets(counts + 1)[:-1], points
    return Forest(
        records,
        nodes,
        t / a,
        y / a**2,
        _concatenate([tree.leaf for tree in trees], float),
        _concatenate([tree.bits for tree in trees], np.uint32),
        weight,
    )


def _number_depth_first(tree: Tree) -> Tree:
    """Return the same tree, its nodes numbered in the order of a walk that takes the left branch first."""
    order, stack = [], [0] if len(tree.feature) else []
    while stack:
        node = stack.pop()
        order.append(node)
        # The right child below the left one on the stack: the left branch is walked first, to its end.
        stack += [child for child in (tree.right[node], tree.left[node]) if child >= 0]
    number = np.argsort(np.array(order, np.int64))

    def renumber(children: IntArray) -> IntArray:
        return np.array([number[child] if child >= 0 else child for child in children[order]], np.int64)

    arrays = {name: getattr(tree, name)[order] for name in ("feature", "decision", "threshold", "node_rows")}
    return replace(tree, left=renumber(tree.left), right=renumber(tree.right), **arrays) if order else tree


def _build_nodes(tree: Tree, path: "_Paths") -> np.ndarray:
    """Return a tree's nodes as records; words and points still counted from the tree's own beginning."""
    nodes = np.zeros(len(tree.feature), NODE)
    nodes["feature"], nodes["threshold"], nodes["rule"] = tree.feature, tree.threshold, _compute_rules(tree)
    for name in ("left", "right", "share", "earlier", "from_left", "slot", "left_slot"):
        nodes[name] = getattr(path, name)
    is_category = (tree.decision & 1) == 1
    set_number = tree.threshold[is_category].astype(np.int64)
    if len(set_number):
        nodes["first_word"][is_category] = tree.set_begins[set_number]
        nodes["last_word"][is_category] = tree.set_begins[set_number + 1]
    return nodes


def _build_quadrature(max_points: int) -> tuple[FloatArray, FloatArray]:
    """Return the points and weights of Gauss-Legendre quadrature on [0, 1], row K the rule of K points.

    Shape (max_points + 1, max_points) each.
    """
    position, weight = np.zeros((2, max_points + 1, max_points))
    for points in range(1, max_points + 1):
        # NumPy's rule is on [-1, 1].
        x, mass = np.polynomial.legendre.leggauss(points)
        position[points, :points], weight[points, :points] = (1 + x) / 2, mass / 2
    return position, weight


def _compute_offsets(lengths: IntArray) -> IntArray:
    """Return where each of several arrays of these lengths begins when they are concatenated, and the total length."""
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _concatenate(arrays: Sequence[np.ndarray], kind: type) -> np.ndarray:
    """Concatenate the arrays; none at all give an empty one."""
    return np.concatenate([np.empty(0, kind), *arrays]).astype(kind)


def _compute_rules(tree: Tree) -> IntArray:
    """Return the rule of each split.

    NaN is read as zero where a split knows no missing values, so it goes where zero goes.
    """
    # LightGBM's byte: decision 10 is 0b1010: missing goes left (bit 1), NaN is missing (bits 2 and 3 are 2).
    missing, missing_left = tree.decision >> 2 & 3, (tree.decision >> 1 & 1) == 1
    nan_left = np.where(missing == 0, tree.threshold >= 0, missing_left)
    zero_rule, nan_rule = np.where(nan_left, ZERO_LEFT, ZERO_RIGHT), np.where(nan_left, MISSING_LEFT, MISSING_RIGHT)
    return np.where((tree.decision & 1) == 1, CATEGORY, np.where(missing == 1, zero_rule, nan_rule))


@dataclass(frozen=True)
class _Paths:
    """What a tree's paths determine for each node.

    Its children, z (``share``), y (``path_share``), the last split on its column before (``earlier``), and where its
    numbers (``slot``) and its left child's are.
    """

    left: IntArray
    right: IntArray
    share: FloatArray
    path_share: FloatArray
    earlier: IntArray
    from_left: np.ndarray
    slot: IntArray
    left_slot: IntArray
    most_columns: int

    @classmethod
    def from_tree(cls, tree: Tree) -> "_Paths":
        """Follow every path from the root once; a node is numbered after its parent."""
        nodes = len(tree.feature)
        left, right = tree.left, tree.right
        share = tree.count_rows(left) / tree.node_rows if nodes else np.empty(0)
        right_share = tree.count_rows(right) / tree.node_rows if nodes else np.empty(0)
        path_share, earlier, from_left = np.ones(nodes), np.full(nodes, -1), np.zeros(nodes, np.bool_)
        slot, left_slot = np.zeros((2, nodes), np.int64)
        # For each node: column -> its last split on the path, whether the path goes left there, y behind it.
        above: list[dict[int, tuple[int, bool, float]]] = [{} for _ in range(nodes)]
        most_columns = 0
        for node, column in enumerate(tree.feature.tolist()):
            earlier[node], from_left[node], path_share[node] = above[node].get(column, (-1, False, 1.0))
            most_columns = max(most_columns, len(above[node].keys() | {column}))
            # A left leaf beside a right leaf needs no slot of its own: nothing is stored for it.
            left_slot[node] = slot[node] + (left[node] < 0 or right[node] >= 0)
            for child, is_left, portion in ((left[node], True, share[node]), (right[node], False, right_share[node])):
                if child >= 0:
                    slot[child] = left_slot[node] if is_left else slot[node]
                    above[child] = {**above[node], column: (node, is_left, path_share[node] * portion)}
        return cls(left, right, share, path_share, earlier, from_left, slot, left_slot, most_columns)
