"""Would the reasons be the same, had the model learned from other leads? The model fitted again, to resampled leads.

Lives here: drawing leads, fitting to them, and running LC009 on leads that none of these models has seen.
Does not live here: what LC009 requires of the reasons (``reason_faithfulness``), the final model
(``training.pipeline``).
"""

from dataclasses import replace

import lightgbm
import numpy as np

from training.bundle import Bundle
from training.checks.reason_faithfulness import ReasonFaithfulness, ReasonSample
from training.dataset.training_data import TrainingData
from training.evaluation.cross_validation import NewestParts
from training.explain.shap_values import ShapExplainer
from training.explain.tree_centers import compute_tree_centers
from training.finding import Finding
from training.model.gradient_boosting import fit_trees
from training.model.linear_fit import fit_linear_part
from training.progress import ReportProgress, ignore_progress

__all__ = ["check_reasons"]

_REFITS = 3
"""Number of models fitted to resampled leads, to see whether reasons are stable."""


def check_reasons(
    bundle: Bundle,
    data: TrainingData,
    trees: int,
    newest: NewestParts,
    report_progress: ReportProgress = ignore_progress,
) -> tuple[Finding, tuple[str, ...]]:
    """Run LC009 on held-out leads; return its finding, and the groups whose reasons must not be shown.

    Parameters
    ----------
    bundle : Bundle
        Its blending weight, calibration and signals are used by every model fitted here.
    data : TrainingData
        The models learn from the training rows of the last fold, or from leads drawn from them.
    trees : int, of each model
    newest : NewestParts
        The model that learned from every lead, without being fitted again: fewer trees are the first of more.
    """
    learning, settings, fold = data.learning, data.settings, data.splits.folds[-1]
    random, of_lead = np.random.default_rng(settings.seed), learning.moments.of_lead
    leads, models = np.unique(of_lead[fold.train]), []
    for done in range(1 + _REFITS):
        report_progress("Validating reasons", done, 2 + _REFITS)
        # The first model learns from every lead, the others from leads drawn with replacement.
        drawn = random.choice(leads, len(leads)) if done else leads
        times = np.bincount(drawn, minlength=int(of_lead.max()) + 1)[of_lead[fold.train]]
        train = np.repeat(fold.train, times)
        booster, linear = NewestParts(None, None) if done else newest
        if booster is None or booster.num_trees() < trees:
            booster = fit_trees(data.select(train), bundle.signals, data.tree_settings, trees)
        else:
            booster = lightgbm.Booster(model_str=booster.model_to_string(num_iteration=trees))
        if linear is None:
            linear = fit_linear_part(data, train)
        centers = compute_tree_centers(ShapExplainer.from_booster(booster), data)
        models.append(replace(bundle, model_text=booster.model_to_string(), linear=linear, tree_centers=centers))
    sample, held_out, background = ReasonSample(seed=settings.seed), data.rows[fold.test], data.rows[fold.train]
    result = ReasonFaithfulness(bundle.signals, models[0], models[1:], held_out, background, sample).run()
    report_progress("Validating reasons", 1, 1)
    return result
