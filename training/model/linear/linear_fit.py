"""How is the linear part fitted? A ridge logistic regression on terms of the signals, within their monotone directions.

Lives here: which terms a column supports, their weights, the penalty that terms share.
Does not live here: the matrix of terms (``design_matrix``), the minimization (``ridge_logistic``), a penalty for each
signal (``signal_penalties``), scoring with the terms (``linear_model``), how much the linear part counts
(``blending``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from features.array_types import FloatArray, IntArray
from features.registry import Signal
from features.signals.sent_columns import find_sent_columns
from training.dataset.training_data import LabeledRows, TrainingData
from training.model.linear.design_matrix import DesignMatrix, order_terms
from training.model.linear.linear_model import LinearModel, LinearTerm
from training.model.linear.ridge_logistic import Bounds, fit_ridge
from training.model.linear.signal_penalties import estimate_variances
from training.model.model_selection import compute_log_losses

__all__ = [
    "LinearFitter",
    "Penalty",
    "compute_penalty_factor",
    "estimate_level_variance",
    "fit_linear",
    "fit_linear_part",
    "fit_linear_rows",
]

_FEW_VALUES = 6
_MIN_ROWS_PER_TERM = 10
_MIN_LEVEL_VARIANCE = 0.01
_PLENTY_OF_ROWS = 1_000


class Penalty(NamedTuple):
    """How strongly weights are pulled to 0.

    Parameters
    ----------
    shared : float
        Half of it times the sum of squared weights is added to the log loss summed over rows; stronger for few rows
        (see ``compute_penalty_factor``). The levels of practices that share a model have their own penalty (see
        ``estimate_level_variance``).
    by_signal : bool
        Whether each signal has a penalty of its own in place of the shared one (see ``signal_penalties``).
    rows_per_lead : float, 1 or more
        For ``by_signal``: the moments of one lead count as one.
    """

    shared: float
    by_signal: bool = False
    rows_per_lead: float = 1.0

    @classmethod
    def of_data(cls, data: TrainingData) -> "Penalty":
        """Return the penalty that this data asks for."""
        leads = max(1, int(data.learning.arrival.sum()))
        return cls(data.settings.line_penalty, data.penalty_by_signal, max(1.0, len(data.learning) / leads))


def fit_linear_part(data: TrainingData, train: IntArray | slice = slice(None)) -> LinearModel:
    """Fit the linear part to the moments ``train`` and their copies with fields withheld; to all when not given."""
    return fit_linear_rows(data.select(train), data.signals, Penalty.of_data(data))


def fit_linear_rows(
    train: LabeledRows, signals: Sequence[Signal], penalty: Penalty, enforce_monotone: bool = True
) -> LinearModel:
    """Fit the linear part to these rows and copies once; see ``LinearFitter``."""
    return LinearFitter(train, signals, enforce_monotone).fit(penalty)


class LinearFitter:
    """Fits the linear part to the same rows again and again, with other penalties or to leads drawn from them.

    The whole rows are fitted as ``fit_linear`` does, then what an unsent field adds to the copies. The copies teach
    nothing but that: a lead of which everything was sent is scored as if there were none. Where the practice's own
    leads lack fields that were not sent (those of a store), these leads teach it too.
    """

    def __init__(self, train: LabeledRows, signals: Sequence[Signal], enforce_monotone: bool = True) -> None:
        self._train, self._signals = train, signals
        self._end = len(train.rows) if train.whole is None else train.whole
        self._flags = sorted(find_sent_columns(signals).values())
        rows = train.rows[: self._end]
        if self._flags:
            rows = rows.copy()
            rows[:, self._flags] = 1.0
        self._problem = LinearProblem.of_rows(rows, signals, enforce_monotone)

    def fit(self, penalty: Penalty, times: IntArray | None = None, start: LinearModel | None = None) -> LinearModel:
        """Fit the linear part.

        Parameters
        ----------
        penalty : Penalty
        times : int array of shape (n,), optional
            How often each row and copy counts; once each when not given.
        start : LinearModel, optional
            A linear part of much the same rows, from which the way is short.
        """
        train, problem, end = self._train, self._problem, self._end
        label = train.label[:end]
        if times is not None:
            problem, label = problem.repeat(times[:end]), label[times[:end] > 0]
        linear = problem.fit(label, penalty, start)
        if not self._flags:
            return linear
        lacking = np.flatnonzero((train.rows[:, self._flags] == 0).any(axis=1) | (np.arange(len(train.rows)) >= end))
        if times is not None:
            lacking = np.repeat(lacking, times[lacking])
        linear = replace(linear, inputs=_list_inputs(self._signals))
        return _fit_unsent_terms(linear, train.rows[lacking], train.label[lacking], penalty.shared)


def fit_linear(
    matrix: np.ndarray,
    label: FloatArray,
    signals: Sequence[Signal],
    penalty: Penalty,
    enforce_monotone: bool = True,
) -> LinearModel:
    """Fit the weights of least log loss with a ridge penalty, within the signals' monotone directions.

    Parameters
    ----------
    matrix : float array of shape (n, signals)
    label : float array of shape (n,), 0 to 1
        An expectation between 0 and 1 is taken as it is.
    penalty : Penalty
    enforce_monotone : bool
        Whether monotone directions bind the weights of a number and of its logarithm; being unknown has no direction.
    """
    return LinearProblem.of_rows(matrix, signals, enforce_monotone).fit(label, penalty)


@dataclass(frozen=True)
class LinearProblem:
    """The terms of n rows of the matrix, before their weights are known.

    Parameters
    ----------
    signals : sequence of Signal
    terms : sequence of LinearTerm, without weights
    design : DesignMatrix of n rows
    bounds : of each term's weight
    practices : dict
        Column of the matrix -> its values, shape (n,), for the levels of practices that share a model.
    """

    signals: Sequence[Signal]
    terms: Sequence[LinearTerm]
    design: DesignMatrix
    bounds: Bounds
    practices: dict[int, FloatArray]

    @classmethod
    def of_rows(cls, matrix: np.ndarray, signals: Sequence[Signal], enforce_monotone: bool) -> "LinearProblem":
        """Return the terms that these rows support."""
        terms = order_terms(
            [term for column, signal in enumerate(signals) for term in _build_terms(column, signal, matrix[:, column])]
        )
        bounds = [_get_bounds(term, signals[term.signal], enforce_monotone) for term in terms]
        practices = {
            column: matrix[:, column]
            for column, signal in enumerate(signals)
            if signal.is_category and signal.group == "practice"
        }
        return cls(signals, terms, DesignMatrix.from_terms(matrix, terms), bounds, practices)

    def repeat(self, times: IntArray) -> "LinearProblem":
        """Return the problem in which each row comes as often as ``times`` says."""
        practices = {column: values[times > 0] for column, values in self.practices.items()}
        return replace(self, design=self.design.repeat(times), practices=practices)

    def fit(self, label: FloatArray, penalty: Penalty, start: LinearModel | None = None) -> LinearModel:
        """Fit the weights to the labels of shape (n,)."""
        terms = self.terms
        first = _start_from_rate(label, len(terms)) if start is None else _start_from_model(start, terms)
        if penalty.by_signal:
            signal_of_term = np.array([term.signal for term in terms], np.intp)
            variances = estimate_variances(self.design, label, signal_of_term, self.bounds, penalty.rows_per_lead)
            penalties = penalty.rows_per_lead / variances
        else:
            penalties = self._share_penalty(label, penalty.shared)
        solution = fit_ridge(self.design, label, penalties, self.bounds, first)
        weighted = (replace(term, weight=float(weight)) for term, weight in zip(terms, solution[1:], strict=True))
        by_signal = sorted((term for term in weighted if term.weight), key=lambda term: term.signal)
        return LinearModel(len(self.signals), tuple(by_signal), float(solution[0]))

    def _share_penalty(self, label: FloatArray, shared: float) -> FloatArray:
        """Return the penalty of each term: the shared one, but for the levels of practices. Shape (terms,)."""
        terms, counts = self.terms, self.design.count(np.ones(len(label)))
        penalties = np.full(len(terms), shared * compute_penalty_factor(int(counts.sum()), len(terms)))
        times = counts.astype(np.intp)
        for column, values in self.practices.items():
            levels = [term.signal == column and term.kind == "code" for term in terms]
            penalties[levels] = 1 / estimate_level_variance(np.repeat(values, times), np.repeat(label, times))
        return penalties


def _start_from_rate(label: FloatArray, terms: int) -> FloatArray:
    """Return weights of 0, and the intercept of the mean label. Shape (1 + terms,)."""
    share = float(np.clip(label.mean(), 1e-6, 1 - 1e-6))
    return np.array([np.log(share / (1 - share)), *[0.0] * terms])


def _start_from_model(model: LinearModel, terms: Sequence[LinearTerm]) -> FloatArray:
    """Return the weights that the same terms have in a model; 0 for others. Shape (1 + terms,)."""
    weights = {
        (term.signal, term.kind, term.center if term.kind == "code" else None): term.weight for term in model.terms
    }
    names = ((term.signal, term.kind, term.center if term.kind == "code" else None) for term in terms)
    return np.array([model.base, *(weights.get(name, 0.0) for name in names)])


def _get_bounds(term: LinearTerm, signal: Signal, enforce_monotone: bool) -> tuple[float | None, float | None]:
    """Return the bounds of a term's weight: at least 0 for a signal that may only raise the score, and so on."""
    direction = signal.monotone if enforce_monotone and term.kind in ("number", "log") else 0
    return {1: (0.0, None), 0: (None, None), -1: (None, 0.0)}[direction]


def compute_penalty_factor(rows: int, terms: int) -> float:
    """Compute how many times stronger the penalty is where many terms meet few rows.

    Many terms that together carry a fixed amount of information carry little each, so the penalty grows with their
    number; with more rows the data decides. On the synthetic practice (four worlds, 1,300 later leads each, about 190
    terms) penalties of 5 to 3,000 were tried with 100 to 1,200 leads, about 3.6 rows each: 300 was best up to 300
    leads, 100 with 600 and 1,200; with 5 the blended model of 150 leads was worse than the base rate by 0.065 of log
    loss. On an export of 7,400 rows and few strong columns 5 was better than 70.

    >>> [
    ...     round(compute_penalty_factor(rows, terms), 1)
    ...     for rows, terms in ((500, 200), (1_000, 200), (10_000, 200), (1_000, 10))
    ... ]
    [41.0, 41.0, 5.0, 3.0]
    """
    return 1 + terms / 5 * min(1.0, _PLENTY_OF_ROWS / max(rows, 1))


def estimate_level_variance(practice: FloatArray, label: FloatArray) -> float:
    """Estimate the variance of the levels of practices in log-odds: what their rates show beyond chance. At least 0.01.

    DerSimonian and Laird 1986, doi:10.1016/0197-2456(86)90046-2. A level is pulled towards the group's by one over this
    variance: partial pooling by empirical Bayes.

    Parameters
    ----------
    practice : float array of shape (n,)
        A code for each; NaN unknown.
    label : float array of shape (n,), 0 to 1

    >>> same = estimate_level_variance(np.repeat([1.0, 2.0], 100), np.tile([0.0, 1.0], 100))
    >>> different = estimate_level_variance(
    ...     np.repeat([1.0, 2.0], 100), np.r_[np.tile([0, 0, 0, 1.0], 25), np.tile([1, 1, 1, 0.0], 25)]
    ... )
    >>> same, round(different, 1)
    (0.01, 2.3)
    """
    codes, position = np.unique(practice[~np.isnan(practice)], return_inverse=True)
    if len(codes) < 2:
        return _MIN_LEVEL_VARIANCE
    # Half a booking and half a loss are added (Haldane and Anscombe): a practice without any booking has a finite
    # level.
    leads = np.bincount(position) + 1.0
    booked = np.bincount(position, weights=label[~np.isnan(practice)]) + 0.5
    level, precision = np.log(booked / (leads - booked)), booked * (leads - booked) / leads
    heterogeneity = precision @ (level - precision @ level / precision.sum()) ** 2
    scale = precision.sum() - precision @ precision / precision.sum()
    return max(_MIN_LEVEL_VARIANCE, float((heterogeneity - len(codes) + 1) / scale))


def _build_terms(column: int, signal: Signal, values: np.ndarray) -> list[LinearTerm]:
    """Return the terms that the column's values support; none for a column without information."""
    values = values.astype(float)
    present = values[~np.isnan(values)]
    unknown_share = float(np.isnan(values).mean())
    terms = []
    if _MIN_ROWS_PER_TERM <= unknown_share * len(values) <= len(values) - _MIN_ROWS_PER_TERM:
        terms.append(LinearTerm(column, "unknown", 0.0, 1.0, 0.0, unknown_share))
    if signal.is_category:
        codes, counts = np.unique(present, return_counts=True)
        return terms + [
            LinearTerm(column, "code", float(code), 1.0, 0.0, float(count / len(values)))
            for code, count in zip(codes, counts, strict=True)
            if count >= _MIN_ROWS_PER_TERM
        ]
    # The first 10,000 values tell yes-or-no and small counts from measures; sorting all of them costs more.
    distinct = len(np.unique(present[:10_000]))
    for kind in ("number", "log") if distinct > _FEW_VALUES else ("number",):
        scaled = np.sign(present) * np.log1p(np.abs(present)) if kind == "log" else present
        if len(scaled) and (spread := float(scaled.std())) > 1e-9:
            center = float(scaled.mean())
            fill_value = float((np.median(scaled) - center) / spread)
            term = LinearTerm(column, kind, center, spread, fill_value, 0.0)
            terms.append(replace(term, mean=float(term.transform(values).mean())))
    return terms


def _list_inputs(signals: Sequence[Signal]) -> tuple[tuple[int, int], ...]:
    """List (flag, signal): the flags of the columns that each signal reads, as columns of the matrix."""
    flags = find_sent_columns(signals)
    return tuple(
        (flags[name], position) for position, signal in enumerate(signals) for name in signal.columns if name in flags
    )


def _fit_unsent_terms(linear: LinearModel, rows: np.ndarray, label: FloatArray, penalty: float) -> LinearModel:
    """Add a term for each flag: what not sending the field adds, where everything it would have said counts 0.

    Parameters
    ----------
    rows : float32 array of shape (c, signals)
        Of leads that lack fields; they weigh against the penalty as whole rows do.
    """
    flags = sorted({flag for flag, _ in linear.inputs})
    offset, unsent = linear.predict_raw(rows.astype(float)), (rows[:, flags] == 0).astype(float)

    def loss(x: FloatArray) -> tuple[float, FloatArray]:
        z = offset + unsent @ x
        gap = expit(z) - label
        return compute_log_losses(z, label).sum() + penalty * (x @ x) / 2, gap @ unsent + penalty * x

    weights = minimize(loss, np.zeros(len(flags)), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    terms = [
        LinearTerm(flag, "code", 0.0, 1.0, 0.0, 0.0, float(weight)) for flag, weight in zip(flags, weights, strict=True)
    ]
    return replace(linear, terms=(*linear.terms, *(term for term in terms if term.weight)))
