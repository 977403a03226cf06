"""Which leads are still open, and what is the last score of each? The list that people call from, and the list of
scores that are out of date.

Lives here: one query over leads, outcomes and last scores; which leads are closed.
Does not live here: the order to call in (``serving.desk.queue``), computing scores (``serving.leads.lead_service``).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from features.schema import STAGES
from serving.store.database.tables import desk_steps, leads, outcomes, scores

__all__ = ["CLOSING_STAGES", "OpenLead", "OpenLeads", "is_closed"]

CLOSING_STAGES = tuple(stage for stage in STAGES if stage in ("booked", "attended", "treated", "lost"))
"""Outcomes after which nobody needs to call."""


@dataclass(frozen=True)
class OpenLead:
    """An open lead and its last score; the score's fields are None where it has none yet."""

    lead_id: str
    created_at: datetime
    channel: str | None
    scored_at: datetime | None
    probability: float | None
    grade: str | None
    lane: str | None
    receipt: str | None
    model_version: str | None


def is_closed() -> ColumnElement[bool]:
    """Return the condition of ``leads`` for one that nobody needs to call: it has a closing outcome, and nobody
    reopened it since. A reopening that was undone does not count.
    """
    undo = desk_steps.alias("undo")
    is_undone = (
        select(undo.c.seq)
        .where(undo.c.lead_id == desk_steps.c.lead_id, undo.c.kind == "undo", undo.c.undoes == desk_steps.c.seq)
        .correlate(desk_steps)
        .exists()
    )
    reopened = (
        select(desk_steps.c.seq)
        .where(
            desk_steps.c.lead_id == leads.c.lead_id,
            desk_steps.c.kind == "back",
            desk_steps.c.at >= outcomes.c.occurred_at,
            ~is_undone,
        )
        .correlate(leads, outcomes)
        .exists()
    )
    return (
        select(outcomes.c.seq)
        .where(outcomes.c.lead_id == leads.c.lead_id, outcomes.c.stage.in_(CLOSING_STAGES), ~reopened)
        .correlate(leads)
        .exists()
    )


class OpenLeads:
    """Open leads, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_open(
        self, arrived_after: datetime, scored_before: datetime | None = None, limit: int = 10_000
    ) -> list[OpenLead]:
        """Return the leads that arrived after a moment and are not closed: urgent ones first, then the
        likeliest.

        Parameters
        ----------
        scored_before : datetime, optional
            Only those whose last score is older, or that have none; the longest unscored first.
        """
        all_scores = scores.alias("every")
        last_score = select(func.max(all_scores.c.seq)).where(all_scores.c.lead_id == leads.c.lead_id).scalar_subquery()
        score_columns = (
            scores.c.scored_at,
            scores.c.probability,
            scores.c.grade,
            scores.c.lane,
            scores.c.receipt,
            scores.c.model_version,
        )
        query = (
            select(leads.c.lead_id, leads.c.created_at, leads.c.channel, *score_columns)
            .select_from(leads)
            .outerjoin(scores, scores.c.seq == last_score)
        )
        query = query.where(leads.c.created_at > arrived_after, ~is_closed())
        if scored_before is not None:
            old = (scores.c.scored_at.is_(None)) | (scores.c.scored_at < scored_before)
            query = query.where(old).order_by(scores.c.scored_at.is_not(None), scores.c.scored_at, leads.c.seq)
        else:
            query = query.order_by(
                scores.c.lane != "urgent", scores.c.probability.is_(None), scores.c.probability.desc(), leads.c.seq
            )
        return [OpenLead(**row._mapping) for row in self._connection.execute(query.limit(limit))]
