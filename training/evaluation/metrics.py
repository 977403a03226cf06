"""How good is a score? Every metric with its interval, on leads the model did not learn from.

Lives here: seven metrics, their bootstrap intervals, one score against another.
Does not live here: which rows are held out (``splits``), what the peers are (``baselines``).
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray, IntArray

__all__ = ["METRICS", "Interval", "calibration_bins", "chance_of_calibration_error", "compare_scores", "evaluate"]

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
class Interval:
    """A figure with its 95% interval (percentiles of a bootstrap over leads)."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Three decimals: ``0.812 [0.790 0.834]``."""
        return f"{self.value:.3f} [{self.low:.3f} {self.high:.3f}]"

    def plain(self) -> list[float | None]:
        """Value, low and high for JSON, six decimals; None where there is none.

        >>> Interval(0.5, float("nan"), 0.61234567).plain()
        [0.5, None, 0.612346]
        """
        return [round(end, 6) if np.isfinite(end) else None for end in (self.value, self.low, self.high)]


def evaluate(
    label: FloatArray,
    score: FloatArray,
    of_lead: IntArray,
    resamples: int = 300,
    seed: int = 7,
    is_probability: bool = True,
) -> dict[str, Interval]:
    """Every metric with its interval.

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

    >>> found = evaluate(np.array([0.0, 1, 0, 1]), np.array([0.1, 0.9, 0.2, 0.8]), np.arange(4))
    >>> found["auc"].value, round(found["brier"].value, 3)
    (1.0, 0.025)
    """
    leads, cluster = np.unique(of_lead, return_inverse=True)
    names = list(METRICS) if is_probability else list(RANKING)
    measured = _SortedScores.of(label, score)
    whole = measured.all(np.ones((1, len(label))), names)
    draws: dict[str, list[FloatArray]] = {name: [] for name in names}
    generator = np.random.default_rng(seed)
    for first in range(0, resamples, step := max(1, _CHUNK_CELLS // len(label))):
        weights = generator.poisson(1.0, (min(step, resamples - first), len(leads))).astype(float)[:, cluster]
        both = (weights @ label > 0) & (weights @ (1 - label) > 0)
        for name, values in measured.all(weights[both], names).items():
            draws[name].append(values)
    found = {}
    for name in names:
        low, high = (
            np.percentile(np.concatenate(draws[name]), (2.5, 97.5)) if any(map(len, draws[name])) else (np.nan, np.nan)
        )
        found[name] = Interval(float(whole[name][0]), float(low), float(high))
    return found


def compare_scores(
    label: FloatArray,
    score: FloatArray,
    other: FloatArray,
    of_lead: IntArray,
    metric: str,
    resamples: int = 300,
    seed: int = 7,
) -> Interval:
    """How much one score is ahead of another in a metric, on the same leads and in the same resamples of them:
    ``score`` minus ``other``.

    Parameters
    ----------
    label, score, other : float arrays of shape (n,)
    metric : str, one of ``METRICS``
        Where less is better (log loss), less than 0 is ahead.

    >>> label, good, bad = np.array([0.0, 1, 0, 1]), np.array([0.1, 0.9, 0.2, 0.8]), np.array([0.5, 0.5, 0.5, 0.5])
    >>> compare_scores(label, good, bad, np.arange(4), "auc").value
    0.5
    """
    leads, cluster = np.unique(of_lead, return_inverse=True)
    ours, theirs = _SortedScores.of(label, score), _SortedScores.of(label, other)
    whole = np.ones((1, len(label)))
    value = ours.all(whole, [metric])[metric] - theirs.all(whole, [metric])[metric]
    generator, draws = np.random.default_rng(seed), []
    for first in range(0, resamples, step := max(1, _CHUNK_CELLS // len(label))):
        weights = generator.poisson(1.0, (min(step, resamples - first), len(leads))).astype(float)[:, cluster]
        weights = weights[(weights @ label > 0) & (weights @ (1 - label) > 0)]
        draws.append(ours.all(weights, [metric])[metric] - theirs.all(weights, [metric])[metric])
    every = np.concatenate(draws)
    low, high = np.percentile(every, (2.5, 97.5)) if len(every) else (np.nan, np.nan)
    return Interval(float(value[0]), float(low), float(high))


def chance_of_calibration_error(probability: FloatArray, seed: int = 7, draws: int = 200) -> float:
    """The calibration error that a perfectly calibrated score would stay below 95 times in 100, on as many leads with
    these probabilities.

    Ten bins of a few dozen leads never agree to the letter, so an error means something only beside this one.
    """
    order = np.argsort(probability, kind="stable")
    generator, said = np.random.default_rng(seed), probability[order]
    cuts = np.unique(np.searchsorted(said, said[np.linspace(0, len(said), _BINS, endpoint=False).astype(int)]))
    gaps = [
        np.abs(np.add.reduceat((generator.random(len(said)) < said) - said, cuts)).sum() / len(said)
        for _ in range(draws)
    ]
    return float(np.quantile(gaps, 0.95))


def calibration_bins(label: FloatArray, probability: FloatArray, bins: int = _BINS) -> list[tuple[float, float, int]]:
    """(mean probability, share that converted, rows) in bins of equal count, lowest first."""
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
        order = np.argsort(score, kind="stable")
        label, score = label[order], score[order]
        ties = np.flatnonzero(np.concatenate([[True], score[1:] != score[:-1]]))
        cuts = np.unique(np.searchsorted(score, score[np.linspace(0, len(score), _BINS, endpoint=False).astype(int)]))
        return cls(order, label, score, ties, cuts)

    def all(self, drawn: np.ndarray, names: list[str]) -> dict[str, FloatArray]:
        """Each metric for each row of weights, shape (resamples, n), in the order the scores were given."""
        weights = drawn[:, self.order]
        positive = np.add.reduceat(weights * self.label, self.ties, axis=1)
        every = np.add.reduceat(weights, self.ties, axis=1)
        found = {"auc": _auc(positive, every), "average_precision": _average_precision(positive, every)}
        found |= {f"lift_{share}": _lift(positive, every, share / 100) for share in (10, 20)}
        if {"log_loss", "brier", "calibration_error"} & set(names):
            total, p = weights.sum(axis=1), np.clip(self.score, _EPSILON, 1 - _EPSILON)
            gap = np.add.reduceat(weights * (self.label - p), self.bins, axis=1)
            found["log_loss"] = -(weights @ (self.label * np.log(p) + (1 - self.label) * np.log1p(-p))) / total
            found["brier"] = weights @ ((self.label - p) ** 2) / total
            found["calibration_error"] = np.abs(gap).sum(axis=1) / total
        return {name: found[name] for name in names}


def _auc(positive: np.ndarray, every: np.ndarray) -> FloatArray:
    """Share of pairs in the right order, ties counting half (Mann and Whitney)."""
    negative = every - positive
    before = np.cumsum(negative, axis=1) - negative
    return (positive * (before + negative / 2)).sum(axis=1) / (positive.sum(axis=1) * negative.sum(axis=1))


def _average_precision(positive: np.ndarray, every: np.ndarray) -> FloatArray:
    """Precision averaged over the conversions found, from the highest score down; tied leads are taken together."""
    found, taken = np.cumsum(positive[:, ::-1], axis=1), np.cumsum(every[:, ::-1], axis=1)
    return (positive[:, ::-1] * found / np.maximum(taken, _EPSILON)).sum(axis=1) / positive.sum(axis=1)


def _lift(positive: np.ndarray, every: np.ndarray, share: float) -> FloatArray:
    """Conversion rate among the top ``share`` over the rate of all; tied leads at the edge count in proportion."""
    positive, every = positive[:, ::-1], every[:, ::-1]
    wanted = share * every.sum(axis=1, keepdims=True)
    before = np.cumsum(every, axis=1) - every
    part = np.clip((wanted - before) / np.maximum(every, _EPSILON), 0, 1)
    return (positive * part).sum(axis=1) / wanted[:, 0] / (positive.sum(axis=1) / every.sum(axis=1))
