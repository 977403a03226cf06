"""Is a column that is parsed once the same as one that is parsed for every judgment?"""

from datetime import UTC

import numpy as np
import pandas as pd
import pytest

from features.mapping.type_inference import infer_kind, select_present_values
from features.parsing.column_values import to_category, to_number
from features.parsing.dates.timestamps import to_time
from features.parsing.parsed_columns import ParsedColumns
from features.parsing.scalars import is_missing, normalize_missing_markers

MARKERS = normalize_missing_markers(["Please select"])
ODD = [
    "a",
    "Please   select",
    "n/a ",
    "N/A",
    "\u00a0na",
    "ss",
    "x" * 60,
    None,
    "",
    "3.5",
    "03/25/2026 8:05 PM",
    "a  b",
    "a b",
]


@pytest.fixture(params=["str", object])
def columns(request):
    return ParsedColumns(pd.DataFrame({"odd": pd.Series(ODD * 20, dtype=request.param)}), MARKERS)


def test_what_is_missing_is_what_each_value_alone_says(columns):
    alone = [not is_missing(value, MARKERS) for value in ODD] * 20

    assert columns.is_present("odd").tolist() == alone
    assert columns.select_present("odd", 50).tolist() == select_present_values(columns["odd"], MARKERS, 50).tolist()


def test_categories_numbers_and_times_are_those_of_the_whole_column(columns):
    texts = to_category(columns["odd"], MARKERS)[0]

    assert columns.category_texts("odd").tolist() == texts.tolist()
    np.testing.assert_array_equal(columns.category_codes("odd"), pd.factorize(texts)[0])
    assert columns.count_distinct("odd") == len(set(texts) - {None})
    np.testing.assert_array_equal(columns.numbers("odd")[0], to_number(columns["odd"], MARKERS)[0])
    np.testing.assert_array_equal(columns.times("odd"), to_time(columns["odd"], UTC, MARKERS)[0])


def test_ids_with_gaps_are_unique_and_a_value_in_every_row_is_constant():
    columns = ParsedColumns(pd.DataFrame({"id": ["1", "", "2"], "same": ["x", "x", "x"], "n": [1, 1, 2]}), MARKERS)

    assert [columns.is_unique(name) for name in columns] == [True, False, False]
    assert [columns.is_constant(name) for name in columns] == [False, True, False]


def test_a_column_is_parsed_once_and_shared_with_the_other_columns(monkeypatch):
    columns = ParsedColumns(pd.DataFrame({"n": ["1", "2"], "label": ["Yes", "No"]}), MARKERS)
    calls = []
    monkeypatch.setattr(
        "features.parsing.parsed_columns.to_number", lambda *given: calls.append(1) or to_number(*given)
    )

    inputs = columns.without("label")
    inputs.numbers("n"), columns.numbers("n"), columns.numbers("n")

    assert list(inputs) == ["n"]
    assert len(calls) == 1


@pytest.mark.parametrize("position", ["first", "last"])
@pytest.mark.parametrize(("texts", "kind"), [(19, "number"), (25, "crowded_category")])
def test_where_the_texts_of_a_column_of_numbers_stand_does_not_matter(position, texts, kind):
    numbers, words = [str(10 + i) for i in range(1000 - texts)], ["word"] * texts

    assert infer_kind(words + numbers if position == "first" else numbers + words) == kind


@pytest.mark.parametrize("position", ["first", "last"])
@pytest.mark.parametrize(("texts", "kind"), [(19, "date"), (25, "crowded_category")])
def test_where_the_texts_of_a_column_of_dates_stand_does_not_matter(position, texts, kind):
    days = [f"{1 + i % 12:02d}/{1 + i % 28:02d}/{2001 + i // 84}" for i in range(1000 - texts)]
    words = ["word"] * texts

    assert infer_kind(words + days if position == "first" else days + words) == kind
