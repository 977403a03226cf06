"""Would the reasons be the same, had the model learned from other leads? The model fitted again, to resampled leads.

Lives here: drawing leads, fitting to them, and running LC009 on leads that none of these models has seen.
Does not live here: what LC009 requires of the reasons (``reason_faithfulness``), the final model
(``training.pipeline``).
"""

from dataclasses import dataclass, replace

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
from training.model.linear.linear_model import LinearModel
from training.progress import ReportProgress, ignore_progress
from training.workers.fold_fits import reduce_for_worker, select_binned

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
        Its newest parts, their weight and the last fold's bins are used; its workers fit beside each other.
    """
    data = replace(data, tree_steps=validation.tree_steps)
    settings, fold, newest = data.settings, data.splits.folds[-1], validation.newest
    random, of_lead = np.random.default_rng(settings.seed), data.learning.moments.of_lead
    leads, registered = np.unique(of_lead[fold.train]), round(validation.trees / data.tree_steps)
    trees = min(registered, newest.trees.num_trees())
    moments, workers = data.find_moments(fold.train), validation.bins.workers
    if trees < _ENOUGH_TREES * registered:
        trees = registered
        booster = fit_trees(validation.bins.select(data, fold), data.signals, data.tree_settings, trees)
    else:
        # Fewer trees are the first of more.
        booster = lightgbm.Booster(model_str=newest.trees.model_to_string(num_iteration=trees))
    models = [BlendedModel.of_parts(booster, newest.linear, validation.linear_weight, data)]
    draws = []
    for _ in range(_REFITS):
        drawn = random.choice(leads, len(leads))
        draws.append(np.bincount(drawn, minlength=int(of_lead.max()) + 1)[of_lead[moments]])
    report_progress("Validating reasons", 0, 1 + _REFITS)
    if workers.are_spread:
        refits = iter(
            workers.run([FitDrawnLeads(reduce_for_worker(data), trees, newest.linear, times) for times in draws])
        )
    else:
        train = validation.bins.select(data, fold)
        refits = map(_Refitter(data, train, trees, newest.linear).fit, draws)
    for done, (booster, linear) in enumerate(refits):
        report_progress("Validating reasons", done, 1 + _REFITS)
        models.append(BlendedModel.of_parts(booster, linear, validation.linear_weight, data))
    sample, held_out, background = ReasonSample(seed=settings.seed), data.rows[fold.test], data.rows[fold.train]
    result = ReasonFaithfulness(data.signals, models[0], models[1:], held_out, background, sample).run()
    report_progress("Validating reasons", 1, 1)
    return result


class _Refitter:
    """Fits both parts to leads that were drawn from the same rows.

    Parameters
    ----------
    data : TrainingData
    train : LabeledRows, with bins
    trees : int
    linear : LinearModel
        From which the way to the others is short.
    """

    def __init__(self, data: TrainingData, train: LabeledRows, trees: int, linear: LinearModel) -> None:
        self._data, self._train, self._trees, self._linear = data, train, trees, linear
        self._fitter, self._penalty = LinearFitter(train, data.signals), Penalty.of_data(data)

    def fit(self, times: IntArray) -> tuple[lightgbm.Booster, LinearModel]:
        """Fit to each row as often as ``times`` says. Shape (n,)."""
        data = self._data
        booster = fit_trees(_repeat_rows(self._train, times), data.signals, data.tree_settings, self._trees)
        return booster, self._fitter.fit(self._penalty, times, self._linear)


@dataclass(frozen=True)
class FitDrawnLeads:
    """Both parts, fitted by a worker to leads that were drawn from those of the last fold."""

    data: TrainingData
    trees: int
    linear: LinearModel
    times: IntArray

    def __call__(self) -> tuple[lightgbm.Booster, LinearModel]:
        """Return the trees and the linear part."""
        train = select_binned(self.data, self.data.splits.folds[-1])
        return _Refitter(self.data, train, self.trees, self.linear).fit(self.times)


def _repeat_rows(train: LabeledRows, times: IntArray) -> LabeledRows:
    """Return the rows as often as ``times`` says, shape (n,), as weights: once in memory, and with their bins."""
    drawn = np.flatnonzero(times)
    weight = times[drawn] if train.weight is None else train.weight[drawn] * times[drawn]
    bins = None if train.bins is None else train.bins.subset(drawn.tolist()).construct()
    return LabeledRows(train.rows[drawn], train.label[drawn], weight.astype(float), bins=bins)
