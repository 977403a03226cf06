"""What does each split move? One sweep up and one down every tree, at every point of the quadrature, as machine code.

Lives here: the loops behind ``tree_contributions``, and the arrays that they read (``Forest``): numba keeps compiled code by file, so layout and
loops change together.
Does not live here: why this is the Shapley value, and where the arrays come from; see ``tree_contributions``, in whose words the comments speak.

``sweep_block`` walks along rows, many at a time; ``sweep_row`` takes one row and walks along the points of the quadrature. Both do the same
operations in the same order, so a row alone equals the row in a crowd to the bit. No ``fastmath``: it would let the compiler change that order.

Three traps, each found by measuring: a slice of an array in an inner loop costs more than the loop (numba counts references), so the loops index;
a loop that writes to one array and reads a few is vectorised, one that needs more than eight checks for overlap is not, so loops are kept small;
and the two children of a node are named near and far, not left and right, so that a leaf is always the far one and is read as one number.
"""

from typing import NamedTuple

import numpy as np

from features.kernels.compiling import called_by_compiled, compiled

__all__ = ["CATEGORY", "MISSING_LEFT", "MISSING_RIGHT", "ZERO_LEFT", "ZERO_RIGHT", "Forest", "sweep_block", "sweep_row"]

MISSING_RIGHT, MISSING_LEFT, ZERO_RIGHT, ZERO_LEFT, CATEGORY = range(5)
"""Rules of a split: ``x <= threshold`` with NaN to one side; the same with NaN and zero to one side; a set of categories goes left."""

BLOCK = 256
"""Rows that the loops take at a time."""

_ZERO = float(np.float32(1e-35))
"""LightGBM reads a number this close to zero as zero."""
_MOST_CATEGORY = 2147483647.0


class Forest(NamedTuple):
    """All trees as flat arrays; nodes and leaves are numbered within their tree, parents before children.

    Parameters
    ----------
    first_node, first_leaf : int64 arrays of shape (trees + 1,)
    points : int64 array of shape (trees,)
        Points of the quadrature, K.
    weights : float array of shape (most points + 1, most points)
        Row K: weights of the rule of K points.
    feature, rule : int64 arrays of shape (nodes,)
    threshold : float array of shape (nodes,)
    words : int64 array of shape (nodes, 2)
        Where a category split's bits begin and end in ``bits``.
    bits : uint32 array
    near, far : int64 arrays of shape (nodes,)
        Children: a node, or ``~leaf``. A node never has a leaf near and a node far.
    left_is_near : bool array of shape (nodes,)
    share : float array of shape (nodes,)
        z: share of the node's training rows in the near child.
    earlier : int64 array of shape (nodes,)
        The last node on the path here that splits on the same feature, -1 for none.
    from_near : bool array of shape (nodes,)
        Whether the path goes through that node's near child.
    first_point : int64 array of shape (nodes,)
        Where the node's K values of ``tilt`` and ``gain`` begin.
    tilt, gain : float arrays
    leaf : float array of shape (leaves,)
    """

    first_node: np.ndarray
    first_leaf: np.ndarray
    points: np.ndarray
    weights: np.ndarray
    feature: np.ndarray
    rule: np.ndarray
    threshold: np.ndarray
    words: np.ndarray
    bits: np.ndarray
    near: np.ndarray
    far: np.ndarray
    left_is_near: np.ndarray
    share: np.ndarray
    earlier: np.ndarray
    from_near: np.ndarray
    first_point: np.ndarray
    tilt: np.ndarray
    gain: np.ndarray
    leaf: np.ndarray


@compiled
def sweep_block(rows, forest, parts, raw):
    """Fill ``parts`` of shape (n, columns) and ``raw`` of shape (n,) for ``rows`` of shape (n, columns), all float64."""
    n, columns = rows.shape
    most = _most_nodes(forest)
    x, moved_by = np.empty((columns, BLOCK)), np.empty((columns, BLOCK))
    goes, follows, pull, moved = np.empty((most, BLOCK)), np.empty((most, BLOCK)), np.empty((most, BLOCK)), np.empty((most, BLOCK))
    mean, reach = np.empty((most, BLOCK)), np.empty((most, BLOCK))
    for start in range(0, n, BLOCK):
        m = min(BLOCK, n - start)
        for column in range(columns):
            for r in range(m):
                x[column, r], moved_by[column, r] = _as_read(rows[start + r, column]), 0.0
        for r in range(m):
            raw[start + r] = 0.0
        for tree in range(len(forest.points)):
            base, nodes = forest.first_node[tree], forest.first_node[tree + 1] - forest.first_node[tree]
            _decide(x, forest, base, nodes, m, goes, follows, pull, moved)
            for r in range(m):
                raw[start + r] += forest.leaf[forest.first_leaf[tree] + _leaf_of(goes, forest, base, nodes, r)]
            for point in range(forest.points[tree]):
                _up(forest, tree, point, m, pull, mean)
                _down(forest, tree, point, m, pull, mean, reach, moved)
            for node in range(nodes):
                column = forest.feature[base + node]
                for r in range(m):
                    moved_by[column, r] += moved[node, r]
        for r in range(m):
            for column in range(columns):
                parts[start + r, column] = moved_by[column, r]


@called_by_compiled
def _most_nodes(forest):
    """Nodes of the largest tree."""
    most = 1
    for tree in range(len(forest.points)):
        most = max(most, forest.first_node[tree + 1] - forest.first_node[tree])
    return most


@called_by_compiled
def _as_read(value):
    """The number that LightGBM sees."""
    return 0.0 if abs(value) <= _ZERO else value


@called_by_compiled
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


@called_by_compiled
def _decide(x, forest, base, nodes, m, goes, follows, pull, moved):
    """For every node and row: does the row go near (1 or 0), does it follow the path so far in this feature, and o (goes - z)."""
    for node in range(nodes):
        at = base + node
        column, rule, threshold, share = forest.feature[at], forest.rule[at], forest.threshold[at], forest.share[at]
        left, right = (1.0, 0.0) if forest.left_is_near[at] else (0.0, 1.0)
        if rule == MISSING_LEFT:
            for r in range(m):
                goes[node, r] = right if x[column, r] > threshold else left
        elif rule == MISSING_RIGHT:
            for r in range(m):
                goes[node, r] = left if x[column, r] <= threshold else right
        else:
            low, high = forest.words[at, 0], forest.words[at, 1]
            for r in range(m):
                goes[node, r] = left if _goes_left(x[column, r], rule, threshold, forest.bits, low, high) else right
        before = forest.earlier[at]
        if before < 0:
            for r in range(m):
                follows[node, r] = 1.0
        elif forest.from_near[at]:
            for r in range(m):
                follows[node, r] = follows[before, r] * goes[before, r]
        else:
            for r in range(m):
                follows[node, r] = follows[before, r] * (1.0 - goes[before, r])
        for r in range(m):
            pull[node, r] = follows[node, r] * (goes[node, r] - share)
        for r in range(m):
            moved[node, r] = 0.0


@called_by_compiled
def _leaf_of(goes, forest, base, nodes, r):
    """The leaf that a row falls into."""
    node = 0 if nodes else ~0
    while node >= 0:
        node = forest.near[base + node] if goes[node, r] > 0.5 else forest.far[base + node]
    return ~node


@called_by_compiled
def _up(forest, tree, point, m, pull, mean):
    """T of every node, children first: far + (z + pull tilt) (near - far)."""
    base, leaves = forest.first_node[tree], forest.first_leaf[tree]
    for node in range(forest.first_node[tree + 1] - base - 1, -1, -1):
        at = base + node
        near, far, share, tilt = forest.near[at], forest.far[at], forest.share[at], forest.tilt[forest.first_point[at] + point]
        if near < 0:
            value = forest.leaf[leaves + ~far]
            gap = forest.leaf[leaves + ~near] - value
            for r in range(m):
                mean[node, r] = value + (share + pull[node, r] * tilt) * gap
        elif far < 0:
            value = forest.leaf[leaves + ~far]
            for r in range(m):
                mean[node, r] = value + (share + pull[node, r] * tilt) * (mean[near, r] - value)
        else:
            for r in range(m):
                mean[node, r] = mean[far, r] + (share + pull[node, r] * tilt) * (mean[near, r] - mean[far, r])


@called_by_compiled
def _down(forest, tree, point, m, pull, mean, reach, moved):
    """P of every node, parents first, and what the node moves: P pull gain (near - far)."""
    base, leaves = forest.first_node[tree], forest.first_leaf[tree]
    weight = forest.weights[forest.points[tree], point]
    for r in range(m):
        reach[0, r] = weight
    for node in range(forest.first_node[tree + 1] - base):
        at = base + node
        near, far, share = forest.near[at], forest.far[at], forest.share[at]
        tilt, gain = forest.tilt[forest.first_point[at] + point], forest.gain[forest.first_point[at] + point]
        if near < 0:
            gap = forest.leaf[leaves + ~near] - forest.leaf[leaves + ~far]
            for r in range(m):
                moved[node, r] += reach[node, r] * pull[node, r] * gain * gap
        elif far < 0:
            value = forest.leaf[leaves + ~far]
            for r in range(m):
                moved[node, r] += reach[node, r] * pull[node, r] * gain * (mean[near, r] - value)
            for r in range(m):
                reach[near, r] = reach[node, r] * (share + pull[node, r] * tilt)
        else:
            for r in range(m):
                moved[node, r] += reach[node, r] * pull[node, r] * gain * (mean[near, r] - mean[far, r])
            for r in range(m):
                reach[near, r] = reach[node, r] * (share + pull[node, r] * tilt)
            for r in range(m):
                reach[far, r] = reach[node, r] - reach[near, r]


@compiled
def sweep_row(rows, forest, parts, raw):
    """The same as ``sweep_block``, row by row, the inner loops along the points of the quadrature: for a few rows."""
    most, widest = _most_nodes(forest), forest.weights.shape[1]
    goes, follows, pull = np.empty((most, 1)), np.empty(most), np.empty(most)
    mean, reach = np.empty((2 * most + 1, widest)), np.empty((most, widest))
    for row in range(len(rows)):
        raw[row] = 0.0
        for column in range(rows.shape[1]):
            parts[row, column] = 0.0
        for tree in range(len(forest.points)):
            base, nodes = forest.first_node[tree], forest.first_node[tree + 1] - forest.first_node[tree]
            leaves, points = forest.first_leaf[tree], forest.points[tree]
            for node in range(nodes):
                at = base + node
                value = _as_read(rows[row, forest.feature[at]])
                left = _goes_left(value, forest.rule[at], forest.threshold[at], forest.bits, forest.words[at, 0], forest.words[at, 1])
                before = forest.earlier[at]
                goes[node, 0] = 1.0 if left == forest.left_is_near[at] else 0.0
                follows[node] = 1.0
                if before >= 0:
                    follows[node] = follows[before] * (goes[before, 0] if forest.from_near[at] else 1.0 - goes[before, 0])
                pull[node] = follows[node] * (goes[node, 0] - forest.share[at])
            raw[row] += forest.leaf[leaves + _leaf_of(goes, forest, base, nodes, 0)]
            for leaf in range(nodes + 1):
                for point in range(points):
                    mean[most + leaf, point] = forest.leaf[leaves + leaf]
            for node in range(nodes - 1, -1, -1):
                at = base + node
                near, far = _place(forest.near[at], most), _place(forest.far[at], most)
                first, share, pulled = forest.first_point[at], forest.share[at], pull[node]
                for point in range(points):
                    mean[node, point] = mean[far, point] + (share + pulled * forest.tilt[first + point]) * (mean[near, point] - mean[far, point])
            for point in range(points):
                reach[0, point] = forest.weights[points, point]
            for node in range(nodes):
                at = base + node
                near, far = _place(forest.near[at], most), _place(forest.far[at], most)
                first, share, pulled, moved = forest.first_point[at], forest.share[at], pull[node], 0.0
                for point in range(points):
                    moved += reach[node, point] * pulled * forest.gain[first + point] * (mean[near, point] - mean[far, point])
                parts[row, forest.feature[at]] += moved
                if near < most:
                    for point in range(points):
                        reach[near, point] = reach[node, point] * (share + pulled * forest.tilt[first + point])
                if far < most:
                    for point in range(points):
                        reach[far, point] = reach[node, point] - reach[near, point]


@called_by_compiled
def _place(child, most):
    """Where a child's value stands: nodes first, then leaves."""
    return child if child >= 0 else most + ~child
