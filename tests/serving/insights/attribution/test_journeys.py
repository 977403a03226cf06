"""Is a journey what a person would call one: who, from when to when, in which order?"""

import numpy as np
import pandas as pd
import pytest

from serving.insights.attribution.journeys import MOST_NAMES, Inquiries, Touches, build_journeys, find_people

NO_TOUCHES = Touches(np.empty(0, np.int64), np.empty(0))


def inquire(*rows):
    """Inquiries from (person, day of arrival, days to the booking or None, name)."""
    person, arrived, booked, name = zip(*rows, strict=True)
    booked = [np.nan if days is None else float(days) for days in booked]
    return Inquiries(np.array(person), np.array(arrived, float), np.array(booked), np.array(name, object))


def paths(journeys):
    """Journeys as (names in order, whether booked)."""
    names = np.array(journeys.names, object)[journeys.code]
    return [(tuple(names[journeys.journey == i]), bool(booked)) for i, booked in enumerate(journeys.booked)]


def test_inquiries_before_a_booking_are_one_journey_and_those_after_it_another():
    inquiries = inquire((0, 0, None, "radio"), (0, 5, 3, "search"), (0, 20, None, "search"), (1, 1, None, "radio"))

    journeys = build_journeys(inquiries, NO_TOUCHES, "channel")

    assert paths(journeys) == [(("radio", "search"), True), (("search",), False), (("radio",), False)]
    assert journeys.days_before.tolist() == [5.0, 0.0, 0.0, 0.0]
    assert (journeys.first_inquiry.tolist(), journeys.last_inquiry.tolist()) == ([0, 2, 3], [1, 2, 3])


def test_a_booking_entered_under_the_first_of_two_inquiries_belongs_to_their_journey():
    assert paths(build_journeys(inquire((0, 0, 6, "radio"), (0, 5, None, "search")), NO_TOUCHES, "channel")) == [
        (("radio", "search"), True)
    ]


def test_after_ninety_days_a_new_journey_starts():
    assert len(build_journeys(inquire((0, 0, None, "radio"), (0, 90, None, "radio")), NO_TOUCHES, "channel")) == 1
    assert len(build_journeys(inquire((0, 0, None, "radio"), (0, 91, None, "radio")), NO_TOUCHES, "channel")) == 2


def test_touches_stand_before_their_inquiry_and_repeated_ones_count_once():
    touches = Touches(
        np.zeros(5, np.int64),
        np.array([-100.0, -3.0, -2.0, -1.0, 0.0]),
        {"channel": np.array(["too early", "radio", "radio", None, "social"], object)},
    )

    journeys = build_journeys(inquire((0, 0, 2, "search")), touches, "channel")

    # At the same moment the inquiry is the last touch.
    assert paths(journeys) == [(("radio", "social", "search"), True)]


def test_touches_of_another_dimension_and_inquiries_without_a_name_do_not_count():
    touches = Touches(np.zeros(1, np.int64), np.array([-1.0]), {"campaign": np.array(["spring"], object)})

    assert paths(build_journeys(inquire((0, 0, 2, None), (1, 0, 2, "radio")), touches, "channel")) == [
        (("radio",), True)
    ]


def test_rare_names_are_taken_together():
    rows = [(number, number, None, f"name {number % 20:02d}") for number in range(190)]

    journeys = build_journeys(inquire(*rows), NO_TOUCHES, "channel")

    assert len(journeys.names) == MOST_NAMES and journeys.names[-1] == "All others"
    assert len(journeys) == 190


@pytest.mark.parametrize(
    ("phones", "emails", "expected"),
    [
        ((None, None), (None, None), [0, 1]),
        (("617-555-0123", "+1 617 555 0123"), (None, "ann@example.org"), [0, 0]),
        (("617-555-0123", "617-555-0199"), ("ann@example.org", "Ann@Example.org"), [0, 0]),
        (("617-555-0123", "617-555-0199"), ("ann@example.org", "bob@example.org"), [0, 1]),
    ],
)
def test_people_are_who_shares_a_contact(phones, emails, expected):
    leads = pd.DataFrame({"phone": phones, "email": emails}, dtype=object)

    people = find_people(leads, np.array(["2026-01-01", "2026-01-09"], "datetime64[us]"))

    assert people.tolist() == expected


def test_a_mother_and_a_coordinator_around_one_patient_are_one_journey():
    leads = pd.DataFrame(
        {
            "phone": ["617-555-0123", "617-555-0199", "617-555-0123"],
            "email": ["mother@example.org", "clinic@example.org", "clinic@example.org"],
        },
        dtype=object,
    )

    assert find_people(leads, np.array(["2026-01-01", "2026-01-02", "2026-01-03"], "datetime64[us]")).tolist() == [
        0,
        0,
        0,
    ]


def test_a_contact_of_many_leads_is_nobodys():
    leads = pd.DataFrame({"phone": ["617-555-0123"] * 14}, dtype=object)
    arrived = np.datetime64("2026-01-01", "us") + np.arange(14) * np.timedelta64(1, "D")

    assert len(set(find_people(leads, arrived).tolist())) == 14


def test_leads_without_contact_data_are_each_somebody_else():
    leads = pd.DataFrame({"channel": ["a", "b"]})

    assert find_people(leads, np.array(["2026-01-01", "2026-01-02"], "datetime64[us]")).tolist() == [0, 1]


def test_names_that_were_taken_together_before_are_not_taken_for_one_name():
    names = [f"c{i:02}" for i in range(20) for _ in range(25 - i)] + ["All others"] * 60
    inquiries = inquire(*((person, person, None, name) for person, name in enumerate(names)))

    journeys = build_journeys(inquiries, NO_TOUCHES, "campaign")

    assert journeys.names == (*(f"c{i:02}" for i in range(MOST_NAMES - 1)), "All others")
    assert (journeys.code == MOST_NAMES - 1).sum() == 60 + sum(25 - i for i in range(MOST_NAMES - 1, 20))
