"""Would the newest leads have taught us right? Pretend the data ended one horizon earlier, and judge by what is known now.

Lives here: the study that ``leadlight train --study`` runs. Does not live here: the idea (``delays``, ``newest``), the cut (``as_known``).
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from features.batch import Batch
from features.clock import plain_times
from features.outcomes import with_records
from features.practice import Practice
from features.tables import Tables
from features.types import DAY
from training.as_known import as_known
from training.errors import TrainingError
from training.evaluate import Interval, evaluate
from training.labels import lead_labels
from training.pipeline import train
from training.settings import UNRIPE, Settings

__all__ = ["backtest_unripe", "backtest_words"]


def backtest_unripe(
    tables: Tables, practice: Practice, settings: Settings, step: Callable[[str, int, int], None] = lambda *_: None
) -> dict[str, dict[str, Interval | float]]:
    """Train as of one horizon before the end, once for each use of unripe moments; score at arrival the leads that were unripe then.

    Returns
    -------
    dict
        Setting (``delay_model``, ``leave_out``) -> metric -> Interval, with ``said``, ``happened`` (shares) and ``leads``.

    Raises
    ------
    TrainingError
        If the data has no dates or no outcomes with dates, or the earlier part cannot teach a model.
    """
    if "created_at" not in tables.leads or tables.label is not None:
        raise TrainingError("study: found leads without dated outcomes. Expected created_at and an outcomes table: without them nothing is unripe. Leave --study out.")
    horizon = practice.horizon_days * DAY
    then = tables.as_of - horizon
    past = as_known(tables, then)
    created_at = plain_times(tables.leads["created_at"])
    label = lead_labels(tables, practice, settings.label or practice.label)
    leads = np.flatnonzero((created_at > then - horizon) & (created_at <= then) & ~np.isnan(label))
    if len(np.unique(label[leads])) < 2:
        raise TrainingError(f"study: found {len(leads)} leads in the last but one horizon, all with one outcome. Expected both; take a longer period, or leave --study out.")
    found = {}
    for unripe in UNRIPE:
        bundle = train(past, practice, replace(settings, unripe=unripe), past.mapping, step=step).bundle
        knowledge = with_records(bundle.knowledge, past, bundle.label)
        batch = Batch.from_tables(tables, leads, created_at[leads], knowledge)
        said = bundle.score(batch, explain=False, threads=settings.threads).probability
        metrics = evaluate(label[leads], said, leads, settings.resamples, settings.seed)
        found[unripe] = metrics | {"said": float(said.mean()), "happened": float(label[leads].mean()), "leads": len(leads)}
    return found


def backtest_words(found: dict[str, dict[str, Interval | float]]) -> list[str]:
    """The study as lines: what was pretended, then one line for each way."""
    one = next(iter(found.values()))
    said = {"delay_model": "with unripe moments by the delay model", "leave_out": "with unripe moments left out"}
    return [f"Study: as if the data had ended one horizon earlier, {one['leads']:,} leads that were not ripe then; {100 * one['happened']:.1f} in 100 converted."] + [
        f"  {said[way]}: said {100 * figures['said']:.1f} in 100; log loss {figures['log_loss']}; calibration error {figures['calibration_error']}; AUC {figures['auc']}"
        for way, figures in found.items()
    ]
