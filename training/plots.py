"""What does the model look like? Reliability, gains and the SHAP summary, drawn to PNG files.

Lives here: the only place that imports shap and matplotlib.
Does not live here: the figures themselves (``evaluate``), a lead's own reasons (``serving.reasons``).
"""

from pathlib import Path

import lightgbm
import matplotlib
import numpy as np
import shap

from training.bundle import Bundle
from training.contributions import contributions
from training.evaluate import calibration_bins
from training.held_out import Evaluation
from training.learning_curve import LearningCurve

matplotlib.use("Agg")  # no screen is needed, and none may be asked for
from matplotlib import pyplot  # noqa: E402

__all__ = ["draw", "draw_learning_curve"]

INK, LINE, REST = "#1d2b3a", "#1f6f8b", "#9aa5b1"
_MOST_ROWS = 1500


def draw(bundle: Bundle, evaluation: Evaluation, folder: Path) -> list[Path]:
    """Draw every plot into ``folder``; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    pyplot.rcParams.update({"font.size": 10, "axes.edgecolor": REST, "text.color": INK, "axes.labelcolor": INK, "axes.spines.top": False, "axes.spines.right": False})
    drawn = []
    for name, plot in (("reliability", _reliability), ("gains", _gains), ("shap_summary", _shap_summary)):
        plot(bundle, evaluation)
        drawn.append(folder / f"{name}.png")
        pyplot.savefig(drawn[-1], dpi=130, bbox_inches="tight", metadata={"Software": None})
        pyplot.close("all")
    return drawn


def draw_learning_curve(curve: LearningCurve, file: Path) -> None:
    """AUC and log loss by the number of leads learned from, with the intervals of the leads judged on."""
    _, both = pyplot.subplots(1, 2, figsize=(9, 3.8))
    leads = [one.leads for one in curve.points]
    for axes, title, found in zip(both, ("AUC: higher is better", "Log loss: lower is better"), ([one.auc for one in curve.points], [one.log_loss for one in curve.points]), strict=True):
        value = np.array([one.value for one in found])
        around = np.abs(np.array([[one.low for one in found], [one.high for one in found]]) - value)
        axes.errorbar(leads, value, yerr=around, color=LINE, marker="o", linewidth=1.5, capsize=2)
        axes.set(xlabel="Leads learned from", title=title, xlim=(0, None))
    pyplot.tight_layout()
    pyplot.savefig(file, dpi=130, metadata={"Software": None})
    pyplot.close("all")


def _reliability(bundle: Bundle, evaluation: Evaluation) -> None:
    """Said against happened, on the held-out leads, in ten bins of equal count."""
    said, happened, counts = (np.array(column) for column in zip(*calibration_bins(evaluation.label, evaluation.probability), strict=True))
    _, axes = pyplot.subplots(figsize=(5, 4.6))
    spread = 1.96 * np.sqrt(happened * (1 - happened) / counts)
    top = float(max(said.max(), (happened + spread).max())) * 1.05
    axes.plot([0, top], [0, top], color=REST, linewidth=1, linestyle="--", label="perfectly calibrated")
    axes.errorbar(said, happened, yerr=spread, color=LINE, marker="o", linewidth=1.5, capsize=2, label="held-out leads, 95% interval")
    axes.set(xlabel="Said: predicted probability", ylabel=f"Happened: share {bundle.label}", title="Do the probabilities hold?")
    axes.legend(frameon=False)


def _gains(bundle: Bundle, evaluation: Evaluation) -> None:
    """Share of conversions found by calling the highest scores first."""
    order = np.argsort(-evaluation.probability, kind="stable")
    found = np.concatenate([[0], np.cumsum(evaluation.label[order]) / evaluation.label.sum()])
    called = np.linspace(0, 1, len(found))
    _, axes = pyplot.subplots(figsize=(5, 4.6))
    axes.plot(called, found, color=LINE, linewidth=2, label="highest score first")
    axes.plot([0, 1], [0, 1], color=REST, linewidth=1, linestyle="--", label="in any order")
    axes.set(xlabel="Share of leads called", ylabel=f"Share of those {bundle.label} found", title="What does the order find?")
    axes.legend(frameon=False)


def _shap_summary(bundle: Bundle, evaluation: Evaluation) -> None:
    """SHAP beeswarm of the signals that move scores most."""
    rows = evaluation.matrix[:_MOST_ROWS].astype(np.float64)
    parts, base = contributions(lightgbm.Booster(model_str=bundle.model_text), rows)
    names = [one.name.removeprefix("custom:").replace("_", " ") for one in bundle.signals]
    shap.plots.beeswarm(shap.Explanation(parts, base_values=base, data=rows, feature_names=names), max_display=18, show=False)
    pyplot.title("What moves scores, and which way (log-odds)")
