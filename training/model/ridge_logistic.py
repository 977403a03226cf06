"""Which weights have the least log loss, each pulled to 0 by its own penalty and kept within its bounds?

Lives here: the one minimization of the linear part.
Does not live here: the terms that the weights are for (``linear_fit``), the penalties (``linear_fit``,
``signal_penalties``).
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from features.array_types import FloatArray
from training.model.model_selection import compute_log_losses

__all__ = ["Bounds", "fit_ridge"]

Bounds = Sequence[tuple[float | None, float | None]]


def fit_ridge(
    design: np.ndarray, label: FloatArray, penalties: FloatArray, bounds: Bounds, start: FloatArray
) -> FloatArray:
    """Return the intercept and the weights. Shape (1 + terms,).

    Half of ``penalties`` times the squared weights is added to the log loss summed over rows; the intercept is free.
    Solved by L-BFGS-B (Byrd, Lu, Nocedal, Zhu 1995, doi:10.1137/0916069).

    Parameters
    ----------
    design : float32 array of shape (n, terms)
    label : float array of shape (n,), 0 to 1
    penalties : float array of shape (terms,)
    bounds : lowest and highest weight of each term; None for no bound
    start : float array of shape (1 + terms,)

    >>> design, label = np.array([[-1.0], [-1.0], [1.0], [1.0]], np.float32), np.array([0.0, 0.0, 1.0, 1.0])
    >>> weak, strong = (
    ...     fit_ridge(design, label, np.array([penalty]), [(None, None)], np.zeros(2))[1] for penalty in (0.1, 10.0)
    ... )
    >>> round(float(weak), 1), round(float(strong), 2)
    (2.6, 0.18)
    """

    def loss(x: FloatArray) -> tuple[float, FloatArray]:
        # float32 halves the design matrix, the largest array of a fit.
        z = x[0] + design @ x[1:].astype(np.float32)
        z = z.astype(float)
        gap = expit(z) - label
        value = compute_log_losses(z, label).sum() + (penalties * x[1:] ** 2).sum() / 2
        return value, np.concatenate([[gap.sum()], gap.astype(np.float32) @ design + penalties * x[1:]])

    limits = [(None, None), *bounds]
    return minimize(loss, start, jac=True, method="L-BFGS-B", bounds=limits, options={"maxiter": 300, "ftol": 1e-8}).x
