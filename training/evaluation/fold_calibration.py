"""How is a raw score turned into a probability, and how sure is it? A calibrator and a band, fitted on folds.

Lives here: fitting both on scores of leads that the model had not seen, and how often the band held.
Does not live here: the scores (``fold_scores``), the arithmetic (``training.model``).
"""

from collections.abc import Sequence

import numpy as np

from features.array_types import FloatArray
from training.dataset.labels import LearningSet
from training.dataset.time_splits import Fold, Splits, list_deciding_folds
from training.model.calibration import Calibrator, choose_calibrator
from training.model.prediction_intervals import PredictionBand, compute_coverage, fit_band_of_blocks
from training.settings import Settings

__all__ = ["compute_band_coverage", "fit_calibrator", "fit_prediction_band"]


_BAND_LEADS, _BAND_BLOCKS, _MAX_BLOCK_LEADS = 2000, 3, 4000
"""Number of newest leads, and of the folds they lie in, that the prediction band is learned from, where there are that
many: two folds or one hardly show how far levels lie apart."""


def fit_calibrator(raw: FloatArray, learning: LearningSet, folds: Sequence[Fold], forward: bool) -> Calibrator:
    """Return the calibration that these folds call for (see ``choose_calibrator``).

    Folds without an order in time are pooled and get one calibration line.
    """
    if not folds:
        return Calibrator()
    if forward:
        return choose_calibrator([raw[fold.test] for fold in folds], [learning.label[fold.test] for fold in folds])
    rows = np.concatenate([fold.test for fold in folds])
    return Calibrator.fit(raw[rows], learning.label[rows])


def fit_prediction_band(
    raw: FloatArray, learning: LearningSet, folds: Sequence[Fold], calibrator: Calibrator, settings: Settings
) -> PredictionBand:
    """Return the band around the calibrated score, from the newest of these folds that hold enough leads at arrival."""
    arrivals: list[np.ndarray] = []
    # From the newest fold back, so that the band follows recent leads.
    for fold in reversed(folds):
        arrivals.append(fold.test[learning.arrival[fold.test]])
        if sum(map(len, arrivals)) >= _BAND_LEADS and len(arrivals) >= min(_BAND_BLOCKS, len(folds)):
            break
    # More leads would make the band hardly narrower, and each costs one number for every resample.
    blocks = [np.sort(rows)[:: 1 + len(rows) // _MAX_BLOCK_LEADS] for rows in reversed(arrivals)]
    return fit_band_of_blocks(
        [calibrator.calibrate(raw[rows]) for rows in blocks],
        [learning.label[rows] for rows in blocks],
        settings.resamples,
        settings.seed,
    )


def compute_band_coverage(
    raw: FloatArray, learning: LearningSet, splits: Splits, first: np.ndarray, settings: Settings
) -> float | None:
    """Return how often the band of the earlier folds held on the last one; None where there is no earlier fold."""
    if not splits.forward or len(splits.folds) < 2:
        return None
    earlier = list_deciding_folds(splits.folds, len(splits.folds) - 1, True)
    if not earlier:
        return None
    calibrator = fit_calibrator(raw, learning, earlier, True)
    band = fit_prediction_band(raw, learning, earlier, calibrator, settings)
    return compute_coverage(band, calibrator.calibrate(raw[first]), learning.label[first])
