"""What does each family of signals earn? The model fitted without it, judged on later leads beside the model that has it.

Lives here: the studies that ``leadlight ablate`` runs: families left out, directions (``monotone``) let go. Does not live here: fitting (``fit``), which leads come later (``splits``).

A family can look worthless because another says the same, so a family's figure is what is lost when it alone is missing: not what it would be worth alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.metrics import roc_auc_score

from features.practice import Practice
from features.tables import Tables
from features.types import FloatArray, IntArray
from training.evaluate import Interval
from training.blend import unseen
from training.fit import fit_booster, fit_trees
from training.linear import fit_linear
from training.pipeline import Prepared, prepared
from training.settings import Settings
from training.splits import Fold

__all__ = ["Ablated", "Priced", "ablate", "price_directions"]

_BOOSTERS = 2
"""Boosters of different seeds averaged into each judgement: one alone moves by as much as a small family earns."""
_LEAST = 1e-9


@dataclass(frozen=True)
class Ablated:
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


def ablate(
    tables: Tables, practice: Practice, settings: Settings, step: Callable[[str, int, int], None] = lambda *_: None
) -> tuple[list[Ablated], tuple[float, float], int]:
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
    made = prepared(tables, practice, settings, step)
    families = list(dict.fromkeys(one.family for one in made.signals))
    judged = np.sort(np.concatenate([fold.test[made.learning.arrival[fold.test]] for fold in made.splits.folds]))
    label = made.learning.label[judged]
    losses, aucs = {}, {}
    for done, left_out in enumerate((None, *families)):
        step("Leaving out each family in turn", done, 1 + len(families))
        kept = [place for place, one in enumerate(made.signals) if one.family != left_out]
        said = _predicted(made, kept, settings)[judged]
        losses[left_out], aucs[left_out] = _losses(label, said), float(roc_auc_score(label, said))
    step("Leaving out each family in turn", 1, 1)
    found = [
        Ablated(
            family, sum(one.family == family for one in made.signals), float(losses[family].mean()), aucs[family],
            _paired(losses[family] - losses[None], settings.resamples, settings.seed),
        )
        for family in families
    ]  # fmt: skip
    return sorted(found, key=lambda one: -one.lost.value), (float(losses[None].mean()), aucs[None]), len(judged)


@dataclass(frozen=True)
class Priced:
    """One signal's direction let go.

    Parameters
    ----------
    signal : str
        "all of them" for all directions at once.
    direction : int, +1 or -1; 0 for all of them
    price : Interval
        Log loss with the direction less log loss without it, paired by lead: above 0, the policy costs that much; below 0, it earns it.
    """

    signal: str
    direction: int
    price: Interval


def price_directions(
    tables: Tables, practice: Practice, settings: Settings, step: Callable[[str, int, int], None] = lambda *_: None
) -> tuple[list[Priced], float, int]:
    """Let each signal's direction go in turn, in both parts of the blended model; seed and number of trees stay those of the model that has them all.

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
    made = prepared(tables, practice, settings, step)
    bound = [place for place, one in enumerate(made.signals) if one.monotone]
    judged = np.sort(np.concatenate([fold.test[made.learning.arrival[fold.test]] for fold in made.splits.folds]))
    learning = made.learning
    trees = [
        fit_booster(made.rows[fold.train], learning.label[fold.train], learning.position[fold.train], learning.moments.of_lead[fold.train], made.signals, settings).num_trees()
        for fold in made.splits.folds
    ]  # fmt: skip
    kept = _losses_of(made, (), trees, settings, judged)
    found = []
    for done, freed in enumerate([tuple(bound), *((place,) for place in bound)]):
        step("Letting each direction go in turn", done, 1 + len(bound))
        price = _paired(kept - _losses_of(made, freed, trees, settings, judged), settings.resamples, settings.seed)
        one = made.signals[freed[0]] if done else None
        found.append(Priced("all of them" if one is None else one.name, 0 if one is None else one.monotone, price))
    step("Letting each direction go in turn", 1, 1)
    return [found[0], *sorted(found[1:], key=lambda one: -one.price.value)], float(kept.mean()), len(judged)


def _losses_of(made: Prepared, freed: Sequence[int], trees: Sequence[int], settings: Settings, judged: IntArray) -> FloatArray:
    """Log loss of each row judged by the blended model whose freed signals may go either way."""
    signals = [replace(one, monotone=0) if place in freed else one for place, one in enumerate(made.signals)]
    line, raw = np.full(len(made.learning), np.nan), np.full(len(made.learning), np.nan)
    for fold, count in zip(made.splits.folds, trees, strict=True):
        told, label, later = made.rows[fold.train], made.learning.label[fold.train], made.rows[fold.test].astype(np.float64)
        raw[fold.test] = fit_trees(told, label, signals, settings, count).predict(later, raw_score=True, num_threads=settings.threads)
        line[fold.test] = fit_linear(told, label, signals, settings.line_penalty).raw(later)
    z = unseen(line, raw, made.learning.label, made.splits.folds, made.splits.forward)[judged]
    return np.logaddexp(0, z) - made.learning.label[judged] * z


def _predicted(made: Prepared, kept: Sequence[int], settings: Settings) -> FloatArray:
    """Probability of every moment from a model with the kept columns that did not see its lead; NaN where no fold predicts it."""
    said = np.full(len(made.learning), np.nan)
    for fold in made.splits.folds:
        raw = np.mean([_fold(made, fold, kept, settings, turn) for turn in range(_BOOSTERS)], axis=0)
        said[fold.test] = 1 / (1 + np.exp(-raw))
    return said


def _fold(made: Prepared, fold: Fold, kept: Sequence[int], settings: Settings, turn: int) -> FloatArray:
    """Raw scores of one booster on the fold's test rows."""
    learning, signals = made.learning, [made.signals[place] for place in kept]
    booster = fit_booster(
        made.rows[np.ix_(fold.train, kept)], learning.label[fold.train], learning.position[fold.train], learning.moments.of_lead[fold.train],
        signals, replace(settings, seed=settings.seed + turn),
    )  # fmt: skip
    return np.asarray(booster.predict(made.rows[np.ix_(fold.test, kept)], raw_score=True, num_threads=settings.threads))


def _losses(label: FloatArray, said: FloatArray) -> FloatArray:
    """Log loss of each lead."""
    return -np.log(np.clip(np.where(label == 1, said, 1 - said), _LEAST, 1))


def _paired(difference: FloatArray, resamples: int, seed: int) -> Interval:
    """The mean difference with its 95% interval (Poisson bootstrap over leads)."""
    weights = np.random.default_rng(seed).poisson(1.0, (resamples, len(difference))).astype(float)
    low, high = np.percentile(weights @ difference / weights.sum(axis=1), (2.5, 97.5))
    return Interval(float(difference.mean()), float(low), float(high))
