"""What happens when a program sends a lead? It is stored, scored from all that is known, and then acknowledged.

Lives here: incoming leads, changes, events, outcomes and feedback, each in one transaction with its score, the message
to the CRM, its audit line and its answer; rescoring as time passes. Does not live here: routes and headers
(``serving.api``), parsing a payload (``request_reading``), the store (``serving.store``), the score
(``serving.scoring``).

A lead is scored when it arrives, when anything about it changes, and as time passes. The score is made from the store,
not from the request: earlier requests count, and a column that the model does not read yet is stored for the next
training. Work that does not need the store is done before the transaction, since there is one writer at a time.
"""

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
from serving.errors import IdConflict, RequestError, StoreConflict, StoreRefused, StoreUnavailable, UnknownLead
from serving.leads.conflict_rules import (
    check_not_forgotten,
    drop_overtaken_fields,
    list_fields,
    merge_parts,
    select_live_changes,
)
from serving.leads.request_reading import (
    check_not_ahead,
    check_sender_ids,
    list_event_moments,
    parse_changes,
    parse_events,
    parse_fields,
    parse_lead,
    parse_moment,
)
from serving.leads.stored_lead import convert_lead, load_lead, to_instant
from serving.schemas.scoring import Answer, Ask
from serving.scoring.engine import Engine
from serving.scoring.missing_answers import asks_of, said_flat
from serving.store.database.audit_chain import RecordRead
from serving.store.database.entities import (
    Event,
    Lead,
    OutboxMessage,
    Outcome,
    Override,
    Score,
    StoredLead,
    StoredScore,
)
from serving.store.repositories.open_leads import OpenLead
from serving.store.store import Store, Transaction

__all__ = ["RequestOrigin", "EngineProvider", "LeadService", "translate_store_errors"]

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
class RequestOrigin:
    """Who sent a request, and what identifies it.

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


class LeadService:
    """Store leads and score them.

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
    def clock_lag(self) -> float:
        """How many seconds the clock is behind the last write; 0 for a clock that runs on."""
        return self._store.seconds_behind

    @property
    def is_ready(self) -> bool:
        """Whether a model is loaded."""
        try:
            return self.engine is not None
        except RequestError:
            return False

    def put_lead(
        self, payload: dict[str, Any], origin: RequestOrigin, as_of: datetime | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Create or update a lead, with the events it carries; status 201 or 200, and the answer.

        Parameters
        ----------
        as_of : datetime, optional
            When the sender read what it sends, where it says so: a field that was changed later stays as it is.

        A new value counts as changed now. A repeated value leaves its version alone: the sender may have read it a
        moment ago, and must not block a change that was made since and arrives later."""
        engine = self.engine
        request = parse_lead(payload, engine)
        lead_id, asks = request.lead.lead_id, self._asks(request.lead, engine, request.events)

        def write(at: Transaction) -> tuple[int, dict[str, Any]]:
            check_not_ahead(
                [("created_at", request.lead.values.get("created_at")), *list_event_moments(request.events)], at.now
            )
            lead = request.lead if as_of is None else drop_overtaken_fields(at, request.lead, as_of)
            change = at.leads.put(lead)
            if change.created:
                check_not_forgotten(at, lead)
            # A name is no input of a score: a lead that is only called otherwise is not scored again.
            named = at.names.put(lead_id, lead.names)
            at.field_versions.put(
                lead_id,
                dict.fromkeys((*change.changed, *named), (at.now, ""))
                if as_of is None
                else dict.fromkeys(list_fields(lead), (as_of, "")),
            )
            self._from(at, lead_id, origin)
            new = at.events.add(lead_id, request.events) if request.events else 0
            answer = self._answer(at, engine, lead_id, change.created, bool(change.changed or new), asks)
            return (201 if change.created else 200), {
                **answer,
                "ignored": [*answer.get("ignored", ()), *request.dropped],
                # A value that could not be read is not stored, so only the request still knows of it.
                "notes": list(dict.fromkeys([*answer.get("notes", ()), *request.notes])),
                "created": change.created,
                "changed": [*change.changed, *named],
            }

        return self._once(origin, lead_id, write)

    def apply_changes(
        self, lead_id: str, changes: Sequence[FieldChange], origin: RequestOrigin
    ) -> dict[str, Any] | None:
        """Apply the single-field changes that are new, each with the moment the sender made it; None when none is.

        The final values do not depend on the order or the number of deliveries. Nothing that happened before a person
        asked to be forgotten brings that person back; only a later creation does.
        """
        engine = self.engine
        readable = parse_changes(changes, engine)
        asks = self._asks(merge_parts(lead_id, [lead for _, lead in readable]), engine)
        with translate_store_errors(), self._store.transaction(origin.caller) as at:
            check_not_ahead([("created_at", lead.values.get("created_at")) for _, lead in readable], at.now)
            alive = select_live_changes(at, lead_id, readable)
            values = {id(change): lead for change, lead in alive}
            new = select_new_changes([change for change, _ in alive], at.field_versions.get_for(lead_id))
            if not new:
                return None
            merged = merge_parts(lead_id, [values[id(change_)] for change_ in new])
            change = at.leads.put(merged)
            at.names.put(lead_id, merged.names)
            at.field_versions.put(lead_id, {change_.field: (change_.occurred_at, change_.event_id) for change_ in new})
            self._from(at, lead_id, origin)
            return self._answer(at, engine, lead_id, change.created, bool(change.changed), asks)

    def add_events(
        self, lead_id: str, payload: dict[str, Any], origin: RequestOrigin, arrival_counts: bool = False
    ) -> tuple[int, dict[str, Any]]:
        """Add events; the lead is rescored when any of them is new.

        Parameters
        ----------
        arrival_counts : bool
            Whether an event without a time happened when it arrived, or is a fault.
        """
        engine = self.engine
        events = parse_events(payload, engine, arrival_counts)

        def write(at: Transaction) -> tuple[int, dict[str, Any]]:
            check_not_ahead(list_event_moments(events), at.now)
            new = at.events.add(lead_id, events)
            return 200, {
                **self._answer(at, engine, lead_id, False, bool(new)),
                "added": new,
                "known_already": len(events) - new,
            }

        return self._once(origin, lead_id, write)

    def add_outcome(self, lead_id: str, payload: dict[str, Any], origin: RequestOrigin) -> tuple[int, dict[str, Any]]:
        """Add an outcome; the next training learns from it."""
        fields = Outcome(**parse_fields(payload, {"stage", "occurred_at", "reason", "value", "outcome_id"}, {"stage"}))
        check_sender_ids([fields.outcome_id], "outcome_id")
        moment = parse_moment(fields.occurred_at, "occurred_at")
        outcome = Outcome(moment, fields.stage, fields.reason, fields.value, None, fields.outcome_id or None)

        def write(at: Transaction) -> tuple[int, dict[str, Any]]:
            check_not_ahead([("occurred_at", moment)], at.now)
            recorded = at.outcomes.add(lead_id, outcome, has_key=bool(origin.key))
            return 200, {"lead_id": lead_id, "recorded": recorded, "stage": outcome.stage}

        return self._once(origin, lead_id, write)

    def add_feedback(self, lead_id: str, payload: dict[str, Any], origin: RequestOrigin) -> tuple[int, dict[str, Any]]:
        """Store that a person disagrees, beside the score and never in its place."""
        override = Override(
            lead_id,
            **parse_fields(
                payload, {"kind", "said_by", "receipt", "grade", "place", "reason", "note"}, {"kind", "said_by"}
            ),
        )

        def write(at: Transaction) -> tuple[int, dict[str, Any]]:
            is_new = bool(origin.key) or not at.overrides.is_repeated(override)
            if is_new:
                at.overrides.add(override)
            return 200, {"lead_id": lead_id, "recorded": is_new, "kind": override.kind}

        return self._once(origin, lead_id, write)

    def forget(self, lead_id: str) -> None:
        """Delete everything about a lead.

        An unknown lead leaves a tombstone too, since a late delivery may still mention it.
        """
        with translate_store_errors(), self._store.transaction("hook") as at:
            if at.leads.get(lead_id) is not None:
                at.forget(lead_id)
            else:
                at.tombstones.put(lead_id)
                at.audit.append("tombstone_put", lead_id)
        self._store.forget_at_home([lead_id])
        self._store.empty_journal()

    def score_lead(self, at: Transaction, lead_id: str, cause: str) -> dict[str, Any]:
        """Score a lead inside a transaction that has changed it, from everything known about it."""
        engine = self.engine
        (answer,) = self._score(at, engine, [lead_id])
        return self._store_score(at, engine, NewScore(lead_id, cause, answer, at.scores.get_latest(lead_id)))

    def lead(self, lead_id: str, reader: str) -> dict[str, Any]:
        """Return everything known about a lead: values, events, outcomes, every score given, and overrides. The audit
        notes who read it, ``reader``.
        """
        with translate_store_errors(), self._store.reading() as at:
            stored = at.leads.get(lead_id)
            if stored is None:
                raise UnknownLead("store: there is no lead with this id.")
            record = _plain(
                {
                    "lead_id": lead_id,
                    **at.names.get_parts(lead_id),
                    **stored.values,
                    "custom": stored.custom,
                    "first_known_at": stored.first_known_at,
                    "changed_at": stored.changed_at,
                    "events": [vars(row) for row in at.events.list_for(lead_id)],
                    "outcomes": [vars(row) for row in at.outcomes.list_for(lead_id)],
                    "scores": [
                        {name: value for name, value in vars(row).items() if name != "shown"}
                        for row in at.scores.list_for(lead_id)
                    ],
                    "overrides": [vars(row) for row in at.overrides.list_for(lead_id)],
                }
            )
            self._store.reads.record(RecordRead(reader, "read", "api", (lead_id,)))
        return record

    def rescore_old_leads(self, limit: int = 2_000) -> int:
        """Rescore open leads whose score is old or missing, and return how many. Called every few minutes."""
        engine, done = self.engine, 0
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

    def _answer(
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

    def _asks(self, lead: Lead, engine: Engine, events: Iterable[Event] = ()) -> list[Ask]:
        """Work out what is worth asking, from this request and the store, before the write transaction begins."""
        with translate_store_errors(), self._store.reading() as at:
            stored = at.leads.get(lead.lead_id) or StoredLead(lead.lead_id)
            now = to_instant(at.now)
            happened = [*at.events.list_for(lead.lead_id), *events]
        both = merge_parts(lead.lead_id, [Lead("", {"created_at": now}), stored, lead])
        return asks_of(engine, convert_lead(both, happened, engine), now)

    def _from(self, at: Transaction, lead_id: str, origin: RequestOrigin) -> None:
        """Note which CRM brought the lead."""
        if origin.crm:
            at.crm_sources.add(lead_id, origin.crm)

    def _once(
        self, origin: RequestOrigin, lead_id: str, write: Callable[[Transaction], tuple[int, dict[str, Any]]]
    ) -> tuple[int, dict[str, Any]]:
        """Write and save the answer in one transaction; the same idempotency key again gets the same answer."""
        with translate_store_errors(), self._store.transaction(origin.caller) as at:
            if (
                origin.key
                and (stored := at.idempotency.find_answer(origin.caller, origin.key, origin.body)) is not None
            ):
                if stored.body is None:
                    raise RequestError(
                        410, "forgotten", "The person of this request was forgotten since; its answer is gone."
                    )
                return stored.status, json.loads(stored.body)
            status, answer = write(at)
            if origin.key:
                at.idempotency.save_answer(
                    origin.caller, origin.key, origin.body, status, json.dumps(answer), [lead_id]
                )
        return status, answer


@contextmanager
def translate_store_errors() -> Iterator[None]:
    """Turn the store's errors into the errors that every caller gets."""
    try:
        yield
    except UnknownLead as fault:
        raise RequestError(404, "unknown_lead", _sentence(fault)) from None
    except IdConflict as fault:
        raise RequestError(409, "id_conflict", _sentence(fault), fault.fields) from None
    except StoreConflict as fault:
        raise RequestError(422, "idempotency_conflict", _sentence(fault)) from None
    except StoreRefused as fault:
        raise RequestError(422, "invalid_value", _sentence(fault)) from None
    except StoreUnavailable as fault:
        raise RequestError(503, "store_unavailable", _sentence(fault), retryable=True) from None


def _sentence(fault: BaseException) -> str:
    """Return a store error's sentence without its prefix."""
    sentence = str(fault).removeprefix("store: ")
    return sentence[:1].upper() + sentence[1:]


def _plain(value: Any) -> Any:
    """Convert to JSON values: times as UTC text, unknown values left out of objects."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def _horizon(engine: Engine, now: datetime) -> datetime:
    """Return the arrival before which a lead is no longer open: the model predicts bookings within its horizon."""
    return now - timedelta(days=engine.bundle.horizon_days)
