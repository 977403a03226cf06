"""What has a run to show for itself? Its proofs, which stop it, and its other checks, which stand between it and the
desk.

Lives here: which checks a training runs, on what. Does not live here: the checks themselves (``checks``), what they
mean for promotion (``contract``)."""

from collections.abc import Callable

import numpy as np

from features.calendar.timezones import to_utc_times
from features.practice.practice import Practice
from features.tables.tables import Tables
from training.bundle import Bundle
from training.checks.beats_rules import BeatsRules
from training.checks.calibration import CalibrationCheck
from training.checks.export_completeness import ExportCompleteness
from training.checks.immature_labels import ImmatureLabels
from training.checks.monotonicity import MonotonePolicy
from training.checks.no_future_leakage import NoFutureLeakage
from training.checks.sample_size import SampleSize
from training.checks.serving_parity import ServingParity, sample_requests
from training.dataset.labels import LearningSet
from training.errors import TrainingError
from training.evaluation.out_of_fold import Evaluation
from training.finding import Finding

__all__ = ["check_data_and_metrics", "run_proofs"]


def run_proofs(
    tables: Tables,
    practice: Practice,
    label: str,
    bundle: Bundle,
    rows: np.ndarray,
    step: Callable[[str, int, int], None] = lambda *_: None,
) -> tuple[Finding, ...]:
    """LC001, LC002 and LC008 on samples of this run's own data.

    Parameters
    ----------
    rows : float32 array of shape (n, signals)
        Features of this run's moments, of which some are attacked by LC008.

    Raises
    ------
    TrainingError
        If one of them fails: such a model must not be signed.
    """
    step("Proving: no future, same in service", 0, 3)
    blind = NoFutureLeakage(tables, practice, label, bundle.signals, bundle.phrases, cutoffs=4, leads=150).run()
    step("Proving: no future, same in service", 1, 3)
    parity = ServingParity(tables, bundle, sample_requests(tables, bundle, count=60)).run()
    step("Proving: no future, same in service", 2, 3)
    policy = MonotonePolicy(bundle.raw, bundle.signals, rows, leads=40, values=8).run()
    step("Proving: no future, same in service", 3, 3)
    for finding in (blind, parity, policy):
        if finding.verdict == "fails":
            said = "".join(f"\n  - {what}: {why}" for what, why in finding.details.items())
            raise TrainingError(
                f"training: {finding.code} fails. {finding.sentence}{said}\nNothing was registered. Mend these signals and train again."
            )
    return blind, parity, policy


def check_data_and_metrics(
    tables: Tables, practice: Practice, label: str, learning: LearningSet, evaluation: Evaluation, bundle: Bundle
) -> tuple[Finding, ...]:
    """LC004, LC005, LC006, LC007 and LC014: whether the data is fit to judge by, and what the held-out leads said."""
    arrived = (
        to_utc_times(tables.leads["created_at"])[evaluation.leads]
        if bundle.dated
        else np.full(len(evaluation.leads), "NaT", "datetime64[us]")
    )
    return (
        ImmatureLabels(tables, practice, label).run(),
        SampleSize(learning.label[learning.arrival], evaluation.label).run(),
        CalibrationCheck(evaluation.label, evaluation.probability, arrived).run(),
        BeatsRules(bundle.figures["verdict"]).run(),
        ExportCompleteness(tables, practice, label).run(),
    )
