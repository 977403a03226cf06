"""Which checks does a training run, and on what? Proofs, which stop it, and other checks, which decide on promotion.

Lives here: choosing the data and the samples for each check.
Does not live here: the checks themselves (the other files here), what they mean for promotion
(``training.registry.promotion_contract``).
"""

import numpy as np

from features.practice.practice import Practice
from features.tables.tables import Tables
from training.bundle import Bundle
from training.check_finding import Finding
from training.checks.beats_rules import BeatsRules
from training.checks.calibration import CalibrationCheck
from training.checks.export_completeness import ExportCompleteness
from training.checks.immature_labels import ImmatureLabels
from training.checks.monotonicity import MonotonePolicy
from training.checks.no_future_leakage import LeakageSample, NoFutureLeakage
from training.checks.sample_size import SampleSize
from training.checks.serving_parity import ServingParity, sample_requests
from training.dataset.labels import LearningSet
from training.errors import TrainingError
from training.evaluation.out_of_fold import Evaluation
from training.progress import ReportProgress, ignore_progress

__all__ = ["check_data_and_metrics", "run_proofs"]


def run_proofs(
    tables: Tables,
    practice: Practice,
    label: str,
    bundle: Bundle,
    rows: np.ndarray,
    report_progress: ReportProgress = ignore_progress,
) -> tuple[Finding, ...]:
    """Run LC001, LC002 and LC008 on samples of this run's own data.

    Parameters
    ----------
    rows : float32 array of shape (n, signals)
        Features of this run's moments; LC008 tests some of them.

    Raises
    ------
    TrainingError
        If one of them fails: such a model must not be registered.
    """
    report_progress("Running checks", 0, 3)
    sample = LeakageSample(cutoffs=4, leads=150)
    leakage = NoFutureLeakage(tables, practice, label, bundle.signals, bundle.context, sample).run()
    report_progress("Running checks", 1, 3)
    parity = ServingParity(tables, bundle, sample_requests(tables, bundle, count=60)).run()
    report_progress("Running checks", 2, 3)
    policy = MonotonePolicy(bundle.predict_raw, bundle.signals, rows, leads=40, values=8).run()
    report_progress("Running checks", 3, 3)
    for finding in (leakage, parity, policy):
        if finding.verdict == "fails":
            details = "".join(f"\n  - {name}: {reason}" for name, reason in finding.details.items())
            raise TrainingError(
                f"training: {finding.code} fails. {finding.sentence}{details}\n"
                "Nothing was registered. Fix these signals and train again."
            )
    return leakage, parity, policy


def check_data_and_metrics(
    tables: Tables, practice: Practice, label: str, learning: LearningSet, evaluation: Evaluation, bundle: Bundle
) -> tuple[Finding, ...]:
    """Run LC004, LC005, LC006, LC007 and LC014: the quality of the data, and the metrics on the held-out leads."""
    arrived = tables.created_at[evaluation.leads]
    return (
        ImmatureLabels(tables, practice, label).run(),
        SampleSize(learning.label[learning.arrival], evaluation.label).run(),
        CalibrationCheck(evaluation.blocks, evaluation.probability, arrived).run(),
        BeatsRules(bundle.figures["verdict"]).run(),
        ExportCompleteness(tables, practice, label).run(),
    )
