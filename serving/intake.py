"""What happens when a program tells us of a lead? It is kept, scored from all that is known of it, and answered; then, and only then, acknowledged.

Lives here: leads, events, outcomes and feedback that come in, each in one transaction with its score, its audit and its answer; scoring again as time passes.
Does not live here: addresses and headers (``api``), the store (``store``), the score (``scoring``).

A score is made when a lead arrives, when anything about it changes, and as time passes. It is made from the store, not from the request: what the
program said before counts, and a column that the model does not read yet is kept for the next training.
"""

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import numpy as np

from features.errors import LeadlightError
from features.mapping import Mapping
from features.payload import canonical
from features.schema import CUSTOM_PREFIX, LEADS
from serving.champion import Champion
from serving.contracts import Answer, check_lead
from serving.errors import FieldFault, RequestError, StoreConflict, StoreRefused, StoreUnavailable, UnknownLead
from serving.kept_contracts import misfits
from serving.scoring import Engine
from serving.store.open_leads import OpenLead
from serving.store.records import Event, Lead, Outcome, Override, Score
from serving.store.store import Store, Transaction

__all__ = ["Asked", "Intake", "keep_scores_new"]

_KINDS = {column.name: column.kind for column in LEADS.columns if column.name != "lead_id"}
_OLD = timedelta(hours=6)
"""A score is made again when it is older: what decays needs no event."""
_CHUNK = 100
_PAUSE_SECONDS = 300.0

log = logging.getLogger("leadlight.intake")


@dataclass(frozen=True)
class Asked:
    """Who asks, and what makes the request what it is.

    Parameters
    ----------
    caller : str
        The id of a key; for the audit and for keys of idempotency.
    key : str
        The idempotency key; empty for none.
    body : bytes
        Method, path and body.
    """

    caller: str
    key: str = ""
    body: bytes = b""


def keep_scores_new(intake: "Intake", pause: Callable[[float], None] = time.sleep) -> None:
    """Score again what has grown old, every few minutes, for as long as the process lives. What goes wrong is said and tried again."""
    while True:
        pause(_PAUSE_SECONDS)
        try:
            intake.score_again()
        except LeadlightError as fault:
            log.warning("scores were not made again: %s", type(fault).__name__)


class Intake:
    """The door of the store.

    Parameters
    ----------
    champion : Champion
        Gives the engine in use; RequestError while there is none.
    """

    def __init__(self, store: Store, champion: Champion) -> None:
        self._store, self._champion = store, champion

    def put_lead(self, payload: dict[str, Any], asked: Asked) -> tuple[int, dict[str, Any]]:
        """Create or update a lead, with the events it carries; status 201 or 200, and the answer."""
        engine = self._champion.engine
        lead, events = _read(payload, engine)

        def work(at: Transaction) -> tuple[int, dict[str, Any]]:
            change = at.leads.put(lead)
            new = at.events.add(lead.lead_id, events)
            if not (change.created or change.changed or new):
                last = at.scores.latest(lead.lead_id)
                if last is not None and last.shown is not None and last.bundle_sha256 == engine.bundle.sha256:
                    return 200, {**last.shown, "created": False, "changed": []}
            answer = _scored(at, engine, lead.lead_id, "arrival" if change.created else "change")
            return (201 if change.created else 200), {**answer, "created": change.created, "changed": list(change.changed)}

        return self._once(asked, lead.lead_id, work)

    def add_events(self, lead_id: str, payload: dict[str, Any], asked: Asked) -> tuple[int, dict[str, Any]]:
        """Add what happened; the lead is scored again where anything was new."""
        engine, events = self._champion.engine, _events(payload, self._champion.engine)

        def work(at: Transaction) -> tuple[int, dict[str, Any]]:
            new = at.events.add(lead_id, events)
            answer = _scored(at, engine, lead_id, "change") if new or at.scores.latest(lead_id) is None else dict(at.scores.latest(lead_id).shown or {})
            return 200, {**answer, "added": new, "known_already": len(events) - new}

        return self._once(asked, lead_id, work)

    def add_outcome(self, lead_id: str, payload: dict[str, Any], asked: Asked) -> tuple[int, dict[str, Any]]:
        """Add what became of the lead; the next training learns from it."""
        outcome = Outcome(**_fields(payload, {"stage", "occurred_at", "reason", "value", "outcome_id"}, {"stage"}))
        now = datetime.now(UTC)
        own_id = outcome.outcome_id or _own_id(lead_id, outcome.stage, str(outcome.occurred_at or ""), outcome.reason or "")
        outcome = Outcome(_moment(outcome.occurred_at, "occurred_at") or now, outcome.stage, outcome.reason, outcome.value, None, own_id)
        return self._once(asked, lead_id, lambda at: (200, {"lead_id": lead_id, "recorded": at.outcomes.add(lead_id, outcome), "stage": outcome.stage}))

    def add_feedback(self, lead_id: str, payload: dict[str, Any], asked: Asked) -> tuple[int, dict[str, Any]]:
        """Keep that a person disagrees, beside the score and never in its place."""
        said = Override(lead_id, **_fields(payload, {"kind", "said_by", "receipt", "grade", "place", "reason", "note"}, {"kind", "said_by"}))

        def work(at: Transaction) -> tuple[int, dict[str, Any]]:
            at.overrides.add(said)
            return 200, {"lead_id": lead_id, "recorded": True, "kind": said.kind}

        return self._once(asked, lead_id, work)

    def forget(self, lead_id: str) -> None:
        """Delete everything that says something of a lead; nothing where there is none."""
        with _said_as_requests(), self._store.transaction("hook") as at:
            if at.leads.get(lead_id) is None:
                return
            at.forget(lead_id)
        self._store.empty_journal()

    def lead(self, lead_id: str) -> dict[str, Any]:
        """Everything that is known of a lead: values, events, outcomes, every score that was given, what people said of them."""
        with _said_as_requests(), self._store.reading() as at:
            known = at.leads.get(lead_id)
            if known is None:
                raise UnknownLead("store: there is no lead with this id.")
            return _plain({
                "lead_id": lead_id, **known.values, "custom": known.custom, "first_known_at": known.first_known_at, "changed_at": known.changed_at,
                "events": [vars(one) for one in at.events.of(lead_id)], "outcomes": [vars(one) for one in at.outcomes.of(lead_id)],
                "scores": [{name: value for name, value in vars(one).items() if name != "shown"} for one in at.scores.of(lead_id)],
                "overrides": [vars(one) for one in at.overrides.of(lead_id)],
            })  # fmt: skip

    def queue(self, most: int) -> dict[str, Any]:
        """The open leads with their last scores, urgent ones first, then the likeliest. A person decides whom to call."""
        engine = self._champion.engine
        with _said_as_requests(), self._store.reading() as at:
            found = at.open_leads.since(_horizon(engine), most=most)
        return {"leads": [_plain(vars(one)) for one in found], "count": len(found)}

    def score_again(self, most: int = 2_000) -> int:
        """Score open leads whose last score is old or missing, or was another model's; how many. Called every few minutes."""
        engine, done = self._champion.engine, 0
        with self._store.reading() as at:
            old = at.open_leads.since(_horizon(engine), datetime.now(UTC) - _OLD, most)
        for chunk in (old[first : first + _CHUNK] for first in range(0, len(old), _CHUNK)):
            done += self._scored_again(chunk, engine)
        return done

    def _scored_again(self, chunk: Iterable[OpenLead], engine: Engine) -> int:
        """Some of them, in one transaction; one that was forgotten meanwhile is passed over."""
        with self._store.transaction("time") as at:
            ids = [one.lead_id for one in chunk if at.leads.get(one.lead_id) is not None]
            for lead_id in ids:
                _scored(at, engine, lead_id, "time")
        return len(ids)

    def _once(self, asked: Asked, lead_id: str, work: Callable[[Transaction], tuple[int, dict[str, Any]]]) -> tuple[int, dict[str, Any]]:
        """Do the work and keep its answer in one transaction; the same key again gets the same answer."""
        with _said_as_requests(), self._store.transaction(asked.caller) as at:
            if asked.key and (known := at.idempotency.recall(asked.caller, asked.key, asked.body)) is not None:
                if known.body is None:
                    raise RequestError(410, "forgotten", "The person of this request was forgotten since; its answer is gone.")
                return known.status, json.loads(known.body)
            status, answer = work(at)
            if asked.key:
                at.idempotency.keep(asked.caller, asked.key, asked.body, status, json.dumps(answer), [lead_id])
        return status, answer


@contextmanager
def _said_as_requests() -> Iterator[None]:
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


def _read(payload: dict[str, Any], engine: Engine) -> tuple[Lead, list[Event]]:
    """A payload as the store takes it: our columns in their types, and every other column as the practice's own."""
    given = check_lead(payload)
    kinds = {**_KINDS, **{name: kind for name, kind in engine.kinds.items() if name not in _KINDS}}
    converted, faults, strange = canonical({name: value for name, value in given.items() if name != "events"}, kinds, engine.bundle.practice.zone, engine.bundle.mapping)
    fields = [FieldFault(fault.field, fault.found, fault.expected) for fault in faults]
    if not converted.get("lead_id"):
        fields.append(FieldFault("lead_id", "nothing", "the enquiry's id, by which it is found again"))
    if fields:
        raise RequestError(422, "invalid_lead", "The lead has values that cannot be read; mend those named in fields.", tuple(fields))
    own = {**given, **(given.get("custom") or {})}
    lead, taken_back = Lead.of(converted), _taken_back(given, engine)
    kept = {name: own[name] for name in strange if isinstance(own.get(name), str | bool | int | float)}
    return Lead(lead.lead_id, {**taken_back.values, **lead.values}, {**taken_back.custom, **kept, **lead.custom}), _events(given, engine, converted["lead_id"])


def _taken_back(given: dict[str, Any], engine: Engine) -> Lead:
    """The columns that are said to be empty now: a null takes back what was said before. When a lead arrived cannot be taken back."""
    named = (engine.bundle.mapping or Mapping.identity()).rename_payload(dict(given))
    empty = [name for name, value in named.items() if value is None and name not in ("created_at", "lead_id", "cutoff", "events", "custom")]
    own = {name.removeprefix(CUSTOM_PREFIX): None for name in empty if name not in _KINDS}
    return Lead("", {name: None for name in empty if name in _KINDS}, own)


def _events(payload: dict[str, Any], engine: Engine, lead_id: str = "") -> list[Event]:
    """The events of a payload. One without an id of its own gets one made of its time and kind, so that sending it twice says nothing new."""
    given = payload.get("events")
    if given is None:
        return []
    converted, faults, _ = canonical({"events": given}, {}, engine.bundle.practice.zone, engine.bundle.mapping)
    if faults:
        fields = tuple(FieldFault(fault.field, fault.found, fault.expected) for fault in faults)
        raise RequestError(422, "invalid_events", "The events have values that cannot be read; mend those named in fields.", fields)
    own = [one.get("event_id") for one in given]
    return [
        Event(at, kind, None, _known(duration), None, None if reached != reached else bool(reached), None, str(said) if said else _own_id(str(at), kind))
        for (at, kind, reached, duration), said in zip(converted["events"], own, strict=True)
    ]


def _scored(at: Transaction, engine: Engine, lead_id: str, cause: str) -> dict[str, Any]:
    """Score a lead from all that is known of it, and keep the score."""
    now = np.datetime64(at.now.astimezone(UTC).replace(tzinfo=None), "us")
    answer: Answer = engine.score([_payload(at, lead_id)], now)[0]
    shown = answer.model_dump()
    at.scores.add(Score(lead_id, answer.receipt, engine.bundle.sha256, engine.version, now, answer.probability, answer.grade, answer.lane, cause, shown))
    return shown


def _payload(at: Transaction, lead_id: str) -> dict[str, Any]:
    """The lead as a program would send all of it at once."""
    known = at.leads.get(lead_id)
    events = [{"occurred_at": one.occurred_at, "kind": one.kind, "reached": one.reached, "duration_s": one.duration_s} for one in at.events.of(lead_id)]
    return _plain({"lead_id": lead_id, **known.values, "custom": known.custom, "events": events})


def _plain(value: Any) -> Any:
    """JSON values: times as text in UTC; what is not known is left out of objects."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def _fields(payload: dict[str, Any], known: set[str], needed: set[str]) -> dict[str, Any]:
    """The fields of a small request, each of them one of ours and a single value."""
    fields = [FieldFault("(a field of your own)", "something", f"one of {', '.join(sorted(known))}") for name in payload if name not in known]
    fields += [FieldFault(name, "a list or an object", "a single value") for name in known if isinstance(payload.get(name), dict | list)]
    fields += [FieldFault(name, "nothing", "a value") for name in sorted(needed) if not isinstance(payload.get(name), str) or not payload[name].strip()]
    fields = fields or misfits(payload)
    if fields:
        raise RequestError(422, "invalid_fields", "The request has fields that cannot be used; mend those named in fields.", tuple(fields))
    occurred = {"occurred_at": payload.get("occurred_at")} if "occurred_at" in known else {}
    return {name: value for name, value in payload.items() if value is not None} | occurred


def _moment(said: Any, field: str) -> np.datetime64 | None:
    """A moment as it is written; None when nothing is said."""
    converted, faults, _ = canonical({"cutoff": said}, {}, UTC)
    if faults:
        raise RequestError(422, "invalid_fields", "The request has fields that cannot be used; mend those named in fields.", (FieldFault(field, faults[0].found, faults[0].expected),))
    return converted.get("cutoff")


def _own_id(*said: str) -> str:
    """An id made of what is said, for what comes without one."""
    return "own:" + sha256("\0".join(said).encode(errors="replace")).hexdigest()[:24]


def _known(number: float) -> float | None:
    """A number that is known."""
    return None if number != number else float(number)


def _horizon(engine: Engine) -> datetime:
    """Leads that arrived before are not open any more: the model speaks of bookings within its horizon."""
    return datetime.now(UTC) - timedelta(days=engine.bundle.horizon_days)
