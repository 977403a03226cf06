"""Is the interval as wide as earlier forecasts were wrong, and learned from windows that were over by then?"""

from dataclasses import replace

import numpy as np
import pytest

from serving.insights.outlook.booking_forecast import DAYS_AHEAD, forecast_bookings
from serving.insights.outlook.outlook_errors import (
    DAYS_BETWEEN,
    MOST_FORECASTS,
    Window,
    WindowEstimate,
    estimate_window,
    forecast_the_past,
)
from tests.serving.insights.outlook.test_booking_forecast import STEADY, invent

MONTHS = np.zeros(MOST_FORECASTS * DAYS_BETWEEN + DAYS_AHEAD, int)
FOUR_WEEKS = Window(0, 28)


@pytest.fixture(scope="module")
def times():
    return invent(future=False)


def test_the_past_is_forecast_every_week_while_the_history_before_it_is_long_enough(times):
    past = forecast_the_past(times, MONTHS)

    assert [earlier.days_ago for earlier in past] == [7 * step for step in range(1, len(past) + 1)]
    # 112 days and 40 for the bookings of old leads.
    assert past[-1].days_ago == (400 - 152) // 7 * 7


def test_a_forecast_of_the_past_is_what_it_was_then(times):
    earlier = forecast_the_past(times, MONTHS)[9]
    then = replace(times, arrived=times.arrived + 70, booked=times.booked + 70)

    again = forecast_bookings(then, 0.0, STEADY)

    # To the last digits: the clock starts elsewhere.
    assert earlier.forecast.from_new == pytest.approx(again.from_new, rel=1e-9)
    assert earlier.forecast.from_open == pytest.approx(again.from_open, rel=0.02)


def test_the_errors_of_windows_that_are_not_over_are_not_known(times):
    past = forecast_the_past(times, MONTHS)
    forecast = forecast_bookings(times, 0.0, STEADY)
    # Bookings of the last four weeks vanish: every window that is over before is as it was.
    hidden = replace(times, booked=np.where(times.booked > -28.0, np.nan, times.booked))

    whole = estimate_window(past[3].forecast, past, times, FOUR_WEEKS, past[3].days_ago)
    cut = estimate_window(past[3].forecast, past, hidden, FOUR_WEEKS, past[3].days_ago)

    assert whole == cut
    assert estimate_window(forecast, past, times, FOUR_WEEKS) != estimate_window(forecast, past, hidden, FOUR_WEEKS)


def test_a_longer_window_is_surer_for_its_size_and_known_from_fewer(times):
    past, forecast = forecast_the_past(times, MONTHS), forecast_bookings(times, 0.0, STEADY)

    week, month = (estimate_window(forecast, past, times, window) for window in (Window(0, 7), FOUR_WEEKS))

    assert week.spread > month.spread and week.separate > month.separate


def test_with_too_few_windows_nothing_is_said_of_the_error():
    short = invent(days=200, future=False)
    past, forecast = forecast_the_past(short, MONTHS), forecast_bookings(short, 0.0, STEADY)

    estimate = estimate_window(forecast, past, short, FOUR_WEEKS)

    assert not estimate.to_estimate().is_known and np.isnan(estimate.compute_chance(10))


def test_the_chance_of_a_goal_falls_with_the_goal():
    estimate = WindowEstimate(100.0, 0.1, 10.0)

    chances = [estimate.compute_chance(goal) for goal in (0, 50, 80, 100, 120, 200)]

    assert chances == sorted(chances, reverse=True) and chances[0] == 1.0
    assert estimate.compute_chance(100.5) == pytest.approx(0.5) and chances[-1] < 0.01


def test_an_interval_in_money_is_that_of_the_bookings():
    estimate = WindowEstimate(100.0, 0.1, 10.0)

    bookings, money = estimate.to_estimate(), estimate.to_estimate(50.0)

    assert tuple(money) == pytest.approx(tuple(50 * value for value in bookings))
    assert bookings.low < 100 < bookings.high
