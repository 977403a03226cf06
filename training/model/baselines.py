"""How would the simplest alternatives score? Newest first, and a logistic regression on the same feature matrix.

Lives here: the baselines that every metric is compared with.
Does not live here: the metrics (``training.evaluation.metrics``), the rules score (``rules_baseline``).
"""

from collections.abc import Sequence

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from features.array_types import FloatArray
from features.registry import Signal

__all__ = ["predict_logistic_regression", "score_newest_first"]


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
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numbers),
            (
                "categories",
                OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=10, sparse_output=False),
                categories,
            ),
        ]
    )
    model = make_pipeline(columns, LogisticRegression(C=1.0, max_iter=3000)).fit(matrix, label)
    return model.predict_proba(later)[:, 1]


def score_newest_first(position: FloatArray) -> FloatArray | None:
    """Return the score of a desk that calls the newest lead first: its arrival. None without any order."""
    return None if np.isnan(position).any() else position
