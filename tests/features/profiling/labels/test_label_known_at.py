"""Is the date on which an outcome became known found by what it says, and no other date taken for it?"""

import pandas as pd
import pytest

from features.profiling.export_profile import profile_export
from features.profiling.labels.label_guess import LabelGuess
from features.profiling.labels.label_known_at import add_known_at
from features.readers.frame_writer import write_frame

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
def test_a_date_counts_by_its_header_or_a_label_of_attendance_and_only_behind_the_inquiry(
    header, dates, label, known_at
):
    assert find(header, dates, label) == known_at


def test_without_a_label_or_dates_of_arrival_there_is_none():
    frame = pd.DataFrame({"Close date": LATER})

    assert add_known_at(None, frame, {"Close date": "date"}, {"created_at": "Created"}, frozenset()) is None


@pytest.mark.parametrize("label, known_at", [("Canceled", "Start Date & Time"), ("Converted", None)])
def test_a_cancellation_is_known_when_the_visit_was_to_be(tmp_path, label, known_at):
    created = pd.date_range("2025-03-01 09:13", periods=120, freq="7h")
    frame = pd.DataFrame(
        {
            "Event UUID": [f"{n:04x}bc91{n:04x}" for n in range(120)],
            "Event Created Date & Time": created.astype(str),
            "Start Date & Time": (created + pd.to_timedelta(5, unit="D")).round("h").astype(str),
            label: ["false", "true", "false"] * 40,
        }
    )
    write_frame(frame, tmp_path / "events.csv")

    assert profile_export(tmp_path / "events.csv").mapping.label_known_at == known_at
