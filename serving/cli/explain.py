"""``leadlight explain LEAD``: what does each signal say about one lead, and how did it change the score?

Lives here: options and output. Does not live here: the explanation (``serving.diagnostics.lead_explanation``)."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.errors import LeadlightError
from features.option_groups import group_options, json_option, mapping_option, print_json
from features.progress_bar import progress_bar
from features.registry import FAMILIES

if TYPE_CHECKING:
    from training.bundle import Bundle


__all__ = ["explain"]


@dataclass(frozen=True)
class InputFiles:
    """Options that name the data and how it is read."""

    data: str
    mapping_file: Path | None
    practice_file: Path | None


_input_files = group_options(
    "files",
    InputFiles,
    click.option("--data", required=True, help="A file of leads, a folder with leads and events, or a database URL."),
    mapping_option,
    click.option(
        "--practice",
        "practice_file",
        type=click.Path(path_type=Path),
        help="Without a model: practice.toml; the one in the data's folder when left out.",
    ),
)


@click.command("explain")
@click.argument("lead")
@_input_files
@click.option("--model", help="NAME, NAME@ALIAS, NAME/VERSION, or a bundle's folder; the champion if there is one.")
@click.option(
    "--at",
    default="auto",
    show_default=True,
    help="Time to explain: latest (in the data), arrival, a time in UTC, or auto: what the model learned.",
)
@click.option("--family", type=click.Choice(list(FAMILIES)), help="Only this family.")
@json_option
def explain(lead: str, files: InputFiles, model: str | None, at: str, family: str | None, as_json: bool) -> None:
    """Show what each signal says about one LEAD, with the words, events, clinics and fields that it rests on."""

    from features.mapping.column_mapping import read_mapping
    from features.practice_file.practice_toml import read_practice
    from features.tables.tables import read_tables
    from serving.diagnostics.lead_explanation import explain_lead

    bundle = _find_bundle(model)
    mapping = read_mapping(files.mapping_file) if files.mapping_file or bundle is None else bundle.mapping
    if bundle is not None:
        practice = bundle.practice
    else:
        default = Path(files.data) / "practice.toml"
        practice = read_practice(files.practice_file or (default if default.is_file() else None))
    with progress_bar() as report_progress:
        tables = read_tables(files.data, mapping, practice, report_progress, scoring=True)
    explanation = explain_lead(tables, lead, bundle, practice, at)
    if as_json:
        print_json(explanation.to_plain(family))
        return
    for line in explanation.format_lines(family):
        click.echo(line)


def _find_bundle(model: str | None) -> "Bundle | None":
    """Load the model, by default the champion; without a champion the lead is explained without a model."""

    from training.bundle import find_bundle, get_models_home

    if model is not None:
        return find_bundle(model, get_models_home())[0]
    try:
        return find_bundle("leadlight", get_models_home())[0]
    except LeadlightError as fault:
        click.echo(f"Explained without a model. {fault}", err=True)
        return None
