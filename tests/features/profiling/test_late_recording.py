"""Is a date that a program writes down after the inquiry told from a day that somebody chose?"""

import numpy as np
import pytest

from features.profiling.late_recording import LeadAges

RANDOM = np.random.default_rng(4)
ARRIVALS = np.sort(np.datetime64("2025-03-03T08:00", "us") + RANDOM.integers(0, 200 * 86_400, 300).astype("m8[s]"))
DAYS = RANDOM.exponential(6, 300)
LATER = ARRIVALS + (DAYS * 86_400_000_000).astype("m8[us]")
WHOLE_DAYS = LATER.astype("datetime64[D]").astype("datetime64[us]")
AGES = LeadAges(np.zeros(300), ARRIVALS)


def cap(times):
    """Return times as an export of the newest lead's day has them."""
    return np.minimum(times, np.maximum(ARRIVALS, ARRIVALS.max()))


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        (LATER, "at any minute"),
        (cap(WHOLE_DAYS), "none ahead of the newest lead"),
        (np.where(DAYS > 9, np.datetime64("NaT"), LATER), "at any minute"),
        (LATER - np.timedelta64(5, "h"), "at any minute"),
        (WHOLE_DAYS, None),
        (WHOLE_DAYS + np.timedelta64(10, "h"), None),
        (ARRIVALS - np.timedelta64(3, "m"), None),
        (ARRIVALS + np.timedelta64(20, "s"), None),
        (np.where(DAYS > 0.4, np.datetime64("NaT"), LATER), None),
    ],
    ids=["changes", "dates of changes", "of some", "another zone", "wishes", "visits", "start", "sync", "too few"],
)
def test_recorded_dates_are_told_from_planned_ones(times, reason):
    found = AGES.find_recording(times)

    assert (found is None) if reason is None else (found is not None and reason in found)
