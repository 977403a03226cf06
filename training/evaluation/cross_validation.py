"""What do models say of leads that they have not seen? Both parts over the folds, their blend, calibration and metrics.

Lives here: the order of these steps, and their results as one object.
Does not live here: each step (``out_of_fold``, ``refit_as_of``, ``training.model.blending``), the final fit
(``training.final_fit``).
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray, IntArray
from training.dataset.training_data import TrainingData
from training.evaluation.out_of_fold import (
    Evaluation,
    evaluate_model,
    fit_calibrator,
    predict_folds,
    predict_linear_folds,
)
from training.evaluation.refit_as_of import refit_as_of
from training.model.blending import blend_out_of_fold, choose_linear_weight
from training.model.calibration import Calibrator
from training.model.rules_baseline import RuleScore
from training.progress import ReportProgress, ignore_progress

__all__ = ["CrossValidation", "cross_validate"]


@dataclass(frozen=True)
class CrossValidation:
    """What the folds showed, n moments.

    Parameters
    ----------
    linear_raw, trees_raw, raw : float arrays of shape (n,), log-odds
        Out-of-fold scores of the two parts and of their blend; NaN where no fold predicts the moment.
    linear_weight : float
        Weight of the linear part that all folds together choose.
    calibrator : Calibrator
        Fitted to all folds.
    evaluation : Evaluation
        Metrics on the held-out end of history.
    since_champion : tuple of arrays of shape (k,)
        Moments after the champion's data ended, and their probability as refitted then; empty without a champion.
    """

    linear_raw: FloatArray
    trees_raw: FloatArray
    raw: FloatArray
    linear_weight: float
    calibrator: Calibrator
    evaluation: Evaluation
    since_champion: tuple[IntArray, FloatArray]


def cross_validate(
    data: TrainingData,
    rules: RuleScore,
    horizon_days: int,
    since: np.datetime64 | None = None,
    report_progress: ReportProgress = ignore_progress,
) -> CrossValidation:
    """Predict every fold, blend, calibrate and evaluate.

    Parameters
    ----------
    rules : RuleScore
        Evaluated beside the model where the rules rank leads at all.
    since : datetime64[us], optional
        When the champion's data ended; see ``refit_as_of``.
    """
    label, folds, forward = data.learning.label, data.splits.folds, data.splits.forward
    trees_raw = predict_folds(data, report_progress)
    linear_raw = predict_linear_folds(data, report_progress)
    raw = blend_out_of_fold(linear_raw, trees_raw, label, folds, forward)
    nothing = np.empty(0, np.intp), np.empty(0)
    return CrossValidation(
        linear_raw,
        trees_raw,
        raw,
        choose_linear_weight(linear_raw, trees_raw, label, folds, forward),
        fit_calibrator(raw, data.learning, folds, forward),
        evaluate_model(data, raw, rules.points if rules.can_rank else None, report_progress),
        nothing if since is None else refit_as_of(since, data, linear_raw, trees_raw, horizon_days),
    )
