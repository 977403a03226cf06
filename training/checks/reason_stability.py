"""Would the same reasons come out, had the model learned from other leads? The model fitted again, to resampled leads.

Lives here: drawing leads, fitting to them, and LC009 on leads that none of these models has seen.
Does not live here: what is asked of the reasons (``checks.reasons_hold``), the model that is signed (``pipeline``).
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from training.bundle import Bundle
from training.checks.reason_faithfulness import ReasonFaithfulness
from training.dataset.labels import LearningSet
from training.dataset.time_splits import Fold
from training.finding import Finding
from training.model.gradient_boosting import fit_trees
from training.model.linear_model import fit_linear
from training.settings import Settings

__all__ = ["check_reasons"]

_REFITS = 3
"""Models fitted to resampled leads, to see whether reasons are stable."""


def check_reasons(
    bundle: Bundle,
    rows: np.ndarray,
    learning: LearningSet,
    fold: Fold,
    held_out: np.ndarray,
    trees: int,
    settings: Settings,
    step: Callable[[str, int, int], None],
) -> tuple[Finding, tuple[str, ...]]:
    """LC009 on held-out leads, and the groups whose reasons must not be shown.

    Parameters
    ----------
    bundle : Bundle
        Whose weights, calibration and signals hold for every model fitted here.
    rows : float32 array of shape (n, signals)
    fold : Fold
        The models tried learn from its training rows, or from leads drawn from them.
    held_out : float32 array of shape (t, signals)
        Leads in none of these.
    trees : int, of each model
    """
    random, of_lead = np.random.default_rng(settings.seed), learning.moments.of_lead
    leads, explains = np.unique(of_lead[fold.train]), []
    for done in range(1 + _REFITS):
        step("Trying the reasons", done, 2 + _REFITS)
        drawn = random.choice(leads, len(leads)) if done else leads
        times = np.bincount(drawn, minlength=int(of_lead.max()) + 1)[of_lead[fold.train]]
        told = np.repeat(fold.train, times)
        booster = fit_trees(rows[told], learning.label[told], list(bundle.signals), settings, trees)
        line = fit_linear(rows[told], learning.label[told], bundle.signals, settings.line_penalty)
        explains.append(replace(bundle, model_text=booster.model_to_string(), linear=line).explained)
    found = ReasonFaithfulness(bundle.signals, explains[0], explains[1:], held_out, seed=settings.seed).run()
    step("Trying the reasons", 1, 1)
    return found
