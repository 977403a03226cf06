"""Does exactly what was said stand, whatever is sent twice, late or cut off? Random histories against a plain model."""

import os
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from serving.errors import IdConflict
from serving.store.database.entities import Event, Lead, Outcome
from serving.store.repositories.duplicate_events import RETRY_WINDOW

SOAK = bool(os.environ.get("LEADLIGHT_SOAK"))
STAGES = ("reached", "qualified", "booked", "lost")


@dataclass(frozen=True)
class Request:
    """One request: it stands once, or never where its id stands for something else."""

    number: int
    said: Any
    key: str = ""
    is_conflict: bool = False


class Killed(Exception):
    """The process died before its transaction ended."""


class Sender:
    """A practice's programs, as they send: new requests, retries now and later, and requests that die."""

    def __init__(self, store, clock, lead_id, chance):
        self.store, self.clock, self.lead_id, self.chance = store, clock, lead_id, chance
        self.stands, self.sent, self.differences = [], [], []
        self.last_stage, self.last_at = None, clock.now

    def run(self, count):
        """Send new requests, each with its retries, and old ones again in between."""
        for number in range(count):
            self.clock.forward(seconds=self.chance.choice([1, 20, 90, 1_000]))
            request = self.invent(number)
            for _ in range(self.chance.choice([1, 1, 2, 3])):
                if self.chance.random() < 0.2:
                    self.deliver(request, dies=True)
                self.deliver(request)
            repeatable = [old for old in self.sent if old.key or old.is_conflict or old.said.occurred_at is not None]
            for old in self.chance.sample(repeatable, min(len(repeatable), self.chance.choice([0, 0, 1, 3]))):
                self.deliver(old)

    def invent(self, number):
        """Make a request that says something new, or that says something else under a known id."""
        kind = self.chance.choice(["timeless", "keyed", "timed", "with_id", "conflict", "event", "event_with_id"])
        time = self.clock.now - timedelta(seconds=number, microseconds=self.chance.randrange(1, 999_999))
        known = [
            old for old in self.sent if isinstance(old.said, Outcome) and old.said.outcome_id and not old.is_conflict
        ]
        stage, own_id = self.chance.choice(STAGES), f"id-{number}"
        if kind == "conflict" and known:
            old = self.chance.choice(known).said
            other = self.chance.choice([one for one in STAGES if one != old.stage])
            return Request(number, Outcome(old.occurred_at, other, outcome_id=old.outcome_id), is_conflict=True)
        if kind == "timeless":
            if self.clock.now - self.last_at <= RETRY_WINDOW and stage == self.last_stage:
                stage = self.chance.choice([one for one in STAGES if one != self.last_stage])
            self.last_stage, self.last_at = stage, self.clock.now
            return Request(number, Outcome(None, stage))
        if kind == "keyed":
            self.last_stage, self.last_at = stage, self.clock.now
            return Request(number, Outcome(None, stage), key=f"key-{number}")
        if kind.startswith("event"):
            event_id = own_id if kind == "event_with_id" else None
            return Request(number, Event(time, "outbound_call", reached=stage == "reached", event_id=event_id))
        return Request(
            number, Outcome(time, stage, value=10.0 * number, outcome_id=own_id if kind == "with_id" else None)
        )

    def deliver(self, request, dies=False):
        """Send a request once, and compare what is acknowledged with what must be."""
        is_first = request not in self.sent
        try:
            answer = self.write(request, dies)
        except Killed:
            return
        except IdConflict:
            answer = "conflict"
        expected = "conflict" if request.is_conflict else True if is_first or request.key else False
        if answer != expected:
            self.differences.append((request, answer, expected))
        if is_first:
            self.sent.append(request)
            if not request.is_conflict:
                self.stands.append(request)

    def write(self, request, dies):
        """One transaction with its answer, as the service writes it."""
        with self.store.transaction("sender") as at:
            if request.key and at.idempotency.find_answer("sender", f"{self.lead_id}-{request.key}", b"") is not None:
                return True
            if isinstance(request.said, Event):
                answer = at.events.add(self.lead_id, [request.said]) == 1
            else:
                answer = at.outcomes.add(self.lead_id, request.said, has_key=bool(request.key))
            if request.key:
                at.idempotency.save_answer("sender", f"{self.lead_id}-{request.key}", b"", 200, "{}", [self.lead_id])
            if dies:
                raise Killed
        return answer

    def compare(self):
        """Return the differences: acknowledgments, and what stands, by content."""
        with self.store.reading() as at:
            outcomes = [(one.stage, one.value, one.outcome_id) for one in at.outcomes.list_for(self.lead_id)]
            events = [(one.occurred_at, one.reached, one.event_id) for one in at.events.list_for(self.lead_id)]
        said = [request.said for request in self.stands]
        wanted = [(one.stage, one.value, one.outcome_id) for one in said if isinstance(one, Outcome)]
        wanted_events = [(one.occurred_at, one.reached, one.event_id) for one in said if isinstance(one, Event)]
        if outcomes != wanted or events != sorted(wanted_events, key=lambda event: event[0]):
            self.differences.append((outcomes, wanted, events, wanted_events))
        return self.differences


def test_what_stands_is_what_was_said_in_every_random_history(store, clock):
    # Forty hold some forty requests of each kind; `make soak` runs a thousand.
    count = 1_000 if SOAK else 40 if store.database.is_sqlite else 10

    for seed in range(count):
        lead_id = f"L-{seed}"
        with store.transaction() as at:
            at.leads.put(Lead(lead_id, {"channel": "web_form"}))
        sender = Sender(store, clock, lead_id, random.Random(seed))
        sender.run(8)
        assert sender.compare() == [], f"history {seed}"


def test_a_patient_booked_again_after_a_loss_is_booked(store, ann, clock):
    recorded = []
    for stage in ("booked", "booked", "lost", "booked", "booked"):
        clock.forward(seconds=5)
        with store.transaction() as at:
            recorded.append(at.outcomes.add("L-1", Outcome(None, stage)))

    with store.reading() as at:
        stages = [outcome.stage for outcome in at.outcomes.list_for("L-1")]
    assert recorded == [True, False, True, True, False] and stages == ["booked", "lost", "booked"]


def test_a_date_without_a_time_of_day_can_be_booked_lost_and_booked_again(store, ann, clock):
    with store.transaction() as at:
        recorded = [
            at.outcomes.add("L-1", Outcome(clock.now, stage)) for stage in ("booked", "lost", "booked", "booked")
        ]

    assert recorded == [True, True, True, False]


def test_an_equal_outcome_long_after_is_new(store, ann, clock):
    with store.transaction() as at:
        at.outcomes.add("L-1", Outcome(None, "treated", value=100))
    clock.forward(minutes=11)

    with store.transaction() as at:
        assert at.outcomes.add("L-1", Outcome(None, "treated", value=100))


@pytest.mark.parametrize(
    ("other", "match"),
    [
        (Outcome(None, "qualified", outcome_id="7"), "stands for stage reached, and was now sent with stage qualified"),
        (Outcome(None, "reached", value=5, outcome_id="7"), "and another value"),
    ],
)
def test_an_id_that_says_something_else_is_refused_with_both_versions(store, ann, other, match):
    with store.transaction() as at:
        at.outcomes.add("L-1", Outcome(None, "reached", outcome_id="7"))

    with pytest.raises(IdConflict, match=match), store.transaction() as at:
        at.outcomes.add("L-1", other)


def test_two_calls_in_one_minute_with_different_ends_are_two(store, ann, clock):
    calls = [Event(clock.now, "outbound_call", reached=False), Event(clock.now, "outbound_call", reached=True)]

    with store.transaction() as at:
        assert [at.events.add("L-1", calls), at.events.add("L-1", calls)] == [2, 0]
    with pytest.raises(IdConflict, match="this event_id stands for kind chat"), store.transaction() as at:
        at.events.add("L-1", [Event(clock.now, "chat", event_id="e"), Event(clock.now, "sms_in", event_id="e")])


def test_a_visit_that_is_told_again_with_its_source_stays_one_visit(store, ann, clock):
    with store.transaction() as at:
        told = at.events.add("L-1", [Event(clock.now, "page_view"), Event(clock.now, "page_view", event_id="v")])
        again = at.events.add(
            "L-1",
            [
                Event(clock.now, "page_view", source="radio", channel="web_form"),
                Event(clock.now, "page_view", event_id="v", source="radio"),
            ],
        )

    assert (told, again) == (2, 0)


def test_an_event_without_a_time_counts_again_after_the_window(store, ann, clock):
    added = []
    for minutes in (0, 5, 11):
        clock.forward(minutes=minutes)
        with store.transaction() as at:
            added.append(at.events.add("L-1", [Event(None, "missed_call")]))

    assert added == [1, 0, 1]
