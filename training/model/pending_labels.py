"""What do the newest leads teach before their horizon is over? One step of expectation: a label between 0 and 1 for
each.

Lives here: the label that a moment's silence so far leads one to expect.
Does not live here: that worth (``delays``), whether it helps (``backtest``: forward in time, figures for both ways).
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


def estimate_pending_labels(before: FloatArray, raw: FloatArray, learning: LearningSet, folds: Sequence[Fold]) -> FloatArray:
    """What to expect of the unripe moments: a label from 0 to 1 for each, shape (w,).

    A calibration line that has seen the unripe moments says what to expect of them, and is then laid aside: the model
    learns a change of the newest month for the leads it is about, and the line would shift every lead for the same
    change once more.

    Parameters
    ----------
    before : float array of shape (w,)
        What a model fitted to the ripe moments alone says of the unripe ones, log-odds, before their silence is
        counted.
    raw : float array of shape (n,)
        Forward predictions of the folds, NaN where there is none.
    """
    waiting = learning.pending
    later = np.concatenate([fold.test for fold in folds[len(folds) // 2 :]])
    known = np.concatenate([np.ones(len(later)), waiting.share_known])
    line = Calibrator.fit(
        np.concatenate([raw[later], before]), np.concatenate([learning.label[later], waiting.converted]), known
    )
    return compute_expected_label(expit(line.calibrate(before)), waiting.converted, waiting.share_known)
