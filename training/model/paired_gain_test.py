"""Is a second way of fitting better than the first on later folds, beyond doubt? Used where the first is safer.

Lives here: the proof on folds.
Does not live here: fitting and scoring the folds (``training.evaluation.fold_scores``), the rule for candidates of
which none is safer than the others (``model_selection``).

Two things are proven this way (``training.evaluation.cross_validation``):

- *A penalty for each signal of the linear part* (``linear.signal_penalties``), where there are more than a few thousand
  leads.
  Where the world drifts, what a level of a category showed does not last, and the penalty that all terms share, which
  holds levels down, does better (the bank's latest fifth: by .03 of log loss in the linear part). So three standard
  errors are asked for: with four folds that is what 95 in 100 takes.
- *Trees of few leaves that may use nearly all columns.* A few columns for each tree keep a strong one from hiding the
  others, and where columns foretell the period they keep the trees from leaning on them (the bank). But what columns
  say only together is not seen by a tree that has one of them: two invented worlds of interactions lost .01 of log
  loss.
"""

from collections.abc import Sequence

import numpy as np

from features.array_types import FloatArray
from training.dataset.time_splits import Fold, list_deciding_folds
from training.model.calibration import Calibrator
from training.model.model_selection import compare_losses, compute_log_losses, compute_row_weights

__all__ = [
    "COST_ERRORS",
    "MIN_FOLDS",
    "PENALTY_ERRORS",
    "TREE_ERRORS",
    "can_gain",
    "get_folds_always_tried",
    "is_gain_proven",
    "prove_for_each_fold",
]

PENALTY_ERRORS, TREE_ERRORS, COST_ERRORS = 3.0, 2.0, 1.0
"""Standard errors asked for of a penalty for each signal, of wide trees, and of keeping what no reason may name."""
MIN_FOLDS = 2
"""Fewer prove nothing."""


def is_gain_proven(
    first_raw: FloatArray,
    second_raw: FloatArray,
    label: FloatArray,
    folds: Sequence[Fold],
    forward: bool,
    errors_required: float,
) -> bool:
    """Return whether the second is clearly better on these folds; one fold alone proves nothing.

    Each is judged at its best straight line, because a calibration follows: a part that is only surer of itself gains
    nothing. With 1,000 leads of X Education levels pulled less seemed better for that alone, and later leads lost .028
    of log loss.

    Parameters
    ----------
    first_raw, second_raw : float arrays of shape (n,), log-odds
        Out-of-fold scores.
    folds : sequence of Fold
        In the order of time where ``forward``.
    """
    if len(folds) < MIN_FOLDS:
        return False
    rows = np.concatenate([fold.test for fold in folds])
    row_weights = compute_row_weights((len(fold.test) for fold in folds), forward)
    lines = [Calibrator.fit(raw[rows], label[rows]).calibrate(raw[rows]) for raw in (first_raw, second_raw)]
    losses = compute_log_losses(np.array(lines), label[rows])
    sizes = [len(fold.test) for fold in folds] if forward else []
    gain = compare_losses(losses[0], losses[1], row_weights, sizes)
    return bool(gain.mean > errors_required * gain.error)


def can_gain(
    first_raw: FloatArray, second_raw: FloatArray, label: FloatArray, folds: Sequence[Fold], done: int, forward: bool
) -> bool:
    """Return whether the second may still turn out to be better, by the first ``done`` of the folds.

    Half of the folds, and two at least, are always tried; then what is not ahead has no chance to be so beyond doubt,
    and is not fitted to the rest (a race: Maron and Moore 1997, doi:10.1023/A:1006556606079). Random folds, of which
    none says more than another, are all tried.
    """
    if not forward or done < get_folds_always_tried(folds):
        return True
    earlier = list_deciding_folds(folds, done, forward)
    if len(earlier) < MIN_FOLDS:
        return True
    return is_gain_proven(first_raw, second_raw, label, earlier, forward, 0.0)


def get_folds_always_tried(folds: Sequence[Fold]) -> int:
    """Return how many folds, the first ones, a second version is fitted to in any case: half, two at least."""
    return max(MIN_FOLDS, len(folds) // 2)


def prove_for_each_fold(
    first_raw: FloatArray,
    second_raw: FloatArray,
    label: FloatArray,
    folds: Sequence[Fold],
    forward: bool,
    errors_required: float,
) -> list[bool]:
    """Return for each fold what the others prove (forward: the earlier ones): never its own labels."""
    return [
        is_gain_proven(
            first_raw,
            second_raw,
            label,
            list_deciding_folds(folds, number, forward),
            forward,
            errors_required,
        )
        for number in range(len(folds))
    ]
