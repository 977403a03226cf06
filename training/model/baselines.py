"""What would one do without us? Newest first, and a plain logistic regression on the same numbers.

Lives here: the peers that stand beside every figure.
Does not live here: the figures (``evaluate``).
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
    """Logistic regression as a careful analyst would set it up, on the same feature matrix.

    Numbers: median where unknown, a column that says so, standardised. Categories: one column each, rare ones together.
    On two real exports this was ahead of rank and power transforms and of stronger shrinkage.

    Parameters
    ----------
    matrix : float array of shape (n, signals), with ``label`` of shape (n,)
    later : float array of shape (t, signals)

    Returns
    -------
    Probabilities of the rows in ``later``, shape (t,).
    """
    said = ~np.isnan(matrix).all(axis=0)
    numbers = [i for i, one in enumerate(signals) if not one.is_category and said[i]]
    categories = [i for i, one in enumerate(signals) if one.is_category]
    prepared = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numbers),
            (
                "categories",
                OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=10, sparse_output=False),
                categories,
            ),
        ]
    )
    return (
        make_pipeline(prepared, LogisticRegression(C=1.0, max_iter=3000)).fit(matrix, label).predict_proba(later)[:, 1]
    )


def score_newest_first(position: FloatArray) -> FloatArray | None:
    """The score of a desk that calls the newest lead first: its arrival. None without any order."""
    return None if np.isnan(position).any() else position
