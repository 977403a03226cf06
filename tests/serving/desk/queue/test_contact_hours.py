"""May a person be called at this hour, and if not, from when on?"""

import time

import numpy as np
import pytest

from features.practice.practice import Practice
from features.practice.queue_policy import QueuePolicy
from serving.desk.queue.contact_hours import ContactHours, parse_preferred_hours

FRIDAY_TWO = np.datetime64("2026-11-20T20:02", "us")  # 14:02 in Chicago


def practice(*hours, desk=()):
    return Practice(
        timezone="America/Chicago",
        opening_hours=hours or ("Mon-Fri 08:00-18:00",),
        desk=QueuePolicy(contact_hours=desk),
    )


def looked_up(now, wish=None, ahead=np.nan, of=None):
    """From when one lead may be called, on the clock in Chicago (in winter), and why not now."""
    hours = ContactHours.at(np.datetime64(now, "us"), of or practice(), [wish], np.array([ahead]))
    from_when = hours.callable_from[0]
    return None if np.isnat(from_when) else str(
        (from_when - np.timedelta64(6, "h")).astype("datetime64[m]")
    ), hours.obstacle[0]


def test_within_the_hours_everybody_may_be_called():
    assert looked_up(FRIDAY_TWO) == (None, None)


@pytest.mark.parametrize(
    ("now", "wish", "ahead", "expected"),
    [
        ("2026-11-21T00:00", None, np.nan, ("2026-11-23T08:00", "we're closed")),
        ("2026-11-25T23:59", None, np.nan, (None, None)),
        ("2026-11-26T15:00", None, np.nan, ("2026-11-27T08:00", "we're closed")),
        ("2026-11-20T14:30", None, -2.0, ("2026-11-20T10:00", "too early or too late where they live")),
        (FRIDAY_TWO, "Evenings", np.nan, ("2026-11-20T16:00", "asked to be called in the evening")),
        (FRIDAY_TWO, "morning", np.nan, ("2026-11-23T08:00", "asked to be called in the morning")),
        (FRIDAY_TWO, "evening", 1.0, ("2026-11-20T15:00", "asked to be called in the evening")),
        ("2026-11-20T23:00", "after work", np.nan, (None, None)),
        (FRIDAY_TWO, "whenever", np.nan, (None, None)),
    ],
)
def test_a_call_waits_for_our_hours_theirs_and_the_time_they_asked_for(now, wish, ahead, expected):
    assert looked_up(now, wish, ahead) == expected


def test_a_wish_alone_is_told_from_hours_that_forbid_a_call():
    hours = ContactHours.at(FRIDAY_TWO, practice(), ["evening", "morning", None], np.array([np.nan, 9.0, np.nan]))
    closed = ContactHours.at(np.datetime64("2026-11-21T20:00", "us"), practice(), ["evening"], np.array([np.nan]))

    assert hours.is_preference_only.tolist() == [True, False, False] and closed.is_preference_only.tolist() == [False]


def test_a_wish_that_our_hours_never_meet_is_set_aside():
    assert looked_up(FRIDAY_TWO, "evening", of=practice("Mon-Fri 08:00-15:00")) == (None, None)


def test_the_desk_may_have_hours_of_its_own():
    of = practice("Mon-Fri 08:00-12:00", desk=("Mon-Fri 08:00-20:00",))

    assert looked_up(FRIDAY_TWO, of=of) == (None, None)


def test_a_desk_that_never_opens_within_a_week_keeps_everybody_to_the_end_of_it():
    assert looked_up("2026-11-21T20:00", of=practice("Sun 03:00-04:00"))[1] == "we're closed"


def test_what_people_write_about_their_time_is_read_for_its_part_of_the_day():
    assert [
        parse_preferred_hours(text) and parse_preferred_hours(text)[0]
        for text in ("Afternoons ok", "", None, "around noon", "lunch")
    ] == [
        "in the afternoon",
        None,
        None,
        "at noon",
        "at lunch time",
    ]


def test_ten_thousand_leads_are_looked_up_by_their_few_kinds():
    wishes, ahead = ["morning", "evening", None, "noon"] * 2500, np.tile([-2.0, 0.0, 1.0, np.nan], 2500)

    started = time.process_time()
    hours = ContactHours.at(FRIDAY_TWO, practice(), wishes, ahead)

    assert len(hours.obstacle) == 10_000 and time.process_time() - started < 0.2


def test_no_leads_need_no_hours():
    assert len(ContactHours.at(FRIDAY_TWO, practice(), [], np.empty(0)).callable_from) == 0
