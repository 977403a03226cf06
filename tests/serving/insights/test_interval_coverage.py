"""Do 90% intervals hold the truth in 85 to 95 of 100 invented practices? ``make soak`` measures it in full."""

import os

import pytest
from scipy import stats

from tests.support.simulated.insight_coverage import format_table, measure_coverage

SOAK = bool(os.environ.get("LEADLIGHT_SOAK"))
PRACTICES = 300 if SOAK else 16
BOUNDS = (0.85, 0.95)
SURE = 0.999
FEWEST_INTERVALS = 12
"""Of a figure that fewer practices have, a share says nothing."""


@pytest.fixture(scope="module")
def tally():
    return measure_coverage(range(1_000, 1_000 + PRACTICES))


def test_every_interval_holds_the_truth_about_as_often_as_it_says(tally):
    wrong = {}
    measured = {name: hits for name, hits in tally.hits.items() if len(hits) >= FEWEST_INTERVALS}
    for name, hits in measured.items():
        count, held = len(hits), sum(hits)
        # Few practices leave the share itself uncertain: in the short test a figure fails when chance is no excuse.
        too_few = held < BOUNDS[0] * count if SOAK else held < stats.binom.ppf(1 - SURE, count, BOUNDS[0])
        too_many = held > BOUNDS[1] * count if SOAK else held > stats.binom.ppf(SURE, count, BOUNDS[1])
        if too_few or too_many:
            wrong[name] = (held, count)

    print(format_table(tally))
    assert wrong == {} and len(measured) >= 18
