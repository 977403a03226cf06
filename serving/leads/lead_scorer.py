"""What does a lead score from all that is known of it, and when is it scored again?

Lives here: a score inside a transaction, stored with the message to the CRM; rescoring as time passes; what is worth
asking. Does not live here: what a program sends (``lead_service``), the score itself (``serving.scoring``).
"""

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from serving.crm.outbound.score_payload import build_score_payload
from serving.leads.conflict_rules import (
    merge_parts,
)
from serving.leads.store_errors import translate_store_errors
from serving.leads.stored_lead import convert_lead, load_lead, to_instant
from serving.schemas.scoring import Answer, Ask
from serving.scoring.engine import Engine
from serving.scoring.missing_answers import asks_of, said_flat
from serving.store.database.entities import (
    Event,
    Lead,
    OutboxMessage,
    Score,
    StoredLead,
    StoredScore,
)
from serving.store.repositories.open_leads import OpenLead
from serving.store.store import Store
from serving.store.transaction import Transaction

__all__ = ["EngineProvider", "LeadScorer"]

_OLD = timedelta(hours=6)
"""An older score is made again: signals that decay need no event."""
_CHUNK = 10
"""Leads rescored in one transaction; a concurrent writer waits for at most so many."""

_ASKS = ("ask_1", "ask_2", "ask_3", "asks")
_SHOWN_ELSEWHERE = ("score", "grade", "lane", "reason_1")
"""A rescore caused by time alone goes back to a CRM only when one of these changed."""


class EngineProvider(Protocol):
    """Anything that gives the engine in use: a model loader or a live context."""

    @property
    def engine(self) -> Engine:
        """RequestError while there is none."""


@dataclass(frozen=True)
class NewScore:
    """A score that was just made.

    Parameters
    ----------
    cause : {"arrival", "change", "time"}
    last : StoredScore or None
        The score before it.
    asks : sequence of Ask, optional
        None keeps the questions of the last score.
    """

    lead_id: str
    cause: str
    answer: Answer
    last: StoredScore | None
    asks: Sequence[Ask] | None = None


class LeadScorer:
    """Scores leads from the store, and stores their scores.

    Parameters
    ----------
    engines : EngineProvider
    sends_to : collection of str
        CRMs to which scores go back.
    arrival_share : float, 0 to 0.5
        Share of leads that the desk calls in order of arrival.
    """

    def __init__(
        self, store: Store, engines: EngineProvider, sends_to: Collection[str] = (), arrival_share: float = 0.0
    ) -> None:
        self._store, self._engines = store, engines
        self._sends_to, self._arrival_share = frozenset(sends_to), arrival_share

    def score_lead(self, at: Transaction, lead_id: str, cause: str) -> dict[str, Any]:
        """Score a lead inside a transaction that has changed it, from everything known about it."""
        engine = self._engines.engine
        (answer,) = self._score(at, engine, [lead_id])
        return self._store_score(at, engine, NewScore(lead_id, cause, answer, at.scores.get_latest(lead_id)))

    def answer(
        self,
        at: Transaction,
        engine: Engine,
        lead_id: str,
        created: bool,
        changed: bool,
        asks: Sequence[Ask] | None = None,
    ) -> dict[str, Any]:
        """Return the lead's score: a new one when anything changed or the model did, else the last one as shown."""
        last = None if created else at.scores.get_latest(lead_id)
        if (
            not (created or changed)
            and last is not None
            and last.shown is not None
            and last.bundle_sha256 == engine.bundle.sha256
        ):
            return dict(last.shown)
        (answer,) = self._score(at, engine, [lead_id])
        return self._store_score(at, engine, NewScore(lead_id, "arrival" if created else "change", answer, last, asks))

    def choose_asks(self, lead: Lead, engine: Engine, events: Iterable[Event] = ()) -> list[Ask]:
        """Work out what is worth asking, from this request and the store, before the write transaction begins."""
        with translate_store_errors(), self._store.reading() as at:
            stored = at.leads.get(lead.lead_id) or StoredLead(lead.lead_id)
            now = to_instant(at.now)
            happened = [*at.events.list_for(lead.lead_id), *events]
        both = merge_parts(lead.lead_id, [Lead("", {"created_at": now}), stored, lead])
        return asks_of(engine, convert_lead(both, happened, engine), now)

    def rescore_old_leads(self, limit: int = 2_000) -> int:
        """Rescore open leads whose score is old or missing, and return how many. Called every few minutes."""
        engine, done = self._engines.engine, 0
        with self._store.reading() as at:
            old = at.open_leads.list_open(_horizon(engine, at.now), at.now - _OLD, limit)
        for chunk in (old[first : first + _CHUNK] for first in range(0, len(old), _CHUNK)):
            began = time.monotonic()
            done += self._rescore_chunk(chunk, engine)
            time.sleep(time.monotonic() - began)  # SQLite has no queue: whoever waits to write gets half of the time
        return done

    def _rescore_chunk(self, chunk: Iterable[OpenLead], engine: Engine) -> int:
        """Rescore some leads in one transaction; one that was forgotten meanwhile is skipped."""
        with self._store.transaction("time") as at:
            ids = [lead.lead_id for lead in chunk if at.leads.get(lead.lead_id) is not None]
            answers = self._score(at, engine, ids)
            for lead_id, answer in zip(ids, answers, strict=True):
                self._store_score(at, engine, NewScore(lead_id, "time", answer, at.scores.get_latest(lead_id)))
        return len(ids)

    def _score(self, at: Transaction, engine: Engine, lead_ids: Sequence[str]) -> list[Answer]:
        """Score leads from everything known about them."""
        return engine.score_read(
            [load_lead(at, engine, lead_id) for lead_id in lead_ids],
            to_instant(at.now),
            arrival_share=self._arrival_share,
        )

    def _store_score(self, at: Transaction, engine: Engine, new: NewScore) -> dict[str, Any]:
        """Store a score, queue it for the lead's CRMs, and return what is shown of it."""
        lead_id, cause, answer, last, asks = new.lead_id, new.cause, new.answer, new.last, new.asks
        now, previous = to_instant(at.now), (last.shown if last is not None else None) or {}
        shown = answer.model_dump() | (
            {name: previous[name] for name in _ASKS if name in previous} if asks is None else said_flat(asks)
        )
        score = Score(
            lead_id,
            answer.receipt,
            engine.bundle.sha256,
            engine.version,
            now,
            answer.probability,
            answer.grade,
            answer.lane,
            cause,
            shown,
        )
        # Every open lead is scored again each six hours: a CRM is spared those of which it would show the same.
        worth_sending = cause != "time" or any(previous.get(name) != shown[name] for name in _SHOWN_ELSEWHERE)
        number = at.scores.add(score)
        if number is not None and worth_sending and self._sends_to:
            for crm in self._sends_to.intersection(at.crm_sources.list_for(lead_id)):
                # The number makes the effect unique per score: its receipt may come again after another one.
                effect = f"{at.audit.hash_id(lead_id)[:16]}:{number}"
                at.outbox.add(OutboxMessage(crm, effect, build_score_payload(shown, previous.get("score")), lead_id))
        return shown


def _horizon(engine: Engine, now: datetime) -> datetime:
    """Return the arrival before which a lead is no longer open: the model predicts bookings within its horizon."""
    return now - timedelta(days=engine.bundle.horizon_days)
