"""What happens when a program tells us of a lead? It is kept, scored from all that is known of it, and answered; then,
and only then, acknowledged.

Lives here: leads, changes, events, outcomes and feedback that come in, each in one transaction with its score, what
goes back to the CRM, its audit and its answer; scoring again as time passes. Does not live here: addresses and headers
(``api``), what a payload says (``reading``), the store (``store``), the score (``scoring``).

A score is made when a lead arrives, when anything about it changes, and as time passes. It is made from the store, not
from the request: what the program said before counts, and a column that the model does not read yet is kept for the
next training. Whatever does not need the store is done before the transaction: one writer holds it at a time."""

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from serving.crm.change_merging import select_new_changes
from serving.crm.outbound.score_payload import build_score_payload
from serving.crm.ports import FieldChange
from serving.errors import RequestError, StoreConflict, StoreRefused, StoreUnavailable, UnknownLead
from serving.leads.conflict_rules import list_fields, check_not_forgotten, select_live_changes, drop_overtaken_fields, merge_parts
from serving.leads.request_reading import parse_events, parse_fields, parse_lead, parse_moment, parse_changes
from serving.leads.stored_lead import to_instant, load_lead, convert_lead
from serving.schemas.scoring import Answer, Ask
from serving.scoring.engine import Engine
from serving.scoring.missing_answers import asks_of, said_flat
from serving.store.database.entities import (
    Event,
    StoredLead,
    StoredScore,
    Lead,
    OutboxMessage,
    Outcome,
    Override,
    Score,
)
from serving.store.repositories.content_ids import make_content_id
from serving.store.repositories.open_leads import OpenLead
from serving.store.store import Store, Transaction

__all__ = ["RequestOrigin", "EngineProvider", "LeadService", "translate_store_errors"]

_OLD = timedelta(hours=6)
"""A score is made again when it is older: what decays needs no event."""
_CHUNK = 10
"""Leads scored again in one transaction: whoever writes meanwhile waits for so many."""

_ASKS = ("ask_1", "ask_2", "ask_3", "asks")
_SHOWN_ELSEWHERE = ("score", "grade", "lane", "reason_1")
"""What must have changed for a score that time alone has made to go back to a CRM."""


class EngineProvider(Protocol):
    """Gives the engine in use (``champion.Champion``, ``records.Records``)."""

    @property
    def engine(self) -> Engine:
        """RequestError while there is none."""


@dataclass(frozen=True)
class RequestOrigin:
    """Who asks, and what makes the request what it is.

    Parameters
    ----------
    caller : str
        The id of a key; for the audit and for keys of idempotency.
    key : str
        The idempotency key; empty for none.
    body : bytes
        Method, path and body.
    crm : str
        The CRM whose hook brought it, to which later scores go back; empty for a program of the practice's own.
    """

    caller: str
    key: str = ""
    body: bytes = b""
    crm: str = ""


class LeadService:
    """The door of the store.

    Parameters
    ----------
    engines : Engines
    sends_to : collection of str
        CRMs to which scores go back.
    arrival_share : float, 0 to 0.5
        Share of leads that the desk calls in order of arrival.
    """

    def __init__(
        self, store: Store, engines: EngineProvider, sends_to: Collection[str] = (), arrival_share: float = 0.0
    ) -> None:
        self._store, self._engines, self._sends_to, self._arrival_share = (
            store,
            engines,
            frozenset(sends_to),
            arrival_share,
        )

    @property
    def engine(self) -> Engine:
        """The engine that scores what comes in."""
        return self._engines.engine

    @property
    def is_ready(self) -> bool:
        """Whether there is a model."""
        try:
            return self.engine is not None
        except RequestError:
            return False

    def put_lead(
        self, payload: dict[str, Any], asked: RequestOrigin, as_of: datetime | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Create or update a lead, with the events it carries; status 201 or 200, and the answer.

        Parameters
        ----------
        as_of : datetime, optional
            When the sender read what it sends, where it says so: a field that was changed later stays as it is.

        What says something new counts as changed now. A value that is merely repeated leaves its version alone: the
        sender may have read it a moment ago, and must not hold off a change that was made since and comes later."""
        engine = self.engine
        said = parse_lead(payload, engine)
        lead_id, asks = said.lead.lead_id, self._asks(said.lead, engine, said.events)

        def work(at: Transaction) -> tuple[int, dict[str, Any]]:
            lead = said.lead if as_of is None else drop_overtaken_fields(at, said.lead, as_of)
            change = at.leads.put(lead)
            if change.created:
                check_not_forgotten(at, lead)
            at.field_versions.put(
                lead_id,
                dict.fromkeys(change.changed, (at.now, ""))
                if as_of is None
                else dict.fromkeys(list_fields(lead), (as_of, "")),
            )
            self._from(at, lead_id, asked)
            new = at.events.add(lead_id, said.events) if said.events else 0
            answer = self._answer(at, engine, lead_id, change.created, bool(change.changed or new), asks)
            return (201 if change.created else 200), {
                **answer,
                "created": change.created,
                "changed": list(change.changed),
            }

        return self._once(asked, lead_id, work)

    def apply_changes(self, lead_id: str, changes: Sequence[FieldChange], asked: RequestOrigin) -> dict[str, Any] | None:
        """Apply what is news among single changes, each with the moment at which the sender made it; None when nothing
        was.

        Whatever the order in which they come, and however often, the same values stand in the end. A person who asked
        to be forgotten is brought back by nothing that happened before, and by nothing but a creation after."""
        engine = self.engine
        read = parse_changes(changes, engine)
        asks = self._asks(merge_parts(lead_id, [lead for _, lead in read]), engine)
        with translate_store_errors(), self._store.transaction(asked.caller) as at:
            alive = select_live_changes(at, lead_id, read)
            values = {id(change): lead for change, lead in alive}
            new = select_new_changes([change for change, _ in alive], at.field_versions.get_for(lead_id))
            if not new:
                return None
            change = at.leads.put(merge_parts(lead_id, [values[id(one)] for one in new]))
            at.field_versions.put(lead_id, {one.field: (one.occurred_at, one.event_id) for one in new})
            self._from(at, lead_id, asked)
            return self._answer(at, engine, lead_id, change.created, bool(change.changed), asks)

    def add_events(self, lead_id: str, payload: dict[str, Any], asked: RequestOrigin) -> tuple[int, dict[str, Any]]:
        """Add what happened; the lead is scored again where anything was new."""
        engine = self.engine
        events = parse_events(payload, engine)

        def work(at: Transaction) -> tuple[int, dict[str, Any]]:
            new = at.events.add(lead_id, events)
            return 200, {
                **self._answer(at, engine, lead_id, False, bool(new)),
                "added": new,
                "known_already": len(events) - new,
            }

        return self._once(asked, lead_id, work)

    def add_outcome(self, lead_id: str, payload: dict[str, Any], asked: RequestOrigin) -> tuple[int, dict[str, Any]]:
        """Add what became of the lead; the next training learns from it."""
        said = Outcome(**parse_fields(payload, {"stage", "occurred_at", "reason", "value", "outcome_id"}, {"stage"}))
        by_itself = make_content_id(lead_id, said.stage, str(said.occurred_at or ""), said.reason or "")
        moment = parse_moment(said.occurred_at, "occurred_at") or datetime.now(UTC)
        outcome = Outcome(moment, said.stage, said.reason, said.value, None, said.outcome_id or by_itself)
        return self._once(
            asked,
            lead_id,
            lambda at: (
                200,
                {"lead_id": lead_id, "recorded": at.outcomes.add(lead_id, outcome), "stage": outcome.stage},
            ),
        )

    def add_feedback(self, lead_id: str, payload: dict[str, Any], asked: RequestOrigin) -> tuple[int, dict[str, Any]]:
        """Keep that a person disagrees, beside the score and never in its place."""
        said = Override(
            lead_id,
            **parse_fields(
                payload, {"kind", "said_by", "receipt", "grade", "place", "reason", "note"}, {"kind", "said_by"}
            ),
        )

        def work(at: Transaction) -> tuple[int, dict[str, Any]]:
            at.overrides.add(said)
            return 200, {"lead_id": lead_id, "recorded": True, "kind": said.kind}

        return self._once(asked, lead_id, work)

    def forget(self, lead_id: str) -> None:
        """Delete everything that says something of a lead.

        One that is not known leaves a tombstone too: what tells of it may come late.
        """
        with translate_store_errors(), self._store.transaction("hook") as at:
            if at.leads.get(lead_id) is not None:
                at.forget(lead_id)
            else:
                at.tombstones.put(lead_id)
                at.audit.append("tombstone_put", lead_id)
        self._store.empty_journal()

    def scored(self, at: Transaction, lead_id: str, cause: str) -> dict[str, Any]:
        """Score a lead inside a transaction that has changed it, from all that is known of it now."""
        engine = self.engine
        return self._keep(
            at, engine, lead_id, cause, self._score(at, engine, [lead_id])[0], at.scores.get_latest(lead_id)
        )

    def lead(self, lead_id: str) -> dict[str, Any]:
        """Everything that is known of a lead: values, events, outcomes, every score that was given, what people said of
        them.
        """
        with translate_store_errors(), self._store.reading() as at:
            known = at.leads.get(lead_id)
            if known is None:
                raise UnknownLead("store: there is no lead with this id.")
            return _plain(
                {
                    "lead_id": lead_id,
                    **known.values,
                    "custom": known.custom,
                    "first_known_at": known.first_known_at,
                    "changed_at": known.changed_at,
                    "events": [vars(one) for one in at.events.list_for(lead_id)],
                    "outcomes": [vars(one) for one in at.outcomes.list_for(lead_id)],
                    "scores": [
                        {name: value for name, value in vars(one).items() if name != "shown"}
                        for one in at.scores.list_for(lead_id)
                    ],
                    "overrides": [vars(one) for one in at.overrides.list_for(lead_id)],
                }
            )

    def score_again(self, most: int = 2_000) -> int:
        """Score open leads whose last score is old or missing; how many. Called every few minutes."""
        engine, done = self.engine, 0
        with self._store.reading() as at:
            old = at.open_leads.list_open(_horizon(engine, at.now), at.now - _OLD, most)
        for chunk in (old[first : first + _CHUNK] for first in range(0, len(old), _CHUNK)):
            began = time.monotonic()
            done += self._scored_again(chunk, engine)
            time.sleep(time.monotonic() - began)  # SQLite has no queue: whoever waits to write gets half of the time
        return done

    def _scored_again(self, chunk: Iterable[OpenLead], engine: Engine) -> int:
        """Some of them, in one transaction; one that was forgotten meanwhile is passed over."""
        with self._store.transaction("time") as at:
            ids = [one.lead_id for one in chunk if at.leads.get(one.lead_id) is not None]
            answers = self._score(at, engine, ids)
            for lead_id, answer in zip(ids, answers, strict=True):
                self._keep(at, engine, lead_id, "time", answer, at.scores.get_latest(lead_id))
        return len(ids)

    def _answer(
        self,
        at: Transaction,
        engine: Engine,
        lead_id: str,
        created: bool,
        changed: bool,
        asks: Sequence[Ask] | None = None,
    ) -> dict[str, Any]:
        """The lead's score: made now where anything is new or another model is in use, else the last one as it was
        shown.
        """
        last = None if created else at.scores.get_latest(lead_id)
        if (
            not (created or changed)
            and last is not None
            and last.shown is not None
            and last.bundle_sha256 == engine.bundle.sha256
        ):
            return dict(last.shown)
        (answer,) = self._score(at, engine, [lead_id])
        return self._keep(at, engine, lead_id, "arrival" if created else "change", answer, last, asks)

    def _score(self, at: Transaction, engine: Engine, lead_ids: Sequence[str]) -> list[Answer]:
        """Score leads from all that is known of them."""
        return engine.score_read(
            [load_lead(at, engine, one) for one in lead_ids], to_instant(at.now), arrival_share=self._arrival_share
        )

    def _keep(
        self,
        at: Transaction,
        engine: Engine,
        lead_id: str,
        cause: str,
        answer: Answer,
        last: StoredScore | None,
        asks: Sequence[Ask] | None = None,
    ) -> dict[str, Any]:
        """Keep a score, and queue it for the CRMs that the lead came from; what is shown of it.

        ``asks``: None leaves what was asked last.
        """
        now, before = to_instant(at.now), (last.shown if last is not None else None) or {}
        shown = answer.model_dump() | (
            {name: before[name] for name in _ASKS if name in before} if asks is None else said_flat(asks)
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
        worth_sending = cause != "time" or any(before.get(name) != shown[name] for name in _SHOWN_ELSEWHERE)
        if at.scores.add(score) and worth_sending and self._sends_to:
            for crm in self._sends_to.intersection(at.crm_sources.list_for(lead_id)):
                effect = f"{at.audit.short_lead_hash(lead_id)}:{answer.receipt or at.now.isoformat()}"
                at.outbox.add(OutboxMessage(crm, effect, build_score_payload(shown, before.get("score")), lead_id))
        return shown

    def _asks(self, said: Lead, engine: Engine, events: Iterable[Event] = ()) -> list[Ask]:
        """What is worth asking once this is known beside what the store knows; worked out before the store is held."""
        with translate_store_errors(), self._store.reading() as at:
            known = at.leads.get(said.lead_id) or StoredLead(said.lead_id)
            now = to_instant(at.now)
            happened = [*at.events.list_for(said.lead_id), *events]
        both = merge_parts(said.lead_id, [Lead("", {"created_at": now}), known, said])
        return asks_of(engine, convert_lead(both, happened, engine), now)

    def _from(self, at: Transaction, lead_id: str, asked: RequestOrigin) -> None:
        """Note which CRM brought the lead."""
        if asked.crm:
            at.crm_sources.add(lead_id, asked.crm)

    def _once(
        self, asked: RequestOrigin, lead_id: str, work: Callable[[Transaction], tuple[int, dict[str, Any]]]
    ) -> tuple[int, dict[str, Any]]:
        """Do the work and keep its answer in one transaction; the same key again gets the same answer."""
        with translate_store_errors(), self._store.transaction(asked.caller) as at:
            if asked.key and (known := at.idempotency.find_answer(asked.caller, asked.key, asked.body)) is not None:
                if known.body is None:
                    raise RequestError(
                        410, "forgotten", "The person of this request was forgotten since; its answer is gone."
                    )
                return known.status, json.loads(known.body)
            status, answer = work(at)
            if asked.key:
                at.idempotency.save_answer(asked.caller, asked.key, asked.body, status, json.dumps(answer), [lead_id])
        return status, answer


@contextmanager
def translate_store_errors() -> Iterator[None]:
    """What the store cannot do, in the shape that every caller gets."""
    try:
        yield
    except UnknownLead as fault:
        raise RequestError(404, "unknown_lead", _sentence(fault)) from None
    except StoreConflict as fault:
        raise RequestError(422, "idempotency_conflict", _sentence(fault)) from None
    except StoreRefused as fault:
        raise RequestError(422, "invalid_value", _sentence(fault)) from None
    except StoreUnavailable as fault:
        raise RequestError(503, "store_unavailable", _sentence(fault), retryable=True) from None


def _sentence(fault: BaseException) -> str:
    """What the store says, without its name before it."""
    said = str(fault).removeprefix("store: ")
    return said[:1].upper() + said[1:]


def _plain(value: Any) -> Any:
    """JSON values: times as text in UTC; what is not known is left out of objects."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def _horizon(engine: Engine, now: datetime) -> datetime:
    """Leads that arrived before are not open any more: the model speaks of bookings within its horizon."""
    return now - timedelta(days=engine.bundle.horizon_days)
