"""Would the reasons be the same, had the model learned from other leads? The model fitted again, to resampled leads.

Lives here: drawing leads, fitting to them, and running LC009 on leads that none of these models has seen.
Does not live here: what LC009 requires of the reasons (``reason_faithfulness``), the final model
(``training.pipeline``).
"""

from dataclasses import replace

import lightgbm
import numpy as np

from features.array_types import IntArray
from training.check_finding import Finding
from training.checks.reason_faithfulness import ReasonFaithfulness, ReasonSample
from training.dataset.training_data import LabeledRows, TrainingData
from training.evaluation.cross_validation import CrossValidation
from training.explain.blended_model import BlendedModel
from training.model.gradient_boosting import fit_trees
from training.model.linear.linear_fit import LinearFitter, Penalty
from training.progress import ReportProgress, ignore_progress

__all__ = ["check_reasons"]

_REFITS = 3
"""Number of models fitted to resampled leads, to see whether reasons are stable."""
_ENOUGH_TREES = 0.75
"""Share of the registered model's trees that the newest fold's must have to stand for it.

Where labels ripen late, or the two folds differ, it may have far fewer. With 31 trees in place of 99, 85 in 100 reasons
of the trees alone pointed the same way after resampling in place of 89 (one invented world of 1,500 leads, three
samples)."""


def check_reasons(
    data: TrainingData, validation: CrossValidation, report_progress: ReportProgress = ignore_progress
) -> tuple[Finding, tuple[str, ...]]:
    """Run LC009 on held-out leads; return its finding, and the groups whose reasons must not be shown.

    The model that learned from every lead of the last fold is that of the cross-validation, without being fitted again
    unless it has far fewer trees than the registered one. The others are fitted to leads drawn from them with
    replacement.

    Parameters
    ----------
    data : TrainingData
        As all folds chose it.
    validation : CrossValidation
        Its newest parts, their weight and the last fold's bins are used.
    """
    data = replace(data, tree_steps=validation.tree_steps)
    settings, fold, newest = data.settings, data.splits.folds[-1], validation.newest
    random, of_lead = np.random.default_rng(settings.seed), data.learning.moments.of_lead
    leads, registered = np.unique(of_lead[fold.train]), round(validation.trees / data.tree_steps)
    trees = min(registered, newest.trees.num_trees())
    train, moments = validation.bins.select(data, fold), data.find_moments(fold.train)
    if trees < _ENOUGH_TREES * registered:
        trees = registered
        booster = fit_trees(train, data.signals, data.tree_settings, trees)
    else:
        # Fewer trees are the first of more.
        booster = lightgbm.Booster(model_str=newest.trees.model_to_string(num_iteration=trees))
    models = [BlendedModel.of_parts(booster, newest.linear, validation.linear_weight, data)]
    linear_fitter, penalty = LinearFitter(train, data.signals), Penalty.of_data(data)
    for done in range(_REFITS):
        report_progress("Validating reasons", done, 1 + _REFITS)
        drawn = random.choice(leads, len(leads))
        times = np.bincount(drawn, minlength=int(of_lead.max()) + 1)[of_lead[moments]]
        booster = fit_trees(_repeat_rows(train, times), data.signals, data.tree_settings, trees)
        linear = linear_fitter.fit(penalty, times, newest.linear)
        models.append(BlendedModel.of_parts(booster, linear, validation.linear_weight, data))
    sample, held_out, background = ReasonSample(seed=settings.seed), data.rows[fold.test], data.rows[fold.train]
    result = ReasonFaithfulness(data.signals, models[0], models[1:], held_out, background, sample).run()
    report_progress("Validating reasons", 1, 1)
    return result


def _repeat_rows(train: LabeledRows, times: IntArray) -> LabeledRows:
    """Return the rows as often as ``times`` says, shape (n,), as weights: once in memory, and with their bins."""
    drawn = np.flatnonzero(times)
    weight = times[drawn] if train.weight is None else train.weight[drawn] * times[drawn]
    bins = None if train.bins is None else train.bins.subset(drawn.tolist()).construct()
    return LabeledRows(train.rows[drawn], train.label[drawn], weight.astype(float), bins=bins)
