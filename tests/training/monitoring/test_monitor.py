"""Is each figure of monitoring what the textbook says, and are alarms as rare and as sure as stated?"""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from tests.bench.drift_alarms import measured
from training.model.grades import Grades
from training.monitoring.population_stability_index import (
    measure_usual_movement,
)
from training.monitoring.reference_profile import MONTH, MonthlyCounts, Reference


@pytest.fixture
def random() -> np.random.Generator:
    """The same numbers each time."""
    return np.random.default_rng(3)


def test_what_stands_still_moves_by_chance_only_and_what_moves_is_seen_to(random):
    month = np.repeat(np.arange(12), 400)
    still, moves = random.normal(size=len(month)), random.normal(size=len(month)) + random.normal(0, 0.5, 12)[month]

    counted = MonthlyCounts.from_rows(np.column_stack([still, moves]), np.zeros(2, bool), month, 12)
    usual, tried = measure_usual_movement(counted.months)

    assert usual[0] == 0 and usual[1] > 0.2
    assert tried == 10


def test_a_reference_survives_being_written(random):
    n = 600
    arrived = np.datetime64("2026-01-01", "us") + (
        np.arange(n) / n * 10 * MONTH.astype("timedelta64[us]").astype(float)
    ).astype("timedelta64[us]")
    learning = SimpleNamespace(
        arrival=np.ones(n, bool), moments=SimpleNamespace(cutoff=arrived), label=(random.random(n) < 0.3).astype(float)
    )
    reference = Reference.from_training(
        random.normal(size=(n, 2)).astype(np.float32),
        [SimpleNamespace(is_category=False)] * 2,
        learning,
        random.normal(size=n),
        Grades(0.6, 0.4, 0.2),
    )

    again = Reference.from_arrays(reference.to_arrays())

    assert again.until == reference.until and abs(again.until - arrived[-1]) < np.timedelta64(1, "D")
    np.testing.assert_array_equal(again.signals.months, reference.signals.months)
    np.testing.assert_array_equal(
        [month.to_row() for month in again.months], [month.to_row() for month in reference.months]
    )


def test_changes_are_found_and_quiet_months_stay_quiet():
    """A short version of ``python -m tests.bench.drift_alarms``, whose 400 runs the README states."""
    runs = 40

    results = measured(runs, leads_a_month=300)

    assert results["changed, found among all"] >= 0.95 * runs and results["changed, found alone"] >= 0.95 * runs
    assert stats.binomtest(results.get("quiet month, any alarm", 0), runs, 0.05, alternative="greater").pvalue > 0.01
