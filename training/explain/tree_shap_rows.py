"""What does each split move for a few rows, and which leaves do rows fall to? Plain loops over the trees.

Lives here: ``sweep_row``, the sweeps of ``tree_shap_kernel`` row by row; ``sum_leaves``, the scores alone.
Does not live here: many rows at a time, the layout of trees (``tree_shap_kernel``). All of them do the same operations
in the same order, so a row alone equals the row in a batch to the bit.
"""

import numpy as np

from features.kernels.jit import compile_cached, inline_helper
from training.explain.tree_shap_kernel import (
    BLOCK,
    CATEGORY,
    count_most_nodes,
    is_in_set,
    passes_left,
    read_as_lightgbm,
)

__all__ = ["sum_leaves", "sweep_row"]


@compile_cached
def sum_leaves(rows, forest, raw):
    """Fill ``raw``, shape (n,), with the sum of the leaves of ``rows``, shape (n, columns); both float64."""
    for start in range(0, len(rows), BLOCK):
        end = min(start + BLOCK, len(rows))
        raw[start:end] = 0.0
        # A tree stays in the nearest cache while the rows of a block fall through it.
        for number in range(len(forest.trees)):
            tree = forest.trees[number]
            nodes = forest.nodes[tree.first_node : tree.first_node + tree.nodes]
            leaf = forest.leaf[tree.first_leaf :]
            for row in range(start, end):
                child = 0 if tree.nodes else ~0
                while child >= 0:
                    split = nodes[child]
                    child = split.left if _goes_left(forest.bits, split, rows[row, split.feature]) else split.right
                raw[row] += leaf[~child]


@compile_cached
def sweep_row(rows, forest, parts, raw):
    """Fill the same as ``sweep_block``, row by row: for a few rows."""
    max_nodes, max_points = count_most_nodes(forest.trees), forest.weights.shape[1]
    goes, follows, pull = np.empty(max_nodes), np.empty(max_nodes), np.empty(max_nodes)
    mean, gap = np.empty((max_nodes + 1, max_points)), np.empty((max_nodes, max_points))
    for row in range(len(rows)):
        raw[row], parts[row] = 0.0, 0.0
        for number in range(len(forest.trees)):
            tree = forest.trees[number]
            nodes = forest.nodes[tree.first_node : tree.first_node + tree.nodes]
            leaf = forest.leaf[tree.first_leaf :]
            _decide_row(forest, nodes, rows[row], (goes, follows, pull))
            child = 0 if tree.nodes else ~0
            while child >= 0:
                child = nodes[child].left if goes[child] > 0.5 else nodes[child].right
            raw[row] += leaf[~child]
            _sweep_row_up(forest, tree, pull, mean, gap)
            _sweep_row_down(forest, tree, pull, (mean, gap), parts[row])


@inline_helper
def _goes_left(bits, split, number):
    """Return LightGBM's own decision: 1.0 if the number goes left, else 0.0."""
    value = read_as_lightgbm(number)
    if split.rule == CATEGORY:
        return is_in_set(bits, split.first_word, split.last_word, value)
    return passes_left(value, split.rule, split.threshold)


@inline_helper
def _decide_row(forest, nodes, x, decisions):
    """Compute g, o and o (g - z) of every node."""
    goes, follows, pull = decisions
    for node in range(len(nodes)):
        split = nodes[node]
        goes[node] = _goes_left(forest.bits, split, x[split.feature])
        follows[node] = 1.0
        if split.earlier >= 0:
            path = goes[split.earlier] if split.from_left else 1.0 - goes[split.earlier]
            follows[node] = follows[split.earlier] * path
        pull[node] = follows[node] * (goes[node] - split.share)


@inline_helper
def _sweep_row_up(forest, tree, pull, mean, gap):
    """Compute T of every node, children first."""
    tilt = forest.tilt
    nodes, leaf = forest.nodes[tree.first_node : tree.first_node + tree.nodes], forest.leaf[tree.first_leaf :]
    for node in range(tree.nodes - 1, -1, -1):
        split = nodes[node]
        slot, left_slot, begin, share = split.slot, split.left_slot, split.first_point, split.share
        ends_left, ends_right, pulled = split.left < 0, split.right < 0, pull[node]
        # A child is a node (0 or more) or a leaf as its complement: -1 is leaf 0, -4 is leaf 3, since ~-4 = 3. For a
        # node the value read here is not used.
        on_left = leaf[max(~split.left, 0)]
        on_right = leaf[max(~split.right, 0)]
        for point in range(tree.points):
            left = on_left if ends_left else mean[left_slot, point]
            right = on_right if ends_right else mean[slot, point]
            gap[node, point] = left - right
            mean[slot, point] = right + (share + pulled * tilt[begin + point]) * (left - right)


@inline_helper
def _sweep_row_down(forest, tree, pull, mean_and_gap, parts):
    """Compute P of every node, parents first, and add what flows through it to ``parts``."""
    nodes, tilt, gain = forest.nodes[tree.first_node : tree.first_node + tree.nodes], forest.tilt, forest.gain
    reach, gap = mean_and_gap
    for point in range(tree.points):
        reach[0, point] = forest.weights[tree.points, point]
    for node in range(tree.nodes):
        split = nodes[node]
        slot, left_slot, begin, share = split.slot, split.left_slot, split.first_point, split.share
        pulled, flow, points = pull[node], 0.0, tree.points
        for point in range(points):
            come = reach[slot, point]
            flow += come * gain[begin + point] * gap[node, point]
            to_left = come * (share + pulled * tilt[begin + point])
            # What does not go left goes right, and the right child has this node's slot: no second product.
            reach[slot, point] = come - to_left
            reach[left_slot, point] = to_left
        parts[split.feature] += pulled * flow
