"""How well do several columns together rank the leads?

Lives here: a small additive model over scores of single columns, cross-validated, so that adding or removing a column
has a price.
Does not live here: the score of one column (``leakage_detection``), which columns are suspects (``leak_judge``).
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from features.array_types import FloatArray, IntArray

__all__ = ["FOLDS", "JointStrength", "assign_folds", "compute_auc"]

FOLDS = 5
_RIDGE = 10.0


class JointStrength:
    """Rank leads by several columns at once: a ridge regression over the columns' own scores.

    The sums of products are computed once for each fold, so that every further set of columns costs next to nothing.

    Parameters
    ----------
    scores : dict
        Column -> log-odds by this column alone, estimated without the lead itself. Shape (n,).
    truth : bool array of shape (n,)
    folds : int array of shape (n,)
    """

    def __init__(self, scores: dict[str, FloatArray], truth: np.ndarray, folds: IntArray) -> None:
        self._position = {name: position for position, name in enumerate(scores)}
        self._truth, self._folds = truth, folds
        centered = [score - score.mean() for score in scores.values()]
        self._inputs = np.column_stack(centered) if centered else np.empty((len(truth), 0))
        target = truth - truth.mean()
        self._products, self._targets = [], []
        for fold in range(FOLDS):
            others = folds != fold
            self._products.append(self._inputs[others].T @ self._inputs[others])
            self._targets.append(self._inputs[others].T @ target[others])

    def compute_auc(self, columns: Iterable[str]) -> float:
        """Return the cross-validated AUC of these columns together; 0.5 without columns.

        >>> truth = np.arange(100) % 2 == 1
        >>> joint = JointStrength({"a": np.where(truth, 1.0, -1.0)}, truth, assign_folds(100))
        >>> joint.compute_auc(["a"]), joint.compute_auc([])
        (1.0, 0.5)
        """
        used = [self._position[name] for name in columns if name in self._position]
        if not used:
            return 0.5
        ranks, penalty = np.empty(len(self._truth)), _RIDGE * np.eye(len(used))
        for fold in range(FOLDS):
            held_out = self._folds == fold
            # The products X'X of all other folds were summed up once, so a fold of any subset of columns is one small
            # equation and not a pass over the leads.
            weights = np.linalg.solve(self._products[fold][np.ix_(used, used)] + penalty, self._targets[fold][used])
            ranks[held_out] = self._inputs[np.ix_(held_out, used)] @ weights
        return compute_auc(ranks, self._truth)


def assign_folds(rows: int, seed: int = 7) -> IntArray:
    """Assign each row to one of the folds at random."""
    folds = np.empty(rows, np.int64)
    folds[np.random.default_rng(seed).permutation(rows)] = np.arange(rows) % FOLDS
    return folds


def compute_auc(score: FloatArray, truth: np.ndarray) -> float:
    """Compute the area under the ROC curve; ties count half."""
    ranks = pd.Series(score).rank().to_numpy()
    wins = int(truth.sum())
    return float((ranks[truth].sum() - wins * (wins + 1) / 2) / (wins * (len(truth) - wins)))
