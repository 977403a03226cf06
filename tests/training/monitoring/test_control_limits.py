"""Do control limits hold what varies by chance?"""

import numpy as np
import pytest
from scipy import stats

from training.monitoring.control_limits import (
    Figure,
    compare_with_months,
    log_odds_of_rate,
    measure_calibration,
    wilson_interval,
)


@pytest.fixture
def random() -> np.random.Generator:
    """The same numbers each time."""
    return np.random.default_rng(3)


def test_shift_and_slope_are_found_back(random):
    log_odds = random.normal(-1, 1.2, 40_000)
    label = (random.random(40_000) < 1 / (1 + np.exp(-(0.4 + 0.7 * log_odds)))).astype(float)

    _, slope = measure_calibration(log_odds, label)
    shift, _ = measure_calibration(0.4 + 0.7 * log_odds - 0.3, label)

    assert slope.value == pytest.approx(0.7, abs=0.04)
    assert shift.value == pytest.approx(0.3, abs=0.04)


def test_a_month_like_the_others_is_quiet_at_the_stated_rate(random):
    every = []
    for _ in range(400):
        rate = 1 / (1 + np.exp(-(-1 + random.normal(0, 0.15, 15))))
        months = [log_odds_of_rate(random.binomial(400, item), 400) for item in rate]
        every.append(compare_with_months(months[:-1], months[-1]).p < 0.05)

    assert np.mean(every) == pytest.approx(0.05, abs=0.025)


def test_no_months_no_judgement():
    assert compare_with_months([Figure(0.0, 0.1)] * 2, Figure(9.0, 0.1)).p == 1.0


def test_wilson_is_that_of_the_textbook():
    low, high = wilson_interval(np.array([8.0]), np.array([10.0]))

    theirs = stats.binomtest(8, 10).proportion_ci(method="wilson")
    assert (low[0], high[0]) == (pytest.approx(theirs.low, abs=1e-4), pytest.approx(theirs.high, abs=1e-4))
