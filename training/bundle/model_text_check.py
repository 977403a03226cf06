"""May LightGBM be given this text? Every line of a model's text is checked before LightGBM's own reader sees it.

Lives here: the grammar of LightGBM's text, format v4, as far as our training writes it, and what must hold inside of
each tree. Does not live here: the trees as arrays (``tree_text``), sums of files (``bundle``).

LightGBM trusts its model files: one changed number, or a line cut short, ends the whole process (an exception inside of
a parallel loop, a read outside of an array), and a tree whose nodes go in a circle is walked for ever. A manifest does
not help against somebody who can make sums. So a text that training could not have written is refused here, in Python.
"""

import re

import numpy as np

from training.errors import BundleError

__all__ = ["check_model_text"]

_WHOLE = r"-?\d{1,10}"
_NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?"
_WHOLES, _NUMBERS = (re.compile(rf"{one}(?: {one})*|") for one in (_WHOLE, _NUMBER))
_THRESHOLDS = re.compile(rf"(?:{_NUMBER}|-?inf)(?: (?:{_NUMBER}|-?inf))*|")
_HEAD = {
    "version": r"v4",
    "num_class": r"1",
    "num_tree_per_iteration": r"1",
    "label_index": r"0",
    "max_feature_idx": r"\d{1,6}",
    "objective": r"(?:binary sigmoid:1|cross_entropy)",
    "feature_names": r"\S+(?: \S+)*",
    "monotone_constraints": r"-?[01](?: -?[01])*",
    "feature_infos": r"\S+(?: \S+)*",
    "tree_sizes": r"(?:\d{1,9}(?: \d{1,9})*)?",
}
"""Lines of the head, in their order; monotone constraints may be absent."""

_OF_TREE = {
    "num_leaves": (_WHOLES, "one"),
    "num_cat": (_WHOLES, "one"),
    "split_feature": (_WHOLES, "nodes"),
    "split_gain": (_NUMBERS, "nodes"),
    "threshold": (_THRESHOLDS, "nodes"),
    "decision_type": (_WHOLES, "nodes"),
    "left_child": (_WHOLES, "nodes"),
    "right_child": (_WHOLES, "nodes"),
    "leaf_value": (_NUMBERS, "leaves"),
    "leaf_weight": (_NUMBERS, "leaves"),
    "leaf_count": (_WHOLES, "leaves"),
    "internal_value": (_NUMBERS, "nodes"),
    "internal_weight": (_NUMBERS, "nodes"),
    "internal_count": (_WHOLES, "nodes"),
    "cat_boundaries": (_WHOLES, "ends of sets"),
    "cat_threshold": (_WHOLES, "any"),
    "is_linear": (_WHOLES, "one"),
    "shrinkage": (_NUMBERS, "one"),
}
"""Lines of a tree, in their order: how their numbers are written, and how many there are; the two about categories are
absent without any.
"""

_TAIL = re.compile(
    r"(?:|feature_importances:|\S+=\d{1,10}|parameters:|\[\w+: [^\[\]]*\]|end of parameters|pandas_categorical:null)"
)
_MOST_LEAVES = 100_000


def check_model_text(text: str, columns: int) -> None:
    """Refuse a text that LightGBM may not be given.

    Parameters
    ----------
    columns : int
        How many columns the model must read.

    Raises
    ------
    BundleError
        If a line is not as our training writes it, or a tree does not hold together.
    """
    head, begun, _ = text.partition("\n\nTree=0\n")
    sizes = _checked_head(head if begun else text.partition("\n\n")[0], columns)
    start, encoded = len(head) + 2, text.encode()
    if len(encoded) != len(text):
        raise _refused("holds letters outside of ASCII")
    for number, size in enumerate(sizes):
        _check_tree(number, text[start : start + size], columns)
        start += size
    first, *rest = (text[start:] if sizes else text[len(head) :].lstrip("\n")).split("\n")
    wrong = next((line for line in rest if not _TAIL.fullmatch(line)), None)
    if first != "end of trees" or wrong is not None:
        raise _refused("does not end as it should after its trees")


def _checked_head(head: str, columns: int) -> list[int]:
    """The sizes of the trees, once every line of the head is as it should be."""
    first, *lines = head.split("\n")
    said = dict(line.split("=", 1) for line in lines if "=" in line)
    expected = [name for name in _HEAD if name != "monotone_constraints" or name in said]
    if first != "tree" or [line.partition("=")[0] for line in lines] != expected or len(said) != len(lines):
        raise _refused("has other lines at its head than format v4 has")
    wrong = [name for name in expected if not re.fullmatch(_HEAD[name], said[name])]
    if wrong:
        raise _refused(f"says {wrong[0]} otherwise than our training writes it")
    lengths = {
        name: len(said[name].split(" "))
        for name in ("feature_names", "monotone_constraints", "feature_infos")
        if name in said
    }
    if int(said["max_feature_idx"]) + 1 != columns or set(lengths.values()) != {columns}:
        raise _refused(f"is of other columns than the {columns} of its bundle")
    return [int(size) for size in said["tree_sizes"].split()]


def _check_tree(number: int, text: str, columns: int) -> None:
    """Refuse a tree whose lines, lengths or references are not as they must be."""
    first, *lines = text.removesuffix("\n\n\n").split("\n")
    said = dict(line.split("=", 1) for line in lines if "=" in line)
    expected = [name for name in _OF_TREE if not name.startswith("cat_") or said.get("num_cat") != "0"]
    if (
        first != f"Tree={number}"
        or not text.endswith("\n\n\n")
        or [line.partition("=")[0] for line in lines] != expected
        or len(said) != len(lines)
    ):
        raise _refused(f"has a tree {number} with other lines than a tree has")
    wrong = [name for name in expected if not _OF_TREE[name][0].fullmatch(said[name])]
    if wrong or said["is_linear"] != "0":
        raise _refused(
            f"has a tree {number} whose {(wrong or ['is_linear'])[0]} is not written as our training writes it"
        )
    leaves, sets = _one(said["num_leaves"]), _one(said["num_cat"])
    if not (1 <= leaves <= _MOST_LEAVES and 0 <= sets < _MOST_LEAVES):
        raise _refused(f"has a tree {number} of {leaves} leaves and {sets} sets of categories")
    lengths = {
        "one": {1},
        "nodes": {leaves - 1},
        "leaves": {leaves, 0} if leaves == 1 else {leaves},
        "ends of sets": {sets + 1},
    }
    for name in expected:
        kind = _OF_TREE[name][1]
        if kind != "any" and len(said[name].split()) not in lengths[kind] or name == "leaf_value" and not said[name]:
            raise _refused(f"has a tree {number} with {len(said[name].split())} numbers under {name}")
    if leaves > 1:
        fault = _fault_of_nodes(said, leaves, columns, sets)
        if fault:
            raise _refused(f"has a tree {number} that {fault}")


def _fault_of_nodes(said: dict[str, str], leaves: int, columns: int, sets: int) -> str | None:
    """What a node refers to that is not there; None when every node and leaf is reached once, from a node before it."""
    left, right, feature, decision = (
        np.array(said[name].split(), np.int64)
        for name in ("left_child", "right_child", "split_feature", "decision_type")
    )
    children, parents = np.concatenate([left, right]), np.tile(np.arange(leaves - 1), 2)
    if not np.array_equal(np.sort(children), np.concatenate([np.arange(-leaves, 0), np.arange(1, leaves - 1)])):
        return "has a child that is missing or is named twice"
    if (parents[children >= 0] >= children[children >= 0]).any():
        return "has a child that is numbered before its parent"
    if (feature < 0).any() or (feature >= columns).any():
        return f"splits on a column outside of the model's {columns}"
    if (decision < 0).any() or (decision > 11).any():
        return "decides in a way that is not known"
    if not np.isfinite(np.array(said["leaf_value"].split(), float)).all():
        return "has a leaf that is not a number"
    chosen = np.array(said["threshold"].split(), float)[(decision & 1) == 1]
    if not sets:
        return "splits on a set of categories and has none" if len(chosen) else None
    ends, bits = np.array(said["cat_boundaries"].split(), np.int64), np.array(said["cat_threshold"].split(), np.int64)
    if ends[0] != 0 or (np.diff(ends) < 1).any() or ends[-1] != len(bits) or (bits < 0).any() or (bits >= 2**32).any():
        return "has sets of categories that lie outside of their bits"
    return "splits on a set of categories that is not there" if not np.isin(chosen, np.arange(sets)).all() else None


def _one(written: str) -> int:
    """A single whole number; -1 where there are none or several."""
    return int(written) if re.fullmatch(_WHOLE, written) else -1


def _refused(found: str) -> BundleError:
    return BundleError(
        f"model text: {found}, so it was not written by our training. Nothing of it is used; take the bundle from MLflow again."
    )
