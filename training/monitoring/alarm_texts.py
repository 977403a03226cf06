"""How are monitoring results worded? Each family in one line, each alarm in a sentence.

Lives here: sentences. Does not live here: any figure (``monitor``), where they are shown (``training.cli``,
``html_page``).
"""

import numpy as np

from features.registry import Signal
from training.bundle import Bundle
from training.comparison_digits import format_compared
from training.monitoring.control_limits import ControlPoint
from training.monitoring.feature_drift import ColumnDrift
from training.monitoring.monitor import FAMILIES, MonitoringResult
from training.monitoring.reference_profile import MonthlyCounts, format_day
from training.monitoring.source_changes import SourceChange
from training.report.feature_importance import format_signal_name

__all__ = ["describe_alarms", "describe_drift", "describe_families", "rank_drifts", "family_verdict"]


def family_verdict(result: MonitoringResult, family: str) -> str:
    """Return ``alarm``, ``no drift`` or ``not applicable``."""
    if family in result.alarms:
        return "alarm"
    return "not applicable" if family in result.why_not else "no drift"


def describe_families(result: MonitoringResult, bundle: Bundle) -> dict[str, str]:
    """Return family -> one line: what was compared, and the result."""
    describe = {
        "inputs": _describe_inputs,
        "scores": _describe_scores,
        "outcomes": _describe_outcomes,
        "calibration": _describe_calibration,
    }
    return {
        family: f"{_capitalize(result.why_not[family])}."
        if family in result.why_not and family not in result.alarms
        else describe[family](result, bundle)
        for family in FAMILIES
    }


def describe_alarms(result: MonitoringResult, bundle: Bundle) -> list[str]:
    """Return every alarm as a sentence, the strongest signals first."""
    sentences = [describe_source_change(change, result, bundle) for change in result.sources]
    sentences += [f"{_capitalize(share.describe())}." for share in result.unsent if share.alarm]
    sentences += [
        describe_drift(signal, drift, result.reference.signals, column)
        for column, signal, drift in rank_drifts(result, bundle)
        if drift.alarm
    ]
    if result.score is not None and result.score.alarm:
        sentences.append(describe_drift(None, result.score, result.reference.score, 0))
    lines = describe_families(result, bundle)
    return sentences + [
        f"{family.capitalize()}: {lines[family]}" for family in ("outcomes", "calibration") if family in result.alarms
    ]


def rank_drifts(result: MonitoringResult, bundle: Bundle) -> list[tuple[int, Signal, ColumnDrift]]:
    """Return (column, signal, drift): alarms first, then by how close each came to its limit."""
    if not result.inputs:
        return []
    pairs = zip(bundle.signals, result.inputs, strict=True)
    drifts = [(column, signal, drift) for column, (signal, drift) in enumerate(pairs)]
    return sorted(drifts, key=lambda row: (not row[2].alarm, -row[2].beyond / row[2].limit, row[1].name))


def describe_drift(signal: Signal | None, drift: ColumnDrift, reference: MonthlyCounts, column: int) -> str:
    """Describe the drift of one signal (None: the score) in a sentence.

    ``Channel: 31% of leads are "chat", 12% in training; index 0.31, limit 0.10.``
    """
    name = "The score" if signal is None else format_signal_name(signal)
    new, old = (
        f"{100 * share:.0f}%" if share >= 0.0995 or not share else f"{100 * share:.1f}%" for share in drift.shares
    )
    cell = (
        _describe_score_cell(reference, drift.strongest)
        if signal is None
        else reference.bins.describe_cell(column, drift.strongest, signal)
    )
    return f"{_capitalize(name)}: {new} of leads are {cell}, {old} in training; {_compare_index(drift)}."


def _compare_index(drift: ColumnDrift) -> str:
    """Format the index beside its limit."""
    index, limit = format_compared(drift.index, drift.limit + drift.chance, digits=2)
    return f"index {index}, limit {limit}"


def describe_source_change(change: SourceChange, result: MonitoringResult, bundle: Bundle) -> str:
    """Describe a source that fell or rose in a sentence.

    ``Channel "web_form" fell: 18 of 100 of the newest leads, usually 36 (110 leads).``
    """
    signal = bundle.signals[change.column]
    cell = result.reference.signals.bins.describe_cell(change.column, change.cell, signal)
    verb = "fell" if change.share < change.usual else "rose"
    return (
        f"{_capitalize(format_signal_name(signal))} {cell} {verb}: {100 * change.share:.0f} of 100 of the newest "
        f"leads, usually {100 * change.usual:.0f} ({change.leads:,} leads)."
    )


def _count(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> _count(1, "source"), _count(2, "source")
    ('1 source', '2 sources')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _capitalize(text: str) -> str:
    """Return the text with its first letter in upper case, the rest unchanged."""
    return f"{text[0].upper()}{text[1:]}"


def _describe_score_cell(reference: MonthlyCounts, cell: int) -> str:
    """Describe a cell of the score as a range of probabilities."""
    edges = reference.bins.edges[0][~np.isnan(reference.bins.edges[0])]
    fine = np.flatnonzero(reference.bins.cell[0, :-1] == cell)
    low, high = (
        # The edges are log-odds; beyond the first and the last one the range goes to 0 and to 100%.
        100 / (1 + np.exp(-edges[position])) if 0 <= position < len(edges) else end
        for position, end in ((fine[0] - 1, 0.0), (fine[-1], 100.0))
    )
    return f"scored {low:.0f} to {high:.0f}%"


def _describe_inputs(result: MonitoringResult, bundle: Bundle) -> str:
    """Describe the family of signals."""
    alarms, scope = sum(drift.alarm for drift in result.inputs), ""
    if result.inputs:
        days = f"{format_day(result.since)} to {format_day(result.until)}"
        scope = f"{result.leads:,} leads, {days}, {len(result.inputs)} signals"
    unsent = sum(share.alarm for share in result.unsent)
    changes = [
        *([f"{_count(len(result.sources), 'source')} changed within the week"] if result.sources else []),
        *([f"{_count(unsent, 'strong input')} no longer sent"] if unsent else []),
    ]
    if changes:
        changed = ", ".join(changes)
        return f"{scope}: {changed}, {alarms} drifted." if result.inputs else f"{_capitalize(changed)}."
    if alarms:
        return f"{scope}: {alarms} drifted."
    _, signal, drift = rank_drifts(result, bundle)[0]
    closest = f"{format_signal_name(signal)}, {_compare_index(drift)}"
    return f"{scope}: none drifted (closest: {closest})."


def _describe_scores(result: MonitoringResult, bundle: Bundle) -> str:
    """Describe the family of scores."""
    drift = result.score
    return f"{_compare_index(drift)}; corrected p {drift.p:.2g}."


def _describe_outcomes(result: MonitoringResult, bundle: Bundle) -> str:
    """Describe the family of outcomes."""
    point = result.outcomes
    rate, expected, low, high = (
        100 / (1 + np.exp(-log_odds)) for log_odds in (point.observed, point.expected, point.low, point.high)
    )
    return (
        f"{_describe_ripe_leads(result)}: {rate:.1f}% {bundle.label}; expected {expected:.1f}%, "
        f"{low:.1f} to {high:.1f}% in 95% of such months."
    )


def _describe_calibration(result: MonitoringResult, bundle: Bundle) -> str:
    """Describe the family of calibration."""
    slope = _format_control_point(result.slope, sign=False)
    return (
        f"{_describe_ripe_leads(result)}: scores were off by {_format_control_point(result.shift)} in log-odds, "
        f"and their slope should be {slope} times what it is."
    )


def _describe_ripe_leads(result: MonitoringResult) -> str:
    """Say which leads the outcomes and the calibration are about."""
    return f"{result.ripe_leads:,} leads, {format_day(result.ripe_since)} to {format_day(result.ripe_until)}"


def _format_control_point(point: ControlPoint, sign: bool = True) -> str:
    """Format a figure and the interval that is usual for it."""
    shape = "+.2f" if sign else ".2f"
    if not np.isfinite(point.observed):
        return "an unknown amount (too few leads of either outcome)"
    usual = f" (usual: {point.low:{shape}} to {point.high:{shape}})" if np.isfinite(point.low) else ""
    return f"{point.observed:{shape}}{usual}"
