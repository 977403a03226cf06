"""Which settings suit this practice? Optuna's search for a stated time, judged on folds forward in time that end before
the held-out leads.

Lives here: the search; the only place that imports optuna. Does not live here: what is searched with (``fit``,
``linear``, ``blend``), logging (``tracking``).

The last fold stays unseen: its leads judge no trial, nor does a label that was not known when they began to arrive. So
the figures of a tuned model mean what they mean for one that was not. The first trial is the settings as they are; they
stay unless another beats them by more than one standard error."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import optuna

from features.array_types import FloatArray
from features.registry import Signal
from training.dataset.labels import LearningSet
from training.dataset.time_splits import Fold, Splits
from training.errors import TrainingError
from training.model.blending import blend_out_of_fold
from training.model.gradient_boosting import fit_booster
from training.model.linear_fit import fit_linear
from training.model.model_selection import compute_log_losses, compare_losses, compute_row_weights
from training.settings import Settings

__all__ = ["SEARCH_SPACE", "Trial", "Tuning", "tune"]

SEARCH_SPACE = {
    "leaves": (3, 64),
    "leads_per_leaf": (10, 200),
    "learning_rate": (0.015, 0.15),
    "feature_fraction": (0.15, 1.0),
    "l2": (0.1, 100.0),
    "line_penalty": (1.0, 1000.0),
}
"""Setting -> lowest and highest value tried, in steps of equal proportion."""

_DIGITS = 3
_START_TRIALS = 8
Step = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Trial:
    """One choice of settings.

    Parameters
    ----------
    settings : dict
        Name -> value, of those searched.
    state : {"complete", "pruned", "out of time"}
        Pruned: worse after some folds than half of the trials before it.
    log_loss : float
        Weighted mean over the folds it was judged on; NaN when there was none.
    fold_losses : tuple of float
        Log loss on each fold judged on, in the order of time.
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
    """What a search found.

    Parameters
    ----------
    settings : Settings
        To train with: the best found, or those given.
    trials : tuple of Trial, in order
    best : int
        Which trial the settings come from; 0 is the settings as given.
    gain, error : float
        By how much the trial of least log loss beats the first, and the standard error of that, paired by row.
    folds, rows : int
        What each trial was judged on.
    """

    settings: Settings
    trials: tuple[Trial, ...]
    best: int
    gain: float
    error: float
    folds: int
    rows: int

    def to_figures(self) -> dict[str, Any]:
        """Plain values for the bundle."""
        chosen = {name: getattr(self.settings, name) for name in SEARCH_SPACE}
        plain = {name: getattr(self, name) for name in ("best", "gain", "error", "folds", "rows")}
        return plain | {
            "words": self.describe(),
            "trials": len(self.trials),
            "pruned": sum(one.state == "pruned" for one in self.trials),
            "settings": chosen,
        }

    def describe(self) -> str:
        """The search in a sentence or two."""
        tried = f"Tuned: {len(self.trials)} settings tried on {self.folds} folds forward in time ({self.rows:,} rows), the held-out leads unseen. "
        gain = f"{self.gain:.4f} of log loss (standard error {self.error:.4f})"
        if self.best:
            return tried + f"Trial {self.best} is better than the settings given by {gain}; it was taken."
        return tried + (
            "Nothing better than the settings given was found."
            if self.gain <= 0
            else f"The best gained {gain}: no more than chance. The settings given stay."
        )


def tune(
    rows: np.ndarray,
    learning: LearningSet,
    splits: Splits,
    signals: list[Signal],
    settings: Settings,
    minutes: float,
    step: Step = lambda *_: None,
    most_trials: int = 1_000,
    clock: Callable[[], float] = time.time,
) -> Tuning:
    """Search for at most so many minutes; the fold that is being fitted when they are over is finished, and so is the
    first trial.

    Each trial depends on the seed and the trials before it only; how many fit into the time depends on the machine.

    Parameters
    ----------
    rows : float32 array of shape (n, signals)
    clock : callable returning seconds

    Raises
    ------
    TrainingError
        If the leads have no order in time, or no fold is left to judge trials on beside the held-out one.
    """
    folds = select_search_folds(splits)
    search = _Search(rows, learning, folds, signals, settings)
    study = _study(settings)
    begun = clock()
    end = begun + 60 * minutes
    seconds = max(1, round(60 * minutes))
    trials, losses = [], []
    while len(trials) < most_trials and (not trials or clock() < end):
        step("Tuning", min(int(clock() - begun), seconds - 1), seconds)
        asked = study.ask()
        chosen = _suggested(asked, settings)
        trial, row_losses = search.judged(asked, chosen, clock, end if trials else np.inf)
        if trial.state == "complete":
            study.tell(asked, trial.log_loss)
        else:
            study.tell(asked, state=optuna.trial.TrialState.PRUNED)
        trials.append(trial)
        losses.append(row_losses)
    step("Tuning", 1, 1)
    best = min(
        (place for place, one in enumerate(trials) if one.state == "complete"),
        key=lambda place: (trials[place].log_loss, place),
    )
    behind = compare_losses(losses[0], losses[best], search.share)
    taken = 0 if behind.within_error else best
    return Tuning(
        replace(settings, **trials[taken].settings),
        tuple(trials),
        taken,
        float(behind.mean),
        float(behind.error),
        len(folds),
        len(search.share),
    )


def select_search_folds(splits: Splits) -> list[Fold]:
    """The folds before the held-out one, each judged only by rows whose label was known when the held-out leads began
    to arrive.

    Raises
    ------
    TrainingError
        If there is none.
    """
    if not splits.forward:
        raise TrainingError(
            "tune: the leads have no order in time, so none can be kept apart from the search. Map a date or a running number, or leave --tune out."
        )
    known = splits.folds[-1].train
    folds = [Fold(fold.train, kept) for fold in splits.folds[:-1] if len(kept := np.intersect1d(fold.test, known))]
    if not folds:
        raise TrainingError(
            f"tune: {len(splits.folds)} fold forward in time can be made of these leads, and it is held out. Expected two or more: take a longer period, or leave --tune out."
        )
    return folds


class _Search:
    """Judges settings on the search's folds."""

    def __init__(
        self, rows: np.ndarray, learning: LearningSet, folds: list[Fold], signals: list[Signal], settings: Settings
    ) -> None:
        self._rows, self._learning, self._folds, self._signals, self._settings = (
            rows,
            learning,
            folds,
            signals,
            settings,
        )
        self.share = compute_row_weights(len(fold.test) for fold in folds)

    def judged(
        self, asked: optuna.trial.Trial, chosen: dict[str, float], clock: Callable[[], float], end: float
    ) -> tuple[Trial, FloatArray]:
        """The trial, and the log loss of each row it was judged on."""
        started, state = clock(), "complete"
        losses: list[FloatArray] = []
        for done, row_losses in enumerate(self._fold_by_fold(replace(self._settings, **chosen)), 1):
            losses.append(row_losses)
            asked.report(self._mean(losses), done)
            if done < len(self._folds) and (asked.should_prune() or clock() >= end):
                state = "pruned" if asked.should_prune() else "out of time"
                break
        return Trial(
            chosen, state, self._mean(losses), tuple(float(one.mean()) for one in losses), started, clock()
        ), np.concatenate(losses)

    def _fold_by_fold(self, settings: Settings) -> Iterator[FloatArray]:
        """Log loss of each row of each fold, blended with the weight that the folds before it chose."""
        learning, rows = self._learning, self._rows
        line, trees = (np.full(len(learning), np.nan) for _ in range(2))
        for place, fold in enumerate(self._folds):
            told, label = rows[fold.train], learning.label[fold.train]
            booster = fit_booster(
                told,
                label,
                learning.position[fold.train],
                learning.moments.of_lead[fold.train],
                self._signals,
                settings,
            )
            trees[fold.test] = booster.predict(rows[fold.test], raw_score=True, num_threads=settings.threads)
            line[fold.test] = fit_linear(told, label, self._signals, settings.line_penalty).predict_raw(
                rows[fold.test].astype(np.float64)
            )
            z = blend_out_of_fold(line, trees, learning.label, self._folds[: place + 1], forward=True)[fold.test]
            yield compute_log_losses(z, learning.label[fold.test])

    def _mean(self, losses: list[FloatArray]) -> float:
        """Weighted over the folds so far, later ones counting more."""
        told = np.concatenate(losses)
        return float(np.average(told, weights=self.share[: len(told)]))


def _study(settings: Settings) -> optuna.Study:
    """A study that begins with the settings as given: Parzen estimators after a few random trials, pruned at the
    median.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=settings.seed, n_startup_trials=_START_TRIALS)
    study = optuna.create_study(
        direction="minimize", sampler=sampler, pruner=optuna.pruners.MedianPruner(n_startup_trials=4)
    )
    study.enqueue_trial({name: getattr(settings, name) for name in SEARCH_SPACE})
    return study


def _suggested(asked: optuna.trial.Trial, settings: Settings) -> dict[str, float]:
    """The settings of one trial, rounded so that they can be written down.

    The bounds make room for those given, which are taken as they are.
    """
    chosen: dict[str, float] = {}
    for name, (low, high) in SEARCH_SPACE.items():
        given = getattr(settings, name)
        low, high = min(low, given), max(high, given)
        said = (
            asked.suggest_int(name, low, high, log=True)
            if isinstance(low, int)
            else asked.suggest_float(name, low, high, log=True)
        )
        chosen[name] = said if said == given else type(said)(f"{said:.{_DIGITS}g}")
    return chosen
