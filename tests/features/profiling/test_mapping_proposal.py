"""Does the proposed mapping hold what was guessed and nothing else, and is what a person must decide asked?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.parsing.parsed_columns import ParsedColumns
from features.parsing.scalars import MISSING
from features.profiling.column_roles import ColumnFinding
from features.profiling.created_at_choice import CreatedAtChoice
from features.profiling.date_columns import profile_dates
from features.profiling.mapping_proposal import ExportGuesses, build_mapping, collect_date_doubts, collect_notes
from features.profiling.order_guess import OrderGuess
from features.readers.memory_frames import read_memory_frames

FINDINGS = (
    ColumnFinding("Visits", 1.0, 9, "custom number", "no column of ours"),
    ColumnFinding("Owner", 1.0, 2, "left out", "known only after the outcome"),
)


@pytest.fixture(scope="module")
def raw():
    frame = pd.DataFrame({"ID": range(3), "Visits": 1.0, "Owner": "x"})
    return read_memory_frames({"leads": frame})["leads"]


@pytest.fixture
def guesses():
    order = OrderGuess("ID", True, "a serial number, unique")
    return ExportGuesses({"--": 2}, {"lead_id": "ID"}, None, order, {}, CreatedAtChoice(None, ""), {})


def test_the_mapping_holds_what_was_guessed(raw, guesses):
    mapping = build_mapping(raw, guesses, FINDINGS)

    assert (mapping.leads, mapping.custom, mapping.missing) == ({"lead_id": "ID"}, {"Visits": "number"}, ("--",))
    assert mapping.leave_out == {"Owner": "known only after the outcome"}
    assert (mapping.order_by, mapping.order_newest_first, mapping.label_column) == ("ID", True, None)
    assert mapping.day_first is None and mapping.dates == {}


def test_the_notes_say_what_counts_as_missing_and_what_gives_the_order(raw, guesses):
    notes = " ".join(collect_notes(raw, guesses))

    assert "'--' is in 2 columns" in notes and "No date was found. Order: a serial number, unique." in notes


def test_a_missing_time_of_the_inquiry_and_unread_dates_are_said(guesses):
    guesses = replace(guesses, created_at=CreatedAtChoice(None, "two dates are as good"))

    doubts = collect_date_doubts(guesses, {"When": "is no date that can be read"})

    assert doubts == ("'When' is no date that can be read. It is not used.", "No created_at: two dates are as good.")


def test_dates_of_which_some_have_the_day_first_and_some_the_month_are_a_question(guesses):
    texts = np.resize(["23/04/2026", "04/23/2026", "05/06/2026"], 60)
    dates = profile_dates(ParsedColumns(pd.DataFrame({"When": texts}), MISSING), {"When": "date"})
    guesses = replace(guesses, dates=dates)

    (doubt,) = collect_date_doubts(guesses, {})

    assert doubt.startswith("QUESTION about 'When'")
