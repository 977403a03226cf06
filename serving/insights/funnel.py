"""How far do enquiries get? Enquiry, reached, qualified, booked, attended, treated, by month and by whatever tells
leads apart; months that are not over yet as expected.

Lives here: counts, final counts as expected, rates, median times.
Does not live here: the statistics (``ripening``, ``estimates``), money (``money``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.array_types import FloatArray, IntArray
from serving.insights.estimates import (
    CANNOT_TELL,
    Estimate,
    draw_correlations,
    estimate_correlation,
    estimate_rate,
    summarize_counts,
)
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns
from serving.insights.lead_columns import ALL_LEADS, FUNNEL, Categories, LeadColumns, format_month
from serving.insights.report_sections import DEFAULT_MONTHS
from serving.insights.ripening import DRAWS, CohortPrior, DelayCurve, OpenLeads, build_delay_curve, predict_final

__all__ = [
    "Cohorts",
    "GroupForecast",
    "MonthForecast",
    "StageRipening",
    "build_ripening",
    "count_cohorts",
    "estimate_rates",
    "forecast_groups",
    "forecast_months",
    "select_recent",
    "tabulate_by_month",
    "tabulate_funnel",
    "total_funnel",
]

MAX_RECORDING_DAYS = 14.0
"""A lead is ripe once its window is over and what happened in it is recorded; no later than this many days after."""

_SPREAD_OF_GROUPS = 0.02
_FORECAST = ("booked", "treated")
_RATE_WORDS = {"booked": "Booking rate", "treated": "Treatment rate"}


@dataclass(frozen=True)
class StageRipening:
    """How a stage becomes known.

    Parameters
    ----------
    stage : str
    ripe_days : float
        Age from which all of it is known.
    curve : DelayCurve or None
        None with too few outcomes of ripe leads.
    """

    stage: str
    ripe_days: float
    curve: DelayCurve | None


@dataclass(frozen=True)
class Cohorts:
    """One stage by month and group.

    Parameters
    ----------
    group, month : int arrays of shape (cells,)
        Sorted by group, then month.
    leads, known, exposure : float arrays of shape (cells,)
        Leads, those with the outcome so far, and how many leads' worth of outcomes could be known by now.
    is_ripe : bool array of shape (cells,)
    open_by_bin : float array of shape (cells, bins)
        Leads without the outcome that are not ripe, by age.
    """

    group: IntArray
    month: IntArray
    leads: FloatArray
    known: FloatArray
    exposure: FloatArray
    is_ripe: np.ndarray
    open_by_bin: FloatArray


def build_ripening(columns: LeadColumns, rng: np.random.Generator) -> dict[str, StageRipening]:
    """Build for each stage how its outcomes become known, from the leads old enough to have all of theirs."""
    ripening = {}
    for stage in FUNNEL:
        recording = (columns.known_days[stage] - columns.stage_days[stage])[columns.has(stage)]
        lag = min(float(np.quantile(recording, 0.99)), MAX_RECORDING_DAYS) if len(recording) else 0.0
        ripe_days = float(np.ceil(columns.final_days[stage] + max(lag, 0.0)))
        ripe = (columns.age_days >= ripe_days) & columns.has(stage)
        ripening[stage] = StageRipening(
            stage, ripe_days, build_delay_curve(columns.known_days[stage][ripe], ripe_days, rng)
        )
    return ripening


def count_cohorts(
    columns: LeadColumns, ripening: StageRipening, group: IntArray, rows: IntArray | None = None
) -> Cohorts:
    """Count one stage by month and group.

    Parameters
    ----------
    group : int array of shape (n,)
    rows : int array, optional
        The leads to count; all of them when left out.
    """
    rows = np.arange(len(columns)) if rows is None else rows
    month, age, group = columns.month[rows], columns.age_days[rows], group[rows]
    first_month = int(month.min()) if len(month) else 0
    width = int(month.max()) - first_month + 1 if len(month) else 1
    keys, cell = np.unique(group.astype(np.int64) * width + (month - first_month), return_inverse=True)
    count = len(keys)
    has = columns.has(ripening.stage)[rows]
    ripe = age >= ripening.ripe_days
    share, open_by_bin = np.ones(len(rows)), np.zeros((count, 0))
    if ripening.curve is not None:
        bins = ripening.curve.find_bins(age)
        share = np.where(ripe, 1.0, ripening.curve.compute_share_known(age))
        width_bins = len(ripening.curve.share_known)
        is_open = ~has & ~ripe & (bins < width_bins)
        open_by_bin = (
            np.bincount(cell[is_open] * width_bins + bins[is_open], minlength=count * width_bins)
            .reshape(count, width_bins)
            .astype(float)
        )
    return Cohorts(
        keys // width,
        keys % width + first_month,
        np.bincount(cell, minlength=count).astype(float),
        np.bincount(cell, has, minlength=count).astype(float),
        np.bincount(cell, share, minlength=count).astype(float),
        np.bincount(cell, ~ripe, minlength=count) == 0,
        open_by_bin,
    )


@dataclass(frozen=True)
class GroupForecast:
    """What becomes of the leads of each group.

    Parameters
    ----------
    final : list of Estimate
        Final count of each group over the months counted.
    draws : float array of shape (groups, draws)
    monthly : float array of shape (cells,)
        Final count of each cell, as expected.
    monthly_estimates : list of Estimate
    cell_draws : list of float arrays of shape (draws,)
        Final count of each cell; empty ones of cells that are not added up.
    """

    final: list[Estimate]
    draws: FloatArray
    monthly: FloatArray
    monthly_estimates: list[Estimate]
    cell_draws: list[FloatArray]


def forecast_groups(
    cohorts: Cohorts, ripening: StageRipening, groups: int, rng: np.random.Generator, since: int = 0
) -> GroupForecast:
    """Predict the final counts of each group and of each of its months.

    Parameters
    ----------
    since : int
        Cells of earlier months tell what rate to expect and are not added up.
    """
    ripe = cohorts.is_ripe
    correlation = draw_correlations(cohorts.known[ripe], cohorts.leads[ripe], cohorts.group[ripe], rng, DRAWS)
    priors: dict[int, CohortPrior] = {}
    estimates = [CANNOT_TELL] * len(cohorts.group)
    totals: list[FloatArray | None] = [None] * groups
    cell_draws: list[FloatArray] = [np.empty(0)] * len(cohorts.group)
    for cell in np.flatnonzero(cohorts.month >= since).tolist():
        group = int(cohorts.group[cell])
        if group not in priors:
            history = (cohorts.group == group) & ripe
            # A group without ripe leads is expected to be like the others, and may differ more than months do.
            spread = correlation if history.any() else np.maximum(correlation, _SPREAD_OF_GROUPS)
            history = history if history.any() else ripe
            known, leads = float(cohorts.known[history].sum()), cohorts.leads[history]
            priors[group] = CohortPrior.from_history(known, leads, spread, rng)
        bins = cohorts.open_by_bin[cell]
        if ripening.curve is None:
            bins = np.zeros(1) if ripe[cell] else np.array([cohorts.leads[cell]])
        estimate, draws = predict_final(OpenLeads(int(cohorts.known[cell]), bins), priors[group], ripening.curve, rng)
        estimates[cell], cell_draws[cell] = estimate, draws
        previous = totals[group]
        totals[group] = draws if previous is None else previous + draws
    final = [
        _sum_estimates(
            [estimates[cell] for cell in np.flatnonzero((cohorts.group == group) & (cohorts.month >= since))],
            totals[group],
            rng,
        )
        for group in range(groups)
    ]
    width = max((len(total) for total in totals if total is not None), default=1)
    stacked = np.array([np.zeros(width) if total is None else total for total in totals]).reshape(groups, width)
    return GroupForecast(final, stacked, np.array([estimate.value for estimate in estimates]), estimates, cell_draws)


def _sum_estimates(months: list[Estimate], draws: FloatArray | None, rng: np.random.Generator) -> Estimate:
    """Return the final count of a group: the sum of its months."""
    if draws is None:
        return Estimate(0.0, 0.0, 0.0)
    if not np.isfinite(draws).all():
        return CANNOT_TELL
    value = sum(month.value for month in months)
    return summarize_counts(draws, value, rng) if draws.max() > draws.min() else Estimate(value, value, value)


def estimate_rates(cohorts: Cohorts, groups: int) -> list[Estimate]:
    """Estimate the long-run rate of each group."""
    ripe = cohorts.is_ripe
    correlation, freedom = estimate_correlation(cohorts.known[ripe], cohorts.leads[ripe], cohorts.group[ripe])
    rates = []
    for group in range(groups):
        cells = cohorts.group == group
        rates.append(estimate_rate(float(cohorts.known[cells].sum()), cohorts.exposure[cells], correlation, freedom))
    return rates


def select_recent(columns: LeadColumns, months: int) -> IntArray:
    """Return the leads of the last months, the current one included."""
    return np.flatnonzero(columns.month > columns.current_month - months)


MonthForecast = dict[int, tuple[Estimate, FloatArray]]
"""Month -> final count, and draws of it."""

_COUNTS = (
    Column("enquiries", "Enquiries", "count", "Enquiries that arrived.", counts_people=True),
    *(
        Column(stage, stage.capitalize(), "count", words, counts_people=True)
        for stage, words in zip(
            FUNNEL,
            (
                "Enquiries known to be reached, or further along, within the practice's horizon.",
                "Enquiries known to be qualified, or further along, within the horizon.",
                "Enquiries known to have an appointment, or further along, within the horizon.",
                "Enquiries known to have come to an appointment, within the horizon and 30 days.",
                "Enquiries known to be treated, within the horizon and 60 days.",
            ),
            strict=True,
        )
    ),
)
_FINAL = tuple(
    Column(
        f"{stage}_final",
        f"{stage.capitalize()}, in the end",
        "count",
        f"What is known so far, and what the open enquiries are expected to bring: by how long it took older ones "
        f"to be {stage}. The interval holds the final count in 90 of 100 cases.",
        counts_people=True,
        rests_on=("enquiries", stage),
    )
    for stage in _FORECAST
)
_RATES = tuple(
    Column(
        f"{stage}_rate",
        _RATE_WORDS[stage],
        "share",
        f"Share of enquiries that are {stage} in the end, in the long run; the interval counts in that months differ "
        "by more than chance, and the open enquiries.",
        rests_on=("enquiries", stage),
    )
    for stage in _FORECAST
)
_TIMES = (
    Column(
        "days_to_booked",
        "Days to booking",
        "days",
        "Median days from the enquiry to the appointment being made.",
        rests_on=("booked",),
    ),
)


def tabulate_funnel(
    columns: LeadColumns,
    ripening: dict[str, StageRipening],
    dimension: str,
    rng: np.random.Generator,
    total: Sequence[Cell],
    months: int = DEFAULT_MONTHS,
) -> FigureTable:
    """Tabulate the funnel of the last months by one dimension.

    Parameters
    ----------
    total : sequence of cells
        The line of all leads, from ``total_funnel``: the same in every table.
    """
    body = _tabulate(columns, ripening, columns.categories[dimension], months, rng)
    body = sorted((line for line in body if line[1]), key=lambda line: (-line[1], str(line[0])))
    names = Column(dimension, dimension.capitalize(), "text", f"The {dimension} of the enquiry, as it was sent to us.")
    notes = [f"Enquiries of the last {months} months, the current one included."]
    if any(ripening[stage].curve is None for stage in _FORECAST):
        notes.append("Too few outcomes of older enquiries: what open ones will bring cannot be said yet.")
    return FigureTable(
        f"funnel_by_{dimension}",
        f"Funnel by {dimension}",
        (names, *_COUNTS, *_FINAL, *_RATES, *_TIMES),
        take_columns([total, *body]),
        tuple(notes),
        has_total=True,
    )


def total_funnel(
    columns: LeadColumns, ripening: dict[str, StageRipening], rng: np.random.Generator, months: int = DEFAULT_MONTHS
) -> tuple[Cell, ...]:
    """Return the line of all leads of the last months."""
    everything = Categories(np.zeros(len(columns), np.int64), (ALL_LEADS,))
    return take_columns(_tabulate(columns, ripening, everything, months, rng))[0]


def forecast_months(
    columns: LeadColumns, ripening: dict[str, StageRipening], rng: np.random.Generator
) -> dict[str, MonthForecast]:
    """Predict the final count of every month over all leads: stage -> month -> estimate and draws."""
    forecasts = {}
    for stage in _FORECAST:
        cohorts = count_cohorts(columns, ripening[stage], np.zeros(len(columns), np.int64))
        forecast = forecast_groups(cohorts, ripening[stage], 1, rng)
        pairs = zip(forecast.monthly_estimates, forecast.cell_draws, strict=True)
        forecasts[stage] = dict(zip(cohorts.month.tolist(), pairs, strict=True))
    return forecasts


def tabulate_by_month(
    columns: LeadColumns,
    forecasts: dict[str, MonthForecast],
    counted: int = DEFAULT_MONTHS,
    months: int = 2 * DEFAULT_MONTHS,
) -> FigureTable:
    """Tabulate the funnel by month of enquiry, the newest first.

    Parameters
    ----------
    counted : int
        Months that the other tables count, the current one included: their line of all leads tells what they add up to.
    months : int
        Months shown.
    """
    lines: list[tuple[Any, ...]] = []
    shown = np.unique(columns.month)[::-1][:months].tolist()
    for month in shown:
        rows = np.flatnonzero(columns.month == month)
        counts = [len(rows), *(int(columns.has(stage)[rows].sum()) for stage in FUNNEL)]
        final, rates = [], []
        for stage in _FORECAST:
            estimate, _ = forecasts[stage][month]
            final.append(estimate)
            rates.append(Estimate(*(number / len(rows) for number in estimate)))
        lines.append((format_month(month), *counts, *final, *rates, _median(columns.stage_days["booked"][rows])))
    in_total = columns.current_month - counted < np.unique(columns.month)
    names = Column("month", "Month of enquiry", "text", "When the enquiry arrived, in the practice's time.")
    rate_columns = tuple(
        Column(
            f"{stage}_rate",
            _RATE_WORDS[stage],
            "share",
            f"{stage.capitalize()} in the end, per enquiry.",
            rests_on=("enquiries", stage),
        )
        for stage in _FORECAST
    )
    return FigureTable(
        "funnel_by_month",
        "Funnel by month of enquiry",
        (names, *_COUNTS, *_FINAL, *rate_columns, *_TIMES),
        take_columns(lines),
        ("A month that is not over yet is shown as what to expect of it, so that it never looks like a fall.",),
        # With months besides that are not shown, the sum tells nothing.
        rows_in_total=int(in_total.sum()) if in_total.sum() <= len(lines) else 0,
    )


def _tabulate(
    columns: LeadColumns,
    ripening: dict[str, StageRipening],
    category: Categories,
    months: int,
    rng: np.random.Generator,
) -> list[tuple[Any, ...]]:
    """Return one line for each name: counts, final counts, rates, median days."""
    rows = select_recent(columns, months)
    # Not the first month with a lead: no lead may have come in these months.
    since = columns.current_month - months + 1
    codes, width = category.codes[rows], len(category.names)
    enquiries = np.bincount(codes, minlength=width)
    counts = [np.bincount(codes[columns.has(stage)[rows]], minlength=width) for stage in FUNNEL]
    final, rates = [], []
    for stage in _FORECAST:
        cohorts = count_cohorts(columns, ripening[stage], category.codes)
        final.append(forecast_groups(cohorts, ripening[stage], width, rng, since).final)
        rates.append(estimate_rates(_keep(cohorts, cohorts.month >= since), width))
    medians = _group_medians(codes, columns.stage_days["booked"][rows], width)
    return [
        (
            name,
            enquiries[i],
            *(count[i] for count in counts),
            *(f[i] for f in final),
            *(r[i] for r in rates),
            medians[i],
        )
        for i, name in enumerate(category.names)
    ]


def _keep(cohorts: Cohorts, kept: np.ndarray) -> Cohorts:
    """Return some cells."""
    return Cohorts(
        cohorts.group[kept],
        cohorts.month[kept],
        cohorts.leads[kept],
        cohorts.known[kept],
        cohorts.exposure[kept],
        cohorts.is_ripe[kept],
        cohorts.open_by_bin[kept],
    )


def _median(values: FloatArray) -> float:
    """Return the median of the values that are known, NaN without any."""
    values = values[~np.isnan(values)]
    return float(np.median(values)) if len(values) else float("nan")


def _group_medians(codes: IntArray, values: FloatArray, width: int) -> FloatArray:
    """Return the median of the known values of each code. Shape (width,)."""
    kept = ~np.isnan(values)
    order = np.lexsort((values[kept], codes[kept]))
    codes, values = codes[kept][order], values[kept][order]
    starts = np.searchsorted(codes, np.arange(width + 1))
    low, high = starts[:-1], starts[1:]
    size = high - low
    medians = np.full(width, np.nan)
    filled = size > 0
    middle = low[filled] + (size[filled] - 1) // 2
    medians[filled] = (values[middle] + values[low[filled] + size[filled] // 2]) / 2
    return medians
