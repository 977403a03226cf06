"""Which weights have the least log loss, each pulled to 0 by its own penalty and kept within its bounds?

Lives here: the one minimization of the linear part.
Does not live here: the terms that the weights are for (``linear_fit``), their matrix (``design_matrix``), the penalties
(``linear_fit``, ``signal_penalties``).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

from features.array_types import FloatArray
from training.model.linear.design_matrix import DesignMatrix
from training.model.model_selection import compute_log_losses

__all__ = ["Bounds", "RidgeProblem", "fit_ridge"]

Bounds = Sequence[tuple[float | None, float | None]]

_MAX_STEPS, _MAX_HALVINGS = 200, 40
_TOLERANCE = 1e-11
"""The last step lowers the log loss, summed over rows, by no more than this."""
_FAST = 0.1
"""As long as each step shrinks what is left to gain by this factor, the curvature of an earlier one serves."""
_SLOPE = 1e-4
_ROUNDING, _CURVATURE_ROUNDING = 1e-13, 1e-5
"""Relative errors of a sum over all rows, and of the curvature, which is computed in single precision."""
_MIN_CURVATURE = 1e-9
"""Where all labels are the same, the intercept has none in the end."""


def fit_ridge(
    design: DesignMatrix, label: FloatArray, penalties: FloatArray, bounds: Bounds, start: FloatArray
) -> FloatArray:
    """Return the intercept and the weights. Shape (1 + terms,).

    Half of ``penalties`` times the squared weights is added to the log loss summed over rows; the intercept is free.
    Solved by Newton's steps, projected on the bounds (Bertsekas 1982, doi:10.1137/0320018), to the minimum: the result
    does not depend on ``start``, but for 1e-7 of a score.

    Parameters
    ----------
    design : DesignMatrix of n rows
    label : float array of shape (n,), 0 to 1
    penalties : float array of shape (terms,)
    bounds : lowest and highest weight of each term; None for no bound
    start : float array of shape (1 + terms,)

    >>> design = DesignMatrix.of_numbers(np.array([[-1.0], [-1.0], [1.0], [1.0]], np.float32))
    >>> label = np.array([0.0, 0.0, 1.0, 1.0])
    >>> weak, strong = (
    ...     fit_ridge(design, label, np.array([penalty]), [(None, None)], np.zeros(2))[1] for penalty in (0.1, 10.0)
    ... )
    >>> round(float(weak), 1), round(float(strong), 2)
    (2.6, 0.18)
    """
    return RidgeProblem.of_bounds(design, label, penalties, bounds).minimize(start)


class RidgeProblem(NamedTuple):
    """What ``fit_ridge`` minimizes.

    Parameters
    ----------
    design : DesignMatrix of n rows
    label : float array of shape (n,)
    ridge, low, high : float arrays of shape (1 + terms,)
        The penalty and the bounds of the intercept and of each weight.
    """

    design: DesignMatrix
    label: FloatArray
    ridge: FloatArray
    low: FloatArray
    high: FloatArray

    @classmethod
    def of_bounds(
        cls, design: DesignMatrix, label: FloatArray, penalties: FloatArray, bounds: Bounds
    ) -> "RidgeProblem":
        """Return the problem of these penalties and bounds; the intercept has neither."""
        ridge = np.concatenate([[0.0], penalties])
        low = np.array([-np.inf, *(-np.inf if bound[0] is None else bound[0] for bound in bounds)])
        high = np.array([np.inf, *(np.inf if bound[1] is None else bound[1] for bound in bounds)])
        return cls(design, label, ridge, low, high)

    def compute_loss(self, weights: FloatArray, log_odds: FloatArray) -> float:
        """Compute the penalized log loss, summed over rows."""
        losses = self.design.count(compute_log_losses(log_odds, self.label))
        return float(losses.sum() + self.ridge @ weights**2 / 2)

    def minimize(
        self, start: FloatArray, curvature: FloatArray | None = None, tolerance: float = _TOLERANCE
    ) -> FloatArray:
        """Return the weights of least loss; the last step lowers it by no more than the tolerance.

        Parameters
        ----------
        curvature : float array of shape (1 + terms, 1 + terms), optional
            Second derivatives of the log loss near ``start``, where they are known.
        """
        design, label, ridge, low, high = self
        weights = np.clip(start, low, high)
        log_odds = design.multiply(weights)
        loss, gain_left = self.compute_loss(weights, log_odds), np.inf
        for _ in range(_MAX_STEPS):
            share = expit(log_odds)
            gradient = design.multiply_transposed(share - label) + ridge * weights
            is_held = ((weights <= low) & (gradient > 0)) | ((weights >= high) & (gradient < 0))
            gain_before, gain_left = gain_left, np.inf
            if curvature is not None:
                step = _solve(curvature, ridge, gradient, is_held)
                gain_left = -float(gradient @ step)
            if curvature is None or gain_left > _FAST * gain_before:
                curvature = design.compute_second_moments(share * (1 - share))
                step = _solve(curvature, ridge, gradient, is_held)
                gain_left = -float(gradient @ step)
            if gain_left <= tolerance:
                return np.clip(weights + step, low, high)
            for _ in range(_MAX_HALVINGS):
                moved = np.clip(weights + step, low, high)
                moved_log_odds = design.multiply(moved)
                moved_loss = self.compute_loss(moved, moved_log_odds)
                if moved_loss <= loss + _SLOPE * (gradient @ (moved - weights)) + _ROUNDING * loss:
                    break
                step = step / 2
            weights, log_odds, loss = moved, moved_log_odds, moved_loss
        return weights


def _solve(curvature: FloatArray, ridge: FloatArray, gradient: FloatArray, is_held: np.ndarray) -> FloatArray:
    """Return Newton's step of the weights that are not held at a bound; 0 for the others. Shape (columns,)."""
    free = np.flatnonzero(~is_held)
    step = np.zeros(len(gradient))
    among_free = curvature[np.ix_(free, free)]
    # What single precision may have lost of it: the matrix stays positive definite.
    rounding = _CURVATURE_ROUNDING * np.diag(among_free).max() + _MIN_CURVATURE
    among_free[np.diag_indices_from(among_free)] += ridge[free] + rounding
    step[free] = -cho_solve(cho_factor(among_free, lower=True, overwrite_a=True), gradient[free])
    return step
