"""What were these leads expected to bring, by who they were? A regression on what was known at arrival, for like with
like.

Lives here: the regression (logistic, penalized), its uncertainty as draws of its coefficients.
Does not live here: the score of the model that a practice trained (``serving.scoring``), what is compared
(``response``, ``staff_effects``, ``booking_changes``).

Who worked on a lead and how long it waited are no attributes of a lead. Where they are compared, they are fitted beside
the attributes, so that the attributes do not take up what is theirs, and what is expected of a lead is an average over
them: it does not depend on who got the lead.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations_with_replacement, pairwise

import numpy as np
from scipy import sparse
from scipy.special import expit

from features.array_types import FloatArray, IntArray
from serving.insights.columns.categories import Categories

__all__ = ["MIN_LEADS_PER_VALUE", "BookingModel", "fit_booking_model", "fit_logistic"]

MIN_LEADS_PER_VALUE = 30
"""Rarer values of an attribute are taken together."""

MAX_FITTED = 150_000
"""Leads fitted at most; more change the coefficients by less than the last digit shown."""

_DRAWS = 400
_ROWS_AT_ONCE = 8_192
_PENALTY = 1.0
"""Ridge penalty of every coefficient but the intercept: a standard normal prior on the log-odds scale."""


@dataclass(frozen=True)
class BookingModel:
    """The fitted regression.

    Parameters
    ----------
    names : tuple of str
        Attributes, in the order of their coefficients.
    groups : dict
        Attribute -> (value's code -> coefficient's position), int array; rare values share one.
    coefficients : float array of shape (p,)
        The first is the intercept.
    draws : float array of shape (draws, p)
        Coefficients as uncertain as they are.
    dispersion : float, at least 1
        How much more months vary than independent leads would.
    """

    names: tuple[str, ...]
    groups: dict[str, IntArray]
    coefficients: FloatArray
    draws: FloatArray
    dispersion: float

    def compute_log_odds(
        self, attributes: dict[str, Categories], draw: int | None = None, without: tuple[str, ...] = ()
    ) -> FloatArray:
        """Compute the log-odds of each lead, shape (n,), leaving out some attributes."""
        coefficients = self.coefficients if draw is None else self.draws[draw]
        total = np.full(len(attributes[self.names[0]].codes) if self.names else 0, coefficients[0])
        for name in self.names:
            if name not in without:
                total += coefficients[self.groups[name]][attributes[name].codes]
        return total

    def get_effects(self, name: str, draw: int | None = None) -> FloatArray:
        """Return the coefficients of an attribute's values, shape (values,)."""
        return (self.coefficients if draw is None else self.draws[draw])[self.groups[name]]


def fit_booking_model(
    attributes: dict[str, Categories],
    booked: np.ndarray,
    rows: IntArray,
    month: IntArray,
    rng: np.random.Generator,
) -> BookingModel:
    """Fit the bookings of some leads on their attributes.

    Parameters
    ----------
    attributes : dict
        Attribute -> its column, shape (n,).
    booked : bool array of shape (n,)
    rows : int array
        The leads to learn from: old enough for their bookings to be known.
    month : int array of shape (n,)
        Of arrival: for the dispersion.
    """
    if len(rows) > MAX_FITTED:
        rows = np.sort(rng.choice(rows, MAX_FITTED, replace=False))
    groups, position = {}, 1
    indices, blocks = [np.zeros(len(rows), np.int64)], [0, 1]
    for name, column in attributes.items():
        codes = column.codes[rows]
        counts = np.bincount(codes, minlength=len(column.names))
        common = counts >= MIN_LEADS_PER_VALUE
        places = np.full(len(column.names), position, np.int64)
        places[common] = position + 1 + np.arange(int(common.sum()))
        groups[name] = places
        indices.append(places[codes])
        position += 1 + int(common.sum())
        blocks.append(position)
    count = len(indices)
    matrix = sparse.csr_matrix(
        (np.ones(len(rows) * count), np.stack(indices, axis=1).ravel(), np.arange(len(rows) + 1) * count),
        (len(rows), position),
    )
    outcome = booked[rows].astype(float)
    penalty = np.full(position, _PENALTY)
    penalty[0] = 1e-4
    sum_products = partial(_sum_by_pairs, indices, blocks)
    coefficients, precision = fit_logistic(matrix, outcome, penalty, intercept=0, sum_products=sum_products)
    dispersion = _estimate_dispersion(outcome, expit(matrix @ coefficients), month[rows])
    factor = np.linalg.cholesky(precision / dispersion)
    draws = coefficients + np.linalg.solve(factor.T, rng.standard_normal((position, _DRAWS))).T
    return BookingModel(tuple(attributes), groups, coefficients, draws, dispersion)


def _sum_by_pairs(positions: Sequence[IntArray], blocks: Sequence[int], weight: FloatArray) -> FloatArray:
    """Sum the weights of the rows that have one at both of two columns, shape (p, p); a row has one 1 in each block.

    Counting by each two blocks takes a tenth of the time of a product of sparse matrices.

    Parameters
    ----------
    positions : sequence of int arrays of shape (n,)
        Of each block: the column that has the 1 of each row.
    blocks : sequence of int
        The first column of each block, and p.

    >>> _sum_by_pairs([np.zeros(3, int), np.array([1, 2, 1])], [0, 1, 3], np.array([1.0, 2.0, 4.0])).tolist()
    [[7.0, 5.0, 2.0], [5.0, 5.0, 0.0], [2.0, 0.0, 2.0]]
    """
    ends = [*pairwise(blocks)]
    widths = [end - first for first, end in ends]
    pairs = [*combinations_with_replacement(range(len(positions)), 2)]
    sums = [np.zeros(widths[earlier] * widths[other]) for earlier, other in pairs]
    # Some thousand rows at once stay in the processor's cache while all pairs read them.
    for begin in range(0, len(weight), _ROWS_AT_ONCE):
        rows = slice(begin, begin + _ROWS_AT_ONCE)
        codes = [column[rows] - first for column, (first, _) in zip(positions, ends, strict=True)]
        for total, (earlier, other) in zip(sums, pairs, strict=True):
            total += np.bincount(codes[earlier] * widths[other] + codes[other], weight[rows], len(total))
    products = np.zeros((blocks[-1], blocks[-1]))
    for total, (earlier, other) in zip(sums, pairs, strict=True):
        of_one, of_other = slice(*ends[earlier]), slice(*ends[other])
        products[of_one, of_other] = total.reshape(widths[earlier], widths[other])
        products[of_other, of_one] = products[of_one, of_other].T
    return products


def fit_logistic(
    matrix: sparse.csr_matrix,
    outcome: FloatArray,
    penalty: FloatArray,
    intercept: int,
    sum_products: Callable[[FloatArray], FloatArray] | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Fit a logistic regression by Newton's method.

    Parameters
    ----------
    matrix : sparse matrix of shape (n, p)
    outcome : float array of shape (n,), 0 or 1
    penalty : float array of shape (p,)
        Ridge penalty of each coefficient.
    intercept : int
        The column of ones, which starts at the log-odds of the mean.
    sum_products : callable, optional
        Weights of the rows -> the matrix times itself, so weighted; a way that is faster for this matrix.

    Returns
    -------
    coefficients : float array of shape (p,)
    precision : float array of shape (p, p)
        The penalized information at them.

    >>> ones = sparse.csr_matrix(np.ones((4, 1)))
    >>> fit_logistic(ones, np.array([1.0, 1.0, 1.0, 0.0]), np.zeros(1), 0)[0].round(3)
    array([1.099])
    """
    coefficients = np.zeros(matrix.shape[1])
    base = np.clip(outcome.mean() if len(outcome) else 0.5, 1e-4, 1 - 1e-4)
    coefficients[intercept] = np.log(base / (1 - base))
    precision = np.diag(penalty)
    for _ in range(30):
        probability = expit(matrix @ coefficients)
        weight = np.maximum(probability * (1 - probability), 1e-9)
        if sum_products is None:
            products = (matrix.T @ matrix.multiply(weight[:, None])).toarray()
        else:
            products = sum_products(weight)
        precision = products + np.diag(penalty)
        gradient = matrix.T @ (outcome - probability) - penalty * coefficients
        step = np.linalg.solve(precision, gradient)
        coefficients = coefficients + step
        if np.abs(step).max() < 1e-8:
            break
    return coefficients, precision


def _estimate_dispersion(outcome: FloatArray, probability: FloatArray, month: IntArray) -> float:
    """Estimate how much more the months' bookings vary around what was expected than chance would, at least 1."""
    months = np.unique(month, return_inverse=True)[1]
    variance = np.bincount(months, probability * (1 - probability))
    residual = np.bincount(months, outcome - probability)
    if len(variance) < 3:
        return 1.0
    return float(max(1.0, (residual**2 / np.maximum(variance, 1e-9)).sum() / (len(variance) - 1)))
