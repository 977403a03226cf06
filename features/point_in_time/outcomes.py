"""What was the outcome of each lead, and when did the practice know it? Read from validated tables.

Lives here: first conversion, first loss, and the history (``OutcomeHistory``) that rates are looked up in.
Does not live here: labels to learn from (``training.dataset.labels``).
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from features.array_types import DAY, TimeArray
from features.calendar.timezones import to_utc_times
from features.point_in_time.contact_index import ContactIndex
from features.point_in_time.context import Context
from features.point_in_time.outcome_history import FIELDS, OutcomeHistory
from features.practice.practice import Practice
from features.tables.tables import Tables

__all__ = [
    "NO_TIME",
    "Outcomes",
    "find_first_times",
    "find_label_known_at",
    "find_waiting_days",
    "resolve_outcome_label",
    "read_outcomes",
    "build_history",
    "add_practice_records",
]

_IMPLIED_BY = {
    "booked": ("booked", "attended", "treated"),
    "attended": ("attended", "treated"),
    "treated": ("treated",),
}

NO_TIME = np.datetime64("NaT", "us")


@dataclass(frozen=True)
class Outcomes:
    """The outcomes of m leads.

    Parameters
    ----------
    converted_at : datetime64[us] array of shape (m,)
        When the lead first converted; NaT if it did not (yet).
    known_at : datetime64[us] array of shape (m,)
        When the practice recorded that conversion.
    lost_known_at : datetime64[us] array of shape (m,)
        When the practice recorded that the lead was lost; NaT otherwise.
    """

    converted_at: TimeArray
    known_at: TimeArray
    lost_known_at: TimeArray

    @property
    def closed_at(self) -> TimeArray:
        """When each lead was closed: converted or known to be lost, whichever was first; NaT while open."""
        return np.fmin(self.converted_at, self.lost_known_at)


def read_outcomes(tables: Tables, label: str) -> Outcomes:
    """Read first conversion and first loss of each lead from the outcomes table."""
    converted = tables.outcomes[tables.outcomes["stage"].isin(_IMPLIED_BY[label])]
    lost = tables.outcomes[tables.outcomes["stage"] == "lost"]
    recorded, lost_recorded = _read_recorded_times(converted), _read_recorded_times(lost)
    ids = tables.leads["lead_id"]
    return Outcomes(
        *(
            find_first_times(times, frame["lead_id"], ids)
            for times, frame in ((converted["occurred_at"], converted), (recorded, converted), (lost_recorded, lost))
        )
    )


def _read_recorded_times(rows: pd.DataFrame) -> pd.Series:
    """Return when each outcome was recorded, or when it occurred where that is unknown."""
    if "recorded_at" not in rows:
        return rows.get("occurred_at")
    return rows["recorded_at"].fillna(rows["occurred_at"])


def build_history(
    tables: Tables, practice: Practice, label: str, until: np.datetime64 | None = None
) -> OutcomeHistory | None:
    """Build the history of outcomes as known at ``until`` (the end of the data); None without dates.

    Its fields are channel, campaign and so on, and the practice's own columns with many categories.

    A conversion is known when recorded, a loss when recorded, silence once the horizon has passed. A label column
    counts as known when the mapping's ``[label] known_at`` says, or without that when the horizon has passed.
    """
    if "created_at" not in tables.leads:
        return None
    until = tables.as_of if until is None else until
    created_at = tables.created_at
    ripe_at = created_at + find_waiting_days(tables, practice) * DAY
    if tables.label is not None:
        label_values = tables.label.to_numpy(float)
        known_at = np.where(np.isnan(label_values), NO_TIME, find_label_known_at(tables, ripe_at))
        booked_at = np.where(label_values == 1, known_at, NO_TIME)
    else:
        outcomes = read_outcomes(tables, label)
        booked_at = _find_booked_in_time(tables, label, ripe_at)
        known_at = np.fmin(np.fmin(ripe_at, outcomes.lost_known_at), booked_at)
    known_at, booked_at = (
        np.where(times <= until, times, NO_TIME).astype("datetime64[us]") for times in (known_at, booked_at)
    )
    crowded = [name for name, kind in tables.custom.items() if kind == "crowded_category"]
    columns = {name: tables.leads[name].to_numpy(object) for name in (*FIELDS, *crowded) if name in tables.leads}
    return OutcomeHistory.of(tables.leads["lead_id"].to_numpy(object), columns, known_at, booked_at)


def _find_booked_in_time(tables: Tables, label: str, ripe_at: TimeArray) -> TimeArray:
    """Find when each lead was first recorded to have converted by ``ripe_at``; NaT where it did not. Shape (leads,).

    A conversion after the horizon may be recorded before an earlier one that was entered late. Only the recording of
    the conversion in time counts.
    """
    rows = tables.outcomes[tables.outcomes["stage"].isin(_IMPLIED_BY[label])]
    until = (
        pd.Series(ripe_at, index=tables.leads["lead_id"].to_numpy(object))
        .reindex(rows["lead_id"].to_numpy(object))
        .to_numpy()
    )
    rows = rows[to_utc_times(rows["occurred_at"]) <= until] if len(rows) else rows
    return find_first_times(_read_recorded_times(rows), rows["lead_id"], tables.leads["lead_id"])


def find_waiting_days(tables: Tables, practice: Practice) -> int:
    """Find after how many days a lead that did not book is decided: as the label says, else the horizon."""
    stated = None if tables.label is None else tables.mapping.label_open_days
    return practice.horizon_days if stated is None else stated


def find_label_known_at(tables: Tables, otherwise: TimeArray) -> TimeArray:
    """Find when each label of a label column was known, shape (m,); ``otherwise`` where nothing tells."""
    if tables.label_known_at is None:
        return otherwise
    known_at = to_utc_times(tables.label_known_at)
    return np.where(np.isnat(known_at), otherwise, known_at)


def find_first_times(times: pd.Series, lead_id: pd.Series, ids: pd.Series) -> TimeArray:
    """Find the earliest time of each lead, in the order of ``ids``; NaT where it has none."""
    if not len(times):
        return np.full(len(ids), NO_TIME)
    return to_utc_times(times.groupby(lead_id.to_numpy(object)).min().reindex(ids.to_numpy(object)))


def resolve_outcome_label(label: str) -> str:
    """Return the outcome to look for when a model's label is ``label``; "booked" for the name of a label column.

    >>> resolve_outcome_label("attended"), resolve_outcome_label("No-show = No")
    ('attended', 'booked')
    """
    return label if label in _IMPLIED_BY else "booked"


def add_practice_records(context: Context, tables: Tables, label: str, until: np.datetime64 | None = None) -> Context:
    """Return the context extended by the practice's own records: who inquired when, and every outcome since.

    Parameters
    ----------
    label : str
        The model's label; any but booked, attended or treated is a label column's own.
    until : datetime64[us], optional
        The moment up to which outcomes are known; the end of the data when left out.

    Tables without any outcome add none: silence is not an outcome.
    """
    contacts = ContactIndex.of_leads(tables.leads)
    has_outcomes = len(tables.outcomes) > 0 or (tables.label is not None and bool(tables.label.notna().any()))
    newer = build_history(tables, context.practice, resolve_outcome_label(label), until) if has_outcomes else None
    history = context.history if newer is None or context.history is None else context.history.merge_newer(newer)
    return replace(context, history=history, contacts=contacts)
