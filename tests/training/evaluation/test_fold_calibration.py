"""Do a calibrator and a band rest on folds, and say nothing where there is none?"""

from types import SimpleNamespace

import numpy as np
import pytest

from training.dataset.time_splits import Fold, Splits
from training.evaluation.fold_calibration import compute_band_coverage, fit_calibrator, fit_prediction_band
from training.model.calibration import Calibrator
from training.settings import Settings


@pytest.fixture(scope="module")
def world():
    """Raw scores that are right, labels drawn from them, and four folds in time."""
    random = np.random.default_rng(5)
    raw = random.normal(-1.0, 1.0, 4_000)
    learning = SimpleNamespace(
        label=(random.random(4_000) < 1 / (1 + np.exp(-raw))) * 1.0, arrival=np.ones(4_000, bool)
    )
    folds = tuple(Fold(np.arange(first), np.arange(first, first + 1_000)) for first in range(0, 4_000, 1_000))
    return raw, learning, folds


def test_without_folds_a_score_stays_as_it_is():
    raw = np.array([-1.0, 0.5])

    np.testing.assert_array_equal(fit_calibrator(raw, None, (), True).calibrate(raw), Calibrator().calibrate(raw))


@pytest.mark.parametrize("forward", [True, False])
def test_scores_that_are_right_stay_nearly_as_they_are(world, forward):
    raw, learning, folds = world
    calibrated = fit_calibrator(raw, learning, folds, forward).calibrate(raw)

    assert np.abs(calibrated - raw).mean() < 0.2


def test_the_band_holds_on_the_fold_that_it_has_not_seen(world):
    raw, learning, folds = world
    settings = Settings(resamples=50)
    coverage = compute_band_coverage(raw, learning, Splits(folds, True), folds[-1].test, settings)
    band = fit_prediction_band(raw, learning, folds, Calibrator(), settings)

    assert 0.5 <= coverage <= 1.0 and band is not None


def test_without_an_earlier_fold_nothing_is_said_of_the_band(world):
    raw, learning, folds = world

    for splits in (Splits(folds[:1], True), Splits(folds, False)):
        assert compute_band_coverage(raw, learning, splits, folds[0].test, Settings()) is None
