"""Does an input that moved fire, and one that did not stay quiet?"""

import numpy as np
import pytest

from training.monitoring.feature_drift import measure_drift, merge_months
from training.monitoring.reference_profile import MonthlyCounts


@pytest.fixture
def random() -> np.random.Generator:
    """The same numbers each time."""
    return np.random.default_rng(3)


def one_column(values: np.ndarray, months: int = 8, category: bool = False) -> MonthlyCounts:
    """One column of leads spread evenly over months."""
    return MonthlyCounts.from_rows(values[:, None], np.array([category]), np.arange(len(values)) % months, months)


def test_a_small_month_does_not_cry_wolf(random):
    reference = one_column(random.normal(size=4000))

    item = measure_drift(reference, random.normal(size=(12, 1)), level=0.02)[0]

    assert item.index > 0.25 and not item.alarm


def test_too_few_months_say_nothing(random):
    assert measure_drift(one_column(random.normal(size=400), months=4), random.normal(size=(100, 1)), level=0.02) == []


def test_months_put_together_are_counted_back_from_the_newest():
    months = np.arange(7).reshape(7, 1, 1)

    assert merge_months(months, 3).ravel().tolist() == [1 + 2 + 3, 4 + 5 + 6]
