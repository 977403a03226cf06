"""What does each split move? One sweep up and one down every tree, at every point of the quadrature, as machine code.

Lives here: the loops behind ``tree_contributions``, and the arrays that they read (``Forest``): numba keeps compiled code by file, so layout and
loops change together.
Does not live here: why this is the Shapley value, and where the arrays come from; see ``tree_contributions``, in whose words the comments speak.

``sweep_block`` walks along rows, many at a time; ``sweep_row`` takes one row and walks along the points of the quadrature. Both do the same
operations in the same order, so a row alone equals the row in a crowd to the bit. No ``fastmath``: it would let the compiler change that order.

Traps, each found by measuring: a slice of an array in an inner loop costs more than the loop (numba counts references), so the loops index; a loop that
writes to one array and reads a few is vectorised, one that needs more than eight checks for overlap is not, so loops are small; a function of its own
does not know that its arrays lie apart, so the parts are pasted into ``sweep_block``; and loops of one form for leaves and nodes alike beat
cleverer ones for each kind, in speed and in time to compile.
"""

from typing import NamedTuple

import numpy as np

from features.kernels.compiling import compiled, pasted_into_compiled

__all__ = ["BLOCK", "CATEGORY", "MISSING_LEFT", "MISSING_RIGHT", "NODE", "SLOPE", "TREE", "ZERO_LEFT", "ZERO_RIGHT", "Forest", "sweep_block", "sweep_row"]

MISSING_RIGHT, MISSING_LEFT, ZERO_RIGHT, ZERO_LEFT, CATEGORY = range(5)
"""Rules of a split: ``x <= threshold`` with NaN to one side; the same with NaN and zero to one side; a set of categories goes left."""

BLOCK = 256
"""Rows that the loops take at a time."""

_ZERO = float(np.float32(1e-35))
"""LightGBM reads a number this close to zero as zero."""
_MOST_CATEGORY = 2147483647.0


TREE = np.dtype([("first_node", np.int64), ("nodes", np.int64), ("first_leaf", np.int64), ("points", np.int64)])
"""A tree: where its nodes and leaves begin, how many nodes, and how many points of the quadrature it needs (K). It has one leaf more than nodes."""

NODE = np.dtype([
    ("feature", np.int64), ("rule", np.int64), ("threshold", np.float64), ("first_word", np.int64), ("last_word", np.int64),
    ("left", np.int64), ("right", np.int64), ("share", np.float64), ("earlier", np.int64), ("from_left", np.int64), ("first_point", np.int64),
])  # fmt: skip
"""A split. Children are nodes of the same tree, numbered after their parent, or ``~leaf``. ``share`` is z.
``earlier`` is the last node on the path that splits on the same feature, -1 for none, and ``from_left`` whether the path goes left there.
A set of categories stands in ``bits[first_word:last_word]``; the node's K slopes begin at ``first_point``."""

SLOPE = np.dtype([("tilt", np.float64), ("gain", np.float64)])
"""What a node needs to know of t, at each point of the quadrature."""


class Forest(NamedTuple):
    """All trees, one after the other.

    Parameters
    ----------
    trees, nodes, slopes : record arrays of ``TREE``, ``NODE`` and ``SLOPE``
    leaf : float array of shape (leaves,)
    bits : uint32 array
    weights : float array of shape (most points + 1, most points)
        Row K: weights of the quadrature of K points.
    """

    trees: np.ndarray
    nodes: np.ndarray
    slopes: np.ndarray
    leaf: np.ndarray
    bits: np.ndarray
    weights: np.ndarray


@compiled
def sweep_block(rows, forest, parts, raw):
    """Fill ``parts`` of shape (n, columns) and ``raw`` of shape (n,) for ``rows`` of shape (n, columns), all float64."""
    trees, nodes, slopes, leaf, bits, weights = forest
    n, columns = rows.shape
    most = _most_nodes(trees)
    x, summed = np.empty((columns, BLOCK)), np.empty((columns, BLOCK))
    goes, follows, pull, flow = np.empty((most, BLOCK)), np.empty((most, BLOCK)), np.empty((most, BLOCK)), np.empty((most, BLOCK))
    mean, reach = np.empty((2 * most + 1, BLOCK)), np.empty((most, BLOCK))
    for start in range(0, n, BLOCK):
        m = min(BLOCK, n - start)
        for column in range(columns):
            for r in range(m):
                x[column, r], summed[column, r] = _as_read(rows[start + r, column]), 0.0
        for r in range(m):
            raw[start + r] = 0.0
        for number in range(len(trees)):
            first, count, leaves, points = trees[number].first_node, trees[number].nodes, trees[number].first_leaf, trees[number].points
            _decide(x, nodes, bits, first, count, m, goes, follows, pull, flow)
            for one in range(count + 1):
                value = leaf[leaves + one]
                for r in range(m):
                    mean[most + one, r] = value
            _fall(nodes, first, count, most, m, goes, mean)
            root = 0 if count else most
            for r in range(m):
                raw[start + r] += mean[root, r]
            for point in range(points):
                _up(nodes, slopes, first, count, most, point, m, pull, mean)
                _down(nodes, slopes, first, count, most, point, m, weights[points, point], pull, mean, reach, flow)
            for node in range(count):
                column = nodes[first + node].feature
                for r in range(m):
                    summed[column, r] += pull[node, r] * flow[node, r]
        for r in range(m):
            for column in range(columns):
                parts[start + r, column] = summed[column, r]


@pasted_into_compiled
def _most_nodes(trees):
    """Nodes of the largest tree."""
    most = 1
    for number in range(len(trees)):
        most = max(most, trees[number].nodes)
    return most


@pasted_into_compiled
def _as_read(value):
    """The number that LightGBM sees."""
    return 0.0 if abs(value) <= _ZERO else value


@pasted_into_compiled
def _goes_left(value, rule, threshold, bits, low, high):
    """LightGBM's own decision, for every rule."""
    if rule == CATEGORY:
        if not (value > -1.0 and value < _MOST_CATEGORY):
            return False
        code = np.int64(value)
        return code >> 5 < high - low and (bits[low + (code >> 5)] >> np.uint32(code & 31)) & np.uint32(1) != 0
    if value != value or (rule >= ZERO_RIGHT and value == 0.0):
        return rule == MISSING_LEFT or rule == ZERO_LEFT
    return value <= threshold


@pasted_into_compiled
def _decide(x, nodes, bits, first, count, m, goes, follows, pull, flow):
    """For every node and row: g (does the row go left), o (does it follow the path so right in this feature), and their pull o (g - z)."""
    for node in range(count):
        at = nodes[first + node]
        column, rule, threshold, share, low, high = at.feature, at.rule, at.threshold, at.share, at.first_word, at.last_word
        if rule == MISSING_LEFT:
            for r in range(m):
                goes[node, r] = 0.0 if x[column, r] > threshold else 1.0
        elif rule == MISSING_RIGHT:
            for r in range(m):
                goes[node, r] = 1.0 if x[column, r] <= threshold else 0.0
        else:
            for r in range(m):
                goes[node, r] = 1.0 if _goes_left(x[column, r], rule, threshold, bits, low, high) else 0.0
        for r in range(m):
            flow[node, r] = 0.0
        before = at.earlier
        if before < 0:
            for r in range(m):
                pull[node, r] = goes[node, r] - share
            continue
        if at.from_left:
            for r in range(m):
                follows[node, r] = goes[before, r]
        else:
            for r in range(m):
                follows[node, r] = 1.0 - goes[before, r]
        if nodes[first + before].earlier >= 0:
            for r in range(m):
                follows[node, r] *= follows[before, r]
        for r in range(m):
            pull[node, r] = follows[node, r] * (goes[node, r] - share)


@pasted_into_compiled
def _fall(nodes, first, count, most, m, goes, value):
    """The leaf's value that each row falls to from every node, children first: chosen, not computed, so exact."""
    for node in range(count - 1, -1, -1):
        left, right = _place(nodes[first + node].left, most), _place(nodes[first + node].right, most)
        for r in range(m):
            if_left, if_right = value[left, r], value[right, r]
            value[node, r] = if_left if goes[node, r] > 0.5 else if_right


@pasted_into_compiled
def _up(nodes, slopes, first, count, most, point, m, pull, mean):
    """T of every node, children first: right + (z + pull tilt) (left - right)."""
    for node in range(count - 1, -1, -1):
        at = nodes[first + node]
        left, right, share, tilt = _place(at.left, most), _place(at.right, most), at.share, slopes[at.first_point + point].tilt
        for r in range(m):
            mean[node, r] = mean[right, r] + (share + pull[node, r] * tilt) * (mean[left, r] - mean[right, r])


@pasted_into_compiled
def _down(nodes, slopes, first, count, most, point, m, weight, pull, mean, reach, flow):
    """P of every node, parents first, and what flows through it: P gain (left - right)."""
    for r in range(m):
        reach[0, r] = weight
    for node in range(count):
        at = nodes[first + node]
        left, right, share = _place(at.left, most), _place(at.right, most), at.share
        tilt, gain = slopes[at.first_point + point].tilt, slopes[at.first_point + point].gain
        for r in range(m):
            flow[node, r] += reach[node, r] * (gain * (mean[left, r] - mean[right, r]))
        if at.left >= 0:
            for r in range(m):
                reach[left, r] = reach[node, r] * (share + pull[node, r] * tilt)
        if at.right >= 0:
            for r in range(m):
                reach[right, r] = reach[node, r] - reach[node, r] * (share + pull[node, r] * tilt)


@compiled
def sweep_row(rows, forest, parts, raw):
    """The same as ``sweep_block``, row by row, the inner loops along the points of the quadrature: for a few rows."""
    trees, nodes, slopes, leaf, bits, weights = forest
    most, widest = _most_nodes(trees), weights.shape[1]
    goes, follows, pull = np.empty(most), np.empty(most), np.empty(most)
    mean, reach = np.empty((2 * most + 1, widest)), np.empty((most, widest))
    for row in range(len(rows)):
        raw[row] = 0.0
        for column in range(rows.shape[1]):
            parts[row, column] = 0.0
        for number in range(len(trees)):
            first, count, leaves, points = trees[number].first_node, trees[number].nodes, trees[number].first_leaf, trees[number].points
            for node in range(count):
                at = nodes[first + node]
                left = _goes_left(_as_read(rows[row, at.feature]), at.rule, at.threshold, bits, at.first_word, at.last_word)
                goes[node] = 1.0 if left else 0.0
                follows[node] = 1.0
                if at.earlier >= 0:
                    follows[node] = follows[at.earlier] * (goes[at.earlier] if at.from_left else 1.0 - goes[at.earlier])
                pull[node] = follows[node] * (goes[node] - at.share)
            fallen = 0 if count else ~0
            while fallen >= 0:
                fallen = nodes[first + fallen].left if goes[fallen] > 0.5 else nodes[first + fallen].right
            raw[row] += leaf[leaves + ~fallen]
            for one in range(count + 1):
                for point in range(points):
                    mean[most + one, point] = leaf[leaves + one]
            for node in range(count - 1, -1, -1):
                at = nodes[first + node]
                left, right, share, begin, pulled = _place(at.left, most), _place(at.right, most), at.share, at.first_point, pull[node]
                for point in range(points):
                    mean[node, point] = mean[right, point] + (share + pulled * slopes[begin + point].tilt) * (mean[left, point] - mean[right, point])
            for point in range(points):
                reach[0, point] = weights[points, point]
            for node in range(count):
                at = nodes[first + node]
                left, right, share, begin, pulled = _place(at.left, most), _place(at.right, most), at.share, at.first_point, pull[node]
                flow = 0.0
                for point in range(points):
                    flow += reach[node, point] * (slopes[begin + point].gain * (mean[left, point] - mean[right, point]))
                parts[row, at.feature] += pulled * flow
                if at.left >= 0:
                    for point in range(points):
                        reach[left, point] = reach[node, point] * (share + pulled * slopes[begin + point].tilt)
                if at.right >= 0:
                    for point in range(points):
                        reach[right, point] = reach[node, point] - reach[node, point] * (share + pulled * slopes[begin + point].tilt)


@pasted_into_compiled
def _place(child, most):
    """Where a child's value stands: nodes first, then leaves."""
    return child if child >= 0 else most + ~child
