"""Is each lead of a file scored as of the time that was asked for, and is a time that cannot be read refused?"""

from types import SimpleNamespace

import numpy as np
import pytest

from features.errors import DataError
from serving.scoring.scoring_time import choose_time, describe_time, find_cutoffs

ARRIVALS = np.array(["2026-03-01", "2026-03-14"], "datetime64[us]")
TABLES = SimpleNamespace(leads=range(2), created_at=ARRIVALS)
AS_OF = np.datetime64("2026-03-20T10:00", "us")


def describe_bundle(arrival_only=False, dated=True):
    return SimpleNamespace(arrival_only=arrival_only, dated=dated)


def test_auto_is_a_time_that_the_model_knows_and_what_was_asked_for_stays():
    assert choose_time("auto", describe_bundle(arrival_only=True)) == "arrival"
    assert choose_time("auto", describe_bundle()) == "latest"
    assert choose_time("latest", describe_bundle(arrival_only=True)) == "latest"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("arrival", ARRIVALS),
        ("latest", [AS_OF, AS_OF]),
        ("2026-03-14T15:05:00Z", ["2026-03-14T15:05", "2026-03-14T15:05"]),
        ("2026-03-14", ["2026-03-14", "2026-03-14"]),
    ],
)
def test_every_lead_has_the_time_that_was_asked_for(at, expected):
    np.testing.assert_array_equal(find_cutoffs(TABLES, AS_OF, at), np.array(expected, "datetime64[us]"))


def test_data_without_dates_has_no_time():
    assert np.isnat(find_cutoffs(TABLES, None, "latest")).all()


@pytest.mark.parametrize(
    "at", ["", "Z", "NaT", "now", "today", "20", "14/03/2026", "2026-02-31", "12026-01-01", "2026-03-14T15:05:00+02:00"]
)
def test_what_is_no_time_in_utc_is_refused_before_anything_is_read(at):
    with pytest.raises(DataError, match="expected auto, latest, arrival, or a time in UTC such as"):
        choose_time(at, describe_bundle())


def test_a_model_of_arrivals_warns_of_another_time():
    warning = describe_time("latest", AS_OF, describe_bundle(arrival_only=True))

    assert warning.startswith("WARNING: scored as of the latest time in the data, 2026-03-20T10:00 UTC (--at latest)")
    assert describe_time("arrival", AS_OF, describe_bundle(arrival_only=True)).startswith("Scored as of the arrival")
    assert "without a time" in describe_time("latest", None, describe_bundle(dated=False))
