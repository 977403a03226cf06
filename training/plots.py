"""What does the model look like? Reliability, gains, lift by call capacity and the SHAP summary, as PNG files.

Lives here: these plots, the learning curve and the plots of monitoring; the only module that imports shap and
matplotlib.
Does not live here: the figures themselves (``training.evaluation``, ``training.monitoring``), a lead's own reasons
(``features.explain.reasons``)."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from warnings import catch_warnings, simplefilter

import matplotlib
import numpy as np
import shap

from features.array_types import FloatArray
from training.bundle import Bundle
from training.evaluation.out_of_fold import Evaluation
from training.experiments.learning_curve import LearningCurve
from training.monitoring.alarm_texts import rank_drifts
from training.monitoring.binning import CELLS
from training.monitoring.control_limits import wilson_interval
from training.monitoring.estimated_performance import MEASURES
from training.monitoring.monitor import MonitoringResult
from training.monitoring.reference_profile import GRADES
from training.report.feature_importance import format_signal_name

# No screen is needed, and none may be asked for: chosen before pyplot is imported. Where it is imported already, as in
# a notebook, a person's own plots go where they went before.
if "matplotlib.pyplot" not in sys.modules:
    matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

__all__ = ["draw_learning_curve", "draw_monitoring", "draw_plots"]

INK, LINE, MUTED = "#1d2b3a", "#12647f", "#75808c"
_COLORS = {"Leadlight": LINE, "Rules score": "#b4560f", "Logistic regression": "#7b5ea7", "Newest first": MUTED}
_DASHES = {"Leadlight": "-", "Rules score": "--", "Logistic regression": "-.", "Newest first": ":"}
_STYLE = {
    "font.size": 10,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": MUTED,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    # A practice's column may be called "Quote $ (50% of $)": every text is shown as it is, never read as a formula.
    "text.parse_math": False,
}
_SIZE = (6, 4.4)


def draw_plots(
    bundle: Bundle, evaluation: Evaluation, parts: FloatArray, values: FloatArray, folder: Path
) -> list[Path]:
    """Draw every plot that the figures allow into ``folder``; return the files.

    Parameters
    ----------
    parts, values : float arrays of shape (rows, signals)
        Of ``feature_importance.compute_contributions``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plots: dict[str, Callable[[], None]] = {
        "reliability": lambda: _draw_reliability(bundle),
        "gains": lambda: _draw_gains(bundle, evaluation),
        "shap_summary": lambda: _draw_shap_summary(bundle, parts, values),
    }
    if bundle.figures["value"] is not None:
        plots["lift_by_capacity"] = lambda: _draw_lift(bundle)
    drawn = []
    for name, plot in plots.items():
        with pyplot.rc_context(_STYLE):
            plot()
            drawn.append(folder / f"{name}.png")
            pyplot.savefig(drawn[-1], dpi=144, metadata={"Software": None})
            pyplot.close("all")
    return drawn


def draw_learning_curve(curve: LearningCurve, file: Path) -> None:
    """Draw AUC and log loss by the number of leads learned from, with the intervals of the held-out leads."""
    _, both = pyplot.subplots(1, 2, figsize=(9, 3.8))
    leads = [point.leads for point in curve.points]
    auc, log_loss = [point.auc for point in curve.points], [point.log_loss for point in curve.points]
    titles = ("AUC: higher is better", "Log loss: lower is better")
    for axes, title, intervals in zip(both, titles, (auc, log_loss), strict=True):
        value = np.array([interval.value for interval in intervals])
        ends = np.array([[interval.low for interval in intervals], [interval.high for interval in intervals]])
        error = np.abs(ends - value)
        axes.errorbar(leads, value, yerr=error, color=LINE, marker="o", linewidth=1.5, capsize=2)
        axes.set(xlabel="Leads learned from", title=title, xlim=(0, None))
    pyplot.tight_layout()
    pyplot.savefig(file, dpi=130, metadata={"Software": None})
    pyplot.close("all")


def draw_monitoring(result: MonitoringResult, bundle: Bundle) -> dict[str, bytes]:
    """Draw the plots of one monitoring run, name -> PNG; those without data are left out."""
    plots: dict[str, Callable[[], None]] = {}
    if result.inputs:
        plots["signals"] = lambda: _draw_drifts(result, bundle)
    if result.score is not None:
        plots["score"] = lambda: _draw_scores(result)
    if any(month.ripe is not None for month in result.months):
        plots["grades"] = lambda: _draw_grade_rates(result, bundle)
    if result.months:
        plots["expected"] = lambda: _draw_performance(result)
    drawn = {}
    for name, plot in plots.items():
        with pyplot.rc_context(_STYLE):
            plot()
            image = BytesIO()
            # Without matplotlib's version in it, equal data make equal bytes.
            pyplot.savefig(image, dpi=144, format="png", metadata={"Software": None})
            pyplot.close("all")
            drawn[name] = image.getvalue()
    return drawn


def _draw_drifts(result: MonitoringResult, bundle: Bundle, limit: int = 14) -> None:
    """Draw the signals nearest to their limits, as a share of the limit."""
    rows = rank_drifts(result, bundle)[:limit][::-1]
    _, axes = pyplot.subplots(figsize=(6, 4.8))
    share = [min(max(drift.beyond / drift.limit, 0.0), 3.0) for _, _, drift in rows]
    axes.barh(
        [format_signal_name(signal) for _, signal, _ in rows],
        share,
        color=["#b4560f" if drift.alarm else LINE for _, _, drift in rows],
    )
    axes.axvline(1, color=INK, linewidth=1, linestyle="--")
    axes.set(xlabel="Stability index beyond chance, in limits (at most 3 shown)", title="Which signals have moved?")


def _draw_scores(result: MonitoringResult) -> None:
    """Draw the share of leads in each tenth of the training scores: in training, and now."""
    _, axes = pyplot.subplots(figsize=_SIZE)
    cells = np.flatnonzero((result.score.old + result.score.new)[: CELLS - 1] > 0)
    for offset, counts, color, label in (
        (-0.2, result.score.old, MUTED, "training"),
        (0.2, result.score.new, LINE, "now"),
    ):
        axes.bar(np.arange(len(cells)) + offset, counts[cells] / counts.sum(), 0.38, color=color, label=label)
    axes.set_xticks(np.arange(len(cells)), [f"{at + 1}" for at in range(len(cells))])
    axes.set(
        xlabel="Tenth of the scores in training, lowest first", ylabel="Share of leads", title="Have the scores moved?"
    )
    axes.legend()


def _draw_grade_rates(result: MonitoringResult, bundle: Bundle) -> None:
    """Draw the conversion rate of each grade, month by month, training's months first."""
    months = [*result.reference.months, *(month.ripe for month in result.months if month.ripe is not None)]
    _, axes = pyplot.subplots(figsize=_SIZE)
    at = np.arange(len(months)) - len(result.reference.months) + 1
    for grade, (name, color) in enumerate(zip(GRADES, (LINE, "#b4560f", "#7b5ea7", MUTED), strict=True)):
        leads, converted = (np.array([month.grades[grade][column] for month in months], float) for column in (0, 1))
        # A rate of fewer than ten leads would only add noise to the plot.
        enough = leads >= 10
        low, high = wilson_interval(converted[enough], leads[enough])
        rate = converted[enough] / leads[enough]
        error = np.maximum([rate - low, high - rate], 0)
        axes.errorbar(
            at[enough] + 0.1 * (grade - 1.5),
            rate,
            yerr=error,
            color=color,
            marker="o",
            markersize=4,
            linewidth=1.2,
            capsize=2,
            label=name,
        )
    axes.axvline(0.5, color=INK, linewidth=1, linestyle="--")
    axes.set(
        xlabel="Month of four weeks; right of the line, after training", ylabel=f"Share {bundle.label}", ylim=(0, None)
    )
    axes.set_title("Do the grades hold?")
    axes.legend(ncols=4)


def _draw_performance(result: MonitoringResult) -> None:
    """Draw AUC and log loss as expected from the probabilities, and as observed."""
    past = result.reference.months
    _, both = pyplot.subplots(1, 2, figsize=(9, 3.8))
    new = np.arange(1, len(result.months) + 1)
    for axes, name in zip(both, ("auc", "log_loss"), strict=True):
        training = [month.estimated[name] for month in past]
        axes.plot(
            np.arange(1 - len(past), 1),
            training,
            color=MUTED,
            marker=".",
            linewidth=1,
            label="expected, training's months",
        )
        estimates = [month.expected[name] for month in result.months]
        value, low, high = (
            np.array([getattr(estimate, end) for estimate in estimates]) for end in ("value", "low", "high")
        )
        # Rounding can put the value a hair outside of its interval, and a bar of negative length raises.
        error = np.maximum([value - low, high - value], 0)
        axes.errorbar(
            new, value, yerr=error, color=LINE, marker="o", linewidth=1.2, capsize=2, label="expected, 95% of outcomes"
        )
        recent = (np.nan if month.ripe is None else month.ripe.realized[name] for month in result.months)
        observed = [*(month.realized[name] for month in past), *recent]
        axes.plot(
            np.arange(1 - len(past), len(new) + 1),
            observed,
            color="#b4560f",
            marker="s",
            markersize=4,
            linestyle="none",
            label="observed",
        )
        axes.axvline(0.5, color=INK, linewidth=1, linestyle="--")
        axes.set(xlabel="Month of four weeks", title=MEASURES[name])
    both[0].legend(loc="lower left", fontsize=8)


def _draw_reliability(bundle: Bundle) -> None:
    """Draw predicted against observed on all held-out leads and those of the newest month, in bins of equal count."""
    _, axes = pyplot.subplots(figsize=_SIZE)
    bins = bundle.figures["reliability"]
    top = 0.0
    for name, label, color, mark in (
        ("newest", "the newest 30 days", "#b4560f", "s"),
        ("all", "all held-out leads", LINE, "o"),
    ):
        if name in bins:
            predicted, observed, leads = (np.array(column, float) for column in zip(*bins[name], strict=True))
            low, high = wilson_interval(observed * leads, leads)
            axes.errorbar(
                predicted,
                observed,
                yerr=np.maximum([observed - low, high - observed], 0),
                color=color,
                marker=mark,
                linewidth=1.6,
                capsize=2,
                alpha=0.95 if name == "all" else 0.7,
                label=f"{label}, 95% interval",
            )
            top = max(top, float(predicted.max()), float(high.max()))
    axes.plot([0, top], [0, top], color=MUTED, linewidth=1, linestyle="--", label="predicted = observed")
    axes.set(
        xlabel="Predicted probability",
        ylabel=f"Observed share {bundle.label}",
        title="Do the probabilities hold?",
    )
    axes.legend(loc="upper left")


def _draw_gains(bundle: Bundle, evaluation: Evaluation) -> None:
    """Draw the share of conversions found by calling the highest scores first, for every order."""
    _, axes = pyplot.subplots(figsize=_SIZE)
    axes.plot([0, 1], [0, 1], color="#c3cad1", linewidth=1)
    for name in _list_orders(evaluation.scores):
        called, share = _compute_gains(evaluation.label, evaluation.scores[name])
        axes.plot(
            called,
            share,
            color=_COLORS[name],
            linestyle=_DASHES[name],
            linewidth=2.4 if name == "Leadlight" else 1.6,
            label=name,
        )
    axes.set(
        xlabel="Share of leads called", ylabel=f"Share of those {bundle.label} found", title="What does the order find?"
    )
    axes.legend(loc="lower right")


def _compute_gains(label: FloatArray, score: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return share called and share found from the highest score down; leads with equal scores are called together."""
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order]) != 0), len(order) - 1)
    share = np.cumsum(label[order])[ends] / label.sum()
    return np.concatenate([[0], (ends + 1) / len(order)]), np.concatenate([[0], share])


def _draw_lift(bundle: Bundle) -> None:
    """Draw the share of the bookings within the first calls, for every order, with intervals."""
    value = bundle.figures["value"]
    rows = [row for row in value["rows"] if row["kind"] == "calls"]
    _, axes = pyplot.subplots(figsize=_SIZE)
    names = _list_orders(rows[0]["found"])
    width = 0.8 / len(names)
    for number, name in enumerate(names):
        middle, low, high = (np.array([row["found"][name][end] or 0.0 for row in rows]) for end in range(3))
        at = np.arange(len(rows)) + (number - (len(names) - 1) / 2) * width
        error = np.maximum([middle - low, high - middle], 0)
        axes.bar(
            at,
            middle,
            width * 0.92,
            yerr=error,
            color=_COLORS[name],
            error_kw={"elinewidth": 1, "ecolor": INK},
            label=name,
        )
    axes.set_xticks(np.arange(len(rows)), [f"{row['capacity']}" for row in rows])
    axes.set(
        xlabel=f"First calls of the {value['unit']} ({value['leads_per_group']:.0f} leads come)",
        ylabel=f"Share of those {bundle.label} among them",
        title="What do the first calls hold?",
    )
    axes.legend(loc="upper left")


def _list_orders(scores: dict) -> list[str]:
    """Return the orders that have a color, in the order of the legend."""
    return [name for name in _COLORS if name in scores]


def _draw_shap_summary(bundle: Bundle, parts: FloatArray, values: FloatArray) -> None:
    """Draw the SHAP beeswarm of the signals that move scores most; each dot is one lead."""
    has_values = ~np.isnan(values).all(axis=0)
    names = [format_signal_name(signal) for signal, filled in zip(bundle.signals, has_values, strict=True) if filled]
    pyplot.figure(layout="none")
    numbers = np.where([signal.is_category for signal in bundle.signals], np.nan, values)
    with _fixed_jitter(), catch_warnings():
        # A category has no high and low: shap draws it gray, and NumPy warns about its columns.
        simplefilter("ignore", RuntimeWarning)
        explanation = shap.Explanation(parts[:, has_values], data=numbers[:, has_values], feature_names=names)
        shap.plots.beeswarm(
            explanation, max_display=18, group_remaining_features=False, show=False, plot_size=(8.2, 6.6)
        )
    pyplot.title("What moves scores, and which way")
    pyplot.xlabel("Added to the log-odds")
    pyplot.tight_layout()


@contextmanager
def _fixed_jitter() -> Iterator[None]:
    """Fix NumPy's global random state inside the block.

    shap's beeswarm draws from it, and the same run must give the same bytes.
    """
    state = np.random.get_state()
    np.random.seed(7)
    try:
        yield
    finally:
        np.random.set_state(state)
