"""How good is a score? Every metric with its interval, on leads the model did not learn from.

Lives here: seven metrics, their bootstrap intervals, the difference between two scores.
Does not live here: which rows are held out (``time_splits``), the scores to compare with (``baselines``).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray, IntArray

__all__ = [
    "DEFAULT_BOOTSTRAP",
    "METRICS",
    "Bootstrap",
    "Interval",
    "calibration_bins",
    "chance_of_calibration_error",
    "compare_scores",
    "evaluate",
]

METRICS = {
    "auc": "AUC",
    "average_precision": "Average precision",
    "log_loss": "Log loss",
    "brier": "Brier score",
    "calibration_error": "Calibration error",
    "lift_10": "Lift in the top 10%",
    "lift_20": "Lift in the top 20%",
}
RANKING = ("auc", "average_precision", "lift_10", "lift_20")
"""Metrics that need an order only, not a probability."""

_BINS = 10
_CHUNK_CELLS = 8_000_000
_EPSILON = 1e-12


@dataclass(frozen=True)
class Bootstrap:
    """How intervals are drawn: the number of resamples of the leads, and the seed."""

    resamples: int = 300
    seed: int = 7


DEFAULT_BOOTSTRAP = Bootstrap()


@dataclass(frozen=True)
class Interval:
    """A figure with its 95% interval (percentiles of a bootstrap over leads)."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return three decimals: ``0.812 [0.790 0.834]``."""
        return f"{self.value:.3f} [{self.low:.3f} {self.high:.3f}]"

    def to_list(self) -> list[float | None]:
        """Return value, low and high for JSON, six decimals; None where there is none.

        >>> Interval(0.5, float("nan"), 0.61234567).to_list()
        [0.5, None, 0.612346]
        """
        return [round(end, 6) if np.isfinite(end) else None for end in (self.value, self.low, self.high)]


def evaluate(
    label: FloatArray,
    score: FloatArray,
    of_lead: IntArray,
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
    is_probability: bool = True,
) -> dict[str, Interval]:
    """Compute every metric with its interval.

    Parameters
    ----------
    label : float array of shape (n,), 1 or 0, both present
    score : float array of shape (n,)
        A probability, or any number whose order ranks the leads.
    of_lead : int array of shape (n,)
        Moments of one lead are drawn together (a cluster bootstrap with Poisson weights; Owen and Eckles 2012,
        doi:10.1214/12-AOAS547).
    is_probability : bool
        Whether log loss, Brier and calibration mean anything.

    >>> metrics = evaluate(np.array([0.0, 1, 0, 1]), np.array([0.1, 0.9, 0.2, 0.8]), np.arange(4))
    >>> metrics["auc"].value, round(metrics["brier"].value, 3)
    (1.0, 0.025)
    """
    leads, cluster = np.unique(of_lead, return_inverse=True)
    names = list(METRICS) if is_probability else list(RANKING)
    scores = _SortedScores.of(label, score)
    estimates = scores.compute_metrics(np.ones((1, len(label))), names)
    draws: dict[str, list[FloatArray]] = {name: [] for name in names}
    # Scores were sorted once. A resample only weighs them, so that no resample sorts again.
    for weights in _resampled_weights(label, cluster, len(leads), bootstrap):
        for name, values in scores.compute_metrics(weights, names).items():
            draws[name].append(values)
    metrics = {}
    for name in names:
        low, high = _percentile_interval(np.concatenate([np.empty(0), *draws[name]]))
        metrics[name] = Interval(float(estimates[name][0]), low, high)
    return metrics


def compare_scores(
    label: FloatArray,
    score: FloatArray,
    other: FloatArray,
    of_lead: IntArray,
    metric: str,
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
) -> Interval:
    """Compute how far one score is ahead of another in a metric: ``score`` minus ``other``.

    Both are measured on the same leads and in the same resamples of them.

    Parameters
    ----------
    label, score, other : float arrays of shape (n,)
    metric : str, one of ``METRICS``
        Where lower is better (log loss), a difference below 0 means ahead.

    >>> label, good, bad = np.array([0.0, 1, 0, 1]), np.array([0.1, 0.9, 0.2, 0.8]), np.array([0.5, 0.5, 0.5, 0.5])
    >>> compare_scores(label, good, bad, np.arange(4), "auc").value
    0.5
    """
    leads, cluster = np.unique(of_lead, return_inverse=True)
    ours, theirs = _SortedScores.of(label, score), _SortedScores.of(label, other)
    ones = np.ones((1, len(label)))
    value = ours.compute_metrics(ones, [metric])[metric] - theirs.compute_metrics(ones, [metric])[metric]
    draws = [
        ours.compute_metrics(weights, [metric])[metric] - theirs.compute_metrics(weights, [metric])[metric]
        for weights in _resampled_weights(label, cluster, len(leads), bootstrap)
    ]
    low, high = _percentile_interval(np.concatenate(draws))
    return Interval(float(value[0]), low, high)


def _resampled_weights(label: FloatArray, cluster: IntArray, leads: int, bootstrap: Bootstrap) -> Iterator[FloatArray]:
    """Yield the weights of each chunk of resamples, shape (resamples, n); those with one class only are dropped.

    In chunks, because all resamples of a large table at once would not fit in memory.
    """
    generator = np.random.default_rng(bootstrap.seed)
    step = max(1, _CHUNK_CELLS // len(label))
    for first in range(0, bootstrap.resamples, step):
        count = min(step, bootstrap.resamples - first)
        # Poisson(1) draws stand for drawing with replacement: no row is copied, and the moments of a lead get one
        # weight.
        weights = generator.poisson(1.0, (count, leads)).astype(float)[:, cluster]
        yield weights[(weights @ label > 0) & (weights @ (1 - label) > 0)]


def _percentile_interval(draws: FloatArray) -> tuple[float, float]:
    """Return the ends of the 95% interval; NaN without a draw."""
    low, high = np.percentile(draws, (2.5, 97.5)) if len(draws) else (np.nan, np.nan)
    return float(low), float(high)


def chance_of_calibration_error(probability: FloatArray, seed: int = 7, draws: int = 200) -> float:
    """Compute the calibration error that a perfectly calibrated score stays below 95 times in 100.

    It is for as many leads with these probabilities. Ten bins of a few dozen leads never agree exactly, so an observed
    error means something only beside this one.
    """
    order = np.argsort(probability, kind="stable")
    generator, p = np.random.default_rng(seed), probability[order]
    cuts = np.unique(np.searchsorted(p, p[np.linspace(0, len(p), _BINS, endpoint=False).astype(int)]))
    gaps = [np.abs(np.add.reduceat((generator.random(len(p)) < p) - p, cuts)).sum() / len(p) for _ in range(draws)]
    return float(np.quantile(gaps, 0.95))


def calibration_bins(label: FloatArray, probability: FloatArray, bins: int = _BINS) -> list[tuple[float, float, int]]:
    """Return (mean probability, share that converted, rows) of bins of equal count, lowest first."""
    order = np.argsort(probability, kind="stable")
    return [
        (float(probability[part].mean()), float(label[part].mean()), len(part))
        for part in np.array_split(order, min(bins, len(order)))
        if len(part)
    ]


@dataclass(frozen=True)
class _SortedScores:
    """Labels and scores sorted once, so that each resample is a weighted sum."""

    order: IntArray  # lowest score first
    label: FloatArray
    score: FloatArray
    ties: IntArray  # start of each run of equal scores
    bins: IntArray  # start of each calibration bin

    @classmethod
    def of(cls, label: FloatArray, score: FloatArray) -> "_SortedScores":
        """Sort labels and scores by score, and find the ties and the calibration bins."""
        order = np.argsort(score, kind="stable")
        label, score = label[order], score[order]
        # Tied scores are one run: a weighted sum over a run is the same whatever the order within it.
        ties = np.flatnonzero(np.concatenate([[True], score[1:] != score[:-1]]))
        # A bin starts where the run of its first score starts, so that a tie is never cut in two.
        cuts = np.unique(np.searchsorted(score, score[np.linspace(0, len(score), _BINS, endpoint=False).astype(int)]))
        return cls(order, label, score, ties, cuts)

    def compute_metrics(self, drawn: np.ndarray, names: list[str]) -> dict[str, FloatArray]:
        """Compute each metric for each row of weights, shape (resamples, n), in the order the scores came in."""
        weights = drawn[:, self.order]
        positive = np.add.reduceat(weights * self.label, self.ties, axis=1)
        every = np.add.reduceat(weights, self.ties, axis=1)
        metrics = {"auc": _auc(positive, every), "average_precision": _average_precision(positive, every)}
        metrics |= {f"lift_{share}": _lift(positive, every, share / 100) for share in (10, 20)}
        if {"log_loss", "brier", "calibration_error"} & set(names):
            # Clipped, because a score of exactly 0 or 1 could make the log loss infinite.
            total, p = weights.sum(axis=1), np.clip(self.score, _EPSILON, 1 - _EPSILON)
            gap = np.add.reduceat(weights * (self.label - p), self.bins, axis=1)
            metrics["log_loss"] = -(weights @ (self.label * np.log(p) + (1 - self.label) * np.log1p(-p))) / total
            metrics["brier"] = weights @ ((self.label - p) ** 2) / total
            metrics["calibration_error"] = np.abs(gap).sum(axis=1) / total
        return {name: metrics[name] for name in names}


def _auc(positive: np.ndarray, every: np.ndarray) -> FloatArray:
    """Compute the share of pairs in the right order, ties counting half (Mann and Whitney)."""
    negative = every - positive
    negatives_below = np.cumsum(negative, axis=1) - negative
    return (positive * (negatives_below + negative / 2)).sum(axis=1) / (positive.sum(axis=1) * negative.sum(axis=1))


def _average_precision(positive: np.ndarray, every: np.ndarray) -> FloatArray:
    """Compute precision averaged over the conversions, from the highest score down; tied leads count together."""
    conversions, leads = np.cumsum(positive[:, ::-1], axis=1), np.cumsum(every[:, ::-1], axis=1)
    return (positive[:, ::-1] * conversions / np.maximum(leads, _EPSILON)).sum(axis=1) / positive.sum(axis=1)


def _lift(positive: np.ndarray, every: np.ndarray, share: float) -> FloatArray:
    """Compute the conversion rate among the top ``share`` over the rate of all; ties at the edge count in part."""
    positive, every = positive[:, ::-1], every[:, ::-1]
    capacity = share * every.sum(axis=1, keepdims=True)
    leads_above = np.cumsum(every, axis=1) - every
    part = np.clip((capacity - leads_above) / np.maximum(every, _EPSILON), 0, 1)
    return (positive * part).sum(axis=1) / capacity[:, 0] / (positive.sum(axis=1) / every.sum(axis=1))
