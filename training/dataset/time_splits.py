"""Which rows train, and which are held out to be predicted? Folds forward in time where an order exists, else random.

Lives here: cutting leads into blocks, the gap until every label was known, keeping people apart. A lead is never on
both sides.
Does not live here: fitting (``training.model``), metrics (``training.evaluation.metrics``)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from features.array_types import DAY, IntArray
from features.point_in_time.value_hashes import hash_ids
from features.tables.tables import Tables
from training.dataset.labels import LearningSet

__all__ = ["Fold", "Splits", "hash_people", "list_deciding_folds", "make_splits", "mask_known_people"]


@dataclass(frozen=True)
class Fold:
    """Rows of the learning set to train on and rows to predict.

    Parameters
    ----------
    train, test : int arrays
    unripe : int array
        Earlier rows whose label was not known yet when the first test row arrived; forward in time only.
    """

    train: IntArray
    test: IntArray
    unripe: IntArray = field(default_factory=lambda: np.empty(0, np.intp))


@dataclass(frozen=True)
class Splits:
    """The folds of one run.

    Parameters
    ----------
    folds : tuple of Fold
        Forward in time: each fold's test rows are later than its training rows; the last is the held-out end of
        history.
    forward : bool
        False when the data has no order, so that folds are random and nothing can be promised about the future.
    """

    folds: tuple[Fold, ...]
    forward: bool


def make_splits(
    learning: LearningSet, folds: int, horizon_days: int, seed: int, people: np.ndarray | None = None
) -> Splits:
    """Split the leads into ``folds`` blocks.

    Forward in time, every block but the first is predicted once, by a model of the earlier leads whose label was known
    by then. Where labels become known sooner for some leads than for others, a block is of labels that became known one
    after the other: of the newest arrivals only the quick outcomes are known, and those are not what the next leads
    will be like (booked appointments: a wait of 1.9 days in place of 10.5, AUC .766 in place of .715).

    Parameters
    ----------
    horizon_days : int
        A label counts as known when this many days have passed, where the learning set does not say when it was.
    people : uint64 array of shape (n,), optional
        Hash of the person of each row, 0 unknown. When given, people are kept apart: rows of a person who is also among
        a fold's test rows do not train that fold.
    """
    splits = []
    if not np.isnan(learning.position).any():
        blocks = (_split_forward(learning, folds, block, horizon_days, people) for block in range(1, folds))
        splits = [fold for fold in blocks if fold is not None]
    if splits:
        return Splits(tuple(splits), forward=True)
    return Splits(tuple(_split_randomly(learning, folds, seed, people)), forward=False)


def list_deciding_folds(folds: Sequence[Fold], number: int, forward: bool) -> list[Fold]:
    """Return the folds by which something is chosen for one fold: the others; forward in time the earlier ones.

    Forward in time only with the rows whose label was known when the fold began: what was chosen on that day could not
    know how leads of the weeks before would end. ``number`` may be that of the last fold plus one: then all decide.

    >>> folds = [Fold(np.arange(2), np.array([2, 3])), Fold(np.arange(2), np.array([4, 5]), unripe=np.array([3]))]
    >>> [fold.test.tolist() for fold in list_deciding_folds(folds, 1, forward=True)]
    [[2]]
    >>> [fold.test.tolist() for fold in list_deciding_folds(folds, 1, forward=False)]
    [[2, 3]]
    """
    if not forward:
        return [fold for position, fold in enumerate(folds) if position != number]
    unripe = folds[number].unripe if number < len(folds) else np.empty(0, np.intp)
    if not len(unripe):
        return [*folds[:number]]
    ripe = [replace(fold, test=fold.test[~np.isin(fold.test, unripe)]) for fold in folds[:number]]
    return [fold for fold in ripe if len(fold.test)]


def mask_known_people(people: np.ndarray, rows: IntArray, among: IntArray) -> np.ndarray:
    """Return which of ``rows`` are about a person who also appears in the rows ``among``; an unknown person never does.

    Mask of the shape of ``rows``.

    >>> mask_known_people(np.array([5, 0, 5, 7], np.uint64), rows=np.array([2, 3, 1]), among=np.array([0, 1]))
    array([ True, False, False])
    """
    return (people[rows] != 0) & np.isin(people[rows], people[among])


def _split_forward(
    learning: LearningSet, folds: int, block: int, horizon_days: int, people: np.ndarray | None
) -> Fold | None:
    """Train on leads before the block whose label was known when it began; None when either side lacks a class."""
    order = learning.order
    leads = np.sort(order[learning.arrival])
    start, end = (leads[min(len(leads) * k // folds, len(leads) - 1)] for k in (block, block + 1))
    # The last block has no end: the newest lead itself must be in it.
    test = (order >= start) & ((order < end) | (block == folds - 1))
    earlier = order < start
    is_known = np.ones(len(order), bool)
    if not np.isnat(learning.moments.cutoff).any():
        known_at = learning.moments.cutoff + horizon_days * DAY if learning.known_at is None else learning.known_at
        # Strictly before, as everything that a score may know: not what became known as the first of them arrived.
        is_known = known_at < np.datetime64(int(start), "us")
    train, test, unripe = (np.flatnonzero(rows) for rows in (earlier & is_known, test, earlier & ~is_known))
    if people is not None:
        train = train[~mask_known_people(people, train, test)]
    has_both_classes = all(len(np.unique(learning.label[side])) == 2 for side in (train, test))
    return Fold(train, test, unripe) if has_both_classes else None


def _split_randomly(learning: LearningSet, folds: int, seed: int, people: np.ndarray | None) -> list[Fold]:
    """Return stratified random folds that keep a lead's moments together, and a person's leads where asked."""
    rarer = int(min(np.bincount(learning.label[learning.arrival].astype(int), minlength=2)))
    splitter = StratifiedGroupKFold(max(2, min(folds, rarer)), shuffle=True, random_state=seed)
    of_lead = learning.moments.of_lead.astype(np.uint64)
    groups = of_lead if people is None else np.where(people != 0, people, of_lead)
    return [Fold(train, test) for train, test in splitter.split(learning.label, learning.label, groups)]


def hash_people(tables: Tables) -> np.ndarray:
    """Return a hash of the person each lead is about, 0 unknown: uint64 of shape (m,). It is never written anywhere."""
    return (
        hash_ids(tables.leads["person_id"].to_numpy(object))
        if "person_id" in tables.leads
        else np.zeros(len(tables.leads), np.uint64)
    )
