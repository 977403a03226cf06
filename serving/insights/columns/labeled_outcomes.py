"""What became of a lead whose export has a column that says so, and no table of outcomes? Its label as an outcome.

Lives here: outcomes from labels, dated as well as the export allows.
Does not live here: reading labels (``features.tables.lead_labels``), outcomes with dates of their own
(``lead_history``).
"""

import numpy as np
import pandas as pd

from features.array_types import DAY, IntArray, TimeArray
from features.calendar.timezones import to_utc_times
from features.tables.tables import Tables

__all__ = ["date_labels", "find_decided", "has_labels_alone"]

_MICROSECONDS_A_DAY = int(DAY / np.timedelta64(1, "us"))


def has_labels_alone(tables: Tables) -> bool:
    """Whether the tables say who booked by a label, and hold no outcome with a date of its own."""
    return not len(tables.outcomes) and tables.label is not None and bool(tables.label.notna().any())


def date_labels(tables: Tables, horizon_days: float) -> pd.DataFrame:
    """Return the bookings that labels tell, as rows of outcomes.

    A booking is known on the day on which the export says that its label was known; where it does not say, at the end
    of the horizon, when it can no longer change. So the label of an inquiry that may still book counts for nothing.

    Parameters
    ----------
    tables : Tables
        With labels.
    horizon_days : float
        Days after arrival within which a booking counts; a label counts whenever it was known.

    Returns
    -------
    DataFrame of shape (bookings, 4)
        ``lead_id``, ``stage``, ``occurred_at`` and ``recorded_at``, in the order of the leads.
    """
    if tables.label is None:
        raise ValueError("date_labels: the tables have no label. Expected tables for which has_labels_alone is true.")
    arrived_at: TimeArray = tables.created_at
    booked = np.flatnonzero((tables.label.to_numpy(float) == 1) & ~np.isnat(arrived_at))
    recorded_at = _find_known(tables, horizon_days)
    horizon_end = arrived_at + np.timedelta64(round(horizon_days * _MICROSECONDS_A_DAY), "us")
    return pd.DataFrame(
        {
            "lead_id": tables.leads["lead_id"].to_numpy(object)[booked],
            "stage": np.full(len(booked), "booked", object),
            "occurred_at": _to_utc_series(np.minimum(recorded_at, horizon_end)[booked]),
            "recorded_at": _to_utc_series(recorded_at[booked]),
        }
    )


def find_decided(tables: Tables, rows: IntArray, horizon_days: float, moment: np.datetime64) -> np.ndarray:
    """Find whose label was known at a moment. Shape (len(rows),), bool; without a date, at the end of the horizon.

    Parameters
    ----------
    rows : int array
        Rows of the tables' leads.
    """
    if tables.label is None:
        raise ValueError("find_decided: the tables have no label. Expected tables for which has_labels_alone is true.")
    known_at = _find_known(tables, horizon_days)[rows]
    return tables.label.notna().to_numpy()[rows] & (known_at <= moment)


def _find_known(tables: Tables, horizon_days: float) -> TimeArray:
    """Return when each label was known, no earlier than its lead arrived. Shape (m,)."""
    arrived_at: TimeArray = tables.created_at
    horizon_end = arrived_at + np.timedelta64(round(horizon_days * _MICROSECONDS_A_DAY), "us")
    if tables.label_known_at is None:
        return horizon_end
    known_at = to_utc_times(tables.label_known_at)
    return np.where(np.isnat(known_at), horizon_end, np.maximum(known_at, arrived_at))


def _to_utc_series(times: TimeArray) -> pd.Series:
    """Return times as the tables hold them."""
    return pd.Series(pd.to_datetime(times)).dt.tz_localize("UTC")
