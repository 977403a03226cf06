"""How far do inquiries get? Inquiry, reached, qualified, booked, attended, treated, by month and by whatever tells
leads apart; months that are not over yet as expected.

Lives here: the tables of counts, final counts, rates and median times.
Does not live here: cohorts and what becomes of them (``cohorts``), money (``money``).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from features.array_types import FloatArray, IntArray
from serving.insights.cohorts import StageRipening, count_cohorts, estimate_rates, forecast_groups
from serving.insights.columns.attribute_names import name_dimension
from serving.insights.columns.categories import ALL_LEADS, Categories
from serving.insights.columns.lead_columns import FUNNEL, LeadColumns, format_month
from serving.insights.estimates import Estimate, cannot_tell
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns
from serving.insights.open_lead_outlook import MIN_OUTCOMES
from serving.insights.report_sections import DEFAULT_MONTHS

__all__ = ["MonthForecast", "forecast_months", "select_recent", "tabulate_by_month", "tabulate_funnel", "total_funnel"]

_FORECAST = ("booked", "treated")
_RATE_WORDS = {"booked": "Booking rate", "treated": "Treatment rate"}


def select_recent(columns: LeadColumns, months: int) -> IntArray:
    """Return the leads of the last months, the current one included."""
    return np.flatnonzero(columns.month > columns.current_month - months)


MonthForecast = dict[int, tuple[Estimate, FloatArray]]
"""Month -> final count, and draws of it."""

_COUNTS = (
    Column("inquiries", "Inquiries", "count", "Inquiries that arrived.", counts_people=True),
    *(
        Column(stage, stage.capitalize(), "count", words, counts_people=True)
        for stage, words in zip(
            FUNNEL,
            (
                "Inquiries known to be reached, or further along, within the practice's horizon.",
                "Inquiries known to be qualified, or further along, within the horizon.",
                "Inquiries known to have an appointment, or further along, within the horizon.",
                "Inquiries known to have come to an appointment, within the horizon and 30 days.",
                "Inquiries known to be treated, within the horizon and 60 days.",
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
        f"What is known so far, and what the open inquiries are expected to bring: by how long it took older ones "
        f"to be {stage}. The interval holds the final count in 90 of 100 cases.",
        counts_people=True,
        rests_on=("inquiries", stage),
    )
    for stage in _FORECAST
)
_RATES = tuple(
    Column(
        f"{stage}_rate",
        _RATE_WORDS[stage],
        "share",
        f"Share of inquiries that are {stage} in the end, in the long run; the interval counts in that months differ "
        "by more than chance, and the open inquiries.",
        rests_on=("inquiries", stage),
    )
    for stage in _FORECAST
)
_TIMES = (
    Column(
        "days_to_booked",
        "Days to booking",
        "days",
        "Median days from the inquiry to the appointment being made.",
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
    words = name_dimension(dimension)
    names = Column(dimension, words.capitalize(), "text", f"The {words} of the inquiry, as it was sent to us.")
    notes = [f"Inquiries of the last {months} months, the current one included."]
    if any(ripening[stage].curve is None for stage in _FORECAST):
        notes.append(
            f"What open inquiries will bring cannot be said before {MIN_OUTCOMES} older ones are known to have."
        )
    return FigureTable(
        f"funnel_by_{dimension}",
        f"Funnel by {words}",
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
    """Tabulate the funnel by month of inquiry, the newest first.

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
        counts = [
            len(rows),
            *(int(columns.has(stage)[rows].sum()) if stage in columns.recorded_stages else None for stage in FUNNEL),
        ]
        final, rates = [], []
        for stage in _FORECAST:
            estimate = forecasts[stage][month][0] if stage in columns.recorded_stages else _never_recorded(stage)
            final.append(estimate)
            rates.append(estimate.scale(1 / len(rows)))
        lines.append((format_month(month), *counts, *final, *rates, _find_usual_days(columns, rows)))
    in_total = columns.current_month - counted < np.unique(columns.month)
    names = Column("month", "Month of inquiry", "text", "When the inquiry arrived, in the practice's time.")
    rate_columns = tuple(
        Column(
            f"{stage}_rate",
            _RATE_WORDS[stage],
            "share",
            f"{stage.capitalize()} in the end, per inquiry.",
            rests_on=("inquiries", stage),
        )
        for stage in _FORECAST
    )
    return FigureTable(
        "funnel_by_month",
        "Funnel by month of inquiry",
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
    inquiries = np.bincount(codes, minlength=width)
    counts = [
        np.bincount(codes[columns.has(stage)[rows]], minlength=width)
        if stage in columns.recorded_stages
        else np.full(width, None)
        for stage in FUNNEL
    ]
    final, rates = [], []
    for stage in _FORECAST:
        if stage not in columns.recorded_stages:
            final.append([_never_recorded(stage)] * width)
            rates.append([_never_recorded(stage)] * width)
            continue
        cohorts = count_cohorts(columns, ripening[stage], category.codes)
        final.append(forecast_groups(cohorts, ripening[stage], width, rng, since).final)
        rates.append(estimate_rates(cohorts.select(cohorts.month >= since), width))
    days = columns.stage_days["booked"][rows]
    medians = _group_medians(codes, days, width) if columns.label_decided is None else np.full(width, np.nan)
    return [
        (
            name,
            inquiries[i],
            *(count[i] for count in counts),
            *(f[i] for f in final),
            *(r[i] for r in rates),
            medians[i],
        )
        for i, name in enumerate(category.names)
    ]


def _never_recorded(stage: str) -> Estimate:
    """Return what is said of a stage that the data records for nobody: not that there was none."""
    return cannot_tell(f"no outcome says that anybody was {stage}")


def _find_usual_days(columns: LeadColumns, rows: IntArray) -> float:
    """Return the median days to the booking of those who booked; NaN without any, or where nothing tells when."""
    return _median(columns.stage_days["booked"][rows]) if columns.label_decided is None else float("nan")


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
