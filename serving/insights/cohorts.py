"""How many leads of a month reach a stage in the end? Cohorts by month and group, and what their open leads will bring.

Lives here: how each stage becomes known, counting cohorts, final counts and rates of groups.
Does not live here: the statistics of one cohort (``open_lead_outlook``, ``estimates``), tables of them (``funnel``).
"""

from dataclasses import dataclass, fields

import numpy as np

from features.array_types import FloatArray, IntArray
from serving.insights.columns.lead_columns import FUNNEL, LeadColumns
from serving.insights.estimates import (
    Estimate,
    Unknown,
    cannot_tell,
    draw_correlations,
    estimate_correlation,
    estimate_rate,
    summarize_counts,
)
from serving.insights.open_lead_outlook import (
    DRAWS,
    MIN_OUTCOMES,
    CohortPrior,
    DelayCurve,
    OpenLeads,
    build_delay_curve,
    build_flat_curve,
    predict_final,
)

__all__ = [
    "Cohorts",
    "GroupForecast",
    "StageRipening",
    "build_ripening",
    "count_cohorts",
    "estimate_rates",
    "find_ripe_days",
    "forecast_groups",
]

MAX_RECORDING_DAYS = 14.0
"""A lead is ripe once its window is over and what happened in it is recorded; no later than this many days after."""

_SPREAD_OF_GROUPS = 0.02


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
    outcomes : int
        Outcomes of ripe leads.
    """

    stage: str
    ripe_days: float
    curve: DelayCurve | None
    outcomes: int = 0

    def explain_unknown(self) -> Unknown:
        """Return what is said of open leads without a curve."""
        requirement = (
            f"it takes {MIN_OUTCOMES} inquiries that were {self.stage} and came in {self.ripe_days:.0f} days ago or "
            "earlier"
        )
        return cannot_tell(f"{requirement}; {MIN_OUTCOMES - self.outcomes} more are needed", requirement)


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

    def select(self, cells: np.ndarray) -> "Cohorts":
        """Return some cells, by a bool array of shape (cells,)."""
        return Cohorts(*(getattr(self, column.name)[cells] for column in fields(self)))


def build_ripening(columns: LeadColumns, rng: np.random.Generator) -> dict[str, StageRipening]:
    """Build for each stage how its outcomes become known, from the leads old enough to have all of theirs."""
    ripening = {}
    for stage in FUNNEL:
        ripe_days = find_ripe_days(columns, stage)
        ripe = columns.is_ripe(ripe_days) & columns.has(stage)
        curve = (
            build_delay_curve(columns.known_days[stage][ripe], ripe_days, rng)
            if columns.label_decided is None
            else build_flat_curve(int(ripe.sum()))
        )
        ripening[stage] = StageRipening(stage, ripe_days, curve, int(ripe.sum()))
    return ripening


def find_ripe_days(columns: LeadColumns, stage: str) -> float:
    """Find the age from which all of a stage is known: its window is over, and what happened in it is recorded."""
    recording = (columns.known_days[stage] - columns.stage_days[stage])[columns.has(stage)]
    lag = min(float(np.quantile(recording, 0.99)), MAX_RECORDING_DAYS) if len(recording) else 0.0
    return float(np.ceil(columns.final_days[stage] + max(lag, 0.0)))


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
    ripe = columns.is_ripe(ripening.ripe_days)[rows]
    share, open_by_bin = np.ones(len(rows)), np.zeros((count, 0))
    if ripening.curve is not None:
        # How old a lead is tells nothing of a label that is not known yet.
        age = age if columns.label_decided is None else np.zeros(len(age))
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
    unknown = ripening.explain_unknown()
    estimates: list[Estimate] = [unknown] * len(cohorts.group)
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
        estimates[cell], cell_draws[cell] = estimate if estimate.is_known else unknown, draws
        previous = totals[group]
        totals[group] = draws if previous is None else previous + draws
    final = [
        _sum_estimates(
            [estimates[cell] for cell in np.flatnonzero((cohorts.group == group) & (cohorts.month >= since))],
            totals[group],
            unknown,
            rng,
        )
        for group in range(groups)
    ]
    width = max((len(total) for total in totals if total is not None), default=1)
    stacked = np.array([np.zeros(width) if total is None else total for total in totals]).reshape(groups, width)
    return GroupForecast(final, stacked, np.array([estimate.value for estimate in estimates]), estimates, cell_draws)


def _sum_estimates(
    months: list[Estimate], draws: FloatArray | None, unknown: Unknown, rng: np.random.Generator
) -> Estimate:
    """Return the final count of a group: the sum of its months."""
    if draws is None:
        return Estimate(0.0, 0.0, 0.0)
    if not np.isfinite(draws).all():
        return unknown
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
