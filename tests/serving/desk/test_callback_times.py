"""Is a callback saved for the time that was typed, and is a closed hour noticed?"""

from datetime import UTC, datetime, timedelta

import pytest

from features.practice.practice import Practice
from serving.desk.callback_times import QUICK_CHOICES, CallbackClock

PRACTICE = Practice(timezone="America/Chicago", opening_hours=("Mon-Fri 08:00-18:00", "Sat 09:00-12:00"))
MONDAY = datetime(2026, 11, 30, 16, 20, tzinfo=UTC)
"""A Monday, 10:20 in Chicago."""


def parse(text, now=MONDAY, practice=PRACTICE):
    moment = CallbackClock(practice, now).parse(text)
    return None if moment is None else f"{moment:%a %Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tomorrow 3 pm", "Tue 2026-12-01 15:00"),
        ("Tomorrow at 3 p.m.", "Tue 2026-12-01 15:00"),
        ("tom 3p", "Tue 2026-12-01 15:00"),
        ("t3", "Tue 2026-12-01 15:00"),
        ("tomorrow, 15:00", "Tue 2026-12-01 15:00"),
        ("tomorrow", "Tue 2026-12-01 08:00"),
        ("tomorrow morning", "Tue 2026-12-01 09:00"),
        ("3", "Mon 2026-11-30 15:00"),
        ("3:30", "Mon 2026-11-30 15:30"),
        ("noon", "Mon 2026-11-30 12:00"),
        ("12", "Mon 2026-11-30 12:00"),
        ("12 am", "Tue 2026-12-01 00:00"),
        ("9", "Tue 2026-12-01 09:00"),
        ("today 5", "Mon 2026-11-30 17:00"),
        ("monday 9", "Mon 2026-12-07 09:00"),
        ("monday 11", "Mon 2026-11-30 11:00"),
        ("next monday 11", "Mon 2026-12-07 11:00"),
        ("fri 10:30am", "Fri 2026-12-04 10:30"),
        ("on Thursday around 2", "Thu 2026-12-03 14:00"),
        ("12/4 2pm", "Fri 2026-12-04 14:00"),
        ("12/4/26 2pm", "Fri 2026-12-04 14:00"),
        ("Dec 4 2pm", "Fri 2026-12-04 14:00"),
        ("4th december at 2 pm", "Fri 2026-12-04 14:00"),
        ("1/5 9", "Tue 2027-01-05 09:00"),
        ("in 90 min", "Mon 2026-11-30 11:50"),
        ("in an hour", "Mon 2026-11-30 11:20"),
        ("in half an hour", "Mon 2026-11-30 10:50"),
        ("in 2 days", "Wed 2026-12-02 10:20"),
        ("2026-12-01T15:00", "Tue 2026-12-01 15:00"),
        ("sunday 3 am", "Sun 2026-12-06 03:00"),
        ("3pm tomorrow", "Tue 2026-12-01 15:00"),
        ("3 p.m. tomorrow", "Tue 2026-12-01 15:00"),
        ("10:30 fri", "Fri 2026-12-04 10:30"),
        ("9 on Monday", "Mon 2026-12-07 09:00"),
        ("2 pm dec 4", "Fri 2026-12-04 14:00"),
        ("2pm 12/4", "Fri 2026-12-04 14:00"),
        ("noon tomorrow", "Tue 2026-12-01 12:00"),
        ("weds 2", "Wed 2026-12-02 14:00"),
        ("3pm next tues", "Tue 2026-12-08 15:00"),
        ("mañana 3 pm", "Tue 2026-12-01 15:00"),
        ("mañana a las 3 de la tarde", "Tue 2026-12-01 15:00"),
        ("Mañana por la mañana", "Tue 2026-12-01 09:00"),
        ("hoy a las 5", "Mon 2026-11-30 17:00"),
        ("el viernes a las 10:30", "Fri 2026-12-04 10:30"),
        ("vie 10:30", "Fri 2026-12-04 10:30"),
        ("miércoles 9 de la mañana", "Wed 2026-12-02 09:00"),
        ("4 de diciembre a las 2", "Fri 2026-12-04 14:00"),
        ("en 2 horas", "Mon 2026-11-30 12:20"),
        ("en una hora", "Mon 2026-11-30 11:20"),
        ("mañana al mediodía", "Tue 2026-12-01 12:00"),
        ("próximo martes 3 pm", "Tue 2026-12-08 15:00"),
    ],
)
def test_a_time_is_read_as_people_mean_it(text, said):
    assert parse(text) == said


@pytest.mark.parametrize(
    "text",
    ["", "soon", "today 9", "today", "25:00", "13 pm", "0 am", "9:75", "2/30 9", "2020-01-01T00:00", "tomorrow maybe",
     "12/1/20 9", "in 3", "9" * 100, "2026-02-31", "2026-02-31 09:00", "2026-13-01", "2026-12-01 25:00", "2/31",
     "31 feb 9", "3pm whenever", "3 whenever", "whenever 3pm", "money 9", "sunset 5", "3 decide", "marvelous 4",
     "next 3", "next whenever 3", "3pm tomorrow maybe", "monthly 4", "3pm 4pm", "mañana quizás",
     "pasado", "el 3 de nada", "tomorrow tomorrow"],
)  # fmt: skip
def test_what_cannot_be_read_or_is_past_is_never_another_time(text):
    assert parse(text) is None


def test_an_hour_that_a_clock_change_skips_is_refused_and_hours_pass_in_real_time():
    before_change = datetime(2026, 3, 8, 7, 30, tzinfo=UTC)  # 01:30 in Chicago; at 02:00 it becomes 03:00

    assert parse("today 2:30 am", before_change) is None
    assert parse("in 1 hour", before_change) == "Sun 2026-03-08 03:30"


def test_the_repeated_hour_of_autumn_does_not_lengthen_a_wait():
    moment = CallbackClock(PRACTICE, datetime(2026, 11, 1, 5, 30, tzinfo=UTC)).parse("in 2 hours")

    assert moment.astimezone(UTC) - datetime(2026, 11, 1, 5, 30, tzinfo=UTC) == timedelta(hours=2)


def test_outside_the_us_the_day_comes_first_and_the_clock_has_24_hours():
    british = Practice(timezone="Europe/London", locale="en-GB")

    assert parse("4/12 15:00", practice=british) == "Fri 2026-12-04 15:00"


@pytest.mark.parametrize("choice", QUICK_CHOICES)
def test_every_choice_offered_is_a_time_to_come(choice):
    assert parse(choice) is not None


def warn(text, postal_code=None):
    clock = CallbackClock(PRACTICE, MONDAY)
    return clock.warn(clock.parse(text), postal_code)


def test_a_closed_hour_is_named_with_the_next_opening():
    assert warn("sunday 3 am") == "We are closed then (Sun, Dec 6, 3 AM). We open Mon, Dec 7, 8 AM."
    assert warn("tomorrow 6 pm").startswith("We are closed then")
    assert warn("tomorrow 8 am") == warn("sat 11") == ""


def test_an_hour_at_which_nobody_may_be_called_where_they_live_is_named():
    early = warn("tomorrow 9 am", "96813")

    assert early == "It is 5 AM then where they live. Calls are allowed from 8 AM to 9 PM."
    assert warn("tomorrow 9 am", "75201") == warn("tomorrow 9 am", "00000") == ""
