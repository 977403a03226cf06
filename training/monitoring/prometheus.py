"""How does a machine read the monitoring results? As Prometheus text, for node_exporter's textfile collector.

Lives here: metric names, help, labels. Does not live here: any figure (``monitor``).

No value of a lead is in a label: signals and grades only.
"""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from prometheus_client import generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from training.bundle import Bundle
from training.monitoring.alarm_texts import family_verdict
from training.monitoring.feature_drift import ColumnDrift
from training.monitoring.monitor import FAMILIES, MonitoringResult
from training.monitoring.reference_profile import GRADES

__all__ = ["render_metrics", "write_metrics"]


def render_metrics(result: MonitoringResult, bundle: Bundle) -> str:
    """Render every figure as text; a figure that is not known is left out."""
    labels = {"model": bundle.name}
    verdicts = {family: family_verdict(result, family) for family in FAMILIES}
    until: list[tuple[dict[str, str], float]] = [] if result.until is None else [(labels, _seconds(result.until))]
    gauges = [
        *_gauge(
            "alarm",
            "1 when the family raises an alarm.",
            _label_samples(labels, "family", {name: verdict == "alarm" for name, verdict in verdicts.items()}),
        ),
        *_gauge(
            "applies",
            "1 when the family could be compared.",
            _label_samples(labels, "family", {name: verdict != "not applicable" for name, verdict in verdicts.items()}),
        ),
        *_gauge(
            "leads",
            "Newest leads compared.",
            _label_samples(labels, "of", {"arrived": result.leads, "ripe": result.ripe_leads}),
        ),
        *_gauge("data_until_seconds", "Arrival of the newest lead, seconds since 1970.", until),
        *_signal_gauges(result, bundle, labels),
        *_unsent_gauges(result, labels),
        *_outcome_gauges(result, labels),
        *_month_gauges(result, labels),
    ]
    return generate_latest(_Gauges(gauges)).decode("utf-8")


def write_metrics(result: MonitoringResult, bundle: Bundle, path: Path) -> Path:
    """Write the text in one step, so that a collector never reads half a file; return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(render_metrics(result, bundle), encoding="utf-8")
    os.replace(draft, path)
    return path


def _signal_gauges(result: MonitoringResult, bundle: Bundle, labels: dict[str, str]) -> Iterable[Metric]:
    """Yield the index of each signal and of the score, and its limit."""
    drifts: dict[str, ColumnDrift] = {}
    if result.inputs:
        drifts = {signal.name: drift for signal, drift in zip(bundle.signals, result.inputs, strict=True)}
    if result.score is not None:
        drifts["the score"] = result.score
    index = {name: drift.index for name, drift in drifts.items()}
    limit = {name: drift.limit + drift.chance for name, drift in drifts.items()}
    yield from _gauge(
        "psi",
        "Population stability index of the newest leads against those learned from.",
        _label_samples(labels, "signal", index),
    )
    yield from _gauge(
        "psi_limit", "Limit above which the index raises an alarm.", _label_samples(labels, "signal", limit)
    )


def _unsent_gauges(result: MonitoringResult, labels: dict[str, str]) -> Iterable[Metric]:
    """Yield, for each strong input, the largest share of a source's leads in which it was not sent, and its alarm."""
    share: dict[str, float] = {}
    alarm: dict[str, float] = {}
    for unsent in result.unsent:
        share[unsent.column] = max(share.get(unsent.column, 0.0), unsent.share)
        alarm[unsent.column] = max(alarm.get(unsent.column, 0.0), float(unsent.alarm))
    yield from _gauge(
        "unsent_share",
        "Largest share of a source's leads, newest four weeks, in which a strong input was not sent.",
        _label_samples(labels, "input", share),
    )
    yield from _gauge(
        "unsent_alarm",
        "1 when a source no longer sends a strong input.",
        _label_samples(labels, "input", alarm),
    )


def _outcome_gauges(result: MonitoringResult, labels: dict[str, str]) -> Iterable[Metric]:
    """Yield outcomes and calibration of the newest ripe month."""
    if result.outcomes is not None:
        # The label says "found" where the field says "observed": dashboards were built on it.
        log_odds = {"found": result.outcomes.observed, "expected": result.outcomes.expected}
        shares = {name: 1 / (1 + np.exp(-value)) for name, value in log_odds.items()}
        yield from _gauge(
            "converted_share", "Share of the newest ripe leads that converted.", _label_samples(labels, "what", shares)
        )
        yield from _gauge(
            "calibration_shift", "Log-odds by which scores were too low.", [(labels, result.shift.observed)]
        )
        yield from _gauge(
            "calibration_slope", "What the scores should be multiplied by.", [(labels, result.slope.observed)]
        )


def _month_gauges(result: MonitoringResult, labels: dict[str, str]) -> Iterable[Metric]:
    """Yield the metrics expected of the newest month, the error of the last estimate, and the rate of each grade."""
    if not result.months:
        return
    measures = {name: estimate.value for name, estimate in result.months[-1].expected.items()}
    yield from _gauge(
        "expected",
        "Metric expected of the newest month before its outcomes are known.",
        _label_samples(labels, "measure", measures),
    )
    ripe = [month.ripe for month in result.months if month.ripe is not None]
    if ripe:
        gap = {name: value - ripe[-1].realized[name] for name, value in ripe[-1].estimated.items()}
        yield from _gauge(
            "expected_error",
            "Expected minus realized, newest month with outcomes.",
            _label_samples(labels, "measure", gap),
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
    """Return one sample for each value, its key as one more label."""
    return [({**labels, name: key}, value) for key, value in values.items()]


def _gauge(name: str, help_text: str, samples: list[tuple[dict[str, str], float]]) -> list[Metric]:
    """Return one gauge with its help; nothing without a sample."""
    finite = [(labels, float(value)) for labels, value in samples if np.isfinite(value)]
    if not finite:
        return []
    gauge = GaugeMetricFamily(f"leadlight_monitor_{name}", help_text, labels=tuple(finite[0][0]))
    for labels, value in finite:
        gauge.add_metric(tuple(labels.values()), value)
    return [gauge]


class _Gauges(Collector):
    """Gauges that are known already, as prometheus_client wants to collect them."""

    def __init__(self, gauges: list[Metric]) -> None:
        self._gauges = gauges

    def collect(self) -> list[Metric]:
        """Return the gauges."""
        return self._gauges


def _seconds(when: np.datetime64) -> int:
    """Return seconds since 1970."""
    return int(when.astype("datetime64[s]").astype(np.int64))
