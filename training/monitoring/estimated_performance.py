"""How good is the model on leads whose outcome is not known yet? Expected from its own probabilities, and held against
what came.

Lives here: confidence-based performance estimation (CBPE): what AUC, log loss and Brier score will be if the
probabilities hold. Does not live here: whether they hold (``months.calibration_of``). An estimate here is blind to
exactly that: it sees that leads have become harder to tell apart, and does not see that they book less than is said. So
its error is shown as soon as outcomes ripen."""

from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray

__all__ = ["MEASURES", "Estimate", "estimate_performance", "expected_performance", "realized_performance"]

MEASURES = {"auc": "AUC", "log_loss": "Log loss", "brier": "Brier score"}
_EPSILON = 1e-12
_DRAWS = 200


@dataclass(frozen=True)
class Estimate:
    """What one measure will be, and where 95 of 100 sets of outcomes would put it if the probabilities hold."""

    value: float
    low: float
    high: float


def estimate_performance(probability: FloatArray, seed: int = 7) -> dict[str, Estimate]:
    """Measure -> what to expect of it; NaN for AUC with fewer than two leads.

    >>> found = estimate_performance(np.array([0.2, 0.8, 0.5, 0.5]))
    >>> round(found["brier"].value, 3), round(found["auc"].value, 3)
    (0.205, 0.783)
    """
    p, found = np.clip(probability, _EPSILON, 1 - _EPSILON), expected_performance(probability)
    drawn = np.random.default_rng(seed).random((_DRAWS, len(p))) < p
    every = [realized_performance(label.astype(float), p) for label in drawn]
    ends = {
        name: np.nanpercentile([one[name] for one in every], (2.5, 97.5)) if len(p) > 1 else (np.nan, np.nan)
        for name in found
    }
    return {name: Estimate(value, *map(float, ends[name])) for name, value in found.items()}


def expected_performance(probability: FloatArray) -> dict[str, float]:
    """Measure -> its expectation alone; see ``estimate_performance``. Shape (n,), n at least 1."""
    p = np.clip(probability, _EPSILON, 1 - _EPSILON)
    itself = float((p * (1 - p)).sum())
    return {
        "auc": float((_ordered_pairs(p, p) - itself / 2) / (p.sum() * (1 - p).sum() - itself)) if len(p) > 1 else float("nan"),
        "log_loss": float(-(p * np.log(p) + (1 - p) * np.log1p(-p)).mean()),
        "brier": itself / len(p),
    }


def realized_performance(label: FloatArray, probability: FloatArray) -> dict[str, float]:
    """Measure -> what it was. AUC is NaN where all leads ended alike.

    >>> {name: round(value, 3) for name, value in realized_performance(np.array([0.0, 1.0]), np.array([0.2, 0.7])).items()}
    {'auc': 1.0, 'log_loss': 0.29, 'brier': 0.065}
    """
    p = np.clip(probability, _EPSILON, 1 - _EPSILON)
    pairs = label.sum() * (1 - label).sum()
    return {
        "auc": float(_ordered_pairs(p, label) / pairs) if pairs else float("nan"),
        "log_loss": float(-(label * np.log(p) + (1 - label) * np.log1p(-p)).mean()),
        "brier": float(((label - p) ** 2).mean()),
    }


def _ordered_pairs(score: FloatArray, share: FloatArray) -> float:
    """Pairs in the right order, each counted by the chance that its first converted and its second did not; ties (a
    lead with itself too) half.
    """
    _, of = np.unique(score, return_inverse=True)
    positive, negative = np.bincount(of, share), np.bincount(of, 1 - share)
    return float(positive @ (np.cumsum(negative) - negative / 2))
