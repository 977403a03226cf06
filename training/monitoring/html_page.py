"""What should a person see of it? One self-contained page: the verdict, the alarms, each family, every signal, the
months.

Lives here: laying out (``monitor.html`` is the template; its style is the report's).
Does not live here: sentences (``words``), plots (``training.plots``).
"""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from training.bundle import Bundle
from training.monitoring.control_limits import wilson_interval
from training.monitoring.estimated_performance import MEASURES
from training.monitoring.messages import describe_alarms, describe_drift, describe_families, rank_drifts, family_verdict
from training.monitoring.monitor import FAMILIES, MonitoringResult
from training.monitoring.reference_profile import GRADES, Month, format_day
from training.report.feature_importance import format_signal_name
from training.report.model_card import create_template_environment

__all__ = ["render_page", "write_page"]

_CAPTIONS = {
    "signals": "How near each signal is to its own limit. A limit is wide for what moves by itself.",
    "score": "Leads in each tenth of the scores in training. Those of training come from models that had not seen the lead.",
    "grades": "Share that converted by grade at arrival, with 95% intervals (Wilson). The lines should stay apart and level.",
    "expected": "What the probabilities led one to expect before outcomes came, and what came.",
}
_UNCHANGED = "as training"


def write_page(watched: MonitoringResult, bundle: Bundle, version: str, images: Mapping[str, bytes], path: Path) -> Path:
    """Write the page to ``path``; returns it.

    Parameters
    ----------
    images : Of ``plots.draw_watched``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_page(watched, bundle, version, images), encoding="utf-8")
    return path


def render_page(watched: MonitoringResult, bundle: Bundle, version: str, images: Mapping[str, bytes]) -> str:
    """The page as text; the same findings give the same bytes."""
    lines = describe_families(watched, bundle)
    return (
        create_template_environment()
        .get_template("monitoring/html_page.html")
        .render(
            name=bundle.name,
            version=version,
            practice=bundle.practice.name,
            label=bundle.label,
            horizon=bundle.horizon_days,
            until=None if watched.until is None else format_day(watched.until),
            learned_until=None if watched.reference is None else format_day(watched.reference.until),
            alarms=describe_alarms(watched, bundle),
            raised=watched.alarms,
            looked=len(FAMILIES) - len(watched.why_not),
            families=[
                {"name": family, "verdict": family_verdict(watched, family), "said": lines[family]} for family in FAMILIES
            ],
            signals=[_signal_row(watched, *row) for row in rank_drifts(watched, bundle)],
            months=_month_rows(watched),
            measures=MEASURES,
            grades=GRADES,
            images={name: base64.b64encode(image).decode() for name, image in images.items()},
            captions=_CAPTIONS,
        )
    )


def _signal_row(watched: MonitoringResult, column: int, one: Any, drift: Any) -> dict[str, Any]:
    """One row of the table of signals."""
    said = describe_drift(one, drift, watched.reference.signals, column)
    return {
        "name": format_signal_name(one),
        "family": one.family,
        "index": drift.index,
        "limit": drift.limit + drift.chance,
        "p": drift.p,
        "alarm": drift.alarm,
        "said": said.partition(": ")[2].rpartition("; index")[0] if drift.alarm or drift.p < 0.05 else _UNCHANGED,
    }


def _month_rows(watched: MonitoringResult) -> list[dict[str, Any]]:
    """Training's months and those since, the newest first."""
    learned = () if watched.reference is None else watched.reference.months
    past = [
        {
            "since": f"{len(learned) - at} before",
            "leads": int(one.leads),
            "expected": {name: [value, None, None] for name, value in one.estimated.items()},
            **_ripe_columns(one),
        }
        for at, one in enumerate(learned)
    ]
    new = [
        {
            "since": f"{format_day(one.start)} to {format_day(one.end)}",
            "leads": one.leads,
            "expected": {
                name: [estimate.value, estimate.low, estimate.high] for name, estimate in one.expected.items()
            },
            **_ripe_columns(one.ripe),
        }
        for one in watched.months
    ]
    return [*new[::-1], *past[::-1]]


def _ripe_columns(month: Month | None) -> dict[str, Any]:
    """What became of a month's leads, as far as it is known."""
    if month is None:
        return {"ripe": 0, "rate": None, "realised": {}, "error": {}, "grades": {}}
    low, high = wilson_interval(np.append(month.grades[:, 1], month.converted), np.append(month.grades[:, 0], month.leads))
    shares = [
        (converted / leads if leads else None)
        for leads, converted in [*month.grades.tolist(), (month.leads, month.converted)]
    ]
    rates = [None if share is None else [share, float(low[at]), float(high[at])] for at, share in enumerate(shares)]
    realised = {name: value for name, value in month.realized.items() if np.isfinite(value)}
    return {
        "ripe": int(month.leads),
        "rate": rates[-1],
        "grades": dict(zip(GRADES, rates[:-1], strict=True)),
        "realised": realised,
        "error": {name: month.estimated[name] - value for name, value in realised.items()},
    }
