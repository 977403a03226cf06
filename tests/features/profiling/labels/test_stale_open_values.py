"""Is a status of old leads that reads as open asked about, and one of new leads not?"""

import numpy as np
import pandas as pd
import pytest

from features.parsing.dates.date_evidence import DateEvidence
from features.parsing.dates.date_format_decision import DateFormat
from features.profiling.date_columns import DateColumn
from features.profiling.labels.label_detection import guess_label
from features.profiling.labels.stale_open_values import ask_about_stale_values

ARRIVALS = np.arange("2025-01-01", "2025-10-28", dtype="datetime64[D]").astype("datetime64[us]")


def ask(statuses):
    """Return the questions about a column of statuses, one lead a day."""
    frame = pd.DataFrame({"Status": statuses})
    created = DateColumn("Created", DateFormat(), DateEvidence(), ARRIVALS, None)
    return ask_about_stale_values(guess_label(frame, frozenset()), frame, created, frozenset()).questions


def ask_about_flags(attended, missed):
    """Return the questions about two columns of yes and no, one lead a day."""
    frame = pd.DataFrame({"Attended": attended, "No Show": missed})
    created = DateColumn("Created", DateFormat(), DateEvidence(), ARRIVALS, None)
    return ask_about_stale_values(guess_label(frame, frozenset()), frame, created, frozenset()).questions


@pytest.mark.parametrize("status", ["No answer", "Nicht erreicht", "Left voicemail"])
def test_an_open_status_of_leads_of_all_ages_is_a_question(status):
    (question,) = ask([("Booked", "Lost", status)[i % 3] for i in range(300)])

    assert question.startswith(f"100 leads are still {status!r}") and "not_booked" in question


def test_an_open_status_of_the_newest_leads_is_none():
    assert ask([("Booked", "Lost")[i % 2] if i < 260 else "Working" for i in range(300)]) == ()


def test_a_few_leads_are_no_reason_to_ask():
    assert ask(["No answer" if i % 20 == 0 else ("Booked", "Lost")[i % 2] for i in range(300)]) == ()


def test_leads_that_neither_of_two_flags_ends_are_a_question_where_they_are_as_old_as_the_others():
    attended = np.resize(["Yes", "No", "No"], 300)
    missed = np.resize(["No", "Yes", "No"], 300)
    is_new = np.arange(300) >= 260
    late = np.where(is_new, "No", np.resize(["Yes", "No"], 300)), np.where(is_new, "No", np.resize(["No", "Yes"], 300))

    (question,) = ask_about_flags(attended, missed)

    assert question.startswith(
        "100 leads are neither 'Attended' nor ended by 'No Show', half of them for over 148 days"
    )
    assert "delete decided_by" in question
    assert ask_about_flags(*late) == ()
