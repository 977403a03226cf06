"""What did the tables hold on an earlier day? The past as it was known then, so that today's answers can judge it.

Lives here: cutting validated tables at a time. Does not live here: what is done with them (``backtest``).
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from features.calendar.timezones import to_utc_times
from features.tables.tables import Tables

__all__ = ["cut_tables_as_of"]


def cut_tables_as_of(tables: Tables, when: np.datetime64) -> Tables:
    """Leads that had arrived by ``when`` (inclusive); events that had happened, outcomes that had been recorded and
    money spent strictly before it.

    Columns of a lead stand as they are in the export: an export does not say when each was filled in (LC003 looks for
    those)."""
    kept = np.flatnonzero(to_utc_times(tables.leads["created_at"]) <= when)
    leads = tables.leads.iloc[kept].reset_index(drop=True)
    here = set(leads["lead_id"])
    cut = {
        name: _of_leads(_before(getattr(tables, name), time, when), here)
        for name, time in (("events", "occurred_at"), ("outcomes", "recorded_at"))
    }
    label, known_at = (
        None if one is None else one.iloc[kept].reset_index(drop=True) for one in (tables.label, tables.label_known_at)
    )
    if label is not None and known_at is not None:
        label = label.where(
            ~(to_utc_times(known_at) >= when)
        )  # one whose day is not said counts as known by its age, wherever it is asked for
    return replace(
        tables, leads=leads, spend=_before(tables.spend, "day", when), label=label, label_known_at=known_at, **cut
    )


def _before(frame: pd.DataFrame, column: str, when: np.datetime64) -> pd.DataFrame:
    if column not in frame or not len(frame):
        return frame
    return frame[to_utc_times(frame[column]) < when].reset_index(drop=True)


def _of_leads(frame: pd.DataFrame, lead_ids: set) -> pd.DataFrame:
    return frame[frame["lead_id"].isin(lead_ids)].reset_index(drop=True) if len(frame) else frame
