"""Where does each row go when rows are ordered by group, then by number?

A counting sort puts every row into its group; then each group is sorted by itself.
"""

import numpy as np

from features.kernels.jit import compile_cached

__all__ = ["order_by_group_and_number"]


@compile_cached
def order_by_group_and_number(group, number, starts, rows):
    """Fill ``rows`` with the row numbers ordered by group, then number, then as given.

    Parameters
    ----------
    group, number : int64 arrays of shape (n,)
        Groups are numbered from 0.
    starts : int64 array of shape (groups + 1,), zeros
        Working space.
    rows : int64 array of shape (n,), filled

    Example: groups [1, 0, 1, 1] are counted into starts = [0, 1, 3], which becomes the first slot of each group,
    [0, 1, 4]. Placing row 1 of group 0 uses slot 0; rows 0, 2, 3 of group 1 use slots 1, 2, 3. Every placement moves
    its group's start by one, so afterwards ``starts[g]`` is where group ``g`` ends.
    """
    # Counted one place to the right, so that the running sum below gives where each group begins.
    for row_group in group:
        starts[row_group + 1] += 1
    for at in range(1, len(starts)):
        starts[at] += starts[at - 1]
    for row in range(len(group)):
        rows[starts[group[row]]] = row
        starts[group[row]] += 1
    low = 0
    for at in range(len(starts) - 1):
        high = starts[at]
        if high - low > _INSERTION_SORT_ROWS:
            # An export is nearly always in order of time, so most groups need only the check.
            for position in range(low + 1, high):
                if number[rows[position]] < number[rows[position - 1]]:
                    within = rows[low:high].copy()
                    # mergesort is stable: rows with equal numbers stay as given
                    rows[low:high] = within[np.argsort(number[within], kind="mergesort")]
                    break
        else:
            for position in range(low + 1, high):
                row, to = rows[position], position
                # Strictly greater: rows with equal numbers are not moved past each other.
                while to > low and number[rows[to - 1]] > number[row]:
                    rows[to] = rows[to - 1]
                    to -= 1
                rows[to] = row
        low = high


_INSERTION_SORT_ROWS = 64
"""Groups of up to this many rows are sorted by insertion, which needs no memory."""
