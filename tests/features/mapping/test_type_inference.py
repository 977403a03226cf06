"""Which kind of value does a column hold?"""

import numpy as np
import pandas as pd
import pytest

from features.mapping.type_inference import find_exclusion_reason, infer_kind


@pytest.mark.parametrize(
    "values, kind",
    [
        (["3", "4.5", ""], "number"),
        (["02134", "10001"], "category"),
        (["Yes", "No", "n/a"], "yes_no"),
        (["0", "1"], "yes_no"),
        ([0.0, 1.0, None], "yes_no"),
        (["2026-03-01", "3/14/2026"], "date"),
        (["Google", "Bing"], "category"),
        ([None, ""], "category"),
        (["20", "30", "x"] * 10, "category"),
        ([f"my knee number {i} hurts a lot" for i in range(60)], "short_text"),
        ([pd.Timestamp("2026-03-01")], "date"),
        (["1", "2", "3"], "number"),
    ],
)
def test_the_kind_of_a_column_is_guessed_from_its_values(values, kind):
    column = np.empty(len(values), object)
    column[:] = values

    assert infer_kind(column) == kind


@pytest.mark.parametrize(
    "header, values, excluded",
    [
        ("Prospect ID", [f"7927b2df-{i:04x}" for i in range(50)], True),
        ("Token", [f"7927b2df-{i:04x}" for i in range(50)], True),
        ("Mobile", ["617-555-0123", "(617) 555-0199"], True),
        ("ip", ["10.0.0.1"], True),
        ("Visits", [str(i) for i in range(50)], False),
        ("Seen", [f"2026-03-{i % 28 + 1:02d}T10:00:{i:02d}" for i in range(50)], False),
        ("City", ["Boston", "Salem"] * 20, False),
    ],
)
def test_ids_and_personal_data_are_not_let_in_unasked(header, values, excluded):
    assert bool(find_exclusion_reason(header, np.array(values, object))) is excluded


@pytest.mark.parametrize(
    "numbers, is_serial",
    [
        (range(4000, 4080), True),
        (range(80, 0, -1), True),
        ([51_000_000 + 17 * number for number in range(80)], True),
        (np.random.default_rng(2).permutation(np.arange(500, 620)), True),
        (np.random.default_rng(2).choice(np.arange(20_000, 250_000), 80, replace=False), False),
        ([20250101 + number for number in range(28)], False),
        ([number % 9 for number in range(80)], False),
    ],
    ids=["rising", "falling", "with gaps", "shuffled and close", "incomes", "days", "counts"],
)
def test_a_serial_number_is_left_out_under_any_header(numbers, is_serial):
    reason = find_exclusion_reason("Wert", [str(number) for number in numbers])

    assert ("serial number" in (reason or "")) is is_serial
