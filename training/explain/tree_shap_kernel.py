"""What does each split move? One sweep up and one down every tree, at every point of the quadrature, as machine code.

Lives here: the loops behind ``tree_contributions``, and the arrays that they read (``Forest``): numba keeps compiled
code by file, so layout and loops change together. Does not live here: why this is the Shapley value, and where the
arrays come from; see ``tree_contributions``, in whose words the comments speak. Nor vectors of numbers: see
``vectors``.

``sweep_block`` takes many rows, one in each place of a vector; ``sweep_row`` takes one row, one point of the quadrature
in each place. Both do the same operations in the same order, so a row alone equals the row in a crowd to the bit. No
``fastmath``: it would let the compiler change that order.

What makes it fast, each found by measuring
    Everything that the sweep of one tree touches stays in the nearest cache (32 KB): rows go in groups of 32, and nodes
    stand depth first, so that the mean and the reach of a node need a place (``slot``) only while its branch is walked:
    the right child takes its parent's place, the left child the next one. What is kept for the way down is one number a
    node, row and point, the gap between its children. A tree stays while 256 rows pass, since a forest is larger than
    the caches. A third of all nodes have two leaves: their gap is one number for all rows, and nothing goes down from
    them. Traps: numba counts references where a loop hands an array to a pasted function that stores in it, which cost
    a third of all time, so sets of categories are read in the loop itself; and a record's field is read anew after
    every store, so loops use names of their own for fields.
"""

from typing import NamedTuple

import numpy as np

from features.kernels.jit import compile_cached, inline_helper
from training.explain.simd import WIDTH, is_at_most, choose, broadcast, load, is_not_above, allocate_aligned, broadcast_element, store

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
    "sweep_row",
]

MISSING_RIGHT, MISSING_LEFT, ZERO_RIGHT, ZERO_LEFT, CATEGORY = range(5)
"""Rules of a split: ``x <= threshold`` with NaN to one side; the same with NaN and zero to one side; a set of
categories goes left.
"""

BLOCK = 256
"""Rows that pass a tree before the next tree is taken."""

_GROUP = 32
"""Rows that go through a tree at a time; a multiple of WIDTH, and BLOCK is one of it."""

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
"""A split. Children are nodes of the same tree, or ``~leaf``; nodes stand depth first: a node, its left branch, its
right branch. ``share`` is z. ``earlier`` is the last node on the path that splits on the same feature, -1 for none, and
``from_left`` whether the path goes left there. A set of categories stands in ``bits[first_word:last_word]``; the node's
K numbers of ``tilt`` and ``gain`` begin at ``first_point``. ``slot`` is where its numbers stand, and ``left_slot``
where its left child's do; a right child takes its parent's place, and a left leaf one that nobody reads, so that the
way down need not ask who is a leaf."""


class Forest(NamedTuple):
    """All trees, one after the other.

    Parameters
    ----------
    trees, nodes : record arrays of ``TREE`` and ``NODE``
    tilt, gain : float arrays
        What a node needs to know of t, at each of its points; WIDTH more at the end, since vectors read beyond a node's
        own.
    leaf : float array of shape (leaves,)
    bits : uint32 array
    weights : float array of shape (most points + 1, most points rounded up to WIDTH)
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
    """Fill ``parts`` of shape (n, columns) and ``raw`` of shape (n,) for ``rows`` of shape (n, columns), all float64."""
    n, columns = rows.shape
    most, widest = _most_nodes(forest.trees), forest.weights.shape[1]
    x, summed, score = allocate_aligned(columns * BLOCK), allocate_aligned(columns * BLOCK), allocate_aligned(BLOCK)
    goes, follows, pull = allocate_aligned(most * _GROUP), allocate_aligned(most * _GROUP), allocate_aligned(most * _GROUP)
    mean, gap = allocate_aligned((most + 1) * (widest + 1) * _GROUP), allocate_aligned(most * widest * _GROUP)
    for start in range(0, n, BLOCK):
        m = min(BLOCK, n - start)
        score[:], summed[:] = 0.0, 0.0
        for r in range(m):
            begin = r // _GROUP * _GROUP * columns + r % _GROUP
            for column in range(columns):
                x[begin + column * _GROUP] = _as_read(rows[start + r, column])
        for number in range(len(forest.trees)):
            tree = forest.trees[number]
            for group in range(0, m, _GROUP):
                begin = group * columns
                _decide(forest, tree, x, begin, goes, follows, pull)
                _up(forest, tree, goes, pull, mean, gap)
                for r in range(0, _GROUP, WIDTH):
                    fallen = (
                        load(mean, tree.points * _GROUP + r) if tree.nodes else broadcast_element(forest.leaf, tree.first_leaf)
                    )
                    store(score, group + r, load(score, group + r) + fallen)
                _down(forest, tree, pull, mean, gap, summed, begin)
        for r in range(m):
            raw[start + r] = score[r]
            begin = r // _GROUP * _GROUP * columns + r % _GROUP
            for column in range(columns):
                parts[start + r, column] = summed[begin + column * _GROUP]


@inline_helper
def _most_nodes(trees):
    """Nodes of the largest tree."""
    most = 1
    for number in range(len(trees)):
        most = max(most, trees[number].nodes)
    return most


@inline_helper
def _as_read(value):
    """The number that LightGBM sees."""
    return 0.0 if abs(value) <= _ZERO else value


@inline_helper
def _passes(value, rule, threshold):
    """LightGBM's own decision for a number: 1.0 if it goes left, else 0.0."""
    missing = (value != value) | ((rule >= ZERO_RIGHT) & (value == 0.0))
    left = (rule == MISSING_LEFT) | (rule == ZERO_LEFT) if missing else value <= threshold
    return 1.0 if left else 0.0


@inline_helper
def _decide(forest, tree, x, begin, goes, follows, pull):
    """For every node and row: g (does the row go left), o (does it follow the path so right in this feature), and their
    pull o (g - z).
    """
    bits, nodes, first = forest.bits, forest.nodes, tree.first_node
    for node in range(tree.nodes):
        at = nodes[first + node]
        rule, threshold, share, low, high, from_left = (
            at.rule,
            at.threshold,
            at.share,
            at.first_word,
            at.last_word,
            at.from_left,
        )
        here, value, before = node * _GROUP, begin + at.feature * _GROUP, at.earlier * _GROUP
        if rule == MISSING_LEFT:
            for r in range(0, _GROUP, WIDTH):
                store(goes, here + r, is_not_above(load(x, value + r), threshold))
        elif rule == MISSING_RIGHT:
            for r in range(0, _GROUP, WIDTH):
                store(goes, here + r, is_at_most(load(x, value + r), threshold))
        elif rule == CATEGORY:
            for r in range(_GROUP):
                goes[here + r] = 0.0
                if x[value + r] > -1.0 and x[value + r] < 32.0 * (high - low):
                    code = np.uint64(x[value + r])
                    goes[here + r] = np.float64(
                        (bits[np.uint64(low) + (code >> np.uint64(5))] >> np.uint32(code & np.uint64(31)))
                        & np.uint32(1)
                    )
        else:
            for r in range(_GROUP):
                goes[here + r] = _passes(x[value + r], rule, threshold)
        if at.earlier < 0:
            for r in range(0, _GROUP, WIDTH):
                store(pull, here + r, load(goes, here + r) - share)
            continue
        again = nodes[first + at.earlier].earlier >= 0
        for r in range(0, _GROUP, WIDTH):
            so_far = load(goes, before + r) if from_left else 1.0 - load(goes, before + r)
            if again:
                so_far = so_far * load(follows, before + r)
            store(follows, here + r, so_far)
            store(pull, here + r, so_far * (load(goes, here + r) - share))


@inline_helper
def _up(forest, tree, goes, pull, mean, gap):
    """T of every node, children first: right + (z + pull tilt) gap, where gap = left - right; and behind it the leaf
    that each row falls to.
    """
    nodes, tilt, leaf, first, leaves, points = (
        forest.nodes,
        forest.tilt,
        forest.leaf,
        tree.first_node,
        tree.first_leaf,
        tree.points,
    )
    for node in range(tree.nodes - 1, -1, -1):
        at = nodes[first + node]
        here, share, begin, kept = at.slot * (points + 1) * _GROUP, at.share, at.first_point, node * points * _GROUP
        ends_left, ends_right = at.left < 0, at.right < 0
        on_left = leaf[leaves + ~at.left] if ends_left else 0.0
        on_right = leaf[leaves + ~at.right] if ends_right else 0.0
        if ends_left and ends_right:
            for r in range(0, _GROUP, WIDTH):
                pulled = load(pull, node * _GROUP + r)
                for point in range(points):
                    store(
                        mean,
                        here + point * _GROUP + r,
                        on_right + (share + pulled * broadcast_element(tilt, begin + point)) * (on_left - on_right),
                    )
                store(mean, here + points * _GROUP + r, choose(load(goes, node * _GROUP + r), on_left, on_right))
            continue
        there = at.left_slot * (points + 1) * _GROUP
        for r in range(0, _GROUP, WIDTH):
            pulled = load(pull, node * _GROUP + r)
            for point in range(points):
                left = broadcast(on_left) if ends_left else load(mean, there + point * _GROUP + r)
                right = broadcast(on_right) if ends_right else load(mean, here + point * _GROUP + r)
                store(gap, kept + point * _GROUP + r, left - right)
                store(
                    mean,
                    here + point * _GROUP + r,
                    right + (share + pulled * broadcast_element(tilt, begin + point)) * (left - right),
                )
            left = broadcast(on_left) if ends_left else load(mean, there + points * _GROUP + r)
            right = broadcast(on_right) if ends_right else load(mean, here + points * _GROUP + r)
            store(mean, here + points * _GROUP + r, choose(load(goes, node * _GROUP + r), left, right))


@inline_helper
def _down(forest, tree, pull, reach, gap, summed, column):
    """P of every node, parents first, and what flows through it: P gain gap.

    ``reach`` takes the places of ``mean``, which has done its work.
    """
    nodes, tilt, gain, leaf = forest.nodes, forest.tilt, forest.gain, forest.leaf
    first, leaves, points = tree.first_node, tree.first_leaf, tree.points
    for point in range(points):
        for r in range(0, _GROUP, WIDTH):
            store(reach, point * _GROUP + r, forest.weights[points, point])
    for node in range(tree.nodes):
        at = nodes[first + node]
        here, share, begin, kept = at.slot * (points + 1) * _GROUP, at.share, at.first_point, node * points * _GROUP
        total = column + at.feature * _GROUP
        if at.left < 0 and at.right < 0:
            one_gap = leaf[leaves + ~at.left] - leaf[leaves + ~at.right]
            for r in range(0, _GROUP, WIDTH):
                flow = broadcast(0.0)
                for point in range(points):
                    flow = flow + load(reach, here + point * _GROUP + r) * broadcast_element(gain, begin + point) * one_gap
                store(summed, total + r, load(summed, total + r) + load(pull, node * _GROUP + r) * flow)
            continue
        there = at.left_slot * (points + 1) * _GROUP
        for r in range(0, _GROUP, WIDTH):
            pulled, flow = load(pull, node * _GROUP + r), broadcast(0.0)
            for point in range(points):
                come = load(reach, here + point * _GROUP + r)
                flow = flow + come * broadcast_element(gain, begin + point) * load(gap, kept + point * _GROUP + r)
                to_left = come * (share + pulled * broadcast_element(tilt, begin + point))
                store(reach, here + point * _GROUP + r, come - to_left)
                store(reach, there + point * _GROUP + r, to_left)
            store(summed, total + r, load(summed, total + r) + pulled * flow)


@compile_cached
def sweep_row(rows, forest, parts, raw):
    """The same as ``sweep_block``, row by row, the points of the quadrature in a vector: for a few rows."""
    most, widest, weights = _most_nodes(forest.trees), forest.weights.shape[1], forest.weights.ravel()
    goes, follows, pull, flows = np.empty(most), np.empty(most), np.empty(most), allocate_aligned(WIDTH)
    mean, gap = allocate_aligned((most + 1) * widest), allocate_aligned(most * widest)
    for row in range(len(rows)):
        raw[row], parts[row] = 0.0, 0.0
        for number in range(len(forest.trees)):
            tree = forest.trees[number]
            nodes, leaf, points = (
                forest.nodes[tree.first_node : tree.first_node + tree.nodes],
                forest.leaf[tree.first_leaf :],
                tree.points,
            )
            for node in range(tree.nodes):
                at = nodes[node]
                value = _as_read(rows[row, at.feature])
                if at.rule == CATEGORY:
                    goes[node] = 0.0
                    if value > -1.0 and value < 32.0 * (at.last_word - at.first_word):
                        code = np.uint64(value)
                        word = forest.bits[np.uint64(at.first_word) + (code >> np.uint64(5))]
                        goes[node] = np.float64((word >> np.uint32(code & np.uint64(31))) & np.uint32(1))
                else:
                    goes[node] = _passes(value, at.rule, at.threshold)
                follows[node] = 1.0
                if at.earlier >= 0:
                    follows[node] = follows[at.earlier] * (goes[at.earlier] if at.from_left else 1.0 - goes[at.earlier])
                pull[node] = follows[node] * (goes[node] - at.share)
            fallen = 0 if tree.nodes else ~0
            while fallen >= 0:
                fallen = nodes[fallen].left if goes[fallen] > 0.5 else nodes[fallen].right
            raw[row] += leaf[~fallen]
            for node in range(tree.nodes - 1, -1, -1):
                at = nodes[node]
                here, there, begin, share, pulled = (
                    at.slot * widest,
                    at.left_slot * widest,
                    at.first_point,
                    at.share,
                    pull[node],
                )
                ends_left, ends_right = at.left < 0, at.right < 0
                on_left, on_right = broadcast(leaf[max(~at.left, 0)]), broadcast(leaf[max(~at.right, 0)])
                for point in range(0, points, WIDTH):
                    left, right = load(mean, there + point), load(mean, here + point)
                    left, right = on_left if ends_left else left, on_right if ends_right else right
                    store(gap, node * widest + point, left - right)
                    store(
                        mean, here + point, right + (share + pulled * load(forest.tilt, begin + point)) * (left - right)
                    )
            for point in range(0, points, WIDTH):
                store(mean, point, load(weights, points * widest + point))
            for node in range(tree.nodes):
                at = nodes[node]
                here, there, begin, share, pulled, flow = (
                    at.slot * widest,
                    at.left_slot * widest,
                    at.first_point,
                    at.share,
                    pull[node],
                    0.0,
                )
                for point in range(0, points, WIDTH):
                    come = load(mean, here + point)
                    store(flows, 0, come * load(forest.gain, begin + point) * load(gap, node * widest + point))
                    for place in range(min(WIDTH, points - point)):
                        flow += flows[place]
                    to_left = come * (share + pulled * load(forest.tilt, begin + point))
                    store(mean, here + point, come - to_left)
                    store(mean, there + point, to_left)
                parts[row, at.feature] += pulled * flow
