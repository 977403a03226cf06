"""How good is the model on leads of which little was sent? Its metrics on held-out copies with fields withheld.

Lives here: metrics by the share of information that was left.
Does not live here: making the copies (``training.dataset.withheld_fields``), the metrics of whole leads
(``out_of_fold``).
"""

from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.metrics import log_loss, roc_auc_score

from features.array_types import FloatArray
from training.dataset.training_data import TrainingData
from training.evaluation.metrics import calibration_bins

__all__ = ["measure_withheld"]

_BANDS = ((0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.01))
_MIN_LEADS = 100


def measure_withheld(data: TrainingData, log_odds: FloatArray, coverage: FloatArray) -> list[dict[str, Any]]:
    """Measure the copies of the held-out end of history, as JSON values: all of them, then by coverage.

    Parameters
    ----------
    log_odds, coverage : float arrays of shape (c,)
        Calibrated out-of-fold scores of the copies (NaN where no fold predicts them), and what was left of each.
    """
    if data.withheld is None:
        return []
    held_out = data.withheld.find_copies(data.splits.folds[-1].test) & ~np.isnan(log_odds)
    label, probability = data.learning.label[data.withheld.of_row], expit(log_odds)
    rows = []
    for low, high in ((0.0, 1.01), *_BANDS):
        within = held_out & (coverage >= low) & (coverage < high)
        if within.sum() < _MIN_LEADS or len(np.unique(label[within])) < 2:
            continue
        bins = calibration_bins(label[within], probability[within])
        error = sum(count * abs(predicted - actual) for predicted, actual, count in bins) / within.sum()
        rows.append(
            {
                "coverage": [low, min(high, 1.0)],
                "leads": int(within.sum()),
                "auc": round(float(roc_auc_score(label[within], probability[within])), 4),
                "log_loss": round(float(log_loss(label[within], probability[within])), 4),
                "calibration_error": round(float(error), 4),
            }
        )
    return rows
