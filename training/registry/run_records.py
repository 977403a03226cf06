"""What is recorded of a training run? Its metrics with their bounds, its tags, its verdict in words.

Lives here: plain values made from a trained bundle. Does not live here: MLflow (``mlflow_tracking``).
"""

from typing import TYPE_CHECKING

import numpy as np

from training.bundle import Bundle
from training.pipeline import TrainingResult

if TYPE_CHECKING:
    pass

__all__ = ["describe_verdict", "list_metrics", "list_tags"]


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


def list_metrics(trained: TrainingResult) -> dict[str, float]:
    """Return every metric with its bounds, under MLflow's naming rules."""
    new_people = trained.evaluation.new_people
    logged = {} if new_people is None else {"auc_new_people": new_people.value}
    for scorer, metrics in trained.evaluation.figures.items():
        prefix = "" if scorer == "Leadlight" else scorer.lower().replace(" ", "_") + "/"
        for name, interval in metrics.items():
            logged |= {
                f"{prefix}{name}{suffix}": value
                for suffix, value in (("", interval.value), ("_low", interval.low), ("_high", interval.high))
                if np.isfinite(value)
            }
    figures = trained.bundle.figures
    ahead = {f"ahead/{name.replace(' ', '_')}": ends for name, ends in figures["verdict"]["beats"].items()}
    rows = [] if figures["value"] is None else [row for row in figures["value"]["rows"] if row["kind"] == "share"]
    ahead |= {
        f"found_by_first_{100 * row['capacity']:.0f}_percent/{scorer.lower().replace(' ', '_')}": ends
        for row in rows
        for scorer, ends in row["found"].items()
    }
    for name, ends in ahead.items():
        logged |= {
            f"{name}{suffix}": value
            for suffix, value in zip(("", "_low", "_high"), ends, strict=True)
            if value is not None
        }
    return logged if figures["band_held"] is None else logged | {"band_held": figures["band_held"]}
