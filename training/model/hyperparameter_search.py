"""Which settings suit this practice? Optuna's search for a limited time, on folds that end before the held-out leads.

Lives here: the search; the only place that imports optuna.
Does not live here: what a trial fits (``gradient_boosting``, ``linear.linear_fit``, ``blending``), logging
(``training.registry.mlflow_tracking``).

The last fold takes no part: no trial is evaluated on its leads, nor on a label that was not known when they began to
arrive. So the metrics of a tuned model mean what they mean for one that was not tuned. The first trial is the settings
as they are; they stay unless another beats them by more than one standard error."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import optuna

from features.array_types import FloatArray
from training.dataset.time_splits import Fold, Splits
from training.dataset.training_data import TrainingData
from training.errors import TrainingError
from training.model.blending import blend_out_of_fold
from training.model.model_selection import compare_losses, compute_log_losses, compute_row_weights
from training.progress import ReportProgress, ignore_progress
from training.settings import Settings
from training.workers.fit_workers import THIS_PROCESS, FitWorkers
from training.workers.fold_fits import FitTrialFold, reduce_for_worker

__all__ = ["SEARCH_SPACE", "Trial", "Tuning", "tune"]

SEARCH_SPACE = {
    "leaves": (3, 64),
    "leads_per_leaf": (10, 200),
    "learning_rate": (0.015, 0.15),
    "feature_fraction": (0.15, 1.0),
    "l2": (0.1, 100.0),
    "line_penalty": (1.0, 1000.0),
}
"""Setting -> lowest and highest value tried, on a logarithmic scale. The line's penalty is not searched
where each signal has one of its own."""

_DIGITS = 3
_RANDOM_TRIALS = 8


@dataclass(frozen=True)
class Trial:
    """One combination of settings.

    Parameters
    ----------
    settings : dict
        Name -> value, of those searched.
    state : {"complete", "pruned", "out of time"}
        Pruned: worse after some folds than half of the trials before it.
    log_loss : float
        Weighted mean over the folds that it was evaluated on; NaN when there was none.
    fold_losses : tuple of float
        Log loss on each of these folds, in the order of time.
    started, ended : float, seconds since 1970
    """

    settings: dict[str, float]
    state: str
    log_loss: float
    fold_losses: tuple[float, ...]
    started: float
    ended: float


@dataclass(frozen=True)
class Tuning:
    """Result of a search.

    Parameters
    ----------
    settings : Settings
        To train with: the best of the search, or those it started from.
    trials : tuple of Trial, in order
    best : int
        Which trial the settings come from; 0 is the settings it started from.
    gain, error : float
        By how much the trial of least log loss beats the first, and the standard error of that, paired by row.
    folds, rows : int
        What each trial was evaluated on.
    """

    settings: Settings
    trials: tuple[Trial, ...]
    best: int
    gain: float
    error: float
    folds: int
    rows: int

    def to_figures(self) -> dict[str, Any]:
        """Return plain values for the bundle."""
        return {name: getattr(self, name) for name in ("best", "gain", "error", "folds", "rows")} | {
            "words": self.describe(),
            "trials": len(self.trials),
            "pruned": sum(trial.state == "pruned" for trial in self.trials),
            "settings": {name: getattr(self.settings, name) for name in SEARCH_SPACE},
        }

    def describe(self) -> str:
        """Describe the search in a sentence or two."""
        summary = (
            f"Tuned: {len(self.trials)} settings tried on {self.folds} folds forward in time ({self.rows:,} rows), the "
            "held-out leads unseen. "
        )
        gain = f"{self.gain:.4f} of log loss (standard error {self.error:.4f})"
        if self.best:
            return summary + f"Trial {self.best} is better than the settings given by {gain}; it was taken."
        if self.gain <= 0:
            return summary + "Nothing better than the settings given was found."
        return summary + f"The best gained {gain}: no more than chance. The settings given stay."


def tune(
    data: TrainingData,
    minutes: float,
    report_progress: ReportProgress = ignore_progress,
    max_trials: int = 1_000,
    clock: Callable[[], float] = time.time,
    workers: FitWorkers = THIS_PROCESS,
) -> Tuning:
    """Search for better settings for at most this many minutes.

    The fold that is being fitted when the time is over is finished, and so is the first trial. Each trial depends only
    on the seed and the trials before it; how many fit into the time depends on the machine.

    Parameters
    ----------
    clock : callable returning seconds
    workers : FitWorkers
        Who fits the folds of a trial beside each other: a trial that is given up then costs all of its folds.

    Raises
    ------
    TrainingError
        If the leads have no order in time, or no fold is left to evaluate trials on beside the held-out one.
    """
    folds = select_search_folds(data.splits)
    search = _Search(data, folds, workers)
    # A penalty that is not read would only spread the trials thin.
    names = [name for name in SEARCH_SPACE if name != "line_penalty" or not data.penalty_by_signal]
    study = _create_study(data.settings, names)
    start = clock()
    end = start + 60 * minutes
    seconds = max(1, round(60 * minutes))
    trials, losses = [], []
    # One trial always ends, even in no time: it is the settings as they are, with which the others are compared.
    while len(trials) < max_trials and (not trials or clock() < end):
        report_progress("Tuning", min(int(clock() - start), seconds - 1), seconds)
        optuna_trial = study.ask()
        candidate = _suggest_settings(optuna_trial, data.settings, names)
        trial, row_losses = search.evaluate(optuna_trial, candidate, clock, end if trials else np.inf)
        if trial.state == "complete":
            study.tell(optuna_trial, trial.log_loss)
        else:
            # Told without a value: the loss of the folds it got through is of other rows than that of whole trials.
            study.tell(optuna_trial, state=optuna.trial.TrialState.PRUNED)
        trials.append(trial)
        losses.append(row_losses)
    report_progress("Tuning", 1, 1)
    complete = [number for number, trial in enumerate(trials) if trial.state == "complete"]
    best = min(complete, key=lambda number: (trials[number].log_loss, number))
    difference = compare_losses(losses[0], losses[best], search.row_weights)
    # The best of many trials is best by luck as well: unless it is clearly ahead, the settings stay as they were.
    winner = 0 if difference.within_error else best
    return Tuning(
        replace(data.settings, **trials[winner].settings),
        tuple(trials),
        winner,
        float(difference.mean),
        float(difference.error),
        len(folds),
        len(search.row_weights),
    )


def select_search_folds(splits: Splits) -> list[Fold]:
    """Return the folds before the held-out one, each with the test rows whose label was known by then.

    "By then": when the held-out leads began to arrive.

    Raises
    ------
    TrainingError
        If there is none.
    """
    if not splits.forward:
        raise TrainingError(
            "tune: the leads have no order in time, so none can be kept apart from the search. Map a date or a running "
            "number, or leave --tune out."
        )
    # The rows that train the last fold are those whose label was known when it began.
    labeled = splits.folds[-1].train
    folds = []
    for fold in splits.folds[:-1]:
        test = np.intersect1d(fold.test, labeled)
        if len(test):
            folds.append(replace(fold, test=test))
    if not folds:
        raise TrainingError(
            f"tune: {len(splits.folds)} fold forward in time can be made of these leads, and it is held out. Expected "
            "two or more: use a longer period, or leave --tune out."
        )
    return folds


class _Search:
    """Evaluates settings on the search's folds."""

    def __init__(self, data: TrainingData, folds: list[Fold], workers: FitWorkers) -> None:
        self._data, self._folds, self._workers = data, folds, workers
        self.row_weights = compute_row_weights(len(fold.test) for fold in folds)

    def evaluate(
        self, optuna_trial: optuna.trial.Trial, candidate: dict[str, float], clock: Callable[[], float], end: float
    ) -> tuple[Trial, FloatArray]:
        """Return the trial, and the log loss of each row that it was evaluated on."""
        started, state = clock(), "complete"
        losses: list[FloatArray] = []
        for done, row_losses in enumerate(self._evaluate_folds(replace(self._data.settings, **candidate)), 1):
            losses.append(row_losses)
            optuna_trial.report(self._compute_mean(losses), done)
            if done < len(self._folds) and (optuna_trial.should_prune() or clock() >= end):
                state = "pruned" if optuna_trial.should_prune() else "out of time"
                break
        fold_losses = tuple(float(fold.mean()) for fold in losses)
        trial = Trial(candidate, state, self._compute_mean(losses), fold_losses, started, clock())
        return trial, np.concatenate(losses)

    def _evaluate_folds(self, settings: Settings) -> Iterator[FloatArray]:
        """Yield the log loss of each row of each fold, blended with the weight that the folds before it chose."""
        data = replace(self._data, settings=settings)
        learning = data.learning
        linear_raw, trees_raw = (np.full(len(learning), np.nan) for _ in range(2))
        for number, (fold, scores) in enumerate(zip(self._folds, self._score_folds(data), strict=True)):
            trees_raw[fold.test], linear_raw[fold.test] = scores
            # Folds up to this one only: the blend's weight may not know how later folds come out.
            raw = blend_out_of_fold(linear_raw, trees_raw, learning.label, self._folds[: number + 1], forward=True)
            yield compute_log_losses(raw[fold.test], learning.label[fold.test])

    def _score_folds(self, data: TrainingData) -> Iterable[tuple[FloatArray, FloatArray]]:
        """Yield the scores of each fold by both parts: here one after the other, or all at once by workers."""
        if self._workers.are_spread:
            return self._workers.run([FitTrialFold(reduce_for_worker(data), fold) for fold in self._folds])
        return (FitTrialFold(data, fold)() for fold in self._folds)

    def _compute_mean(self, losses: list[FloatArray]) -> float:
        """Return the weighted mean over the folds so far, later ones counting more."""
        row_losses = np.concatenate(losses)
        return float(np.average(row_losses, weights=self.row_weights[: len(row_losses)]))


def _create_study(settings: Settings, names: Sequence[str]) -> optuna.Study:
    """Create a study that begins with the current settings.

    Parzen estimators after a few random trials, pruned at the median.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=settings.seed, n_startup_trials=_RANDOM_TRIALS)
    study = optuna.create_study(
        direction="minimize", sampler=sampler, pruner=optuna.pruners.MedianPruner(n_startup_trials=4)
    )
    study.enqueue_trial({name: getattr(settings, name) for name in names})
    return study


def _suggest_settings(optuna_trial: optuna.trial.Trial, settings: Settings, names: Sequence[str]) -> dict[str, float]:
    """Return the settings of one trial, rounded to three digits so that a person can write them down.

    The bounds are widened to include the current settings, which are taken unrounded.
    """
    candidate: dict[str, float] = {}
    for name in names:
        current = getattr(settings, name)
        low, high = min(SEARCH_SPACE[name][0], current), max(SEARCH_SPACE[name][1], current)
        suggest = optuna_trial.suggest_int if isinstance(low, int) else optuna_trial.suggest_float
        value = suggest(name, low, high, log=True)
        candidate[name] = value if value == current else type(value)(f"{value:.{_DIGITS}g}")
    return candidate
