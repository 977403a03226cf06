"""Do places, clinics, services, referrals and contact data that fit together, or do not, come out so?"""

import numpy as np
import pytest

import features.signals  # noqa: F401
from features.batch import Batch
from features.point_in_time.context import Context
from features.practice.practice import Practice
from features.registry import CATALOGUE
from features.testing import one_lead, value_of

NAN = float("nan")


def value_for(name: str, **columns) -> float:
    """Return a signal's value for a lead."""
    return value_of(CATALOGUE[name], one_lead(**columns))


@pytest.mark.parametrize(
    ("name", "columns", "expected"),
    [
        ("referral_reason_fits_service", {"referral_reason": "PT", "service_requested": "physio"}, 1),
        (
            "referral_reason_fits_service",
            {"referral_reason": "therapy and surgery", "service_requested": "spine surgery"},
            1,
        ),  # about both
        (
            "referral_reason_fits_service",
            {"referral_reason": "back pain", "service_requested": "physio"},
            NAN,
        ),  # no other is named
        ("referral_reason_fits_service", {"referral_reason": "dizziness", "service_requested": "physio"}, NAN),
        ("referral_reason_fits_service", {"referral_reason": "PT"}, NAN),
        ("message_fits_service_field", {"service_requested": "physio", "message": "a little physio please"}, 1),
        ("message_fits_service_field", {"service_requested": "physio", "message": "back surgery"}, 0),
        ("message_fits_service_field", {"service_requested": "physio", "message": "hello"}, NAN),
        ("message_fits_service_field", {"message": "back surgery"}, NAN),  # said once: nothing to compare
        ("timeframes_apart", {"timeframe": "Within a week", "message": "within a week please"}, 0),
        ("timeframes_apart", {"timeframe": "Flexible", "message": "in 2 weeks"}, NAN),
        ("relation_fits_message", {"relation": "self", "message": "my knee hurts"}, 1),
        ("relation_fits_message", {"relation": "parent", "message": "my knee hurts"}, 1),  # silence is no contradiction
        ("relation_fits_message", {"relation": "self"}, NAN),
        ("preferred_clinic_to_offering_clinic", {"preferred_clinic": "North", "service_requested": "physio"}, 0),
        ("preferred_clinic_to_offering_clinic", {"preferred_clinic": "North"}, NAN),
        ("clinics_offering_service", {"service_requested": "physio"}, 2),
        ("clinics_offering_service", {"service_requested": "botox"}, NAN),
        (
            "further_to_second_clinic",
            {"postal_code": "02139", "service_requested": "spine surgery"},
            NAN,
        ),  # only one offers it
        ("detour_for_service", {"postal_code": "02139", "service_requested": "spine surgery"}, 0),
        ("distance_to_offering_clinic", {"postal_code": "00000"}, NAN),
        ("zip_on_map", {}, NAN),
        ("role_email", {"email": "no-reply@example.org"}, 1),
        ("role_email", {"email": "referrals+web@example.org"}, 1),
        ("role_email", {"email": "informal@example.org"}, 0),
        ("disposable_email", {"email": "a@YOPMAIL.com"}, 1),
        ("disposable_email", {"email": "not an address"}, NAN),
        ("foreign_phone", {"phone": "0044 20 7946 0018"}, 1),
        ("foreign_phone", {"phone": "(617) 555-0123"}, 0),
        ("foreign_phone", {"phone": "011 44 20 7946 0018"}, 1),
        ("foreign_phone", {"phone": "+1 617 555 0123"}, 0),
        ("area_code_distance", {"phone": "555-0123", "postal_code": "02139"}, NAN),
        ("provider_office_asks", {"relation": "self"}, 0),
    ],
)
def test_what_fits_and_what_does_not(name, columns, expected):
    np.testing.assert_equal(value_for(name, **columns), expected)


@pytest.mark.parametrize(
    "location",
    [
        {"postal_code": "02139"},
        {"latitude": 42.365, "longitude": -71.104},
        {"postal_code": "90210", "latitude": 42.365, "longitude": -71.104},
    ],
)
def test_coordinates_come_before_the_zip_code(location):
    assert value_for("distance_to_offering_clinic", **location) == pytest.approx(4.4, abs=0.5)


def test_a_practice_without_clinics_or_services_answers_unknown():
    texts = {"service_requested": "physio", "payer": "Aetna", "referral_reason": "PT", "message": "physio"}
    lead = one_lead(postal_code="02139", preferred_clinic="North", **texts)
    lead = Batch(lead.lead_ids, lead.of_lead, lead.cutoff, lead.columns, lead.events, Context(Practice()))

    for family in ("eligibility", "location_fit", "consistency"):
        of_family = [
            declared
            for declared in CATALOGUE.values()
            if declared.family == family and {"clinics", "services"} & set(declared.needs)
        ]
        values = {declared.name: value_of(declared, lead) for declared in of_family}
        assert values and {name for name, value in values.items() if not np.isnan(value)} <= {
            "payer_accepted",
            "payer_accepted_anywhere",
        }


HEARD = ("2026-03-01T10:00", "inbound_call", 1.0, 60.0)


@pytest.mark.parametrize(
    ("name", "events", "expected"),
    [
        ("attempts_unanswered", [HEARD, ("2026-03-01T10:00", "sms_out")], 0),  # at the same instant: not after
        ("attempts_unanswered", [("2026-03-01", "outbound_call", 0.0), ("2026-03-02", "voicemail")], 2),
        ("attempts_unanswered", [("2026-03-01", "outbound_call", 1.0), ("2026-03-02", "voicemail")], 1),
        (
            "missed_calls_unanswered",
            [("2026-03-01", "missed_call"), ("2026-03-02", "outbound_call"), ("2026-03-03", "missed_call")],
            1,
        ),
        ("minutes_to_answer", [HEARD], NAN),
        ("minutes_to_answer", [HEARD, ("2026-03-01T10:30", "voicemail"), ("2026-03-01T11:30", "sms_out")], 30),
        ("hours_unanswered", [HEARD, ("2026-03-01T10:30", "voicemail")], 0),
        ("hours_unanswered", [HEARD], 86),
        ("hours_unanswered", [], NAN),
        ("momentum", [("2026-03-04T00:00", "page_view")], 0),  # a whole day ago: before the last day
        ("momentum", [("2026-03-04T00:01", "page_view")], 1),
        ("momentum", [("2026-02-01", "chat")], NAN),
        ("recent_touches", [("2026-03-03", "chat"), ("2026-02-27", "chat")], 0.5 + 0.125),
        ("ways_used", [HEARD, ("2026-03-02", "missed_call"), ("2026-03-02", "page_view"), ("2026-03-02", "chat")], 2),
        (
            "longest_call",
            [HEARD, ("2026-03-02", "outbound_call", 1.0, 240.0), ("2026-03-02", "chat", float("nan"), 900.0)],
            4,
        ),
        ("longest_call", [("2026-03-02", "outbound_call")], NAN),
    ],
)
def test_conversations_are_counted_to_the_boundary(name, events, expected):
    np.testing.assert_equal(value_for(name, events=events, cutoff="2026-03-05"), expected)


def test_more_proof_of_contact_never_lowers_and_more_distance_never_raises_by_policy():
    policy = {name: declared.monotone for name, declared in CATALOGUE.items()}

    assert all(
        policy[name] == -1
        for name, declared in CATALOGUE.items()
        if declared.unit == "km" and name != "area_code_distance"
    )
    proofs = ("inbound_touches", "times_reached", "longest_call", "ways_used", "links_followed", "recent_touches")
    assert all(policy[name] == 1 for name in proofs)
