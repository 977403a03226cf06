"""Is the next step one that a person at the desk would take, by the channel that the lead prefers?"""

import numpy as np
import pytest

from features.batch import Batch
from serving.scoring.next_step import Situation, next_step, situations

WEDNESDAY = np.datetime64("2026-03-04T19:00:00", "us")  # 14:00 in New York
SUNDAY = np.datetime64("2026-03-08T19:00:00", "us")


@pytest.mark.parametrize(
    ("lead", "said"),
    [
        (Situation("urgent", open_until=""), "Call now: sounds urgent, though the practice is closed"),
        (
            Situation("urgent", do_not_contact=True),
            "Sounds urgent, but asked not to be contacted: let whoever is in charge decide now",
        ),
        (Situation("normal", do_not_contact=True, price_only=True), "Do not contact: asked not to be contacted"),
        (Situation("urgent", advertising=True, unanswered_calls=5), "Call now: sounds urgent"),
        (
            Situation("normal", advertising=True),
            "Look at the message before anything else: reads like advertising or a test",
        ),
        (Situation("nurture", price_only=True), "Send the price list, then call"),
        (Situation("nurture", open_until="17:00"), "Nurture: write again in two weeks"),
        (Situation("nurture", open_until="17:00", wants_appointment=True), "Call today before 17:00"),
        (Situation("normal", unanswered_calls=1, open_until="17:00"), "Call today before 17:00"),
        (Situation("normal", unanswered_calls=7, prefers="e-mail"), "Write an e-mail first: 7 calls were not answered"),
        (
            Situation("normal", prefers="text", open_until=""),
            "Text as soon as the practice opens; prefers text messages",
        ),
        (Situation("normal", reached_by=frozenset({"e-mail"})), "Write an e-mail today: no phone number is known"),
        (
            Situation("normal", prefers="phone", prefers_time="evening", open_until="19:00"),
            "Call today before 19:00; prefers the phone; asked for the evening",
        ),
    ],
)
def test_the_first_rule_that_holds_is_said(lead, said):
    assert next_step(lead) == said


def situation(engine, lead, lane="normal", wishes=None, now=WEDNESDAY):
    return situations(Batch.from_payloads([lead], engine.context, engine.kinds, now), [lane], [wishes or {}])[0]


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

    found = situation(
        engine,
        {"message": "How much is an MRI?", "events": events},
        wishes={"preferred_contact": "SMS please", "preferred_time": "Evenings", "phone": "x"},
    )

    assert found == Situation("normal", False, "text", "evening", frozenset({"phone"}), 2, True, False, "17:00")
    assert (
        situation(engine, {}, now=SUNDAY).open_until == ""
        and situation(engine, {"message": "seo services and backlinks"}).advertising
    )


def test_how_a_person_may_be_reached_is_read_though_the_model_has_no_use_for_it(engine, payload, now):
    told = payload | {"do_not_contact": "yes", "preferred_contact": "email"}

    plain, answer = engine.score([payload, told], now)

    assert answer.next_step == "Do not contact: asked not to be contacted" and answer.probability == plain.probability
    assert "do_not_contact" not in engine.kinds and "preferred_contact" not in answer.ignored
    assert engine.score([payload | {"do_not_contact": "perhaps"}], now)[0].probability == plain.probability
