"""How sure are we of a probability? The band in which the booking rate of leads with such a score lies.

Lives here: the band, learned from later leads that the model had not seen; whether it held on leads later still.
Does not live here: the probability (``calibration``), intervals of metrics (``training.evaluation.metrics``).

At each score the band is that of Venn and Abers (Vovk and Petej 2014, doi:10.48550/arXiv.1211.0025): the isotonic
calibration is fitted with one more lead at that score that did not convert, and with one more that did, which gives the
two ends. This is repeated over resamples of the leads (Poisson bootstrap); the band leaves out the lowest fortieth of
the low ends and the highest fortieth of the high ends. At the ends of the scores, where isotonic regression pools leads
that differ, the band also holds the rates that a line in log-odds fitted to the same resamples gives, so that a score
does not become the edge of its own band. What one block of time was above or below the others is not a property of the
scores: blocks are brought to one level first, and the band is then widened by how far their levels lie apart. It is
about leads like this one, not about this lead, which will book or not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from features.array_types import FloatArray
from training.model.block_offsets import Estimate, fit_offset
from training.model.isotonic import compute_isotonic_ends

__all__ = ["PredictionBand", "compute_coverage", "fit_band", "fit_band_of_blocks"]

_BINS, _POINTS = 150, 40
_MIN_LEADS = 60
_NORMAL_95 = 1.96
_STEPS = 12


@dataclass(frozen=True)
class PredictionBand:
    """Lowest and highest booking rate by score.

    Parameters
    ----------
    log_odds : tuple of float, ascending
        Calibrated scores at which the band was computed; it is interpolated between them and constant beyond them.
    low, high : tuples of float, 0 to 1
    """

    log_odds: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    def interpolate(self, log_odds: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return low and high for each calibrated score, shape as given; 0 and 1 without a band.

        The score's own probability always lies between them.

        >>> low, high = PredictionBand((-1.0, 1.0), (0.2, 0.6), (0.3, 0.8)).interpolate(np.array([0.0]))
        >>> float(low[0]), round(float(high[0]), 2)
        (0.4, 0.55)
        """
        probability = expit(np.asarray(log_odds, float))
        if not self.log_odds:
            return np.zeros_like(probability), np.ones_like(probability)
        low, high = (np.interp(log_odds, self.log_odds, end) for end in (self.low, self.high))
        return np.minimum(low, probability), np.maximum(high, probability)


def fit_band_of_blocks(
    log_odds: Sequence[FloatArray], label: Sequence[FloatArray], resamples: int = 200, seed: int = 7
) -> PredictionBand:
    """Fit the band to blocks of time, the oldest first: the shape of all, and how far their levels lie apart.

    Parameters
    ----------
    log_odds, label : sequences of float arrays
        Calibrated scores and labels (0 or 1) of each block, as ``fit_band`` takes them.
    """
    offsets = [fit_offset(scores, booked) for scores, booked in zip(log_odds, label, strict=True)]
    at_one_level = [scores + offset.value for scores, offset in zip(log_odds, offsets, strict=True)]
    nothing = [np.empty(0)]
    return fit_band(
        np.concatenate(at_one_level or nothing),
        np.concatenate([*label] or nothing),
        resamples,
        seed,
        _measure_level_error(offsets),
    )


def _measure_level_error(offsets: Sequence[Estimate]) -> float:
    """Return how far, in log-odds, the level of a new block may lie from where the calibration puts it.

    The size of the blocks' offsets, less what chance adds to it: with one block alone, that block's own.

    >>> _measure_level_error([Estimate(0.3, 0.05), Estimate(-0.3, 0.05)]) > 0.29, _measure_level_error([])
    (True, 0.0)
    """
    if not offsets:
        return 0.0
    values, errors = np.array(offsets).T
    return float(np.sqrt(max(0.0, (values**2 - errors**2).mean())))


def fit_band(
    log_odds: FloatArray, label: FloatArray, resamples: int = 200, seed: int = 7, level_error: float = 0.0
) -> PredictionBand:
    """Fit the band to leads that the model had not seen, one row per lead.

    Parameters
    ----------
    log_odds : float array of shape (n,), calibrated
    label : float array of shape (n,), 0 or 1
    level_error : float, log-odds
        Standard error of the level of later leads, by which the band is widened.

    Returns
    -------
    PredictionBand
        Without points, which means 0 to 1, when there are fewer than 60 leads.
    """
    if len(label) < _MIN_LEADS:
        return PredictionBand()
    order = np.argsort(log_odds, kind="stable")
    bins = np.array_split(order, min(_BINS, len(order) // 5))
    random = np.random.default_rng(seed)
    weights = random.poisson(1.0, (resamples, len(label))).astype(float)
    total = np.stack([weights[:, rows].sum(axis=1) for rows in bins], axis=1)
    booked = np.stack([(weights[:, rows] * label[rows]).sum(axis=1) for rows in bins], axis=1)
    points = np.unique(np.linspace(0, len(bins) - 1, _POINTS).round().astype(int))
    ends = compute_isotonic_ends(booked, total, points)
    low, high = np.quantile(ends[:, :, 0], 0.025, axis=0), np.quantile(ends[:, :, 1], 0.975, axis=0)
    middle = [float(log_odds[bins[point]].mean()) for point in points]
    lines = expit(_fit_lines(log_odds, label, weights) @ np.array([np.ones(len(middle)), middle]))
    low, high = np.minimum(low, np.quantile(lines, 0.025, axis=0)), np.maximum(high, np.quantile(lines, 0.975, axis=0))
    low, high = _widen(low, -_NORMAL_95 * level_error), _widen(high, _NORMAL_95 * level_error)
    # Each isotonic rate grows with the score, but their quantiles need not.
    low, high = np.maximum.accumulate(low), np.maximum.accumulate(high)
    return PredictionBand(tuple(middle), tuple(low.tolist()), tuple(high.tolist()))


def compute_coverage(band: PredictionBand, log_odds: FloatArray, label: FloatArray, groups: int = 20) -> float:
    """Compute the share of groups of later leads whose booking rate is in the band; groups of equal size, by score.

    A group's rate may lie outside by chance: by 1.96 standard errors of a rate at the nearer end."""
    low, high = band.interpolate(log_odds)
    is_covered = []
    for group in np.array_split(np.argsort(log_odds, kind="stable"), groups):
        ends, rate = (low[group].mean(), high[group].mean()), label[group].mean()
        slack = [1.96 * np.sqrt(end * (1 - end) / len(group)) for end in ends]
        is_covered.append(ends[0] - slack[0] <= rate <= ends[1] + slack[1])
    return float(np.mean(is_covered))


def _fit_lines(log_odds: FloatArray, label: FloatArray, weights: FloatArray) -> FloatArray:
    """Fit a line in log-odds to each resample by Newton's steps. Shape (resamples, 2): intercept and slope.

    A ridge of a quarter pulls it weakly towards the scores as they are, so that resamples of one class have a line too.
    """
    start = np.array([0.0, 1.0])
    lines = np.tile(start, (len(weights), 1))
    design = np.array([np.ones_like(log_odds), log_odds])
    for _ in range(_STEPS):
        probability = expit(lines @ design)
        gradient = (weights * (label - probability)) @ design.T - (lines - start) / 4
        information = (weights * probability * (1 - probability)) @ np.array([design[0], design[1], design[1] ** 2]).T
        hessian = information[:, [0, 1, 1, 2]].reshape(-1, 2, 2) + np.eye(2) / 4
        lines += np.clip(np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0], -1, 1)
    return lines


def _widen(rate: FloatArray, change: float) -> FloatArray:
    """Move rates by log-odds; 0 and 1 stay.

    >>> _widen(np.array([0.0, 0.5]), 1.0).round(2).tolist()
    [0.0, 0.73]
    """
    with np.errstate(divide="ignore"):
        return expit(logit(rate) + change)
