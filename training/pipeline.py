"""One run, as a table of contents: from validated tables to a model that can be signed.

Lives here: the order of the steps. Does not live here: any arithmetic (each step's own file).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from features.batch import Batch, kind_of
from features.catalogue import Signal
from features.contacts import ContactBook
from features.history import PRIVATE_FIELDS, hashed
from features.knowledge import Knowledge
from features.mapping import Mapping
from features.matrix import matrix, supported
from features.practice import Practice
from features.schema import CUSTOM_PREFIX
from features.signals.custom import CATEGORY_COLUMNS, from_column
from features.tables import Tables
from features.types import FloatArray
from training.baselines import logistic_regression, newest_first
from training.bundle import Bundle, Grades
from training.calibrate import Calibrator
from training.evaluate import Interval, evaluate
from training.fit import fit_booster
from training.checks.finding import Finding
from training.checks.leak_suspects import LeakSuspects
from training.labels import LearningSet, lead_labels, learning_set, record_of
from training.settings import Settings
from training.splits import Splits, known_people, split

__all__ = ["Evaluation", "Trained", "train"]

_GRADE_SHARES = {"a": 0.85, "b": 0.60, "c": 0.30}
"""Grade A is the top 15% of leads at arrival, B the next 25%, C the next 30%, D the rest."""

Step = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


@dataclass(frozen=True)
class Evaluation:
    """How the model did on leads it had not seen.

    Parameters
    ----------
    figures : dict
        Scorer ("Leadlight", "Logistic regression", "Newest first", "Base rate") -> metric -> Interval, one row per lead, at arrival.
    every_moment : dict
        Leadlight's metrics over all moments of the same leads; empty where each lead has only one.
    label, probability : float arrays of shape (t,)
        Of the held-out leads at arrival.
    matrix : float32 array of shape (t, signals)
    parts : how the data was cut, in words
    new_people : Interval or None
        AUC on those of the held-out leads whose person stands in no training row; None where no person is known to return.
    new_people_leads : int
        How many leads that is.
    """

    figures: dict[str, dict[str, Interval]]
    every_moment: dict[str, Interval]
    label: FloatArray
    probability: FloatArray
    matrix: np.ndarray
    parts: str
    new_people: Interval | None = None
    new_people_leads: int = 0


@dataclass(frozen=True)
class Trained:
    """What one run hands on."""

    bundle: Bundle
    evaluation: Evaluation
    learning: LearningSet
    findings: tuple[Finding, ...]


def train(
    tables: Tables, practice: Practice, settings: Settings, mapping: Mapping | None = None, name: str = "leadlight", step: Step = lambda *_: None
) -> Trained:
    """One run, from validated tables to a bundle that is not yet written anywhere.

    Raises
    ------
    TrainingError
        If the data cannot teach a model: no label, one class, nothing left.
    """
    learning = learning_set(tables, practice, settings.label)
    suspects = LeakSuspects(tables, lead_labels(tables, practice, settings.label))
    tables = without(tables, suspects.left_out())
    knowledge = Knowledge(practice=practice, history=record_of(tables, practice, settings.label), contacts=ContactBook.of_leads(tables.leads))
    batch = Batch.from_tables(tables, learning.moments.of_lead, learning.moments.cutoff, knowledge)
    signals = chosen_signals(tables, batch)
    rows = matrix(batch, signals, lambda done, of: step("Reading the leads", done, of))
    people = people_of(tables)[learning.moments.of_lead]
    splits = split(learning, settings.folds, practice.horizon_days, settings.seed, people if settings.people_apart else None)
    raw = _predict_folds(rows, learning, splits, signals, settings, step)
    evaluation = _evaluation(rows, raw, learning, splits, people, signals, settings, step)
    step("Fitting the final model", 0, 1)
    booster = fit_booster(rows, learning.label, learning.position, learning.moments.of_lead, signals, settings)
    calibrator = _calibrated(raw, learning, splits.folds)
    step("Fitting the final model", 1, 1)
    bundle = Bundle(
        name=name,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        label=settings.label if tables.label is None else _label_words(mapping),
        horizon_days=practice.horizon_days,
        dated="created_at" in tables.leads,
        base_rate=float(learning.label[learning.arrival].mean()),
        signals=tuple(signals),
        columns=_kinds(tables, batch),
        calibrator=calibrator,
        grades=_grades(raw, learning, calibrator),
        model_text=booster.model_to_string(),
        practice=practice,
        phrases=knowledge.phrases,
        history=knowledge.history,
        mapping=mapping,
        figures=_figures(tables, learning, evaluation, booster.num_trees()),
    )
    return Trained(bundle, evaluation, learning, (suspects.run(),))


def without(tables: Tables, columns: Collection[str]) -> Tables:
    """The tables without some custom columns."""
    return replace(tables, leads=tables.leads.drop(columns=list(columns)), custom={name: kind for name, kind in tables.custom.items() if name not in columns})


def chosen_signals(tables: Tables, batch: Batch) -> list[Signal]:
    """The catalogue's signals that this data supports, then the columns that are read as they stand."""
    filled = [name for name, values in batch.columns.items() if not _empty(values)]
    signals = supported(filled, bool(len(tables.events)), batch.knowledge)
    read = {name: "category" for name in CATEGORY_COLUMNS if name in filled} | {name: kind for name, kind in tables.custom.items() if name in filled}
    taken = {one.name for one in signals}
    return signals + [from_column(name, kind, batch.of_leads(name)) for name, kind in read.items() if name not in taken]


def _predict_folds(rows: np.ndarray, learning: LearningSet, splits: Splits, signals: Sequence[Signal], settings: Settings, step: Step) -> FloatArray:
    """Raw score of every moment from a model that did not see its lead (nor, forward, anything later); NaN where no fold predicts it."""
    raw = np.full(len(learning), np.nan)
    for done, fold in enumerate(splits.folds):
        step("Training on earlier leads, predicting later ones" if splits.forward else "Training on some leads, predicting others", done, len(splits.folds))
        booster = fit_booster(
            rows[fold.train], learning.label[fold.train], learning.position[fold.train], learning.moments.of_lead[fold.train], signals, settings
        )
        raw[fold.test] = booster.predict(rows[fold.test], raw_score=True, num_threads=settings.threads)
    step("Training on earlier leads, predicting later ones" if splits.forward else "Training on some leads, predicting others", 1, 1)
    return raw


def _calibrated(raw: FloatArray, learning: LearningSet, folds: Sequence) -> Calibrator:
    """The calibration line from the later half of these folds' predictions; the identity when there are none."""
    if not folds:
        return Calibrator()
    rows = np.concatenate([fold.test for fold in folds[len(folds) // 2 :]])
    return Calibrator.fit(raw[rows], learning.label[rows])


def _evaluation(rows: np.ndarray, raw: FloatArray, learning: LearningSet, splits: Splits, people: np.ndarray, signals: Sequence[Signal], settings: Settings, step: Step) -> Evaluation:
    """Figures on the held-out end of history; on every lead once, where the folds are random."""
    step("Measuring", 0, 3)
    held_out = splits.folds[-1:] if splits.forward else splits.folds
    test = np.concatenate([fold.test for fold in held_out])
    probability, logistic = np.full(len(learning), np.nan), np.full(len(learning), np.nan)
    for number, fold in enumerate(held_out):
        before = splits.folds[:-1] if splits.forward else [other for other in splits.folds if other is not fold]
        log_odds = _calibrated(raw, learning, before if splits.forward else before * 2).log_odds(raw[fold.test])
        probability[fold.test] = 1 / (1 + np.exp(-log_odds))
        peer = logistic_regression(signals).fit(rows[fold.train], learning.label[fold.train])
        logistic[fold.test] = peer.predict_proba(rows[fold.test])[:, 1]
        step("Measuring", 1 + number, 1 + len(held_out))
    first = np.sort(test[learning.arrival[test]])
    scorers = {"Leadlight": (probability, True), "Logistic regression": (logistic, True)}
    if (newest := newest_first(learning.position)) is not None:
        scorers["Newest first"] = (newest, False)
    scorers["Base rate"] = (np.full(len(learning), _known_rate(learning, held_out)), True)
    label, leads = learning.label[first], learning.moments.of_lead[first]
    figures = {who: evaluate(label, score[first], leads, settings.resamples, settings.seed, sure) for who, (score, sure) in scorers.items()}
    later = len(test) > len(first)
    every = evaluate(learning.label[test], probability[test], learning.moments.of_lead[test], settings.resamples, settings.seed) if later else {}
    share = "the latest fifth of the leads" if settings.folds == 5 else f"the latest 1/{settings.folds} of the leads"
    parts = f"{share}, predicted from earlier ones" if splits.forward else f"{len(splits.folds)} random folds (the data has no order in time)"
    parts += ", whose people do not stand in training" if settings.people_apart else ""
    new_people = _new_people(learning, probability, first, people, held_out, settings)
    step("Measuring", 1, 1)
    return Evaluation(figures, every, label, probability[first], rows[first], parts, *new_people)


def _new_people(
    learning: LearningSet, probability: FloatArray, first: np.ndarray, people: np.ndarray, held_out: Sequence, settings: Settings
) -> tuple[Interval | None, int]:
    """AUC on held-out leads of people not seen in training, and how many these are; (None, 0) where no person returns."""
    leads = people[learning.arrival & (people != 0)]
    if len(np.unique(leads)) == len(leads):
        return None, 0
    new = np.concatenate([fold.test[(people[fold.test] != 0) & ~known_people(people, fold.test, fold.train)] for fold in held_out])
    new = np.intersect1d(new, first)
    if len(np.unique(learning.label[new])) < 2:
        return None, len(new)
    return evaluate(learning.label[new], probability[new], learning.moments.of_lead[new], settings.resamples, settings.seed)["auc"], len(new)


def people_of(tables: Tables) -> np.ndarray:
    """A hash of the person each lead is about, 0 unknown: uint64 of shape (m,). It leaves this run in no form."""
    return hashed(tables.leads["person_id"].to_numpy(object)) if "person_id" in tables.leads else np.zeros(len(tables.leads), np.uint64)


def _known_rate(learning: LearningSet, held_out: Sequence) -> float:
    """The conversion rate that was known before the held-out leads."""
    return float(np.mean([learning.label[fold.train][learning.arrival[fold.train]].mean() for fold in held_out]))


def _grades(raw: FloatArray, learning: LearningSet, calibrator: Calibrator) -> Grades:
    """Grades from where the held-out leads stood at arrival."""
    known = raw[learning.arrival & ~np.isnan(raw)]
    probability = 1 / (1 + np.exp(-calibrator.log_odds(known)))
    return Grades(**{grade: float(np.quantile(probability, share)) for grade, share in _GRADE_SHARES.items()})


def _kinds(tables: Tables, batch: Batch) -> dict[str, str]:
    """Kind of every leads column a payload may carry. Who a lead is about is none of them: the bundle knows no person."""
    names = [name for name in batch.columns if name in tables.custom or not name.startswith(CUSTOM_PREFIX) and name not in PRIVATE_FIELDS]
    return {name: kind_of(name, tables.custom) for name in names}


def _label_words(mapping: Mapping | None) -> str:
    """The export's own label and the values that count as success: a column called No-show is a success where it says No."""
    return f"{mapping.label_column} = {' or '.join(mapping.booked)}" if mapping is not None and mapping.label_column is not None else "converted"


def _figures(tables: Tables, learning: LearningSet, evaluation: Evaluation, trees: int) -> dict[str, Any]:
    """Counts and metrics as JSON values, for pages and cards."""
    rounded = {
        who: {metric: [round(value, 6) for value in (one.value, one.low, one.high)] for metric, one in metrics.items()}
        for who, metrics in evaluation.figures.items()
    }
    created = tables.leads["created_at"] if "created_at" in tables.leads else None
    return {
        "leads": len(tables.leads),
        "moments": len(learning),
        "left_out": learning.left_out,
        "held_out": evaluation.parts,
        "held_out_leads": len(evaluation.label),
        "held_out_rate": round(float(evaluation.label.mean()), 6),
        "period": None if created is None else [str(created.min().date()), str(created.max().date())],
        "new_people": None if evaluation.new_people is None else {
            "auc": [round(value, 6) for value in (evaluation.new_people.value, evaluation.new_people.low, evaluation.new_people.high)],
            "leads": evaluation.new_people_leads,
        },
        "trees": trees,
        "scorers": rounded,
    }


def _empty(values: np.ndarray) -> bool:
    """Whether a column says nothing at all."""
    if values.dtype.kind == "M":
        return bool(np.isnat(values).all())
    return bool(np.isnan(values).all()) if values.dtype.kind == "f" else all(value is None for value in values)
