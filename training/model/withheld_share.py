"""How much do copies with fields withheld count beside whole leads? As little as they need, unless later leads gain.

Lives here: choosing the share on folds.
Does not live here: the copies (``training.dataset.withheld_fields``), fitting and scoring the folds
(``training.evaluation.fold_scores``).

A quarter is what the copies themselves need: on the latest fifth of four data sets leads of which little was sent
gained less than .003 of log loss from more, while without copies their calibration error is up to .3. Where the world
drifts, more copies also keep the trees from leaning on one field, which later whole leads show: then, and only by more
than one standard error, the larger share is taken.
"""

from collections.abc import Sequence

import numpy as np

from features.array_types import FloatArray
from training.dataset.time_splits import Fold, list_deciding_folds
from training.model.blending import blend_out_of_fold
from training.model.model_selection import compare_losses, compute_log_losses, compute_row_weights
from training.model.paired_gain_test import get_folds_always_tried

__all__ = ["SHARES", "can_larger_share_gain", "choose_fold_shares", "choose_share"]

SHARES = (0.25, 1.0)
"""Weight of all copies, where that of all whole moments is 1; the smallest that is good enough is taken."""


def choose_share(
    linear_raw: FloatArray, trees_raws: Sequence[FloatArray], label: FloatArray, folds: Sequence[Fold], forward: bool
) -> int:
    """Choose a share by the one-standard-error rule on whole moments: its position among ``trees_raws``.

    Parameters
    ----------
    linear_raw : float array of shape (n,), log-odds
        Out-of-fold scores of the linear part, which are the same for every share.
    trees_raws : sequence of float arrays of shape (n,)
        Those of the trees, for each share, the smallest first.
    folds : sequence of Fold
        In the order of time where ``forward``; without any the smallest share is taken.
    """
    if not folds or len(trees_raws) == 1:
        return 0
    rows = np.concatenate([fold.test for fold in folds])
    row_weights = compute_row_weights((len(fold.test) for fold in folds), forward)
    # The blend is what is shipped: trees that gain where they hardly count are no gain.
    blends = [blend_out_of_fold(linear_raw, raw, label, folds, forward)[rows] for raw in trees_raws]
    losses = compute_log_losses(np.array(blends), label[rows])
    best = losses[np.argmin(losses @ row_weights)]
    sizes = [len(fold.test) for fold in folds] if forward else []
    return int(np.flatnonzero(compare_losses(losses, best, row_weights, sizes).within_error)[0])


def can_larger_share_gain(
    linear_raw: FloatArray, trees_raws: Sequence[FloatArray], label: FloatArray, folds: Sequence[Fold], done: int
) -> bool:
    """Return whether the largest share has less loss than the smallest on the first ``done`` folds, forward in time.

    See ``paired_gain_test.can_gain``; by the loss that ``choose_share`` goes by.
    """
    if done < get_folds_always_tried(folds):
        return True
    earlier = list_deciding_folds(folds, done, True)
    if not earlier:
        return True
    rows = np.concatenate([fold.test for fold in earlier])
    blends = [blend_out_of_fold(linear_raw, raw, label, earlier, True)[rows] for raw in (trees_raws[0], trees_raws[-1])]
    losses = compute_log_losses(np.array(blends), label[rows])
    smallest, largest = losses @ compute_row_weights(len(fold.test) for fold in earlier)
    return bool(largest < smallest)


def choose_fold_shares(
    linear_raw: FloatArray, trees_raws: Sequence[FloatArray], label: FloatArray, folds: Sequence[Fold], forward: bool
) -> list[int]:
    """Choose for each fold the share that the others would have chosen (forward: the earlier ones)."""
    return [
        choose_share(
            linear_raw,
            trees_raws,
            label,
            list_deciding_folds(folds, number, forward),
            forward,
        )
        for number in range(len(folds))
    ]
