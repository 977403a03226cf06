"""What is recorded of a training run? Its parameters, metrics, curves over the folds, tags, its verdict in words.

Lives here: plain values made from a trained bundle. Does not live here: MLflow (``mlflow_tracking``).
"""

from typing import Any

import numpy as np

from training.bundle import Bundle
from training.evaluation.fold_metrics import FOLD_METRICS
from training.evaluation.metrics import Interval
from training.pipeline import TrainingResult
from training.settings import Settings

__all__ = ["describe_verdict", "list_fold_metrics", "list_headline_metrics", "list_parameters", "list_tags", "tabulate"]

_HEADLINE = ("auc", "log_loss", "calibration_error")
_ENDS = ("", "_low", "_high")


def list_tags(bundle: Bundle) -> dict[str, str]:
    """Return what a person searches runs by, and what MLflow shows first."""
    figures = bundle.figures
    tags = {
        "bundle_sha256": bundle.sha256,
        "label": bundle.label,
        "held_out": figures["held_out"],
        "fingerprint": bundle.fingerprint,
        "verdict": figures["verdict"]["verdict"],
        "code_sha256": figures["provenance"]["code_sha256"],
        "rules": "the practice's own" if figures["rules"]["own"] else "usual",
        "period": " to ".join(figures["period"]) if figures["period"] else "no dates",
        "mlflow.note.content": describe_verdict(bundle),
    }
    return tags | {f"data_sha256.{table}": sum_of for table, sum_of in figures["provenance"]["data_sha256"].items()}


def describe_verdict(bundle: Bundle) -> str:
    """Describe the verdict for the registry."""
    verdict = bundle.figures["verdict"]
    return f"{verdict['verdict'].capitalize()}. {verdict['why']} For more, see the run's report.html."


def list_parameters(bundle: Bundle, settings: Settings) -> dict[str, str | float]:
    """Return the settings as a settings file has them, with what the practice or the folds chose where none is set."""
    figures = bundle.figures
    parameters: dict[str, str | float] = {
        name: ", ".join(f"{part:g}" for part in value) if isinstance(value, tuple) else value
        for name, value in vars(settings).items()
    }
    if not settings.withheld_share:
        share = figures["withheld_share"]
        chosen = "the default" if settings.fast else "as the folds chose"
        parameters["withheld_share"] = "no copies" if share is None else f"{share:g}, {chosen}"
    return parameters | {
        "label": bundle.label,
        "horizon_days": bundle.horizon_days,
        "signals": len(bundle.signals),
        "trees": figures["trees"],
        "linear_weight": round(bundle.linear_weight, 4),
    }


def list_headline_metrics(trained: TrainingResult) -> dict[str, float]:
    """Return what runs are compared by, each with its 95% interval; ``tabulate`` has every other metric."""
    metrics = trained.evaluation.figures["Leadlight"]
    ends = {
        f"{name}{suffix}": end
        for name in _HEADLINE
        for suffix, end in zip(_ENDS, _list_ends(metrics[name]), strict=True)
    }
    return {name: end for name, end in ends.items() if np.isfinite(end)}


def list_fold_metrics(bundle: Bundle) -> list[tuple[str, float, int]]:
    """Return (metric, value, number of the fold from 1): one curve for each metric, over the folds in their order."""
    return [
        (f"fold_{name}", float(fold[name]), number)
        for number, fold in enumerate(bundle.figures["folds"], 1)
        for name in ("leads", *FOLD_METRICS)
        if name in fold
    ]


def tabulate(trained: TrainingResult) -> dict[str, list[Any]]:
    """Return every metric of every scorer as a table's columns: scorer, metric, value, low, high (None unknown)."""
    evaluation, figures = trained.evaluation, trained.bundle.figures
    rows: list[tuple[Any, ...]] = [
        (scorer, name, *_list_ends(interval))
        for scorer, metrics in evaluation.figures.items()
        for name, interval in metrics.items()
    ]
    if evaluation.new_people is not None:
        rows.append(("Leadlight", "auc, new people", *_list_ends(evaluation.new_people)))
    rows += [("Leadlight", f"ahead: {name}", *ends) for name, ends in figures["verdict"]["beats"].items()]
    for row in [] if figures["value"] is None else figures["value"]["rows"]:
        if row["kind"] == "share":
            metric = f"found by the first {100 * row['capacity']:.0f}%"
            rows += [(scorer, metric, *ends) for scorer, ends in row["found"].items()]
    if figures["band_held"] is not None:
        rows.append(("Leadlight", "band held", figures["band_held"], None, None))
    known = [[None if isinstance(cell, float) and not np.isfinite(cell) else cell for cell in row] for row in rows]
    return dict(zip(("scorer", "metric", "value", "low", "high"), map(list, zip(*known, strict=True)), strict=True))


def _list_ends(interval: Interval) -> tuple[float, float, float]:
    """Return value, low and high."""
    return interval.value, interval.low, interval.high
