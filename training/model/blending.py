"""How much of the score is the straight line, how much the trees? A weight found on later leads, and half and half
where they do not say clearly.

Lives here: choosing the weight. Does not live here: the line (``linear``), the trees (``fit``).

While the world holds, folds forward in time find the weight; when it turns at the very end, they miss it, and a plain
line is often what survives. So the weight stays as near to one half as the folds allow: the nearest whose log loss is
within one standard error of the best (see ``choice``; one half stands in the place of the simplest model). Later folds
count more: each twice as much as the one before."""

from collections.abc import Sequence

import numpy as np

from features.array_types import FloatArray
from training.dataset.time_splits import Fold
from training.model.linear_model import blend_scores
from training.model.model_selection import compute_log_losses, compare_losses, compute_row_weights

__all__ = ["choose_linear_weight", "blend_out_of_fold"]

_WEIGHTS = np.linspace(0, 1, 21)
_EVEN = 0.5


def choose_linear_weight(
    line: FloatArray, trees: FloatArray, label: FloatArray, folds: Sequence[Fold], forward: bool
) -> float:
    """The weight of the linear part, 0 to 1.

    Parameters
    ----------
    line, trees : float arrays of shape (n,), log-odds
        Predictions of rows that the predicting model had not seen.
    label : float array of shape (n,), 0 or 1
    folds : sequence of Fold
        In the order of time where ``forward``; one half when there are none.
    """
    if not folds:
        return _EVEN
    rows = np.concatenate([fold.test for fold in folds])
    share = compute_row_weights((len(fold.test) for fold in folds), forward)
    losses = compute_log_losses(np.array([blend_scores(line[rows], trees[rows], weight) for weight in _WEIGHTS]), label[rows])
    allowed = np.flatnonzero(compare_losses(losses, losses[np.argmin(losses @ share)], share).within_error)
    return float(_WEIGHTS[allowed[np.argmin(np.abs(_WEIGHTS[allowed] - _EVEN))]])


def blend_out_of_fold(line: FloatArray, trees: FloatArray, label: FloatArray, folds: Sequence[Fold], forward: bool) -> FloatArray:
    """The blend of every predicted row, each fold with the weight that the others chose (forward: those before it).

    Shape (n,), NaN not predicted.
    """
    raw = np.full(len(line), np.nan)
    for place, fold in enumerate(folds):
        others = folds[:place] if forward else [other for other in folds if other is not fold]
        raw[fold.test] = blend_scores(line[fold.test], trees[fold.test], choose_linear_weight(line, trees, label, others, forward))
    return raw
