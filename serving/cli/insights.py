"""``leadlight insights``: the figures of a practice as one page and as files, for people and for a scheduler.

Lives here: options, files, exit codes. Does not live here: the figures (``serving.insights``), the page
(``serving.desk.pages``)."""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.errors import DataError, LeadlightError
from features.option_groups import group_options, json_option, print_json
from features.progress_bar import progress_bar
from serving.insights.report_sections import DEFAULT_MONTHS
from serving.insights.scope.report_scope import FILTERS, ReportScope

if TYPE_CHECKING:
    import numpy as np

    from serving.desk.translation.translator import Translator
    from serving.insights.columns.given_scores import GivenScore
    from serving.insights.evidence.receipt import Receipt
    from serving.insights.insight_report import InsightReport

__all__ = ["OTHER_FIGURES", "SILENT_SOURCE", "UNSURE_DATA", "insights"]

SILENT_SOURCE, UNSURE_DATA, OTHER_FIGURES = 8, 9, 10
"""Exit codes: a source went silent; figures are missing or wrong because of the data; they are not those of a receipt.
"""


@dataclass(frozen=True)
class InsightInput:
    """Options that name the data and how it is read."""

    data: str
    mapping_file: Path | None
    practice_file: Path | None
    as_of: str | None
    months: int
    channel: str | None
    clinic: str | None
    service: str | None


_input_options = group_options(
    "given",
    InsightInput,
    click.option("--data", required=True, help="A folder with leads, events, outcomes and spend, or a database's URL."),
    click.option("--mapping", "mapping_file", type=click.Path(path_type=Path), help="Mapping of an export's columns."),
    click.option(
        "--practice",
        "practice_file",
        type=click.Path(path_type=Path),
        help="practice.toml; the one in the data's folder when left out.",
    ),
    click.option(
        "--as-of",
        help="Nothing later is read: a day of the practice, or a time in UTC; the end of the data when left out.",
    ),
    click.option(
        "--months",
        default=DEFAULT_MONTHS,
        show_default=True,
        type=click.IntRange(1, 120),
        help="Months counted, the current one included: 3, 6, 12 or 24.",
    ),
    *(
        click.option(f"--{name}", help=f"Only inquiries of this {name}, as the figures name it. One filter at a time.")
        for name in FILTERS
    ),
)


@click.command("insights")
@_input_options
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write to.")
@click.option(
    "--language",
    type=click.Choice(["en", "es"]),
    default="en",
    show_default=True,
    help="Of the page, the texts in the files and what is printed. Headers of CSV files are the same in all.",
)
@json_option
@click.option(
    "--like",
    "receipt_file",
    type=click.Path(path_type=Path),
    help="A receipt.json: make its figures again (its moment, months and filter), and say whether they are the same.",
)
def insights(given: InsightInput, out: Path, receipt_file: Path | None, language: str, as_json: bool) -> None:
    """Write what brings patients, what loses them and what changed: insights.html and a CSV file for each table.

    Every figure has a 90% interval where one can be given. Numbers of fewer than 11 people are hidden, and what would
    tell them beside the files of other months and filters. Files of different days can be subtracted from each other:
    send one a month.

    Exit code 0: nothing to look at. 8: a source went silent. 9: figures are missing or wrong because of the data.
    10: with --like, the figures are other ones.
    """
    from features.mapping.column_mapping import read_mapping
    from features.practice_file.practice_toml import read_practice
    from features.readers.frame_writer import require_writable
    from features.tables.tables import read_tables
    from serving.desk.pages.insight_page import render_insight_file
    from serving.desk.queue.catalog_names import build_resolvers
    from serving.desk.translation.table_translation import translate_report
    from serving.desk.translation.translator import load_translator
    from serving.insights.columns.column_reading import read_named_columns
    from serving.insights.figure_tables import to_csv
    from serving.insights.insight_report import compute_insights
    from serving.insights.sharing.shared_report import compute_shareable, require_shareable

    receipt = _read_receipt(receipt_file, given) if receipt_file else None
    scope = receipt.scope if receipt else _choose_scope(given)
    require_shareable(scope)
    default = Path(given.data) / "practice.toml"
    practice = read_practice(given.practice_file or (default if default.is_file() else None))
    mapping = read_mapping(given.mapping_file) if given.mapping_file else None
    as_of = _parse_moment(receipt.as_of if receipt else given.as_of, practice.timezone)
    require_writable(out)
    with progress_bar() as report_progress:
        tables = read_tables(given.data, mapping, practice, report_progress)
        scores = _read_scores(given.data, tables.as_of if as_of is None else as_of)
        columns = read_named_columns(tables, practice, build_resolvers(practice), as_of, scores)

        def compute(wanted: ReportScope) -> "InsightReport":
            return compute_insights(
                columns,
                practice,
                wanted,
                lambda done, total: report_progress("Computing the figures", done, total),
            )

        report, shared = compute_shareable(compute, scope)
    out.mkdir(parents=True, exist_ok=True)
    (out / "insights.html").write_text(render_insight_file(shared, practice, language), encoding="utf-8")
    translator = load_translator(language, practice.texts, "insights")
    shared = translate_report(shared, translator)
    for name, table in shared.tables.items():
        (out / f"{name}.csv").write_bytes(to_csv(table))
    (out / "receipt.json").write_text(json.dumps(shared.receipt.to_plain(), indent=2) + "\n", encoding="utf-8")
    # What is printed goes into logs and mails of a scheduler: it is what may leave the house, as the files are.
    if as_json:
        _print_json(shared, out)
    else:
        _print_summary(shared, out, translator)
    if receipt:
        _print_comparison(receipt, shared.receipt, translator, as_json)
    if report.alarms:
        raise SystemExit(SILENT_SOURCE)
    if any(doubt.is_serious for doubt in report.doubts):
        raise SystemExit(UNSURE_DATA)


def _read_scores(data: str, as_of: "np.datetime64 | None") -> "dict[str, GivenScore]":
    """Read the first scores of the leads where the data is the store of the desk; files have none."""
    from serving.desk.store_insights import StoreReading, read_given_scores
    from serving.settings import Settings
    from serving.store.store import resolve_store_url
    from training.bundle import find_bundle

    if as_of is None or "://" not in data:
        return {}
    settings = Settings.from_environment()
    if data != resolve_store_url(settings):
        return {}
    holdout = None
    try:
        holdout = settings.arrival_share, find_bundle(settings.model, settings.home)[0].name
    except LeadlightError as fault:
        click.echo(f"Which leads were called in order of arrival is not known without the model. {fault}", err=True)
    return read_given_scores(StoreReading(data, holdout), as_of)


def _read_receipt(path: Path, given: InsightInput) -> "Receipt":
    """Read the receipt of other figures; it says what the other options would."""
    from serving.insights.evidence.receipt import Receipt

    if given.as_of or given.months != DEFAULT_MONTHS or _choose_scope(given).filters:
        raise DataError(
            "insights: found --like beside --as-of, --months or a filter. Expected one of them: the receipt names the "
            "moment, the months and the filter."
        )
    try:
        return Receipt.from_plain(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        raise DataError(
            f"insights: {path} is no receipt. Expected the receipt.json that leadlight insights writes with its files."
        ) from None


def _print_comparison(receipt: "Receipt", again: "Receipt", translator: "Translator | None", as_json: bool) -> None:
    """Print whether the figures are those of a receipt, and end with a code of its own where they are not.

    Beside JSON nothing else is on standard output.
    """
    from serving.insights.evidence.receipt import compare_receipts

    differences = compare_receipts(receipt, again)
    if not differences:
        click.echo(_translate(f"Every figure is that of receipt {receipt.number}.", translator), err=as_json)
        return
    differing = ", ".join(_translate(difference, translator) for difference in differences)
    click.echo(f"{_translate(f'Not what receipt {receipt.number} says', translator)}: {differing}.", err=True)
    if receipt.figures != again.figures:
        raise SystemExit(OTHER_FIGURES)


def _choose_scope(given: InsightInput) -> ReportScope:
    """Return what the options ask figures of."""
    names = {"channel": given.channel, "clinic": given.clinic, "service": given.service}
    return ReportScope(given.months, tuple((name, value) for name, value in names.items() if value))


def _print_json(report: "InsightReport", out: Path) -> None:
    """Print the summary and every table as the API describes them, and where the files are."""
    from serving.api.insight_routes import describe_report
    from serving.insights.figure_tables import to_plain

    tables = {name: to_plain(table) for name, table in report.tables.items()}
    print_json(describe_report(report) | {"left_out": report.left_out, "tables": tables, "out": str(out)})


def _print_summary(report: "InsightReport", out: Path, translator: "Translator | None") -> None:
    """Print the five sentences, what is wrong with the data, and what was written. The report is translated already."""
    for sentence in report.sentences:
        click.echo(f"- {sentence.claim} {sentence.advice} [{sentence.figure}]")
    for doubt in report.doubts:
        click.echo(f"{_translate('FIX' if doubt.is_serious else 'note', translator)}: {doubt.text}", err=True)
    filtered = f" of {report.scope.describe()}" if report.scope.filters else ""
    written = (
        f"{report.leads:,} inquiries{filtered} as of {str(report.as_of)[:16]} UTC: insights.html and "
        f"{len(report.tables)} CSV files in {out}. Receipt {report.receipt.number}."
    )
    click.echo(f"\n{_translate(written, translator)}")


def _translate(text: str, translator: "Translator | None") -> str:
    """Return a text in the language that was asked for."""
    return (translator.translate(text) if translator else None) or text


def _parse_moment(text: str | None, timezone: str) -> "np.datetime64 | None":
    """Parse a day or a time in UTC. A day means its end in the practice's time."""
    import numpy as np
    import pandas as pd

    if text is None:
        return None
    moment = None
    with suppress(ValueError):
        moment = np.datetime64(text.removesuffix("Z"), "us")
    if moment is None or np.isnat(moment):
        raise DataError(
            f"insights: --as-of is {text[:30]!r}. Expected a day such as 2026-11-01, or a time in UTC such as "
            "2026-11-01T12:00."
        )
    if len(text) != len("2026-11-01"):
        return moment
    end = pd.Timestamp(moment + np.timedelta64(1, "D")).tz_localize(
        timezone, nonexistent="shift_forward", ambiguous=True
    )
    return end.tz_convert("UTC").tz_localize(None).to_datetime64().astype("datetime64[us]") - np.timedelta64(1, "us")
