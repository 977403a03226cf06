"""Does the difference of two shares have the interval of the literature, and does it count what is missing?"""

import numpy as np
import pytest
from scipy import stats

from serving.insights.practice_checks.rate_difference import compare_rates, count_missing


def test_it_is_newcombes_interval():
    # Newcombe 1998, Statistics in Medicine 17, table II (a): 56/70 against 48/80, 95%: 0.0524 to 0.3339. Here at 90%.
    difference = compare_rates((56, 70), (48, 80))
    z = stats.norm.ppf(0.95)

    def find_ends(successes, leads):
        # Wilson's ends are the shares from which the score test is exactly at its bound.
        shares = np.linspace(0, 1, 2_000_001)[1:-1]
        inside = np.abs(successes / leads - shares) <= z * np.sqrt(shares * (1 - shares) / leads)
        return shares[inside][0], shares[inside][-1]

    (low, high), (other_low, other_high) = find_ends(56, 70), find_ends(48, 80)
    down, up = np.hypot(0.8 - low, other_high - 0.6), np.hypot(high - 0.8, 0.6 - other_low)
    assert difference == pytest.approx((0.2, 0.2 - down, 0.2 + up), abs=1e-5)
    assert 0.0524 < difference.low < difference.high < 0.3339


def test_shares_of_none_and_all_have_an_interval():
    assert compare_rates((0, 40), (0, 40)).high > 0.03
    assert compare_rates((40, 40), (0, 40)).low < 1.0


def test_the_leads_that_are_missing_would_settle_it():
    first, second = (3_000, 10_000), (150, 500)
    missing = count_missing(first, second, 0.03)
    grown = (500 + missing) / 500
    rng, shown = np.random.default_rng(0), 0
    for _ in range(400):
        one = rng.binomial(int(10_000 * grown), 0.315), int(10_000 * grown)
        other = rng.binomial(int(500 * grown), 0.285), int(500 * grown)
        shown += compare_rates(one, other).low > 0

    assert 0.72 <= shown / 400 <= 0.88 and count_missing(first, (3_000, 10_000), 0.03) == 0
