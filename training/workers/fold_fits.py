"""Which fits of a training need not wait for each other? Those of different folds, versions, refits and trials.

Lives here: each as a pure function without arguments, with everything it needs bound. Does not live here: who runs them
(``fit_workers``), fitting (``training.model``), which of them are asked for (``training.evaluation``,
``training.checks.reason_stability``, ``training.model.hyperparameter_search``).

A worker computes with one thread, which changes no bit of what a fit returns.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import lightgbm
import numpy as np

from features.array_types import FloatArray
from training.dataset.time_splits import Fold
from training.dataset.training_data import LabeledRows, TrainingData
from training.model.gradient_boosting import bin_rows, fit_booster, fit_trees
from training.model.linear.linear_fit import LinearFitter, Penalty, fit_linear_part
from training.model.linear.linear_model import LinearModel
from training.model.tree_counter import FoldStart, TreeCounter
from training.workers.fit_files import Fit
from training.workers.fit_workers import FitWorkers

__all__ = [
    "FitFoldLinear",
    "FitFoldTrees",
    "FitLinearChain",
    "FitTrialFold",
    "FitsAhead",
    "StartFold",
    "select_binned",
    "reduce_for_worker",
]

_MOST_BINNED = 4
_binned: dict[tuple[int, int, bytes], tuple[TrainingData, lightgbm.Dataset]] = {}
"""Rows in bins that this process used last: the next fit is often of the same fold."""


def reduce_for_worker(data: TrainingData) -> TrainingData:
    """Return the data for a worker: for one thread, since a machine has as many workers as cores, and without persons.

    Who a lead is about has made the folds already, and its hash must not be in a file.
    """
    return replace(data, settings=replace(data.settings, threads=1), people=np.zeros(len(data.people), np.uint64))


def select_binned(data: TrainingData, fold: Fold) -> LabeledRows:
    """Return what a model learns from the fold, with bins; see ``BinnedFolds``."""
    copies = None if data.withheld is None else data.withheld.rows
    key = id(data.rows), id(copies), hashlib.sha256(fold.train.tobytes()).digest()
    train = data.select(fold.train)
    if key not in _binned:
        while len(_binned) >= _MOST_BINNED:
            del _binned[next(iter(_binned))]
        # The data is kept, so that no other matrix gets its number.
        _binned[key] = data, bin_rows(train, data.signals, data.settings)
    return train._replace(bins=_binned[key][1])


@dataclass(frozen=True)
class FitLinearChain:
    """The linear part of every fold, each from that of the fold before: so they cannot be fitted beside each other."""

    data: TrainingData

    def __call__(self) -> list[LinearModel]:
        """Return a linear part for each fold."""
        data, models, near = self.data, [], None
        for fold in data.splits.folds:
            near = LinearFitter(data.select(fold.train), data.signals).fit(Penalty.of_data(data), start=near)
            models.append(near)
        return models


@dataclass(frozen=True)
class FitFoldLinear:
    """The linear part of one fold, from that of the same fold's first version."""

    data: TrainingData
    number: int
    start: LinearModel

    def __call__(self) -> LinearModel:
        """Return the linear part."""
        data, train = self.data, self.data.splits.folds[self.number].train
        return LinearFitter(data.select(train), data.signals).fit(Penalty.of_data(data), start=self.start)


@dataclass(frozen=True)
class StartFold:
    """The trees of one fold, before the fold before it has said how many there are."""

    data: TrainingData
    number: int
    enforce_monotone: bool

    def __call__(self) -> FoldStart | None:
        """Return the trees; None where their number must be known first."""
        fold = self.data.splits.folds[self.number]
        return TreeCounter(self.data, self.enforce_monotone).start_fold(partial(select_binned, self.data, fold), fold)


@dataclass(frozen=True)
class FitFoldTrees:
    """So many trees of one fold."""

    data: TrainingData
    number: int
    trees: int
    enforce_monotone: bool

    def __call__(self) -> lightgbm.Booster:
        """Return the trees."""
        data = self.data
        train = select_binned(data, data.splits.folds[self.number])
        return fit_trees(train, data.signals, data.tree_settings, self.trees, self.enforce_monotone)


@dataclass(frozen=True)
class FitTrialFold:
    """Both parts with the settings of a trial, fitted to one fold of the search."""

    data: TrainingData
    fold: Fold

    def __call__(self) -> tuple[FloatArray, FloatArray]:
        """Return the scores of the fold's held-out rows, log-odds, by the trees and by the linear part."""
        data, fold = self.data, self.fold
        rows, threads = data.rows[fold.test], data.settings.threads
        trees_raw = fit_booster(data, fold.train).predict(rows, raw_score=True, num_threads=threads)
        return np.asarray(trees_raw), fit_linear_part(data, fold.train).predict_raw(rows.astype(np.float64))


class FitsAhead:
    """Fits of the folds in their order, of which workers run half ahead: the rest is not run where it is given up.

    Parameters
    ----------
    workers : FitWorkers
    list_fits : callable (fold number) -> list of fits
    folds : int
    """

    def __init__(self, workers: FitWorkers, list_fits: Callable[[int], list[Fit]], folds: int) -> None:
        self._workers, self._list_fits, self._folds = workers, list_fits, folds
        self._results: dict[int, list[Any]] = {}

    def get(self, number: int) -> list[Any]:
        """Return the results of a fold's fits."""
        if number not in self._results:
            half = (self._folds + 1) // 2
            ahead = range(number, half if number < half else self._folds)
            fits = [self._list_fits(fold) for fold in ahead]
            results = iter(self._workers.run([fit for of_fold in fits for fit in of_fold]))
            self._results |= {fold: [next(results) for _ in of_fold] for fold, of_fold in zip(ahead, fits, strict=True)}
        return self._results[number]
