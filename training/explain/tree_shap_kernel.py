"""What does each split move? One sweep up and one down every tree, at every point of the quadrature, as machine code.

Lives here: the loops behind ``tree_shap``, and the arrays that they read (``Forest``).
Does not live here: why this is the Shapley value, and how trees are laid out (``tree_shap``, whose symbols the comments
use); vectors of numbers (``simd``).

``sweep_block`` takes many rows, one in each element of a vector; ``sweep_row`` (``tree_shap_rows``) takes few rows, one
after the other, with plain loops. Both do the same operations in the same order, so a row alone equals the row in a
batch to the bit. No ``fastmath``: it would let the compiler change that order.

What makes it fast, each found by measuring
    Everything that the sweep of one tree touches stays in the nearest cache (32 KB): rows go in groups of 32, and nodes
    are numbered depth first, so that the mean and the reach of a node need a slot only while its branch is walked: the
    right child takes its parent's slot, the left child the next one. What is kept for the way down is one number a
    node, row and point, the gap between its children. A tree stays while 256 rows pass, because a forest is larger than
    the caches. A third of all nodes have two leaves: their gap is one number for all rows, and nothing goes down from
    them. Traps: numba counts references where a loop hands an array to an inlined function that stores in it, which
    cost a third of all time, so sets of categories are read in the loop itself; and a record's field is read again
    after every store, so loops copy fields to local names.
"""

from typing import NamedTuple

import numpy as np

from features.kernels.jit import compile_cached, inline_helper
from training.explain.simd import (
    WIDTH,
    allocate_aligned,
    broadcast,
    broadcast_element,
    choose,
    is_at_most,
    is_not_above,
    load,
    store,
)

__all__ = [
    "BLOCK",
    "CATEGORY",
    "MISSING_LEFT",
    "MISSING_RIGHT",
    "NODE",
    "TREE",
    "ZERO_LEFT",
    "ZERO_RIGHT",
    "Forest",
    "sweep_block",
]

MISSING_RIGHT, MISSING_LEFT, ZERO_RIGHT, ZERO_LEFT, CATEGORY = range(5)
"""Rules of a split: ``x <= threshold`` with NaN to one side; the same with NaN and zero to one side; a set of
categories goes left.
"""

BLOCK = 256
"""Rows that pass a tree before the next tree is taken."""

_GROUP = 32
"""Rows that go through a tree at a time; a multiple of WIDTH, and BLOCK is a multiple of it."""

_ZERO = float(np.float32(1e-35))
"""LightGBM reads a number this close to zero as zero."""

TREE = np.dtype([("first_node", np.int64), ("nodes", np.int64), ("first_leaf", np.int64), ("points", np.int64)])
"""A tree: where its nodes and leaves begin, how many nodes, and how many points of the quadrature it needs (K).

It has one leaf more than nodes.
"""

NODE = np.dtype(
    [
        ("feature", np.int64),
        ("rule", np.int64),
        ("threshold", np.float64),
        ("first_word", np.int64),
        ("last_word", np.int64),
        ("left", np.int64),
        ("right", np.int64),
        ("share", np.float64),
        ("earlier", np.int64),
        ("from_left", np.int64),
        ("first_point", np.int64),
        ("slot", np.int64),
        ("left_slot", np.int64),
    ]
)
"""A split. Children are nodes of the same tree, or ``~leaf``; nodes are numbered depth first: a node, its left branch,
its right branch. ``share`` is z. ``earlier`` is the last node on the path that splits on the same feature, -1 for none,
and ``from_left`` whether the path goes left there. A set of categories is ``bits[first_word:last_word]``; the node's K
numbers of ``tilt`` and ``gain`` begin at ``first_point``. ``slot`` is where its numbers are, and ``left_slot`` where
its left child's are; a right child takes its parent's slot, and a left leaf one that nobody reads, so that the way down
need not ask which child is a leaf."""


class Forest(NamedTuple):
    """All trees, one after the other.

    Parameters
    ----------
    trees, nodes : record arrays of ``TREE`` and ``NODE``
    tilt, gain : float arrays
        What a node needs to know of t, at each of its points.
    leaf : float array of shape (leaves,)
    bits : uint32 array
    weights : float array of shape (most points + 1, most points)
        Row K: weights of the quadrature of K points, then zeros.
    """

    trees: np.ndarray
    nodes: np.ndarray
    tilt: np.ndarray
    gain: np.ndarray
    leaf: np.ndarray
    bits: np.ndarray
    weights: np.ndarray


@compile_cached
def sweep_block(rows, forest, parts, raw):
    """Fill ``parts``, shape (n, columns), and ``raw``, shape (n,), for ``rows``, shape (n, columns); all float64."""
    n, columns = rows.shape
    max_nodes, max_points = count_most_nodes(forest.trees), forest.weights.shape[1]
    x, summed = allocate_aligned(columns * BLOCK), allocate_aligned(columns * BLOCK)
    score = allocate_aligned(BLOCK)
    goes, follows = allocate_aligned(max_nodes * _GROUP), allocate_aligned(max_nodes * _GROUP)
    pull = allocate_aligned(max_nodes * _GROUP)
    mean = allocate_aligned((max_nodes + 1) * (max_points + 1) * _GROUP)
    gap = allocate_aligned(max_nodes * max_points * _GROUP)
    decisions = (goes, follows, pull)
    for start in range(0, n, BLOCK):
        m = min(BLOCK, n - start)
        score[:], summed[:] = 0.0, 0.0
        # x is laid out by group, column, row: with 3 columns, row 33 of column 2 is at (1 * 3 + 2) * 32 + 1.
        for r in range(m):
            begin = r // _GROUP * _GROUP * columns + r % _GROUP
            for column in range(columns):
                x[begin + column * _GROUP] = read_as_lightgbm(rows[start + r, column])
        for number in range(len(forest.trees)):
            tree = forest.trees[number]
            for group in range(0, m, _GROUP):
                begin = group * columns
                _decide(forest, tree, x, begin, decisions)
                _sweep_up(forest, tree, decisions, mean, gap)
                for r in range(0, _GROUP, WIDTH):
                    leaf = (
                        load(mean, tree.points * _GROUP + r)
                        if tree.nodes
                        else broadcast_element(forest.leaf, tree.first_leaf)
                    )
                    store(score, group + r, load(score, group + r) + leaf)
                _sweep_down(forest, tree, pull, (mean, gap), summed, begin)
        for r in range(m):
            raw[start + r] = score[r]
            begin = r // _GROUP * _GROUP * columns + r % _GROUP
            for column in range(columns):
                parts[start + r, column] = summed[begin + column * _GROUP]


@inline_helper
def count_most_nodes(trees):
    """Return the number of nodes of the largest tree."""
    largest = 1
    for number in range(len(trees)):
        largest = max(largest, trees[number].nodes)
    return largest


@inline_helper
def read_as_lightgbm(value):
    """Return the number that LightGBM sees."""
    return 0.0 if abs(value) <= _ZERO else value


@inline_helper
def passes_left(value, rule, threshold):
    """Return LightGBM's own decision for a number: 1.0 if it goes left, else 0.0."""
    missing = (value != value) | ((rule >= ZERO_RIGHT) & (value == 0.0))
    left = (rule == MISSING_LEFT) | (rule == ZERO_LEFT) if missing else value <= threshold
    return 1.0 if left else 0.0


@inline_helper
def is_in_set(bits, first_word, last_word, value):
    """Return LightGBM's own decision for a category: 1.0 if it is in the set and goes left, else 0.0."""
    if not (value > -1.0 and value < 32.0 * (last_word - first_word)):
        return 0.0
    # Category 37 is bit 5 of the second word: 37 >> 5 is 1, 37 & 31 is 5.
    code = np.uint64(value)
    flags = bits[np.uint64(first_word) + (code >> np.uint64(5))]
    return np.float64((flags >> np.uint32(code & np.uint64(31))) & np.uint32(1))


@inline_helper
def _decide(forest, tree, x, begin, decisions):
    """Compute for every node and row: g (does the row go left), o (does it follow the path so far), and o (g - z)."""
    bits, nodes, first = forest.bits, forest.nodes, tree.first_node
    goes, follows, pull = decisions
    for node in range(tree.nodes):
        split = nodes[first + node]
        rule, threshold, share, from_left = split.rule, split.threshold, split.share, split.from_left
        low, high = split.first_word, split.last_word
        cell, value, parent = node * _GROUP, begin + split.feature * _GROUP, split.earlier * _GROUP
        if rule == MISSING_LEFT:
            for r in range(0, _GROUP, WIDTH):
                store(goes, cell + r, is_not_above(load(x, value + r), threshold))
        elif rule == MISSING_RIGHT:
            for r in range(0, _GROUP, WIDTH):
                store(goes, cell + r, is_at_most(load(x, value + r), threshold))
        elif rule == CATEGORY:
            for r in range(_GROUP):
                goes[cell + r] = is_in_set(bits, low, high, x[value + r])
        else:
            for r in range(_GROUP):
                goes[cell + r] = passes_left(x[value + r], rule, threshold)
        # o multiplies over all earlier splits on this feature: the last one holds the product of those before it.
        is_repeated = split.earlier >= 0
        is_third = is_repeated and nodes[first + split.earlier].earlier >= 0
        for r in range(0, _GROUP, WIDTH):
            path = broadcast(1.0)
            if is_repeated:
                path = load(goes, parent + r) if from_left else 1.0 - load(goes, parent + r)
            if is_third:
                path = path * load(follows, parent + r)
            store(follows, cell + r, path)
            store(pull, cell + r, path * (load(goes, cell + r) - share))


@inline_helper
def _sweep_up(forest, tree, decisions, mean, gap):
    """Compute T of every node, children first: right + (z + pull tilt) gap, where gap = left - right.

    After the K points of a node comes the leaf that each row falls to, so it has K + 1 numbers a row.
    """
    nodes, tilt, leaf = forest.nodes, forest.tilt, forest.leaf
    first, leaves, points = tree.first_node, tree.first_leaf, tree.points
    goes, _, pull = decisions
    for node in range(tree.nodes - 1, -1, -1):
        split = nodes[first + node]
        start, share, begin = split.slot * (points + 1) * _GROUP, split.share, split.first_point
        gaps = node * points * _GROUP
        ends_left, ends_right = split.left < 0, split.right < 0
        on_left = leaf[leaves + ~split.left] if ends_left else 0.0
        on_right = leaf[leaves + ~split.right] if ends_right else 0.0
        if ends_left and ends_right:
            for r in range(0, _GROUP, WIDTH):
                pulled = load(pull, node * _GROUP + r)
                for point in range(points):
                    store(
                        mean,
                        start + point * _GROUP + r,
                        on_right + (share + pulled * broadcast_element(tilt, begin + point)) * (on_left - on_right),
                    )
                store(mean, start + points * _GROUP + r, choose(load(goes, node * _GROUP + r), on_left, on_right))
            continue
        # The right child's numbers are in this node's own slot: they are read before they are overwritten.
        left_start = split.left_slot * (points + 1) * _GROUP
        for r in range(0, _GROUP, WIDTH):
            pulled = load(pull, node * _GROUP + r)
            for point in range(points):
                left = broadcast(on_left) if ends_left else load(mean, left_start + point * _GROUP + r)
                right = broadcast(on_right) if ends_right else load(mean, start + point * _GROUP + r)
                store(gap, gaps + point * _GROUP + r, left - right)
                store(
                    mean,
                    start + point * _GROUP + r,
                    right + (share + pulled * broadcast_element(tilt, begin + point)) * (left - right),
                )
            left = broadcast(on_left) if ends_left else load(mean, left_start + points * _GROUP + r)
            right = broadcast(on_right) if ends_right else load(mean, start + points * _GROUP + r)
            store(mean, start + points * _GROUP + r, choose(load(goes, node * _GROUP + r), left, right))


@inline_helper
def _sweep_down(forest, tree, pull, mean_and_gap, summed, column):
    """Compute P of every node, parents first, and what flows through it: P gain gap."""
    nodes, tilt, gain, leaf = forest.nodes, forest.tilt, forest.gain, forest.leaf
    first, leaves, points = tree.first_node, tree.first_leaf, tree.points
    # P takes the slots of T, which is not needed any more.
    reach, gap = mean_and_gap
    for point in range(points):
        for r in range(0, _GROUP, WIDTH):
            store(reach, point * _GROUP + r, forest.weights[points, point])
    for node in range(tree.nodes):
        split = nodes[first + node]
        start, share, begin = split.slot * (points + 1) * _GROUP, split.share, split.first_point
        gaps = node * points * _GROUP
        total = column + split.feature * _GROUP
        if split.left < 0 and split.right < 0:
            leaf_gap = leaf[leaves + ~split.left] - leaf[leaves + ~split.right]
            for r in range(0, _GROUP, WIDTH):
                flow = broadcast(0.0)
                for point in range(points):
                    flow = (
                        flow
                        + load(reach, start + point * _GROUP + r) * broadcast_element(gain, begin + point) * leaf_gap
                    )
                store(summed, total + r, load(summed, total + r) + load(pull, node * _GROUP + r) * flow)
            continue
        left_start = split.left_slot * (points + 1) * _GROUP
        for r in range(0, _GROUP, WIDTH):
            pulled, flow = load(pull, node * _GROUP + r), broadcast(0.0)
            for point in range(points):
                come = load(reach, start + point * _GROUP + r)
                flow = flow + come * broadcast_element(gain, begin + point) * load(gap, gaps + point * _GROUP + r)
                to_left = come * (share + pulled * broadcast_element(tilt, begin + point))
                store(reach, start + point * _GROUP + r, come - to_left)
                store(reach, left_start + point * _GROUP + r, to_left)
            store(summed, total + r, load(summed, total + r) + pulled * flow)
