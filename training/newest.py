"""What do the newest leads teach before their horizon is over? One step of expectation, then the same trees on everything.

Lives here: the final fit with unripe moments, each with the label that its silence leads one to expect.
Does not live here: that worth (``delays``), whether it helps (``backtest``: forward in time, figures for both ways).
"""

from collections.abc import Sequence

import lightgbm
import numpy as np

from features.catalogue import Signal
from features.types import FloatArray
from training.calibrate import Calibrator
from training.delays import expected_label
from training.fit import fit_trees
from training.labels import LearningSet
from training.settings import Settings
from training.splits import Fold

__all__ = ["with_waiting"]


def with_waiting(
    ripe: lightgbm.Booster,
    rows: np.ndarray,
    waiting_rows: np.ndarray,
    raw: FloatArray,
    learning: LearningSet,
    folds: Sequence[Fold],
    signals: Sequence[Signal],
    settings: Settings,
) -> lightgbm.Booster:
    """The booster fitted to ripe and unripe moments.

    A calibration line that has seen the unripe moments says what to expect of them, and is then laid aside: the trees learn a change of the
    newest month for the leads it is about, and the line would shift every lead for the same change once more.

    Parameters
    ----------
    ripe : Booster
        Fitted to the ripe moments alone; it says what the unripe ones would do, before their silence is counted.
    rows : float32 array of shape (n, signals)
    waiting_rows : float32 array of shape (w, signals)
    raw : float array of shape (n,)
        Forward predictions of the folds, NaN where there is none.
    """
    waiting = learning.waiting
    before = np.asarray(ripe.predict(waiting_rows, raw_score=True, num_threads=settings.threads))
    later = np.concatenate([fold.test for fold in folds[len(folds) // 2 :]])
    known = np.concatenate([np.ones(len(later)), waiting.share_known])
    line = Calibrator.fit(np.concatenate([raw[later], before]), np.concatenate([learning.label[later], waiting.converted]), known)
    expected = expected_label(1 / (1 + np.exp(-line.log_odds(before))), waiting.converted, waiting.share_known)
    label = np.concatenate([learning.label, expected])
    return fit_trees(np.concatenate([rows, waiting_rows]), label, signals, settings, ripe.num_trees())
