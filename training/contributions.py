"""How much did each signal move the score? Exact Shapley contributions of a booster, in log-odds.

Lives here: path-dependent TreeSHAP (Lundberg et al. 2020, doi:10.1038/s42256-019-0138-9) as LightGBM computes it.
Does not live here: grouping contributions into reasons (``serving.reasons``).
"""

import lightgbm
import numpy as np

from features.types import FloatArray

__all__ = ["contributions"]


def contributions(booster: lightgbm.Booster, matrix: np.ndarray, threads: int = 1) -> tuple[FloatArray, FloatArray]:
    """Contributions of every column to every row's raw score.

    Parameters
    ----------
    matrix : float array of shape (n, columns)

    Returns
    -------
    parts : float64 array of shape (n, columns), log-odds
    base : float64 array of shape (n,), log-odds
        The average score; ``base + parts.sum(axis=1)`` is the raw score.
    """
    both = np.asarray(booster.predict(matrix, pred_contrib=True, num_threads=threads))
    return both[:, :-1], both[:, -1]
