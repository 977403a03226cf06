"""Is the date on which an outcome became known found by what it says, and no other date taken for it?"""

import pandas as pd
import pytest

from features.profiling.labels.label_guess import LabelGuess
from features.profiling.labels.label_known_at import add_known_at

CREATED = pd.date_range("2026-01-01", periods=40).strftime("%Y-%m-%d")
LATER = pd.date_range("2026-01-09", periods=40).strftime("%Y-%m-%d")
EARLIER = pd.date_range("2025-12-01", periods=40).strftime("%Y-%m-%d")


def find(header, dates, label="Booked"):
    """The column of the date that goes with the label; None for none."""
    frame = pd.DataFrame({"Created": CREATED, label: ["Yes", "No"] * 20, header: dates})
    guess = LabelGuess(label, ("Yes",), ("No",), "")
    return add_known_at(guess, frame, {header: "date"}, {"created_at": "Created"}, frozenset()).known_at


@pytest.mark.parametrize(
    ("header", "dates", "label", "known_at"),
    [
        ("Close date", LATER, "Booked", "Close date"),
        ("Changed", LATER, "Booked", None),
        ("Changed", LATER, "Showed up", "Changed"),
        ("Close date", EARLIER, "Booked", None),
    ],
)
def test_a_date_counts_by_its_header_or_a_label_of_attendance_and_only_behind_the_enquiry(
    header, dates, label, known_at
):
    assert find(header, dates, label) == known_at


def test_without_a_label_or_dates_of_arrival_there_is_none():
    frame = pd.DataFrame({"Close date": LATER})

    assert add_known_at(None, frame, {"Close date": "date"}, {"created_at": "Created"}, frozenset()) is None
