"""``leadlight bucket``: make buckets of leads from big files, so that many processes can score them.

Lives here: options and output. Does not live here: making the buckets (``features.chunks.bucket_writer``), scoring them
(``serving.scale``)."""

from dataclasses import dataclass
from pathlib import Path

import click

from features.errors import DataError
from features.option_groups import group_options, json_option, mapping_option, print_json
from features.workers.worker_options import WorkerChoice

__all__ = ["WrittenOutput", "bucket", "output_options", "require_output"]


@dataclass(frozen=True)
class WrittenOutput:
    """Options that say where scores or signals go, and for whom the summary is."""

    out: Path
    as_json: bool


output_options = group_options(
    "written",
    WrittenOutput,
    click.option("--out", required=True, type=click.Path(path_type=Path), help="CSV or Parquet file to write."),
    json_option,
)
"""Options ``--out`` and ``--json`` of commands that write a row for each lead, as ``written``."""


@click.command("bucket")
@click.option(
    "--data",
    required=True,
    help="A CSV or Parquet file of leads, a folder with leads, events, outcomes, or a database's URL.",
)
@mapping_option
@click.option(
    "--model",
    envvar="LEADLIGHT_MODEL",
    default="leadlight",
    show_default=True,
    show_envvar=True,
    help="NAME, NAME@ALIAS, NAME/VERSION, or a bundle's folder.",
)
@click.option("--buckets", type=click.IntRange(1), help="How many; one for each 32,768 leads when left out.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of buckets to make.")
@json_option
def bucket(data: str, mapping_file: Path | None, model: str, buckets: int | None, out: Path, as_json: bool) -> None:
    """Sort leads, events and outcomes into buckets, with all rows of a lead in one of them.

    Takes the same memory for a hundred million leads as for one. If it is killed, run it again: it goes on where it
    stopped; only a database is read from its beginning, because all of it must be of one moment. The buckets hold the
    rows as they are, so they are as private as the files."""
    from features.chunks.bucket_writer import write_buckets
    from features.mapping.column_mapping import Mapping, read_mapping
    from features.progress_bar import progress_bar
    from training.bundle import find_bundle, get_models_home

    if mapping_file is not None:
        mapping = read_mapping(mapping_file)
    else:
        mapping = find_bundle(model, get_models_home())[0].mapping or Mapping.identity()
    with progress_bar() as report_progress:
        manifest = write_buckets(data, mapping, out, report_progress, buckets)
    if as_json:
        counts = {name: sum(table.rows) for name, table in manifest.tables.items()}
        print_json({"rows": counts, "buckets": manifest.buckets, "out": out})
        return
    rows = ", ".join(f"{sum(table.rows):,} rows of {name}" for name, table in manifest.tables.items())
    click.echo(f"{rows} in {manifest.buckets:,} buckets. Written: {out}")


def require_output(command: str, data: str, out: Path, worker_choice: WorkerChoice) -> None:
    """Refuse an output that the data cannot be written to, and workers without buckets.

    Raises
    ------
    DataError
    """
    from features.chunks.bucket_folder import is_bucket_folder
    from features.readers.raw_files import get_suffix

    bucketed = is_bucket_folder(data)
    if get_suffix(out) not in (".csv", ".csv.gz", ".parquet") and not (bucketed and not out.suffix):
        expected = "a folder, or a name" if bucketed else "a name"
        raise DataError(
            f"{command}: --out is {out.name!r}, expected {expected} that ends in .csv, .csv.gz or .parquet."
        )
    if not bucketed and not worker_choice.is_default:
        raise DataError(
            f"{command}: --workers and --scheduler share out buckets, and {data!r} is no folder of buckets. Make them "
            "first: leadlight bucket --data ... --out ..."
        )
