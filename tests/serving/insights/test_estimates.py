"""Do intervals widen with what makes figures less sure?"""

import numpy as np
import pytest

from serving.insights.estimates import (
    CANNOT_TELL,
    Estimate,
    estimate_correlation,
    estimate_rate,
    estimate_ratio,
    summarize_counts,
)


def test_months_that_differ_by_chance_alone_have_no_correlation():
    rng = np.random.default_rng(1)
    leads = np.full(400, 200.0)

    correlation, freedom = estimate_correlation(rng.binomial(200, 0.3, 400), leads, np.zeros(400, int))

    assert correlation < 0.001 and freedom == 399


def test_the_planted_correlation_is_found():
    rng = np.random.default_rng(2)
    rates = rng.beta(0.3 * 49, 0.7 * 49, 3_000)

    correlation, _ = estimate_correlation(rng.binomial(150, rates), np.full(3_000, 150.0), np.zeros(3_000, int))

    assert correlation == pytest.approx(0.02, abs=0.003)


def test_a_rate_is_less_sure_when_months_differ():
    trials = np.full(12, 100.0)

    alike, different = estimate_rate(300, trials, 0.0, 11), estimate_rate(300, trials, 0.02, 11)

    assert different.high - different.low > 1.5 * (alike.high - alike.low)


def test_none_of_few_is_not_surely_zero():
    estimate = estimate_rate(0, np.array([20.0]), 0.0, 10)

    assert estimate.value == estimate.low == 0.0 and 0.05 < estimate.high < 0.15


@pytest.mark.parametrize("months", [0, 1, 2])
def test_a_ratio_of_two_months_says_nothing(months):
    assert not estimate_ratio(np.full(months, 10.0), np.full(months, 2.0), 0.01).is_known


def test_a_ratio_without_anything_to_divide_by_says_nothing():
    assert not estimate_ratio(np.full(5, 10.0), np.zeros(5), 0.01).is_known
    assert not CANNOT_TELL.is_known


def test_an_interval_of_counts_has_whole_ends_around_the_value():
    estimate = summarize_counts(np.repeat([3.0, 4.0, 9.0], [20, 60, 20]), 4.3, np.random.default_rng(0))

    assert estimate == Estimate(4.3, 3.0, 9.0)


def test_weeks_are_not_called_months_where_they_are_too_few():
    assert estimate_ratio(np.ones(2), np.ones(2), 0.1, period="weeks").reason == "2 of the 3 weeks that it takes"
