"""``leadlight score`` and ``leadlight serve``: parse, call the room, print.

Lives here: words on a terminal, and the columns of a scored file. Does not live here: the work (``training.bundle``,
``service``)."""

import os
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import pandas as pd

from features.batch import Batch
from features.calendar.timezones import to_utc_times
from features.errors import DataError
from features.mapping.column_mapping import read_mapping
from features.point_in_time.chunked_context import ContextScan
from features.point_in_time.context import Context
from features.point_in_time.scoring_moments import Moments
from features.progress_bar import progress_bar
from features.readers.raw_files import open_atomic_writer, get_suffix
from features.tables.chunked_tables import LEADS_AT_ONCE, TableChunks, read_in_chunks
from features.tables.tables import Tables
from serving.scoring.engine import hundredths
from serving.scoring.priority_lanes import lane_of, sounds_urgent
from serving.scoring.reasons import Explainer
from training.bundle import Bundle, Predictions, find_bundle, get_models_home

_MOST_REASONS = 5


@click.command("score")
@click.option("--data", required=True, help="A file of leads, a folder with leads and events, or a database's URL.")
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path),
    help="Mapping of the export's columns; the model's own when left out.",
)
@click.option(
    "--model", default="leadlight", show_default=True, help="NAME, NAME@ALIAS, NAME/VERSION, or a bundle's folder."
)
@click.option(
    "--at",
    default="latest",
    show_default=True,
    help="Moment of scoring: latest (seen in the data), arrival (of each lead), or a time in UTC.",
)
@click.option("--reasons", is_flag=True, help="Add the five strongest reasons of each lead.")
@click.option(
    "--leads-at-once",
    default=LEADS_AT_ONCE,
    show_default=True,
    type=click.IntRange(100),
    help="Leads in memory at once, where the data is Parquet.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="CSV or Parquet file to write.")
def score(
    data: str, mapping_file: Path | None, model: str, at: str, reasons: bool, leads_at_once: int, out: Path
) -> None:
    """Score any number of leads, in the order of their files.

    Parquet (one file or many parts) is read in pieces and needs the same memory for ten million leads as for one; CSV,
    Excel and databases are read whole. Events are sorted by lead in a private folder under TMPDIR, which is removed at
    the end."""
    if get_suffix(out) not in (".csv", ".csv.gz", ".parquet"):
        raise DataError(f"score: --out is {out.name!r}, expected a name that ends in .csv, .csv.gz or .parquet.")
    bundle, version = find_bundle(model, get_models_home())
    probabilities = []
    with progress_bar() as tell:
        mapping = read_mapping(mapping_file) if mapping_file else bundle.mapping
        with read_in_chunks(data, mapping, bundle.practice, tell, leads_at_once) as pieces:
            survey = _survey(pieces, bundle, tell)
            click.echo(pieces.report(), err=True)
            knowledge, done = survey.build_context(), 0
            with open_atomic_writer(out) as write:
                for tables in pieces:
                    batch = _batch(tables, knowledge, _cutoff(tables, survey.as_of, at))
                    told = lambda rows, of, before=done: tell("Scoring", before + rows, pieces.leads)  # noqa: E731
                    scored = bundle.score(batch, explain=reasons, threads=os.cpu_count() or 1, progress=told)
                    write(_frame(batch, bundle, version, scored))
                    probabilities.append(scored.probability)
                    done += len(batch)
    probability = np.concatenate([np.empty(0), *probabilities])
    spread = np.percentile(probability, (10, 50, 90)) if len(probability) else (np.nan,) * 3
    click.echo(
        f"Scored {len(probability):,} leads with {bundle.name} {version}; probability 10th, 50th, 90th percentile: {', '.join(f'{p:.3f}' for p in spread)}. Written: {out}"
    )


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--model", default="leadlight", show_default=True, help="NAME, NAME@ALIAS, NAME/VERSION, or a bundle's folder."
)
def serve(host: str, port: int, model: str) -> None:
    """Start the scoring service and the desk."""
    from serving.service import serve as start

    start(host, port, model, get_models_home())


def _survey(pieces: TableChunks, bundle: Bundle, tell: Callable[[str, int, int], None]) -> ContextScan:
    """What all leads together know, read from every piece once."""
    survey, done = ContextScan(bundle.context, bundle.label), 0
    for tables in pieces:
        survey.add(tables)
        done += len(tables.leads)
        tell("Looking at every lead", done, pieces.leads)
    return survey


def _batch(tables: Tables, knowledge: Context, cutoff: np.ndarray) -> Batch:
    """Every lead of the tables at its moment of scoring."""
    moments = Moments.single(cutoff)
    return Batch.from_tables(tables, moments.of_lead, moments.cutoff, knowledge)


def _cutoff(tables: Tables, as_of: np.datetime64 | None, at: str) -> np.ndarray:
    """The moment of scoring of each lead that ``--at`` means, shape (m,); NaT in data without dates.

    ``as_of``: the newest time in all data.
    """
    dated = "created_at" in tables.leads
    if at == "arrival":
        return (
            to_utc_times(tables.leads["created_at"]) if dated else np.full(len(tables.leads), np.datetime64("NaT", "us"))
        )
    try:
        moment = (as_of or np.datetime64("NaT", "us")) if at == "latest" else np.datetime64(at.removesuffix("Z"), "us")
    except ValueError:
        raise DataError(
            f"score: --at is {at!r}, expected latest, arrival, or a time such as 2026-03-14T15:05:00Z."
        ) from None
    return np.full(len(tables.leads), moment, "datetime64[us]")


def _frame(batch: Batch, bundle: Bundle, version: str, scored: Predictions) -> pd.DataFrame:
    """The scored file: one row per lead, flat."""
    frame = pd.DataFrame(
        {
            "lead_id": batch.lead_ids,
            "cutoff": pd.Series(batch.cutoff).dt.tz_localize("UTC"),
            "score": [hundredths(probability) for probability in scored.probability.tolist()],
            "probability": scored.probability,
            "probability_low": scored.low,
            "probability_high": scored.high,
            "grade": (grades := bundle.grades.assign(scored.probability)),
            "lane": [
                lane_of(grade, urgent)
                for grade, urgent in zip(
                    grades, sounds_urgent(batch, scored, tuple(one.name for one in bundle.signals)), strict=True
                )
            ],
            "model_version": version,
        }
    )
    if scored.reach is not None:
        frame["probability_reached"], frame["probability_when_reached"] = scored.reach, scored.when_reached
    if scored.parts is None:
        return frame
    explained = Explainer.of(bundle.signals, bundle.hidden_reasons).explain(scored, _MOST_REASONS)
    for place in range(_MOST_REASONS):
        shown = [one.reasons[place] if place < len(one.reasons) else None for one in explained]
        frame[f"reason_{place + 1}"] = [None if reason is None else reason.text for reason in shown]
        frame[f"reason_{place + 1}_effect"] = [None if reason is None else reason.effect for reason in shown]
        frame[f"reason_{place + 1}_log_odds"] = [np.nan if reason is None else reason.log_odds for reason in shown]
    frame["everything_else_log_odds"] = [one.everything_else for one in explained]
    frame["base_log_odds"] = scored.base
    frame["log_odds"] = scored.log_odds
    return frame
