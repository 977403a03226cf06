"""Which model is signed in the end? Both parts, fitted once, to all moments and the pending ones.

Lives here: the final fit, and the second model (being reached).
Does not live here: fitting one part (``training.model``), what is measured on held-out leads (``training.evaluation``).
"""

from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from features.batch import Batch
from features.feature_matrix import compute_matrix
from training.dataset.training_data import LabeledRows, TrainingData
from training.evaluation.cross_validation import CrossValidation
from training.evaluation.reach_model import fit_reach, label_reached
from training.fast_run import NOT_FITTED
from training.model.gradient_boosting import fit_trees
from training.model.linear.linear_fit import Penalty, fit_linear_rows
from training.model.linear.linear_model import LinearModel, blend_scores
from training.model.pending_labels import estimate_pending_labels
from training.model.predictions import Reach
from training.preparation import PreparedRun
from training.progress import ReportProgress, ignore_progress

__all__ = ["FinalModel", "fit_final"]


@dataclass(frozen=True)
class FinalModel:
    """The parts of the model that is signed.

    Parameters
    ----------
    booster : lightgbm.Booster
    linear : LinearModel
    uses_pending : bool
        Whether it learned from moments whose horizon is not over yet.
    reach : Reach or None
        None where events do not show who was reached.
    reach_figures : dict
        Metrics of ``reach``, or why there is none.
    """

    booster: lightgbm.Booster
    linear: LinearModel
    uses_pending: bool
    reach: Reach | None
    reach_figures: dict[str, Any]


def fit_final(
    run: PreparedRun, validation: CrossValidation, report_progress: ReportProgress = ignore_progress
) -> FinalModel:
    """Fit the model of being reached and both parts of the conversion model to all moments."""
    data = run.data
    reach, reach_figures = _fit_reach(run, validation, report_progress)
    report_progress("Fitting the final model", 0, 1)
    train, uses_pending = data.select(), _can_use_pending(data)
    if uses_pending:
        train = _insert_pending(train, run, validation)
    booster = fit_trees(train, data.signals, data.tree_settings, validation.trees)
    linear = fit_linear_rows(train, data.signals, Penalty.of_data(data))
    report_progress("Fitting the final model", 1, 1)
    return FinalModel(booster, linear, uses_pending, reach, reach_figures)


def _fit_reach(
    run: PreparedRun, validation: CrossValidation, report_progress: ReportProgress
) -> tuple[Reach | None, dict[str, Any]]:
    """Fit the model of being reached; a fast training has none."""
    data = run.data
    if data.settings.fast:
        return None, {"said": NOT_FITTED}
    label = label_reached(run.tables, data.learning, run.practice)
    return fit_reach(data, label, validation.raw, validation.bins, report_progress)


def _can_use_pending(data: TrainingData) -> bool:
    """Return whether moments that are not ripe yet can teach in this run."""
    pending = data.learning.pending
    is_allowed = data.settings.unripe == "delay_model" and data.splits.forward
    return is_allowed and pending is not None and pending.has_delay_curve


def _insert_pending(train: LabeledRows, run: PreparedRun, validation: CrossValidation) -> LabeledRows:
    """Return the rows with the pending moments among them.

    A pending moment's label is what the newest fold's model, which has learned from earlier leads alone, and the lead's
    silence so far lead one to expect.
    """
    data, newest = run.data, validation.newest
    moments = data.learning.pending.moments
    batch = Batch.from_tables(run.tables, moments.of_lead, moments.cutoff, run.batch.context)
    pending_rows = compute_matrix(batch, data.signals)
    pending_raw = blend_scores(
        newest.linear.predict_raw(pending_rows.astype(float)),
        np.asarray(newest.trees.predict(pending_rows, raw_score=True, num_threads=data.settings.threads)),
        validation.linear_weight,
    )
    pending_label = estimate_pending_labels(pending_raw, validation.raw, data.learning, data.splits.folds)
    return train.insert_whole(pending_rows, pending_label)
