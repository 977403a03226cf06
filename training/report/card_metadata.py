"""How does a program read what this model is and how good it is? As a model card with metadata, in Hugging Face's form.

Lives here: ``model_card.md``, the machine's page beside ``report.html``: metadata between two lines of dashes, then a
few sentences. Does not live here: the page for people (``model_card``), any figure (``training.evaluation``).

The metadata is YAML in the subset that is JSON too, so it is written without a library. It holds counts, metrics and
names of columns' kinds: no value of a lead, and no name of the practice.
"""

import json
from pathlib import Path
from typing import Any

from training.bundle import Bundle

__all__ = ["CARD_FILE", "build_card_metadata", "render_card", "write_card"]

CARD_FILE = "model_card.md"

_METRIC_TYPES = {
    "auc": "roc_auc",
    "average_precision": "average_precision",
    "log_loss": "log_loss",
    "brier": "brier_score",
    "calibration_error": "expected_calibration_error",
}
"""Our metrics, and what Hugging Face's ``evaluate`` and scikit-learn call them."""


def build_card_metadata(bundle: Bundle) -> dict[str, Any]:
    """Return the metadata of a trained bundle: what it is, what it learned from, its metrics with their intervals."""
    figures = bundle.figures
    metrics = [
        {"type": kind, "name": name, "value": ends[0], "args": {"confidence_interval_95": ends[1:]}}
        for name, kind in _METRIC_TYPES.items()
        if (ends := figures["scorers"]["Leadlight"].get(name))
    ]
    dataset = {
        "type": "private",
        "name": "the practice's own leads",
        "split": figures["held_out"],
        "args": {"leads": figures["leads"], "held_out_leads": figures["held_out_leads"], "period": figures["period"]},
    }
    task = {"type": "tabular-classification", "name": f"{bundle.label} within {bundle.horizon_days} days"}
    return {
        "library_name": "leadlight",
        "pipeline_tag": "tabular-classification",
        "tags": ["leadlight", "lightgbm", "tabular-classification", "calibrated", figures["verdict"]["verdict"]],
        "model-index": [
            {"name": bundle.name, "results": [{"task": task, "dataset": dataset, "metrics": metrics}]},
        ],
        "leadlight": {
            "bundle_sha256": bundle.sha256,
            "fingerprint": bundle.fingerprint,
            "created_at": bundle.created_at,
            "label": bundle.label,
            "horizon_days": bundle.horizon_days if bundle.dated else None,
            "base_rate": bundle.base_rate,
            "signals": len(bundle.signals),
            "trees": figures["trees"],
            "linear_weight": bundle.linear_weight,
            "verdict": figures["verdict"]["verdict"],
            "left_out_of_training": figures.get("left_out_of_training", []),
            "findings": {finding["code"]: finding["verdict"] for finding in figures.get("findings", ())},
            "provenance": figures["provenance"],
        },
    }


def render_card(bundle: Bundle) -> str:
    """Return the card as text; the same bundle gives the same text."""
    metadata = build_card_metadata(bundle)
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in metadata.items()]
    verdict, left_out = bundle.figures["verdict"], bundle.figures.get("left_out_of_training", [])
    return "\n".join(
        [
            "---",
            *lines,
            "---",
            "",
            f"# {bundle.name}, trained {bundle.created_at}",
            "",
            f"**{verdict['verdict'].capitalize()}.** {verdict['why']}",
            "",
            f"It estimates how likely an inquiry is to become {bundle.label}, and says why. A score supports the "
            "order of calls; a person decides. It is not triage, not medical advice, and never a reason not to call "
            "somebody.",
            "",
            *([f"The training was fast: {'; '.join(left_out)}.", ""] if left_out else []),
            "What it was measured on, for whom it holds, its reasons and its limits: `report.html` beside this file.",
            "",
        ]
    )


def write_card(bundle: Bundle, folder: Path) -> Path:
    """Write the card into a folder; return its path."""
    path = folder / CARD_FILE
    path.write_text(render_card(bundle), encoding="utf-8")
    return path
