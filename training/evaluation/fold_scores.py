"""What do models say of leads that they have not seen? Each fold scored by models of earlier leads, part by part.

Lives here: out-of-fold scores of the trees and of the linear part, one version of the data or several side by side.
Does not live here: which version is chosen (``cross_validation``), metrics (``out_of_fold``), fitting a part
(``training.model``), which rows are held out (``training.dataset.time_splits``).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import lightgbm
import numpy as np

from features.array_types import FloatArray
from training.dataset.time_splits import Fold
from training.dataset.training_data import TrainingData
from training.model.binned_folds import BinnedFolds
from training.model.gradient_boosting import enlarge_steps, fit_trees
from training.model.linear.linear_fit import LinearFitter, Penalty
from training.model.linear.linear_model import LinearModel
from training.model.tree_counter import FoldStart, TreeCounter
from training.progress import ReportProgress, ignore_progress
from training.workers.fit_files import Fit
from training.workers.fit_workers import THIS_PROCESS, FitWorkers
from training.workers.fold_fits import (
    FitFoldLinear,
    FitFoldTrees,
    FitLinearChain,
    FitsAhead,
    StartFold,
    reduce_for_worker,
)

__all__ = [
    "FoldScores",
    "score_folds",
    "score_folds_by_version",
    "score_in_suited_steps",
    "score_linear_folds",
    "start_folds",
    "try_all",
]

_FEW_TREES = 40
"""In the settings' own steps: where fewer suit, all folds are fitted once more with such steps, which takes little."""

KeepTrying = Callable[[Sequence["FoldScores"], int], bool]
"""Called with the scores so far and the number of folds that they are of."""


def try_all(scores: Sequence["FoldScores"], folds: int) -> bool:
    """Fit every version to every fold."""
    return True


class FoldScores(NamedTuple):
    """Out-of-fold scores, log-odds; NaN where no fold predicts a row.

    Parameters
    ----------
    whole : float array of shape (n,), of the moments
    withheld : float array of shape (c,), of the copies with fields withheld
    trees : lightgbm.Booster or None
    linear : LinearModel or None
        The part that scored the last fold, fitted to that fold's training rows.
    trees_of_all : int
        How many trees suit a booster that learns from all moments.
    tried : int
        How many folds, the first ones, it was fitted to: on the others its scores are those of another version.
    """

    whole: FloatArray
    withheld: FloatArray
    trees: lightgbm.Booster | None = None
    linear: LinearModel | None = None
    trees_of_all: int = 0
    tried: int = 0

    @classmethod
    def start(cls, data: TrainingData) -> "FoldScores":
        """Return scores of which none is known yet."""
        copies = 0 if data.withheld is None else len(data.withheld.of_row)
        return cls(np.full(len(data.learning), np.nan), np.full(copies, np.nan))

    def copy(self, data: TrainingData, fold: Fold, other: "FoldScores") -> None:
        """Take the fold's scores from another version."""
        self.whole[fold.test] = other.whole[fold.test]
        if data.withheld is not None:
            copies = data.withheld.find_copies(fold.test)
            self.withheld[copies] = other.withheld[copies]

    def fill(self, data: TrainingData, fold: Fold, predict: Callable[[np.ndarray], FloatArray]) -> None:
        """Score the fold's held-out moments and their copies."""
        self.whole[fold.test] = predict(data.rows[fold.test])
        if data.withheld is not None and (copies := data.withheld.find_copies(fold.test)).any():
            self.withheld[copies] = predict(data.withheld.rows[copies])


def score_folds(
    data: TrainingData,
    bins: BinnedFolds,
    report_progress: ReportProgress = ignore_progress,
    enforce_monotone: bool = True,
) -> FoldScores:
    """Return the raw scores of moments and copies from trees that did not see their lead.

    Forward in time, the trees saw nothing later either. ``enforce_monotone`` is whether scores follow the signals'
    monotone directions.
    """
    return score_folds_by_version([data], bins, try_all, report_progress, enforce_monotone)[0]


def score_in_suited_steps(
    versions: Sequence[TrainingData],
    bins: BinnedFolds,
    keep_trying: KeepTrying,
    report_progress: ReportProgress = ignore_progress,
) -> tuple[list[FoldScores], float]:
    """Return ``score_folds_by_version``, and how many times more its trees change than the settings say.

    With many leads larger steps take half as many trees (see ``enlarge_steps``). Where folds suit few trees, as in a
    world that turned, so few large ones are surer than what ends allows: on a call desk of 41,188 contacts they asked
    for another calibration, and the log loss of the newest fold was .668 in place of .600.

    The newest fold decides for all, by labels known when it began: nothing that it is judged by knows more. Of earlier
    folds this one choice may know labels that were open when they began, so their own figures may.
    """
    enlarged = [enlarge_steps(version) for version in versions]
    scores, steps = score_folds_by_version(enlarged, bins, keep_trying, report_progress), enlarged[0].tree_steps
    newest = scores[0].trees
    # The newest fold's number of trees was counted on earlier leads: its own labels decide nothing about it.
    if steps == 1 or newest is None or steps * newest.num_trees() >= _FEW_TREES:
        return scores, steps
    return score_folds_by_version(versions, bins, keep_trying, report_progress), 1.0


def score_folds_by_version(
    versions: Sequence[TrainingData],
    bins: BinnedFolds,
    keep_trying: KeepTrying,
    report_progress: ReportProgress = ignore_progress,
    enforce_monotone: bool = True,
) -> list[FoldScores]:
    """Return ``score_folds`` of one data in several versions: they have rows, bins and the number of trees in common.

    Parameters
    ----------
    versions : sequence of TrainingData
        The first is the one to beat, and says how many trees there are.
    bins : BinnedFolds
        Of this data's rows, known or not yet. Its workers fit the folds beside each other.
    keep_trying : callable
        Whether the other versions are fitted to later folds, too; where not, they have the scores of the first there.
    """
    data, splits = versions[0], versions[0].splits
    task = (
        "Training on earlier leads, predicting later ones"
        if splits.forward
        else "Training on some leads, predicting others"
    )
    scores, tried = [FoldScores.start(data) for _ in versions], True
    report_progress(task, 0, len(splits.folds))
    trees = _FoldTrees(versions, bins, enforce_monotone)
    for done, fold in enumerate(splits.folds):
        report_progress(task, done, len(splits.folds))
        boosters = [trees.fit_first(done)]
        tried = tried and keep_trying(scores, done)
        if tried:
            boosters += trees.fit_others(done)
        for number, booster in enumerate(boosters):
            predict = partial(booster.predict, raw_score=True, num_threads=data.settings.threads)
            scores[number].fill(data, fold, predict)  # type: ignore[arg-type]  # LightGBM's stub also allows lists
        for other in scores[len(boosters) :]:
            other.copy(data, fold, scores[0])
        scores = [
            score._replace(trees=boosters[number], tried=done + 1)
            if number < len(boosters)
            else score._replace(trees=None)
            for number, score in enumerate(scores)
        ]
    report_progress(task, 1, 1)
    return [score._replace(trees_of_all=trees.counter.trees_of_all) for score in scores]


def start_folds(data: TrainingData, enforce_monotone: bool = True) -> list[StartFold]:
    """Return the fits by which workers begin all folds at once."""
    return [StartFold(reduce_for_worker(data), number, enforce_monotone) for number, _ in enumerate(data.splits.folds)]


class _FoldTrees:
    """The trees of each fold and version, fitted here when they are asked for, or by workers before."""

    def __init__(self, versions: Sequence[TrainingData], bins: BinnedFolds, enforce_monotone: bool) -> None:
        self._versions, self._bins, self._enforce_monotone = versions, bins, enforce_monotone
        self.counter = TreeCounter(versions[0], enforce_monotone)
        self._folds = versions[0].splits.folds
        self._firsts: list[lightgbm.Booster] = []
        self._ahead = FitsAhead(bins.workers, self._list_others, len(self._folds))
        if bins.workers.are_spread:
            starts = bins.workers.run(start_folds(versions[0], enforce_monotone))
            self._firsts = [self._fit_counting(number, start) for number, start in enumerate(starts)]

    def fit_first(self, number: int) -> lightgbm.Booster:
        """Return the trees of the first version of the next fold."""
        if not self._bins.workers.are_spread:
            self._firsts.append(self._fit_counting(number, None))
        return self._firsts[number]

    def fit_others(self, number: int) -> list[lightgbm.Booster]:
        """Return the trees of the other versions of a fold, as many as the first version has."""
        if self._bins.workers.are_spread:
            return self._ahead.get(number)
        return [
            fit_trees(
                self._bins.select(version, self._folds[number]),
                version.signals,
                version.tree_settings,
                self._firsts[number].num_trees(),
                self._enforce_monotone,
            )
            for version in self._versions[1:]
        ]

    def _fit_counting(self, number: int, start: FoldStart | None) -> lightgbm.Booster:
        fold = self._folds[number]
        return self.counter.fit_counting(partial(self._bins.select, self._versions[0], fold), fold, start)

    def _list_others(self, number: int) -> list[Fit]:
        trees = self._firsts[number].num_trees()
        return [
            FitFoldTrees(reduce_for_worker(version), number, trees, self._enforce_monotone)
            for version in self._versions[1:]
        ]


def score_linear_folds(
    versions: Sequence[TrainingData],
    keep_trying: KeepTrying,
    report_progress: ReportProgress = ignore_progress,
    workers: FitWorkers = THIS_PROCESS,
) -> list[FoldScores]:
    """Return the raw scores of moments and copies from the linear part alone; see ``score_folds_by_version``."""
    data, folds = versions[0], versions[0].splits.folds
    scores, tried = [FoldScores.start(data) for _ in versions], True
    report_progress("Fitting the linear part", 0, len(folds))
    fit_fold = _spread_linear(versions, workers) if workers.are_spread else partial(_fit_linear_here, data)
    for done, fold in enumerate(folds):
        report_progress("Fitting the linear part", done, len(folds))
        tried = tried and keep_trying(scores, done)
        fit = fit_fold(done)
        for number, (version, score) in enumerate(zip(versions, scores, strict=True)):
            if number and not tried:
                score.copy(data, fold, scores[0])
                scores[number] = score._replace(linear=None)
                continue
            # From the same fold's first version, or from the fold before: most weights stay nearly as they were.
            near = scores[0].linear if number else score.linear
            linear = fit(number, version, near)
            score.fill(data, fold, partial(_predict_in_double_precision, linear))
            scores[number] = score._replace(linear=linear, tried=done + 1)
    report_progress("Fitting the linear part", 1, 1)
    return scores


FitVersion = Callable[[int, TrainingData, LinearModel | None], LinearModel]
"""Called with the number of a version, the version, and a linear part from which the way is short."""


def _fit_linear_here(data: TrainingData, number: int) -> FitVersion:
    """Return how the linear part of a fold is fitted; its terms are laid out once."""
    fitter = LinearFitter(data.select(data.splits.folds[number].train), data.signals)
    return lambda _, version, near: fitter.fit(Penalty.of_data(version), start=near)


def _spread_linear(versions: Sequence[TrainingData], workers: FitWorkers) -> Callable[[int], FitVersion]:
    """Return the same of workers: they fit the first version of all folds, and then the others of several at once."""
    (chain,) = workers.run([FitLinearChain(reduce_for_worker(versions[0]))])

    def list_others(number: int) -> list[Fit]:
        return [FitFoldLinear(reduce_for_worker(version), number, chain[number]) for version in versions[1:]]

    ahead = FitsAhead(workers, list_others, len(chain))
    return lambda fold: lambda version, *_: ahead.get(fold)[version - 1] if version else chain[fold]


def _predict_in_double_precision(linear: LinearModel, rows: np.ndarray) -> FloatArray:
    """Return the linear part's score of float32 rows."""
    return linear.predict_raw(rows.astype(np.float64))
