"""Is a model's text safe to give to LightGBM? Every line is checked before LightGBM's own parser sees it.

Lives here: the grammar of LightGBM's text, format v4, as far as our training writes it, and what must hold inside
each tree.
Does not live here: the trees as arrays (``training.explain.lightgbm_parser``), sums of files (``sealed_folder``).

LightGBM trusts its model files: one changed number, or a truncated line, ends the whole process (an exception inside a
parallel loop, a read outside an array), and a tree whose nodes form a cycle is walked forever. A manifest does not help
against somebody who can compute sums. So a text that training could not have written is rejected here, in Python.
"""

import re

import numpy as np

from training.errors import BundleError

__all__ = ["check_model_text"]

_INTEGER = r"-?\d{1,10}"
_NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?"
_INTEGERS, _NUMBERS = (re.compile(rf"{number}(?: {number})*|") for number in (_INTEGER, _NUMBER))
_THRESHOLDS = re.compile(rf"(?:{_NUMBER}|-?inf)(?: (?:{_NUMBER}|-?inf))*|")
_HEADER_LINES = {
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
"""Lines of the header, in their order; monotone constraints may be absent."""

_TREE_LINES = {
    "num_leaves": (_INTEGERS, "one"),
    "num_cat": (_INTEGERS, "one"),
    "split_feature": (_INTEGERS, "nodes"),
    "split_gain": (_NUMBERS, "nodes"),
    "threshold": (_THRESHOLDS, "nodes"),
    "decision_type": (_INTEGERS, "nodes"),
    "left_child": (_INTEGERS, "nodes"),
    "right_child": (_INTEGERS, "nodes"),
    "leaf_value": (_NUMBERS, "leaves"),
    "leaf_weight": (_NUMBERS, "leaves"),
    "leaf_count": (_INTEGERS, "leaves"),
    "internal_value": (_NUMBERS, "nodes"),
    "internal_weight": (_NUMBERS, "nodes"),
    "internal_count": (_INTEGERS, "nodes"),
    "cat_boundaries": (_INTEGERS, "ends of sets"),
    "cat_threshold": (_INTEGERS, "any"),
    "is_linear": (_INTEGERS, "one"),
    "shrinkage": (_NUMBERS, "one"),
}
"""Lines of a tree, in their order: how their numbers are written, and how many there are.

The two lines about categories are absent where there are none."""

_TAIL = re.compile(
    r"(?:|feature_importances:|\S+=\d{1,10}|parameters:|\[\w+: [^\[\]]*\]|end of parameters|pandas_categorical:null)"
)
_MAX_LEAVES = 100_000


def check_model_text(text: str, columns: int) -> None:
    """Raise an error for a text that LightGBM must not be given.

    Parameters
    ----------
    columns : int
        How many columns the model must read.

    Raises
    ------
    BundleError
        If a line is not as our training writes it, or a tree is inconsistent.
    """
    head, has_trees, _ = text.partition("\n\nTree=0\n")
    sizes = _check_header(head if has_trees else text.partition("\n\n")[0], columns)
    start, encoded = len(head) + 2, text.encode()
    # Tree sizes count bytes: with ASCII alone they count characters too.
    if len(encoded) != len(text):
        raise _reject("contains characters outside of ASCII")
    for number, size in enumerate(sizes):
        _check_tree(number, text[start : start + size], columns)
        start += size
    first, *lines = (text[start:] if sizes else text[len(head) :].lstrip("\n")).split("\n")
    unexpected = next((line for line in lines if not _TAIL.fullmatch(line)), None)
    if first != "end of trees" or unexpected is not None:
        raise _reject("does not end as it should after its trees")


def _check_header(header: str, columns: int) -> list[int]:
    """Check every line of the header; return the sizes of the trees."""
    first, *lines = header.split("\n")
    fields = dict(line.split("=", 1) for line in lines if "=" in line)
    expected = [name for name in _HEADER_LINES if name != "monotone_constraints" or name in fields]
    if first != "tree" or [line.partition("=")[0] for line in lines] != expected or len(fields) != len(lines):
        raise _reject("has other lines at its head than format v4 has")
    invalid = [name for name in expected if not re.fullmatch(_HEADER_LINES[name], fields[name])]
    if invalid:
        raise _reject(f"has another {invalid[0]} than our training writes")
    lengths = {
        name: len(fields[name].split(" "))
        for name in ("feature_names", "monotone_constraints", "feature_infos")
        if name in fields
    }
    if int(fields["max_feature_idx"]) + 1 != columns or set(lengths.values()) != {columns}:
        raise _reject(f"has other columns than the {columns} of its bundle")
    return [int(size) for size in fields["tree_sizes"].split()]


def _check_tree(number: int, text: str, columns: int) -> None:
    """Raise an error for a tree whose lines, lengths or references are not as they must be."""
    fields = _parse_tree_lines(number, text)
    leaves, sets = _parse_integer(fields["num_leaves"]), _parse_integer(fields["num_cat"])
    if not (1 <= leaves <= _MAX_LEAVES and 0 <= sets < _MAX_LEAVES):
        raise _reject(f"has a tree {number} of {leaves} leaves and {sets} sets of categories")
    lengths = {
        "one": {1},
        "nodes": {leaves - 1},
        # LightGBM may write a tree of one leaf without the leaf's weight and count.
        "leaves": {leaves, 0} if leaves == 1 else {leaves},
        "ends of sets": {sets + 1},
    }
    for name, line in fields.items():
        kind = _TREE_LINES[name][1]
        if kind != "any" and len(line.split()) not in lengths[kind] or name == "leaf_value" and not line:
            raise _reject(f"has a tree {number} with {len(line.split())} numbers under {name}")
    if leaves > 1:
        fault = _find_node_fault(fields, leaves, columns) or _find_category_fault(fields, sets)
        if fault:
            raise _reject(f"has a tree {number} that {fault}")


def _parse_tree_lines(number: int, text: str) -> dict[str, str]:
    """Return the lines of a tree, by name, once each is written as our training writes it."""
    first, *lines = text.removesuffix("\n\n\n").split("\n")
    fields = dict(line.split("=", 1) for line in lines if "=" in line)
    expected = [name for name in _TREE_LINES if not name.startswith("cat_") or fields.get("num_cat") != "0"]
    is_framed = first == f"Tree={number}" and text.endswith("\n\n\n")
    if not is_framed or [line.partition("=")[0] for line in lines] != expected or len(fields) != len(lines):
        raise _reject(f"has a tree {number} with other lines than a tree has")
    invalid = [name for name in expected if not _TREE_LINES[name][0].fullmatch(fields[name])]
    if not invalid and fields["is_linear"] != "0":
        invalid = ["is_linear"]
    if invalid:
        raise _reject(f"has a tree {number} whose {invalid[0]} is not written as our training writes it")
    return fields


def _find_node_fault(fields: dict[str, str], leaves: int, columns: int) -> str | None:
    """Return what is wrong with the nodes; None when every node and leaf is reached once, from a node before it."""
    left, right, feature, decision = (
        np.array(fields[name].split(), np.int64)
        for name in ("left_child", "right_child", "split_feature", "decision_type")
    )
    children, parents = np.concatenate([left, right]), np.tile(np.arange(leaves - 1), 2)
    if not np.array_equal(np.sort(children), np.concatenate([np.arange(-leaves, 0), np.arange(1, leaves - 1)])):
        return "has a child that is missing or is named twice"
    # A parent before its children rules out every cycle.
    if (parents[children >= 0] >= children[children >= 0]).any():
        return "has a child that is numbered before its parent"
    if (feature < 0).any() or (feature >= columns).any():
        return f"splits on a column outside of the model's {columns}"
    if (decision < 0).any() or (decision > 11).any():
        return "decides in a way that is not known"
    if not np.isfinite(np.array(fields["leaf_value"].split(), float)).all():
        return "has a leaf that is not a number"
    return None


def _find_category_fault(fields: dict[str, str], sets: int) -> str | None:
    """Return what is wrong with the sets of categories; None when every split on one finds its set."""
    decision = np.array(fields["decision_type"].split(), np.int64)
    # A split on categories holds the number of its set in place of a threshold.
    set_numbers = np.array(fields["threshold"].split(), float)[(decision & 1) == 1]
    if not sets:
        return "splits on a set of categories and has none" if len(set_numbers) else None
    ends = np.array(fields["cat_boundaries"].split(), np.int64)
    bits = np.array(fields["cat_threshold"].split(), np.int64)
    if ends[0] != 0 or (np.diff(ends) < 1).any() or ends[-1] != len(bits) or (bits < 0).any() or (bits >= 2**32).any():
        return "has sets of categories that lie outside of their bits"
    if not np.isin(set_numbers, np.arange(sets)).all():
        return "splits on a set of categories that is not there"
    return None


def _parse_integer(text: str) -> int:
    """Return a single integer; -1 where there are none or several."""
    return int(text) if re.fullmatch(_INTEGER, text) else -1


def _reject(fault: str) -> BundleError:
    """Return the error for a text with this fault."""
    return BundleError(
        f"model text: {fault}, so it was not written by our training. Nothing of it is used; take the bundle from "
        "MLflow again."
    )
