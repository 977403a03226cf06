"""What does the model look like? Reliability, gains, lift by call capacity and the SHAP summary, drawn to PNG files;
and the plots of its monitoring.

Lives here: the only place that imports shap and matplotlib.
Does not live here: the figures themselves (``evaluate``, ``value``, ``influence``), a lead's own reasons
(``serving.scoring.reasons``)."""

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
from training.monitoring.binning import CELLS
from training.monitoring.control_limits import wilson_interval
from training.monitoring.estimated_performance import MEASURES
from training.monitoring.messages import rank_drifts
from training.monitoring.monitor import MonitoringResult
from training.monitoring.reference_profile import GRADES
from training.report.feature_importance import format_signal_name

matplotlib.use("Agg")  # no screen is needed, and none may be asked for
from matplotlib import pyplot  # noqa: E402

__all__ = ["draw_plots", "draw_learning_curve", "draw_monitoring"]

INK, LINE, REST = "#1d2b3a", "#12647f", "#75808c"
_COLOURS = {"Leadlight": LINE, "Rules score": "#b4560f", "Logistic regression": "#7b5ea7", "Newest first": REST}
_DASHES = {"Leadlight": "-", "Rules score": "--", "Logistic regression": "-.", "Newest first": ":"}
_STYLE = {
    "font.size": 10,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": REST,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}
_SIZE = (6, 4.4)


def draw_plots(
    bundle: Bundle, evaluation: Evaluation, parts: FloatArray, values: FloatArray, folder: Path
) -> list[Path]:
    """Draw every plot that the figures allow into ``folder``; returns the files.

    Parameters
    ----------
    parts, values : float arrays of shape (rows, signals)
        Of ``influence.moved``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plots: dict[str, Callable[[], None]] = {
        "reliability": lambda: _reliability(bundle),
        "gains": lambda: _gains(bundle, evaluation),
        "shap_summary": lambda: _shap_summary(bundle, parts, values),
    }
    if bundle.figures["value"] is not None:
        plots["lift_by_capacity"] = lambda: _lift(bundle)
    drawn = []
    for name, plot in plots.items():
        with pyplot.rc_context(_STYLE):
            plot()
            drawn.append(folder / f"{name}.png")
            pyplot.savefig(drawn[-1], dpi=144, metadata={"Software": None})
            pyplot.close("all")
    return drawn


def draw_learning_curve(curve: LearningCurve, file: Path) -> None:
    """AUC and log loss by the number of leads learned from, with the intervals of the leads judged on."""
    _, both = pyplot.subplots(1, 2, figsize=(9, 3.8))
    leads = [one.leads for one in curve.points]
    for axes, title, found in zip(
        both,
        ("AUC: higher is better", "Log loss: lower is better"),
        ([one.auc for one in curve.points], [one.log_loss for one in curve.points]),
        strict=True,
    ):
        value = np.array([one.value for one in found])
        around = np.abs(np.array([[one.low for one in found], [one.high for one in found]]) - value)
        axes.errorbar(leads, value, yerr=around, color=LINE, marker="o", linewidth=1.5, capsize=2)
        axes.set(xlabel="Leads learned from", title=title, xlim=(0, None))
    pyplot.tight_layout()
    pyplot.savefig(file, dpi=130, metadata={"Software": None})
    pyplot.close("all")


def draw_monitoring(watched: MonitoringResult, bundle: Bundle) -> dict[str, bytes]:
    """The plots of one look at the newest leads, name -> PNG; those for which nothing is known are left out."""
    plots: dict[str, Callable[[], None]] = {}
    if watched.inputs:
        plots["signals"] = lambda: _nearest_to_limit(watched, bundle)
    if watched.score is not None:
        plots["score"] = lambda: _scores_now(watched)
    if any(month.ripe is not None for month in watched.months):
        plots["grades"] = lambda: _rates_of_grades(watched, bundle)
    if watched.months:
        plots["expected"] = lambda: _expected_and_realised(watched)
    drawn = {}
    for name, plot in plots.items():
        with pyplot.rc_context(_STYLE):
            plot()
            image = BytesIO()
            pyplot.savefig(image, dpi=144, format="png", metadata={"Software": None})
            pyplot.close("all")
            drawn[name] = image.getvalue()
    return drawn


def _nearest_to_limit(watched: MonitoringResult, bundle: Bundle, most: int = 14) -> None:
    """The signals nearest to their limits, as a part of it."""
    rows = rank_drifts(watched, bundle)[:most][::-1]
    _, axes = pyplot.subplots(figsize=(6, 4.8))
    part = [min(max(drift.beyond / drift.limit, 0.0), 3.0) for _, _, drift in rows]
    axes.barh(
        [format_signal_name(one) for _, one, _ in rows],
        part,
        color=["#b4560f" if drift.alarm else LINE for _, _, drift in rows],
    )
    axes.axvline(1, color=INK, linewidth=1, linestyle="--")
    axes.set(xlabel="Stability index beyond chance, in limits (at most 3 shown)", title="Which signals have moved?")


def _scores_now(watched: MonitoringResult) -> None:
    """Share of leads in each tenth of the scores of training: now, and then."""
    _, axes = pyplot.subplots(figsize=_SIZE)
    cells = np.flatnonzero((watched.score.old + watched.score.new)[: CELLS - 1] > 0)
    for offset, counts, colour, label in (
        (-0.2, watched.score.old, REST, "training"),
        (0.2, watched.score.new, LINE, "now"),
    ):
        axes.bar(np.arange(len(cells)) + offset, counts[cells] / counts.sum(), 0.38, color=colour, label=label)
    axes.set_xticks(np.arange(len(cells)), [f"{at + 1}" for at in range(len(cells))])
    axes.set(
        xlabel="Tenth of the scores in training, lowest first", ylabel="Share of leads", title="Have the scores moved?"
    )
    axes.legend()


def _rates_of_grades(watched: MonitoringResult, bundle: Bundle) -> None:
    """Share that converted of each grade, month by month, training's months first."""
    months = [*watched.reference.months, *(month.ripe for month in watched.months if month.ripe is not None)]
    _, axes = pyplot.subplots(figsize=_SIZE)
    at = np.arange(len(months)) - len(watched.reference.months) + 1
    for place, (name, colour) in enumerate(zip(GRADES, (LINE, "#b4560f", "#7b5ea7", REST), strict=True)):
        leads, converted = (np.array([month.grades[place][which] for month in months], float) for which in (0, 1))
        known = leads >= 10
        low, high = wilson_interval(converted[known], leads[known])
        rate = converted[known] / leads[known]
        around = np.maximum([rate - low, high - rate], 0)
        axes.errorbar(
            at[known] + 0.1 * (place - 1.5),
            rate,
            yerr=around,
            color=colour,
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


def _expected_and_realised(watched: MonitoringResult) -> None:
    """AUC and log loss as expected from the probabilities, and as they came."""
    past = watched.reference.months
    _, both = pyplot.subplots(1, 2, figsize=(9, 3.8))
    new = np.arange(1, len(watched.months) + 1)
    for axes, name in zip(both, ("auc", "log_loss"), strict=True):
        before = [month.estimated[name] for month in past]
        axes.plot(
            np.arange(1 - len(past), 1),
            before,
            color=REST,
            marker=".",
            linewidth=1,
            label="expected, training's months",
        )
        estimates = [month.expected[name] for month in watched.months]
        value, low, high = (np.array([getattr(one, end) for one in estimates]) for end in ("value", "low", "high"))
        around = np.maximum([value - low, high - value], 0)
        axes.errorbar(
            new, value, yerr=around, color=LINE, marker="o", linewidth=1.2, capsize=2, label="expected, 95% of outcomes"
        )
        since = (np.nan if month.ripe is None else month.ripe.realized[name] for month in watched.months)
        came = [*(month.realized[name] for month in past), *since]
        axes.plot(
            np.arange(1 - len(past), len(new) + 1),
            came,
            color="#b4560f",
            marker="s",
            markersize=4,
            linestyle="none",
            label="came",
        )
        axes.axvline(0.5, color=INK, linewidth=1, linestyle="--")
        axes.set(xlabel="Month of four weeks", title=MEASURES[name])
    both[0].legend(loc="lower left", fontsize=8)


def _reliability(bundle: Bundle) -> None:
    """Said against happened on the held-out leads, in bins of equal count, and on those of the newest month."""
    _, axes = pyplot.subplots(figsize=_SIZE)
    bins = bundle.figures["reliability"]
    top = 0.0
    for name, label, colour, mark in (
        ("newest", "the newest 30 days", "#b4560f", "s"),
        ("all", "all held-out leads", LINE, "o"),
    ):
        if name in bins:
            said, happened, leads = (np.array(column, float) for column in zip(*bins[name], strict=True))
            low, high = wilson_interval(happened * leads, leads)
            axes.errorbar(
                said,
                happened,
                yerr=np.maximum([happened - low, high - happened], 0),
                color=colour,
                marker=mark,
                linewidth=1.6,
                capsize=2,
                alpha=0.95 if name == "all" else 0.7,
                label=f"{label}, 95% interval",
            )
            top = max(top, float(said.max()), float(high.max()))
    axes.plot([0, top], [0, top], color=REST, linewidth=1, linestyle="--", label="what was said happened")
    axes.set(
        xlabel="Said: predicted probability",
        ylabel=f"Happened: share {bundle.label}",
        title="Do the probabilities hold?",
    )
    axes.legend(loc="upper left")


def _gains(bundle: Bundle, evaluation: Evaluation) -> None:
    """Share of conversions found by calling the highest scores first, for every order."""
    _, axes = pyplot.subplots(figsize=_SIZE)
    axes.plot([0, 1], [0, 1], color="#c3cad1", linewidth=1)
    for name in _orders(evaluation.scores):
        called, found = _found(evaluation.label, evaluation.scores[name])
        axes.plot(
            called,
            found,
            color=_COLOURS[name],
            linestyle=_DASHES[name],
            linewidth=2.4 if name == "Leadlight" else 1.6,
            label=name,
        )
    axes.set(
        xlabel="Share of leads called", ylabel=f"Share of those {bundle.label} found", title="What does the order find?"
    )
    axes.legend(loc="lower right")


def _found(label: FloatArray, score: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Share called and share found from the highest score down; whoever ties is taken together."""
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order]) != 0), len(order) - 1)
    found = np.cumsum(label[order])[ends] / label.sum()
    return np.concatenate([[0], (ends + 1) / len(order)]), np.concatenate([[0], found])


def _lift(bundle: Bundle) -> None:
    """Share of the bookings within the first calls, for every order, with intervals."""
    value = bundle.figures["value"]
    rows = [row for row in value["rows"] if row["kind"] == "calls"]
    _, axes = pyplot.subplots(figsize=_SIZE)
    names = _orders(rows[0]["found"])
    width = 0.8 / len(names)
    for place, name in enumerate(names):
        middle, low, high = (np.array([row["found"][name][end] or 0.0 for row in rows]) for end in range(3))
        at = np.arange(len(rows)) + (place - (len(names) - 1) / 2) * width
        error = np.maximum([middle - low, high - middle], 0)
        axes.bar(
            at,
            middle,
            width * 0.92,
            yerr=error,
            color=_COLOURS[name],
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


def _orders(scores: dict) -> list[str]:
    """The orders that have a colour, in theirs."""
    return [name for name in _COLOURS if name in scores]


def _shap_summary(bundle: Bundle, parts: FloatArray, values: FloatArray) -> None:
    """SHAP beeswarm of the signals that move scores most; each dot is one lead."""
    says = ~np.isnan(values).all(axis=0)
    names = [format_signal_name(one) for one, said in zip(bundle.signals, says, strict=True) if said]
    pyplot.figure(layout="none")
    numbers = np.where([one.is_category for one in bundle.signals], np.nan, values)
    with _same_jitter(), catch_warnings():
        simplefilter(
            "ignore", RuntimeWarning
        )  # a category has no high and low: shap draws it grey, and NumPy remarks on its columns
        shown = shap.Explanation(parts[:, says], data=numbers[:, says], feature_names=names)
        shap.plots.beeswarm(shown, max_display=18, group_remaining_features=False, show=False, plot_size=(8.2, 6.6))
    pyplot.title("What moves scores, and which way")
    pyplot.xlabel("Added to the log-odds")
    pyplot.tight_layout()


@contextmanager
def _same_jitter() -> Iterator[None]:
    """NumPy's global random state fixed for as long as the block lasts: shap's beeswarm draws from it, and a run
    repeats to the byte.
    """
    before = np.random.get_state()
    np.random.seed(7)
    try:
        yield
    finally:
        np.random.set_state(before)
