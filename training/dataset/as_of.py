"""What did the tables hold on an earlier day? They are cut there, so that a past state can be judged by later outcomes.

Lives here: cutting validated tables at a point in time.
Does not live here: what is done with them (``training.experiments.backtest``, ``training.registry.retraining``).
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from features.calendar.timezones import to_utc_times
from features.tables.tables import Tables

__all__ = ["cut_tables_as_of"]


def cut_tables_as_of(tables: Tables, cutoff: np.datetime64) -> Tables:
    """Return the tables as they were known at ``cutoff``.

    Leads that had arrived by then (inclusive); events that had happened, outcomes that had been recorded and money that
    had been spent strictly before it. A lead's columns stay as they are in the export, because an export does not say
    when each was filled in (LC003 looks for those)."""
    rows = np.flatnonzero(tables.created_at <= cutoff)
    leads = tables.leads.iloc[rows].reset_index(drop=True)
    lead_ids = set(leads["lead_id"])
    history = {
        name: _select_leads(_select_before(getattr(tables, name), time, cutoff), lead_ids)
        for name, time in (("events", "occurred_at"), ("outcomes", "recorded_at"))
    }
    label, known_at = (
        None if column is None else column.iloc[rows].reset_index(drop=True)
        for column in (tables.label, tables.label_known_at)
    )
    if label is not None and known_at is not None:
        # A label without a date (NaT) stays: the learning set treats it as known once its horizon is over.
        label = label.where(~(to_utc_times(known_at) >= cutoff))
    return replace(
        tables,
        leads=leads,
        spend=_select_before(tables.spend, "day", cutoff),
        label=label,
        label_known_at=known_at,
        **history,
    )


def _select_before(frame: pd.DataFrame, column: str, cutoff: np.datetime64) -> pd.DataFrame:
    """Return the rows whose time is strictly before ``cutoff``."""
    if column not in frame or not len(frame):
        return frame
    return frame[to_utc_times(frame[column]) < cutoff].reset_index(drop=True)


def _select_leads(frame: pd.DataFrame, lead_ids: set[str]) -> pd.DataFrame:
    """Return the rows of these leads."""
    return frame[frame["lead_id"].isin(lead_ids)].reset_index(drop=True) if len(frame) else frame
