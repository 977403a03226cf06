"""How does the model do on leads it has not seen? Folds predicted forward in time, beside the usual baselines.

Lives here: calibration and prediction band of out-of-fold scores, metrics on the held-out end of history.
Does not live here: the scores (``fold_scores``), how a metric is computed (``metrics``), which rows are held out
(``time_splits``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import expit

from features.array_types import FloatArray, IntArray
from training.dataset.labels import LearningSet
from training.dataset.time_splits import Fold, Splits, list_deciding_folds, mask_known_people
from training.dataset.training_data import TrainingData
from training.evaluation.block_calibration import ServedBlock
from training.evaluation.fold_calibration import compute_band_coverage, fit_calibrator
from training.evaluation.fold_ranking import FoldRanking, measure_fold_ranking
from training.evaluation.level_update_backtest import fit_level_filter, predict_followed
from training.evaluation.metrics import Bootstrap, Interval, evaluate
from training.model.baselines import predict_logistic_regression, score_newest_first
from training.model.rules_baseline import convert_points_to_probability
from training.progress import ReportProgress, ignore_progress
from training.settings import Settings

__all__ = [
    "Evaluation",
    "evaluate_model",
]


@dataclass(frozen=True)
class Evaluation:
    """The model's results on leads it had not seen.

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
    parts : str
        How the data was split, in words.
    new_people : Interval or None
        AUC on the held-out leads whose person appears in no training row; None where no person is known to return.
    new_people_leads : int
        Number of those leads.
    band_held : float or None
        Share of twenty groups of held-out leads whose conversion rate lay within the band of earlier folds; None for
        data without dates.
    leads : int array of shape (t,)
        Row of each held-out lead in the leads table.
    scores : dict
        Scorer -> its score of each held-out lead, shape (t,).
    followed : float array of shape (t,) or None
        Probability of each held-out lead at the level followed until it arrived; None without dates.
    ranking : FoldRanking or None
        AUC over all folds forward in time; None without an order in time.
    before : ServedBlock or None
        The block before the held-out leads, predicted by a model of earlier ones; None where there is none.
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
    followed: FloatArray | None = None
    ranking: FoldRanking | None = None
    before: ServedBlock | None = None

    @property
    def blocks(self) -> list[ServedBlock]:
        """Return the newest two blocks as they would have been served, the newest first; or the only one."""
        newest = ServedBlock(self.label, self.served)
        return [newest] if self.before is None else [newest, self.before]

    @property
    def served(self) -> FloatArray:
        """Return the probabilities as they are served: at the followed level where one can be followed."""
        return self.probability if self.followed is None else self.followed


def evaluate_model(
    data: TrainingData,
    raw: FloatArray,
    points: FloatArray | None = None,
    report_progress: ReportProgress = ignore_progress,
) -> Evaluation:
    """Compute the metrics on the held-out end of history; on every lead once where the folds are random.

    Parameters
    ----------
    raw : float array of shape (n,)
        Out-of-fold scores of all moments.
    points : float array of shape (n,), optional
        Points of the practice's rules, evaluated beside the model.
    """
    learning, splits, settings = data.learning, data.splits, data.settings
    held_out = splits.folds[-1:] if splits.forward else splits.folds
    test = np.concatenate([fold.test for fold in held_out])
    # One row for each lead: the metrics count a lead once, at arrival.
    first = np.sort(test[learning.arrival[test]])
    scorers = _score_held_out(data, raw, held_out, points, report_progress)
    probability = scorers["Leadlight"][0]
    label, leads = learning.label[first], learning.moments.of_lead[first]
    bootstrap = Bootstrap(settings.resamples, settings.seed)
    figures = {
        name: evaluate(label, score[first], leads, bootstrap, is_probability)
        for name, (score, is_probability) in scorers.items()
    }
    every_moment: dict[str, Interval] = {}
    if len(test) > len(first):
        every_moment = evaluate(learning.label[test], probability[test], learning.moments.of_lead[test], bootstrap)
    new_people, new_people_leads = _evaluate_new_people(data, probability, first, held_out)
    arrivals = [fold.test[learning.arrival[fold.test]] for fold in splits.folds]
    report_progress("Measuring", 1, 1)
    return Evaluation(
        figures,
        every_moment,
        label,
        probability[first],
        data.rows[first],
        _describe_split(splits, settings, learning.known_order is not None),
        new_people,
        new_people_leads,
        compute_band_coverage(raw, learning, splits, first, settings),
        leads,
        {name: score[first] for name, (score, _) in scorers.items()},
        _predict_followed_fold(raw, learning, splits, len(splits.folds) - 1) if splits.forward else None,
        measure_fold_ranking(raw, learning.label, arrivals) if splits.forward else None,
        _serve_block_before(raw, learning, splits),
    )


def _score_held_out(
    data: TrainingData,
    raw: FloatArray,
    held_out: Sequence[Fold],
    points: FloatArray | None,
    report_progress: ReportProgress,
) -> dict[str, tuple[FloatArray, bool]]:
    """Return each scorer's score of every moment (NaN outside the held-out folds), and whether it is a probability."""
    rows, learning, splits = data.rows, data.learning, data.splits
    report_progress("Measuring", 0, 3)
    probability, logistic, rules = (np.full(len(learning), np.nan) for _ in range(3))
    for number, fold in enumerate(held_out):
        position = len(splits.folds) - len(held_out) + number
        deciding = list_deciding_folds(splits.folds, position, splits.forward)
        log_odds = fit_calibrator(raw, learning, deciding, splits.forward).calibrate(raw[fold.test])
        probability[fold.test] = expit(log_odds)
        logistic[fold.test] = predict_logistic_regression(
            data.signals, rows[fold.train], learning.label[fold.train], rows[fold.test]
        )
        if points is not None:
            arrivals = fold.train[learning.arrival[fold.train]]
            rules[fold.test] = convert_points_to_probability(
                points[arrivals], learning.label[arrivals], points[fold.test]
            )
        report_progress("Measuring", 1 + number, 1 + len(held_out))
    scorers = {"Leadlight": (probability, True), "Logistic regression": (logistic, True)}
    if points is not None:
        scorers["Rules score"] = (rules, True)
    if (newest := score_newest_first(learning.position)) is not None:
        scorers["Newest first"] = (newest, False)
    scorers["Base rate"] = (np.full(len(learning), _training_rate(learning, held_out)), True)
    return scorers


def _predict_followed_fold(raw: FloatArray, learning: LearningSet, splits: Splits, number: int) -> FloatArray | None:
    """Return a fold's probabilities at arrival, at the level that earlier folds teach to follow; None without dates."""
    rows, earlier = _list_arrivals(learning, splits, number), list_deciding_folds(splits.folds, number, True)
    calibrator = fit_calibrator(raw, learning, earlier, True)
    level_filter = fit_level_filter(raw, learning, earlier, calibrator)
    return predict_followed(calibrator.calibrate(raw[rows]), learning, rows, level_filter)


def _serve_block_before(raw: FloatArray, learning: LearningSet, splits: Splits) -> ServedBlock | None:
    """Return the fold before the held-out one as it would have been served; None where there is none."""
    number = len(splits.folds) - 2
    if not splits.forward or number < 0:
        return None
    rows, earlier = _list_arrivals(learning, splits, number), list_deciding_folds(splits.folds, number, True)
    if len(np.unique(learning.label[rows])) < 2:
        return None
    followed = _predict_followed_fold(raw, learning, splits, number)
    if followed is None:
        followed = expit(fit_calibrator(raw, learning, earlier, True).calibrate(raw[rows]))
    return ServedBlock(learning.label[rows], followed)


def _list_arrivals(learning: LearningSet, splits: Splits, number: int) -> IntArray:
    """Return the rows of a fold's held-out leads at arrival."""
    test = splits.folds[number].test
    return np.sort(test[learning.arrival[test]])


def _describe_split(splits: Splits, settings: Settings, by_known_labels: bool) -> str:
    """Say how the data was split: by arrival, or by when labels became known.

    The report and MLflow's tag ``held_out`` show it.
    """
    if splits.forward:
        share = (
            "the latest fifth of the leads" if settings.folds == 5 else f"the latest 1/{settings.folds} of the leads"
        )
        share += ", by when their outcome became known" if by_known_labels else ""
        parts = f"{share}, predicted from earlier ones"
    else:
        parts = f"{len(splits.folds)} random folds (the data has no order in time)"
    return parts + (", whose people are not in training" if settings.people_apart else "")


def _evaluate_new_people(
    data: TrainingData, probability: FloatArray, first: np.ndarray, held_out: Sequence[Fold]
) -> tuple[Interval | None, int]:
    """Return AUC on held-out leads of people not seen in training, and their number; (None, 0) where nobody returns."""
    learning, people, settings = data.learning, data.people, data.settings
    # 0 is a lead whose person is unknown, so it can neither return nor count as new.
    leads = people[learning.arrival & (people != 0)]
    if len(np.unique(leads)) == len(leads):
        return None, 0
    new = np.concatenate(
        [fold.test[(people[fold.test] != 0) & ~mask_known_people(people, fold.test, fold.train)] for fold in held_out]
    )
    new = np.intersect1d(new, first)
    if len(np.unique(learning.label[new])) < 2:
        return None, len(new)
    bootstrap = Bootstrap(settings.resamples, settings.seed)
    metrics = evaluate(learning.label[new], probability[new], learning.moments.of_lead[new], bootstrap)
    return metrics["auc"], len(new)


def _training_rate(learning: LearningSet, held_out: Sequence[Fold]) -> float:
    """Return the conversion rate of the leads in training, averaged over the folds."""
    return float(np.mean([learning.label[fold.train][learning.arrival[fold.train]].mean() for fold in held_out]))
