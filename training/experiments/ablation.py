"""What does each family of signals earn? The model fitted without it, judged on later leads beside the model that has
it.

Lives here: the studies that ``leadlight ablate`` runs: families left out, directions (``monotone``) let go. Does not
live here: fitting (``fit``), which leads come later (``splits``).

A family can look worthless because another says the same, so a family's figure is what is lost when it alone is
missing: not what it would be worth alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import lightgbm
import numpy as np
from scipy.special import expit
from sklearn.metrics import log_loss, roc_auc_score

from features.array_types import FloatArray, IntArray
from features.practice.practice import Practice
from features.registry import Signal
from features.tables.tables import Tables
from training.dataset.time_splits import Fold
from training.evaluation.metrics import Bootstrap, Interval, compare_scores
from training.model.blending import blend_out_of_fold
from training.model.gradient_boosting import fit_booster, fit_trees
from training.model.linear_fit import fit_linear
from training.pipeline import PreparedRun, prepare
from training.settings import Settings

__all__ = ["FamilyAblation", "DirectionCost", "ablate_families", "measure_direction_costs"]

_BOOSTERS = 2
"""Boosters of different seeds averaged into each judgement: one alone moves by as much as a small family earns."""


@dataclass(frozen=True)
class FamilyAblation:
    """One family left out.

    Parameters
    ----------
    family : str
    signals : int
        How many of its signals the data supports.
    log_loss, auc : float
        Of the model without it, on all leads that a fold predicted, at arrival.
    lost : Interval
        Log loss without it less log loss with it, paired by lead: above 0, the family earns its place.
    """

    family: str
    signals: int
    log_loss: float
    auc: float
    lost: Interval


def ablate_families(
    tables: Tables, practice: Practice, settings: Settings, step: Callable[[str, int, int], None] = lambda *_: None
) -> tuple[list[FamilyAblation], tuple[float, float], int]:
    """Leave out each family in turn.

    Returns
    -------
    families : list of Ablated, the one most missed first
    whole : (log loss, AUC) of the model with all of them
    leads : how many leads these are judged on

    Raises
    ------
    TrainingError
        If the data cannot teach a model.
    """
    made = prepare(tables, practice, settings, step)
    families, judged, said = list(dict.fromkeys(one.family for one in made.signals)), _judged(made), {}
    label = made.learning.label[judged]

    def boosters(fold: Fold, told: np.ndarray, signals: list[Signal]) -> list[lightgbm.Booster]:
        moments = (
            made.learning.label[fold.train],
            made.learning.position[fold.train],
            made.learning.moments.of_lead[fold.train],
        )
        return [
            fit_booster(told, *moments, signals, replace(settings, seed=settings.seed + turn))
            for turn in range(_BOOSTERS)
        ]

    for done, left_out in enumerate((None, *families)):
        step("Leaving out each family in turn", done, 1 + len(families))
        kept = [place for place, one in enumerate(made.signals) if one.family != left_out]
        said[left_out] = _said(made, kept, [made.signals[place] for place in kept], boosters, settings)[judged]
    step("Leaving out each family in turn", 1, 1)
    found = [
        FamilyAblation(
            family,
            sum(one.family == family for one in made.signals),
            float(log_loss(label, said[family])),
            float(roc_auc_score(label, said[family])),
            _lost(made, judged, said[family], said[None], settings),
        )
        for family in families
    ]
    whole = float(log_loss(label, said[None])), float(roc_auc_score(label, said[None]))
    return sorted(found, key=lambda one: -one.lost.value), whole, len(judged)


@dataclass(frozen=True)
class DirectionCost:
    """One signal's direction let go.

    Parameters
    ----------
    signal : str
        "all of them" for all directions at once.
    direction : int, +1 or -1; 0 for all of them
    price : Interval
        Log loss with the direction less log loss without it, paired by lead: above 0, the policy costs that much; below
        0, it earns it.
    """

    signal: str
    direction: int
    price: Interval


def measure_direction_costs(
    tables: Tables, practice: Practice, settings: Settings, step: Callable[[str, int, int], None] = lambda *_: None
) -> tuple[list[DirectionCost], float, int]:
    """Let each signal's direction go in turn, in both parts of the blended model; seed and number of trees stay those
    of the model that has them all.

    Returns
    -------
    prices : list of Priced, all of them first, then the dearest
    log_loss : float, of the model with every direction
    leads : how many leads these are judged on

    Raises
    ------
    TrainingError
        If the data cannot teach a model.
    """
    made = prepare(tables, practice, settings, step)
    bound, judged, learning = (
        [place for place, one in enumerate(made.signals) if one.monotone],
        _judged(made),
        made.learning,
    )
    counts = {
        id(fold): fit_booster(
            made.rows[fold.train],
            learning.label[fold.train],
            learning.position[fold.train],
            learning.moments.of_lead[fold.train],
            made.signals,
            settings,
        ).num_trees()
        for fold in made.splits.folds
    }

    def booster(fold: Fold, told: np.ndarray, signals: list[Signal]) -> list[lightgbm.Booster]:
        return [fit_trees(told, learning.label[fold.train], signals, settings, counts[id(fold)])]

    said = []
    for done, freed in enumerate([(), bound, *([place] for place in bound)]):
        step("Letting each direction go in turn", done, 2 + len(bound))
        signals = [replace(one, monotone=0) if place in freed else one for place, one in enumerate(made.signals)]
        said.append(_said(made, range(len(signals)), signals, booster, settings)[judged])
    step("Letting each direction go in turn", 1, 1)
    kept, every, *alone = said
    prices = [
        DirectionCost(made.signals[place].name, made.signals[place].monotone, _lost(made, judged, kept, one, settings))
        for place, one in zip(bound, alone, strict=True)
    ]
    first = DirectionCost("all of them", 0, _lost(made, judged, kept, every, settings))
    return (
        [first, *sorted(prices, key=lambda one: -one.price.value)],
        float(log_loss(learning.label[judged], kept)),
        len(judged),
    )


def _judged(made: PreparedRun) -> IntArray:
    """The rows that judge: leads at arrival that a fold predicts."""
    return np.sort(np.concatenate([fold.test[made.learning.arrival[fold.test]] for fold in made.splits.folds]))


def _said(
    made: PreparedRun,
    columns: Sequence[int],
    signals: list[Signal],
    boosters: Callable[[Fold, np.ndarray, list[Signal]], list[lightgbm.Booster]],
    settings: Settings,
) -> FloatArray:
    """Probability of every moment by a blended model of these columns (the base rate where there is none) that did not
    see its lead; NaN where no fold predicts it.

    Parameters
    ----------
    boosters : callable (fold, its training rows, signals)
        The boosters whose mean is the trees' part.
    """
    line, trees = np.full(len(made.learning), np.nan), np.full(len(made.learning), np.nan)
    for fold in made.splits.folds:
        told, later = made.rows[np.ix_(fold.train, columns)], made.rows[np.ix_(fold.test, columns)].astype(np.float64)
        line[fold.test] = fit_linear(told, made.learning.label[fold.train], signals, settings.line_penalty).predict_raw(later)
        raws = (
            [one.predict(later, raw_score=True, num_threads=settings.threads) for one in boosters(fold, told, signals)]
            if len(columns)
            else [line[fold.test]]
        )
        trees[fold.test] = np.mean(raws, axis=0)
    return expit(blend_out_of_fold(line, trees, made.learning.label, made.splits.folds, made.splits.forward))


def _lost(made: PreparedRun, judged: IntArray, one: FloatArray, other: FloatArray, settings: Settings) -> Interval:
    """Log loss of the one less that of the other, paired by lead."""
    learning = made.learning
    return compare_scores(
        learning.label[judged],
        one,
        other,
        learning.moments.of_lead[judged],
        "log_loss",
        Bootstrap(settings.resamples, settings.seed),
    )
