"""What do models say of leads that they have not seen? Both parts over the folds, their blend, calibration and metrics.

Lives here: the order of these steps, and their results as one object.
Does not live here: each step (``fold_scores``, ``out_of_fold``, ``refit_as_of``, ``training.model.blending``), the
final fit (``training.final_fit``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import lightgbm
import numpy as np

from features.array_types import FloatArray, IntArray
from training.dataset.training_data import TrainingData
from training.evaluation.fold_calibration import fit_calibrator
from training.evaluation.fold_scores import (
    FoldScores,
    score_folds,
    score_in_suited_steps,
    score_linear_folds,
    start_folds,
    try_all,
)
from training.evaluation.out_of_fold import Evaluation, evaluate_model
from training.evaluation.refit_as_of import count_folds_over, refit_as_of
from training.model.binned_folds import BinnedFolds
from training.model.blending import blend_out_of_fold, choose_fold_weights, choose_linear_weight
from training.model.calibration import Calibrator
from training.model.gradient_boosting import enlarge_steps, fit_trees
from training.model.linear.linear_model import LinearModel, blend_scores
from training.model.paired_gain_test import PENALTY_ERRORS, TREE_ERRORS, can_gain, is_gain_proven, prove_for_each_fold
from training.model.rules_baseline import RuleScore
from training.model.withheld_share import SHARES, can_larger_share_gain, choose_fold_shares, choose_share
from training.progress import ReportProgress, ignore_progress
from training.workers.fit_workers import THIS_PROCESS, FitWorkers
from training.workers.fold_fits import FitLinearChain, reduce_for_worker

__all__ = ["CrossValidation", "choose_among_tried", "cross_validate"]

_MAX_ROWS_FOR_WIDE_TREES = 20_000
"""With more rows there are more trees, so that what columns say together is found by those that have them all."""


class NewestParts(NamedTuple):
    """Both parts as fitted to the training rows of the last fold, in the way that all folds together choose.

    Parameters
    ----------
    trees : lightgbm.Booster
    linear : LinearModel
    """

    trees: lightgbm.Booster
    linear: LinearModel

    @classmethod
    def of_scores(cls, linear: FoldScores, trees: FoldScores) -> "NewestParts":
        """Return the parts that scored the last fold."""
        assert linear.linear is not None and trees.trees is not None
        return cls(trees.trees, linear.linear)


@dataclass(frozen=True)
class CrossValidation:
    """What the folds showed, n moments.

    Parameters
    ----------
    linear_raw, trees_raw, raw : float arrays of shape (n,), log-odds
        Out-of-fold scores of the two parts and of their blend; NaN where no fold predicts the moment.
    linear_weight : float
        Weight of the linear part that all folds together choose.
    calibrator : Calibrator
        Fitted to all folds.
    evaluation : Evaluation
        Metrics on the held-out end of history.
    withheld_raw : float array of shape (c,), log-odds
        Out-of-fold scores of the copies with fields withheld; empty without copies.
    withheld_share : float
        How much the copies count, as all folds together choose.
    penalty_by_signal : bool
        Whether each signal of the linear part has its own penalty, as all folds together choose.
    wide_trees : bool
        Whether trees are fitted wide, as all folds together choose.
    since_champion : tuple of arrays of shape (k,)
        Moments after the champion's data ended, and their probability as refitted then; empty without a champion.
    newest : NewestParts
    trees : int
        How many trees suit a booster that learns from all moments, in the way that all folds choose.
    tree_steps : float
        How many times more the trees of folds change than those of that booster.
    bins : BinnedFolds
        And who fits to them.
    """

    linear_raw: FloatArray
    trees_raw: FloatArray
    raw: FloatArray
    linear_weight: float
    calibrator: Calibrator
    evaluation: Evaluation
    withheld_raw: FloatArray
    withheld_share: float
    penalty_by_signal: bool
    wide_trees: bool
    since_champion: tuple[IntArray, FloatArray]
    newest: NewestParts
    trees: int
    tree_steps: float
    bins: BinnedFolds


def cross_validate(
    data: TrainingData,
    rules: RuleScore,
    horizon_days: int,
    since: np.datetime64 | None = None,
    report_progress: ReportProgress = ignore_progress,
    workers: FitWorkers = THIS_PROCESS,
) -> CrossValidation:
    """Predict every fold, blend, calibrate and evaluate.

    Parameters
    ----------
    rules : RuleScore
        Evaluated beside the model where the rules rank leads at all.
    since : datetime64[us], optional
        When the champion's data ended; see ``refit_as_of``.
    workers : FitWorkers
        Who fits the folds beside each other; it changes no bit.
    """
    label, folds, forward = data.learning.label, data.splits.folds, data.splits.forward
    bins = BinnedFolds(workers)
    if workers.are_spread:
        # The linear part goes from fold to fold; others need not wait for it, and find the results below.
        first = enlarge_steps(data.with_withheld_share(_list_shares(data)[0]))
        workers.run([FitLinearChain(reduce_for_worker(data)), *start_folds(first)])
    linear, penalty_by_signal = _choose_penalty(data, workers, report_progress)
    trees, share, tree_steps = _choose_share(data, linear, bins, report_progress)
    fold_data = replace(data, tree_steps=tree_steps)
    trees, wide_trees = _choose_wide_trees(fold_data, linear, trees, share, bins, report_progress)
    choices = Choices(penalty_by_signal, share, wide_trees)
    data = choices.apply(data)
    trees_raw, linear_raw = trees.whole, linear.whole
    raw = blend_out_of_fold(linear_raw, trees_raw, label, folds, forward)
    since_champion: tuple[IntArray, FloatArray] = np.empty(0, np.intp), np.empty(0)
    if since is not None:
        # What only later folds prove was not known then.
        as_of = choices.apply(data, count_folds_over(data, since, horizon_days))
        since_champion = refit_as_of(since, as_of, linear_raw, trees_raw, horizon_days)
    return CrossValidation(
        linear_raw,
        trees_raw,
        raw,
        choose_linear_weight(linear_raw, trees_raw, label, folds, forward),
        fit_calibrator(raw, data.learning, folds, forward),
        evaluate_model(data, raw, rules.points if rules.can_rank else None, report_progress),
        _blend_copies(data, linear, trees),
        share[-1],
        penalty_by_signal[-1],
        wide_trees[-1],
        since_champion,
        NewestParts.of_scores(linear, trees),
        trees.trees_of_all,
        tree_steps,
        bins,
    )


@dataclass(frozen=True)
class Choices:
    """What each fold's others choose (forward: the earlier ones), in the order of the folds; last, what all choose.

    Parameters
    ----------
    penalty_by_signal : list of bool
    share : list of float; how much copies count
    wide_trees : list of bool
    """

    penalty_by_signal: list[bool]
    share: list[float]
    wide_trees: list[bool]

    def apply(self, data: TrainingData, folds: int = -1) -> TrainingData:
        """Return the data as the first ``folds`` folds chose, where these are in the order of time; all by default."""
        data = replace(data, penalty_by_signal=self.penalty_by_signal[folds], wide_trees=self.wide_trees[folds])
        return data.with_withheld_share(self.share[folds])


def _choose_share(
    data: TrainingData, linear: FoldScores, bins: BinnedFolds, report_progress: ReportProgress
) -> tuple[FoldScores, list[float], float]:
    """Return the trees' scores, each fold with the share of copies that the others choose, the shares, and the size
    of the trees' steps.
    """
    shares = _list_shares(data)
    label, folds, forward = data.learning.label, data.splits.folds, data.splits.forward

    def keep_trying(scores: Sequence[FoldScores], done: int) -> bool:
        wholes = [score.whole for score in scores]
        return not forward or can_larger_share_gain(linear.whole, wholes, label, folds, done)

    versions = [data.with_withheld_share(share) for share in shares]
    by_share, tree_steps = score_in_suited_steps(versions, bins, keep_trying, report_progress)
    wholes = [scores.whole for scores in by_share]
    by_fold = choose_fold_shares(linear.whole, wholes, label, folds, forward)
    of_all = choose_share(linear.whole, wholes, label, folds, forward)
    *by_fold, of_all = choose_among_tried([*by_fold, of_all], by_share[-1].tried, len(folds))
    scores = _take_by_fold(data, by_share, by_fold)._replace(
        trees=by_share[of_all].trees, trees_of_all=by_share[of_all].trees_of_all
    )
    return scores, [shares[number] for number in (*by_fold, of_all)], tree_steps


def _list_shares(data: TrainingData) -> tuple[float, ...]:
    """Return the shares of copies among which the folds choose, the smallest first."""
    if data.settings.withheld_share:
        return (data.settings.withheld_share,)
    return SHARES if data.withheld is not None and not data.settings.fast else SHARES[:1]


def _choose_penalty(
    data: TrainingData, workers: FitWorkers, report_progress: ReportProgress
) -> tuple[FoldScores, list[bool]]:
    """Return the linear part's scores, each fold with the penalty that the others choose, and the choices.

    With few leads each signal has its own penalty already; with more, later folds must prove that it is better.
    """
    folds, forward, label = data.splits.folds, data.splits.forward, data.learning.label
    if data.penalty_by_signal or data.settings.fast:
        scores = score_linear_folds([data], try_all, report_progress, workers)[0]
        return scores, [data.penalty_by_signal] * (len(folds) + 1)

    def keep_trying(scores: Sequence[FoldScores], done: int) -> bool:
        return can_gain(scores[0].whole, scores[1].whole, label, folds, done, forward)

    versions = [data, replace(data, penalty_by_signal=True)]
    shared, by_signal = score_linear_folds(versions, keep_trying, report_progress, workers)
    by_fold = prove_for_each_fold(shared.whole, by_signal.whole, label, folds, forward, PENALTY_ERRORS)
    of_all = is_gain_proven(shared.whole, by_signal.whole, label, folds, forward, PENALTY_ERRORS)
    *by_fold, of_all = map(bool, choose_among_tried([*by_fold, of_all], by_signal.tried, len(folds)))
    scores = _take_by_fold(data, (shared, by_signal), by_fold)._replace(linear=(shared, by_signal)[of_all].linear)
    return scores, [*by_fold, of_all]


def choose_among_tried(choices: Sequence[int], tried: int, folds: int) -> list[int]:
    """Return the choices of each fold, and last of all folds: the first version where the other was given up before.

    >>> choose_among_tried([0, 1, 1, 1, 1], tried=2, folds=4), choose_among_tried([0, 0, 1, 1, 1], tried=4, folds=4)
    ([0, 1, 0, 0, 0], [0, 0, 1, 1, 1])
    """
    return [choice if number < tried or tried == folds else 0 for number, choice in enumerate(choices)]


def _choose_wide_trees(
    data: TrainingData,
    linear: FoldScores,
    trees: FoldScores,
    share: list[float],
    bins: BinnedFolds,
    report_progress: ReportProgress,
) -> tuple[FoldScores, list[bool]]:
    """Return the trees' scores, each fold with the kind of trees that the others prove, and the choices."""
    label, folds, forward = data.learning.label, data.splits.folds, data.splits.forward
    if data.wide_trees or data.settings.fast or len(data.rows) > _MAX_ROWS_FOR_WIDE_TREES:
        return trees, [data.wide_trees] * (len(folds) + 1)
    wide = _score_wide_trees(data, share[:-1], bins, report_progress)
    # The blend is what is shipped: trees that gain where they hardly count are no gain.
    blends = [blend_out_of_fold(linear.whole, kind.whole, label, folds, forward) for kind in (trees, wide)]
    by_fold = prove_for_each_fold(blends[0], blends[1], label, folds, forward, TREE_ERRORS)
    of_all = is_gain_proven(blends[0], blends[1], label, folds, forward, TREE_ERRORS)
    newest = trees
    if of_all:
        newest = wide
        if share[-1] != share[-2] and wide.trees is not None:
            # The last fold's wide trees have the share that earlier folds chose.
            version = replace(data, wide_trees=True).with_withheld_share(share[-1])
            rows, count = bins.select(version, folds[-1]), wide.trees.num_trees()
            newest = wide._replace(trees=fit_trees(rows, data.signals, version.tree_settings, count))
    scores = _take_by_fold(data, (trees, wide), by_fold)
    return scores._replace(trees=newest.trees, trees_of_all=newest.trees_of_all), [*by_fold, of_all]


def _score_wide_trees(
    data: TrainingData, share: list[float], bins: BinnedFolds, report_progress: ReportProgress
) -> FoldScores:
    """Return the scores of wide trees, each fold with its own share of copies: that of all knows the fold's labels."""
    folds, used = data.splits.folds, sorted(set(share))
    versions = []
    for value in used:
        of_value = tuple(fold for fold, own_share in zip(folds, share, strict=True) if own_share == value)
        part = replace(data, wide_trees=True, splits=replace(data.splits, folds=of_value))
        versions.append(score_folds(part.with_withheld_share(value), bins, report_progress))
    by_fold = [used.index(value) for value in share]
    newest = versions[by_fold[-1]]
    return _take_by_fold(data, versions, by_fold)._replace(trees=newest.trees, trees_of_all=newest.trees_of_all)


def _take_by_fold(data: TrainingData, versions: Sequence[FoldScores], by_fold: Sequence[int]) -> FoldScores:
    """Return for each fold the scores of the version that was chosen for it."""
    scores = FoldScores.start(data)
    for fold, number in zip(data.splits.folds, by_fold, strict=True):
        scores.whole[fold.test] = versions[number].whole[fold.test]
        if data.withheld is not None:
            copies = data.withheld.find_copies(fold.test)
            scores.withheld[copies] = versions[number].withheld[copies]
    return scores


def _blend_copies(data: TrainingData, linear: FoldScores, trees: FoldScores) -> FloatArray:
    """Blend the scores of the copies, each with the weight of its moment's fold; the copies choose nothing."""
    raw = np.full(len(trees.withheld), np.nan)
    if data.withheld is None:
        return raw
    folds = data.splits.folds
    weights = choose_fold_weights(linear.whole, trees.whole, data.learning.label, folds, data.splits.forward)
    for fold, weight in zip(folds, weights, strict=True):
        copies = data.withheld.find_copies(fold.test)
        raw[copies] = blend_scores(linear.withheld[copies], trees.withheld[copies], weight)
    return raw
