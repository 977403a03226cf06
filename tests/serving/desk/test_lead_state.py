"""Is every number of a form bounded, and does a promise outlast what does not keep it?"""

from datetime import UTC, datetime, timedelta

import pytest

from serving.desk.lead_state import STEP_FIELDS, replay_steps
from serving.store.database.entities import DeskStep

PARSE_PLACE = STEP_FIELDS["order"]["place"][0]
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["0", "00000", "10001", "99999", "0000019999999", "1" * 5000, "-1", "1.0", "²", "٣", "", None]
)
def test_a_place_out_of_bounds_is_none(text):
    assert PARSE_PLACE(text, NOON) is None


@pytest.mark.parametrize(("text", "place"), [("1", 1), ("00007", 7), ("10000", 10_000)])
def test_a_place_within_them_is_a_number(text, place):
    assert PARSE_PLACE(text, NOON) == place


def take(*steps):
    """The state after steps, each as (minutes after noon, kind, fields)."""
    return replay_steps(
        DeskStep("L", "anna", kind, fields, None, NOON + timedelta(minutes=minutes), number)
        for number, (minutes, kind, fields) in enumerate(steps, 1)
    )


PROMISE = (0, "callback", {"at": (NOON + timedelta(hours=3)).isoformat()})


@pytest.mark.parametrize("result", ["reached", "voicemail", "no_answer"])
def test_a_call_before_a_promise_keeps_the_promise(result):
    assert take(PROMISE, (60, "call", {"result": result})).callback_at == NOON + timedelta(hours=3)


@pytest.mark.parametrize("minutes", [175, 180, 240])
def test_a_call_at_its_time_ends_the_promise(minutes):
    assert take(PROMISE, (minutes, "call", {"result": "no_answer"})).callback_at is None


def test_snoozing_a_lead_keeps_the_promise_and_canceling_ends_it():
    snooze = (5, "nurture", {"until": (NOON + timedelta(days=7)).isoformat()})

    assert take(PROMISE, snooze).callback_at == NOON + timedelta(hours=3)
    assert take(PROMISE, (5, "cancel_callback", {})).callback_at is None
