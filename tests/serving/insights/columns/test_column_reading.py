"""Is nothing read that was not known at the moment of the report, and nothing without a history?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.errors import DataError
from serving.insights.columns.column_reading import read_lead_columns
from serving.insights.columns.lead_columns import FUNNEL, format_month


def test_nothing_later_than_the_moment_is_known(export):
    tables, practice = export
    moment = tables.as_of - np.timedelta64(60, "D")

    early, whole = read_lead_columns(tables, practice, as_of=moment), read_lead_columns(tables, practice)
    cut = replace(
        tables,
        leads=tables.leads[tables.leads["created_at"] <= pd.Timestamp(moment, tz="UTC")].reset_index(drop=True),
    )
    again = read_lead_columns(cut, practice, as_of=moment)

    assert len(early) == len(again) < len(whole)
    for stage in FUNNEL:
        np.testing.assert_array_equal(early.known_days[stage], again.known_days[stage])
        assert np.nansum(early.known_days[stage] > early.age_days) == 0


def test_tables_without_outcomes_are_refused(export):
    tables, practice = export

    with pytest.raises(DataError, match="insights: found 1500 leads, no outcome and no label. Expected an outcomes"):
        read_lead_columns(replace(tables, outcomes=tables.outcomes.iloc[:0]), practice)
    with pytest.raises(DataError, match="no date of arrival"):
        read_lead_columns(replace(tables, leads=tables.leads.drop(columns="created_at")), practice)
    with pytest.raises(DataError, match="no lead arrived before 2001-01-01"):
        read_lead_columns(tables, practice, as_of=np.datetime64("2001-01-01"))


@pytest.mark.parametrize(
    ("as_of", "month"),
    [
        (None, "Oct 2026"),  # The last row is of October 31: the data ends with the month.
        ("2026-10-31T17:51", "Sep 2026"),  # Noon in Chicago on the last day of October.
        ("2026-11-01T04:59:59.999999", "Oct 2026"),  # The end of October 31 in Chicago.
        ("2026-11-01T04:30", "Sep 2026"),
    ],
)
def test_a_month_is_over_when_the_clock_of_the_practice_says_so(export, as_of, month):
    tables, practice = export

    columns = read_lead_columns(tables, practice, as_of=None if as_of is None else np.datetime64(as_of, "us"))

    assert practice.timezone == "America/Chicago" and format_month(columns.last_full_month) == month


@pytest.mark.parametrize(
    ("as_of", "day", "share", "next_day"),
    [
        ("2026-10-31T17:15", "2026-10-31", 12.25 / 24, "2026-11-01"),
        ("2026-10-31T16:45", "2026-10-31", 11.75 / 24, "2026-10-31"),
        ("2026-11-01T04:59:59.999999", "2026-10-31", 1.0, "2026-11-01"),
        ("2026-11-01T05:00:00", "2026-11-01", 0.0, "2026-11-01"),
    ],
)
def test_the_next_day_is_the_one_that_is_mostly_ahead(export, as_of, day, share, next_day):
    columns = read_lead_columns(*export, as_of=np.datetime64(as_of, "us"))

    assert columns.day_share == pytest.approx(share)
    days = np.array([columns.as_of_day, columns.next_day]).astype("datetime64[D]")
    assert days.astype(str).tolist() == [day, next_day]
