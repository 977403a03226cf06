"""What would change if we trained again on what is known now? A run with the champion's own settings, in five lines.

Lives here: retraining as the champion was trained, and saying what changed.
Does not live here: the run itself (``run``), whether it may be promoted (``contract``).
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from features.practice.practice import Practice
from features.tables.tables import Tables
from training.bundle import Bundle, find_bundle
from training.registry.training_run import TrainingRun, run_training
from training.settings import Settings

__all__ = ["retrain_champion", "describe_changes"]

_LISTED_GROUPS = 3


def retrain_champion(
    tables: Tables,
    practice: Practice,
    name: str,
    home: Path,
    out: Path,
    step: Callable[[str, int, int], None] = lambda *_: None,
    budget: float | None = None,
) -> TrainingRun:
    """A run with the settings of the champion of this name.

    Raises
    ------
    BundleError
        If there is no champion that can be read.
    """
    champion, _ = find_bundle(f"{name}@champion", home)
    return run_training(
        tables,
        practice,
        Settings.from_dict(champion.figures.get("settings", {})),
        name,
        home,
        out,
        step,
        budget=budget,
    )


def describe_changes(run: TrainingRun) -> list[str]:
    """Five lines: the data, the two models on the same leads, the desk, the reasons, the contract."""
    new, old = run.trained.bundle, run.champion
    before = {one.code: one.sentence for one in run.contract.findings}
    more = new.figures["leads"] - old.figures["leads"]
    until = old.figures.get("data_until")
    return [
        f"Data: {new.figures['leads']:,} leads, {abs(more):,} {'more' if more >= 0 else 'fewer'} than the champion learned from (to {str(until)[:10] if until else 'an unknown day'}); "
        f"{100 * new.base_rate:.1f} in 100 {new.label}, {100 * old.base_rate:.1f} then.",
        f"Same leads: {before['LC013']}",
        f"Desk: {before['LC010']}",
        f"Reasons: {_describe_reason_changes(run.trained.evaluation.matrix, new, old)}",
        f"Contract: {'holds' if run.contract.holds else 'stopped by ' + ', '.join(run.contract.failing)}; {new.name}/{run.version}, verdict {new.figures['verdict']['verdict']}.",
    ]


def _describe_reason_changes(rows: np.ndarray, new: Bundle, old: Bundle) -> str:
    """The groups of signals that say more or less than before on the held-out leads; those of signals that only one
    model has are named.
    """
    place = {one.name: at for at, one in enumerate(new.signals)}
    there = (
        rows[:, [place[one.name] for one in old.signals if one.name in place]]
        if all(one.name in place for one in old.signals)
        else None
    )
    added = sorted({one.group for one in new.signals} - {one.group for one in old.signals})
    gone = sorted({one.group for one in old.signals} - {one.group for one in new.signals})
    said = [f"new: {', '.join(added)}"] * bool(added) + [f"gone: {', '.join(gone)}"] * bool(gone)
    if there is not None:
        after, before = _mean_strength(new, rows), _mean_strength(old, there)
        change = {group: after[group] - before[group] for group in before if group in after}
        furthest = sorted(change, key=lambda group: -abs(change[group]))[:_LISTED_GROUPS]
        said += [
            f"{group} says {'more' if change[group] > 0 else 'less'} ({before[group]:.2f} to {after[group]:.2f})"
            for group in furthest
        ]
    return ("; ".join(said) or "as before") + ". In log-odds, the mean over held-out leads."


def _mean_strength(bundle: Bundle, rows: np.ndarray) -> dict[str, float]:
    """Mean size of what each group says, log-odds."""
    parts, groups = bundle.score_rows(rows).parts, [one.group for one in bundle.signals]
    return {
        group: float(np.abs(parts[:, [at for at, one in enumerate(groups) if one == group]].sum(axis=1)).mean())
        for group in dict.fromkeys(groups)
    }
