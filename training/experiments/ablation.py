"""What does each family of signals earn? The model fitted without it, compared on later leads with the full one.

Lives here: the studies that ``leadlight ablate`` runs: families left out, monotone directions dropped.
Does not live here: fitting (``training.model``), which leads come later (``training.dataset.time_splits``).

A family can look worthless because another carries the same information. So a family's figure is what is lost when it
alone is missing, not what it would be worth alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import lightgbm
import numpy as np
from scipy.special import expit
from sklearn.metrics import log_loss, roc_auc_score

from features.array_types import FloatArray, IntArray
from features.practice.practice import Practice
from features.registry import Signal
from features.tables.tables import Tables
from training.dataset.time_splits import Fold
from training.dataset.training_data import TrainingData
from training.evaluation.metrics import Bootstrap, Interval, compare_scores
from training.model.blending import blend_out_of_fold
from training.model.gradient_boosting import fit_booster, fit_trees
from training.model.linear.linear_fit import fit_linear_part
from training.pipeline import prepare
from training.progress import ReportProgress, ignore_progress
from training.settings import Settings

__all__ = ["DirectionCost", "FamilyAblation", "ablate_families", "measure_direction_costs"]

_BOOSTERS = 2
"""Boosters of different seeds averaged into each result: one alone varies by as much as a small family earns."""

FitBoosters = Callable[[Fold, TrainingData], list[lightgbm.Booster]]
"""Fits the boosters of a fold whose mean is the trees' part; the data holds only the columns under study."""


@dataclass(frozen=True)
class FamilyAblation:
    """Result of leaving out one family.

    Parameters
    ----------
    family : str
    signals : int
        How many of its signals the data supports.
    log_loss, auc : float
        Of the model without it, on all leads that a fold predicted, at arrival.
    loss_increase : Interval
        Log loss without it less log loss with it, paired by lead: above 0, the family earns its place.
    """

    family: str
    signals: int
    log_loss: float
    auc: float
    loss_increase: Interval


def ablate_families(
    tables: Tables, practice: Practice, settings: Settings, report_progress: ReportProgress = ignore_progress
) -> tuple[list[FamilyAblation], tuple[float, float], int]:
    """Leave out each family in turn.

    Returns
    -------
    families : list of FamilyAblation, largest loss first
    full : (log loss, AUC) of the model with all of them
    leads : how many leads these are measured on

    Raises
    ------
    TrainingError
        If no model can be learned from the data.
    """
    data = prepare(tables, practice, settings, report_progress).data
    arrivals = _select_arrivals(data)
    label = data.learning.label[arrivals]
    families = list(dict.fromkeys(signal.family for signal in data.signals))
    probability: dict[str | None, FloatArray] = {}
    for done, left_out in enumerate((None, *families)):
        report_progress("Leaving out each family in turn", done, 1 + len(families))
        columns = [column for column, signal in enumerate(data.signals) if signal.family != left_out]
        signals = [data.signals[column] for column in columns]
        probability[left_out] = _predict_out_of_fold(data, columns, signals, _fit_seeds)[arrivals]
    report_progress("Leaving out each family in turn", 1, 1)
    full = probability[None]
    results = [
        FamilyAblation(
            family,
            sum(signal.family == family for signal in data.signals),
            float(log_loss(label, probability[family])),
            float(roc_auc_score(label, probability[family])),
            _compare_losses(data, arrivals, probability[family], full),
        )
        for family in families
    ]
    scores = float(log_loss(label, full)), float(roc_auc_score(label, full))
    return sorted(results, key=lambda result: -result.loss_increase.value), scores, len(arrivals)


def _fit_seeds(fold: Fold, data: TrainingData) -> list[lightgbm.Booster]:
    """Fit boosters that differ by their seed."""
    seed = data.settings.seed
    return [
        fit_booster(replace(data, settings=replace(data.settings, seed=seed + number)), fold.train)
        for number in range(_BOOSTERS)
    ]


@dataclass(frozen=True)
class DirectionCost:
    """Result of dropping one signal's monotone direction.

    Parameters
    ----------
    signal : str
        "all of them" for all directions at once.
    direction : int, +1 or -1; 0 for all of them
    cost : Interval
        Log loss with the direction less log loss without it, paired by lead: above 0, the direction costs that much;
        below 0, it earns it.
    """

    signal: str
    direction: int
    cost: Interval


def measure_direction_costs(
    tables: Tables, practice: Practice, settings: Settings, report_progress: ReportProgress = ignore_progress
) -> tuple[list[DirectionCost], float, int]:
    """Drop each signal's monotone direction in turn, in both parts of the model.

    Seed and number of trees stay those of the model with all directions.

    Returns
    -------
    costs : list of DirectionCost, all of them first, then the most expensive
    log_loss : float, of the model with every direction
    leads : how many leads these are measured on

    Raises
    ------
    TrainingError
        If no model can be learned from the data.
    """
    data = prepare(tables, practice, settings, report_progress).data
    arrivals = _select_arrivals(data)
    bound = [column for column, signal in enumerate(data.signals) if signal.monotone]
    # As many trees as with all directions: early stopping would answer another question, with noise of its own.
    tree_counts = {id(fold): fit_booster(data, fold.train).num_trees() for fold in data.splits.folds}

    def fit_same_size(fold: Fold, subset: TrainingData) -> list[lightgbm.Booster]:
        return [fit_trees(subset.select(fold.train), subset.signals, settings, tree_counts[id(fold)])]

    predictions = []
    for done, freed in enumerate([(), bound, *([column] for column in bound)]):
        report_progress("Letting each direction go in turn", done, 2 + len(bound))
        signals = [
            replace(signal, monotone=0) if column in freed else signal for column, signal in enumerate(data.signals)
        ]
        predictions.append(_predict_out_of_fold(data, range(len(signals)), signals, fit_same_size)[arrivals])
    report_progress("Letting each direction go in turn", 1, 1)
    baseline, all_freed, *each_freed = predictions
    costs = [
        DirectionCost(
            data.signals[column].name,
            data.signals[column].monotone,
            _compare_losses(data, arrivals, baseline, freed),
        )
        for column, freed in zip(bound, each_freed, strict=True)
    ]
    total = DirectionCost("all of them", 0, _compare_losses(data, arrivals, baseline, all_freed))
    return (
        [total, *sorted(costs, key=lambda cost: -cost.cost.value)],
        float(log_loss(data.learning.label[arrivals], baseline)),
        len(arrivals),
    )


def _select_arrivals(data: TrainingData) -> IntArray:
    """Return the rows that results are measured on: leads at arrival that a fold predicts."""
    return np.sort(np.concatenate([fold.test[data.learning.arrival[fold.test]] for fold in data.splits.folds]))


def _predict_out_of_fold(
    data: TrainingData, columns: Sequence[int], signals: list[Signal], fit_boosters: FitBoosters
) -> FloatArray:
    """Return the probability of every moment by a blended model of these columns that did not see its lead.

    The base rate where there is no column; NaN where no fold predicts the moment.
    """
    learning, settings = data.learning, data.settings
    subset = data.select_columns(columns, signals)
    linear_raw, trees_raw = np.full(len(learning), np.nan), np.full(len(learning), np.nan)
    for fold in data.splits.folds:
        rows = subset.rows[fold.test].astype(np.float64)
        linear = fit_linear_part(subset, fold.train)
        linear_raw[fold.test] = linear.predict_raw(rows)
        raws = [linear_raw[fold.test]]
        if len(columns):
            boosters = fit_boosters(fold, subset)
            raws = [booster.predict(rows, raw_score=True, num_threads=settings.threads) for booster in boosters]
        trees_raw[fold.test] = np.mean(raws, axis=0)
    return expit(blend_out_of_fold(linear_raw, trees_raw, learning.label, data.splits.folds, data.splits.forward))


def _compare_losses(data: TrainingData, rows: IntArray, probability: FloatArray, other: FloatArray) -> Interval:
    """Return the log loss of one probability less that of the other, paired by lead."""
    learning, settings = data.learning, data.settings
    return compare_scores(
        learning.label[rows],
        probability,
        other,
        learning.moments.of_lead[rows],
        "log_loss",
        Bootstrap(settings.resamples, settings.seed),
    )
