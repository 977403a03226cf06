"""Is a long column of times read as each of its values alone, where it is taken apart by distinct halves?"""

import random
from dataclasses import asdict
from datetime import UTC

import numpy as np
import pytest

from features.parsing.dates.date_evidence import DateEvidence, collect_evidence
from features.parsing.dates.date_format_decision import DateFormat
from features.parsing.dates.date_texts import is_no_date
from features.parsing.dates.date_values import split_date_value, split_plain_times
from features.parsing.dates.timestamps import parse_time, to_time
from features.parsing.scalars import MISSING, is_missing

DAYS = (
    "01/06/2026",
    "6/1/2026",
    "25.03.2026",
    "31/12/2025",
    "02/30/2026",
    "00/00/0000",
    "1-2-26",
    "2026/03/04",
    "soon",
)
CLOCKS = (
    "08:05",
    "8:05 AM",
    "00:00",
    "12:00 am",
    "17:30:15 EST",
    "5 pm Friday",
    "9:05 IST",
    "24:61",
    "08:05 +02:00",
    "",
)


@pytest.fixture(scope="module")
def texts() -> list:
    """Two thousand values: every day with every time of day, other dates, spaces, gaps and numbers as texts."""
    draw = random.Random(3)
    values = [f"{day} {clock}" for day in DAYS for clock in CLOCKS]
    values += [
        "6 Jan 2026 8:05",
        "Mon Jan 06 2025 08:05:00 GMT-0500",
        "20260106",
        "1736150700",
        "N/A",
        "",
        " - ",
        "x" * 95,
    ]
    values += [f"  {value}  " for value in values[:40]] + ["0000-00-00 00:00:00", "/Date(1736150700000)/", None]
    return draw.choices(values, k=2_000)


def test_halves_say_what_the_whole_text_says(texts):
    times = split_plain_times(texts, MISSING)

    assert len(times.positions) > 500
    for position, day, clock in zip(times.positions, times.day_codes, times.clock_codes, strict=True):
        parts = split_date_value(texts[position])
        assert (parts.date, parts.clock, parts.zone) == (times.days[day], *times.clocks[clock]), texts[position]
    assert sorted([*times.positions, *times.list_others(len(texts))]) == list(range(len(texts)))


def test_a_marker_that_looks_like_a_time_is_compared_with_each_text():
    texts = ["01/01/1900 00:00", "02/01/2026 08:00"] * 100

    assert len(split_plain_times(texts, MISSING | {"01/01/1900 00:00"}).positions) == 0
    assert collect_evidence(np.array(texts, object), MISSING | {"01/01/1900 00:00"}).rows == 100


def test_the_evidence_of_a_long_column_is_that_of_its_values(texts):
    one_by_one = DateEvidence()
    for value in dict.fromkeys(texts):
        if not is_missing(value) and not (isinstance(value, str) and is_no_date(value.strip())):
            one_by_one.add(split_date_value(value), texts.count(value))

    assert asdict(collect_evidence(np.array(texts, object))) == asdict(one_by_one)


@pytest.mark.parametrize(
    "date_format",
    [
        DateFormat(order="day_first"),
        DateFormat(order="month_first", zone="America/New_York"),
        DateFormat(order="month_first", time_of_day=False),
        DateFormat(strict=False),
    ],
)
def test_the_times_of_a_long_column_are_those_of_its_values(texts, date_format):
    times, bad, naive = to_time(np.array(texts, object), UTC, MISSING, date_format)

    alone = [parse_time(value, UTC, MISSING, date_format) for value in texts]
    np.testing.assert_array_equal(times, np.array([time for time, _, _ in alone]))
    np.testing.assert_array_equal(bad, [is_bad for _, is_bad, _ in alone])
    assert naive == sum(is_naive for _, _, is_naive in alone)
