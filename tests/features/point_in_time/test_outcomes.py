"""Is a conversion known by its own recording, and by no other row's?"""

import numpy as np
import pandas as pd

from features.point_in_time.outcomes import build_history
from features.practice.practice import Practice
from features.tables.tables import Tables

LEADS = ("L1", "L2", "L3", "L4", "L5")
"""As many as a published count holds at least."""


def at(day):
    """A day of 2026 in UTC."""
    return pd.Timestamp(f"2026-{day}", tz="UTC")


def make_tables(*outcomes):
    """Five leads of the first of January, and the outcomes of each: (stage, occurred, recorded)."""
    leads = pd.DataFrame(
        {
            "lead_id": np.array(LEADS, object),
            "created_at": pd.Series([at("01-01")] * len(LEADS)),
            "channel": np.array(["phone"] * len(LEADS), object),
        }
    )
    rows = pd.DataFrame(
        [
            {"lead_id": lead, "stage": stage, "occurred_at": at(occurred), "recorded_at": at(recorded)}
            for stage, occurred, recorded in outcomes
            for lead in LEADS
        ]
    )
    return Tables(leads, pd.DataFrame(), rows, pd.DataFrame())


def rate(tables, moment):
    """How many of the channel had booked by then, as the history has it."""
    history = build_history(tables, Practice(), "booked", np.datetime64("2026-12-31", "us"))
    return history.rate(
        "channel",
        np.array(["phone"], object),
        np.array(["somebody else"], object),
        np.array([moment], "datetime64[us]"),
    )


def test_a_booking_written_down_late_is_not_known_by_an_attendance_that_came_too_late():
    late = ("booked", "01-10", "02-10")
    attended = ("attended", "02-05", "02-05")

    both = [rate(make_tables(late, attended), f"2026-{day}") for day in ("02-07", "02-11")]
    cut = rate(make_tables(attended), "2026-02-07")

    np.testing.assert_array_equal(both[0], cut)
    assert not np.array_equal(both[1], both[0])
