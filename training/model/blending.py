"""How much of the score is the linear part, how much the trees? A weight chosen on later leads, one half if in doubt.

Lives here: choosing the weight, the out-of-fold scores of the blend.
Does not live here: the linear part (``linear.linear_model``), the trees (``gradient_boosting``).

While the world stays as it is, folds forward in time find the best weight; when it changes at the very end, they miss
the change, and the linear part is often what still holds. So the weight stays as near to one half as the folds allow:
the nearest whose log loss is within one standard error of the best (see ``model_selection``; one half takes the place
of the simplest model). The error is that between folds: a weight that suited one block of time alone is not proven.
Later folds count more: each twice as much as the one before."""

from collections.abc import Sequence

import numpy as np

from features.array_types import FloatArray
from training.dataset.time_splits import Fold, list_deciding_folds
from training.model.linear.linear_model import blend_scores
from training.model.model_selection import compare_losses, compute_log_losses, compute_row_weights

__all__ = ["blend_out_of_fold", "choose_fold_weights", "choose_linear_weight"]

_WEIGHTS = np.linspace(0, 1, 21)
_EQUAL_WEIGHT = 0.5


def choose_linear_weight(
    linear_raw: FloatArray, trees_raw: FloatArray, label: FloatArray, folds: Sequence[Fold], forward: bool
) -> float:
    """Choose the weight of the linear part, 0 to 1.

    Parameters
    ----------
    linear_raw, trees_raw : float arrays of shape (n,), log-odds
        Out-of-fold predictions.
    label : float array of shape (n,), 0 or 1
    folds : sequence of Fold
        In the order of time where ``forward``; without any the weight is one half.
    """
    if not folds:
        return _EQUAL_WEIGHT
    rows = np.concatenate([fold.test for fold in folds])
    row_weights = compute_row_weights((len(fold.test) for fold in folds), forward)
    blends = np.array([blend_scores(linear_raw[rows], trees_raw[rows], weight) for weight in _WEIGHTS])
    losses = compute_log_losses(blends, label[rows])
    best = losses[np.argmin(losses @ row_weights)]
    sizes = [len(fold.test) for fold in folds] if forward else []
    candidates = np.flatnonzero(compare_losses(losses, best, row_weights, sizes).within_error)
    return float(_WEIGHTS[candidates[np.argmin(np.abs(_WEIGHTS[candidates] - _EQUAL_WEIGHT))]])


def blend_out_of_fold(
    linear_raw: FloatArray, trees_raw: FloatArray, label: FloatArray, folds: Sequence[Fold], forward: bool
) -> FloatArray:
    """Blend every predicted row, each fold with the weight that the others chose (forward: the earlier ones).

    Shape (n,), NaN not predicted.
    """
    raw = np.full(len(linear_raw), np.nan)
    for fold, weight in zip(folds, choose_fold_weights(linear_raw, trees_raw, label, folds, forward), strict=True):
        raw[fold.test] = blend_scores(linear_raw[fold.test], trees_raw[fold.test], weight)
    return raw


def choose_fold_weights(
    linear_raw: FloatArray, trees_raw: FloatArray, label: FloatArray, folds: Sequence[Fold], forward: bool
) -> list[float]:
    """Choose for each fold the weight that the others would have chosen: never by its own labels."""
    return [
        choose_linear_weight(
            linear_raw,
            trees_raw,
            label,
            list_deciding_folds(folds, number, forward),
            forward,
        )
        for number in range(len(folds))
    ]
