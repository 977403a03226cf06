"""What goes into the bundle of a run? The model, its context, and the figures that pages and later runs read.

Lives here: putting the results of a run together as a ``Bundle``.
Does not live here: computing them (``training.evaluation``, ``training.final_fit``), writing and reading a bundle
(``training.bundle``).
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

from features.batch import Batch, get_column_kind
from features.mapping.column_mapping import Mapping
from features.schema import CUSTOM_PREFIX
from features.tables.tables import Tables
from training.bundle import Bundle, Grades
from training.bundle.holdout_scores import HoldoutScores
from training.dataset.labels import describe_unripe
from training.evaluation.contact_propensity import measure_contact
from training.evaluation.cross_validation import CrossValidation
from training.evaluation.fold_calibration import fit_prediction_band
from training.evaluation.fold_metrics import measure_folds
from training.evaluation.level_update_backtest import fit_level_filter
from training.evaluation.metrics import Bootstrap, Interval, evaluate
from training.evaluation.model_summary import summarize_model
from training.evaluation.out_of_fold import Evaluation
from training.evaluation.provenance import describe_tables
from training.evaluation.withheld_leads import measure_withheld
from training.explain.shap_values import ShapExplainer
from training.explain.tree_centers import compute_tree_centers
from training.fast_run import describe_left_out
from training.final_fit import FinalModel
from training.model.level_update import LevelFilter
from training.model.linear.linear_model import blend_scores
from training.model.missing_information import InformationSpread, WeighedInputs, compute_input_weights
from training.monitoring.reference_profile import build_reference_arrays, find_end_of_day
from training.preparation import PreparedRun

if TYPE_CHECKING:
    from training.model.hyperparameter_search import Tuning

__all__ = ["assemble_bundle", "collect_holdout_scores"]

_LEADS_WEIGHED = 500
"""Newest leads whose contributions say what each field is worth."""


def assemble_bundle(
    run: PreparedRun,
    validation: CrossValidation,
    final: FinalModel,
    mapping: Mapping | None,
    name: str,
    tuning: "Tuning | None" = None,
) -> Bundle:
    """Put the results of a run together as a bundle that is not yet written anywhere."""
    tables, practice, data, context = run.tables, run.practice, run.data, run.batch.context
    calibrator, learning = validation.calibrator, data.learning
    log_odds = calibrator.calibrate(validation.raw)
    out_of_fold = validation.raw[learning.arrival & ~np.isnan(validation.raw)]
    grades = Grades.cut(expit(validation.calibrator.calibrate(out_of_fold)))
    explainer = ShapExplainer.from_booster(final.booster)
    weights, spread, withheld = _measure_inputs(run, validation, final, explainer)
    columns = _list_columns(tables, run.batch)
    return Bundle(
        name=name,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        label=run.label if tables.label is None else _describe_label(mapping),
        horizon_days=practice.horizon_days,
        dated="created_at" in tables.leads,
        base_rate=float(learning.label[learning.arrival].mean()),
        signals=tuple(data.signals),
        columns=columns,
        calibrator=calibrator,
        grades=grades,
        model_text=final.booster.model_to_string(),
        linear=final.linear,
        linear_weight=validation.linear_weight,
        band=fit_prediction_band(validation.raw, learning, data.splits.folds, calibrator, data.settings),
        level=_fit_level(run, validation),
        practice=practice,
        phrases=context.phrases,
        history=None if context.history is None else context.history.publish(),
        word_weights=context.word_weights,
        mapping=mapping,
        reach=final.reach,
        reference=build_reference_arrays(data.rows, data.signals, learning, log_odds, grades),
        tree_centers=compute_tree_centers(explainer, data),
        source_fields=context.source_fields,
        input_weights=weights,
        spread=spread,
        figures=_collect_figures(run, validation, final)
        | {"tables": describe_tables(tables, columns)}
        | {"withheld": withheld, "withheld_share": None if data.withheld is None else validation.withheld_share}
        | ({} if tuning is None else {"tuning": tuning.to_figures()}),
    )


def _measure_inputs(
    run: PreparedRun, validation: CrossValidation, final: FinalModel, explainer: ShapExplainer
) -> tuple[dict[str, float], InformationSpread, list[dict[str, Any]]]:
    """Return each field's share of the information, the spread that missing fields leave, and metrics without them."""
    data, calibrator = run.data, validation.calibrator
    arrival = np.flatnonzero(data.learning.arrival)
    # Rows stand in the order of the file, which need not be that of arrival.
    newest = arrival[np.argsort(data.learning.position[arrival], kind="stable")[-_LEADS_WEIGHED:]]
    latest = data.rows[newest].astype(np.float64)
    trees = explainer.explain(latest, data.settings.threads)
    parts = blend_scores(final.linear.compute_parts(latest), trees.parts, validation.linear_weight)
    weights = compute_input_weights(data.signals, parts)
    if data.withheld is None:
        return weights, InformationSpread(), []
    coverage = WeighedInputs.of(data.signals, weights).compute_coverage(data.withheld.rows)
    log_odds = calibrator.calibrate(validation.withheld_raw)
    change = calibrator.calibrate(validation.raw)[data.withheld.of_row] - log_odds
    scored = ~np.isnan(change)
    spread = InformationSpread.fit(coverage[scored], change[scored])
    return weights, spread, measure_withheld(data, log_odds, coverage)


def collect_holdout_scores(run: PreparedRun, validation: CrossValidation) -> HoldoutScores:
    """Return the scores of the held-out leads, and of those since the champion's data ended.

    They are no part of the bundle: the home keeps them.
    """
    moments, probability = validation.since_champion
    leads = np.concatenate([validation.evaluation.leads, run.data.learning.moments.of_lead[moments]])
    return HoldoutScores(
        run.tables.leads["lead_id"].to_numpy(object)[leads],
        np.concatenate([validation.evaluation.probability, probability]),
    )


def _find_end_of_day(as_of: np.datetime64 | None) -> str | None:
    """Return the last moment of a moment's day (UTC) as text: the moment itself is one lead's.

    >>> _find_end_of_day(np.datetime64("2026-03-02T15:30:00", "us"))
    '2026-03-02T23:59:59.999999'
    """
    return None if as_of is None else str(find_end_of_day(as_of))


def _fit_level(run: PreparedRun, validation: CrossValidation) -> LevelFilter:
    """Return how the level is followed after training; as trained where no fold says how it moves."""
    splits, calibrator = run.data.splits, validation.calibrator
    folds = splits.folds if splits.forward else ()
    return fit_level_filter(validation.raw, run.data.learning, folds, calibrator)


def _list_columns(tables: Tables, batch: Batch) -> dict[str, str]:
    """Return the kind of every leads column a payload may carry.

    The person a lead is about is not among them: a bundle knows no person.
    """
    names = [name for name in batch.columns if name in tables.custom or not name.startswith(CUSTOM_PREFIX)]
    return {name: get_column_kind(name, tables.custom) for name in names}


def _describe_label(mapping: Mapping | None) -> str:
    """Return the export's own label and the values that count as a success.

    A column called No-show is a success where it holds "No".
    """
    if mapping is None or mapping.label_column is None:
        return "converted"
    return f"{mapping.label_column} = {' or '.join(mapping.booked)}"


def _collect_figures(run: PreparedRun, validation: CrossValidation, final: FinalModel) -> dict[str, Any]:
    """Return counts and metrics as JSON values, for pages, cards and later runs."""
    tables, practice, data, evaluation = run.tables, run.practice, run.data, validation.evaluation
    log_odds = validation.calibrator.calibrate(validation.raw)
    return (
        _count_and_measure(run, validation, final)
        | _describe_pending(run, final.uses_pending)
        | {
            "settings": data.settings.to_dict(),
            "left_out_of_training": describe_left_out(data.settings),
            "data_until": _find_end_of_day(tables.as_of),
            "reach": final.reach_figures,
            "contact": measure_contact(tables, data, log_odds, practice.timezone),
            "linear_weight": validation.linear_weight,
            "calibrator": vars(validation.calibrator),
            "followed": _measure_followed(run, evaluation),
        }
        | summarize_model(tables, practice, evaluation, run.rules, data.settings, data.splits.forward)
    )


def _count_and_measure(run: PreparedRun, validation: CrossValidation, final: FinalModel) -> dict[str, Any]:
    """Return the counts of the data and the metrics of every scorer."""
    leads, learning, evaluation = run.tables.leads, run.data.learning, validation.evaluation
    created = leads["created_at"] if "created_at" in leads else None
    new_people = None
    if evaluation.new_people is not None:
        new_people = {"auc": _round_interval(evaluation.new_people), "leads": evaluation.new_people_leads}
    return {
        "leads": len(leads),
        "moments": len(learning),
        "arrival_only": bool(learning.arrival.all()),
        "left_out": learning.left_out,
        "label_finality": learning.finality,
        "held_out": evaluation.parts,
        "held_out_leads": len(evaluation.label),
        "held_out_rate": round(float(evaluation.label.mean()), 6),
        "period": None if created is None else [str(created.min().date()), str(created.max().date())],
        "new_people": new_people,
        "trees": final.booster.num_trees(),
        "band_held": evaluation.band_held,
        "folds": measure_folds(validation.raw, learning, run.data.splits),
        "scorers": {
            scorer: {metric: _round_interval(interval) for metric, interval in metrics.items()}
            for scorer, metrics in evaluation.figures.items()
        },
    }


def _measure_followed(run: PreparedRun, evaluation: Evaluation) -> dict[str, list[float]] | None:
    """Return log loss and calibration error of the held-out leads at the followed level; None without dates."""
    if evaluation.followed is None:
        return None
    settings = run.data.settings
    metrics = evaluate(
        evaluation.label, evaluation.followed, evaluation.leads, Bootstrap(settings.resamples, settings.seed)
    )
    return {name: _round_interval(metrics[name]) for name in ("log_loss", "calibration_error")}


def _round_interval(interval: Interval) -> list[float]:
    """Return value, low and high."""
    return [round(value, 6) for value in (interval.value, interval.low, interval.high)]


def _describe_pending(run: PreparedRun, uses_pending: bool) -> dict[str, Any]:
    """Return how many moments were pending and how they were used; and what was left out, now that this is known."""
    learning = run.data.learning
    if learning.pending is None:
        return {"unripe": {"moments": 0, "used": "not applicable"}}
    unripe = describe_unripe(run.practice.horizon_days)
    return {
        "left_out": {
            cause: count for cause, count in learning.left_out.items() if not (uses_pending and cause == unripe)
        },
        "unripe": {
            "moments": len(learning.pending),
            "converted_so_far": int(learning.pending.converted.sum()),
            "used": "delay_model" if uses_pending else "leave_out",
        },
    }
