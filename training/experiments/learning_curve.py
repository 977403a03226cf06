"""What would more outcomes bring? The model fitted to growing shares of the earlier leads, judged on the same later
ones, and where the curve leads.

Lives here: the study that ``leadlight learning-curve`` runs. Does not live here: fitting (``fit``, ``linear``), the
picture (``plots``).

Each share keeps the newest of the earlier leads, so each holds the one before it. Weight and calibration are those of
the folds before the held-out leads, as in a training run: the last point is that run's own figure. Booking rates and
the worth of words count the whole record at every share, so the early points are a little kind and the gain from more
is, if anything, larger. The curve is a power law, c + a n^-b (Hestness et al. 2017, doi:10.48550/arXiv.1712.00409)."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from features.array_types import FloatArray, IntArray
from features.practice.practice import Practice
from features.tables.tables import Tables
from training.errors import TrainingError
from training.evaluation.metrics import Bootstrap, Interval, evaluate
from training.evaluation.out_of_fold import FoldInputs, ReportProgress, fit_calibrator, predict_folds, predict_linear_folds
from training.model.blending import choose_linear_weight, blend_out_of_fold
from training.model.gradient_boosting import fit_booster
from training.model.linear_fit import fit_linear
from training.model.linear_model import blend_scores
from training.model.model_selection import compute_log_losses
from training.pipeline import PreparedRun, prepare
from training.settings import Settings

__all__ = ["SHARES", "LearningCurve", "CurvePoint", "compute_learning_curve"]

SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)
_POWERS = np.linspace(0.1, 1.0, 19)
_FEWEST_POINTS = 4


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
    points : tuple of Point, fewest leads first
    auc_gain, log_loss_gain : Interval
        Better by so much with twice the leads of the last point, if the curve goes on as it went; above 0 is better for
        both. The interval counts the chance of the judging leads (paired bootstrap) and the scatter of the points about
        the curve.
    judged_leads : int
    """

    points: tuple[CurvePoint, ...]
    auc_gain: Interval
    log_loss_gain: Interval
    judged_leads: int

    def describe(self) -> str:
        """What more outcomes would bring, in a plain sentence."""
        auc, loss = self.auc_gain, self.log_loss_gain
        said = (
            f"Twice the leads ({2 * self.points[-1].leads:,} with known outcomes) would bring about {auc.value:+.3f} AUC (95% interval {auc.low:+.3f} to {auc.high:+.3f}) "
            f"and take about {loss.value:.4f} off the log loss ({loss.low:.4f} to {loss.high:.4f}), if the curve goes on as it went."
        )
        return said + (
            " That may be nothing: better data would do more than more data."
            if max(auc.low, 0) < 5e-4 and max(loss.low, 0) < 5e-4
            else ""
        )

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        points = [{"leads": one.leads, "auc": vars(one.auc), "log_loss": vars(one.log_loss)} for one in self.points]
        return {
            "points": points,
            "auc_gain": vars(self.auc_gain),
            "log_loss_gain": vars(self.log_loss_gain),
            "judged_leads": self.judged_leads,
        }


def compute_learning_curve(
    tables: Tables, practice: Practice, settings: Settings, step: ReportProgress = lambda *_: None
) -> LearningCurve:
    """Fit on 20, 40, 60, 80 and 100% of the leads before the held-out ones.

    Raises
    ------
    TrainingError
        If the data cannot teach a model, has no order in time, or so few leads that fewer than four shares hold both
        kinds.
    """
    made = prepare(tables, practice, settings, step)
    if not made.splits.forward:
        raise TrainingError(
            "learning curve: the leads have no order in time, so there are no earlier and later ones. Map a date or a running number."
        )
    last = made.splits.folds[-1]
    first = np.sort(last.test[made.learning.arrival[last.test]])
    label = made.learning.label[first]
    shares = [
        rows for share in SHARES if len(np.unique(made.learning.label[rows := _newest(made, last.train, share)])) == 2
    ]
    if len(shares) < _FEWEST_POINTS:
        raise TrainingError(
            f"learning curve: only {len(shares)} of {len(SHARES)} shares of {len(last.train)} moments hold leads of both kinds. Expected {_FEWEST_POINTS}: take a longer period."
        )
    said = _log_odds(made, shares, first, settings, step)
    points = []
    for rows, z in zip(shares, said, strict=True):
        found = evaluate(label, expit(z), made.learning.moments.of_lead[first], Bootstrap(settings.resamples, settings.seed))
        points.append(CurvePoint(len(np.unique(made.learning.moments.of_lead[rows])), found["auc"], found["log_loss"]))
    leads = np.array([one.leads for one in points], float)
    gains = (_gain_interval(drawn, leads, settings.seed) for drawn in _drawn(label, said, settings))
    return LearningCurve(tuple(points), *gains, len(first))


def _newest(made: PreparedRun, rows: IntArray, share: float) -> IntArray:
    """Those of the rows that belong to the newest share of their leads."""
    arrivals = np.sort(made.learning.position[rows[made.learning.arrival[rows]]])
    since = arrivals[int(round((1 - share) * len(arrivals)))] if share < 1 else -np.inf
    return rows[made.learning.position[rows] >= since]


def _log_odds(
    made: PreparedRun, shares: list[IntArray], first: IntArray, settings: Settings, step: ReportProgress
) -> list[FloatArray]:
    """What the model of each share says of the held-out leads at arrival, calibrated: one array for each share."""
    learning, before = made.learning, replace(made.splits, folds=made.splits.folds[:-1])
    fold_inputs = FoldInputs(made.rows, learning, before, made.signals, settings, step)
    trees, line = predict_folds(fold_inputs), predict_linear_folds(fold_inputs)
    weight = choose_linear_weight(line, trees, learning.label, before.folds, True)
    calibrator = fit_calibrator(blend_out_of_fold(line, trees, learning.label, before.folds, True), learning, before.folds, True)
    said, later = [], made.rows[first].astype(np.float64)
    for done, rows in enumerate(shares):
        step("Learning from more and more leads", done, len(shares))
        told, label = made.rows[rows], learning.label[rows]
        booster = fit_booster(
            told, label, learning.position[rows], learning.moments.of_lead[rows], made.signals, settings
        )
        linear = fit_linear(told, label, made.signals, settings.line_penalty)
        raw = blend_scores(
            linear.predict_raw(later), np.asarray(booster.predict(later, raw_score=True, num_threads=settings.threads)), weight
        )
        said.append(calibrator.calibrate(raw))
    step("Learning from more and more leads", 1, 1)
    return said


def _drawn(label: FloatArray, said: list[FloatArray], settings: Settings) -> tuple[FloatArray, FloatArray]:
    """1 - AUC and log loss of each share, on the leads as they are (first row) and on resamples that all shares have in
    common: shape (1 + resamples, shares).
    """
    weights = np.random.default_rng(settings.seed).poisson(1.0, (settings.resamples, len(label)))
    both = (weights @ label > 0) & (weights @ (1 - label) > 0)
    weights = np.concatenate([np.ones((1, len(label))), weights[both]])
    losses = np.stack([compute_log_losses(z, label) for z in said], axis=1)
    missed = np.array([[1 - roc_auc_score(label, z, sample_weight=drawn) for z in said] for drawn in weights])
    return missed, weights @ losses / weights.sum(axis=1, keepdims=True)


def _gain_interval(drawn: FloatArray, leads: FloatArray, seed: int) -> Interval:
    """The gain of twice the leads with its interval, from figures of shape (1 + resamples, shares) that are better when
    lower.
    """
    gain, spread = _gain(leads, drawn[0])
    scatter = np.random.default_rng(seed).normal(size=(len(drawn) - 1, len(leads))) * spread
    gains = [_gain(leads, one)[0] for one in drawn[1:] + scatter]
    low, high = np.percentile(gains, (2.5, 97.5)) if gains else (np.nan, np.nan)
    return Interval(gain, float(low), float(high))


def _gain(leads: FloatArray, figure: FloatArray) -> tuple[float, FloatArray]:
    """What c + a n^-b, fitted with a of 0 or more, loses from the most leads to twice as many; and the scatter of each
    point about it.

    A point from twice the leads scatters with half the variance, and counts twice.

    >>> leads = np.array([100.0, 200, 400, 800])
    >>> round(_gain(leads, 0.5 + 2 * leads**-0.5)[0], 4), round(2 * (800**-0.5 - 1600**-0.5), 4)
    (0.0207, 0.0207)
    >>> _gain(leads, np.array([0.3, 0.4, 0.5, 0.6]))[0]
    0.0
    """
    share = leads / leads.sum()
    fits = []
    for power in _POWERS:
        told = leads**-power
        away, gap = told - share @ told, figure - share @ figure
        a = max(0.0, float((share * away) @ gap / ((share * away) @ away)))
        fits.append((float(share @ (gap - a * away) ** 2), a, power))
    lost, a, power = min(fits)
    freedom = max(1, len(leads) - 3)
    return a * float(leads[-1] ** -power - (2 * leads[-1]) ** -power), np.sqrt(lost / share / freedom)
