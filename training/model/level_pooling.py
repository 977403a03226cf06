"""Are the levels of categories pulled together by what their own rates show, or by the penalty that all terms share?

Lives here: choosing between the two on folds.
Does not live here: fitting either (``linear_fit``), fitting and scoring the folds
(``training.evaluation.out_of_fold``).

The shared penalty grows with the number of terms, which is right for many terms that say little. Hundreds of campaigns
that each have a worth of their own are held down by it: there partial pooling by empirical Bayes, one penalty for each
category, is better by a lot (two invented worlds of 600 campaigns: .024 of log loss on later leads). Where the world
drifts, what a level showed does not last, and the stronger penalty does better (the bank's latest fifth: by .025). So
pooling has to be proven on later folds, by three standard errors: with four folds that is what 95 in 100 takes.
"""

from collections.abc import Sequence

import numpy as np

from features.array_types import FloatArray
from training.dataset.time_splits import Fold
from training.model.model_selection import compare_losses, compute_log_losses, compute_row_weights

__all__ = ["choose_fold_pooling", "choose_pooling"]

_ERRORS_REQUIRED = 3.0
_MIN_FOLDS = 2


def choose_pooling(
    shared_raw: FloatArray, pooled_raw: FloatArray, label: FloatArray, folds: Sequence[Fold], forward: bool
) -> bool:
    """Choose whether levels are pooled: only where that is clearly better on these folds, and never by one fold alone.

    Parameters
    ----------
    shared_raw, pooled_raw : float arrays of shape (n,), log-odds
        Out-of-fold scores of the linear part with the shared penalty, and with pooled levels.
    folds : sequence of Fold
        In the order of time where ``forward``.
    """
    if len(folds) < _MIN_FOLDS:
        return False
    rows = np.concatenate([fold.test for fold in folds])
    row_weights = compute_row_weights((len(fold.test) for fold in folds), forward)
    losses = compute_log_losses(np.array([shared_raw[rows], pooled_raw[rows]]), label[rows])
    sizes = [len(fold.test) for fold in folds] if forward else []
    gain = compare_losses(losses[0], losses[1], row_weights, sizes)
    return bool(gain.mean > _ERRORS_REQUIRED * gain.error)


def choose_fold_pooling(
    shared_raw: FloatArray, pooled_raw: FloatArray, label: FloatArray, folds: Sequence[Fold], forward: bool
) -> list[bool]:
    """Choose for each fold what the others would have chosen (forward: the earlier ones)."""
    return [
        choose_pooling(
            shared_raw,
            pooled_raw,
            label,
            folds[:number] if forward else [other for other in folds if other is not fold],
            forward,
        )
        for number, fold in enumerate(folds)
    ]
