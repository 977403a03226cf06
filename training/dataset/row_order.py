"""In which order does a model learn from its leads? In that of their arrival, whatever that of the file was.

Lives here: sorting validated tables. Does not live here: which leads are held out (``time_splits``), what is drawn from
them by chance (``withheld_fields``).

What is drawn by chance is drawn by the place of a row, and sums of floating point depend on it: the same leads in
another order gave another model, probabilities of which were up to .07 away (900 leads, 20 trees).
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from features.array_types import IntArray, TimeArray
from features.calendar.timezones import to_utc_times
from features.tables.tables import Tables

__all__ = ["sort_by_arrival"]


def sort_by_arrival(tables: Tables) -> Tables:
    """Return the tables with the leads in order of arrival; as they are where leads have no dates.

    Leads that arrived at the same time, such as those of one day, are sorted by what is known of them, not by their
    ids: where an export has none, these are made from the rows. Events and outcomes follow the order of the leads.
    """
    if "created_at" not in tables.leads:
        return tables
    arrived = tables.created_at
    is_sorted = (arrived[1:] > arrived[:-1]).all()
    order = np.arange(len(arrived)) if is_sorted else _find_order(tables, arrived)
    if (np.diff(order) > 0).all():
        return tables
    leads = tables.leads.iloc[order].reset_index(drop=True)
    position = pd.Series(np.arange(len(leads)), index=leads["lead_id"].to_numpy(object))
    label, known_at, of_rows = (
        None if column is None else column.iloc[order].reset_index(drop=True)
        for column in (tables.label, tables.label_known_at, tables.order)
    )
    return replace(
        tables,
        leads=leads,
        events=_follow_leads(tables.events, position),
        outcomes=_follow_leads(tables.outcomes, position),
        label=label,
        label_known_at=known_at,
        order=of_rows,
    )


def _find_order(tables: Tables, arrived: TimeArray) -> IntArray:
    """Return the rows of the leads by arrival, then by a hash of their values, by label and its date, then by id."""
    leads = tables.leads
    content = pd.util.hash_pandas_object(leads.drop(columns="lead_id"), index=False).to_numpy()
    label = np.zeros(len(leads)) if tables.label is None else tables.label.fillna(-1).to_numpy(float)
    known_at = np.zeros(len(leads)) if tables.label_known_at is None else to_utc_times(tables.label_known_at)
    return np.lexsort((leads["lead_id"].to_numpy(str), known_at, label, content, arrived))


def _follow_leads(frame: pd.DataFrame, position: pd.Series) -> pd.DataFrame:
    """Return rows of leads in the order of these; rows of one lead keep theirs."""
    if not len(frame):
        return frame
    rows = np.argsort(frame["lead_id"].map(position).to_numpy(), kind="stable")
    return frame.iloc[rows].reset_index(drop=True)
