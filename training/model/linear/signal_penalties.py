"""How far may each signal move the score? A variance for every signal, estimated from the leads themselves.

Lives here: the estimate, and the penalties of terms that follow from it.
Does not live here: the fit that uses them (``linear_fit``), when they take the place of the shared penalty
(``training.evaluation.cross_validation``).

One penalty for all terms holds a level that a tenth of the leads have far more than a number, because the level is 0
for most leads; and it holds the one column that matters as much as fifty that do not. A practice with 600 leads and
three plain categories then hears that there is no signal. So each signal has a variance of its own, around a common one
(automatic relevance determination: MacKay 1992, doi:10.1162/neco.1992.4.3.415; Tipping 2001, Journal of Machine
Learning Research 1, 211), found by expectation and maximization with the posterior taken as normal around its mode
(Laplace). Both variances have a prior, so that few leads do not speak for themselves alone.

On seven kinds of exports (three real ones cut into pieces, four invented), the linear part's AUC and gain of log loss
against the base rate on the next 1,500 leads, with the shared penalty and with one for each signal: .625, .020 and
.642, .059 after 120 leads; .641, .026 and .660, .048 after 250; .659, .044 and .668, .056 after 600; .669, .055 and
.679, .065 after 1,000. On twenty worlds of ``tests.bench.invented_worlds`` that no constant was chosen by: .617, .020
and .633, .026 after 300; .659, .042 and .667, .042 after 1,200. With a hundred signals of which most say little, 400
leads are too few for it (.652, .043 and .642, .031 on three synthetic practices), 800 are not (.704, .064 and .714,
.064)."""

import numpy as np
from scipy.linalg import cholesky
from scipy.linalg.lapack import dpotri
from scipy.special import expit

from features.array_types import FloatArray, IntArray
from training.model.linear.design_matrix import DesignMatrix
from training.model.linear.ridge_logistic import Bounds, RidgeProblem

__all__ = ["FEW_LEADS", "estimate_variances"]

FEW_LEADS = 2_500
"""Up to here each signal has a penalty of its own without a proof; beyond, later folds must show that it is better."""

_OWN_WEIGHT = 1.0
"""Terms that the common variance counts for within each signal's own."""
_PRIOR_VARIANCE, _PRIOR_TERMS = 0.002, 150.0
"""What the common variance is before anything is seen, and how many terms that counts for."""
_START_VARIANCE, _MIN_VARIANCE, _MAX_VARIANCE = 0.05, 0.001, 10.0
_MAX_ROWS = 5_000
"""A variance needs no more; rows are taken at equal steps."""
_INTERCEPT_PENALTY = 1e-6
"""So that the curvature has an inverse where all labels are the same."""
_MAX_STEPS, _CHANGE = 15, 0.05
"""Steps of the estimate, and the largest change of a variance's logarithm at which it ends."""
_TOLERANCE = 1e-3
"""By no more than this does the last step to the weights, of which the next variances are estimated, lower the loss."""


def estimate_variances(
    design: DesignMatrix,
    label: FloatArray,
    signal_of_term: IntArray,
    bounds: Bounds,
    rows_per_lead: float = 1.0,
) -> FloatArray:
    """Estimate the variance of the weights of each term's signal, log-odds squared. Shape (terms,), .001 to 10.

    Parameters
    ----------
    design : DesignMatrix of n rows
    label : float array of shape (n,), 0 to 1
    signal_of_term : int array of shape (terms,)
        Terms of the same number have a variance in common.
    bounds : lowest and highest weight of each term; None for no bound
    rows_per_lead : float, 1 or more
        Moments of one lead agree with each other: together they count as one lead.

    >>> random = np.random.default_rng(1)
    >>> numbers = random.normal(size=(600, 20)).astype(np.float32)
    >>> label = (random.random(600) < expit(1.5 * numbers[:, 0])).astype(float)
    >>> variances = estimate_variances(DesignMatrix.of_numbers(numbers), label, np.arange(20), [(None, None)] * 20)
    >>> bool(variances[0] > 0.5), bool(variances[1:].max() < 0.05)
    (True, True)
    """
    step = -(-len(design) // _MAX_ROWS)
    design, label = design.take_every(step), label[::step]
    # Every second of three moments of a lead leaves one and a half of them.
    rows_per_lead = max(1.0, rows_per_lead / step)
    _, group, terms = np.unique(signal_of_term, return_inverse=True, return_counts=True)
    variance = np.full(len(terms), _START_VARIANCE)
    weights: FloatArray = np.zeros(1 + len(group))
    curvature = None
    for _ in range(_MAX_STEPS):
        penalties = 1 / variance[group]
        problem = RidgeProblem.of_bounds(design, label, penalties * rows_per_lead, bounds)
        weights = problem.minimize(weights, curvature, _TOLERANCE)
        share = expit(design.multiply(weights))
        # Where the next step begins, too: only the penalties change.
        curvature = design.compute_second_moments(share * (1 - share))
        spread = _compute_spread(curvature / rows_per_lead, penalties)
        second_moment = np.bincount(group, weights[1:] ** 2 + spread)
        common = (_PRIOR_TERMS * _PRIOR_VARIANCE + second_moment.sum()) / (_PRIOR_TERMS + len(group))
        estimate = (_OWN_WEIGHT * common + second_moment) / (_OWN_WEIGHT + terms)
        updated = np.clip(estimate, _MIN_VARIANCE, _MAX_VARIANCE)
        change = np.abs(np.log(updated / variance)).max(initial=0.0)
        variance = updated
        if change < _CHANGE:
            break
    return variance[group]


def _compute_spread(curvature: FloatArray, penalties: FloatArray) -> FloatArray:
    """Compute the posterior variance of each weight, from the curvature at the mode. Shape (terms,)."""
    precision = curvature + np.diag([_INTERCEPT_PENALTY, *penalties])
    inverse = dpotri(cholesky(precision, lower=True, overwrite_a=True, check_finite=False), lower=1, overwrite_c=1)[0]
    return np.diag(inverse)[1:]
