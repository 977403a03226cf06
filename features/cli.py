"""How do ``demo-data``, ``inspect``, ``init``, ``signals`` and ``read`` talk to people? Parses, calls, prints.

Lives here: what a terminal shows.
Does not live here: the work (``synthetic``, ``profiling``, ``practice_file``, ``explain``).
"""

import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table as TerminalTable

from features.option_groups import group_options, json_option, print_json
from features.progress_bar import progress_bar

if TYPE_CHECKING:
    from features.profiling.export_profile import ExportProfile


@dataclass(frozen=True)
class DemoOutput:
    """Where the files go, and for whom the summary is."""

    out: Path
    as_json: bool


_folder_options = group_options(
    "output",
    DemoOutput,
    click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write to."),
    json_option,
)


@click.command("demo-data")
@click.option(
    "--leads", default=12_000, show_default=True, type=click.IntRange(50, 5_000_000), help="How many leads to generate."
)
@click.option("--seed", default=7, show_default=True, help="The same seed gives the same files, byte for byte.")
@click.option("--until", default="2026-11-01", show_default=True, help="Last day of the generated history, YYYY-MM-DD.")
@click.option(
    "--months", default=18, show_default=True, type=click.IntRange(1, 120), help="How many months of history."
)
@click.option(
    "--format",
    "file_format",
    default="parquet",
    show_default=True,
    type=click.Choice(["parquet", "csv"]),
    help="Format of the files.",
)
@click.option("--names", is_flag=True, help="Give the leads invented names, which the desk shows and no model reads.")
@click.option(
    "--stories",
    is_flag=True,
    help="Plant what the insights are to find: a search that only collects, hard leads, a slow hour, a silent form, a "
    "field that costs inquiries, a young campaign. truth/stories.json tells them.",
)
@_folder_options
def demo_data(until: str, file_format: str, names: bool, stories: bool, output: DemoOutput, **size: int) -> None:
    """Generate demo data with a known truth: leads, events, outcomes, spend and practice.toml."""
    from features.practice_file.practice_toml import read_practice
    from features.synthetic.generator import PRACTICE_FILE, invent

    try:
        last_day = date.fromisoformat(until)
    except ValueError:
        raise click.BadParameter(f"found {until!r}, expected a day such as 2026-11-01", param_hint="--until") from None
    with progress_bar() as report_progress:
        world = invent(
            size["leads"],
            size["seed"],
            until=last_day,
            months=size["months"],
            progress=lambda done, total: report_progress("Generating demo data", done, total),
        )
        if stories:
            from features.synthetic.planted_stories import plant_stories

            world = plant_stories(world, size["seed"], read_practice(PRACTICE_FILE).timezone)
        if names:
            from features.synthetic.lead_names import add_names

            world = add_names(world, size["seed"])
        files = world.write(output.out, file_format)
    counts = {"leads": len(world.leads), "events": len(world.events), "outcomes": len(world.outcomes)}
    if output.as_json:
        print_json({**counts, "files": sorted(files)})
        return
    click.echo(
        f"Generated {len(world.leads):,} leads, {len(world.events):,} events, {len(world.outcomes):,} outcomes: "
        f"{len(files)} files in {output.out}."
    )
    click.echo(f"The true booking probabilities are in {output.out / 'truth'}; training never reads them.")


@click.command("inspect")
@click.argument("file", metavar="FILE_OR_FOLDER", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Where to write the proposed mapping (TOML).")
@json_option
def inspect_file(file: Path, out: Path | None, as_json: bool) -> None:
    """Profile any CSV, Excel, JSON or Parquet export and propose a mapping, with a reason for each guess.

    Of a folder, the call log and the appointment list beside the leads are joined to them by id, e-mail or phone.
    """
    from features.profiling.mapping_document import render_document

    with progress_bar() as report_progress:
        report_progress("Profiling the file", 0, 1)
        profile = _profile_leads(file)
        text = render_document(profile)
        report_progress("Profiling the file", 1, 1)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    if as_json:
        print_json(profile.to_plain())
        return
    _print_columns(profile)
    if out is None:
        click.echo(f"\nNothing was written. For the proposed mapping: leadlight inspect {file} --out mapping.toml")
    else:
        click.echo(f"\nProposed mapping, please check it: {out}. Then: leadlight train --data {file} --mapping {out}")
    if profile.label is None and not profile.has_outcomes:
        from features.profiling.labels.label_guess import NO_LABEL_WARNING

        click.echo("\n" + "\n".join((*profile.label_doubts, NO_LABEL_WARNING)))


def _print_columns(profile: "ExportProfile") -> None:
    """Print what each column of an export was read as, and why."""
    from features.profiling.labels.label_guess import describe_label
    from features.profiling.mapping_document import fold_to_one_line

    for note in profile.notes:
        click.echo(note)
    table = TerminalTable(box=None, pad_edge=False, header_style="bold")
    for header in ("Column", "Filled", "Distinct", "Used as", "Why"):
        table.add_column(header, justify="right" if header in ("Filled", "Distinct") else "left", overflow="fold")
    for row in profile.to_rows():
        table.add_row(*(fold_to_one_line(str(cell)) for cell in row))
    # A pipe has no width; at 100 columns every cell is folded and none is cut. "[b]" in a header is text and no markup.
    Console(soft_wrap=False, markup=False, width=None if sys.stdout.isatty() else 100).print(table)
    if profile.dates:
        click.echo("\nDates (first to last, as read):")
        for column in profile.dates:
            click.echo(f"  {column.describe()}")
    if profile.numbers:
        click.echo("\nNumbers (as read):")
        for header, described in profile.numbers.items():
            click.echo(f"  {header!r}: {described}")
    for doubt in profile.date_doubts:
        click.echo(f"\n{doubt}")
    if profile.label is not None:
        click.echo("\n" + "\n".join(describe_label(profile.label)))


def _profile_leads(path: Path) -> "ExportProfile":
    """Profile a file of leads, or the leads of a folder."""
    if path.is_dir():
        # The rooms that join exports take half a second to import, and one file needs none of them.
        from features.profiling.folder_profile import profile_folder

        return profile_folder(path).leads
    from features.profiling.export_profile import profile_export

    return profile_export(path)


@click.command("init")
@click.option(
    "--data",
    required=True,
    help="A file of leads, a folder with leads, events, outcomes and spend, or a database's URL.",
)
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path),
    help="Mapping of an export's columns; proposed by leadlight when left out.",
)
@click.option(
    "--out",
    default="practice.toml",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Where to write the draft.",
)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
def init(data: str, mapping_file: Path | None, out: Path, force: bool) -> None:
    """Draft a practice.toml from your leads: services, clinics and payers as people write them.

    Correct the draft by hand.
    """
    from features.mapping.column_mapping import read_mapping
    from features.practice_file.draft import draft_practice
    from features.practice_file.draft_writer import refuse_overwrite, write_draft
    from features.profiling.export_profile import propose_mapping
    from features.readers.partitioned_files import is_url
    from features.tables.tables import read_tables

    refuse_overwrite(out, force)
    with progress_bar() as report_progress:
        report_progress("Reading the leads", 0, 2)
        mapping = read_mapping(mapping_file) if mapping_file or is_url(data) else propose_mapping(Path(data))
        tables = read_tables(data, mapping, progress=report_progress)
        report_progress("Reading the leads", 1, 2)
        draft = draft_practice(tables)
        write_draft(draft, out, force)
        report_progress("Reading the leads", 2, 2)
    table = TerminalTable(box=None, pad_edge=False, header_style="bold")
    for header in ("Found", "Entries", "Spellings in them", "Not yet assigned", "Left out"):
        table.add_column(header, justify="left" if header == "Found" else "right")
    for row in draft.summarize():
        table.add_row(*row)
    Console(soft_wrap=False, markup=False).print(table)
    click.echo("Left out: values that fewer than ten leads share, or that look personal.")
    renamed = {ours: theirs for ours, theirs in mapping.leads.items() if ours != theirs}
    if renamed and mapping_file is None:
        matches = ", ".join(f"{ours} = {theirs!r}" for ours, theirs in renamed.items())
        click.echo(f"Recognized by header: {matches}. To correct this: leadlight inspect, then --mapping.")
    if not draft.services.lead_count:
        click.echo(
            "No lead names a service. If a column of the export does, map it to service_requested; "
            "otherwise add the services by hand."
        )
    click.echo(
        f"\nDrafted from {draft.leads:,} leads: {out}. "
        "Read it from the top, complete what says FILL IN, and assign what is left."
    )
    option = f" --mapping {mapping_file or 'mapping.toml'}" if mapping_file or renamed else ""
    click.echo(f"Then: leadlight train --data {data}{option} --practice {out}   (it reports every wrong line)")


@click.command("signals")
@click.option("--family", help="Only this family, such as urgency.")
@click.option("--markdown", is_flag=True, help="Print the Markdown table of features/README.md.")
@json_option
def signals(family: str | None, markdown: bool, as_json: bool) -> None:
    """Print the catalog: what we look for in a lead, family by family."""
    from features.explain.signal_table import format_lines, list_declarations, render_signal_table

    if as_json:
        print_json(list_declarations(family))
        return
    click.echo(render_signal_table(family) if markdown else "\n".join(format_lines(family)))


@click.command("read")
@click.option(
    "--data", required=True, type=click.Path(path_type=Path), help="A file with a column called message: CSV, XLSX ..."
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Where to write the readings (.csv or .parquet)."
)
@click.option("--practice", type=click.Path(path_type=Path), help="Your practice.toml, to find its services.")
@click.option(
    "--written",
    default=None,
    help="The day on which the messages were written, YYYY-MM-DD; today when left out. Dates in them count from it.",
)
@json_option
def read_message_file(data: Path, out: Path, practice: Path | None, written: str | None, as_json: bool) -> None:
    """Show what messages say: a probability for each label, and the words that it rests on.

    One row for each message, in the order of the file. It may miss an emergency: it is not triage.
    """
    from features.message_report import write_report
    from features.practice.practice import Practice
    from features.practice_file.practice_toml import read_practice
    from features.text.label_reader import LabelReader

    try:
        day = date.fromisoformat(written) if written else date.today()
    except ValueError:
        raise click.BadParameter(
            f"found {written!r}, expected a day such as 2026-11-01", param_hint="--written"
        ) from None
    frame = write_report(data, out, read_practice(practice) if practice else Practice(), day)
    reader = LabelReader.load_default()
    empty = int(frame["appointment"].isna().sum())
    counts = [
        (label, int((frame[label] >= threshold).sum()), float(threshold))
        for label, threshold in zip(reader.labels, reader.threshold, strict=True)
    ]
    if as_json:
        labels = [{"label": label, "messages": count, "threshold": threshold} for label, count, threshold in counts]
        print_json({"messages": len(frame), "empty": empty, "written": day, "labels": labels, "out": out})
        return
    table = TerminalTable(box=None, pad_edge=False, header_style="bold")
    table.add_column("Label")
    table.add_column("Messages", justify="right")
    table.add_column("Said from a probability of", justify="right")
    for label, count, threshold in counts:
        table.add_row(label, f"{count:,}", f"{threshold:.2f}")
    Console(soft_wrap=False, markup=False).print(table)
    click.echo(f"{len(frame):,} messages, {empty:,} of them empty, read as written on {day}: {out}.")
