"""What does a person see of the monitoring results? One page: verdict, alarms, families, signals, months.

Lives here: its layout (``html_page.html`` is the template; its style is the report's).
Does not live here: sentences (``alarm_texts``), plots (``training.plots``).
"""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from features.registry import Signal
from training.bundle import Bundle
from training.monitoring.alarm_texts import (
    describe_alarms,
    describe_drift,
    describe_families,
    family_verdict,
    rank_drifts,
)
from training.monitoring.control_limits import wilson_interval
from training.monitoring.estimated_performance import MEASURES
from training.monitoring.feature_drift import ColumnDrift
from training.monitoring.monitor import FAMILIES, MonitoringResult
from training.monitoring.reference_profile import GRADES, Month, format_day
from training.report.feature_importance import format_signal_name
from training.report.model_card import create_template_environment

__all__ = ["render_page", "write_page"]

_CAPTIONS = {
    "signals": "How close each signal is to its own limit. The limit is wide for what moves by itself.",
    "score": "Leads in each tenth of the training scores. Training scores come from models that had not seen the lead.",
    "grades": "Conversion rate by grade at arrival, with 95% intervals (Wilson). The lines should stay apart and flat.",
    "expected": "Metrics expected from the probabilities before outcomes were known, and realized ones.",
}
_UNCHANGED = "as in training"


def write_page(result: MonitoringResult, bundle: Bundle, version: str, images: Mapping[str, bytes], path: Path) -> Path:
    """Write the page to ``path``; return the path.

    Parameters
    ----------
    images : dict
        Name -> PNG, of ``training.plots``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_page(result, bundle, version, images), encoding="utf-8")
    return path


def render_page(result: MonitoringResult, bundle: Bundle, version: str, images: Mapping[str, bytes]) -> str:
    """Render the page as text; the same result gives the same bytes."""
    lines = describe_families(result, bundle)
    return (
        create_template_environment()
        .get_template("monitoring/html_page.html")
        .render(
            name=bundle.name,
            version=version,
            practice=bundle.practice.name,
            label=bundle.label,
            horizon=bundle.horizon_days,
            until=None if result.until is None else format_day(result.until),
            learned_until=None if result.reference is None else format_day(result.reference.until),
            alarms=describe_alarms(result, bundle),
            raised=result.alarms,
            compared=len(FAMILIES) - len(result.why_not),
            families=[
                {"name": family, "verdict": family_verdict(result, family), "sentence": lines[family]}
                for family in FAMILIES
            ],
            signals=[_signal_row(result, *row) for row in rank_drifts(result, bundle)],
            unsent=[{"name": share.describe(), "alarm": share.alarm} for share in result.unsent],
            months=_month_rows(result),
            measures=MEASURES,
            grades=GRADES,
            images={name: base64.b64encode(image).decode() for name, image in images.items()},
            captions=_CAPTIONS,
        )
    )


def _signal_row(result: MonitoringResult, column: int, signal: Signal, drift: ColumnDrift) -> dict[str, Any]:
    """Return one row of the table of signals."""
    sentence = describe_drift(signal, drift, result.reference.signals, column)
    # Of "Channel: 31% of leads are ..., 12% in training; index 0.31, ..." the middle: the rest has its own columns.
    change = sentence.partition(": ")[2].rpartition("; index")[0]
    return {
        "name": format_signal_name(signal),
        "family": signal.family,
        "index": drift.index,
        "limit": drift.limit + drift.chance,
        "p": drift.p,
        "alarm": drift.alarm,
        "change": change if drift.alarm or drift.p < 0.05 else _UNCHANGED,
    }


def _month_rows(result: MonitoringResult) -> list[dict[str, Any]]:
    """Return training's months and those since, the newest first."""
    training_months = () if result.reference is None else result.reference.months
    past = [
        {
            "since": f"{len(training_months) - position} before",
            "leads": int(month.leads),
            "expected": {name: [value, None, None] for name, value in month.estimated.items()},
            **_ripe_columns(month),
        }
        for position, month in enumerate(training_months)
    ]
    new = [
        {
            "since": f"{format_day(month.start)} to {format_day(month.end)}",
            "leads": month.leads,
            "expected": {
                name: [estimate.value, estimate.low, estimate.high] for name, estimate in month.expected.items()
            },
            **_ripe_columns(month.ripe),
        }
        for month in result.months
    ]
    return [*new[::-1], *past[::-1]]


def _ripe_columns(month: Month | None) -> dict[str, Any]:
    """Return the outcomes of a month's leads, as far as they are known."""
    if month is None:
        return {"ripe": 0, "rate": None, "realized": {}, "error": {}, "grades": {}}
    counts = [*month.grades.tolist(), (month.leads, month.converted)]
    low, high = wilson_interval(
        np.append(month.grades[:, 1], month.converted), np.append(month.grades[:, 0], month.leads)
    )
    rates = [
        [converted / leads, float(low[position]), float(high[position])] if leads else None
        for position, (leads, converted) in enumerate(counts)
    ]
    realized = {name: value for name, value in month.realized.items() if np.isfinite(value)}
    return {
        "ripe": int(month.leads),
        "rate": rates[-1],
        "grades": dict(zip(GRADES, rates[:-1], strict=True)),
        "realized": realized,
        "error": {name: month.estimated[name] - value for name, value in realized.items()},
    }
