"""How does the model do on leads it has not seen? Folds predicted forward, calibrated on earlier folds, beside what one
would do without us.

Lives here: predictions for each fold, the calibration line, figures on the held-out end of history.
Does not live here: the arithmetic of a figure (``evaluate``), which rows are held out (``splits``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import expit

from features.array_types import FloatArray, IntArray
from features.registry import Signal
from training.dataset.labels import LearningSet
from training.dataset.time_splits import Fold, Splits, known_people
from training.evaluation.metrics import Interval, evaluate
from training.model.baselines import logistic_regression, newest_first
from training.model.calibration import Calibrator, chosen_calibrator
from training.model.gradient_boosting import fit_booster
from training.model.linear_model import fit_linear
from training.model.prediction_intervals import Band, fit_band, held_share
from training.model.rules_baseline import points_as_probability
from training.settings import Settings

__all__ = ["Evaluation", "fit_prediction_band", "fit_calibrator", "evaluate_model", "predict_folds", "predict_linear_folds"]

_BAND_LEADS = 2000
"""The band is learned from so many of the newest leads, if there are as many."""

ReportProgress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


@dataclass(frozen=True)
class Evaluation:
    """How the model did on leads it had not seen.

    Parameters
    ----------
    figures : dict
        Scorer ("Leadlight", "Logistic regression", "Rules score", "Newest first", "Base rate") -> metric -> Interval,
        one row per lead, at arrival.
    every_moment : dict
        Leadlight's metrics over all moments of the same leads; empty where each lead has only one.
    label, probability : float arrays of shape (t,)
        Of the held-out leads at arrival.
    matrix : float32 array of shape (t, signals)
    parts : how the data was cut, in words
    new_people : Interval or None
        AUC on those of the held-out leads whose person stands in no training row; None where no person is known to
        return.
    new_people_leads : int
        How many leads that is.
    band_held : float or None
        Share of twenty groups of the held-out leads whose rate the band of earlier folds allowed; None without an order
        in time.
    leads : int array of shape (t,)
        Row of each held-out lead in the leads table.
    scores : dict
        Scorer -> its score of each held-out lead, shape (t,).
    """

    figures: dict[str, dict[str, Interval]]
    every_moment: dict[str, Interval]
    label: FloatArray
    probability: FloatArray
    matrix: np.ndarray
    parts: str
    new_people: Interval | None = None
    new_people_leads: int = 0
    band_held: float | None = None
    leads: IntArray = field(default_factory=lambda: np.empty(0, np.intp))
    scores: dict[str, FloatArray] = field(default_factory=dict)


def predict_folds(
    rows: np.ndarray,
    learning: LearningSet,
    splits: Splits,
    signals: Sequence[Signal],
    settings: Settings,
    step: ReportProgress,
    policy: bool = True,
) -> FloatArray:
    """Raw score of every moment from a model that did not see its lead (nor, forward, anything later); NaN where no
    fold predicts it.
    """
    raw = np.full(len(learning), np.nan)
    for done, fold in enumerate(splits.folds):
        step(
            "Training on earlier leads, predicting later ones"
            if splits.forward
            else "Training on some leads, predicting others",
            done,
            len(splits.folds),
        )
        booster = fit_booster(
            rows[fold.train],
            learning.label[fold.train],
            learning.position[fold.train],
            learning.moments.of_lead[fold.train],
            signals,
            settings,
            policy,
        )
        raw[fold.test] = booster.predict(rows[fold.test], raw_score=True, num_threads=settings.threads)
    step(
        "Training on earlier leads, predicting later ones"
        if splits.forward
        else "Training on some leads, predicting others",
        1,
        1,
    )
    return raw


def predict_linear_folds(
    rows: np.ndarray, learning: LearningSet, splits: Splits, signals: Sequence[Signal], settings: Settings, step: ReportProgress
) -> FloatArray:
    """As ``predict_folds``, by the linear part."""
    raw = np.full(len(learning), np.nan)
    for done, fold in enumerate(splits.folds):
        step("Fitting the linear part", done, len(splits.folds))
        line = fit_linear(rows[fold.train], learning.label[fold.train], signals, settings.line_penalty)
        raw[fold.test] = line.raw(rows[fold.test].astype(np.float64))
    step("Fitting the linear part", 1, 1)
    return raw


def fit_calibrator(raw: FloatArray, learning: LearningSet, folds: Sequence[Fold], forward: bool) -> Calibrator:
    """The calibration that these folds ask for (see ``chosen_calibrator``); a line from all of them where they have no
    order.
    """
    if not folds:
        return Calibrator()
    if forward:
        return chosen_calibrator([raw[fold.test] for fold in folds], [learning.label[fold.test] for fold in folds])
    rows = np.concatenate([fold.test for fold in folds])
    return Calibrator.fit(raw[rows], learning.label[rows])


def evaluate_model(
    rows: np.ndarray,
    raw: FloatArray,
    learning: LearningSet,
    splits: Splits,
    people: np.ndarray,
    signals: Sequence[Signal],
    settings: Settings,
    step: ReportProgress,
    points: FloatArray | None = None,
) -> Evaluation:
    """Figures on the held-out end of history; on every lead once, where the folds are random.

    ``points`` of the practice's rules stand beside, where given.
    """
    step("Measuring", 0, 3)
    held_out = splits.folds[-1:] if splits.forward else splits.folds
    test = np.concatenate([fold.test for fold in held_out])
    probability, logistic, rules = (np.full(len(learning), np.nan) for _ in range(3))
    for number, fold in enumerate(held_out):
        before = splits.folds[:-1] if splits.forward else [other for other in splits.folds if other is not fold]
        log_odds = fit_calibrator(raw, learning, before, splits.forward).log_odds(raw[fold.test])
        probability[fold.test] = expit(log_odds)
        logistic[fold.test] = logistic_regression(
            signals, rows[fold.train], learning.label[fold.train], rows[fold.test]
        )
        if points is not None:
            known = fold.train[learning.arrival[fold.train]]
            rules[fold.test] = points_as_probability(points[known], learning.label[known], points[fold.test])
        step("Measuring", 1 + number, 1 + len(held_out))
    first = np.sort(test[learning.arrival[test]])
    scorers = {"Leadlight": (probability, True), "Logistic regression": (logistic, True)}
    if points is not None:
        scorers["Rules score"] = (rules, True)
    if (newest := newest_first(learning.position)) is not None:
        scorers["Newest first"] = (newest, False)
    scorers["Base rate"] = (np.full(len(learning), _training_rate(learning, held_out)), True)
    label, leads = learning.label[first], learning.moments.of_lead[first]
    figures = {
        who: evaluate(label, score[first], leads, settings.resamples, settings.seed, sure)
        for who, (score, sure) in scorers.items()
    }
    later = len(test) > len(first)
    every = (
        evaluate(
            learning.label[test], probability[test], learning.moments.of_lead[test], settings.resamples, settings.seed
        )
        if later
        else {}
    )
    share = "the latest fifth of the leads" if settings.folds == 5 else f"the latest 1/{settings.folds} of the leads"
    parts = (
        f"{share}, predicted from earlier ones"
        if splits.forward
        else f"{len(splits.folds)} random folds (the data has no order in time)"
    )
    parts += ", whose people do not stand in training" if settings.people_apart else ""
    new_people = _evaluate_new_people(learning, probability, first, people, held_out, settings)
    step("Measuring", 1, 1)
    return Evaluation(
        figures,
        every,
        label,
        probability[first],
        rows[first],
        parts,
        *new_people,
        _band_coverage(raw, learning, splits, first, settings),
        leads,
        {who: score[first] for who, (score, _) in scorers.items()},
    )


def fit_prediction_band(
    raw: FloatArray, learning: LearningSet, folds: Sequence[Fold], calibrator: Calibrator, settings: Settings
) -> Band:
    """The band around the calibrated score, from the newest of these folds that hold enough leads, each at its arrival."""
    chosen: list[np.ndarray] = []
    for fold in reversed(folds):
        chosen.append(fold.test[learning.arrival[fold.test]])
        if sum(map(len, chosen)) >= _BAND_LEADS:
            break
    rows = np.sort(np.concatenate(chosen)) if chosen else np.empty(0, np.intp)
    return fit_band(calibrator.log_odds(raw[rows]), learning.label[rows], settings.resamples, settings.seed)


def _band_coverage(
    raw: FloatArray, learning: LearningSet, splits: Splits, first: np.ndarray, settings: Settings
) -> float | None:
    """Whether the band that earlier folds gave held on the last one."""
    if not splits.forward or len(splits.folds) < 2:
        return None
    before = splits.folds[:-1]
    calibrator = fit_calibrator(raw, learning, before, True)
    return held_share(
        fit_prediction_band(raw, learning, before, calibrator, settings), calibrator.log_odds(raw[first]), learning.label[first]
    )


def _evaluate_new_people(
    learning: LearningSet,
    probability: FloatArray,
    first: np.ndarray,
    people: np.ndarray,
    held_out: Sequence[Fold],
    settings: Settings,
) -> tuple[Interval | None, int]:
    """AUC on held-out leads of people not seen in training, and how many these are; (None, 0) where no person returns."""
    leads = people[learning.arrival & (people != 0)]
    if len(np.unique(leads)) == len(leads):
        return None, 0
    new = np.concatenate(
        [fold.test[(people[fold.test] != 0) & ~known_people(people, fold.test, fold.train)] for fold in held_out]
    )
    new = np.intersect1d(new, first)
    if len(np.unique(learning.label[new])) < 2:
        return None, len(new)
    return evaluate(
        learning.label[new], probability[new], learning.moments.of_lead[new], settings.resamples, settings.seed
    )["auc"], len(new)


def _training_rate(learning: LearningSet, held_out: Sequence[Fold]) -> float:
    """The conversion rate that was known before the held-out leads."""
    return float(np.mean([learning.label[fold.train][learning.arrival[fold.train]].mean() for fold in held_out]))
