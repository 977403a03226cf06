"""What do a LightGBM model's trees say? Its text, read into arrays, or refused when it says something we do not know.

Lives here: the layout of LightGBM's text, format v4.
Does not live here: what is computed with the trees (``tree_contributions``). LightGBM itself is not imported.
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray, IntArray
from training.errors import UnsupportedTrees

__all__ = ["Tree", "read_trees"]


@dataclass(frozen=True)
class Tree:
    """One tree; node 0 is the root, a child is a node, or ``~leaf``. A tree of one leaf has no nodes.

    Parameters
    ----------
    feature, decision, left, right : int arrays of shape (nodes,)
        ``decision`` is LightGBM's byte: bit 0 categories, bit 1 missing goes left, bits 2 and 3 what is missing (0
        nothing, 1 zero, 2 NaN).
    threshold : float array of shape (nodes,)
        Of a split on categories: the number of its set.
    set_begins : int array
        Where each set of categories begins in ``bits``.
    bits : uint32 array
    node_rows, leaf_rows : float arrays of shape (nodes,) and (nodes + 1,)
        Training rows that came by.
    leaf : float array of shape (nodes + 1,)
    """

    feature: IntArray
    decision: IntArray
    left: IntArray
    right: IntArray
    threshold: FloatArray
    set_begins: IntArray
    bits: np.ndarray
    node_rows: FloatArray
    leaf_rows: FloatArray
    leaf: FloatArray

    def count_rows(self, child: IntArray) -> FloatArray:
        """Training rows of children."""
        return np.where(
            child >= 0, np.append(self.node_rows, 0.0)[np.maximum(child, 0)], self.leaf_rows[np.maximum(~child, 0)]
        )


def read_trees(model_text: str) -> tuple[tuple[str, ...], list[Tree]]:
    """The columns' names and the trees of ``booster.model_to_string()``.

    Raises
    ------
    UnsupportedTrees
        If the model is of a kind whose contributions are not computed here, or the text does not hold together.
    """
    head, *texts = model_text.split("\nTree=")
    said = _pairs(head)
    for name, expected in (("version", "v4"), ("num_class", "1"), ("num_tree_per_iteration", "1")):
        if said.get(name) != expected:
            raise UnsupportedTrees(
                f"model text: {name} is {said.get(name)!r}, expected {expected!r}. LightGBM's own contributions serve such a model."
            )
    if "average_output" in head.split("\n"):
        raise UnsupportedTrees(
            "model text: its trees are averaged (random forest), expected a sum. LightGBM's own contributions serve such a model."
        )
    names = tuple(said.get("feature_names", "").split(" "))
    if len(names) != int(said.get("max_feature_idx", -1)) + 1:
        raise UnsupportedTrees(
            f"model text: {len(names)} names for {said.get('max_feature_idx')} + 1 columns. The text is damaged."
        )
    return names, [_tree(number, text.split("\n\n")[0], len(names)) for number, text in enumerate(texts)]


def _pairs(text: str) -> dict[str, str]:
    """The lines ``name=value``."""
    return dict(line.split("=", 1) for line in text.split("\n") if "=" in line)


def _tree(number: int, text: str, columns: int) -> Tree:
    """One tree of the text, checked."""
    said = _pairs(text)
    if said.get("is_linear", "0") != "0":
        raise UnsupportedTrees(f"tree {number}: is linear, expected a number in every leaf.")

    def numbers(name: str, kind: type) -> np.ndarray:
        return np.array(said.get(name, "").split(), dtype=kind)

    try:
        tree = Tree(
            numbers("split_feature", np.int64),
            numbers("decision_type", np.int64),
            numbers("left_child", np.int64),
            numbers("right_child", np.int64),
            numbers("threshold", float),
            numbers("cat_boundaries", np.int64),
            numbers("cat_threshold", np.uint32),
            numbers("internal_count", float),
            numbers("leaf_count", float),
            numbers("leaf_value", float),
        )
        leaves = int(said["num_leaves"])
    except (ValueError, KeyError, OverflowError) as fault:
        said_of = f"tree {number}: is not written as expected ({type(fault).__name__})"
        raise UnsupportedTrees(f"{said_of}. LightGBM's own contributions serve such a model.") from None
    if leaves == 1:
        return _single(tree)
    fault = _fault(tree, leaves, columns)
    if fault:
        raise UnsupportedTrees(f"tree {number}: {fault}. LightGBM's own contributions serve such a model.")
    return tree


def _single(tree: Tree) -> Tree:
    """A tree of one leaf: LightGBM may write no counts for it."""
    none = {name: getattr(tree, name)[:0] for name in vars(tree)}
    return Tree(**none | {"leaf_rows": np.ones(1), "leaf": tree.leaf[:1]})


def _fault(tree: Tree, leaves: int, columns: int) -> str | None:
    """What does not hold together: compiled loops check nothing, so everything that they index with is checked here."""
    lengths = {len(one) for one in (tree.feature, tree.decision, tree.left, tree.right, tree.threshold, tree.node_rows)}
    if lengths != {leaves - 1} or {len(tree.leaf), len(tree.leaf_rows)} != {leaves}:
        return f"has arrays of other lengths than its {leaves} leaves need"
    children = np.concatenate([tree.left, tree.right])
    if not np.array_equal(np.sort(children), np.concatenate([np.arange(-leaves, 0), np.arange(1, leaves - 1)])):
        return "has a child that is missing or is named twice"
    parents = np.tile(np.arange(leaves - 1), 2)
    if (parents[children >= 0] >= children[children >= 0]).any():
        return "has a child that is numbered before its parent"
    if (tree.feature < 0).any() or (tree.feature >= columns).any():
        return f"splits on a column outside of the model's {columns}"
    rows_left, rows_right = tree.count_rows(tree.left), tree.count_rows(tree.right)
    if (rows_left <= 0).any() or (rows_right <= 0).any() or not np.array_equal(rows_left + rows_right, tree.node_rows):
        return "has a node whose training rows are not those of its two children, or a child without any"
    if not (np.isfinite(tree.leaf).all() and not np.isnan(tree.threshold).any()):
        return "has a leaf or a threshold that is not a number"
    return _fault_of_categories(tree)


def _fault_of_categories(tree: Tree) -> str | None:
    """Whether every set of categories lies within the bits."""
    begins, sets = tree.set_begins, tree.threshold[(tree.decision & 1) == 1]
    if not len(sets):
        return None
    if len(begins) < 2 or begins[0] < 0 or (np.diff(begins) < 0).any() or begins[-1] > len(tree.bits):
        return "has sets of categories that lie outside of their bits"
    if (sets < 0).any() or (sets >= len(begins) - 1).any():
        return "splits on a set of categories that is not there"
    return None
