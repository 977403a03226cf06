"""Is each way to write a date read as people read it, alone and in a column, and is a doubt a question?"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from features.parsing.dates.date_evidence import collect_evidence
from features.parsing.dates.date_format_decision import DateFormat, decide_format
from features.parsing.dates.date_texts import join_date_and_time
from features.parsing.dates.timestamps import parse_time, to_known_time, to_time

NEW_YORK = ZoneInfo("America/New_York")


def utc(value, date_format=None):
    """Return one parsed time as text, in UTC."""
    return str(parse_time(value, NEW_YORK, date_format=date_format or DateFormat(strict=False))[0])[:16]


def decide(values):
    """Return (order, question) of a column."""
    decided, question = decide_format(collect_evidence(values))
    return decided.order, question


@pytest.mark.parametrize(
    "written",
    [
        "2025-01-06 08:05",
        "2025-01-06T13:05:00.000+0000",
        "2025-01-06T08:05:00-05:00[America/New_York]",
        "2025-01-06 08:05 AM EST",
        "2025-01-06 08:05 (EST)",
        "2025-01-06 07:05 CST",
        "2025-01-06 14:05 CET",
        "2025-01-06 13:05 UTC",
        "2025-01-06 15:05 GMT+2",
        "2025-01-06 08:05 UTC-05:00",
        "2025-01-06 05:05 America/Los_Angeles",
        "2025-01-06 08:05:00,123",
        "2025-01-06 08:05:00.123456789",
        "2025/1/6 8:05",
        "2025.01.06 08:05",
        "20250106 08:05",
        "20250106T080500",
        "20250106T130500Z",
        "20250106080500",
        "202501060805",
        "01/06/2025, 08:05:00\u202fAM",
        "01/06/2025, 8:05\u00a0AM",
        "01/06/2025 8:05\u2009a.m.",
        "1/6/2025 8:05AM",
        "1/6/25, 8:05 AM",
        "1/6/2025 8:05 a. m.",
        "\u200e1\u200e/\u200e6\u200e/\u200e2025 08:05",
        "06 Jan, 2025 08:05:00",
        "Jan 6, 2025, 8:05 AM",
        "January 6th, 2025 at 8:05 AM",
        "Monday, January 6, 2025 8:05:00 AM",
        "8:05 AM on January 6, 2025",
        "Mon Jan 06 2025 08:05:00 GMT-0500 (Eastern Standard Time)",
        "Mon, 06 Jan 2025 08:05:00 -0500",
        "Mon Jan 6 08:05:00 EST 2025",
        "Mon Jan 06 13:05:00 +0000 2025",
        "06/Jan/2025:08:05:00 -0500",
        "06-JAN-25 08.05.00.000000 AM",
        "2025-Jan-06 08:05",
        "06.01.2025 08:05",
        "06.01.2025 8.05 Uhr",
        "06.01.2025, 14:05 Uhr MEZ",
        "6. Januar 2025 um 08:05 Uhr",
        "lundi 6 janvier 2025 à 8h05",
        "6 de enero de 2025, 8:05 a. m.",
        "segunda-feira, 6 de janeiro de 2025 às 08:05",
        "lunedì 6 gennaio 2025 alle 08:05",
        "6 januari 2025 om 08:05",
        "\uff12\uff10\uff12\uff15-\uff10\uff11-\uff10\uff16 \uff10\uff18:\uff10\uff15",
        "2025年1月6日 8:05",
        "1736168700",
        "1736168700000",
        "1736168700000000",
        1736168700.0,
        "/Date(1736168700000)/",
        datetime(2025, 1, 6, 8, 5),
        45663.33680555555,
    ],
)
def test_the_same_moment_however_it_is_written(written):
    assert utc(written) == "2025-01-06T13:05"


@pytest.mark.parametrize(
    "written",
    [
        "617-555-0123",
        "1-800-555-1234",
        "10:30",
        "12 h",
        "5 kg",
        "2-3-4 Street",
        "1.2.3",
        "12.50.00",
        "2025-W02-1",
        "2025-13-01",
        "Order 20250106",
        "20251340",
        "02139",
        "$1,234.50",
        "2025-01-06 08:05:00 XYZ",
        "2025-01-06 08:05 IST",
        "1/6/2025 13:05 PM",
        "Jan 2025",
        "spring 2025 or so",
    ],
)
def test_what_is_no_date_or_not_certain_is_not_read(written):
    moment, bad, _ = parse_time(written, NEW_YORK)

    assert np.isnat(moment)
    assert bad


@pytest.mark.parametrize("written", ["0000-00-00", "0000-00-00 00:00:00", "00/00/0000"])
def test_the_empty_date_of_a_database_is_missing(written):
    assert parse_time(written, NEW_YORK)[1] is False


def test_a_column_has_one_order_that_one_date_proves():
    assert decide(["03/04/2026", "25/03/2026"]) == ("day_first", None)
    assert decide(["03/04/2026", "03/25/2026"]) == ("month_first", None)
    assert decide(["03/04/2026", "05/04/2026"]) == (None, None)


def test_proofs_of_both_orders_are_a_question_with_counts():
    order, question = decide(["25/03/2026"] * 3 + ["03/25/2026"] * 2 + ["03/04/2026"])

    assert order == "day_first"
    assert question == "day and month are mixed: 3 of its dates have the day first for certain, 2 the month first"


def test_one_slip_among_hundreds_of_dates_is_not_read_and_no_question():
    values = np.array([f"{1 + day % 12}/{1 + day % 28}/2026" for day in range(600)] + ["25/03/2026"], object)
    decided, question = decide_format(collect_evidence(values))

    assert (decided.order, question) == ("month_first", None)
    assert np.flatnonzero(to_time(values, UTC, date_format=decided)[1]).tolist() == [600]


@pytest.mark.parametrize(
    "swapped",
    [
        [f"{month}/{day}/2026 9:30" for month in range(1, 13) for day in (2, 5)],
        [f"2026-{month:02d}-{day:02d} 09:30:00" for month in range(1, 13) for day in (2, 5)],
        [datetime(2026, month, day, 9, 30) for month in range(1, 13) for day in (2, 5)],
    ],
    ids=["the same marks without zeros", "ISO", "cells of Excel"],
)
def test_dates_that_excel_swapped_are_a_question(swapped):
    kept = [f"{day}/0{month}/2026 09:30" for month in range(1, 10) for day in (14, 28)]

    question = decide([*kept, *swapped])[1]

    assert question.startswith("it seems that Excel swapped day and month of 24 dates: all 18 dates")


def test_two_exports_in_different_formats_are_no_swap():
    iso = [f"2026-{month:02d}-{day:02d}" for month in range(1, 13) for day in (2, 17)]
    slashed = [f"{day:02d}/{month:02d}/2026" for month in range(1, 13) for day in (3, 11, 19)]

    assert decide(iso + slashed) == ("day_first", None)


def test_a_two_digit_year_comes_first_where_only_then_the_dates_lie_together():
    year_first = [f"25/0{month}/{day:02d}" for month in range(1, 6) for day in range(1, 29)]
    day_first = [f"{day:02d}/0{month}/25" for month in range(1, 6) for day in range(1, 29)]
    month_first = [f"0{month}/{day:02d}/25" for month in range(1, 6) for day in range(1, 29)]

    assert [decide(values) for values in (year_first, day_first, month_first)] == [
        ("year_first", None),
        ("day_first", None),
        ("month_first", None),
    ]
    assert utc("25/01/06 08:05", DateFormat(order="year_first")) == "2025-01-06T13:05"


def test_an_ambiguous_zone_is_a_question_that_the_mapping_answers():
    values = ["2025-01-06 08:05 IST", "2025-01-07 09:00 IST"]

    assert "time zone whose abbreviation stands for several" in decide(values)[1]
    answered = DateFormat(zone="Asia/Kolkata")
    assert decide_format(collect_evidence(values), answered)[1] is None
    assert utc(values[0], answered) == "2025-01-06T02:35"


def test_a_column_of_midnights_has_days_and_no_times():
    values = ["2026-03-14T00:00:00Z", "2026-03-15T00:00:00Z"]
    decided, _ = decide_format(collect_evidence(values))

    assert decided.time_of_day is False
    assert str(to_time(values, NEW_YORK, date_format=decided)[0][0])[:16] == "2026-03-14T04:00"


def test_a_day_of_an_event_counts_at_its_end_and_a_time_where_it_is():
    times = to_time(["2026-03-14", "2026-03-14 09:30"], NEW_YORK, day_ends=True)[0]

    assert times.astype("datetime64[m]").astype(str).tolist() == ["2026-03-15T04:00", "2026-03-14T13:30"]
    assert str(to_known_time(["03/14/2026"], NEW_YORK)[0][0])[:16] == "2026-03-15T04:00"


@pytest.mark.parametrize("as_column", [pd.Series, lambda values: np.array(values, object)], ids=["Series", "array"])
def test_a_long_column_is_read_like_its_values(as_column):
    values = [f"{1 + day % 28}/{1 + day % 12}/2026 {day % 24}:05" for day in range(300)] + ["2026-05-06T08:05Z"] * 3
    decided, _ = decide_format(collect_evidence(as_column(values)))

    assert decided == DateFormat(order="day_first", time_of_day=True)
    times, bad, naive = to_time(as_column(values), NEW_YORK, date_format=decided)
    assert not bad.any()
    assert naive == 300
    assert times.tolist() == [parse_time(value, NEW_YORK, date_format=decided)[0].item() for value in values]


def test_the_evidence_of_two_chunks_is_that_of_the_whole():
    values = ["25/03/2026", "03/04/2026 08:05", "soon", "2026-03-04", "25/01/06", None, "3/4/26 08:05 IST"]

    assert collect_evidence(values[:3]) + collect_evidence(values[3:]) == collect_evidence(values)


@pytest.mark.parametrize(
    ("day", "clock", "joined"),
    [
        ("01/06/2025", "8:05 AM", "01/06/2025 8:05 AM"),
        (datetime(2025, 1, 6), time(8, 5), "2025-01-06 08:05:00"),
        (date(2025, 1, 6), "08:05", "2025-01-06 08:05"),
        ("2025-01-06", 0.33680555555, "2025-01-06 8:05:00"),
        ("2025-01-06", None, "2025-01-06"),
    ],
)
def test_a_date_is_joined_with_its_time_of_day(day, clock, joined):
    assert join_date_and_time(day, clock) == joined
    assert utc(joined) in ("2025-01-06T13:05", "2025-01-06T05:00")
