"""How many trees does each fold's model have? As many as the model of the fold before it showed on the rows since.

Lives here: counting on folds forward in time, in which every booster scores its own fold and counts for the next one.
Does not live here: counting without folds (``gradient_boosting.count_trees``), fitting (``gradient_boosting``).

The rows between the training rows of two neighboring folds are later than the first model, by the gap that the final
model will face, too, and are known to the second. So no booster is fitted only to count trees, but for the first fold;
how many trees suit the model of all moments, the last fold shows.
"""

import lightgbm
import numpy as np

from features.array_types import IntArray
from training.dataset.time_splits import Fold
from training.dataset.training_data import LabeledRows, TrainingData
from training.model.gradient_boosting import count_trees, fit_trees, fit_trees_until_stale, limit_trees, scale_trees

__all__ = ["TreeCounter"]

_MIN_ROWS_PER_CLASS = 20
"""Rows of each class between two folds, below which the second counts on a part of its own training rows."""


class TreeCounter:
    """Fits one booster to each fold, in their order, with the number of trees that suits it.

    Parameters
    ----------
    data : TrainingData
    enforce_monotone : bool
        Whether scores follow the signals' monotone directions.
    """

    def __init__(self, data: TrainingData, enforce_monotone: bool = True) -> None:
        self._data, self._enforce_monotone = data, enforce_monotone
        self._next_trees: int | None = None
        self._trees_of_all: list[int] = []

    @property
    def trees_of_all(self) -> int:
        """Return how many trees suit the model of all moments: by the last fold, or as random folds have on average.

        That model's steps are as small as the settings say.
        """
        forward, steps = self._data.splits.forward, self._data.tree_steps
        return round(steps * (self._trees_of_all[-1] if forward else float(np.mean(self._trees_of_all))))

    def fit_counting(self, train: LabeledRows, fold: Fold) -> lightgbm.Booster:
        """Fit to the training rows of the next fold; the number of trees owes nothing to the fold's held-out rows."""
        data = self._data
        trees, self._next_trees = self._next_trees, None
        if trees is None:
            trees = count_trees(data, fold.train, self._enforce_monotone)
        learns_next = self._find_next_training_rows(fold)
        later = np.intersect1d(fold.test, learns_next)
        positives = data.learning.label[later].sum()
        if min(positives, len(later) - positives) < _MIN_ROWS_PER_CLASS:
            self._trees_of_all.append(self._scale(trees, fold, np.arange(len(data.rows))))
            return fit_trees(train, data.signals, data.tree_settings, trees, self._enforce_monotone)
        validation = LabeledRows(data.rows[later], data.learning.label[later])
        # The model that is counted for has more leads, and may have more trees.
        number = (trees, limit_trees(data, learns_next))
        booster = fit_trees_until_stale(
            train, data.signals, data.tree_settings, number, validation, self._enforce_monotone
        )
        count = booster.best_iteration
        self._next_trees = self._scale(count, fold, learns_next)
        self._trees_of_all.append(self._scale(count, fold, np.arange(len(data.rows))))
        # Fewer trees are the first of more.
        return lightgbm.Booster(model_str=booster.model_to_string(num_iteration=trees))

    def _scale(self, trees: int, fold: Fold, rows: IntArray) -> int:
        """Return how many trees suit a model of these rows, where so many suited that of the fold."""
        scaled = scale_trees(trees, len(fold.train), len(rows), self._data.tree_steps)
        return min(scaled, limit_trees(self._data, rows))

    def _find_next_training_rows(self, fold: Fold) -> IntArray:
        """Return the training rows of the fold after this one; all rows after the last, none where folds are random."""
        splits = self._data.splits
        if not splits.forward:
            return np.empty(0, np.intp)
        number = next(number for number, other in enumerate(splits.folds) if other is fold)
        return splits.folds[number + 1].train if number + 1 < len(splits.folds) else np.arange(len(self._data.rows))
