"""How did the model do in each fold, one after the other? The curve that says whether later leads are harder.

Lives here: each fold's metrics without intervals. Does not live here: the held-out leads with intervals
(``out_of_fold``), one AUC over all folds (``fold_ranking``).
"""

from typing import Any

import numpy as np
from scipy.special import expit

from features.array_types import FloatArray
from training.dataset.labels import LearningSet
from training.dataset.time_splits import Splits, list_deciding_folds
from training.evaluation.fold_calibration import fit_calibrator
from training.evaluation.metrics import Bootstrap, evaluate

__all__ = ["FOLD_METRICS", "measure_folds"]

FOLD_METRICS = ("auc", "log_loss", "calibration_error")
_WITHOUT_INTERVALS = Bootstrap(resamples=0)


def measure_folds(raw: FloatArray, learning: LearningSet, splits: Splits) -> list[dict[str, Any]]:
    """Measure each fold on its leads at arrival, at probabilities that nothing in it has calibrated.

    Forward in time a fold is calibrated on those before it, the first one not at all; the last fold is the held-out
    end of history, so its metrics are the model's.

    Parameters
    ----------
    raw : float array of shape (n,), log-odds
        Out-of-fold scores of all moments.

    Returns
    -------
    list of dict
        ``leads``, ``converted`` (how many of them), and ``FOLD_METRICS``; without these where all leads of a fold had
        the same outcome.
    """
    figures = []
    for number, fold in enumerate(splits.folds):
        others = list_deciding_folds(splits.folds, number, splits.forward)
        rows = np.sort(fold.test[learning.arrival[fold.test]])
        label = learning.label[rows]
        measured: dict[str, Any] = {"leads": len(rows), "converted": int(label.sum())}
        if 0 < label.sum() < len(label):
            probability = expit(fit_calibrator(raw, learning, others, splits.forward).calibrate(raw[rows]))
            metrics = evaluate(label, probability, learning.moments.of_lead[rows], _WITHOUT_INTERVALS)
            measured |= {name: round(metrics[name].value, 6) for name in FOLD_METRICS}
        figures.append(measured)
    return figures
