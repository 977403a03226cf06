"""What did the training leads look like, month by month? Counts and figures that monitoring compares new leads with.

Lives here: the reference of a bundle, made when it is trained, as plain arrays.
Does not live here: cutting into bins (``binning``), using it (``feature_drift``, ``monitor``).

A month here is four weeks, counted back from the newest lead learned from, so that every month has each weekday four
times. Its scores are those of models that had not seen the lead (the folds), through the model's own calibration: a
model's scores of its own training leads are more spread out than those of any new leads.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.array_types import DAY, FloatArray, TimeArray
from features.registry import Signal
from training.dataset.labels import LearningSet
from training.model.grades import Grades
from training.monitoring.binning import Bins
from training.monitoring.control_limits import Figure, log_odds_of_rate, measure_calibration
from training.monitoring.estimated_performance import MEASURES, expected_performance, realized_performance

__all__ = [
    "MONTH",
    "MonthlyCounts",
    "Month",
    "Reference",
    "find_end_of_day",
    "format_day",
    "compute_month_figures",
    "number_months",
    "build_reference_arrays",
]

MONTH = 28 * DAY
MIN_LEADS_PER_MONTH = 5
"""Of a month with fewer leads, no figure and no count is kept: it would be of single persons."""
GRADES = ("A", "B", "C", "D")


@dataclass(frozen=True)
class MonthlyCounts:
    """Columns counted into bins, month by month.

    Parameters
    ----------
    bins : Bins, of c columns
    fine : int array of shape (c, 41)
        All leads of the reference.
    months : int array of shape (months, c, 16)
        In the order of time.
    """

    bins: Bins
    fine: np.ndarray
    months: np.ndarray

    @classmethod
    def from_rows(cls, rows: np.ndarray, category: np.ndarray, month: np.ndarray, months: int) -> "MonthlyCounts":
        """Count ``rows``, shape (n, c); ``month`` is the number of each row's month."""
        bins = Bins.from_rows(rows, category)
        counts = bins.count_rows(rows, month, months)
        return cls(bins, counts.sum(axis=0), np.stack([bins.sum_cells(month_counts) for month_counts in counts]))

    def to_arrays(self, name: str) -> dict[str, np.ndarray]:
        """Return plain arrays whose names begin with ``name``."""
        return {
            f"{name}_edges": self.bins.edges,
            f"{name}_cell": self.bins.cell,
            f"{name}_category": self.bins.category,
            f"{name}_fine": self.fine.astype(np.uint32),
            f"{name}_months": self.months.astype(np.uint32),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], name: str) -> "MonthlyCounts":
        """Return what ``to_arrays`` wrote."""
        bins = Bins(*(arrays[f"{name}_{part}"] for part in ("edges", "cell", "category")))
        return cls(bins, arrays[f"{name}_fine"].astype(np.int64), arrays[f"{name}_months"].astype(np.int64))


@dataclass(frozen=True)
class Month:
    """Figures of the ripe leads of one month; NaN where its leads allow none.

    Parameters
    ----------
    leads, converted : float
        Ripe leads, and those of them that converted.
    mean_probability : float
        Of those that were scored.
    scored, scored_converted : float
        Leads that were scored by a model that had not seen them, and those of them that converted.
    shift, slope : Figure
        See ``control_limits.measure_calibration``.
    estimated, realized : dict
        Metric -> its value before outcomes were known, and after.
    grades : int array of shape (4, 2)
        Leads and conversions of grades A to D.
    """

    leads: float
    converted: float
    mean_probability: float
    scored: float
    scored_converted: float
    shift: Figure
    slope: Figure
    estimated: dict[str, float]
    realized: dict[str, float]
    grades: np.ndarray

    @property
    def rate(self) -> Figure:
        """Log-odds of the share that converted, with its variance; NaN without a lead."""
        return log_odds_of_rate(self.converted, self.leads) if self.leads else Figure(np.nan, np.nan)

    def to_row(self) -> list[float]:
        """Return the numbers in the order in which a reference keeps them."""
        figures = (self.shift.value, self.shift.variance, self.slope.value, self.slope.variance)
        metrics = [values[name] for values in (self.estimated, self.realized) for name in MEASURES]
        counts = (self.leads, self.converted, self.mean_probability, self.scored, self.scored_converted)
        return [*counts, *figures, *metrics]

    @classmethod
    def from_row(cls, row: np.ndarray, grades: np.ndarray) -> "Month":
        """Return the month that ``to_row`` wrote: 5 counts, shift and slope with variances, then the metrics twice."""
        numbers = [float(number) for number in row]
        estimated, realized = (
            dict(zip(MEASURES, numbers[first : first + len(MEASURES)], strict=True)) for first in (9, 9 + len(MEASURES))
        )
        leads, converted, mean_probability, scored, scored_converted = numbers[:5]
        return cls(
            leads,
            converted,
            mean_probability,
            scored,
            scored_converted,
            Figure(*numbers[5:7]),
            Figure(*numbers[7:9]),
            estimated,
            realized,
            grades,
        )


@dataclass(frozen=True)
class Reference:
    """A profile of the leads the model learned from, at arrival.

    Parameters
    ----------
    until : datetime64[us], UTC
        When the newest of them arrived.
    signals : Counted
        The matrix's columns.
    score : Counted
        One column: the score in log-odds, of the leads that a model scored without having seen them.
    months : tuple of Month, in the order of time
    """

    until: np.datetime64
    signals: MonthlyCounts
    score: MonthlyCounts
    months: tuple[Month, ...]

    @classmethod
    def from_training(
        cls, rows: np.ndarray, signals: Sequence[Signal], learning: LearningSet, log_odds: FloatArray, grades: Grades
    ) -> "Reference | None":
        """Return the reference of a run; None without dates.

        Parameters
        ----------
        rows : float32 array of shape (moments, signals)
        log_odds : float array of shape (moments,)
            Calibrated, each from a model that had not seen the lead; NaN where there is none.
        """
        rows, arrived, label, log_odds = (
            values[learning.arrival] for values in (rows, learning.moments.cutoff, learning.label, log_odds)
        )
        if np.isnat(arrived).any():
            return None
        # The end of the day, because the moment is one lead's.
        until = find_end_of_day(arrived.max())
        month = number_months(arrived, until)
        enough = np.bincount(month)[month] >= MIN_LEADS_PER_MONTH
        rows, label, log_odds, month = rows[enough], label[enough], log_odds[enough], month[enough]
        if not len(month):
            return None
        count = int(month.max()) + 1
        few_scored = np.bincount(month, ~np.isnan(log_odds)) < MIN_LEADS_PER_MONTH
        log_odds = np.where(few_scored[month], np.nan, log_odds)
        scored = ~np.isnan(log_odds)
        category = np.array([signal.is_category for signal in signals], bool)
        of_signals = MonthlyCounts.from_rows(rows, category, month, count)
        of_score = MonthlyCounts.from_rows(log_odds[scored, None], np.zeros(1, bool), month[scored], count)
        figures = tuple(
            compute_month_figures(log_odds[month == number], label[month == number], grades) for number in range(count)
        )
        return cls(until, of_signals, of_score, figures)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return plain arrays; they hold counts, edges and figures, and no value of a lead."""
        return {
            "until": np.array(self.until.astype("datetime64[us]").astype(np.int64)),
            **self.signals.to_arrays("signals"),
            **self.score.to_arrays("score"),
            "figures": np.array([month.to_row() for month in self.months]),
            "grades": np.stack([month.grades for month in self.months]),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "Reference":
        """Return what ``to_arrays`` wrote."""
        months = tuple(
            Month.from_row(row, grades) for row, grades in zip(arrays["figures"], arrays["grades"], strict=True)
        )
        until = np.datetime64(int(arrays["until"]), "us")
        return cls(
            until, MonthlyCounts.from_arrays(arrays, "signals"), MonthlyCounts.from_arrays(arrays, "score"), months
        )


def build_reference_arrays(
    rows: np.ndarray, signals: Sequence[Signal], learning: LearningSet, log_odds: FloatArray, grades: Grades
) -> dict[str, np.ndarray] | None:
    """Return the reference of a run as a bundle keeps it; see ``Reference.from_training``."""
    reference = Reference.from_training(rows, signals, learning, log_odds, grades)
    return None if reference is None else reference.to_arrays()


def number_months(arrived: TimeArray, until: np.datetime64) -> np.ndarray:
    """Return the number of each lead's month, 0 the oldest. Shape (n,).

    Months of four weeks are counted back from ``until`` (inclusive).

    >>> number_months(
    ...     np.array(["2026-01-01", "2026-01-05", "2026-02-01"], "datetime64[us]"), np.datetime64("2026-02-01", "us")
    ... ).tolist()
    [0, 1, 1]
    """
    # Whole months back from the newest lead, so the newest month is always complete.
    back = ((until - arrived) // MONTH).astype(int)
    return back.max(initial=0) - back


def find_end_of_day(moment: np.datetime64) -> np.datetime64:
    """Return the last microsecond of a moment's day (UTC).

    >>> find_end_of_day(np.datetime64("2026-03-02T15:30", "us"))
    np.datetime64('2026-03-02T23:59:59.999999')
    """
    return (moment.astype("datetime64[D]") + 1).astype("datetime64[us]") - np.timedelta64(1, "us")


def compute_month_figures(log_odds: FloatArray, label: FloatArray, grades: Grades) -> Month:
    """Compute the figures of one month's ripe leads, shape (n,) each; scores are NaN where there is none."""
    scored = ~np.isnan(log_odds)
    z, y = log_odds[scored], label[scored]
    p = 1 / (1 + np.exp(-z))
    grade = grades.assign(p)
    shift, slope = measure_calibration(z, y)
    nothing = dict.fromkeys(MEASURES, float("nan"))
    return Month(
        float(len(label)),
        float(label.sum()),
        float(p.mean()) if len(p) else float("nan"),
        float(len(y)),
        float(y.sum()),
        shift,
        slope,
        expected_performance(p) if len(p) else nothing,
        realized_performance(y, p) if len(p) else nothing,
        np.array([[(grade == name).sum(), y[grade == name].sum()] for name in GRADES], np.int64),
    )


def format_day(when: np.datetime64) -> str:
    """Format a day as people write it.

    >>> format_day(np.datetime64("2026-09-03T10:00", "us"))
    '3 September 2026'
    """
    return when.astype("datetime64[us]").item().strftime("%d %B %Y").lstrip("0")
