"""What did the tables hold on an earlier day? The past as it was known then, so that today's answers can judge it.

Lives here: cutting validated tables at a time. Does not live here: what is done with them (``backtest``).
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from features.clock import plain_times
from features.tables import Tables

__all__ = ["as_known"]


def as_known(tables: Tables, when: np.datetime64) -> Tables:
    """Leads that had arrived by ``when`` (inclusive), events that had happened, outcomes that had been recorded, money that had been spent.

    Columns of a lead stand as they are in the export: an export does not say when each was filled in (LC003 looks for those).
    """
    leads = _until(tables.leads, "created_at", when)
    here = set(leads["lead_id"])
    cut = {name: _of_leads(_until(getattr(tables, name), time, when), here) for name, time in (("events", "occurred_at"), ("outcomes", "recorded_at"))}
    kept = (plain_times(tables.leads["created_at"]) <= when).nonzero()[0]
    label = None if tables.label is None else tables.label.iloc[kept].reset_index(drop=True)
    return replace(tables, leads=leads, spend=_until(tables.spend, "day", when), label=label, **cut)


def _until(frame: pd.DataFrame, column: str, when: np.datetime64) -> pd.DataFrame:
    if column not in frame or not len(frame):
        return frame
    return frame[plain_times(frame[column]) <= when].reset_index(drop=True)


def _of_leads(frame: pd.DataFrame, lead_ids: set) -> pd.DataFrame:
    return frame[frame["lead_id"].isin(lead_ids)].reset_index(drop=True) if len(frame) else frame
