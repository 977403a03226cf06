"""Does a row of another export say what a person reads in it, and when?"""

from datetime import UTC

import numpy as np
import pandas as pd

from features.joins.export_rows import NO_BOOKING, NO_TIME, UNKNOWN_STATUS, read_rows
from features.mapping.joined_exports import JoinedExport
from features.parsing.scalars import MISSING


def read(export, **columns):
    """Read the rows of an export with these columns, in UTC."""
    return read_rows("x.csv", pd.DataFrame(columns, dtype=object), export, UTC, MISSING)


def test_durations_are_seconds_also_with_colons():
    export = JoinedExport("events", {"phone": "N"}, {"occurred_at": "At", "duration_s": "Length"})

    rows = read(export, At=["2026-03-01 10:00"] * 5, Length=["2:35", "1:00:05", "42", "", "-3"])

    np.testing.assert_array_equal(rows.columns["duration_s"], [155, 3605, 42, np.nan, np.nan])


def test_a_day_without_a_time_is_known_at_its_end_and_begins_at_its_start():
    rows = read(JoinedExport("events", {"phone": "N"}, {"occurred_at": "Day"}), Day=["2026-03-01", "2026-03-02"])

    assert rows.starts[0] == np.datetime64("2026-03-01") and rows.times[0] > np.datetime64("2026-03-01T23:00")


def test_a_date_and_its_time_of_day_are_read_together():
    export = JoinedExport("events", {"phone": "N"}, {"occurred_at": "Day", "time_of_day": "Hour"})

    assert read(export, Day=["3/25/2026"], Hour=["2:30 PM"]).times[0] == np.datetime64("2026-03-25T14:30")


def test_a_row_without_a_time_or_without_a_booking_says_why():
    export = JoinedExport(
        "outcomes", {"phone": "N"}, {"occurred_at": "Visit", "status": "S"}, ("Held",), ("Came",), ("Waiting list",)
    )

    rows = read(export, Visit=["2026-03-01", "", "2026-03-01", "2026-03-01"], S=["held", "Came", "Waiting List", "?7"])

    assert rows.faults.tolist() == [None, NO_TIME, NO_BOOKING, UNKNOWN_STATUS]
    assert rows.undecided == {"?7": 1} and any("no column says when an appointment was booked" in n for n in rows.notes)
