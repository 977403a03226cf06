"""Does every happening lead from every stage to the right one, whatever reported it?"""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from serving.scoring.lead_stage import (
    HAPPENINGS,
    STAGES,
    Happening,
    list_happenings,
    read_payload_events,
    trace_stage,
)
from serving.store.database.entities import DeskStep, Event, LeadChange, Outcome

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
IN_3_HOURS = NOON + timedelta(hours=3)

REACH_STAGE = {
    "new": [],
    "trying": [("attempt", "no_answer")],
    "connected": [("reach", "")],
    "callback set": [("callback", IN_3_HOURS)],
    "booked": [("book", "booked")],
    "closed": [("close", "price")],
    "do not contact": [("opt out", "")],
}

TRANSITIONS = {
    #                    new, trying, connected, callback set, booked, closed, do not contact
    "attempt": "trying trying connected callback_set booked closed do_not_contact",
    "reach": "connected connected connected callback_set booked closed do_not_contact",
    "connect": "connected connected connected callback_set booked closed do_not_contact",
    "take call": "connected connected connected callback_set booked closed do_not_contact",
    "reply": "new connected connected callback_set booked closed do_not_contact",
    "miss": "new trying connected callback_set booked closed do_not_contact",
    "write": "trying trying connected callback_set booked closed do_not_contact",
    "callback": "callback_set callback_set callback_set callback_set booked closed do_not_contact",
    "cancel callback": "new trying connected new booked closed do_not_contact",
    "book": "booked booked booked booked booked booked do_not_contact",
    "close": "closed closed closed closed closed closed do_not_contact",
    "opt out": " ".join(["do_not_contact"] * 7),
    "reopen": "new trying connected callback_set new new new",
    "new number": "new trying connected callback_set booked closed do_not_contact",
}
DETAILS = {"attempt": "no_answer", "callback": IN_3_HOURS, "book": "booked", "close": "price", "reply": "sms_in"}


def after(*happenings):
    """The stage after happenings a minute apart, each as (kind, detail)."""
    return trace_stage(
        Happening(NOON + timedelta(minutes=number), kind, detail) for number, (kind, detail) in enumerate(happenings)
    )


@pytest.mark.parametrize(
    ("kind", "before", "expected"),
    [
        (kind, before, expected.replace("_", " "))
        for kind, row in TRANSITIONS.items()
        for before, expected in zip(STAGES, row.split(), strict=True)
    ],
)
def test_every_happening_leads_from_every_stage_to_one(kind, before, expected):
    assert after(*REACH_STAGE[before]).name == before
    assert after(*REACH_STAGE[before], (kind, DETAILS.get(kind, ""))).name == expected


def test_every_kind_of_happening_is_in_the_table():
    assert set(TRANSITIONS) == set(HAPPENINGS)


def test_a_person_who_answered_has_no_unanswered_calls():
    missed_twice = [("attempt", "no_answer"), ("attempt", "no_answer")]

    assert after(*missed_twice).attempts == 2
    for kind in ("reach", "reply", "take call", "miss"):
        stage = after(*missed_twice, (kind, ""))
        assert stage.attempts == 0 and (stage.last_result == "reached") == (kind == "reach")


def test_a_voicemail_left_in_a_call_is_the_same_attempt_and_one_of_another_day_is_another():
    call = Event(NOON, "outbound_call", reached=False)
    same = Event(NOON, "voicemail")
    later = Event(NOON + timedelta(days=1), "voicemail")

    assert trace_stage(list_happenings([same, call])).attempts == 1
    assert trace_stage(list_happenings([call, same, later])).attempts == 2
    assert trace_stage(list_happenings([call, same])).last_result == "voicemail"


def test_a_call_at_its_time_ends_the_callback_and_one_before_does_not():
    early, kept = (
        [Happening(NOON, "callback", IN_3_HOURS), Happening(NOON + timedelta(minutes=minutes), "attempt", "no_answer")]
        for minutes in (60, 176)
    )

    assert trace_stage(early).name == "callback set"
    assert trace_stage(kept).name == "trying"


def test_a_wrong_number_stays_wrong_until_another_one_is_known():
    wrong = [("attempt", "wrong_number")]

    assert after(*wrong).wrong_number and after(*wrong, ("reply", "email_in")).wrong_number
    assert not after(*wrong, ("new number", "")).wrong_number


def test_a_lead_reopened_is_where_it_was_before_it_was_closed():
    assert after(("reach", ""), ("close", "price"), ("reopen", "")).name == "connected"
    assert after(("close", "price"), ("reply", "email_in")).heard_after_end


def test_an_opt_out_on_record_outweighs_everything():
    assert trace_stage([Happening(NOON, "book", "booked")], opted_out=True).name == "do not contact"


def test_what_the_desk_did_and_what_a_crm_reported_add_up_and_nothing_counts_twice():
    steps = [
        DeskStep("L", "anna", "call", {"result": "no_answer"}, None, NOON, 1),
        DeskStep("L", "anna", "call", {"result": "wrong_number"}, None, NOON + timedelta(hours=1), 2),
        DeskStep("L", "anna", "undo", {}, 2, NOON + timedelta(hours=1, seconds=9), 3),
    ]
    written = Event(NOON, "outbound_call", reached=False, event_id="desk:1")
    theirs = Event(NOON + timedelta(hours=2), "outbound_call", reached=False, event_id="crm-7")

    stage = trace_stage(list_happenings([written, theirs], [], steps))

    assert (stage.calls, stage.attempts, stage.wrong_number) == (2, 2, False)


@pytest.mark.parametrize(
    ("outcome", "name", "reason"),
    [
        (Outcome(NOON, "reached"), "connected", ""),
        (Outcome(NOON, "qualified"), "connected", ""),
        (Outcome(NOON, "booked"), "booked", "booked"),
        (Outcome(NOON, "attended"), "booked", "attended"),
        (Outcome(NOON, "treated"), "booked", "treated"),
        (Outcome(NOON, "lost", "price"), "closed", "price"),
        (Outcome(NOON, "lost"), "closed", "lost"),
    ],
)
def test_every_outcome_has_its_stage(outcome, name, reason):
    stage = trace_stage(list_happenings([], [outcome]))

    assert (stage.name, stage.reason) == (name, reason)


def test_a_changed_phone_number_is_a_new_number_and_another_field_is_not():
    wrong = [DeskStep("L", "anna", "call", {"result": "wrong_number"}, None, NOON, 1)]
    changes = {
        field: [LeadChange(NOON + timedelta(days=1), {field: "(214) 555-0100"})] for field in ("phone", "postal_code")
    }

    assert not trace_stage(list_happenings(steps=wrong, changes=changes["phone"])).wrong_number
    assert trace_stage(list_happenings(steps=wrong, changes=changes["postal_code"])).wrong_number


def test_events_of_a_payload_count_until_its_moment():
    times = np.array(["2026-11-30T12:00", "2026-11-30T13:00"], "datetime64[us]")
    events = [
        (times[0], "outbound_call", 0.0, 0.0),
        (times[1], "outbound_call", 1.0, 60.0),
        (times[0], "page_view", 0, 0),
    ]

    assert trace_stage(read_payload_events(events, times[1])).name == "trying"
    assert trace_stage(read_payload_events(events, np.datetime64("NaT"))).name == "connected"
    assert trace_stage(read_payload_events([(times[0], "outbound_call", np.nan, np.nan)], times[1])).attempts == 0
