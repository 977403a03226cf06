"""At which days may a count be published? After each day on which enough new leads have come together."""

import numpy as np

from features.kernels.jit import compile_cached

__all__ = ["publish_counts"]


@compile_cached
def publish_counts(keys, outcomes, booked, starting_leads, starting_bookings, minimum):
    """Return which cells publish a count, and the counts up to and including each cell.

    Parameters
    ----------
    keys : int64 array of shape (c,)
        The key of each cell; cells are sorted by key and then by day, each pair once.
    known, booked : int64 arrays of shape (c,)
        New known outcomes and new known bookings of each cell.
    starting_leads, starting_bookings : int64 arrays of shape (c,)
        What the cell's key had published before its first cell.
    minimum : int
        New known outcomes, or new bookings, that make a count.

    Example: one key with 3, 1 and 2 new outcomes on three days and a minimum of 5 publishes 6 on the third day.
    """
    published = np.zeros(len(keys), np.bool_)
    leads, bookings = np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64)
    waiting, waiting_bookings = np.int64(0), np.int64(0)
    for cell in range(len(keys)):
        if cell == 0 or keys[cell] != keys[cell - 1]:
            waiting, waiting_bookings = np.int64(0), np.int64(0)
            leads[cell], bookings[cell] = starting_leads[cell], starting_bookings[cell]
        else:
            leads[cell], bookings[cell] = leads[cell - 1], bookings[cell - 1]
        leads[cell] += outcomes[cell]
        bookings[cell] += booked[cell]
        waiting += outcomes[cell]
        waiting_bookings += booked[cell]
        # A booking may become known long after the lead was given up, when no new lead comes any more.
        if waiting >= minimum or waiting_bookings >= minimum:
            published[cell] = True
            waiting, waiting_bookings = np.int64(0), np.int64(0)
    return published, leads, bookings
