"""What did a lead's own record say when it came in? A batch of some leads, for signals that few of them need.

Lives here: cutting validated tables down to those leads.
Does not live here: what is asked of them (``qualifying_rule``, ``checked_reasons``), the signals
(``features.signals``).
"""

from dataclasses import replace

import numpy as np

from features.array_types import IntArray, TimeArray
from features.batch import Batch
from features.point_in_time.context import Context
from features.tables.tables import Tables

__all__ = ["build_arrival_batch"]


def build_arrival_batch(tables: Tables, rows: IntArray, arrived_at: TimeArray, context: Context) -> Batch:
    """Return one moment for each of some leads, at its arrival.

    Parameters
    ----------
    rows : int array of shape (k,)
        Rows of the tables' leads, ascending. A batch reads the messages of all of its leads, so it holds no others.
    arrived_at : datetime64[us] array of shape (k,)
    """
    if len(rows) == len(tables.leads):
        return Batch.from_tables(tables, rows, arrived_at, context)
    leads, events = tables.leads.iloc[rows], tables.events
    if len(events):
        events = events[events["lead_id"].isin(leads["lead_id"])]
    fewer = replace(tables, leads=leads, events=events)
    return Batch.from_tables(fewer, np.arange(len(rows)), arrived_at, context)
