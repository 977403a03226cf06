"""What does a manager see who opens a figure? Its definition, what it rests on, its receipt, the inquiries it counts.

Lives here: choosing the values that the templates get.
Does not live here: the page of all figures (``insight_page``), finding the inquiries (``serving.insights.evidence``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from features.practice.practice import Practice
from serving.accounts.sessions import SignedInUser
from serving.desk.pages.templates import render_template
from serving.insights.evidence.figure_rows import key_of, list_counted
from serving.insights.figure_tables import Cell, FigureTable, format_cell
from serving.insights.insight_report import InsightReport
from serving.scoring.engine import Engine

__all__ = [
    "MOST_LISTED",
    "FigureAddress",
    "ListedInquiries",
    "format_as_of",
    "render_inquiries",
    "render_figure",
    "write_address",
]

MOST_LISTED = 200
"""Inquiries shown of one figure, the newest."""


@dataclass(frozen=True)
class FigureAddress:
    """A figure of a report.

    Parameters
    ----------
    report : InsightReport
    table : FigureTable
    row : tuple of cells
    """

    report: InsightReport
    table: FigureTable
    row: tuple[Cell, ...]

    @property
    def is_name(self) -> bool:
        """Whether the row is called by a name, of a person of ours or of the data: it is no text to translate."""
        return self.table.columns[0].name == "person" or str(self.row[0]) in self.report.own_names

    def name_row(self, names: Mapping[str, str]) -> str:
        """Return how the row is called; a person by the name to show."""
        name = str(self.row[0])
        return names.get(name, name) if self.table.managers_only else name


def write_address(page: str, report: InsightReport, table: FigureTable, row: tuple[Cell, ...], column: str = "") -> str:
    """Write the address of a row, or of one of its figures. It names nobody."""
    pairs = {"table": table.name, "row": key_of(table, row)} | ({"column": column} if column else {})
    scope = report.scope.to_query()
    return f"/insights/{page}?{urlencode(pairs, quote_via=quote)}{f'&{scope}' if scope else ''}"


def format_as_of(report: InsightReport, practice: Practice) -> str:
    """Format the moment of a report as the practice writes moments, with its year: a file is read later, too."""
    moment = (
        datetime.fromisoformat(str(report.as_of.astype("datetime64[s]"))).replace(tzinfo=UTC).astimezone(practice.zone)
    )
    return practice.formats.format_moment(moment, moment.date() + timedelta(days=365))


def render_figure(shown: FigureAddress, names: Mapping[str, str], engine: Engine, user: SignedInUser) -> str:
    """Render one row of a table: each of its figures with its definition, and how they can be made again."""
    formats, table = engine.bundle.practice.formats, shown.table
    counted = list_counted(table)
    headings = {column.name: column.heading for column in table.columns}
    figures = [
        {
            "name": column.name,
            "heading": column.heading,
            "text": format_cell(cell, column.unit, formats),
            "definition": column.definition,
            "rests_on": [headings[name] for name in column.rests_on if name in headings],
            "address": write_address("inquiries", shown.report, table, shown.row, column.name)
            if column.name in counted and isinstance(cell, int) and cell > 0
            else "",
        }
        for column, cell in zip(table.columns[1:], shown.row[1:], strict=True)
    ]
    return render_template(
        "figure.html",
        engine,
        user,
        section="insights",
        as_of=format_as_of(shown.report, engine.bundle.practice),
        title=table.title,
        table_name=table.name,
        row_name=shown.name_row(names),
        is_name=shown.is_name,
        own_names=shown.report.own_names,
        notes=table.notes,
        figures=figures,
        receipt=shown.report.receipt,
        query=shown.report.scope.to_query(),
        filtered_by=shown.report.scope.describe(),
    )


@dataclass(frozen=True)
class ListedInquiries:
    """The inquiries that a figure counts.

    Parameters
    ----------
    found : sequence of str
        All of them.
    shown : sequence of str
        The newest that are still in the store.
    names : mapping
        Lead or person of ours -> the name to show.
    """

    found: Sequence[str]
    shown: Sequence[str]
    names: Mapping[str, str]


def render_inquiries(
    shown: FigureAddress, column: str, listed: ListedInquiries, engine: Engine, user: SignedInUser
) -> str:
    """Render the inquiries that a figure counts, the newest ones by name."""
    described = next(each for each in shown.table.columns if each.name == column)
    return render_template(
        "inquiries.html",
        engine,
        user,
        section="insights",
        title=shown.table.title,
        heading=described.heading,
        definition=described.definition,
        row_name=shown.name_row(listed.names),
        is_name=shown.is_name,
        own_names=shown.report.own_names,
        total=len(listed.found),
        lines=[{"lead_id": lead_id, "name": listed.names.get(lead_id, "")} for lead_id in listed.shown],
        back=write_address("figure", shown.report, shown.table, shown.row),
    )
