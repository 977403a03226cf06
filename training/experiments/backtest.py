"""Would the newest leads have taught us right? Pretend the data ended two horizons earlier, and judge by the leads that
came next.

Lives here: the study that ``leadlight train --study`` runs. Does not live here: the idea (``delays``, ``newest``), the
cut (``cut_tables_as_of``).

The leads judged arrived after the pretended end and are ripe by now, so neither way has seen them. The leads that were
unripe then must not be the judges: the delay model learnt from their early bookings, and would be marked on labels that
it was given."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from features.array_types import DAY
from features.batch import Batch
from features.calendar.timezones import to_utc_times
from features.point_in_time.outcomes import add_practice_records
from features.practice.practice import Practice
from features.tables.tables import Tables
from training.dataset.as_of import cut_tables_as_of
from training.dataset.labels import build_learning_set
from training.errors import TrainingError
from training.evaluation.metrics import Bootstrap, Interval, evaluate
from training.pipeline import train
from training.settings import UNRIPE_MODES, Settings

__all__ = ["backtest_unripe", "describe_backtest"]


def backtest_unripe(
    tables: Tables, practice: Practice, settings: Settings, step: Callable[[str, int, int], None] = lambda *_: None
) -> dict[str, dict[str, Interval | float]]:
    """Train as of two horizons before the end, once for each use of unripe moments; score at arrival the leads of the
    horizon that followed.

    Returns
    -------
    dict
        Setting (``delay_model``, ``leave_out``) -> metric -> Interval, with ``said``, ``happened`` (shares) and
        ``leads``.

    Raises
    ------
    TrainingError
        If the data has no dates or no outcomes with dates, or the earlier part cannot teach a model.
    """
    if "created_at" not in tables.leads or tables.label is not None:
        raise TrainingError(
            "study: found leads without dated outcomes. Expected created_at and an outcomes table: without them nothing is unripe. Leave --study out."
        )
    horizon = practice.horizon_days * DAY
    then = tables.as_of - 2 * horizon
    past = cut_tables_as_of(tables, then)
    now = build_learning_set(tables, practice, settings.label or practice.label)
    created_at = to_utc_times(tables.leads["created_at"])[now.moments.of_lead]
    judges = now.arrival & (created_at > then)
    leads, cutoff, label = now.moments.of_lead[judges], now.moments.cutoff[judges], now.label[judges]
    if len(np.unique(label)) < 2:
        raise TrainingError(
            f"study: found {len(leads)} leads in the last but one horizon, with fewer than two kinds of outcome. Expected both; "
            "take a longer period, or leave --study out."
        )
    found = {}
    for unripe in UNRIPE_MODES:
        bundle = train(past, practice, replace(settings, unripe=unripe, resamples=2), past.mapping, step=step).bundle
        knowledge = add_practice_records(bundle.context, tables, bundle.label)
        batch = Batch.from_tables(tables, leads, cutoff, knowledge)
        said = bundle.score(batch, explain=False, threads=settings.threads).probability
        metrics = evaluate(label, said, leads, Bootstrap(settings.resamples, settings.seed))
        found[unripe] = metrics | {"said": float(said.mean()), "happened": float(label.mean()), "leads": len(leads)}
    return found


def describe_backtest(found: dict[str, dict[str, Interval | float]]) -> list[str]:
    """The study as lines: what was pretended, then one line for each way."""
    one = next(iter(found.values()))
    said = {"delay_model": "with unripe moments by the delay model", "leave_out": "with unripe moments left out"}
    return [
        f"Study: as if the data had ended two horizons earlier, judged by the {one['leads']:,} leads of the horizon that followed; {100 * one['happened']:.1f} in 100 converted."
    ] + [
        f"  {said[way]}: said {100 * figures['said']:.1f} in 100; log loss {figures['log_loss']}; calibration error {figures['calibration_error']}; AUC {figures['auc']}"
        for way, figures in found.items()
    ]
