"""How would the simplest alternatives score? Newest first, and a logistic regression on the same feature matrix.

Lives here: the baselines that every metric is compared with.
Does not live here: the metrics (``training.evaluation.metrics``), the rules score (``rules_baseline``).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.special import expit
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from features.array_types import FloatArray
from features.registry import Signal
from training.model.linear.design_matrix import DesignMatrix
from training.model.linear.ridge_logistic import fit_ridge

__all__ = ["predict_logistic_regression", "score_newest_first"]

_PENALTY = 1.0
"""Ridge penalty of every weight; scikit-learn's C is one over it, and 1 by default."""


def predict_logistic_regression(
    signals: Sequence[Signal], matrix: np.ndarray, label: FloatArray, later: np.ndarray
) -> FloatArray:
    """Predict by a logistic regression as a careful analyst would set it up, on the same feature matrix.

    Numbers: the median where unknown, an indicator column for that, standardized. Categories: one-hot, rare ones
    together. On two real exports this was ahead of rank and power transforms and of stronger shrinkage.

    Parameters
    ----------
    matrix : float array of shape (n, signals), with ``label`` of shape (n,)
    later : float array of shape (t, signals)

    Returns
    -------
    Probabilities of the rows in ``later``, shape (t,).
    """
    # A column without any value has no median.
    has_values = ~np.isnan(matrix).all(axis=0)
    numbers = [column for column, signal in enumerate(signals) if not signal.is_category and has_values[column]]
    categories = [column for column, signal in enumerate(signals) if signal.is_category]
    read_numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    read_categories = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=10, dtype=np.float32)
    columns = ((read_numbers, numbers), (read_categories, categories))
    design = _stack([reader.fit_transform(matrix[:, part]) if part else None for reader, part in columns], len(matrix))
    free, start = [(None, None)] * (design.columns - 1), np.zeros(design.columns)
    weights = fit_ridge(design, label, np.full(design.columns - 1, _PENALTY), free, start)
    held_out = _stack([reader.transform(later[:, part]) if part else None for reader, part in columns], len(later))
    return expit(held_out.multiply(weights))


def _stack(parts: Sequence[Any], rows: int) -> DesignMatrix:
    """Return the design of numbers, dense, and categories, sparse; None where there are no such columns."""
    numbers, categories = parts
    design = DesignMatrix.of_numbers(np.empty((rows, 0), np.float32) if numbers is None else numbers.astype(np.float32))
    if categories is None:
        return design
    return replace(design, codes=csr_array(categories), code_means=np.zeros(categories.shape[1]))


def score_newest_first(position: FloatArray) -> FloatArray | None:
    """Return the score of a desk that calls the newest lead first: its arrival. None without any order."""
    return None if np.isnan(position).any() else position
