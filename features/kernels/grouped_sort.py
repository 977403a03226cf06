"""Where does each row go when rows are put in order by group, then by number?

Counted into place, then mended inside each group.
"""

import numpy as np

from features.kernels.jit import compile_cached

__all__ = ["order_by_group_and_number"]


@compile_cached
def order_by_group_and_number(group, number, starts, rows):
    """Fill ``rows`` with the rows by group, then number, then as they stand.

    Parameters
    ----------
    group, number : int64 arrays of shape (n,)
        Groups from 0 on.
    starts : int64 array of shape (groups + 1,), zeros
        Worked in.
    rows : int64 array of shape (n,), filled
    """
    for one in group:
        starts[one + 1] += 1
    for at in range(1, len(starts)):
        starts[at] += starts[at - 1]
    for row in range(len(group)):
        rows[starts[group[row]]] = row
        starts[group[row]] += 1
    low = 0
    for at in range(len(starts) - 1):
        high = starts[at]  # moved on to the end of the group
        if high - low > _INSERTION_SORT_ROWS:
            for place in range(low + 1, high):
                if number[rows[place]] < number[rows[place - 1]]:
                    within = rows[low:high].copy()
                    rows[low:high] = within[np.argsort(number[within], kind="mergesort")]
                    break
        else:
            for place in range(low + 1, high):
                row, to = rows[place], place
                while to > low and number[rows[to - 1]] > number[row]:
                    rows[to] = rows[to - 1]
                    to -= 1
                rows[to] = row
        low = high


_INSERTION_SORT_ROWS = 64
"""Up to so many rows of a group are moved one by one."""
