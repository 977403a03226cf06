"""How is a file of leads scored, whatever its size? In chunks, each lead as of its time, one flat row per lead.

Lives here: following the level by the outcomes beside the leads, the columns of a scored file.
Does not live here: the time of scoring (``scoring_time``), options and help (``serving.cli.score``), scoring a batch
(``training.bundle``).
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from features.array_types import FloatArray
from features.batch import Batch
from features.chunks.chunked_tables import LEADS_AT_ONCE, TableChunks, read_in_chunks
from features.explain.reason_words import ReasonWords
from features.explain.reasons import REASONS_SHOWN, Explainer
from features.mapping.column_mapping import Mapping
from features.point_in_time.chunked_context import ContextScan
from features.point_in_time.context import Context
from features.point_in_time.missing_pasts import describe_missing_pasts
from features.point_in_time.scoring_moments import Moments
from features.progress_bar import progress_bar
from features.readers.frame_writer import open_atomic_writer
from features.schema import CUSTOM_PREFIX
from features.signals.custom_columns import find_new_values, list_categories
from features.tables.tables import Tables
from serving.scoring.priority_lanes import choose_lane, find_emergencies, find_spam
from serving.scoring.score_words import list_hundredths
from serving.scoring.scoring_time import MomentsOfScoring, choose_time, describe_time, find_cutoffs, parse_time
from training.bundle import Bundle, LeadsSinceTraining, LevelPath, Predictions

__all__ = [
    "ScoringOptions",
    "build_batch",
    "build_score_frame",
    "count_new_values",
    "describe_unknown",
    "find_level_path",
    "list_unused_columns",
    "prepare_chunks",
    "score_chunks",
    "score_file",
    "score_tables",
]


@dataclass(frozen=True)
class ScoringOptions:
    """How the leads of a file are scored.

    Parameters
    ----------
    at : str
        auto, latest, arrival, or a time in UTC.
    reasons : bool
        Whether each lead gets its strongest reasons.
    as_trained : bool
        Whether the level stays as trained, whatever the outcomes beside the leads.
    leads_at_once : int
        Leads in memory at once.
    """

    at: str = "auto"
    reasons: bool = False
    as_trained: bool = False
    leads_at_once: int = LEADS_AT_ONCE


def score_file(
    data: str,
    mapping: Mapping | None,
    model: tuple[Bundle, str],
    options: ScoringOptions,
    out: Path,
    say: Callable[[str], None],
) -> FloatArray:
    """Score every lead of a file, a folder or a database, in the order of its files, and write one row for each.

    Parameters
    ----------
    mapping : Mapping or None
        Of the export's columns; the model's own when left out.
    model : tuple of Bundle and str
        The bundle and its version.
    out : Path
        A CSV or Parquet file, written in one step.
    say : callable
        Called with each sentence about how the file was read and scored.

    Returns
    -------
    float array of shape (leads,)
        The probabilities.

    Raises
    ------
    DataError
        If the data or ``options.at`` cannot be read.
    """
    bundle, version = model
    probabilities: list[FloatArray] = [np.empty(0)]
    with (
        progress_bar() as report_progress,
        read_in_chunks(
            data, mapping or bundle.mapping, bundle.practice, report_progress, options.leads_at_once
        ) as chunks,
        open_atomic_writer(out) as write,
    ):
        for batch, predictions in score_chunks(chunks, bundle, options, say, report_progress):
            write(build_score_frame(batch, bundle, version, predictions))
            probabilities.append(predictions.probability)
    return np.concatenate(probabilities)


def score_chunks(
    chunks: TableChunks,
    bundle: Bundle,
    options: ScoringOptions,
    say: Callable[[str], None],
    report_progress: Callable[[str, int, int], None],
) -> Iterator[tuple[Batch, Predictions]]:
    """Yield each chunk of leads at its time of scoring, with its predictions.

    Every way of scoring tables comes through here: ``score_file``, and the Python API on frames.

    Parameters
    ----------
    say : callable
        Called with each sentence about how the leads were read and scored.

    Raises
    ------
    DataError
        If ``options.at`` cannot be read.
    """
    new_values, done, unused = Counter[str](), 0, list[str]()
    context, moments = prepare_chunks(chunks, bundle, options, say, report_progress)
    threads = os.cpu_count() or 1
    for tables in chunks:
        report_rows = _count_from(done, chunks.leads, report_progress)
        batch, predictions = score_tables(tables, (bundle, context), moments, options.reasons, threads, report_rows)
        new_values.update(count_new_values(bundle, batch))
        unused = list_unused_columns(tables, bundle)
        yield batch, predictions
        done += len(batch)
    for sentence in describe_unknown(unused, new_values):
        say(sentence)


def prepare_chunks(
    chunks: TableChunks,
    bundle: Bundle,
    options: ScoringOptions,
    say: Callable[[str], None],
    report_progress: Callable[[str, int, int], None],
) -> tuple[Context, MomentsOfScoring]:
    """Read every chunk once; return what is known of all leads, and as of when each of them is scored.

    Raises
    ------
    DataError
        If ``options.at`` cannot be read.
    """
    at = choose_time(options.at, bundle)
    scan = _scan_leads(chunks, bundle, report_progress)
    say(chunks.report())
    say(describe_time(at, scan.as_of, bundle))
    context = scan.build_context()
    if missing := describe_missing_pasts(bundle.signals, context):
        say(missing)
    # Following reads every chunk once more, which only outcomes are worth.
    is_followed = scan.has_outcomes and not options.as_trained
    path = _follow_level(chunks, bundle, context, scan.as_of, at) if is_followed else None
    if path is not None:
        say(path.levels[-1].describe())
    return context, MomentsOfScoring(at, scan.as_of, path)


def score_tables(
    tables: Tables,
    model: tuple[Bundle, Context],
    moments: MomentsOfScoring,
    reasons: bool,
    threads: int,
    report_rows: Callable[[int, int], None] | None = None,
) -> tuple[Batch, Predictions]:
    """Score the leads of one chunk or bucket, each at its time.

    Parameters
    ----------
    model : tuple of Bundle and Context
        The model, and what is known of all leads.
    reasons : bool
        Whether to compute what moved each score.
    """
    bundle, context = model
    batch = build_batch(tables, context, moments)
    level = None if moments.path is None else moments.path.at(batch.cutoff)
    return batch, bundle.score(batch, reasons, threads, report_rows, level)


def build_batch(tables: Tables, context: Context, moments: MomentsOfScoring) -> Batch:
    """Return the leads of one chunk or bucket, each at its time."""
    at = Moments.single(find_cutoffs(tables, moments.as_of, moments.at))
    return Batch.from_tables(tables, at.of_lead, at.cutoff, context)


def count_new_values(bundle: Bundle, batch: Batch) -> dict[str, int]:
    """Count the leads with a value that the model never saw, or only rarely, by column."""
    new_values = find_new_values(list_categories(bundle.signals), batch)
    return {name: int(new.sum()) for name, new in new_values.items()}


def _count_from(done: int, total: int, report_progress: Callable[[str, int, int], None]) -> Callable[[int, int], None]:
    """Return a callback that reports a chunk's rows as part of all leads."""
    return lambda rows, _: report_progress("Scoring", done + rows, total)


def _scan_leads(chunks: TableChunks, bundle: Bundle, report_progress: Callable[[str, int, int], None]) -> ContextScan:
    """Read every chunk once to collect what all leads together show."""
    scan, done = ContextScan(bundle.context, bundle.label), 0
    for tables in chunks:
        scan.add(tables)
        done += len(tables.leads)
        report_progress("Scanning every lead", done, chunks.leads)
    return scan


def _follow_level(
    chunks: TableChunks, bundle: Bundle, context: Context, as_of: np.datetime64 | None, at: str
) -> LevelPath | None:
    """Follow the level by the outcomes beside the leads; None where none can be followed.

    At the arrival of each lead it is the level of that time, because later outcomes were not known then.
    """
    since_training = LeadsSinceTraining(bundle)
    if not since_training.can_follow or as_of is None:
        return None
    for tables in chunks:
        since_training.add(tables, context, os.cpu_count() or 1)
    return find_level_path(since_training, as_of, at)


def find_level_path(since_training: LeadsSinceTraining, as_of: np.datetime64, at: str) -> LevelPath | None:
    """Return the level at the times of scoring, by all leads since training; None where none can be followed."""
    if at == "arrival":
        path = since_training.follow_arrivals(as_of)
    else:
        moment = as_of if at == "latest" else min(as_of, parse_time(at))
        path = since_training.follow(np.array([moment]))
    if not path.levels or not path.levels[-1].leads:
        return None
    return path


def list_unused_columns(tables: Tables, bundle: Bundle) -> list[str]:
    """List the columns of the leads that the model was not trained with."""
    names = (name for name in tables.leads.columns if name not in bundle.columns and name not in ("lead_id", "message"))
    return [name.removeprefix(CUSTOM_PREFIX) for name in names]


def describe_unknown(unused: list[str], new_values: Counter[str]) -> Iterator[str]:
    """Describe which columns and values of the file the model does not know."""
    if unused:
        yield f"Columns that this model does not use: {', '.join(unused)}."
    if new_values:
        counts = ", ".join(f"{name.removeprefix(CUSTOM_PREFIX)} in {n:,} leads" for name, n in new_values.items())
        yield f"Values that this model never saw, or only rarely: {counts}."


def _list_missing(bundle: Bundle, values: np.ndarray) -> list[str | None]:
    """List for each lead the columns that it lacks and that would matter most, as one text; None where none is."""
    return [
        ", ".join(name.removeprefix(CUSTOM_PREFIX) for name in names) or None
        for names in bundle.list_missing_inputs(values)
    ]


def build_score_frame(batch: Batch, bundle: Bundle, version: str, predictions: Predictions) -> pd.DataFrame:
    """Build the rows of a scored file or frame: one flat row per lead."""
    grades = bundle.grades.assign(predictions.probability)
    emergencies, spam = find_emergencies(batch).tolist(), find_spam(batch).tolist()
    frame = pd.DataFrame(
        {
            "lead_id": batch.lead_ids,
            "cutoff": pd.Series(batch.cutoff).dt.tz_localize("UTC"),
            "score": list_hundredths(predictions.probability),
            "probability": predictions.probability,
            "probability_low": predictions.low,
            "probability_high": predictions.high,
            "coverage": predictions.coverage,
            "missing_inputs": _list_missing(bundle, predictions.values),
            "grade": grades,
            "lane": list(map(choose_lane, grades, emergencies, spam)),
            "model_version": version,
        }
    )
    if predictions.reach is not None:
        frame["probability_reached"] = predictions.reach
        frame["probability_when_reached"] = predictions.when_reached
    if predictions.parts is None:
        return frame
    explained = Explainer.of(bundle.signals, bundle.hidden_reasons, ReasonWords.of(bundle.practice)).explain(
        predictions, REASONS_SHOWN
    )
    for rank in range(REASONS_SHOWN):
        name, is_shown = f"reason_{rank + 1}", explained.shown > rank
        frame[name] = explained.texts[:, rank]
        frame[f"{name}_effect"] = explained.effects[:, rank]
        frame[f"{name}_log_odds"] = np.where(is_shown, explained.log_odds[:, rank], np.nan)
    frame["everything_else_log_odds"] = explained.everything_else
    frame["base_log_odds"] = predictions.base
    frame["level_log_odds"] = 0.0 if predictions.level is None else predictions.level
    frame["log_odds"] = predictions.log_odds
    return frame
