"""What do the newest leads teach before their horizon is over? One step of expectation: a label between 0 and 1 each.

Lives here: the label to expect of a moment, given its silence so far.
Does not live here: the distribution of delays (``training.dataset.label_delay``), whether it helps
(``training.experiments.backtest``: forward in time, metrics for both ways).
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from features.array_types import FloatArray
from training.dataset.label_delay import compute_expected_label
from training.dataset.labels import LearningSet
from training.dataset.time_splits import Fold
from training.model.calibration import Calibrator

__all__ = ["estimate_pending_labels"]


def estimate_pending_labels(
    pending_raw: FloatArray, raw: FloatArray, learning: LearningSet, folds: Sequence[Fold]
) -> FloatArray:
    """Estimate the labels of the pending moments: 0 to 1 each, shape (w,).

    A calibration line that includes the pending moments gives their probability, and is used for nothing else. The
    model learns a change of the newest month for the leads that it is about; the line would shift every lead for the
    same change once more.

    Parameters
    ----------
    pending_raw : float array of shape (w,), log-odds
        Scores of the pending moments by a model fitted to the ripe ones alone; their silence is not counted yet.
    raw : float array of shape (n,)
        Out-of-fold scores of the ripe moments, NaN where there is none.
    """
    pending = learning.pending
    # The later half of the folds: nearest in time to the pending moments.
    later = np.concatenate([fold.test for fold in folds[len(folds) // 2 :]])
    share_known = np.concatenate([np.ones(len(later)), pending.share_known])
    calibrator = Calibrator.fit(
        np.concatenate([raw[later], pending_raw]),
        np.concatenate([learning.label[later], pending.converted]),
        share_known,
    )
    return compute_expected_label(expit(calibrator.calibrate(pending_raw)), pending.converted, pending.share_known)
