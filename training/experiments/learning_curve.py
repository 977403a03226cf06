"""What would more outcomes bring? The model fitted to growing shares of the earlier leads, the same later ones scored.

Lives here: the study that ``leadlight learning-curve`` runs, and extrapolating the curve to twice the leads.
Does not live here: fitting (``training.model``), the picture (``training.plots``).

Each share keeps the newest of the earlier leads, so each contains the one before it. Weight and calibration are those
of the folds before the held-out leads, as in a training run: the last point is that run's own metric, unless its folds
chose other trees, another penalty or more copies than at first. Booking rates and word weights use the whole history at
every share, so the early points are slightly optimistic and the gain from more leads is, if anything, larger. The curve
is a power law, c + a n^-b (Hestness et al. 2017, doi:10.48550/arXiv.1712.00409)."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from features.array_types import FloatArray, IntArray
from features.practice.practice import Practice
from features.tables.tables import Tables
from training.dataset.time_splits import list_deciding_folds
from training.dataset.training_data import TrainingData
from training.errors import TrainingError
from training.evaluation.fold_calibration import fit_calibrator
from training.evaluation.fold_scores import score_in_suited_steps, score_linear_folds, try_all
from training.evaluation.metrics import Bootstrap, Interval, evaluate
from training.model.binned_folds import BinnedFolds
from training.model.blending import blend_out_of_fold, choose_linear_weight
from training.model.gradient_boosting import fit_trees, limit_trees, scale_trees
from training.model.linear.linear_fit import fit_linear_part
from training.model.linear.linear_model import blend_scores
from training.model.model_selection import compute_log_losses
from training.pipeline import prepare
from training.progress import ReportProgress, ignore_progress
from training.settings import Settings

__all__ = ["SHARES", "CurvePoint", "LearningCurve", "compute_learning_curve"]

SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)
_POWERS = np.linspace(0.1, 1.0, 19)
_MIN_POINTS = 4


@dataclass(frozen=True)
class CurvePoint:
    """The model that learned from one share.

    Parameters
    ----------
    leads : int
        How many it learned from.
    auc, log_loss : Interval
        On the held-out leads, at arrival.
    """

    leads: int
    auc: Interval
    log_loss: Interval


@dataclass(frozen=True)
class LearningCurve:
    """Every share, and what twice the leads would bring.

    Parameters
    ----------
    points : tuple of CurvePoint, fewest leads first
    auc_gain, log_loss_gain : Interval
        Improvement with twice the leads of the last point, if the curve goes on as it went; above 0 is better for both.
        The interval includes the chance of the held-out leads (paired bootstrap) and the scatter of the points about
        the curve.
    held_out_leads : int
    """

    points: tuple[CurvePoint, ...]
    auc_gain: Interval
    log_loss_gain: Interval
    held_out_leads: int

    def describe(self) -> str:
        """Describe in plain words what more outcomes would bring."""
        auc, loss = self.auc_gain, self.log_loss_gain
        sentence = (
            f"Twice the leads ({2 * self.points[-1].leads:,} with known outcomes) would bring about {auc.value:+.3f} "
            f"AUC (95% interval {auc.low:+.3f} to {auc.high:+.3f}) and take about {loss.value:.4f} off the log loss "
            f"({loss.low:.4f} to {loss.high:.4f}), if the curve goes on as it went."
        )
        if max(auc.low, 0) < 5e-4 and max(loss.low, 0) < 5e-4:
            sentence += " That may be nothing: better data would do more than more data."
        return sentence

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        points = [
            {"leads": point.leads, "auc": vars(point.auc), "log_loss": vars(point.log_loss)} for point in self.points
        ]
        return {
            "points": points,
            "auc_gain": vars(self.auc_gain),
            "log_loss_gain": vars(self.log_loss_gain),
            "judged_leads": self.held_out_leads,
        }


def compute_learning_curve(
    tables: Tables, practice: Practice, settings: Settings, report_progress: ReportProgress = ignore_progress
) -> LearningCurve:
    """Fit on 20, 40, 60, 80 and 100% of the leads before the held-out ones.

    Raises
    ------
    TrainingError
        If no model can be learned from the data, it has no order in time, or so few leads that fewer than four shares
        contain both kinds.
    """
    data = prepare(tables, practice, settings, report_progress).data
    learning = data.learning
    if not data.splits.forward:
        raise TrainingError(
            "learning curve: the leads have no order in time, so there are no earlier and later ones. Map a date or a "
            "running number."
        )
    last = data.splits.folds[-1]
    held_out = np.sort(last.test[learning.arrival[last.test]])
    label, of_lead = learning.label[held_out], learning.moments.of_lead
    # The newest, not random ones: a practice with less history has its latest leads and not a sample of five years.
    shares = [_select_newest(data, last.train, share) for share in SHARES]
    shares = [rows for rows in shares if len(np.unique(learning.label[rows])) == 2]
    if len(shares) < _MIN_POINTS:
        raise TrainingError(
            f"learning curve: only {len(shares)} of {len(SHARES)} shares of {len(last.train)} moments contain leads of "
            f"both kinds. Expected {_MIN_POINTS}: use a longer period."
        )
    log_odds = _predict_held_out(data, shares, held_out, report_progress)
    points = []
    for rows, z in zip(shares, log_odds, strict=True):
        metrics = evaluate(label, expit(z), of_lead[held_out], Bootstrap(settings.resamples, settings.seed))
        points.append(CurvePoint(len(np.unique(of_lead[rows])), metrics["auc"], metrics["log_loss"]))
    leads = np.array([point.leads for point in points], float)
    auc_gain, log_loss_gain = (
        _estimate_gain(losses, leads, settings.seed) for losses in _resample_losses(label, log_odds, settings)
    )
    return LearningCurve(tuple(points), auc_gain, log_loss_gain, len(held_out))


def _select_newest(data: TrainingData, rows: IntArray, share: float) -> IntArray:
    """Return those of the rows that belong to the newest share of their leads."""
    learning = data.learning
    arrivals = np.sort(learning.position[rows[learning.arrival[rows]]])
    since = arrivals[int(round((1 - share) * len(arrivals)))] if share < 1 else -np.inf
    return rows[learning.position[rows] >= since]


def _predict_held_out(
    data: TrainingData, shares: list[IntArray], held_out: IntArray, report_progress: ReportProgress
) -> list[FloatArray]:
    """Return the calibrated log-odds of the held-out leads at arrival by the model of each share."""
    (of_trees,), tree_steps = score_in_suited_steps([data], BinnedFolds(), try_all, report_progress)
    data = replace(data, tree_steps=tree_steps)
    learning, settings = data.learning, data.settings
    last_train = data.splits.folds[-1].train
    folds = list_deciding_folds(data.splits.folds, len(data.splits.folds) - 1, True)
    (of_linear,) = score_linear_folds([data], try_all, report_progress)
    weight = choose_linear_weight(of_linear.whole, of_trees.whole, learning.label, folds, True)
    blend = blend_out_of_fold(of_linear.whole, of_trees.whole, learning.label, folds, True)
    calibrator = fit_calibrator(blend, learning, folds, True)
    log_odds, later = [], data.rows[held_out].astype(np.float64)
    assert of_trees.trees is not None and of_linear.linear is not None
    for done, rows in enumerate(shares):
        report_progress("Learning from more and more leads", done, len(shares))
        booster, linear = of_trees.trees, of_linear.linear
        if len(rows) < len(last_train):
            # Fewer leads take fewer trees: by the rule by which one fold's number says that of the next.
            count = scale_trees(booster.num_trees(), len(last_train), len(rows), data.tree_steps)
            count = min(count, limit_trees(data, rows))
            booster = fit_trees(data.select(rows), data.signals, data.tree_settings, count)
            linear = fit_linear_part(data, rows)
        trees = np.asarray(booster.predict(later, raw_score=True, num_threads=settings.threads))
        log_odds.append(calibrator.calibrate(blend_scores(linear.predict_raw(later), trees, weight)))
    report_progress("Learning from more and more leads", 1, 1)
    return log_odds


def _resample_losses(
    label: FloatArray, log_odds: list[FloatArray], settings: Settings
) -> tuple[FloatArray, FloatArray]:
    """Return 1 - AUC and log loss of each share, on the leads as they are (first row) and on resamples.

    All shares have the same resamples. Shape (1 + resamples, shares) each.
    """
    weights = np.random.default_rng(settings.seed).poisson(1.0, (settings.resamples, len(label)))
    has_both_classes = (weights @ label > 0) & (weights @ (1 - label) > 0)
    weights = np.concatenate([np.ones((1, len(label))), weights[has_both_classes]])
    log_losses = np.stack([compute_log_losses(z, label) for z in log_odds], axis=1)
    auc_losses = np.array([[1 - roc_auc_score(label, z, sample_weight=row) for z in log_odds] for row in weights])
    return auc_losses, weights @ log_losses / weights.sum(axis=1, keepdims=True)


def _estimate_gain(losses: FloatArray, leads: FloatArray, seed: int) -> Interval:
    """Return the gain of twice the leads with its interval.

    Parameters
    ----------
    losses : float array of shape (1 + resamples, shares)
        A metric that is better when lower.
    """
    gain, spread = _fit_power_law(leads, losses[0])
    scatter = np.random.default_rng(seed).normal(size=(len(losses) - 1, len(leads))) * spread
    gains = [_fit_power_law(leads, resample)[0] for resample in losses[1:] + scatter]
    low, high = np.percentile(gains, (2.5, 97.5)) if gains else (np.nan, np.nan)
    return Interval(gain, float(low), float(high))


def _fit_power_law(leads: FloatArray, loss: FloatArray) -> tuple[float, FloatArray]:
    """Fit c + a n^-b with a of 0 or more; return how much it falls from the most leads to twice as many, and scatter.

    The scatter of each point about the curve: a point from twice the leads has half the variance, and counts twice.

    >>> leads = np.array([100.0, 200, 400, 800])
    >>> round(_fit_power_law(leads, 0.5 + 2 * leads**-0.5)[0], 4), round(2 * (800**-0.5 - 1600**-0.5), 4)
    (0.0207, 0.0207)
    >>> _fit_power_law(leads, np.array([0.3, 0.4, 0.5, 0.6]))[0]
    0.0
    """
    share = leads / leads.sum()
    fits = []
    for power in _POWERS:
        term = leads**-power
        # Centered by the weights, so c drops out and a is a slope through the origin: one division in place of a
        # solver.
        term_gap, loss_gap = term - share @ term, loss - share @ loss
        a = max(0.0, float((share * term_gap) @ loss_gap / ((share * term_gap) @ term_gap)))
        fits.append((float(share @ (loss_gap - a * term_gap) ** 2), a, power))
    # The least error; tuples compare by their first element.
    error, a, power = min(fits)
    degrees_of_freedom = max(1, len(leads) - 3)
    gain = a * float(leads[-1] ** -power - (2 * leads[-1]) ** -power)
    return gain, np.sqrt(error / share / degrees_of_freedom)
