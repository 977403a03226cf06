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
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from features.arrays.text_memory import forget_texts
from serving.crm.change_merging import select_new_changes
from serving.crm.ports import FieldChange
from serving.errors import RequestError, UnknownLead
from serving.leads.conflict_rules import (
    check_not_forgotten,
    drop_overtaken_fields,
    list_fields,
    merge_parts,
    select_live_changes,
)
from serving.leads.lead_scorer import EngineProvider, LeadScorer
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
from serving.leads.store_errors import translate_store_errors
from serving.scoring.engine import Engine
from serving.store.database.audit_chain import RecordRead
from serving.store.database.entities import Outcome, Override
from serving.store.store import Store
from serving.store.transaction import Transaction

__all__ = ["RequestOrigin", "LeadService"]


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
        self._store, self._engines = store, engines
        self.scorer = LeadScorer(store, engines, sends_to, arrival_share)

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
        lead_id, asks = request.lead.lead_id, self.scorer.choose_asks(request.lead, engine, request.events)

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
            answer = self.scorer.answer(at, engine, lead_id, change.created, bool(change.changed or new), asks)
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
        asks = self.scorer.choose_asks(merge_parts(lead_id, [lead for _, lead in readable]), engine)
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
            return self.scorer.answer(at, engine, lead_id, change.created, bool(change.changed), asks)

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
                **self.scorer.answer(at, engine, lead_id, False, bool(new)),
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
        forget_texts()

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


def _plain(value: Any) -> Any:
    """Convert to JSON values: times as UTC text, unknown values left out of objects."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
