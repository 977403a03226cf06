"""How many trees does each fold's model have? As many as the model of the fold before it showed on the rows since.

Lives here: counting on folds forward in time, in which every booster scores its own fold and counts for the next one.
Does not live here: counting without folds (``gradient_boosting.count_trees``), fitting (``gradient_boosting``).

The rows between the training rows of two neighboring folds are later than the first model, by the gap that the final
model will face, too, and are known to the second. So no booster is fitted only to count trees, but for the first fold;
how many trees suit the model of all moments, the last fold shows.
"""

from collections.abc import Callable
from typing import NamedTuple

import lightgbm
import numpy as np

from features.array_types import IntArray
from training.dataset.time_splits import Fold
from training.dataset.training_data import LabeledRows, TrainingData
from training.model.gradient_boosting import count_trees, fit_trees, fit_trees_until_stale, limit_trees, scale_trees

__all__ = ["FoldStart", "TreeCounter"]

_MIN_ROWS_PER_CLASS = 20
"""Rows of each class between two folds, below which the second counts on a part of its own training rows."""


class FoldStart(NamedTuple):
    """A fold's trees, fitted before the fold before it has said how many there are.

    Parameters
    ----------
    booster : lightgbm.Booster
        Perhaps of more trees than the fold has.
    best : int or None
        How many suit the rows since; None where nobody is asked.
    trees : int or None
        How many the fold has, where no fold before it says it.
    """

    booster: lightgbm.Booster
    best: int | None
    trees: int | None


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

    def fit_counting(
        self, select: Callable[[], LabeledRows], fold: Fold, start: FoldStart | None = None
    ) -> lightgbm.Booster:
        """Fit to the training rows of the next fold; the number of trees owes nothing to the fold's held-out rows.

        Parameters
        ----------
        select : callable
            Returns the training rows.
        start : FoldStart, optional
            What ``start_fold`` returned for the fold: it is taken where it has trees enough, and changes no bit.
        """
        data = self._data
        trees, self._next_trees = self._next_trees, None
        if trees is None:
            trees = start.trees if start is not None else None
        if trees is None:
            trees = count_trees(data, fold.train, self._enforce_monotone)
        later, limit = self._find_later_rows(fold)
        if later is None:
            self._trees_of_all.append(self._scale(trees, fold, np.arange(len(data.rows))))
            if start is not None:
                return start.booster
            return fit_trees(select(), data.signals, data.tree_settings, trees, self._enforce_monotone)
        # Fitting until the loss is stale is the same from any fewest number of trees up to where it ends.
        if start is None or start.booster.num_trees() < trees:
            booster = self._fit_until_stale(select(), (trees, limit), later)
            start = FoldStart(booster, booster.best_iteration, trees)
        assert start.best is not None
        self._next_trees = self._scale(start.best, fold, self._find_next_training_rows(fold))
        self._trees_of_all.append(self._scale(start.best, fold, np.arange(len(data.rows))))
        # Fewer trees are the first of more.
        return lightgbm.Booster(model_str=start.booster.model_to_string(num_iteration=trees))

    def start_fold(self, select: Callable[[], LabeledRows], fold: Fold) -> FoldStart | None:
        """Fit to the training rows of a fold that may not be the next; None where its number of trees must be known."""
        data = self._data
        trees = None
        if fold is data.splits.folds[0] or not data.splits.forward:
            trees = count_trees(data, fold.train, self._enforce_monotone)
        later, limit = self._find_later_rows(fold)
        if later is not None:
            booster = self._fit_until_stale(select(), (trees or 1, limit), later)
            return FoldStart(booster, booster.best_iteration, trees)
        if trees is None:
            return None
        booster = fit_trees(select(), data.signals, data.tree_settings, trees, self._enforce_monotone)
        return FoldStart(booster, None, trees)

    def _find_later_rows(self, fold: Fold) -> tuple[IntArray | None, int]:
        """Return the rows that the next fold learns from and this one does not, and the most trees that may suit it.

        None where they are too few to say.
        """
        label, learns_next = self._data.learning.label, self._find_next_training_rows(fold)
        later = np.intersect1d(fold.test, learns_next)
        positives = label[later].sum()
        if min(positives, len(later) - positives) < _MIN_ROWS_PER_CLASS:
            return None, 0
        # The model that is counted for has more leads, and may have more trees.
        return later, limit_trees(self._data, learns_next)

    def _fit_until_stale(self, train: LabeledRows, number: tuple[int, int], later: IntArray) -> lightgbm.Booster:
        """Fit until the loss of later rows has not improved for a while; see ``fit_trees_until_stale``."""
        data = self._data
        validation = LabeledRows(data.rows[later], data.learning.label[later])
        return fit_trees_until_stale(
            train, data.signals, data.tree_settings, number, validation, self._enforce_monotone
        )

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
