"""What must be read before this model is used? One page: how good it is, on what data, for whom, and what it must not
be used for.

Lives here: laying a run's figures out as one self-contained HTML page (``report.html`` is its template).
Does not live here: any figure (``judged``, ``held_out``), the plots (``plots``).

The page asks nothing of any machine: style and images stand in it. The same run gives the same bytes. Everything in it
is escaped, and no value of a column that fewer than ``slices.FEWEST_LEADS`` leads have is shown."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from features.explain.signal_table import POLICY
from features.registry import FAMILIES
from features.tables.tables import Tables
from training.bundle import Bundle
from training.evaluation.contact_propensity import describe_contact
from training.evaluation.metrics import METRICS
from training.evaluation.readiness import BORDERLINE, READY, USE_THE_RULES
from training.finding import Finding

__all__ = ["describe_data", "render_report", "create_template_environment", "write_report"]

_WORDS = {READY: "Ready", BORDERLINE: "Borderline", USE_THE_RULES: "Use the rules"}
_CAPTIONS = {
    "reliability": "Each point is a group of leads: what was said, and what happened. Points on the dashed line are right.",
    "gains": "Calling the leads from the left, how many of the bookings have been found? The higher the line, the better the order.",
    "lift_by_capacity": "Of all bookings, the share that stands within the first calls, for each order.",
    "shap_summary": "Each dot is a lead. To the right, the signal raised its score; red: its value was high; grey: unknown, or a category.",
}


def write_report(
    bundle: Bundle,
    findings: Sequence[Finding],
    signals: Sequence[Mapping[str, Any]],
    plots: Sequence[Path],
    data: Sequence[str],
    path: Path,
    stopping: Sequence[str] = (),
) -> Path:
    """Write the page of one run to ``path``; returns it.

    Parameters
    ----------
    stopping : Codes of the checks that stop a promotion.
    signals : Of ``influence.signal_rows``.
    plots : PNG files, named as ``plots.draw`` names them.
    data : What was read and decided on the way, a sentence each, without a value of any lead.
    """
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
    images = {plot.stem: plot.read_bytes() for plot in plots}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_report(bundle.figures, about, findings, signals, images, data, stopping), encoding="utf-8")
    return path


def describe_data(tables: Tables) -> list[str]:
    """What was read, what was wrong with it and what was decided, a sentence each; no value of any lead stands in them."""
    read = [
        f"{name}: {rows:,} rows read, {len(getattr(tables, name)):,} kept" for name, rows in tables.rows_read.items()
    ]
    wrong = [
        f"{fault.table}{f'.{fault.column}' * bool(fault.column)}: {fault.rows:,} rows "
        f"{'rejected' if fault.rejects else 'treated as missing'}: {fault.problem}"
        for fault in tables.faults
    ]
    return [*read, *wrong, *tables.notes]


def render_report(
    figures: Mapping[str, Any],
    about: Mapping[str, Any],
    findings: Sequence[Finding],
    signals: Sequence[Mapping[str, Any]],
    images: Mapping[str, bytes],
    data: Sequence[str],
    stopping: Sequence[str] = (),
) -> str:
    """The page as text.

    Parameters
    ----------
    figures : A bundle's figures.
    about : What a bundle says of itself; see ``write_report``.
    images : Name of a plot -> PNG.
    """
    template = create_template_environment().get_template("report/model_card.html")
    return template.render(
        figures=figures,
        about=about,
        findings=findings,
        stopping=stopping,
        signals=signals,
        data=data,
        metrics=METRICS,
        families=_families(signals),
        policy=POLICY,
        verdict_word=_WORDS[figures["verdict"]["verdict"]],
        images={name: base64.b64encode(image).decode() for name, image in images.items()},
        captions=_CAPTIONS,
        contact=describe_contact(figures["contact"]),
        headline=_headline(figures),
    )


def _families(signals: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Families by how much their signals move scores together."""
    found: dict[str, dict[str, Any]] = {}
    for one in signals:
        family = found.setdefault(
            one["family"], {"name": one["family"], "question": FAMILIES[one["family"]], "signals": 0, "moves": 0.0}
        )
        family["signals"] += 1
        family["moves"] += one["moves"]
    return sorted(found.values(), key=lambda family: (-family["moves"], family["name"]))


def _headline(figures: Mapping[str, Any]) -> str:
    """The value at the desk in one sentence: the capacity nearest to one fifth of the leads; empty without dates."""
    value = figures["value"]
    if value is None:
        return ""
    row = min(
        (row for row in value["rows"] if row["kind"] == "calls"),
        key=lambda row: abs(row["capacity"] - 0.2 * value["leads_per_group"]),
    )
    others = [f"{_WHO[name]} {_percent(found[0])}" for name, found in row["found"].items() if name in _WHO]
    calls = f"The first {row['capacity']} calls" if row["capacity"] > 1 else "The first call"
    hold = "hold" if row["capacity"] > 1 else "holds"
    return f"{calls} of the {value['unit']} {hold} {_percent(row['found']['Leadlight'][0])} of the bookings" + (
        f"; {', '.join(others)}." if others else "."
    )


_WHO = {"Newest first": "newest first", "Rules score": "the rules"}


def create_template_environment() -> Environment:
    """Templates beside this file: everything escaped, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parents[1]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "percent": _percent,
        "interval": _interval,
        "signed": _signed,
        "spoken": lambda text: str(text).replace("_", " "),
    }
    return made


def _percent(share: float | None) -> str:
    """A share as people read it.

    >>> _percent(0.613), _percent(0.004), _percent(None)
    ('61%', '0.4%', '-')
    """
    if share is None:
        return "-"
    return f"{100 * share:.1f}%" if 0 < abs(share) < 0.0995 else f"{100 * share:.0f}%"


def _interval(ends: Sequence[float | None] | None, percent: bool = False) -> str:
    """A figure with its interval.

    >>> _interval([0.7, 0.65, 0.75]), _interval([0.61, 0.5, None], percent=True)
    ('0.700 [0.650, 0.750]', '61% [50%, -]')
    """
    if ends is None or ends[0] is None:
        return "-"
    value, low, high = (_percent(end) if percent else "-" if end is None else f"{end:.3f}" for end in ends)
    return f"{value} [{low}, {high}]"


def _signed(ends: Sequence[float | None] | None) -> str:
    """A difference in points of 100, with its interval.

    >>> _signed([0.1, -0.02, 0.2])
    '+10.0 [-2.0, +20.0]'
    """
    if ends is None or ends[0] is None:
        return "-"
    value, low, high = ("-" if end is None else f"{100 * end:+.1f}" for end in ends)
    return f"{value} [{low}, {high}]"
