"""``leadlight score`` and ``leadlight serve``: score a file of leads, start the service.

Lives here: options and output. Does not live here: scoring a file (``serving.scoring.file_scores``), the service
(``serving.service``)."""

from functools import partial
from pathlib import Path
from typing import Any

import click

from features.array_types import CHUNK_LEADS
from features.option_groups import mapping_option, model_option, print_json
from features.workers.worker_options import WorkerChoice, worker_options
from serving.cli.bucket import WrittenOutput, output_options, require_output

__all__ = ["score", "serve"]


@click.command("score")
@click.option("--data", required=True, help="A file of leads, a folder with leads and events, or a database URL.")
@mapping_option
@model_option
@click.option(
    "--at",
    default="auto",
    show_default=True,
    help="Time of scoring: latest (in the data), arrival (of each lead), a time in UTC, or auto: what the model "
    "learned, latest if it learned later times than arrival.",
)
@click.option("--reasons", is_flag=True, help="Add the five strongest reasons of each lead.")
@click.option(
    "--as-trained",
    is_flag=True,
    help="Do not let the level of the scores follow the outcomes that lie beside the leads.",
)
@click.option(
    "--leads-at-once",
    default=CHUNK_LEADS,
    show_default=True,
    type=click.IntRange(100),
    help="Leads in memory at once, if the data is Parquet.",
)
@worker_options
@output_options
def score(
    data: str,
    mapping_file: Path | None,
    model: str,
    worker_choice: WorkerChoice,
    written: WrittenOutput,
    **options: Any,
) -> None:
    """Score any number of leads, in the order of their files.

    Parquet (one file or many parts) is read in chunks and needs the same memory for ten million leads as for one; CSV,
    Excel and databases are read at once. Events are sorted by lead in a private folder under TMPDIR, which is removed
    at the end.

    A folder made by leadlight bucket is scored bucket by bucket, here, by --workers or by the --scheduler's, with the
    same results to the bit; then the rows are in the order of the buckets, and --out may be a folder, of one Parquet
    file for each bucket. If such a run is killed, run it again: it goes on where it stopped."""
    import numpy as np

    from features.chunks.bucket_folder import is_bucket_folder
    from features.mapping.column_mapping import read_mapping
    from serving.scoring.file_scores import ScoringOptions, score_file
    from training.bundle import find_bundle, get_models_home

    out, bucketed = written.out, is_bucket_folder(data)
    require_output("score", data, out, worker_choice)
    home = get_models_home()
    bundle, version = find_bundle(model, home)
    mapping = read_mapping(mapping_file) if mapping_file else None
    say = partial(click.echo, err=True)
    if bucketed:
        from features.progress_bar import progress_bar
        from serving.scale.bucket_run import Running
        from serving.scale.scored_buckets import score_folder

        named, scoring = (model, home, bundle, version), ScoringOptions(**options)
        with progress_bar() as report_progress, worker_choice.open() as workers:
            running = Running(workers, say, report_progress)
            probability = score_folder(Path(data), mapping, named, scoring, out, running)
    else:
        probability = score_file(data, mapping, (bundle, version), ScoringOptions(**options), out, say)
    percentiles = np.percentile(probability, (10, 50, 90)) if len(probability) else (np.nan,) * 3
    if written.as_json:
        names = ("probability_p10", "probability_p50", "probability_p90")
        spread = {
            name: float(value) if len(probability) else None for name, value in zip(names, percentiles, strict=True)
        }
        print_json({"leads": len(probability), "model": bundle.name, "version": version, **spread, "out": str(out)})
        return
    click.echo(
        f"Scored {len(probability):,} leads with {bundle.name} {version}; probability 10th, 50th, 90th percentile: "
        f"{', '.join(f'{percentile:.3f}' for percentile in percentiles)}. Written: {out}"
    )


@click.command("serve")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; 0.0.0.0 for every network of the machine.",
)
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@model_option
def serve(host: str, port: int, model: str) -> None:
    """Start the scoring service and the desk."""
    from serving.service import serve as run_service
    from training.bundle import get_models_home

    run_service(host, port, model, get_models_home())
