"""How sure is the difference of two shares, and how many more leads would settle it?

Lives here: the interval of a difference of two independent shares, the leads still needed.
Does not live here: shares of groups that months move (``group_rates``), comparisons that are looked at every day
(``serving.insights.comparisons.form_test``).
"""

import numpy as np
from scipy import stats

from serving.insights.estimates import TAILS, Estimate

__all__ = ["compare_rates", "count_missing"]

_EIGHT_IN_TEN = float(stats.norm.ppf(0.8))
_MOST_MISSING = 10_000_000


def compare_rates(first: tuple[int, int], second: tuple[int, int]) -> Estimate:
    """Compare two shares, each of (successes, leads): the difference with its 90% interval.

    The hybrid score interval (Newcombe 1998, method 10): Wilson's interval of each share, put together.

    >>> compare_rates((300, 1000), (30, 100))
    Estimate(value=0.0, low=-0.08..., high=0.07...)
    """
    one, other = (successes / leads for successes, leads in (first, second))
    (low_one, high_one), (low_other, high_other) = (_find_wilson_ends(*side) for side in (first, second))
    difference = one - other
    down = np.hypot(one - low_one, high_other - other)
    up = np.hypot(high_one - one, other - low_other)
    return Estimate(difference, float(difference - down), float(difference + up))


def _find_wilson_ends(successes: int, leads: int) -> tuple[float, float]:
    """Return the ends of Wilson's interval of a share."""
    z = float(stats.norm.ppf(TAILS[1]))
    share, weight = successes / leads, z * z / leads
    middle = (share + weight / 2) / (1 + weight)
    reach = z / (1 + weight) * np.sqrt(share * (1 - share) / leads + weight / (4 * leads))
    return float(middle - reach), float(middle + reach)


def count_missing(first: tuple[int, int], second: tuple[int, int], difference: float) -> int:
    """Count how many more leads the smaller side needs, so that a true difference of this size shows in 8 of 10 cases;
    the larger side grows along with it.

    >>> count_missing((300, 1000), (30, 100), 0.05) > count_missing((3000, 10000), (300, 1000), 0.05)
    True
    """
    pooled = (first[0] + second[0] + 0.5) / (first[1] + second[1] + 1)
    ratio = max(first[1], second[1]) / min(first[1], second[1])
    reach = float(stats.norm.ppf(TAILS[1])) + _EIGHT_IN_TEN
    needed = pooled * (1 - pooled) * (1 + 1 / ratio) * (reach / difference) ** 2
    return int(np.clip(np.ceil(needed) - min(first[1], second[1]), 0, _MOST_MISSING))
