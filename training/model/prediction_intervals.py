"""How sure are we of a probability? The band in which the booking rate of leads with such a score lies.

Lives here: the band, learned from later leads that the model had not seen; whether it held on leads later still.
Does not live here: the probability (``calibrate``), intervals of metrics (``evaluate``).

At each score the band is that of Venn and Abers (Vovk and Petej 2014, doi:10.48550/arXiv.1211.0025): the isotonic
calibration is fitted with one lead more at that score that did not convert, and with one more that did, which gives the
two ends; here over resamples of the leads (Poisson bootstrap), of which the lowest and the highest twentieth part,
halved between the ends, are left out. It speaks of leads like this one, not of this lead, which will book or not."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import expit

from features.array_types import FloatArray

__all__ = ["PredictionBand", "fit_band", "compute_coverage"]

_BINS, _POINTS = 150, 40
_FEWEST = 60


@dataclass(frozen=True)
class PredictionBand:
    """Lowest and highest booking rate by score.

    Parameters
    ----------
    log_odds : tuple of float, ascending
        Calibrated scores at which the band was worked out; between them it is interpolated, beyond them it stays as it
        is.
    low, high : tuples of float, 0 to 1
    """

    log_odds: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    def interpolate(self, log_odds: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Low and high for each calibrated score, shape as given; the score's own probability always lies between. 0
        and 1 without a band.

        >>> low, high = PredictionBand((-1.0, 1.0), (0.2, 0.6), (0.3, 0.8)).interpolate(np.array([0.0]))
        >>> float(low[0]), round(float(high[0]), 2)
        (0.4, 0.55)
        """
        probability = expit(np.asarray(log_odds, float))
        if not self.log_odds:
            return np.zeros_like(probability), np.ones_like(probability)
        low, high = (np.interp(log_odds, self.log_odds, end) for end in (self.low, self.high))
        return np.minimum(low, probability), np.maximum(high, probability)


def fit_band(log_odds: FloatArray, label: FloatArray, resamples: int = 200, seed: int = 7) -> PredictionBand:
    """The band from leads that the model had not seen, one row per lead.

    Parameters
    ----------
    log_odds : float array of shape (n,), calibrated
    label : float array of shape (n,), 0 or 1

    Returns
    -------
    Band
        Without points, which means 0 to 1, when there are fewer than 60 leads.
    """
    if len(label) < _FEWEST:
        return PredictionBand()
    order = np.argsort(log_odds, kind="stable")
    pieces = np.array_split(order, min(_BINS, len(order) // 5))
    random = np.random.default_rng(seed)
    weights = random.poisson(1.0, (resamples, len(label))).astype(float)
    total = np.stack([weights[:, piece].sum(axis=1) for piece in pieces], axis=1)
    booked = np.stack([(weights[:, piece] * label[piece]).sum(axis=1) for piece in pieces], axis=1)
    at = np.unique(np.linspace(0, len(pieces) - 1, _POINTS).round().astype(int))
    ends = np.array([[_two_ends(*drawn, place) for place in at] for drawn in zip(booked, total, strict=True)])
    low, high = np.quantile(ends[:, :, 0], 0.025, axis=0), np.quantile(ends[:, :, 1], 0.975, axis=0)
    middle = [float(log_odds[pieces[place]].mean()) for place in at]
    return PredictionBand(tuple(middle), tuple(np.maximum.accumulate(low).tolist()), tuple(np.maximum.accumulate(high).tolist()))


def compute_coverage(band: PredictionBand, log_odds: FloatArray, label: FloatArray, groups: int = 20) -> float:
    """Share of groups of later leads, equal in size and ordered by score, whose booking rate the band allows.

    A group allows for its own chance: its rate may lie outside by 1.96 standard errors of a rate that lies at the
    nearer end."""
    low, high = band.interpolate(log_odds)
    held = []
    for group in np.array_split(np.argsort(log_odds, kind="stable"), groups):
        ends, rate = (low[group].mean(), high[group].mean()), label[group].mean()
        slack = [1.96 * np.sqrt(end * (1 - end) / len(group)) for end in ends]
        held.append(ends[0] - slack[0] <= rate <= ends[1] + slack[1])
    return float(np.mean(held))


def _two_ends(booked: FloatArray, total: FloatArray, place: int) -> tuple[float, float]:
    """The isotonic rate at ``place`` with one lead more there that did not convert, and with one that did."""
    ends = []
    for one in (0.0, 1.0):
        rate, weight = booked.copy(), np.maximum(total, 1e-9)
        weight[place] += 1
        rate[place] += one
        ends.append(float(isotonic_regression(rate / weight, weights=weight).x[place]))
    return ends[0], ends[1]
