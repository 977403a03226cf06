"""Does the evidence show what each signal rests on, and nothing it could not have known?"""

from dataclasses import replace

import pytest

import features.signals  # noqa: F401
from features.errors import SignalError
from features.explain.evidence import MAX_CHARACTERS, Evidence
from features.registry import CATALOGUE, Signal, signal
from features.signals.custom_columns import build_column_signals
from features.testing import one_lead

every_signal = pytest.mark.parametrize("declared", CATALOGUE.values(), ids=list(CATALOGUE))

LEAD = {
    "created_at": "2026-03-01T15:00",
    "cutoff": "2026-03-05T15:00",
    "channel": "referral",
    "phone": "617-555-0123",
    "email": "info@example.org",
    "postal_code": "02139",
    "service_requested": "back surgery",
    "message": "<p>URGENT: my <b>knee</b> hurts. My doctor sent me, can I book physio asap? www.example.org Aetna</p>",
    "preferred_clinic": "North",
    "payer": "Aetna",
    "age_band": "18-39",
    "referral_reason": "PT after a fall",
    "referrer": "Somebody",
    "relation": "self",
    "timeframe": "Within a week",
    "person_id": "P1",
}
PAST = [
    ("2026-03-02T16:00", "inbound_call", 1.0, 90.0),
    ("2026-03-03T16:00", "outbound_call", 1.0, 30.0),
    ("2026-03-04T16:00", "page_view"),
]
FUTURE = [
    ("2026-03-05T15:00", "inbound_call", 1.0, 900.0),
    ("2026-03-05T15:00", "voicemail"),
    ("2026-03-06", "chat"),
    ("2026-03-07", "email_click"),
]


def evidence(name: str, **changed) -> tuple[str, ...]:
    """What one signal of the example lead rests on."""
    return Evidence(one_lead(**{"events": PAST, **LEAD, **changed})).of(CATALOGUE[name])


@every_signal
def test_every_signal_says_what_it_rests_on_in_short_texts(declared: Signal):
    assert declared.evidence

    for text in Evidence(one_lead(events=PAST, **LEAD)).of(declared):
        assert 0 < len(text) <= 5 * MAX_CHARACTERS and "\n" not in text


@every_signal
def test_the_future_does_not_change_the_evidence(declared: Signal):
    without_future, with_future = (
        Evidence(one_lead(events=events, **LEAD)).of(declared) for events in (PAST, PAST + FUTURE)
    )

    assert without_future == with_future


@every_signal
def test_an_empty_lead_has_evidence_that_can_be_asked_for(declared: Signal):
    assert isinstance(Evidence(one_lead()).of(declared), tuple)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("names_condition", ('"knee</b> hurts"',)),
        ("links_in_message", ('"www.example.org"',)),
        ("distance_to_offering_clinic", ("clinic Downtown, 4 km", "ZIP code 02139")),
        ("distance_to_preferred_clinic", ("clinic North, 22 km", "ZIP code 02139")),
        ("longest_call", ("inbound call, Mon 2 March 2026, 11:00",)),
        ("days_since_last_touch", ("inbound call, Mon 2 March 2026, 11:00",)),
        ("minutes_to_answer", ("inbound call, Mon 2 March 2026, 11:00", "outbound call, Tue 3 March 2026, 11:00")),
        ("payer_accepted", ("payer: Aetna", "service spine surgery, chosen on the form", "payers taken: Aetna")),
        ("age_rule_met", ("service spine surgery, chosen on the form", "for ages 18 to 120", "age band: 18-39")),
        ("channel_booking_rate", ("5 earlier leads with the same channel, known before this moment",)),
        ("arrived_while_open", ("arrived Sun 1 March 2026, 10:00", "open Mon-Fri 08:00-17:00")),
        ("within_contact_hours", ("there it is Thu 5 March 2026, 10:00 (America/New_York)", "postal code: 02139")),
        ("person_booking_rate", ("1 earlier lead with the same person, known before this moment",)),
    ],
)
def test_evidence_names_the_words_the_event_the_clinic_and_the_rule(name, expected):
    assert evidence(name) == expected


def test_negated_words_are_no_evidence():
    assert evidence("wants_it_soon", message="It is not urgent") == ()


def test_a_long_value_is_cut():
    (text,) = evidence("referral_reason_is_ours", referral_reason="word " * 60)

    assert text.endswith("...") and len(text) <= MAX_CHARACTERS + len("referral reason: ")


def test_a_column_read_as_it_stands_rests_on_itself():
    lead = one_lead(**LEAD)

    (channel,) = build_column_signals("channel", "category", lead.lead_column("channel"))

    assert Evidence(lead).of(channel) == ("channel: referral",)


def test_evidence_is_of_one_lead_at_one_moment():
    lead = one_lead()
    twice = replace(lead, of_lead=lead.of_lead.repeat(2), cutoff=lead.cutoff.repeat(2))

    with pytest.raises(SignalError, match="found 2 moments of 1 leads, expected one of one"):
        Evidence(twice)


def test_a_signal_without_evidence_is_refused():
    with pytest.raises(SignalError, match="'nothing_behind_it': rests on nothing"):

        @signal(family="custom", unit="number", reason="Says {value}", unknown="Not known", evidence=())
        def nothing_behind_it(batch, blocks):
            """Nothing."""


def test_a_source_that_nobody_can_read_is_refused():
    with pytest.raises(SignalError, match=r"evidence \['hearsay:payer'\] is not a source"):
        replace(CATALOGUE["payer_accepted"], evidence=("hearsay:payer",))
