"""What do a LightGBM model's trees hold? Its text as arrays, or an error when it contains something we do not know.

Lives here: the layout of LightGBM's text, format v4.
Does not live here: what is computed with the trees (``tree_shap``). LightGBM itself is not imported.
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray, IntArray
from training.errors import UnsupportedTrees

__all__ = ["Tree", "read_trees"]

_FALLBACK = "LightGBM's own contributions serve such a model."


@dataclass(frozen=True)
class Tree:
    """One tree; node 0 is the root, a child is a node, or ``~leaf``. A tree of one leaf has no nodes.

    Parameters
    ----------
    feature, decision, left, right : int arrays of shape (nodes,)
        ``decision`` is LightGBM's byte: bit 0 categories, bit 1 missing goes left, bits 2 and 3 what counts as missing
        (0 nothing, 1 zero, 2 NaN).
    threshold : float array of shape (nodes,)
        Of a split on categories: the number of its set.
    set_begins : int array
        Where each set of categories begins in ``bits``.
    bits : uint32 array
    node_rows, leaf_rows : float arrays of shape (nodes,) and (nodes + 1,)
        Training rows that passed.
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
        """Return the training rows of children."""
        return np.where(
            child >= 0, np.append(self.node_rows, 0.0)[np.maximum(child, 0)], self.leaf_rows[np.maximum(~child, 0)]
        )


def read_trees(model_text: str) -> tuple[tuple[str, ...], list[Tree]]:
    """Return the columns' names and the trees of ``booster.model_to_string()``.

    Raises
    ------
    UnsupportedTrees
        If the model is of a kind whose contributions are not computed here, or the text is inconsistent.
    """
    head, *texts = model_text.split("\nTree=")
    fields = _parse_fields(head)
    for name, expected in (("version", "v4"), ("num_class", "1"), ("num_tree_per_iteration", "1")):
        if fields.get(name) != expected:
            raise UnsupportedTrees(f"model text: {name} is {fields.get(name)!r}, expected {expected!r}. {_FALLBACK}")
    if "average_output" in head.split("\n"):
        raise UnsupportedTrees(f"model text: its trees are averaged (random forest), expected a sum. {_FALLBACK}")
    names = tuple(fields.get("feature_names", "").split(" "))
    if len(names) != int(fields.get("max_feature_idx", -1)) + 1:
        raise UnsupportedTrees(
            f"model text: {len(names)} names for {fields.get('max_feature_idx')} + 1 columns. The text is damaged."
        )
    return names, [_parse_tree(number, text.split("\n\n")[0], len(names)) for number, text in enumerate(texts)]


def _parse_fields(text: str) -> dict[str, str]:
    """Return the lines ``name=value``."""
    return dict(line.split("=", 1) for line in text.split("\n") if "=" in line)


def _parse_tree(number: int, text: str, columns: int) -> Tree:
    """Return one tree of the text, checked."""
    fields = _parse_fields(text)
    if fields.get("is_linear", "0") != "0":
        raise UnsupportedTrees(f"tree {number}: is linear, expected a number in every leaf.")

    def parse_numbers(name: str, kind: type) -> np.ndarray:
        return np.array(fields.get(name, "").split(), dtype=kind)

    try:
        tree = Tree(
            parse_numbers("split_feature", np.int64),
            parse_numbers("decision_type", np.int64),
            parse_numbers("left_child", np.int64),
            parse_numbers("right_child", np.int64),
            parse_numbers("threshold", float),
            parse_numbers("cat_boundaries", np.int64),
            parse_numbers("cat_threshold", np.uint32),
            parse_numbers("internal_count", float),
            parse_numbers("leaf_count", float),
            parse_numbers("leaf_value", float),
        )
        leaves = int(fields["num_leaves"])
    except (ValueError, KeyError, OverflowError) as error:
        raise UnsupportedTrees(
            f"tree {number}: is not written as expected ({type(error).__name__}). {_FALLBACK}"
        ) from None
    if leaves == 1:
        return _build_stump(tree)
    fault = _find_fault(tree, leaves, columns)
    if fault:
        raise UnsupportedTrees(f"tree {number}: {fault}. {_FALLBACK}")
    return tree


def _build_stump(tree: Tree) -> Tree:
    """Return a tree of one leaf: LightGBM may write no counts for it."""
    empty = {name: getattr(tree, name)[:0] for name in vars(tree)}
    return Tree(**empty | {"leaf_rows": np.ones(1), "leaf": tree.leaf[:1]})


def _find_fault(tree: Tree, leaves: int, columns: int) -> str | None:
    """Return what is inconsistent; None when nothing is.

    Compiled loops check nothing, so everything that they index with is checked here.
    """
    node_arrays = (tree.feature, tree.decision, tree.left, tree.right, tree.threshold, tree.node_rows)
    if {len(array) for array in node_arrays} != {leaves - 1} or {len(tree.leaf), len(tree.leaf_rows)} != {leaves}:
        return f"has arrays of other lengths than its {leaves} leaves need"
    # LightGBM numbers leaf 0 as -1, leaf 1 as -2; node 0 is the root and nobody's child.
    children = np.concatenate([tree.left, tree.right])
    if not np.array_equal(np.sort(children), np.concatenate([np.arange(-leaves, 0), np.arange(1, leaves - 1)])):
        return "has a child that is missing or is named twice"
    # A child with a smaller number than its parent would make the loop run in a circle.
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
    return _find_category_fault(tree)


def _find_category_fault(tree: Tree) -> str | None:
    """Return what is wrong with the sets of categories; None when each lies within the bits."""
    # Bit 0 of a decision marks a split on categories; its threshold is then the number of a set.
    begins, sets = tree.set_begins, tree.threshold[(tree.decision & 1) == 1]
    if not len(sets):
        return None
    if len(begins) < 2 or begins[0] < 0 or (np.diff(begins) < 0).any() or begins[-1] > len(tree.bits):
        return "has sets of categories that lie outside of their bits"
    if (sets < 0).any() or (sets >= len(begins) - 1).any():
        return "splits on a set of categories that is not there"
    return None
