"""Does the forecast find what steady, seasonal and growing practices will bring, and does it use nothing later?"""

import numpy as np
import pytest

from serving.insights.outlook.booking_forecast import DAYS_AHEAD, LeadTimes, forecast_bookings

RATE, RIPE = 0.3, 40.0
STEADY = np.zeros(DAYS_AHEAD, int)


def invent(days=400, a_day=10.0, seed=1, future=True, delay=5.0):
    """Leads at a constant rate, three in ten of which book after some days; day 0 is the moment of the forecast."""
    rng = np.random.default_rng(seed)
    ahead = DAYS_AHEAD if future else 0
    arrived = np.sort(rng.uniform(-days, ahead, rng.poisson(a_day * (days + ahead))))
    booked = np.where(
        rng.random(len(arrived)) < RATE, arrived + np.minimum(rng.exponential(delay, len(arrived)), 30), np.nan
    )
    nothing = np.zeros(len(arrived), int)
    return LeadTimes(arrived, booked, nothing, nothing, RIPE)


def test_a_steady_practice_goes_on_as_it_was():
    forecast = forecast_bookings(invent(), 0.0, STEADY)

    assert forecast.inquiries.sum() == pytest.approx(10 * DAYS_AHEAD, rel=0.1)
    assert forecast.sum_bookings(0, DAYS_AHEAD) == pytest.approx(10 * RATE * DAYS_AHEAD, rel=0.15)


def test_open_leads_bring_what_older_ones_still_brought_at_their_age():
    times = invent(days=1_000, a_day=40.0)
    open_now = (times.arrived <= 0) & ~(times.booked <= 0) & (times.arrived > -RIPE)
    truth = (~np.isnan(times.booked) & open_now).sum()

    forecast = forecast_bookings(times, 0.0, STEADY)

    assert forecast.from_open.sum() == pytest.approx(truth, rel=0.2)
    # Most of it comes in the first days, and nothing after the last lead is ripe.
    assert forecast.from_open[:7].sum() > 0.6 * forecast.from_open.sum()
    assert forecast.from_open[41:].sum() == pytest.approx(0.0, abs=1e-9)


def test_new_leads_bring_bookings_only_after_they_came():
    forecast = forecast_bookings(invent(delay=20.0), 0.0, STEADY)

    by_week = forecast.from_new.reshape(8, 7).sum(axis=1)
    assert (np.diff(by_week) >= -1e-9).all() and by_week[0] < 0.5 * by_week[-1]
    assert by_week[-1] == pytest.approx(7 * forecast.inquiries[0] * 0.3, rel=0.15)


def test_nothing_later_than_the_moment_is_used():
    whole = invent()
    known = whole.arrived <= 0.0
    cut = LeadTimes(
        whole.arrived[known],
        np.where(whole.booked[known] <= 0.0, whole.booked[known], np.nan),
        whole.group[known],
        whole.month[known],
        RIPE,
    )

    then, now = forecast_bookings(whole, 0.0, STEADY), forecast_bookings(cut, 0.0, STEADY)

    for name in ("inquiries", "from_open", "from_new"):
        assert (getattr(then, name) == getattr(now, name)).all()


def test_the_level_of_the_last_weeks_counts_most():
    times = invent(a_day=5.0)
    more = invent(a_day=10.0, days=56, seed=2, future=False)
    arrived = np.concatenate([times.arrived, more.arrived])
    order = np.argsort(arrived)
    nothing = np.zeros(len(arrived), int)
    grown = LeadTimes(arrived[order], np.concatenate([times.booked, more.booked])[order], nothing, nothing, RIPE)

    daily = forecast_bookings(grown, 0.0, STEADY).inquiries[0]

    assert 10 < daily < 15


def test_a_season_of_two_years_is_followed():
    rng = np.random.default_rng(4)
    days = np.arange(-1_095, 0)
    # December has half of the inquiries; day 0 is December 1.
    month = (days % 365) // 30.42
    month = ((month + 11) % 12).astype(int)
    counts = rng.poisson(np.where(month == 11, 5.0, 10.0))
    arrived = np.sort(np.repeat(days, counts) + rng.random(counts.sum()))
    booked = np.where(rng.random(len(arrived)) < RATE, arrived + 3.0, np.nan)
    of_lead = np.repeat(month, counts)
    ahead = np.where(np.arange(DAYS_AHEAD) < 31, 11, 0)

    forecast = forecast_bookings(LeadTimes(arrived, booked, np.zeros(len(arrived), int), of_lead, RIPE), 0.0, ahead)

    assert forecast.inquiries[0] < 0.7 * forecast.inquiries[-1]


@pytest.mark.parametrize(
    "times",
    [
        LeadTimes(np.empty(0), np.empty(0), np.empty(0, int), np.empty(0, int), RIPE),
        invent(days=100),
        invent(days=400, a_day=0.2),
    ],
    ids=["no leads", "a short history", "few bookings"],
)
def test_too_little_is_forecast_from_nothing(times):
    assert forecast_bookings(times, 0.0, STEADY) is None
