"""How is a model trained? One run as a table of contents, from validated tables to a bundle that can be signed.

Lives here: the order of the steps.
Does not live here: any arithmetic; each step has its own file (``training.preparation``,
``training.evaluation.cross_validation``, ``training.final_fit``, ``training.bundle_assembly``, ``training.checks``).
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from features.mapping.column_mapping import Mapping
from features.practice.practice import Practice
from features.schema import CUSTOM_PREFIX
from features.tables.tables import Tables
from training.bundle import Bundle
from training.bundle.holdout_scores import HoldoutScores
from training.bundle_assembly import assemble_bundle, collect_holdout_scores
from training.check_finding import Finding
from training.checks.reason_stability import check_reasons
from training.checks.run_checks import check_data_and_metrics, run_proofs
from training.dataset.labels import LearningSet
from training.dataset.time_splits import list_deciding_folds
from training.dataset.training_data import TrainingData
from training.evaluation.cross_validation import CrossValidation, cross_validate
from training.evaluation.out_of_fold import Evaluation
from training.evaluation.promotion_blockers import find_blocking
from training.evaluation.readiness import confirm_verdict
from training.fast_run import mark_verdict, refuse_untested_reasons
from training.final_fit import fit_final
from training.model.paired_gain_test import COST_ERRORS, MIN_FOLDS, is_gain_proven
from training.preparation import PreparedRun, prepare
from training.progress import ReportProgress, ignore_progress
from training.settings import Settings
from training.workers.fit_workers import THIS_PROCESS, FitWorkers

if TYPE_CHECKING:
    from training.model.hyperparameter_search import Tuning

__all__ = ["Evaluation", "PreparedRun", "TrainingOptions", "TrainingResult", "prepare", "train"]


@dataclass(frozen=True)
class TrainingOptions:
    """Choices of one run that are not settings of its model.

    Parameters
    ----------
    name : str
        The name the bundle is registered under.
    tune_minutes : float
        How long to search for better settings first; 0 for no search.
    since : datetime64[us], optional
        When the champion's data ended: the leads since then are scored by a fit as of that day, so that the two models
        can be compared on them.
    workers : FitWorkers
        Who fits beside each other what need not wait; it changes no bit of the model.
    """

    name: str = "leadlight"
    tune_minutes: float = 0.0
    since: np.datetime64 | None = None
    workers: FitWorkers = THIS_PROCESS


DEFAULT_OPTIONS = TrainingOptions()

_MAX_REFITS = 4
"""How often a model is fitted again without the signals whose reasons did not hold."""


@dataclass(frozen=True)
class ValidatedRun:
    """A run whose folds are scored and whose reasons are tested.

    Parameters
    ----------
    run : PreparedRun
        As all folds choose it.
    undecided : PreparedRun
        As it was before the folds chose.
    validation : CrossValidation
    reasons : Finding, of LC009
    hidden : tuple of str
        The groups whose reasons must not be shown.
    """

    run: PreparedRun
    undecided: PreparedRun
    validation: CrossValidation
    reasons: Finding
    hidden: tuple[str, ...]


@dataclass(frozen=True)
class TrainingResult:
    """Result of one run; its bundle and its scores of held-out leads are not yet written anywhere."""

    bundle: Bundle
    holdout_scores: HoldoutScores
    evaluation: Evaluation
    learning: LearningSet
    findings: tuple[Finding, ...]
    settings: Settings
    started_at: datetime
    tuning: "Tuning | None" = None


def train(
    tables: Tables,
    practice: Practice,
    settings: Settings,
    mapping: Mapping | None = None,
    options: TrainingOptions = DEFAULT_OPTIONS,
    report_progress: ReportProgress = ignore_progress,
) -> TrainingResult:
    """Train a model on validated tables.

    Raises
    ------
    TrainingError
        If no model can be learned from the data (no label, one class, too few leads), or a proof fails.
    """
    started_at = datetime.now(UTC)
    run = prepare(tables, practice, settings, report_progress)
    run, tuning = tune_settings(run, options, report_progress)
    complete = validate_folds(run, options, report_progress)
    shipped = validate_reasons(run, complete, report_progress)
    for _ in range(_MAX_REFITS):
        explainable = leave_out_hidden(shipped)
        if explainable is None:
            break
        reduced = validate_folds(explainable, options, report_progress)
        if is_costly(complete, reduced, run.data):
            break
        shipped = validate_reasons(explainable, reduced, report_progress)
    run, validation = shipped.run, shipped.validation
    final = fit_final(run, validation, report_progress)
    bundle = assemble_bundle(run, validation, final, mapping, options.name, tuning)
    bundle, findings = prove(shipped, replace(bundle, hidden_reasons=shipped.hidden), report_progress)
    evaluation = validation.evaluation
    holdout_scores, learning = collect_holdout_scores(run, validation), run.data.learning
    settings = run.data.settings
    return TrainingResult(bundle, holdout_scores, evaluation, learning, findings, settings, started_at, tuning)


def tune_settings(
    run: PreparedRun, options: TrainingOptions, report_progress: ReportProgress = ignore_progress
) -> tuple[PreparedRun, "Tuning | None"]:
    """Search for better settings; return the run with them, and the search. Without minutes nothing changes."""
    if not options.tune_minutes:
        return run, None
    # optuna takes seconds to import: only a run that searches pays for it.
    from training.model.hyperparameter_search import tune

    tuning = tune(run.data, options.tune_minutes, report_progress, workers=options.workers)
    return replace(run, data=replace(run.data, settings=tuning.settings)), tuning


def validate_folds(
    run: PreparedRun, options: TrainingOptions, report_progress: ReportProgress = ignore_progress
) -> CrossValidation:
    """Predict, blend, calibrate and evaluate the folds."""
    return cross_validate(
        run.data, run.rules, run.practice.horizon_days, options.since, report_progress, options.workers
    )


def validate_reasons(
    run: PreparedRun, validation: CrossValidation, report_progress: ReportProgress = ignore_progress
) -> ValidatedRun:
    """Test the reasons of the newest fold's model, which learned in the way that all folds choose.

    A fast training does not test them, and LC009 is not passed.
    """
    data = replace(run.data, penalty_by_signal=validation.penalty_by_signal, wide_trees=validation.wide_trees)
    chosen = replace(run, data=data.with_withheld_share(validation.withheld_share))
    if data.settings.fast:
        return ValidatedRun(chosen, run, validation, refuse_untested_reasons(), ())
    return ValidatedRun(chosen, run, validation, *check_reasons(chosen.data, validation, report_progress))


def leave_out_hidden(validated: ValidatedRun) -> PreparedRun | None:
    """Return the run without the signals whose reasons did not hold, where they carry too much of the movement.

    What moves a score and cannot be said is left out: a group whose direction changes from one sample of leads to the
    next is mostly noise. None where the reasons hold, where no group is to blame, or where nothing else would be left.
    """
    # Each fold chooses anew: what all folds chose knows the labels of the leads that the model is measured on.
    hidden, run = set(validated.hidden), validated.undecided
    data = run.data
    columns = [number for number, signal in enumerate(data.signals) if signal.group not in hidden]
    if validated.reasons.verdict != "fails" or not hidden or not columns:
        return None
    signals = [data.signals[number] for number in columns]
    return replace(run, data=data.select_columns(columns, signals), left_out=(*run.left_out, *sorted(hidden)))


def is_costly(complete: CrossValidation, reduced: CrossValidation, data: TrainingData) -> bool:
    """Return whether leads that no model had seen are ranked clearly worse without what was left out.

    A driver whose reasons did not hold is then kept, hidden, and LC009 says so: where few leads teach, most drivers
    point the other way in one sample of three, and without all of them nothing would be left. The newest fold, by which
    the model is measured, does not decide. Where fewer than two other folds can tell, nothing shows that leaving out is
    cheap: of a file of 3,137 e-mails four columns went, and later ones were ranked at .877 in place of .888.
    """
    splits = data.splits
    folds = list_deciding_folds(splits.folds, len(splits.folds) - 1, True) if splits.forward else splits.folds
    if len(folds) < MIN_FOLDS:
        return True
    return is_gain_proven(reduced.raw, complete.raw, data.learning.label, folds, splits.forward, COST_ERRORS)


def prove(
    validated: ValidatedRun, bundle: Bundle, report_progress: ReportProgress = ignore_progress
) -> tuple[Bundle, tuple[Finding, ...]]:
    """Run the other checks; return the bundle with all findings, and the findings.

    Raises
    ------
    TrainingError
        If a proof fails: such a model must not be registered.
    """
    run, evaluation = validated.run, validated.validation.evaluation
    tables, practice, label, data = run.tables, run.practice, run.label, run.data
    findings = (
        *run_proofs(tables, practice, label, bundle, data.rows, report_progress),
        run.suspects.run(),
        run.periods.run(),
        _name_left_out(validated.reasons, run.left_out),
        *check_data_and_metrics(tables, practice, label, data.learning, evaluation, bundle),
    )
    failing = find_blocking(findings, bundle.signals)
    figures = bundle.figures | {
        "findings": [vars(finding) for finding in findings],
        "verdict": mark_verdict(confirm_verdict(bundle.figures["verdict"], failing), data.settings),
    }
    return replace(bundle, figures=figures), findings


def _name_left_out(reasons: Finding, groups: tuple[str, ...]) -> Finding:
    """Return the finding about reasons with the groups that were left out of the model for them."""
    if not groups:
        return reasons
    names = ", ".join(group.removeprefix(CUSTOM_PREFIX) for group in groups)
    sentence = f"{reasons.sentence} Left out of the model, since their reasons did not hold: {names}."
    return replace(reasons, sentence=sentence)
