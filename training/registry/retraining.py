"""What would change if we trained again on what is known now? A run with the champion's own settings, in five lines.

Lives here: retraining as the champion was trained, and describing what changed.
Does not live here: the run itself (``training_run``), whether it may be promoted (``promotion_contract``).
"""

from dataclasses import replace

import numpy as np

from features.practice.practice import Practice
from features.tables.tables import Tables
from training.bundle import Bundle, find_bundle
from training.progress import ReportProgress, ignore_progress
from training.registry.training_run import RunOptions, TrainingRun, run_training
from training.settings import Settings

__all__ = ["describe_changes", "retrain_champion"]

_LISTED_GROUPS = 3


def retrain_champion(
    tables: Tables, practice: Practice, options: RunOptions, report_progress: ReportProgress = ignore_progress
) -> TrainingRun:
    """Train with the settings of the champion of this name, and never fast: what replaces it passes every check.

    Raises
    ------
    BundleError
        If there is no champion that can be read.
    """
    champion, _ = find_bundle(f"{options.name}@champion", options.home)
    settings = replace(Settings.from_dict(champion.figures.get("settings", {})), fast=False)
    return run_training(tables, practice, settings, options, report_progress)


def describe_changes(run: TrainingRun) -> list[str]:
    """Describe in five lines: the data, the two models on the same leads, the desk, the reasons, the contract."""
    new, old = run.trained.bundle, run.champion
    sentences = {finding.code: finding.sentence for finding in run.contract.findings}
    more = new.figures["leads"] - old.figures["leads"]
    until = old.figures.get("data_until")
    verdict = new.figures["verdict"]["verdict"]
    contract = "holds" if run.contract.holds else f"blocked by {', '.join(run.contract.failing)}"
    return [
        f"Data: {new.figures['leads']:,} leads, {abs(more):,} {'more' if more >= 0 else 'fewer'} than the champion "
        f"learned from (to {str(until)[:10] if until else 'an unknown day'}); "
        f"{100 * new.base_rate:.1f}% {new.label}, {100 * old.base_rate:.1f}% then.",
        f"Same leads: {sentences['LC013']}",
        f"Desk: {sentences['LC010']}",
        f"Reasons: {_describe_reason_changes(run.trained.evaluation.matrix, new, old)}",
        f"Contract: {contract}; {new.name}/{run.version}, verdict {verdict}.",
    ]


def _describe_reason_changes(rows: np.ndarray, new: Bundle, old: Bundle) -> str:
    """Describe which signal groups contribute more or less than before on the held-out leads.

    Groups that only one of the models has are named.
    """
    new_groups, old_groups = ({signal.group for signal in bundle.signals} for bundle in (new, old))
    added, removed = sorted(new_groups - old_groups), sorted(old_groups - new_groups)
    changes = [f"new: {', '.join(added)}"] if added else []
    changes += [f"gone: {', '.join(removed)}"] if removed else []
    column = {signal.name: position for position, signal in enumerate(new.signals)}
    # The old model can be scored on the new run's rows only where they hold all of its signals.
    if all(signal.name in column for signal in old.signals):
        strength = _mean_strength(new, rows)
        old_strength = _mean_strength(old, rows[:, [column[signal.name] for signal in old.signals]])
        difference = {group: strength[group] - old_strength[group] for group in old_strength if group in strength}
        furthest = sorted(difference, key=lambda group: -abs(difference[group]))[:_LISTED_GROUPS]
        changes += [
            f"{group} counts {'more' if difference[group] > 0 else 'less'} "
            f"({old_strength[group]:.2f} to {strength[group]:.2f})"
            for group in furthest
        ]
    return ("; ".join(changes) or "as before") + ". In log-odds, the mean over held-out leads."


def _mean_strength(bundle: Bundle, rows: np.ndarray) -> dict[str, float]:
    """Return the mean absolute contribution of each signal group, log-odds."""
    parts, groups = bundle.score_rows(rows).parts, [signal.group for signal in bundle.signals]
    strength = {}
    for group in dict.fromkeys(groups):
        columns = [column for column, other in enumerate(groups) if other == group]
        strength[group] = float(np.abs(parts[:, columns].sum(axis=1)).mean())
    return strength
