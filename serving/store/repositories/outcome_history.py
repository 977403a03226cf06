"""What became of the practice's leads, and who inquired when? Only the columns from which rates and earlier inquiries
are counted.

Lives here: reading them for the newest leads at once. Does not live here: counting
(``features.point_in_time.outcome_history``), holding the result in memory (``serving.leads.live_context``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from features.point_in_time.outcome_history import FIELDS
from features.schema import CUSTOM_PREFIX
from serving.store.database.tables import leads, outcomes, scores

__all__ = ["EarlierOutcomes", "read_earlier_outcomes", "read_first_scores"]

_LEAD_COLUMNS = tuple(dict.fromkeys(("lead_id", "created_at", *FIELDS, "person_id", "phone", "email")))
_OUTCOME_COLUMNS = ("lead_id", "occurred_at", "stage", "recorded_at")
_ROWS_AT_ONCE = 5_000


@dataclass(frozen=True)
class EarlierOutcomes:
    """Columns by name: one entry for each lead in the order of arrival, and one for each outcome of these leads."""

    leads: dict[str, list[Any]]
    outcomes: dict[str, list[Any]]


def read_earlier_outcomes(
    connection: Connection, max_leads: int, custom_columns: Sequence[str] = ()
) -> EarlierOutcomes:
    """Return the newest leads, at most ``max_leads`` of them, and all their outcomes.

    Parameters
    ----------
    custom_columns : sequence of str
        The practice's own columns that are needed too, as ``custom:NAME``.
    """
    newest = select(leads.c.seq).order_by(leads.c.seq.desc()).limit(max_leads).subquery()
    first_seq = connection.scalar(select(func.min(newest.c.seq))) or 0
    lead_columns: dict[str, list[Any]] = {name: [] for name in (*_LEAD_COLUMNS, *custom_columns)}
    selected = [leads.c[name] for name in _LEAD_COLUMNS] + ([leads.c.custom] if custom_columns else [])
    for row in connection.execute(select(*selected).where(leads.c.seq >= first_seq).order_by(leads.c.seq)).yield_per(
        _ROWS_AT_ONCE
    ):
        for name in _LEAD_COLUMNS:
            lead_columns[name].append(getattr(row, name))
        for name in custom_columns:
            lead_columns[name].append(row.custom.get(name.removeprefix(CUSTOM_PREFIX)))
    outcome_columns: dict[str, list[Any]] = {name: [] for name in _OUTCOME_COLUMNS}
    query = (
        select(*(outcomes.c[name] for name in _OUTCOME_COLUMNS))
        .join(leads, leads.c.lead_id == outcomes.c.lead_id)
        .where(leads.c.seq >= first_seq)
    )
    for row in connection.execute(query.order_by(outcomes.c.seq)).yield_per(_ROWS_AT_ONCE):
        for name in _OUTCOME_COLUMNS:
            outcome_columns[name].append(getattr(row, name))
    return EarlierOutcomes(lead_columns, outcome_columns)


def read_first_scores(connection: Connection, bundle_sha256: str) -> dict[str, float]:
    """Return the first score that a model gave each lead, log-odds as the model gave it, without any followed level."""
    first = select(func.min(scores.c.seq)).where(scores.c.bundle_sha256 == bundle_sha256).group_by(scores.c.lead_id)
    query = select(scores.c.lead_id, scores.c.shown).where(scores.c.seq.in_(first))
    return {
        row.lead_id: float(row.shown["log_odds"]) - float(row.shown.get("level_log_odds", 0.0))
        for row in connection.execute(query).yield_per(_ROWS_AT_ONCE)
        if row.shown is not None and "log_odds" in row.shown
    }
