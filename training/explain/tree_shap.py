"""How much did each column move the score of a LightGBM model? Exact TreeSHAP, in time proportional to nodes instead of
leaves x depth x depth.

Lives here: the mathematics, and laying out trees for the loops that compute it (``tree_sweep``).
Does not live here: reading LightGBM's text (``tree_text``), when to trust LightGBM's own contributions instead
(``contributions``).

The game
    A tree explains a row x with some columns known and the others not (Lundberg et al. 2018, arXiv:1802.03888). It
    walks down: a split on a known column follows x; a split on an unknown one goes both ways, in proportion to the
    training rows that went there. The mean of the leaves it comes to is the worth of the known columns, and a column's
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

One tree: forwards and backwards, as a neural network is differentiated
    up:    T_n = T_right + lambda_n (T_left - T_right)                 the mean leaf from n on; a leaf's T is its value
    down:  P_left = P_n lambda_n,   P_right = P_n - P_left           the chance of coming to n; 1 at the root
    and    phi_f gains  w P_n (T_left - T_right) d lambda_n / dt_f   by the chain rule, at each point t of weight w

    In the code: pull = o (g - z), one number per node and row; tilt = t / a and gain = y / a^2, per node and point;
    flow = the sum over points of w P_n gain (T_left - T_right), so that phi_f gains pull x flow. Nothing is divided by
    a share, nothing grows, and all leaves share their paths: nodes x K steps a row and tree, where the published
    algorithm takes leaves x D x D / 2.

Traps, each one met
    LightGBM reads numbers within 1e-35 of zero as zero, and NaN as zero where a split knows no missing values; a
    category is cut to a whole number, and one that is negative, not a number, or not in the set goes right. Columns
    that repeat on a path are one player, not two. Counts, not weights, share out the unknown. Linear trees, random
    forests, several classes and nodes without rows are refused.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from features.array_types import FloatArray, IntArray
from training.explain.lightgbm_parser import Tree, read_trees
from training.explain.simd import WIDTH
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
    sweep_row,
)

__all__ = ["Contributions", "FastTreeShap"]

_FEW_ROWS = 3
"""Up to so many rows the loops along the quadrature are faster than the loops along rows."""


@dataclass(frozen=True)
class Contributions:
    """The scores of n rows and what they are made of; ``base + parts.sum(axis=1)`` is ``raw`` to 1e-9.

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
        """One row's parts by the name of the column, the strongest first."""
        order = np.argsort(-np.abs(self.parts[row]), kind="stable")
        return {self.names[column]: float(self.parts[row, column]) for column in order}


@dataclass(frozen=True)
class FastTreeShap:
    """A model laid out for the sweep; safe to share between threads.

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
        written, trees = read_trees(model_text)
        base = sum(float(tree.leaf @ tree.leaf_rows) / float(tree.leaf_rows.sum()) for tree in trees)
        return cls(tuple(names) if names is not None else written, base, _laid_out(trees))

    def explain(self, rows: np.ndarray, threads: int = 1) -> Contributions:
        """Scores and parts of ``rows``, float array of shape (n, columns); any value is answered, NaN and infinity too.

        Parameters
        ----------
        threads : int
            Rows are shared out among so many; the result is the same to the bit.

        Raises
        ------
        ValueError
            If the rows have another number of columns than the model.
        """
        rows = np.ascontiguousarray(rows, np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(self.names):
            raise ValueError(
                f"rows have the shape {rows.shape}, the model has {len(self.names)} columns: expected (n, {len(self.names)})"
            )
        raw, parts = np.empty(len(rows)), np.empty(rows.shape)
        sweep = sweep_row if len(rows) <= _FEW_ROWS else sweep_block
        each = -(-max(len(rows), 1) // max(threads, 1))
        if threads <= 1 or each < BLOCK:
            sweep(rows, self.forest, parts, raw)
        else:
            pieces = [slice(start, start + each) for start in range(0, len(rows), each)]
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(lambda piece: sweep_block(rows[piece], self.forest, parts[piece], raw[piece]), pieces))
        return Contributions(raw, parts, self.base, self.names)


def _laid_out(trees: Sequence[Tree]) -> Forest:
    """All trees in flat arrays."""
    trees = [_depth_first(tree) for tree in trees]
    paths = [_Paths.of(tree) for tree in trees]
    points = np.array([max((path.most_columns + 1) // 2, 1) for path in paths], np.int64)
    at, weight = _rules(int(points.max(initial=1)))
    counts = np.array([len(tree.feature) for tree in trees], np.int64)
    of_node = np.repeat(points, counts)
    first_point = _begins(of_node)
    node = np.repeat(np.arange(len(of_node)), of_node)
    t = at[of_node[node], np.arange(len(node)) - first_point[node]]
    known = _joined([path.known_share for path in paths], float)[node]
    a = t + (1 - t) * known
    nodes = np.concatenate([np.empty(0, NODE), *(_nodes(tree, path) for tree, path in zip(trees, paths, strict=True))])
    begins = _begins(np.array([len(tree.bits) for tree in trees], np.int64))[:-1]
    nodes["first_word"] += np.repeat(begins, counts)
    nodes["last_word"] += np.repeat(begins, counts)
    nodes["first_point"] = first_point[:-1]
    laid = np.empty(len(trees), TREE)
    laid["first_node"], laid["nodes"], laid["first_leaf"], laid["points"] = (
        _begins(counts)[:-1],
        counts,
        _begins(counts + 1)[:-1],
        points,
    )
    beyond = np.zeros(WIDTH)
    tilt, gain = np.concatenate([t / a, beyond]), np.concatenate([known / a**2, beyond])
    return Forest(
        laid,
        nodes,
        tilt,
        gain,
        _joined([tree.leaf for tree in trees], float),
        _joined([tree.bits for tree in trees], np.uint32),
        weight,
    )


def _depth_first(tree: Tree) -> Tree:
    """The same tree, its nodes numbered in the order of a walk that takes the left branch first."""
    order, waiting = [], [0] if len(tree.feature) else []
    while waiting:
        node = waiting.pop()
        order.append(node)
        waiting += [child for child in (tree.right[node], tree.left[node]) if child >= 0]
    place = np.argsort(np.array(order, np.int64))

    def renamed(child: IntArray) -> IntArray:
        return np.array([place[one] if one >= 0 else one for one in child[order]], np.int64)

    moved = {name: getattr(tree, name)[order] for name in ("feature", "decision", "threshold", "node_rows")}
    return replace(tree, left=renamed(tree.left), right=renamed(tree.right), **moved) if order else tree


def _nodes(tree: Tree, path: "_Paths") -> np.ndarray:
    """A tree's nodes as records; words and points still counted from the tree's own beginning."""
    nodes = np.zeros(len(tree.feature), NODE)
    nodes["feature"], nodes["threshold"], nodes["rule"] = tree.feature, tree.threshold, _rule(tree)
    for name in ("left", "right", "share", "earlier", "from_left", "slot", "left_slot"):
        nodes[name] = getattr(path, name)
    of_sets = (tree.decision & 1) == 1
    chosen = tree.threshold[of_sets].astype(np.int64)
    if len(chosen):
        nodes["first_word"][of_sets], nodes["last_word"][of_sets] = tree.set_begins[chosen], tree.set_begins[chosen + 1]
    return nodes


def _rules(most: int) -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre on [0, 1]: places and weights, row K the rule of K points.

    Shape (most + 1, most rounded up to WIDTH) each.
    """
    at, weight = np.zeros((2, most + 1, -(-most // WIDTH) * WIDTH))
    for points in range(1, most + 1):
        place, mass = np.polynomial.legendre.leggauss(points)
        at[points, :points], weight[points, :points] = (1 + place) / 2, mass / 2
    return at, weight


def _begins(lengths: IntArray) -> IntArray:
    """Where each piece begins when pieces of these lengths stand one after the other, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _joined(pieces: Sequence[np.ndarray], kind: type) -> np.ndarray:
    """The pieces one after the other."""
    return np.concatenate([np.empty(0, kind), *pieces]).astype(kind)


def _rule(tree: Tree) -> IntArray:
    """The rule of each split. NaN is read as zero where a split knows no missing values, so it goes where zero goes."""
    missing, missing_left = tree.decision >> 2 & 3, (tree.decision >> 1 & 1) == 1
    nan_left = np.where(missing == 0, tree.threshold >= 0, missing_left)
    rule = np.where(
        missing == 1, np.where(nan_left, ZERO_LEFT, ZERO_RIGHT), np.where(nan_left, MISSING_LEFT, MISSING_RIGHT)
    )
    return np.where((tree.decision & 1) == 1, CATEGORY, rule)


@dataclass(frozen=True)
class _Paths:
    """What a tree's paths say about each node: its children, z (``share``), y (``known_share``), the last split on its
    column before (``earlier``), and where its numbers (``slot``) and its left child's stand."""

    left: IntArray
    right: IntArray
    share: FloatArray
    known_share: FloatArray
    earlier: IntArray
    from_left: np.ndarray
    slot: IntArray
    left_slot: IntArray
    most_columns: int

    @classmethod
    def of(cls, tree: Tree) -> "_Paths":
        """Follow every path from the root once; a node is numbered after its parent."""
        nodes = len(tree.feature)
        left, right = tree.left, tree.right
        share = tree.count_rows(left) / tree.node_rows if nodes else np.empty(0)
        right_share = tree.count_rows(right) / tree.node_rows if nodes else np.empty(0)
        known_share, earlier, from_left = np.ones(nodes), np.full(nodes, -1), np.zeros(nodes, np.bool_)
        slot, left_slot = np.zeros((2, nodes), np.int64)
        above: list[dict[int, tuple[int, bool, float]]] = [
            {} for _ in range(nodes)
        ]  # column -> its last split on the path, side, y behind it
        most = 0
        for node, column in enumerate(tree.feature.tolist()):
            earlier[node], from_left[node], known_share[node] = above[node].get(column, (-1, False, 1.0))
            most = max(most, len(above[node].keys() | {column}))
            left_slot[node] = slot[node] + (left[node] < 0 or right[node] >= 0)
            for child, is_left, portion in ((left[node], True, share[node]), (right[node], False, right_share[node])):
                if child >= 0:
                    slot[child] = left_slot[node] if is_left else slot[node]
                    above[child] = {**above[node], column: (node, is_left, known_share[node] * portion)}
        return cls(left, right, share, known_share, earlier, from_left, slot, left_slot, most)
