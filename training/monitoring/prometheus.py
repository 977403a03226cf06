"""How does a machine read it? The same findings in Prometheus' text format, for node_exporter's textfile collector.

Lives here: names, help, labels. Does not live here: any figure (``watch``). No value of a lead stands in a label:
signals and grades only."""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from training.bundle import Bundle
from training.monitoring.messages import family_verdict
from training.monitoring.monitor import FAMILIES, MonitoringResult
from training.monitoring.reference_profile import GRADES

__all__ = ["render_metrics", "write_metrics"]


def render_metrics(watched: MonitoringResult, bundle: Bundle) -> str:
    """Every figure as text; one that is not known is left out."""
    labels = {"model": bundle.name}
    verdicts = {family: family_verdict(watched, family) for family in FAMILIES}
    until = [] if watched.until is None else [(labels, _seconds(watched.until))]
    lines = [
        *_gauge(
            "alarm",
            "1 when the family raises an alarm.",
            _label_samples(labels, "family", {name: said == "alarm" for name, said in verdicts.items()}),
        ),
        *_gauge(
            "applies",
            "1 when the family could be looked at.",
            _label_samples(labels, "family", {name: said != "not applicable" for name, said in verdicts.items()}),
        ),
        *_gauge(
            "leads",
            "Newest leads looked at.",
            _label_samples(labels, "of", {"arrived": watched.leads, "ripe": watched.ripe_leads}),
        ),
        *_gauge("data_until_seconds", "Arrival of the newest lead, seconds since 1970.", until),
        *_signal_gauges(watched, bundle, labels),
        *_outcome_gauges(watched, labels),
        *_month_gauges(watched, labels),
    ]
    return "\n".join(lines) + "\n"


def write_metrics(watched: MonitoringResult, bundle: Bundle, path: Path) -> Path:
    """Write the text, whole or not at all, as a collector that reads at any moment asks for; returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(render_metrics(watched, bundle), encoding="utf-8")
    os.replace(draft, path)
    return path


def _signal_gauges(watched: MonitoringResult, bundle: Bundle, labels: dict[str, str]) -> Iterable[str]:
    """The index of each signal and of the score, and what it must pass."""
    every = (
        {one.name: drift for one, drift in zip(bundle.signals, watched.inputs, strict=True)} if watched.inputs else {}
    )
    every |= {"the score": watched.score} if watched.score is not None else {}
    index, limit = (
        {name: one.index for name, one in every.items()},
        {name: one.limit + one.chance for name, one in every.items()},
    )
    yield from _gauge(
        "psi",
        "Population stability index of the newest leads against those learned from.",
        _label_samples(labels, "signal", index),
    )
    yield from _gauge("psi_limit", "What the index must pass for an alarm.", _label_samples(labels, "signal", limit))


def _outcome_gauges(watched: MonitoringResult, labels: dict[str, str]) -> Iterable[str]:
    """Outcomes and calibration of the newest ripe month."""
    if watched.outcomes is not None:
        shares = {what: 1 / (1 + np.exp(-getattr(watched.outcomes, what))) for what in ("found", "expected")}
        yield from _gauge(
            "converted_share", "Share of the newest ripe leads that converted.", _label_samples(labels, "what", shares)
        )
        yield from _gauge(
            "calibration_shift", "Log-odds by which scores were too low.", [(labels, watched.shift.found)]
        )
        yield from _gauge(
            "calibration_slope", "What the scores should be multiplied by.", [(labels, watched.slope.found)]
        )


def _month_gauges(watched: MonitoringResult, labels: dict[str, str]) -> Iterable[str]:
    """What is expected of the newest month, how far the last full estimate was off, and the rate of each grade."""
    if not watched.months:
        return
    measures = {name: one.value for name, one in watched.months[-1].expected.items()}
    yield from _gauge(
        "expected",
        "Measure expected of the newest month before its outcomes are known.",
        _label_samples(labels, "measure", measures),
    )
    ripe = [month.ripe for month in watched.months if month.ripe is not None]
    if ripe:
        gap = {name: value - ripe[-1].realized[name] for name, value in ripe[-1].estimated.items()}
        yield from _gauge(
            "expected_error", "Expected less realised, newest month with outcomes.", _label_samples(labels, "measure", gap)
        )
        rates = {
            name: converted / leads for name, (leads, converted) in zip(GRADES, ripe[-1].grades, strict=True) if leads
        }
        yield from _gauge(
            "grade_converted_share",
            "Share that converted of each grade, newest month with outcomes.",
            _label_samples(labels, "grade", rates),
        )


def _label_samples(labels: dict[str, str], name: str, values: dict[str, float]) -> list[tuple[dict[str, str], float]]:
    """One sample for each value, its key as one more label."""
    return [({**labels, name: key}, value) for key, value in values.items()]


def _gauge(name: str, said: str, samples: list[tuple[dict[str, str], float]]) -> list[str]:
    """One gauge with its help; nothing without a sample."""
    known = [(labels, float(value)) for labels, value in samples if np.isfinite(value)]
    if not known:
        return []
    full = f"leadlight_monitor_{name}"
    return [
        f"# HELP {full} {said}",
        f"# TYPE {full} gauge",
        *(f"{full}{{{_format_labels(labels)}}} {value:.10g}" for labels, value in known),
    ]


def _format_labels(labels: dict[str, str]) -> str:
    r"""Labels as the format writes them.

    >>> print(_format_labels({"signal": 'the "best" one'}))
    signal="the \"best\" one"
    """
    escaped = {
        name: value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for name, value in labels.items()
    }
    return ",".join(f'{name}="{value}"' for name, value in escaped.items())


def _seconds(when: np.datetime64) -> int:
    return int(when.astype("datetime64[s]").astype(np.int64))
