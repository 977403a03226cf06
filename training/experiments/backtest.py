"""Do unripe leads teach well? Pretend the data ended two horizons earlier, and measure on the leads that came next.

Lives here: the study that ``leadlight train --study`` runs.
Does not live here: the delay model (``training.dataset.label_delay``, ``training.model.pending_labels``), cutting the
tables (``training.dataset.as_of``).

The leads measured on arrived after the pretended end and are ripe by now, so neither way has seen them. The leads that
were unripe then must not be used for it: the delay model learned from their early bookings, so it would be measured on
labels that it was given."""

from dataclasses import replace

import numpy as np

from features.array_types import DAY
from features.batch import Batch
from features.point_in_time.outcomes import add_practice_records
from features.practice.practice import Practice
from features.tables.tables import Tables
from training.dataset.as_of import cut_tables_as_of
from training.dataset.labels import build_learning_set
from training.errors import TrainingError
from training.evaluation.metrics import Bootstrap, Interval, evaluate
from training.pipeline import train
from training.progress import ReportProgress, ignore_progress
from training.settings import UNRIPE_MODES, Settings

__all__ = ["backtest_unripe", "describe_backtest"]

_LABELS = {"delay_model": "with unripe moments by the delay model", "leave_out": "with unripe moments left out"}


def backtest_unripe(
    tables: Tables, practice: Practice, settings: Settings, report_progress: ReportProgress = ignore_progress
) -> dict[str, dict[str, Interval | float]]:
    """Train as of two horizons before the end, once for each use of unripe moments, and measure on what came next.

    Scored are the leads of the horizon that followed, at arrival.

    Returns
    -------
    dict
        Setting (``delay_model``, ``leave_out``) -> metric -> Interval, with ``predicted``, ``observed`` (shares) and
        ``leads``.

    Raises
    ------
    TrainingError
        If the data has no dates or no outcomes with dates, or no model can be learned from the earlier part.
    """
    if "created_at" not in tables.leads or tables.label is not None:
        raise TrainingError(
            "study: found leads without dated outcomes. Expected created_at and an outcomes table: without them "
            "nothing is unripe. Leave --study out."
        )
    cutoff = tables.as_of - 2 * practice.horizon_days * DAY
    past = cut_tables_as_of(tables, cutoff)
    present = build_learning_set(tables, practice, settings.label or practice.label)
    created_at = tables.created_at[present.moments.of_lead]
    later = present.arrival & (created_at > cutoff)
    moments, label = present.moments.take(later), present.label[later]
    if len(np.unique(label)) < 2:
        raise TrainingError(
            f"study: found {len(label)} leads in the last but one horizon, with fewer than two kinds of outcome. "
            "Expected both; use a longer period, or leave --study out."
        )
    results = {}
    for unripe in UNRIPE_MODES:
        # Intervals of the pretended run itself are never read: two resamples are enough.
        run_settings = replace(settings, unripe=unripe, resamples=2)
        bundle = train(past, practice, run_settings, past.mapping, report_progress=report_progress).bundle
        context = add_practice_records(bundle.context, tables, bundle.label)
        batch = Batch.from_tables(tables, moments.of_lead, moments.cutoff, context)
        probability = bundle.score(batch, explain=False, threads=settings.threads).probability
        metrics = evaluate(label, probability, moments.of_lead, Bootstrap(settings.resamples, settings.seed))
        results[unripe] = metrics | {
            "predicted": float(probability.mean()),
            "observed": float(label.mean()),
            "leads": len(label),
        }
    return results


def describe_backtest(results: dict[str, dict[str, Interval | float]]) -> list[str]:
    """Describe the study in lines: what was pretended, then one line for each way."""
    first = next(iter(results.values()))
    lines = [
        "Study: as if the data had ended two horizons earlier, measured on the "
        f"{first['leads']:,} leads of the horizon that followed; {100 * first['observed']:.1f} in 100 converted."
    ]
    for mode, metrics in results.items():
        lines.append(
            f"  {_LABELS[mode]}: predicted {100 * metrics['predicted']:.1f} in 100; log loss {metrics['log_loss']}; "
            f"calibration error {metrics['calibration_error']}; AUC {metrics['auc']}"
        )
    return lines
