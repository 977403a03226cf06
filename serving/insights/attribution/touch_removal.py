"""How many bookings would be missing without a touch? Regressions over the journeys that booked and those that did not.

Lives here: the outcome models, their interval, when the data cannot tell.
Does not live here: dividing the bookings that came (``credit_rules``).

What a journey without any touch would bring is never seen in leads, so how much of it each touch adds depends on the
model. Two models bracket it: each touch adds to the chance of a booking (least squares), or multiplies its odds
(logistic regression), with what was known of the people held equal. The interval reaches over both, each with a
variance that holds if its model does not (White 1980): least squares alone misses the truth where touches multiply the
odds, as a test of this module shows. It is an association: nobody in the data did not inquire at all.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse, stats
from scipy.special import expit

from features.array_types import FloatArray
from serving.insights.attribution.journeys import Journeys
from serving.insights.columns.categories import Categories
from serving.insights.estimates import TAILS, Estimate, Unknown, cannot_tell
from serving.insights.expected_bookings import MIN_LEADS_PER_VALUE, fit_logistic

__all__ = ["Removal", "estimate_removal"]

MIN_JOURNEYS = 30
"""Journeys with a touch, and without it."""

MIN_APART = 20.0
"""How many journeys' worth of a touch must not be foretold by the other touches, and which share of its journeys."""

MIN_SHARE_APART = 0.005

REACH = float(stats.norm.ppf(TAILS[1]))

_RIDGE = 1e-6
"""So that attributes that say the same do not stop it; too small to move an effect."""

_ODDS_RIDGE = 0.1
"""It keeps the coefficient of a touch that no booking has from running off."""


@dataclass(frozen=True)
class Removal:
    """What a touch adds.

    Parameters
    ----------
    bookings : Estimate
        Bookings that would be missing; unknown where it never stands apart, or with too few journeys.
    never_without : str or None
        The touch that it never stands apart from, where there is one.
    """

    bookings: Estimate
    never_without: str | None = None


def estimate_removal(journeys: Journeys, attributes: dict[str, Categories]) -> list[Removal]:
    """Estimate the bookings that would be missing without each touch.

    Parameters
    ----------
    attributes : dict
        What was known of each inquiry; that of the first inquiry of a journey counts.

    Returns
    -------
    list of Removal
        One for each name.
    """
    touched = journeys.build_incidence()
    count, names = touched.shape
    had = np.asarray(touched.sum(axis=0)).ravel()
    if count < 2 * MIN_JOURNEYS:
        too_few = f"it takes {2 * MIN_JOURNEYS} journeys"
        return [Removal(cannot_tell(f"{too_few}; {2 * MIN_JOURNEYS - count} more are needed", too_few))] * names
    matrix = sparse.hstack([touched, np.ones((count, 1)), *_encode(journeys, attributes)], format="csr")
    gram = (matrix.T @ matrix).toarray()
    inverse = np.linalg.inv(gram + _RIDGE * np.eye(len(gram)))
    apart = 1 / np.diag(inverse)[:names]
    outcome = journeys.booked.astype(float)
    both = np.stack([_remove_by_chance(matrix, outcome, inverse)[:, :names], _remove_by_odds(matrix, outcome, names)])
    removals = []
    for name in range(names):
        if min(had[name], count - had[name]) < MIN_JOURNEYS:
            removals.append(Removal(_explain_few(int(had[name]), count)))
        elif apart[name] < max(MIN_APART, MIN_SHARE_APART * had[name]):
            companion = _find_companion(journeys, gram, name)
            others = "the others" if companion is None else companion
            reason = f"it is hardly ever without {others}; run one without the other for some weeks"
            removals.append(Removal(cannot_tell(reason), companion))
        else:
            value, error = both[:, 0, name], REACH * both[:, 1, name]
            removals.append(
                Removal(Estimate(float(value.mean()), float((value - error).min()), float((value + error).max())))
            )
    return removals


def _explain_few(had: int, count: int) -> Unknown:
    """Say whether journeys with a touch are missing, or journeys without it."""
    which, has = ("with", had) if had < MIN_JOURNEYS else ("without", count - had)
    too_few = f"it takes {MIN_JOURNEYS} journeys {which} it"
    return cannot_tell(f"{too_few}; {MIN_JOURNEYS - has} more are needed", too_few)


def _remove_by_chance(matrix: sparse.csr_matrix, outcome: FloatArray, inverse: FloatArray) -> FloatArray:
    """Return the bookings of each column if it adds to the chance, and their standard error. Shape (2, columns).

    ``inverse`` is that of the columns' products.
    """
    effect = inverse @ (matrix.T @ outcome)
    error = np.sqrt(np.diag(_compute_variance(matrix, outcome - matrix @ effect, inverse)))
    had = np.asarray(matrix.sum(axis=0)).ravel()
    return np.stack([effect * had, error * had])


def _remove_by_odds(matrix: sparse.csr_matrix, outcome: FloatArray, names: int) -> FloatArray:
    """Return the bookings of each touch if it multiplies the odds, and their standard error. Shape (2, names)."""
    effect, information = fit_logistic(matrix, outcome, np.full(matrix.shape[1], _ODDS_RIDGE), intercept=names)
    chance = expit(matrix @ effect)
    variance = _compute_variance(matrix, outcome - chance, np.linalg.inv(information))
    total, error = np.empty(names), np.empty(names)
    columns = matrix.tocsc()
    for name in range(names):
        had = columns.indices[columns.indptr[name] : columns.indptr[name + 1]]
        rows = matrix[had]
        without = expit(rows @ effect - effect[name])
        total[name] = (chance[had] - without).sum()
        # By the delta method: how the total changes with each coefficient. Without the touch, its own has no say.
        slope = rows.T @ (chance[had] * (1 - chance[had])) - rows.T @ (without * (1 - without))
        slope[name] = (chance[had] * (1 - chance[had])).sum()
        error[name] = np.sqrt(slope @ variance @ slope)
    return np.stack([total, error])


def _compute_variance(matrix: sparse.csr_matrix, residual: FloatArray, inverse: FloatArray) -> FloatArray:
    """Compute the covariance of coefficients that holds whatever the variance of the outcome is (White 1980)."""
    count, size = matrix.shape
    spread = (matrix.T @ matrix.multiply((residual**2)[:, None])).toarray()
    variance: FloatArray = inverse @ spread @ inverse * count / max(count - size, 1)
    return variance


def _encode(journeys: Journeys, attributes: dict[str, Categories]) -> list[sparse.csr_matrix]:
    """Return an indicator for each common value of each attribute, but its most common one."""
    encoded = []
    for column in attributes.values():
        codes = column.codes[journeys.first_inquiry]
        counts = np.bincount(codes, minlength=len(column.names))
        common = np.flatnonzero(counts >= MIN_LEADS_PER_VALUE)
        common = common[common != counts.argmax()]
        position = np.full(len(column.names), -1)
        position[common] = np.arange(len(common))
        rows = np.flatnonzero(position[codes] >= 0)
        encoded.append(
            sparse.csr_matrix((np.ones(len(rows)), (rows, position[codes[rows]])), (len(codes), len(common)))
        )
    return encoded


def _find_companion(journeys: Journeys, gram: FloatArray, name: int) -> str | None:
    """Find the other touch that the journeys of one nearly always have, too, and the other way round; None without."""
    names = len(journeys.names)
    both, had = gram[name, :names].copy(), np.diag(gram)[:names]
    both[name] = 0.0
    agreement = both / np.maximum(had + had[name] - both, 1.0)
    best = int(agreement.argmax())
    return journeys.names[best] if agreement[best] > 0.9 else None
