"""How much of what the model usually knows was sent, and how far may the score still move when the rest is known?

Lives here: the share of each field in the model's information, and the spread that missing fields leave around a score.
Does not live here: whether a field was sent (``features.signals.sent_columns``), the uncertainty of a score of which
everything is known (``prediction_intervals``).

A lead of which nothing is known has a probability near the base rate, and that rate is known well: its band alone would
be narrow. What is not known is which lead it is. So the spread is learned from leads of which all was known, scored
once more with fields withheld: how far the two scores lie apart, by the share of information that was left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from features.array_types import FloatArray
from features.registry import Signal
from features.signals.sent_columns import find_sent_columns

__all__ = ["InformationSpread", "WeighedInputs", "compute_input_weights"]

_KNOTS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_LOW, _HIGH = 0.1, 0.9
"""Four of five leads score between these two quantiles once everything is known."""

_MIN_COPIES = 30


def compute_input_weights(signals: Sequence[Signal], parts: FloatArray) -> dict[str, float]:
    """Compute each field's share of what moves the scores: column -> weight; they sum to 1. Empty without flags.

    Parameters
    ----------
    parts : float array of shape (k, signals), log-odds
        Contributions to the scores of k leads. A signal that needs several fields counts for each in equal parts; what
        merely refines it does not count.
    """
    flags = find_sent_columns(signals)
    strength = dict.fromkeys(flags, 0.0)
    for position, signal in enumerate(signals):
        refining = set(signal.refined_by)
        names = [name for name in signal.columns if name in flags and name not in refining]
        for name in names:
            strength[name] += float(np.abs(parts[:, position]).mean()) / len(names)
    total = sum(strength.values())
    return {name: round(value / total, 6) for name, value in strength.items()} if total else {}


class WeighedInputs(NamedTuple):
    """The flags of some weighed inputs in the matrix.

    Parameters
    ----------
    flags : list of int
        Columns of the matrix.
    weights : float array of shape (flags,)
    total : float
    """

    flags: list[int]
    weights: FloatArray
    total: float

    @classmethod
    def of(cls, signals: Sequence[Signal], weights: Mapping[str, float]) -> "WeighedInputs":
        """Find the inputs of these weights that the signals have a flag for."""
        flags = find_sent_columns(signals)
        names = [name for name in weights if name in flags]
        weight_of_each = [weights[name] for name in names]
        return cls([flags[name] for name in names], np.array(weight_of_each), sum(weight_of_each))

    def compute_coverage(self, values: np.ndarray) -> FloatArray:
        """Compute the share of the model's usual information that was sent, for rows of the matrix.

        Shape (n,), 0 to 1.
        """
        if not self.total:
            return np.ones(len(values))
        sent = values[:, self.flags].astype(float)
        # Rounded, so that a lead of which everything was sent has exactly 1.
        return np.round(sent @ self.weights / self.total, 6)


@dataclass(frozen=True)
class InformationSpread:
    """How far below and above a score the score of the same lead may lie once everything is known.

    Parameters
    ----------
    coverage : tuple of float, ascending from 0 to 1
    low, high : tuples of float, log-odds
        Low is at most 0 and never falls with coverage, high is at least 0 and never rises; both are 0 at the end.
    """

    coverage: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    def interpolate(self, coverage: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the lowest and highest change of the score for each coverage, log-odds, shape as given.

        >>> low, high = InformationSpread((0.0, 1.0), (-2.0, 0.0), (1.0, 0.0)).interpolate(np.array([0.5, 1.0]))
        >>> low.tolist(), high.tolist()
        ([-1.0, 0.0], [0.5, 0.0])
        """
        if not self.coverage:
            return np.zeros_like(coverage), np.zeros_like(coverage)
        return np.interp(coverage, self.coverage, self.low), np.interp(coverage, self.coverage, self.high)

    @classmethod
    def fit(cls, coverage: FloatArray, change: FloatArray) -> "InformationSpread":
        """Fit the spread to c copies of leads with fields withheld.

        Parameters
        ----------
        coverage : float array of shape (c,), 0 to 1
        change : float array of shape (c,), log-odds
            The score of the whole lead less that of the copy, by models that saw neither.
        """
        low, high = np.zeros(len(_KNOTS)), np.zeros(len(_KNOTS))
        for number, knot in enumerate(_KNOTS[:-1]):
            near = np.abs(coverage - knot) <= 0.1
            if near.sum() >= _MIN_COPIES:
                low[number], high[number] = np.quantile(change[near], (_LOW, _HIGH))
        # With less information the spread never narrows.
        low = np.minimum.accumulate(np.minimum(low, 0.0)[::-1])[::-1]
        high = np.maximum.accumulate(np.maximum(high, 0.0)[::-1])[::-1]
        return cls(_KNOTS, tuple(low.round(6).tolist()), tuple(high.round(6).tolist()))
