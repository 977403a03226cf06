"""Does exactly what was said stand, when requests are repeated and reordered and the writing process is killed?

Each history is a lead and what programs say of it: outcomes and events with times, ids or keys, feedback, changes of
fields, and the same id saying something else. What is on its way is shuffled and sent up to three times. A process of
its own writes; it is killed (SIGKILL) again and again, wherever it is, and started anew from the first request that it
did not acknowledge. A plain model, a few dicts, says what every acknowledgment and the store must be."""

import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from serving.crm.change_merging import select_new_changes
from serving.crm.ports import FieldChange
from serving.errors import IdConflict
from serving.store.database.connection import Database
from serving.store.database.entities import Event, Lead, Outcome, Override
from serving.store.store import Store, resolve_store_url

SOAK = bool(os.environ.get("LEADLIGHT_SOAK"))
START = datetime(2026, 3, 5, 12, tzinfo=UTC)
STAGES = ("reached", "qualified", "booked", "lost")
FIELDS = ("channel", "service_requested", "custom:Tier")
KINDS = ("timed", "with_id", "keyed", "conflict", "event", "event_with_id", "feedback", "change", "change")


@dataclass(frozen=True)
class Request:
    """One request; two are the same request when their identity is."""

    lead_id: str
    said: Any
    key: str = ""

    @property
    def identity(self) -> tuple:
        """What a sender would call the same thing: a key, an id, or a time with its content."""
        if self.key:
            return self.lead_id, "key", self.key
        own_id = getattr(self.said, "outcome_id", None) or getattr(self.said, "event_id", None)
        if own_id and not isinstance(self.said, FieldChange):
            return self.lead_id, type(self.said).__name__, own_id
        return self.lead_id, repr(self.said)


def invent(lead_id: str, chance: random.Random) -> list[Request]:
    """Return what is on its way about one lead: eight requests, shuffled, some of them several times."""
    requests: list[Request] = []
    for number in range(8):
        kind = chance.choice(KINDS)
        at, stage, own_id = START - timedelta(seconds=number + 1), chance.choice(STAGES), f"id-{number}"
        with_id = [one for one in requests if getattr(one.said, "outcome_id", None)]
        if kind == "conflict" and with_id:
            old = chance.choice(with_id).said
            other = STAGES[(STAGES.index(old.stage) + 1) % len(STAGES)]
            said, key = Outcome(old.occurred_at, other, outcome_id=old.outcome_id), ""
        elif kind == "keyed":
            said, key = Outcome(None, stage, value=float(number)), f"key-{number}"
        elif kind == "feedback":
            said, key = Override(lead_id, "grade", "ann", grade="A", note=f"note {number}"), f"key-{number}"
        elif kind == "change":
            # Few moments and ids, so that changes collide: the later one wins, and of one moment the higher number.
            version = START - timedelta(seconds=chance.randrange(3)), str(chance.randrange(8, 12))
            said, key = FieldChange(lead_id, chance.choice(FIELDS), f"value {version}", *version), ""
        elif kind.startswith("event"):
            event_id = own_id if kind == "event_with_id" else None
            said, key = Event(at, "outbound_call", reached=stage == "reached", event_id=event_id), ""
        else:
            said, key = Outcome(at, stage, outcome_id=own_id if kind == "with_id" else None), ""
        requests.append(Request(lead_id, said, key))
    deliveries = [one for one in requests for _ in range(chance.choice([1, 2, 3]))]
    chance.shuffle(deliveries)
    return deliveries


class Model:
    """What must stand: the first to come of each identity, and of each field the latest version."""

    def __init__(self) -> None:
        self.stands: dict[tuple, Request] = {}
        self.fields: dict[tuple[str, str], FieldChange] = {}

    def deliver(self, request: Request) -> str:
        """Return what must be acknowledged."""
        said = request.said
        if isinstance(said, FieldChange):
            key = request.lead_id, said.field
            is_new = key not in self.fields or self._version(said) > self._version(self.fields[key])
            if is_new:
                self.fields[key] = said
            return "new" if is_new else "known"
        if request.identity not in self.stands:
            self.stands[request.identity] = request
            return "new"
        first = self.stands[request.identity]
        return "conflict" if first.said != said else "new" if request.key else "known"

    @staticmethod
    def _version(change: FieldChange) -> tuple[datetime, int]:
        return change.occurred_at, int(change.event_id)


def write(store: Store, request: Request) -> str:
    """One transaction with its answer, as the service writes it; return what is acknowledged."""
    lead_id, said, key = request.lead_id, request.said, f"{request.lead_id}-{request.key}"
    try:
        with store.transaction("sender") as at:
            if request.key and at.idempotency.find_answer("sender", key, b"") is not None:
                return "new"
            is_new = True
            if isinstance(said, FieldChange):
                is_new = bool(select_new_changes([said], at.field_versions.get_for(lead_id)))
                if is_new:
                    name = said.field.removeprefix("custom:")
                    values = {name: said.value}
                    is_custom = name != said.field
                    at.leads.put(Lead(lead_id, {} if is_custom else values, values if is_custom else {}))
                    at.field_versions.put(lead_id, {said.field: (said.occurred_at, said.event_id)})
            elif isinstance(said, Event):
                is_new = at.events.add(lead_id, [said]) == 1
            elif isinstance(said, Override):
                at.overrides.add(said)
            else:
                is_new = at.outcomes.add(lead_id, said, has_key=bool(request.key))
            if request.key:
                at.idempotency.save_answer("sender", key, b"", 200, "{}", [lead_id])
    except IdConflict:
        return "conflict"
    return "new" if is_new else "known"


def start_writer(settings, hasher, deliveries: list[Request]) -> tuple[int, int]:
    """Write in a process of its own; return its id, and the end of a pipe with a line for each acknowledgment."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    try:
        # A store of its own: connections must not be shared with the process that this one was forked from.
        store = Store(Database(resolve_store_url(settings)), hasher, clock=lambda: START)
        for request in deliveries:
            os.write(writing, f"{write(store, request)}\n".encode())
    finally:
        os._exit(0)


def read_lines(pipe: int, count: int) -> tuple[list[str], bool]:
    """Read up to ``count`` lines; return them, and whether the writer has ended."""
    text = b""
    while text.count(b"\n") < count:
        part = os.read(pipe, 1)
        if not part:
            return text.decode().splitlines(), True
        text += part
    return text.decode().splitlines(), False


def deliver_with_kills(settings, hasher, deliveries: list[Request], chance: random.Random) -> tuple[list[str], int]:
    """Write everything, with a kill after every few; return the acknowledgments, and the number of kills.

    Where a kill came between the commit and the acknowledgment, what is acknowledged later is "known or new".
    """
    answers: list[str] = []
    kills, is_unsure = 0, False
    while len(answers) < len(deliveries):
        child, pipe = start_writer(settings, hasher, deliveries[len(answers) :])
        lines, has_ended = read_lines(pipe, chance.randrange(1, 30))
        if not has_ended:
            time.sleep(chance.random() * 0.01)
            kills += 1
            os.kill(child, signal.SIGKILL)
        # What it acknowledged before it died counts.
        os.waitpid(child, 0)
        lines += read_lines(pipe, len(deliveries))[0]
        os.close(pipe)
        if is_unsure and lines:
            lines[0] = f"after a kill: {lines[0]}"
        answers, is_unsure = answers + lines, not has_ended
        assert lines or is_unsure, "the writer ended without an acknowledgment"
    return answers, kills


def compare(store: Store, lead_id: str, model: Model) -> list[str]:
    """Return what stands and must not, or the other way round."""
    with store.reading() as at:
        lead = at.leads.get(lead_id)
        stored = Counter(("outcome", one.stage, one.value, one.outcome_id) for one in at.outcomes.list_for(lead_id))
        stored.update(("event", one.occurred_at, one.reached, one.event_id) for one in at.events.list_for(lead_id))
        stored.update(("override", one.note) for one in at.overrides.list_for(lead_id))
    wanted: Counter = Counter()
    for request in model.stands.values():
        said = request.said
        if isinstance(said, Outcome):
            wanted["outcome", said.stage, said.value, said.outcome_id] += 1
        elif isinstance(said, Event):
            wanted["event", said.occurred_at, said.reached, said.event_id] += 1
        else:
            wanted["override", said.note] += 1
    values = {**lead.values, **{f"custom:{name}": value for name, value in lead.custom.items()}}
    wrong = [f"{change.field}: {values.get(change.field)}" for change in model.fields.values()
             if values.get(change.field) != change.value]  # fmt: skip
    return [
        f"{one}: {stored[one]} in place of {wanted[one]}" for one in stored | wanted if stored[one] != wanted[one]
    ] + wrong


def test_nothing_acknowledged_is_lost_and_nothing_counts_twice_whatever_is_killed(settings, store):
    count = 1_000 if SOAK else 24
    chance, models = random.Random(count), {f"L-{number}": Model() for number in range(count)}
    with store.transaction() as at:
        for lead_id in models:
            at.leads.put(Lead(lead_id))
    histories = [invent(lead_id, chance) for lead_id in models]
    # Of several leads at once, each in its own order.
    deliveries = [
        request
        for start in range(0, count, 8)
        for request in sorted(
            (one for history in histories[start : start + 8] for one in history), key=lambda _: chance.random()
        )
    ]

    answers, kills = deliver_with_kills(settings, store.hasher, deliveries, chance)

    expected = [models[request.lead_id].deliver(request) for request in deliveries]
    differences = [
        (request, answer, must)
        for request, answer, must in zip(deliveries, answers, expected, strict=True)
        if answer != must
        and not (must == "new" and answer in ("after a kill: new", "after a kill: known"))
        and answer != f"after a kill: {must}"
    ]
    differences += [fault for lead_id, model in models.items() for fault in compare(store, lead_id, model)]
    print(f"{count} histories, {len(deliveries)} deliveries, {kills} kills: {len(differences)} differences")
    assert differences == [] and kills > count / 4
    assert {"new", "known", "conflict"} <= set(answers) and store.verify_audit().broken is None
