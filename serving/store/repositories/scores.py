"""What did we answer, and who disagreed? Scores and overrides, append-only.

Lives here: a score with its receipt, bundle, cutoff and what was shown; a person's override or "this reason is wrong".
Does not live here: replaying a receipt, computing a score (``serving.scoring.engine``).
"""

from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Row, func, insert, select

from serving.errors import StoreRefused
from serving.store.database.audit_chain import AuditLog
from serving.store.database.column_types import require_storable, to_utc
from serving.store.database.entities import Override, Score, StoredScore
from serving.store.database.tables import overrides, scores
from serving.store.repositories.duplicate_events import RETRY_WINDOW
from serving.store.repositories.leads import Leads

__all__ = ["OVERRIDE_KINDS", "FirstScore", "Overrides", "Scores", "read_first_given"]

OVERRIDE_KINDS = ("order", "grade", "reason_wrong")


class Scores:
    """Scores, inside one transaction."""

    def __init__(self, connection: Connection, now: datetime, audit: AuditLog, leads: Leads) -> None:
        self._connection, self._now, self._audit, self._leads = connection, now, audit, leads

    def add(self, score: Score) -> int | None:
        """Add a score and return its number, which no other score has; None for one that repeats the lead's newest: the
        same receipt within ``RETRY_WINDOW``.

        An older receipt that comes again is new: the lead changed and changed back. So is the newest after that time:
        a lead that was looked at again and found unchanged is up to date.

        Raises
        ------
        UnknownLead, StoreRefused
        """
        row = asdict(score)
        require_storable("score", row)
        row["cutoff"] = None if score.cutoff is None else to_utc(score.cutoff)
        row["shown"] = None if score.shown is None else dict(score.shown)
        self._leads.record_activity(score.lead_id, None)
        latest = self.get_latest(score.lead_id)
        if score.receipt is not None and latest is not None and latest.receipt == score.receipt:
            if latest.scored_at is not None and latest.scored_at >= self._now - RETRY_WINDOW:
                return None
        number = self._connection.execute(
            insert(scores).values(row | {"scored_at": self._now}).returning(scores.c.seq)
        ).scalar_one()
        detail = {name: row[name] for name in ("receipt", "model_version", "probability", "grade", "lane", "cause")}
        self._audit.append("score_given", score.lead_id, **detail, bundle=score.bundle_sha256)
        return number

    def list_for(self, lead_id: str) -> list[StoredScore]:
        """Return the lead's scores, oldest first."""
        return [
            _to_score(row)
            for row in self._connection.execute(
                select(scores).where(scores.c.lead_id == lead_id).order_by(scores.c.seq)
            )
        ]

    def get_latest(self, lead_id: str) -> StoredScore | None:
        """Return the lead's last score; None for a lead that was never scored."""
        row = self._connection.execute(
            select(scores).where(scores.c.lead_id == lead_id).order_by(scores.c.seq.desc()).limit(1)
        ).first()
        return None if row is None else _to_score(row)

    def find_by_receipt(self, receipt: str) -> list[StoredScore]:
        """Return the scores with a receipt: several where leads have identical content."""
        return [
            _to_score(row)
            for row in self._connection.execute(
                select(scores).where(scores.c.receipt == receipt).order_by(scores.c.seq)
            )
        ]


class FirstScore(NamedTuple):
    """The first score that a lead was given, without what was shown of it."""

    lead_id: str
    scored_at: datetime
    probability: float
    lane: str


def read_first_given(connection: Connection) -> Iterator[FirstScore]:
    """Yield the first score that each lead was given, by any model; none of people who were forgotten."""
    first = select(func.min(scores.c.seq)).where(scores.c.lead_id.is_not(None)).group_by(scores.c.lead_id)
    columns = (scores.c[name] for name in FirstScore._fields)
    for row in connection.execute(select(*columns).where(scores.c.seq.in_(first))).yield_per(10_000):
        yield FirstScore(*row)


class Overrides:
    """Overrides, inside one transaction."""

    def __init__(self, connection: Connection, now: datetime, audit: AuditLog, leads: Leads) -> None:
        self._connection, self._now, self._audit, self._leads = connection, now, audit, leads

    def add(self, override: Override) -> None:
        """Record that a person disagrees.

        Raises
        ------
        UnknownLead, StoreRefused
        """
        if override.kind not in OVERRIDE_KINDS:
            raise StoreRefused(
                "store: the kind of an override is not one of the allowed values. "
                f"Expected one of {', '.join(OVERRIDE_KINDS)}."
            )
        row = asdict(override)
        require_storable("override", row)
        self._leads.record_activity(override.lead_id, None)
        self._connection.execute(insert(overrides), row | {"said_at": self._now})
        detail = {name: row[name] for name in ("kind", "receipt", "grade", "place", "said_by")}
        self._audit.append("override_added", override.lead_id, **detail)

    def is_repeated(self, override: Override) -> bool:
        """Whether it says what this person said last of this lead, within ``RETRY_WINDOW``."""
        last = self._connection.execute(
            select(overrides)
            .where(overrides.c.lead_id == override.lead_id, overrides.c.said_by == override.said_by)
            .order_by(overrides.c.seq.desc())
            .limit(1)
        ).first()
        said = {name: value for name, value in asdict(override).items() if name != "said_at"}
        return (
            last is not None
            and last.said_at >= self._now - RETRY_WINDOW
            and all(getattr(last, name) == value for name, value in said.items())
        )

    def list_for(self, lead_id: str) -> list[Override]:
        """Return what people said of the lead's scores, oldest first."""
        rows = self._connection.execute(
            select(overrides).where(overrides.c.lead_id == lead_id).order_by(overrides.c.seq)
        )
        return [Override(**{column.name: getattr(row, column.name) for column in fields(Override)}) for row in rows]


def _to_score(row: Row) -> StoredScore:
    """Convert a row to a plain value."""
    return StoredScore(**{column.name: getattr(row, column.name) for column in fields(StoredScore)})
