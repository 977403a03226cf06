"""Does a count by value and day tell of several leads, never of one, and never of the future?"""

import numpy as np
import pytest

from features.point_in_time.period_counts import MIN_LEADS_PER_COUNT, PeriodCounts
from tests.features.point_in_time.invented_outcomes import NEVER, ask, days, make_history

KEY = np.uint64(7)


def test_two_neighboring_counts_differ_by_at_least_five_leads():
    for counts in make_history().counts.values():
        for first, last in zip(counts.starts[:-1], counts.starts[1:], strict=True):
            new_leads = np.diff(counts.leads[first:last], prepend=0)
            new_bookings = np.diff(counts.bookings[first:last], prepend=0)

            assert (np.maximum(new_leads, new_bookings) >= MIN_LEADS_PER_COUNT).all()


def test_a_value_of_four_leads_has_no_count_and_one_of_five_has():
    of_four, of_five = (
        PeriodCounts.empty().extend(np.full(count, KEY), days(*range(count)), np.full(count, NEVER)) for count in (4, 5)
    )

    assert len(of_four.keys) == 0 and of_five.leads.tolist() == [5]


def test_a_count_holds_from_the_end_of_its_day():
    counts = PeriodCounts.empty().extend(np.full(5, KEY), days(0, 0, 0, 0, 0), days(0, 0, 0, 0, 0))
    moments = np.array(["2026-01-01T23:59:59.999999", "2026-01-02", "NaT"], "datetime64[us]")

    leads, bookings = counts.look_up(np.full(3, KEY), moments)

    assert leads.tolist() == [0, 5, 0] and bookings.tolist() == [0, 5, 0]


def test_bookings_of_given_up_leads_are_counted_when_five_have_come_together():
    booked_at = days(40, 41, 42, 43, 44)
    counts = PeriodCounts.empty().extend(np.full(5, KEY), days(0, 0, 0, 0, 0), booked_at)

    assert counts.look_up(np.full(2, KEY), days(44, 45))[1].tolist() == [0, 5]


@pytest.mark.parametrize("lead", ["L0", "somebody"])
def test_a_value_of_one_lead_is_as_a_value_never_seen(lead):
    history = make_history()

    np.testing.assert_array_equal(
        ask(history, "only me", "2026-04-30", lead=lead), ask(history, "never seen", "2026-04-30", lead=lead)
    )
