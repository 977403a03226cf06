"""What would a straight sum of weights say? A regularised logistic regression on the same signals, as parts that add
up.

Lives here: the linear part of the model: its terms, fitting it within the policy, scoring with it; the sum of it and
the trees. Does not live here: the trees (``fit``), how much each of the two counts (``blend``).

Each signal has a few terms. A number: itself, standardised and held within four spreads; its signed logarithm likewise,
where it takes more than a few values; and whether it is unknown. A category: one term for each code that enough rows
have. A signal's part is the sum of its terms less their mean over the rows learned from, so the parts of an average
lead sum to about 0 and the base is the average score: exactly what Shapley values of a linear model are (Lundberg and
Lee 2017, doi:10.48550/arXiv.1705.07874, corollary 1)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from features.array_types import FloatArray
from features.registry import Signal
from training.model.model_selection import compute_log_losses

__all__ = ["LinearModel", "LinearTerm", "blend_scores", "fit_linear", "estimate_level_variance", "compute_penalty_factor"]

_SPREADS = 4.0
_FEW_VALUES = 6
_FEWEST_ROWS = 10
_LEAST_VARIANCE = 0.01
_PLENTY_OF_ROWS = 1_000
_CODES = 2.0**40
_ARRAYS = ("signal", "centre", "spread", "filled", "mean", "weight")


@dataclass(frozen=True)
class LinearTerm:
    """One weighted term of a signal.

    Parameters
    ----------
    signal : int
        Column of the matrix.
    kind : {"number", "log", "unknown", "code"}
    centre, spread : float
        What the number (or its signed logarithm) is standardised with; for a code, ``centre`` is the code.
    filled : float
        The standardised value that stands for unknown.
    mean : float
        Of the term over the rows learned from.
    weight : float, log-odds for one spread (for a code or unknown: for being so)
    """

    signal: int
    kind: str
    centre: float
    spread: float
    filled: float
    mean: float
    weight: float = 0.0

    def transform(self, values: FloatArray) -> FloatArray:
        """The term's value for each row, from its signal's column. Shape (n,).

        >>> LinearTerm(0, "number", 2.0, 1.0, 0.0, 0.0).transform(np.array([3.0, 99.0, np.nan])).tolist()
        [1.0, 4.0, 0.0]
        """
        if self.kind == "unknown":
            return np.isnan(values).astype(float)
        if self.kind == "code":
            return (values == self.centre).astype(float)
        seen = np.sign(values) * np.log1p(np.abs(values)) if self.kind == "log" else values
        return np.where(np.isnan(values), self.filled, np.clip((seen - self.centre) / self.spread, -_SPREADS, _SPREADS))


@dataclass(frozen=True)
class LinearModel:
    """The linear part.

    Parameters
    ----------
    signals : int
        Columns of the matrix.
    terms : tuple of Term, by signal
    base : float
        The average score, log-odds.
    """

    signals: int
    terms: tuple[LinearTerm, ...]
    base: float

    def compute_parts(self, matrix: FloatArray) -> FloatArray:
        """What each signal adds to the base, log-odds. Shape (n, signals); ``base + parts.sum(axis=1)`` is the score.

        The terms of a kind are added together, in a few steps however many there are; a row alone adds up as it does
        among others, to the bit."""
        added = np.zeros((len(matrix), self.signals))
        for terms in self._by_kind:
            added[:, terms.signal] += terms.weight * (terms.transform(matrix[:, terms.signal]) - terms.mean)
        if len(self._codes.signal):
            added[:, self._codes.signal] += self._codes.of(matrix[:, self._codes.signal])
        return added

    def predict_raw(self, matrix: FloatArray) -> FloatArray:
        """The score, log-odds. Shape (n,)."""
        return self.base + self.compute_parts(matrix).sum(axis=1)

    @cached_property
    def _by_kind(self) -> tuple[LinearTerm, ...]:
        """The terms of each kind but code as one term whose fields are arrays: a signal has at most one of each."""
        grouped = ([term for term in self.terms if term.kind == kind] for kind in ("number", "log", "unknown"))
        return tuple(
            LinearTerm(kind=some[0].kind, **{name: np.array([getattr(term, name) for term in some]) for name in _ARRAYS})
            for some in grouped
            if some
        )

    @cached_property
    def _codes(self) -> "_Codes":
        """The terms of categories."""
        return _Codes.of_terms([term for term in self.terms if term.kind == "code"])

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; ``from_dict`` takes them back."""
        return {
            "signals": self.signals,
            "base": self.base,
            "terms": [list(asdict(term).values()) for term in self.terms],
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> "LinearModel":
        """The linear part that ``to_dict`` wrote."""
        return cls(plain["signals"], tuple(LinearTerm(*term) for term in plain["terms"]), plain["base"])


@dataclass(frozen=True)
class _Codes:
    """Terms of categories, found by one search in place of one comparison each.

    Parameters
    ----------
    signal : int array of shape (categories,)
    keys : float array of shape (codes + 1,), ascending; the last is infinite
        Place of the category among ``signal`` times 2**40, plus the code: exact in float64 for codes below 2**40.
    weight : float array of shape (codes + 1,), 0 for the last
    away : float array of shape (categories,)
        What a row of no known code adds: the mean of the terms, taken away.
    """

    signal: np.ndarray
    keys: FloatArray
    weight: FloatArray
    away: FloatArray

    @classmethod
    def of_terms(cls, terms: Sequence[LinearTerm]) -> "_Codes":
        signal = np.unique([term.signal for term in terms]).astype(np.intp)
        place = np.searchsorted(signal, [term.signal for term in terms])
        keys = place * _CODES + np.array([term.centre for term in terms])
        order = np.argsort(keys)
        weight = np.array([term.weight for term in terms])
        away = np.bincount(place, weight * [term.mean for term in terms], len(signal)) if terms else np.empty(0)
        return cls(signal, np.append(keys[order], np.inf), np.append(weight[order], 0.0), -away)

    def of(self, codes: FloatArray) -> FloatArray:
        """What each category adds, from its column. Shape (n, categories)."""
        keys = np.arange(len(self.signal)) * _CODES + codes
        found = np.searchsorted(self.keys[:-1], keys)
        return np.where(self.keys[found] == keys, self.weight[found], 0.0) + self.away


def blend_scores(line: FloatArray | float, trees: FloatArray | float, weight: float) -> FloatArray | float:
    """``weight`` times the line plus the rest times the trees, in log-odds. Shapes as given."""
    return weight * line + (1 - weight) * trees


def fit_linear(
    matrix: np.ndarray, label: FloatArray, signals: Sequence[Signal], penalty: float, enforce_monotone: bool = True
) -> LinearModel:
    """The weights of least log loss with a ridge penalty, found within the signals' directions.

    Parameters
    ----------
    matrix : float array of shape (n, signals)
    label : float array of shape (n,), 0 to 1
        An expectation between 0 and 1 is taken as it is.
    penalty : float
        Half of it times the sum of squared weights is added to the log loss summed over rows; stronger for few rows
        (see ``compute_penalty_factor``). The levels of practices that share a model have their own (see ``estimate_level_variance``).
        Other categories do not: pooled that way X Education's line gained 0.0025 of log loss (standard error 0.0006),
        and the bank's latest fifth lost 0.0186 (0.0016) in the final score.
    enforce_monotone : bool
        Whether monotone directions bind the weights of a number and of its logarithm; what is unknown has no direction.
    """
    terms = [term for place, one in enumerate(signals) for term in _terms(place, one, matrix[:, place])]
    penalties = np.full(len(terms), penalty * compute_penalty_factor(len(matrix), len(terms)))
    for place, one in enumerate(signals):
        if one.is_category and one.group == "practice":
            penalties[[term.signal == place and term.kind == "code" for term in terms]] = 1 / estimate_level_variance(
                matrix[:, place], label
            )
    told = np.empty((len(matrix), len(terms)), np.float32)
    for column, term in enumerate(terms):
        told[:, column] = term.transform(matrix[:, term.signal].astype(float)) - term.mean
    directions = [signals[term.signal].monotone if enforce_monotone and term.kind in ("number", "log") else 0 for term in terms]
    bounds = [((0.0, None), (None, None), (None, 0.0))[1 - direction] for direction in directions]
    start = np.zeros(1 + len(terms))
    share = float(np.clip(label.mean(), 1e-6, 1 - 1e-6))
    start[0] = np.log(share / (1 - share))

    def loss(at: FloatArray) -> tuple[float, FloatArray]:
        z = at[0] + told @ at[1:].astype(np.float32)
        z = z.astype(float)
        gap = expit(z) - label
        value = compute_log_losses(z, label).sum() + (penalties * at[1:] ** 2).sum() / 2
        return value, np.concatenate([[gap.sum()], gap.astype(np.float32) @ told + penalties * at[1:]])

    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=[(None, None), *bounds], options={"maxiter": 300, "ftol": 1e-8}
    ).x
    weighted = (
        LinearTerm(**{**asdict(term), "weight": float(weight)}) for term, weight in zip(terms, found[1:], strict=True)
    )
    return LinearModel(len(signals), tuple(term for term in weighted if term.weight), float(found[0]))


def compute_penalty_factor(rows: int, terms: int) -> float:
    """How many times stronger the penalty is where many terms meet few rows.

    Many terms that together say a fixed amount say little each, so the penalty grows with their number; as rows grow
    they speak for themselves. On the invented practice (four worlds, 1,300 later leads each, about 190 terms) penalties
    of 5 to 3,000 were tried with 100 to 1,200 leads, about 3.6 rows each: 300 was best to 300 leads, 100 with 600 and
    1,200; with 5 the blended model of 150 leads was worse than the base rate by 0.065 of log loss. On an export of
    7,400 rows and few strong columns 5 was better than 70.

    >>> [
    ...     round(compute_penalty_factor(rows, terms), 1)
    ...     for rows, terms in ((500, 200), (1_000, 200), (10_000, 200), (1_000, 10))
    ... ]
    [41.0, 41.0, 5.0, 3.0]
    """
    return 1 + terms / 5 * min(1.0, _PLENTY_OF_ROWS / max(rows, 1))


def estimate_level_variance(practice: FloatArray, label: FloatArray) -> float:
    """By how much the levels of practices differ, in log-odds: the variance that their rates show beyond chance
    (DerSimonian and Laird 1986, doi:10.1016/0197-2456(86)90046-2). A level is pulled towards the group's by one over
    it: partial pooling by empirical Bayes. At least 0.01.

    Parameters
    ----------
    practice : float array of shape (n,)
        A code for each; NaN unknown.
    label : float array of shape (n,), 0 to 1

    >>> same = estimate_level_variance(np.repeat([1.0, 2.0], 100), np.tile([0.0, 1.0], 100))
    >>> apart = estimate_level_variance(
    ...     np.repeat([1.0, 2.0], 100), np.r_[np.tile([0, 0, 0, 1.0], 25), np.tile([1, 1, 1, 0.0], 25)]
    ... )
    >>> same, round(apart, 1)
    (0.01, 2.3)
    """
    codes, place = np.unique(practice[~np.isnan(practice)], return_inverse=True)
    if len(codes) < 2:
        return _LEAST_VARIANCE
    leads = np.bincount(place) + 1.0
    booked = np.bincount(place, weights=label[~np.isnan(practice)]) + 0.5
    level, sure = np.log(booked / (leads - booked)), booked * (leads - booked) / leads
    apart = sure @ (level - sure @ level / sure.sum()) ** 2
    return max(_LEAST_VARIANCE, float((apart - len(codes) + 1) / (sure.sum() - sure @ sure / sure.sum())))


def _terms(place: int, one: Signal, values: np.ndarray) -> list[LinearTerm]:
    """The terms that the column's values support; none for a column that says nothing."""
    values = values.astype(float)
    known = values[~np.isnan(values)]
    unknown = float(np.isnan(values).mean())
    made = (
        [LinearTerm(place, "unknown", 0.0, 1.0, 0.0, unknown)]
        if _FEWEST_ROWS <= unknown * len(values) <= len(values) - _FEWEST_ROWS
        else []
    )
    if one.is_category:
        codes, counts = np.unique(known, return_counts=True)
        return made + [
            LinearTerm(place, "code", float(code), 1.0, 0.0, float(count / len(values)))
            for code, count in zip(codes, counts, strict=True)
            if count >= _FEWEST_ROWS
        ]
    distinct = len(np.unique(known[:10_000]))
    for kind in ("number", "log") if distinct > _FEW_VALUES else ("number",):
        seen = np.sign(known) * np.log1p(np.abs(known)) if kind == "log" else known
        if len(seen) and (spread := float(seen.std())) > 1e-9:
            centre = float(seen.mean())
            filled = float((np.median(seen) - centre) / spread)
            bare = LinearTerm(place, kind, centre, spread, filled, 0.0)
            made.append(LinearTerm(place, kind, centre, spread, filled, float(bare.transform(values).mean())))
    return made
