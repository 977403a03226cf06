"""Do the first calls of a day hold what is said of them?"""

import numpy as np
import pytest

from training.evaluation.lift import capacities, lift_by_capacity, share_called
from training.evaluation.metrics import Bootstrap

DAY = np.timedelta64(1, "D")


def days_of(count, leads):
    """``leads`` arrivals on each of ``count`` days."""
    start = np.datetime64("2026-03-02T09:00", "us") + np.arange(count) * DAY
    return np.repeat(start, leads) + np.tile(np.arange(leads), count).astype("timedelta64[m]")


def test_a_day_calls_its_highest_scores_and_no_other_days():
    group, score = np.array([1, 0, 1, 0, 0]), np.array([0.2, 0.9, 0.1, 0.8, 0.7])

    assert share_called(group, score, np.full(5, 2.0)).tolist() == [1.0, 1.0, 1.0, 1.0, 0.0]


def test_who_ties_at_the_edge_shares_the_calls():
    assert share_called(np.zeros(4, int), np.array([1.0, 1, 1, 0]), np.full(4, 2.0)) == pytest.approx(
        [2 / 3, 2 / 3, 2 / 3, 0]
    )


@pytest.mark.parametrize(("capacity", "called"), [(0.0, 0), (1.5, 1.5), (9.0, 4)])
def test_calls_are_never_more_than_the_capacity_or_the_leads(capacity, called):
    assert share_called(np.zeros(4, int), np.arange(4.0), np.full(4, capacity)).sum() == pytest.approx(called)


def test_a_perfect_order_finds_every_booking_and_a_blind_one_its_share():
    arrived = days_of(20, 50)
    label = np.tile(np.r_[np.ones(10), np.zeros(40)], 20)

    result = lift_by_capacity(
        arrived, label, {"Leadlight": label, "Rules score": np.zeros(1000)}, bootstrap=Bootstrap(50)
    )

    fifth = next(row for row in result["rows"] if row["kind"] == "share" and row["capacity"] == 0.2)
    assert result["unit"] == "day" and fifth["found"]["Leadlight"] == [1.0, 1.0, 1.0]
    assert fifth["found"]["Rules score"][0] == pytest.approx(0.2) and fifth["ahead"]["Rules score"][0] == pytest.approx(
        0.8
    )
    assert fifth["bookings"]["Leadlight"][0] == fifth["expected"][0] == pytest.approx(10)


def test_a_small_practice_is_looked_at_week_by_week():
    arrived = days_of(28, 2)

    result = lift_by_capacity(arrived, np.tile([1.0, 0.0], 28), {"Leadlight": np.arange(56.0)}, bootstrap=Bootstrap(20))

    assert result["unit"] == "week" and result["groups"] == 4 and result["leads_per_group"] == 14.0


def test_money_counts_bookings_whose_service_has_a_value():
    label, value = np.tile([1.0, 1.0, 0.0, 0.0, 0.0] * 2, 10), np.tile([100.0, np.nan, 900.0, 1.0, 1.0] * 2, 10)

    money = lift_by_capacity(
        days_of(10, 10), label, {"Leadlight": np.where(value == 100, 1.0, 0.0)}, value, bootstrap=Bootstrap(20)
    )["money"]

    assert money["bookings_with_value"] == 20 and money["bookings"] == 40
    assert money["found"]["Leadlight"][0] == 1.0 and money["per_group"]["Leadlight"][0] == 200.0


def test_without_dates_there_are_no_days():
    assert (
        lift_by_capacity(np.full(5, np.datetime64("NaT"), "datetime64[us]"), np.ones(5), {"Leadlight": np.ones(5)})
        is None
    )


def scored_days(random, days):
    """The share found by the first fifth of the calls on days of 20 leads that the score ranks as they book."""
    score = random.normal(size=days * 20)
    label = (random.random(days * 20) < 1 / (1 + np.exp(1.5 - score))).astype(float)
    result = lift_by_capacity(days_of(days, 20), label, {"Leadlight": score}, bootstrap=Bootstrap(120))
    return next(
        row["found"]["Leadlight"] for row in result["rows"] if row["kind"] == "share" and row["capacity"] == 0.2
    )


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    random = np.random.default_rng(4)
    truth = scored_days(random, 4000)[0]

    covered = sum(low <= truth <= high for _, low, high in (scored_days(random, 60) for _ in range(60)))

    assert 50 <= covered <= 60


def test_capacities_grow_and_start_at_one_call():
    assert capacities(np.array([3, 3])) == [1, 2] and capacities(np.array([200]))[0] == 10
