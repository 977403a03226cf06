"""``leadlight features``: write the signals of a file of leads, as the model reads them.

Lives here: options and output. Does not live here: computing them (``serving.scoring.file_features``,
``serving.scale``)."""

from functools import partial
from pathlib import Path

import click

from features.option_groups import mapping_option, model_option, print_json
from features.workers.worker_options import WorkerChoice, worker_options
from serving.cli.bucket import WrittenOutput, output_options, require_output

__all__ = ["features"]


@click.command("features")
@click.option("--data", required=True, help="A file, folder or database URL of leads, or a folder of buckets.")
@mapping_option
@model_option
@click.option(
    "--at",
    default="auto",
    show_default=True,
    help="Time of each lead: latest (in the data), arrival (of each lead), a time in UTC, or auto: what the model "
    "learned.",
)
@worker_options
@output_options
def features(
    data: str, mapping_file: Path | None, model: str, at: str, worker_choice: WorkerChoice, written: WrittenOutput
) -> None:
    """Write the signals of each lead as the model reads them: one row for each lead, one column for each signal.

    A signal that is not known has no value. A folder made by leadlight bucket is computed bucket by bucket, here, by
    --workers or by the --scheduler's, with the same numbers to the bit; then the rows are in the order of the buckets,
    and --out may be a folder. If such a run is killed, run it again: it goes on where it stopped."""
    from features.chunks.bucket_folder import is_bucket_folder
    from features.mapping.column_mapping import read_mapping
    from serving.scoring.file_features import write_features
    from serving.scoring.file_scores import ScoringOptions
    from training.bundle import find_bundle, get_models_home

    out = written.out
    require_output("features", data, out, worker_choice)
    home = get_models_home()
    bundle, version = find_bundle(model, home)
    mapping = read_mapping(mapping_file) if mapping_file else None
    say = partial(click.echo, err=True)
    if is_bucket_folder(data):
        from features.progress_bar import progress_bar
        from serving.scale.bucket_run import Running
        from serving.scale.scored_buckets import compute_folder

        named = model, home, bundle, version
        with progress_bar() as report_progress, worker_choice.open() as workers:
            leads = compute_folder(Path(data), mapping, named, at, out, Running(workers, say, report_progress))
    else:
        leads = write_features(data, mapping, bundle, ScoringOptions(at, as_trained=True), out, say)
    if written.as_json:
        names = [signal.name for signal in bundle.signals]
        print_json({"leads": leads, "model": bundle.name, "version": version, "signals": names, "out": out})
        return
    click.echo(f"{leads:,} leads with the {len(bundle.signals):,} signals of {bundle.name} {version}. Written: {out}")
