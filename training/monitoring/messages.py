"""What would one say of it to a person? Each family in one line, each alarm in plain words.

Lives here: sentences. Does not live here: any figure (``watch``), where they are shown (``command``, ``page``).
"""

import numpy as np

from features.registry import Signal
from training.bundle import Bundle
from training.monitoring.control_limits import ControlPoint
from training.monitoring.feature_drift import ColumnDrift
from training.monitoring.monitor import FAMILIES, MonitoringResult
from training.monitoring.reference_profile import MonthlyCounts, format_day
from training.report.feature_importance import format_signal_name

__all__ = ["describe_alarms", "describe_drift", "describe_families", "rank_drifts", "family_verdict"]


def family_verdict(watched: MonitoringResult, family: str) -> str:
    """``alarm``, ``quiet`` or ``not applicable``."""
    return "alarm" if family in watched.alarms else "not applicable" if family in watched.why_not else "quiet"


def describe_families(watched: MonitoringResult, bundle: Bundle) -> dict[str, str]:
    """Family -> one line: what was looked at, and what it showed."""
    said = {"inputs": _describe_inputs, "scores": _describe_scores, "outcomes": _describe_outcomes, "calibration": _describe_calibration}
    why_not = {family: f"{_capitalize(why)}." for family, why in watched.why_not.items()}
    return {family: why_not[family] if family in why_not else said[family](watched, bundle) for family in FAMILIES}


def describe_alarms(watched: MonitoringResult, bundle: Bundle) -> list[str]:
    """Every alarm as a sentence, the strongest signals first."""
    said = [
        describe_drift(one, drift, watched.reference.signals, at)
        for at, one, drift in rank_drifts(watched, bundle)
        if drift.alarm
    ]
    if watched.score is not None and watched.score.alarm:
        said.append(describe_drift(None, watched.score, watched.reference.score, 0))
    lines = describe_families(watched, bundle)
    return said + [
        f"{family.capitalize()}: {lines[family]}" for family in ("outcomes", "calibration") if family in watched.alarms
    ]


def rank_drifts(watched: MonitoringResult, bundle: Bundle) -> list[tuple[int, Signal, ColumnDrift]]:
    """(column, signal, drift): alarms first, then by how near each came to its limit."""
    every = (
        [(at, one, drift) for at, (one, drift) in enumerate(zip(bundle.signals, watched.inputs, strict=True))]
        if watched.inputs
        else []
    )
    return sorted(every, key=lambda row: (not row[2].alarm, -row[2].beyond / row[2].limit, row[1].name))


def describe_drift(one: Signal | None, drift: ColumnDrift, reference: MonthlyCounts, column: int) -> str:
    """One signal (None: the score) as a sentence.

    ``Channel: 31 in 100 leads are "chat", 12 in training; index 0.31, limit 0.10.``
    """
    name = "The score" if one is None else format_signal_name(one)
    now, before = (
        f"{100 * share:.0f}" if share >= 0.0995 or not share else f"{100 * share:.1f}" for share in drift.shares
    )
    said = (
        _describe_score_cell(reference, drift.strongest)
        if one is None
        else reference.bins.describe_cell(column, drift.strongest, one)
    )
    return f"{_capitalize(name)}: {now} in 100 leads are {said}, {before} in training; index {drift.index:.2f}, limit {drift.limit + drift.chance:.2f}."


def _capitalize(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def _describe_score_cell(reference: MonthlyCounts, cell: int) -> str:
    """A cell of the score as a range of probabilities."""
    edges = reference.bins.edges[0][~np.isnan(reference.bins.edges[0])]
    fine = np.flatnonzero(reference.bins.cell[0, :-1] == cell)
    low, high = (
        100 / (1 + np.exp(-edges[at])) if 0 <= at < len(edges) else end
        for at, end in ((fine[0] - 1, 0.0), (fine[-1], 100.0))
    )
    return f"said to convert {low:.0f} to {high:.0f} in 100"


def _describe_inputs(watched: MonitoringResult, bundle: Bundle) -> str:
    moved = sum(one.alarm for one in watched.inputs)
    about = f"{watched.leads:,} leads, {format_day(watched.since)} to {format_day(watched.until)}, {len(watched.inputs)} signals"
    _, one, drift = rank_drifts(watched, bundle)[0]
    if moved:
        return f"{about}: {moved} {'has' if moved == 1 else 'have'} moved beyond what is usual."
    nearest = f"{format_signal_name(one)}, index {drift.index:.2f}, limit {drift.limit + drift.chance:.2f}"
    return f"{about}: none has moved beyond what is usual (nearest to it: {nearest})."


def _describe_scores(watched: MonitoringResult, bundle: Bundle) -> str:
    one = watched.score
    return f"index {one.index:.2f}, limit {one.limit + one.chance:.2f}; corrected p {one.p:.2g}."


def _describe_outcomes(watched: MonitoringResult, bundle: Bundle) -> str:
    found = watched.outcomes
    rate, expected, low, high = (
        100 / (1 + np.exp(-value)) for value in (found.found, found.expected, found.low, found.high)
    )
    about = f"{watched.ripe_leads:,} leads, {format_day(watched.ripe_since)} to {format_day(watched.ripe_until)}"
    return f"{about}: {rate:.1f} in 100 {bundle.label}; expected {expected:.1f}, and {low:.1f} to {high:.1f} in 95 of 100 such months."


def _describe_calibration(watched: MonitoringResult, bundle: Bundle) -> str:
    month = f"{watched.ripe_leads:,} leads, {format_day(watched.ripe_since)} to {format_day(watched.ripe_until)}"
    slope = _format_control_point(watched.slope, sign=False)
    return f"{month}: scores were off by {_format_control_point(watched.shift)} in log-odds, and their slope should be {slope} times what it is."


def _format_control_point(one: ControlPoint, sign: bool = True) -> str:
    """A figure and the interval that is usual for it."""
    shape = "+.2f" if sign else ".2f"
    if not np.isfinite(one.found):
        return "an unknown amount (too few leads of either kind)"
    usual = f" (usual: {one.low:{shape}} to {one.high:{shape}})" if np.isfinite(one.low) else ""
    return f"{one.found:{shape}}{usual}"
