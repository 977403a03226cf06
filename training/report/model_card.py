"""What should a person read before using this model? One page: how good it is, on what data, for whom, and its limits.

Lives here: laying out a run's figures as one self-contained HTML page (``model_card.html`` is its template).
Does not live here: any figure (``training.evaluation``), the plots (``training.plots``).

The page loads nothing: style and images are in it. The same run gives the same bytes. Everything in it is escaped, and
no value of a column that fewer than ``slice_metrics.MIN_LEADS_PER_SLICE`` leads have is shown."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from features.explain.signal_table import POLICY
from features.registry import FAMILIES
from features.tables.tables import Tables
from training.bundle import Bundle
from training.check_finding import Finding
from training.comparison_digits import format_compared
from training.evaluation.contact_propensity import describe_contact
from training.evaluation.metrics import METRICS
from training.evaluation.readiness import BORDERLINE, READY, USE_THE_RULES

__all__ = ["ReportContent", "create_template_environment", "describe_data", "render_report", "write_report"]

_VERDICTS = {READY: "Ready", BORDERLINE: "Borderline", USE_THE_RULES: "Use the rules"}
_CAPTIONS = {
    "reliability": "Each point is a group of leads: predicted, and observed. Points on the dashed line are right.",
    "gains": "Calling the leads from the left, what share of the bookings has been found? The higher the line, the "
    "better the order.",
    "lift_by_capacity": "Of all bookings, the share among the first calls, for each order.",
    "shap_summary": "Each dot is a lead. To the right, the signal raised its score; red: its value was high; gray: "
    "unknown, or a category.",
}
_ORDERS = {"Newest first": "newest first", "Rules score": "the rules"}


@dataclass(frozen=True)
class ReportContent:
    """What the page of a run shows beside its bundle.

    Parameters
    ----------
    findings : sequence of Finding
    signals : sequence of dict, of ``feature_importance.summarize_signals``
    images : dict, name of a plot -> PNG
    data : sequence of str
        What was read and decided on the way, a sentence each, without a value of any lead; see ``describe_data``.
    blocking : sequence of str
        Codes of the checks that block a promotion.
    """

    findings: Sequence[Finding]
    signals: Sequence[Mapping[str, Any]]
    images: Mapping[str, bytes]
    data: Sequence[str]
    blocking: Sequence[str] = ()


def write_report(bundle: Bundle, content: ReportContent, path: Path) -> Path:
    """Write the page of one run to ``path``; return it."""
    about = {
        "name": bundle.name,
        "created_at": bundle.created_at,
        "label": bundle.label,
        "horizon_days": bundle.horizon_days,
        "dated": bundle.dated,
        "practice": bundle.practice.name,
        "timezone": bundle.practice.timezone,
        "base_rate": bundle.base_rate,
        "sha256": bundle.sha256,
        "fingerprint": bundle.fingerprint,
        "grades": vars(bundle.grades),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_report(bundle.figures, about, content), encoding="utf-8")
    return path


def describe_data(tables: Tables) -> list[str]:
    """Say what was read, what was wrong with it and what was decided, a sentence each; without a value of any lead."""
    counts = [
        f"{name}: {rows:,} rows read, {len(getattr(tables, name)):,} kept" for name, rows in tables.rows_read.items()
    ]
    faults = []
    for fault in tables.faults:
        column = f".{fault.column}" if fault.column else ""
        action = "rejected" if fault.rejects else "treated as missing"
        faults.append(f"{fault.table}{column}: {fault.rows:,} rows {action}: {fault.problem}")
    return [*counts, *faults, *tables.notes]


def render_report(figures: Mapping[str, Any], about: Mapping[str, Any], content: ReportContent) -> str:
    """Return the page as text.

    Parameters
    ----------
    figures : dict, a bundle's figures
    about : dict, a bundle's own description; see ``write_report``
    """
    template = create_template_environment().get_template("report/model_card.html")
    return template.render(
        figures=figures,
        about=about,
        findings=content.findings,
        blocking=content.blocking,
        signals=content.signals,
        data=content.data,
        metrics=METRICS,
        families=_rank_families(content.signals),
        policy=POLICY,
        verdict_word=_VERDICTS[figures["verdict"]["verdict"]],
        images={name: base64.b64encode(image).decode() for name, image in content.images.items()},
        captions=_CAPTIONS,
        contact=describe_contact(figures["contact"]),
        headline=_write_headline(figures),
    )


def _rank_families(signals: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the families by how much their signals move scores together."""
    families: dict[str, dict[str, Any]] = {}
    for signal in signals:
        name = signal["family"]
        family = families.setdefault(name, {"name": name, "question": FAMILIES[name], "signals": 0, "moves": 0.0})
        family["signals"] += 1
        family["moves"] += signal["moves"]
    return sorted(families.values(), key=lambda family: (-family["moves"], family["name"]))


def _write_headline(figures: Mapping[str, Any]) -> str:
    """Say the value at the desk in one sentence: the capacity nearest to a fifth of the leads; empty without dates."""
    value = figures["value"]
    if value is None:
        return ""
    row = min(
        (row for row in value["rows"] if row["kind"] == "calls"),
        # A desk that calls everybody needs no order, and one that calls only a few leads shows mostly chance.
        key=lambda row: abs(row["capacity"] - 0.2 * value["leads_per_group"]),
    )
    others = [f"{_ORDERS[name]} {_percent(share[0])}" for name, share in row["found"].items() if name in _ORDERS]
    calls, verb = (f"The first {row['capacity']} calls", "hold") if row["capacity"] > 1 else ("The first call", "holds")
    sentence = f"{calls} of the {value['unit']} {verb} {_percent(row['found']['Leadlight'][0])} of the bookings"
    return f"{sentence}; {', '.join(others)}." if others else f"{sentence}."


def create_template_environment() -> Environment:
    """Create the environment of the templates beside this file: everything escaped, an unknown name is an error."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parents[1]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["compare"] = format_compared
    environment.filters |= {
        "percent": _percent,
        "interval": _format_interval,
        "signed": _format_difference,
        "spoken": lambda text: str(text).replace("_", " "),
    }
    return environment


def _percent(share: float | None) -> str:
    """Return a share as people read it.

    >>> _percent(0.613), _percent(0.004), _percent(None)
    ('61%', '0.4%', '-')
    """
    if share is None:
        return "-"
    return f"{100 * share:.1f}%" if 0 < abs(share) < 0.0995 else f"{100 * share:.0f}%"


def _format_interval(ends: Sequence[float | None] | None, percent: bool = False) -> str:
    """Return a figure with its interval.

    >>> _format_interval([0.7, 0.65, 0.75]), _format_interval([0.61, 0.5, None], percent=True)
    ('0.700 [0.650, 0.750]', '61% [50%, -]')
    >>> _format_interval([0.012, -0.0003, 0.03])
    '0.012 [-0.0003, 0.030]'
    """
    if ends is None or ends[0] is None:
        return "-"
    if percent:
        value, low, high = (_percent(end) for end in ends)
    else:
        value, low, high = ("-" if end is None else format_compared(end, 0.0)[0] for end in ends)
    return f"{value} [{low}, {high}]"


def _format_difference(ends: Sequence[float | None] | None) -> str:
    """Return a difference in points of 100, with its interval.

    >>> _format_difference([0.1, -0.02, 0.2])
    '+10.0 [-2.0, +20.0]'
    """
    if ends is None or ends[0] is None:
        return "-"
    value, low, high = ("-" if end is None else f"{100 * end:+.1f}" for end in ends)
    return f"{value} [{low}, {high}]"
