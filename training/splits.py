"""Which leads may teach, which must wait to be predicted? Folds forward in time where an order exists, at random where none does.

Lives here: cutting leads into blocks, the gap as long as the horizon. A lead never stands on both sides.
Does not live here: fitting (``fit``), figures (``evaluate``).
"""

from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from features.types import DAY, IntArray
from training.labels import LearningSet

__all__ = ["Fold", "Splits", "split"]


@dataclass(frozen=True)
class Fold:
    """Rows of the learning set to train on and rows to predict."""

    train: IntArray
    test: IntArray


@dataclass(frozen=True)
class Splits:
    """The folds of one run.

    Parameters
    ----------
    folds : tuple of Fold
        Forward in time: each fold's test rows are later than its training rows; the last is the held-out end of history.
    forward : bool
        False when the data has no order, so that folds are random and nothing can be promised about the future.
    """

    folds: tuple[Fold, ...]
    forward: bool


def split(learning: LearningSet, folds: int, horizon_days: int, seed: int) -> Splits:
    """``folds`` blocks of leads. Forward: every block but the first is predicted once, from those before it and ripe by then."""
    if np.isnan(learning.position).any():
        return Splits(tuple(_random(learning, folds, seed)), forward=False)
    made = [fold for block in range(1, folds) if (fold := _forward(learning, folds, block, horizon_days)) is not None]
    return Splits(tuple(made), forward=True) if made else Splits(tuple(_random(learning, folds, seed)), forward=False)


def _forward(learning: LearningSet, folds: int, block: int, horizon_days: int) -> Fold | None:
    """Train on leads before the block whose horizon was over when it began; None when either side lacks a class."""
    leads = np.sort(learning.position[learning.arrival])
    start, end = (leads[min(len(leads) * k // folds, len(leads) - 1)] for k in (block, block + 1))
    test = (learning.position >= start) & ((learning.position < end) | (block == folds - 1))
    train = learning.position < start
    if not np.isnat(learning.moments.cutoff).any():
        train &= learning.moments.cutoff + horizon_days * DAY <= np.datetime64(int(start), "us")
    both = all(len(np.unique(learning.label[side])) == 2 for side in (train, test))
    return Fold(np.flatnonzero(train), np.flatnonzero(test)) if both else None


def _random(learning: LearningSet, folds: int, seed: int) -> list[Fold]:
    """Stratified folds at random, a lead's moments kept together."""
    fewest = int(min(np.bincount(learning.label[learning.arrival].astype(int), minlength=2)))
    cutter = StratifiedGroupKFold(max(2, min(folds, fewest)), shuffle=True, random_state=seed)
    made = cutter.split(learning.label, learning.label, learning.moments.of_lead)
    return [Fold(train, test) for train, test in made]
