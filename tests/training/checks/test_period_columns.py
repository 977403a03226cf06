"""A file that looks undated: dates, serial numbers and an order are found, and other columns are not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.mapping.column_mapping import Mapping
from features.tables.tables import Tables
from training.checks.period_columns import PeriodColumns

LEADS = 600


def make_tables(kind: str, values, **changes) -> Tables:
    """Leads without a date, with one custom column."""
    leads = pd.DataFrame({"lead_id": [f"P{row}" for row in range(LEADS)], "custom:Entry": values})
    empty = pd.DataFrame()
    return replace(Tables(leads, empty, empty, empty, {"custom:Entry": kind}), **changes)


def shuffle(values) -> np.ndarray:
    return np.random.default_rng(8).permutation(np.asarray(values))


DAYS = pd.date_range("2024-02-03", periods=LEADS // 6).repeat(6)
LEFT_OUT = {
    "a date": ("date", pd.Series(shuffle(DAYS)).dt.tz_localize("UTC")),
    "days as digits": ("number", shuffle(DAYS.strftime("%Y%m%d").astype(float))),
    "days as text": ("crowded_category", shuffle(DAYS.strftime("%d.%m.%Y")).astype(object)),
    "quarters": ("category", shuffle([f"Q{row % 4 + 1} 2023" for row in range(LEADS)]).astype(object)),
    "a serial number": ("number", shuffle(np.arange(LEADS) + 70_000.0)),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_dates_and_serial_numbers_are_left_out_and_asked_about(name):
    check = PeriodColumns(make_tables(*LEFT_OUT[name]))

    finding = check.run()

    assert list(check.find_excluded_columns()) == ["custom:Entry"]
    assert finding.verdict == "fails" and "created_at or order_by" in finding.sentence


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("number", np.arange(LEADS) // 20 * 1.5 + np.random.default_rng(1).normal(0, 2, LEADS)),
        ("category", np.array([f"wave {row // 100}" for row in range(LEADS)], object)),
    ],
)
def test_a_column_that_follows_the_file_is_kept_and_asked_about(kind, values):
    check = PeriodColumns(make_tables(kind, values))

    assert check.find_excluded_columns() == {} and check.run().verdict == "fails"
    assert "order of the file" in check.run().details["Entry"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("number", np.round(np.random.default_rng(2).lognormal(7, 1, LEADS), 2)),
        ("number", np.random.default_rng(3).integers(1, 90, LEADS).astype(float)),
        ("category", shuffle([f"plan {row % 7}" for row in range(LEADS)]).astype(object)),
        ("number", np.full(LEADS, np.nan)),
    ],
)
def test_ordinary_columns_are_not(kind, values):
    assert PeriodColumns(make_tables(kind, values)).run().verdict == "holds"


def test_naming_it_answers_the_question():
    tables = make_tables(*LEFT_OUT["a serial number"])
    mapping = replace(Mapping.identity(), keep_on_purpose=("Entry",))

    assert PeriodColumns(replace(tables, mapping=mapping)).run().verdict == "holds"
    assert PeriodColumns(replace(tables, order=pd.Series(np.arange(LEADS)))).run().verdict == "not applicable"
