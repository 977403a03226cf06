"""How good is the model on leads whose outcome is not known yet? Estimated from its own probabilities.

Lives here: confidence-based performance estimation (CBPE): what AUC, log loss and Brier score will be if the
probabilities hold, and what they were.
Does not live here: whether the probabilities hold (``control_limits.measure_calibration``).

An estimate is blind to exactly that: it sees that leads have become harder to tell apart, but not that they book less
than predicted. So its error is shown as soon as outcomes are known.
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray

__all__ = ["MEASURES", "Estimate", "estimate_performance", "expected_performance", "realized_performance"]

MEASURES = {"auc": "AUC", "log_loss": "Log loss", "brier": "Brier score"}
_EPSILON = 1e-12
_DRAWS = 200


@dataclass(frozen=True)
class Estimate:
    """What one metric will be, and the range that holds 95% of the possible outcomes if the probabilities hold."""

    value: float
    low: float
    high: float


def estimate_performance(probability: FloatArray, seed: int = 7) -> dict[str, Estimate]:
    """Estimate each metric with its interval; NaN for AUC with fewer than two leads.

    >>> estimates = estimate_performance(np.array([0.2, 0.8, 0.5, 0.5]))
    >>> round(estimates["brier"].value, 3), round(estimates["auc"].value, 3)
    (0.205, 0.783)
    """
    p, expected = np.clip(probability, _EPSILON, 1 - _EPSILON), expected_performance(probability)
    labels = np.random.default_rng(seed).random((_DRAWS, len(p))) < p
    draws = [realized_performance(label.astype(float), p) for label in labels]
    estimates = {}
    for name, value in expected.items():
        values = [draw[name] for draw in draws]
        low, high = np.nanpercentile(values, (2.5, 97.5)) if len(p) > 1 else (np.nan, np.nan)
        estimates[name] = Estimate(value, float(low), float(high))
    return estimates


def expected_performance(probability: FloatArray) -> dict[str, float]:
    """Compute the expectation of each metric; see ``estimate_performance``. Shape (n,), n at least 1."""
    p = np.clip(probability, _EPSILON, 1 - _EPSILON)
    # Pairs of a lead with itself, which AUC does not have.
    self_pairs = float((p * (1 - p)).sum())
    return {
        "auc": float((_ordered_pairs(p, p) - self_pairs / 2) / (p.sum() * (1 - p).sum() - self_pairs))
        if len(p) > 1
        else float("nan"),
        "log_loss": float(-(p * np.log(p) + (1 - p) * np.log1p(-p)).mean()),
        "brier": self_pairs / len(p),
    }


def realized_performance(label: FloatArray, probability: FloatArray) -> dict[str, float]:
    """Compute each metric from known outcomes; AUC is NaN where all leads have the same outcome.

    >>> {
    ...     name: round(value, 3)
    ...     for name, value in realized_performance(np.array([0.0, 1.0]), np.array([0.2, 0.7])).items()
    ... }
    {'auc': 1.0, 'log_loss': 0.29, 'brier': 0.065}
    """
    p = np.clip(probability, _EPSILON, 1 - _EPSILON)
    # AUC is the share of pairs of one that converted and one that did not in which the score orders them rightly.
    pairs = label.sum() * (1 - label).sum()
    return {
        "auc": float(_ordered_pairs(p, label) / pairs) if pairs else float("nan"),
        "log_loss": float(-(label * np.log(p) + (1 - label) * np.log1p(-p)).mean()),
        "brier": float(((label - p) ** 2).mean()),
    }


def _ordered_pairs(score: FloatArray, share: FloatArray) -> float:
    """Sum the pairs in the right order, each weighted by the chance that only the first one converted.

    Ties, a lead with itself among them, count half.
    """
    _, of = np.unique(score, return_inverse=True)
    positive, negative = np.bincount(of, share), np.bincount(of, 1 - share)
    return float(positive @ (np.cumsum(negative) - negative / 2))
