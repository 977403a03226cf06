"""Is the next step one that a person at the desk would take, and could take, at every stage of a lead?"""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import numpy as np
import pytest

from features.batch import Batch
from features.practice.display_formats import LocalFormats
from features.schema import LOST_REASONS
from serving.scoring.lead_stage import STAGES, LeadStage
from serving.scoring.next_step import LOST_WORDS, Situation, describe_situations, find_channels, next_step
from serving.scoring.read_lead import ReadLead

WEDNESDAY = np.datetime64("2026-03-04T19:00:00", "us")  # 14:00 in New York
SUNDAY = np.datetime64("2026-03-08T19:00:00", "us")
LATER = datetime(2026, 3, 5, 20, tzinfo=UTC)
EMAIL_ONLY, NOTHING = frozenset({"e-mail"}), frozenset()
TRIED_TWICE = LeadStage("trying", attempts=2, calls=2)
CALLBACK = LeadStage("trying", callback_at=LATER)


@pytest.mark.parametrize(
    ("lead", "sentence"),
    [
        (Situation("urgent", open_until=""), "Call now: possible emergency, though we're closed"),
        (Situation("urgent", reached_by=EMAIL_ONLY), "Email now: possible emergency, no phone number"),
        (
            Situation("urgent", reached_by=NOTHING),
            "Possible emergency, but no phone number or email: look for one now",
        ),
        (
            Situation("urgent", LeadStage(opted_out=True)),
            "Possible emergency, but asked not to be contacted: ask whoever is in charge now",
        ),
        (Situation("normal", LeadStage(opted_out=True), price_only=True), "Do not contact"),
        (Situation("urgent", LeadStage(final="booked", reason="booked")), "Booked. Nothing to do"),
        (Situation("normal", LeadStage(final="booked", reason="attended")), "Showed up. Nothing to do"),
        (Situation("normal", LeadStage(final="closed", reason="price")), "Closed: too expensive. Nothing to do"),
        (
            Situation("normal", LeadStage(final="closed", reason="no_response", heard_after_end=True)),
            "Closed: never answered. They got in touch again: read it",
        ),
        (Situation("spam"), "Read the message first: it looks like spam or a test"),
        (Situation("spam", LeadStage("connected")), "Call today to find a time: we're in touch already"),
        (Situation("normal", reached_by=NOTHING), "Add a phone number or an email: we have neither"),
        (
            Situation("normal", reached_by=NOTHING, contact_sent=False),
            "Look up their phone number or email: none was sent",
        ),
        (Situation("nurture", reached_by=NOTHING, contact_sent=False), "Snooze for two weeks: low priority"),
        (
            Situation("urgent", reached_by=NOTHING, contact_sent=False),
            "Possible emergency, but no phone number or email was sent: look for one now",
        ),
        (
            Situation("normal", LeadStage("trying", wrong_number=True), NOTHING),
            "Add another phone number or an email: the number on file is wrong",
        ),
        (
            Situation("normal", LeadStage("trying", wrong_number=True), EMAIL_ONLY),
            "Email today: the phone number is wrong",
        ),
        (Situation("normal", CALLBACK, callback="tomorrow, 3 PM"), "Call back tomorrow, 3 PM, as promised"),
        (Situation("normal", CALLBACK, callback="3 PM", callback_due=True), "Call back now: set for 3 PM"),
        (
            Situation("normal", CALLBACK, EMAIL_ONLY, callback="today, 3 PM"),
            "Email about the callback set for today, 3 PM: no phone number that works",
        ),
        (Situation("nurture", open_until="5 PM"), "Snooze for two weeks: low priority"),
        (Situation("nurture", open_until="5 PM", wants_appointment=True), "Call today before 5 PM"),
        (Situation("nurture", LeadStage(awaits="call")), "Call back today: they called and nobody answered"),
        (Situation("normal", LeadStage("connected", awaits="reply")), "Call today: they're waiting for our reply"),
        (Situation("normal", LeadStage("trying", attempts=1)), "Call today"),
        (Situation("normal", TRIED_TWICE), "Text today: two calls, no answer"),
        (
            Situation("normal", replace(TRIED_TWICE, attempts=7), frozenset({"phone", "e-mail"}), prefers="e-mail"),
            "Email today: 7 calls, no answer",
        ),
        (Situation("normal", price_only=True), "Call today: asks only about the price"),
        (Situation("normal", prefers="text", open_until=""), "Text as soon as we open; prefers texts"),
        (Situation("normal", prefers="e-mail"), "Call today"),
        (Situation("normal", reached_by=EMAIL_ONLY), "Email today: no phone number"),
        (
            Situation("normal", prefers="phone", prefers_time="evening", open_until="7 PM"),
            "Call today before 7 PM; prefers the phone; asked for the evening",
        ),
    ],
)
def test_the_first_rule_that_holds_is_said(lead, sentence):
    assert next_step(lead) == sentence


STAGES_OF_LEADS = [
    replace(stage, **more)
    for stage in (
        LeadStage("new"),
        LeadStage("trying", attempts=1),
        TRIED_TWICE,
        LeadStage("connected"),
        CALLBACK,
        LeadStage(final="booked", reason="booked"),
        LeadStage(final="closed", reason="price"),
        LeadStage(opted_out=True),
    )
    for more in ({}, {"awaits": "call"}, {"awaits": "reply"}, {"wrong_number": True}, {"heard_after_end": True})
]
EVERY_SITUATION = [
    Situation(
        lane,
        stage,
        by - {"phone"} if stage.wrong_number else by,
        prefers,
        "",
        price,
        until,
        wants,
        "3 PM",
        due,
    )
    for lane, stage, by, prefers, price, until, wants, due in product(
        ("urgent", "normal", "nurture", "spam"),
        STAGES_OF_LEADS,
        (NOTHING, EMAIL_ONLY, frozenset({"phone"}), frozenset({"phone", "e-mail"})),
        ("", "phone", "text", "e-mail"),
        (False, True),
        ("?", "", "5 PM"),
        (False, True),
        (False, True),
    )
]  # fmt: skip


def first_verb(lead):
    return next_step(lead).split()[0]


def test_nobody_is_to_be_reached_by_what_does_not_reach_them():
    assert {lead.stage.name for lead in EVERY_SITUATION} == set(STAGES)
    assert [lead for lead in EVERY_SITUATION if first_verb(lead) in ("Call", "Text") and not lead.has_phone] == []
    assert [lead for lead in EVERY_SITUATION if first_verb(lead) == "Email" and not lead.has_email] == []


def test_who_booked_is_closed_or_opted_out_is_never_to_be_called_texted_or_snoozed():
    ended = [lead for lead in EVERY_SITUATION if not lead.stage.is_open]

    verbs = {first_verb(lead).strip(".:") for lead in ended}

    assert verbs == {"Booked", "Closed", "Do", "Possible"}
    assert not any(word in next_step(lead).lower() for lead in ended for word in ("call", "text", "snooze", "email"))


def test_the_first_words_of_every_sentence_are_something_the_desk_can_do():
    doable = {"Call", "Text", "Email", "Snooze", "Add", "Read", "Booked.", "Closed:", "Do", "Possible", "Booked"}

    assert {first_verb(lead).rstrip(",") for lead in EVERY_SITUATION} <= doable


def test_a_callback_that_is_set_is_what_every_open_lead_with_a_phone_says():
    with_callback = [
        lead for lead in EVERY_SITUATION
        if lead.stage.name == "callback set" and lead.lane not in ("urgent", "spam") and lead.has_phone
    ]  # fmt: skip

    assert with_callback and all(next_step(lead).startswith("Call back") for lead in with_callback)


def test_every_reason_for_losing_a_lead_has_its_words():
    assert set(LOST_REASONS) <= set(LOST_WORDS)


def situation(engine, lead, lane="normal", wishes=None, now=WEDNESDAY):
    batch = Batch.from_payloads([lead], engine.context, engine.kinds, now)
    return describe_situations(batch, [lane], [ReadLead(lead, (), wishes or {})], LocalFormats())[0]


def test_the_situation_is_read_from_what_is_known(engine):
    call = lambda hour, kind, reached=np.nan: (WEDNESDAY - np.timedelta64(hour, "h"), kind, reached, np.nan)  # noqa: E731
    events = [
        call(9, "outbound_call", 0.0),
        call(8, "sms_in"),
        call(7, "outbound_call", 0.0),
        call(6, "voicemail"),
        call(5, "outbound_call"),
        call(-1, "outbound_call", 0.0),
    ]

    known = situation(
        engine,
        {"message": "How much is an MRI?", "events": events},
        wishes={"preferred_contact": "SMS please", "preferred_time": "Evenings", "phone": "x"},
    )

    assert (known.stage.name, known.stage.attempts, known.stage.calls) == ("connected", 2, 4)
    assert (known.prefers, known.prefers_time, known.price_only, known.open_until) == ("text", "evening", True, "5 PM")
    assert known.reached_by == {"phone"} and situation(engine, {}, now=SUNDAY).open_until == ""


def test_a_number_that_is_wrong_or_none_reaches_nobody():
    assert find_channels({"phone": "(214) 555-3799"}, LeadStage(wrong_number=True)) == NOTHING
    assert find_channels({"phone": "withheld", "email": "ann@example.org"}, LeadStage()) == EMAIL_ONLY
    assert find_channels({}, LeadStage(on_phone=True)) == {"phone"}


def test_how_a_person_may_be_reached_is_read_though_the_model_has_no_use_for_it(engine, payload, now):
    told = payload | {"do_not_contact": "yes", "preferred_contact": "email"}

    plain, answer = engine.score([payload, told], now)

    assert answer.next_step == "Do not contact" and answer.probability == plain.probability
    assert "do_not_contact" not in engine.kinds and "preferred_contact" not in answer.ignored
    assert engine.score([payload | {"do_not_contact": "perhaps"}], now)[0].probability == plain.probability
