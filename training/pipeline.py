"""One run, as a table of contents: from validated tables to a model that can be signed.

Lives here: the order of the steps. Does not live here: any arithmetic (each step's own file).
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

from features.array_types import FloatArray
from features.batch import Batch, kind_of
from features.feature_matrix import compute_matrix, select_supported_signals
from features.mapping.column_mapping import Mapping
from features.practice.practice import Practice
from features.registry import Signal
from features.schema import CUSTOM_PREFIX
from features.signals.custom_columns import CATEGORY_COLUMNS, build_column_signals
from features.tables.tables import Tables
from training.bundle import Bundle, Grades
from training.bundle.holdout_scores import HoldoutScores
from training.checks.leak_suspects import LeakSuspects
from training.checks.reason_stability import check_reasons
from training.checks.run_checks import check_data_and_metrics, run_proofs
from training.dataset.labels import LearningSet, label_leads, build_learning_set, require_enough_leads, describe_unripe
from training.dataset.time_splits import Splits, hash_people, make_splits
from training.dataset.training_context import build_training_context
from training.evaluation.contact_propensity import measure_contact
from training.evaluation.model_summary import summarize_model
from training.evaluation.out_of_fold import (
    Evaluation,
    ReportProgress,
    fit_prediction_band,
    fit_calibrator,
    FoldInputs,
    evaluate_model,
    predict_folds,
    predict_linear_folds,
)
from training.evaluation.reach_model import fit_reach, label_reached
from training.evaluation.refit_as_of import refit_as_of
from training.finding import Finding
from training.model.blending import choose_linear_weight, blend_out_of_fold
from training.model.calibration import Calibrator
from training.model.gradient_boosting import fit_booster, fit_trees
from training.model.linear_fit import fit_linear
from training.model.linear_model import blend_scores
from training.model.pending_labels import estimate_pending_labels
from training.model.rules_baseline import score_by_rules
from training.monitoring.reference_profile import build_reference_arrays
from training.settings import Settings

if TYPE_CHECKING:
    from training.model.hyperparameter_search import Tuning

__all__ = ["Evaluation", "PreparedRun", "TrainingResult", "prepare", "train"]

_GRADE_SHARES = {"a": 0.85, "b": 0.60, "c": 0.30}
"""Grade A is the top 15% of leads at arrival, B the next 25%, C the next 30%, D the rest."""


@dataclass(frozen=True)
class TrainingResult:
    """What one run hands on."""

    bundle: Bundle
    evaluation: Evaluation
    learning: LearningSet
    findings: tuple[Finding, ...]
    settings: Settings
    tuning: "Tuning | None" = None


@dataclass(frozen=True)
class PreparedRun:
    """What is known before the first fit.

    Parameters
    ----------
    tables : Tables
        Without the columns that are suspected to give the outcome away.
    rows : float32 array of shape (moments, signals)
    people : int array of shape (moments,)
        The person of each moment; see ``splits.people_of``.
    suspects : LeakSuspects
        Why columns were left out.
    """

    tables: Tables
    batch: Batch
    signals: list[Signal]
    rows: np.ndarray
    learning: LearningSet
    people: np.ndarray
    splits: Splits
    suspects: LeakSuspects


def train(
    tables: Tables,
    practice: Practice,
    settings: Settings,
    mapping: Mapping | None = None,
    name: str = "leadlight",
    step: ReportProgress = lambda *_: None,
    tune_minutes: float = 0.0,
    since: np.datetime64 | None = None,
) -> TrainingResult:
    """One run, from validated tables to a bundle that is not yet written anywhere.

    Parameters
    ----------
    tune_minutes : float
        How long to search for better settings first; 0 not at all.
    since : datetime64[us], optional
        When the data of the model in use ended: the leads since then are scored as if the fit had been made then, so
        that the two can be compared.

    Raises
    ------
    TrainingError
        If the data cannot teach a model: no label, one class, nothing left.
    """
    label = settings.label or practice.label
    made = prepare(tables, practice, settings, step)
    tables, batch, signals, rows, learning, people, splits = (
        made.tables,
        made.batch,
        made.signals,
        made.rows,
        made.learning,
        made.people,
        made.splits,
    )
    knowledge = batch.context
    tuning = _tuned(made, settings, tune_minutes, step) if tune_minutes else None
    settings = settings if tuning is None else tuning.settings
    fold_inputs = FoldInputs(rows, learning, splits, signals, settings, step)
    trees = predict_folds(fold_inputs)
    line = predict_linear_folds(fold_inputs)
    weight = choose_linear_weight(line, trees, learning.label, splits.folds, splits.forward)
    raw = blend_out_of_fold(line, trees, learning.label, splits.folds, splits.forward)
    rules = score_by_rules(practice.rules, batch, signals, rows)
    evaluation = evaluate_model(fold_inputs, raw, people, rules.points if rules.can_rank else None)
    after = None if since is None else refit_as_of(since, fold_inputs, line, trees, practice.horizon_days)
    reach, reach_figures = fit_reach(fold_inputs, label_reached(tables, learning, practice))
    step("Fitting the final model", 0, 1)
    calibrator = fit_calibrator(raw, learning, splits.folds, splits.forward)
    booster = fit_booster(rows, learning.label, learning.position, learning.moments.of_lead, signals, settings)
    linear = fit_linear(rows, learning.label, signals, settings.line_penalty)
    if _uses_waiting(learning, settings, splits.forward):
        waiting = compute_matrix(
            Batch.from_tables(tables, learning.pending.moments.of_lead, learning.pending.moments.cutoff, knowledge),
            signals,
        )
        before = blend_scores(
            linear.predict_raw(waiting.astype(float)),
            np.asarray(booster.predict(waiting, raw_score=True, num_threads=settings.threads)),
            weight,
        )
        every_row = np.concatenate([rows, waiting])
        every_label = np.concatenate([learning.label, estimate_pending_labels(before, raw, learning, splits.folds)])
        booster = fit_trees(every_row, every_label, signals, settings, booster.num_trees())
        linear = fit_linear(every_row, every_label, signals, settings.line_penalty)
    step("Fitting the final model", 1, 1)
    grades = _grades(raw, learning, calibrator)
    contact = measure_contact(tables, fold_inputs, calibrator.calibrate(raw), practice.timezone)
    bundle = Bundle(
        name=name,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        label=label if tables.label is None else _label_words(mapping),
        horizon_days=practice.horizon_days,
        dated="created_at" in tables.leads,
        base_rate=float(learning.label[learning.arrival].mean()),
        signals=tuple(signals),
        columns=_kinds(tables, batch),
        calibrator=calibrator,
        grades=grades,
        model_text=booster.model_to_string(),
        linear=linear,
        linear_weight=weight,
        band=fit_prediction_band(raw, learning, splits.folds, calibrator, settings),
        practice=practice,
        phrases=knowledge.phrases,
        history=knowledge.history,
        word_weights=knowledge.word_weights,
        mapping=mapping,
        reach=reach,
        holdout_scores=_unseen(tables, learning, evaluation, after),
        reference=build_reference_arrays(rows, signals, learning, calibrator.calibrate(raw), grades),
        figures=_figures(tables, learning, evaluation, booster.num_trees())
        | _unripe(learning, practice, _uses_waiting(learning, settings, splits.forward))
        | {
            "settings": settings.to_dict(),
            "data_until": None if tables.as_of is None else str(tables.as_of),
            "reach": reach_figures,
            "contact": contact,
            "linear_weight": weight,
            "calibrator": vars(calibrator),
        }
        | summarize_model(tables, practice, evaluation, rules, settings, splits.forward)
        | ({} if tuning is None else {"tuning": tuning.to_figures()}),
    )
    reasons, hidden = check_reasons(bundle, fold_inputs, evaluation.matrix, booster.num_trees())
    bundle = replace(bundle, hidden_reasons=hidden)
    findings = (
        *run_proofs(tables, practice, label, bundle, rows, step),
        made.suspects.run(),
        reasons,
        *check_data_and_metrics(tables, practice, label, learning, evaluation, bundle),
    )
    bundle = replace(bundle, figures=bundle.figures | {"findings": [vars(one) for one in findings]})
    return TrainingResult(bundle, evaluation, learning, findings, settings, tuning)


def prepare(tables: Tables, practice: Practice, settings: Settings, step: ReportProgress = lambda *_: None) -> PreparedRun:
    """Everything before the first fit: what can teach, what is read of it, and how it is cut.

    Raises
    ------
    TrainingError
        If the data cannot teach a model: no label, one class, nothing left.
    """
    label = settings.label or practice.label
    learning = build_learning_set(tables, practice, label, settings.moments_hours)
    require_enough_leads(learning)
    suspects = LeakSuspects(tables, label_leads(tables, practice, label))
    tables = drop_columns(tables, suspects.find_excluded_columns())
    batch = Batch.from_tables(
        tables, learning.moments.of_lead, learning.moments.cutoff, build_training_context(tables, practice, label)
    )
    signals = choose_signals(tables, batch)
    rows = compute_matrix(batch, signals, lambda done, of: step("Reading the leads", done, of))
    people = hash_people(tables)[learning.moments.of_lead]
    splits = make_splits(
        learning, settings.folds, practice.horizon_days, settings.seed, people if settings.people_apart else None
    )
    return PreparedRun(tables, batch, signals, rows, learning, people, splits, suspects)


def drop_columns(tables: Tables, columns: Collection[str]) -> Tables:
    """The tables without some custom columns."""
    return replace(
        tables,
        leads=tables.leads.drop(columns=list(columns)),
        custom={name: kind for name, kind in tables.custom.items() if name not in columns},
    )


def choose_signals(tables: Tables, batch: Batch) -> list[Signal]:
    """The catalogue's signals that this data supports, then the columns that are read as they stand."""
    filled = [name for name, values in batch.columns.items() if not _empty(values)]
    signals = select_supported_signals(filled, bool(len(tables.events)), batch.context)
    read = {name: "category" for name in CATEGORY_COLUMNS if name in filled} | {
        name: kind for name, kind in tables.custom.items() if name in filled
    }
    taken = {one.name for one in signals}
    history = batch.context.history is not None
    return signals + [
        one
        for name, kind in read.items()
        if name not in taken
        for one in build_column_signals(name, kind, batch.lead_column(name), history)
    ]


def _tuned(made: PreparedRun, settings: Settings, minutes: float, step: ReportProgress) -> "Tuning":
    """The search; who does not ask for it does not wait for optuna to be imported."""
    from training.model.hyperparameter_search import tune

    return tune(made.rows, made.learning, made.splits, made.signals, settings, minutes, step)


def _uses_waiting(learning: LearningSet, settings: Settings, forward: bool) -> bool:
    """Whether moments that are not ripe yet teach in this run."""
    return settings.unripe == "delay_model" and forward and learning.pending is not None and learning.pending.has_delay_curve


def _unripe(learning: LearningSet, practice: Practice, taught: bool) -> dict[str, Any]:
    """How many moments were not ripe, what was known of them, what was done with them; and what was left out, now that
    this is known.
    """
    if learning.pending is None:
        return {"unripe": {"moments": 0, "used": "not applicable"}}
    left_out = {
        why: count
        for why, count in learning.left_out.items()
        if not (taught and why == describe_unripe(practice.horizon_days))
    }
    known = int(learning.pending.converted.sum())
    return {
        "left_out": left_out,
        "unripe": {
            "moments": len(learning.pending),
            "converted_so_far": known,
            "used": "delay_model" if taught else "leave_out",
        },
    }


def _unseen(
    tables: Tables, learning: LearningSet, evaluation: Evaluation, after: tuple[np.ndarray, FloatArray] | None
) -> HoldoutScores:
    """What was said of the held-out leads, and of those since the data of the model in use ended."""
    moments, probability = after or (np.empty(0, np.intp), np.empty(0))
    leads = np.concatenate([evaluation.leads, learning.moments.of_lead[moments]])
    return HoldoutScores.from_leads(
        tables.leads["lead_id"].to_numpy(object)[leads], np.concatenate([evaluation.probability, probability])
    )


def _grades(raw: FloatArray, learning: LearningSet, calibrator: Calibrator) -> Grades:
    """Grades from where the held-out leads stood at arrival."""
    known = raw[learning.arrival & ~np.isnan(raw)]
    probability = expit(calibrator.calibrate(known))
    return Grades(**{grade: float(np.quantile(probability, share)) for grade, share in _GRADE_SHARES.items()})


def _kinds(tables: Tables, batch: Batch) -> dict[str, str]:
    """Kind of every leads column a payload may carry.

    Who a lead is about is none of them: the bundle knows no person.
    """
    names = [name for name in batch.columns if name in tables.custom or not name.startswith(CUSTOM_PREFIX)]
    return {name: kind_of(name, tables.custom) for name in names}


def _label_words(mapping: Mapping | None) -> str:
    """The export's own label and the values that count as success: a column called No-show is a success where it says
    No.
    """
    return (
        f"{mapping.label_column} = {' or '.join(mapping.booked)}"
        if mapping is not None and mapping.label_column is not None
        else "converted"
    )


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
        "new_people": None
        if evaluation.new_people is None
        else {
            "auc": [
                round(value, 6)
                for value in (evaluation.new_people.value, evaluation.new_people.low, evaluation.new_people.high)
            ],
            "leads": evaluation.new_people_leads,
        },
        "trees": trees,
        "band_held": evaluation.band_held,
        "scorers": rounded,
    }


def _empty(values: np.ndarray) -> bool:
    """Whether a column says nothing at all."""
    if values.dtype.kind == "M":
        return bool(np.isnat(values).all())
    return bool(np.isnan(values).all()) if values.dtype.kind == "f" else all(value is None for value in values)
