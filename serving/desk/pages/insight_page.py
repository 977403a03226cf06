"""What does the page of insights show? The report's tables with their charts, on the desk and as one file.

Lives here: choosing the values that the templates get.
Does not live here: figures (``serving.insights``), addresses (``insight_routes``), the templates' engine
(``templates``).
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from features.practice.practice import Practice
from serving.accounts.sessions import SignedInUser
from serving.desk.pages.figure_page import format_as_of, write_address
from serving.desk.pages.templates import read_static, render_template
from serving.desk.translation.translator import load_translator
from serving.insights.columns.attribute_names import name_dimension
from serving.insights.figure_tables import FigureTable, format_cell
from serving.insights.insight_report import InsightReport
from serving.insights.interval_chart import IntervalChart, draw_chart
from serving.insights.lost_leads import WinBackLead
from serving.insights.report_sections import MONTH_CHOICES, SECTIONS
from serving.insights.scope.report_scope import FILTERS, ReportScope
from serving.insights.sharing.small_cells import SMALLEST_SHOWN
from serving.scoring.engine import Engine

__all__ = ["render_insight_file", "render_insights", "render_win_backs"]

_MISSING = {
    "money": "No spending is on record here, so nothing can be said of costs. Put a table of spending (day, amount, "
    "campaign, channel) beside the leads, as spend.csv, and load the folder (leadlight load --data FOLDER), or run "
    "leadlight insights --data FOLDER --out DIR again."
}
"""What a section says that has no table."""


@dataclass(frozen=True)
class ShownTable:
    """A table as the template shows it.

    Parameters
    ----------
    table : FigureTable
    chart : IntervalChart or None
    cells : list of list of str
    addresses : list of str
        Of each row's figures on the desk; empty in a file.
    numeric : list of bool
        Whether a column is set to the right.
    """

    table: FigureTable
    chart: IntervalChart | None
    cells: list[list[str]]
    addresses: list[str]
    numeric: list[bool]

    @property
    def has_words(self) -> bool:
        """Whether its rows end in words, such as a verdict: on a phone they stand below each other, to be seen."""
        return any(column.unit == "text" for column in self.table.columns[1:])

    @property
    def names_people(self) -> bool:
        """Whether its rows are people of ours: a name is no text to translate."""
        return self.table.columns[0].name == "person"


def render_insights(report: InsightReport, engine: Engine, user: SignedInUser, names: Mapping[str, str]) -> str:
    """Render the page for managers.

    Parameters
    ----------
    names : mapping
        Person -> the name to show.
    """
    practice = engine.bundle.practice
    named = _name_people(report, names)
    return render_template(
        "insights.html",
        engine,
        user,
        section="insights",
        months=report.months,
        month_choices=MONTH_CHOICES,
        filters=[
            (name, name_dimension(name).capitalize(), report.scope.get(name), report.choices[name])
            for name in FILTERS
            if name in report.choices
        ],
        query=report.scope.to_query(),
        **_build_body(named, practice, report),
    )


def render_insight_file(report: InsightReport, practice: Practice, language: str = "en") -> str:
    """Render one self-contained page: no address in it, and nothing is fetched.

    Parameters
    ----------
    language : str
        One of ``LANGUAGES``. Nobody is signed in whose choice would be known.
    """
    style = (read_static("desk.css")[0] + read_static("insights.css")[0]).decode()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = render_template(
        "insights_file.html",
        None,
        None,
        language=language,
        style=style,
        style_hash=digest,
        practice_name=practice.name,
        smallest_shown=SMALLEST_SHOWN,
        **_build_body(report, practice),
    )
    translator = load_translator(language, practice.texts, "insights")
    return page if translator is None else translator.translate_page(page, report.own_names)[0]


def render_win_backs(
    leads: Sequence[WinBackLead], names: Mapping[str, str], engine: Engine, user: SignedInUser, scope: ReportScope
) -> str:
    """Render the leads to call again, with their names."""
    formats = engine.bundle.practice.formats
    lines = [
        {
            "lead_id": lead.lead_id,
            "name": names.get(lead.lead_id, ""),
            "reason": lead.reason.capitalize(),
            "days": lead.lost_days_ago,
            "chance": round(100 * lead.chance),
            "worth": format_cell(lead.worth, "money", formats),
            "channel": "Text message" if lead.channel == "sms" else lead.channel.capitalize(),
        }
        for lead in leads
    ]
    return render_template(
        "win_back.html",
        engine,
        user,
        section="insights",
        lines=lines,
        query=scope.to_query(),
        filtered_by=scope.describe(),
    )


def _build_body(report: InsightReport, practice: Practice, addressed: InsightReport | None = None) -> dict[str, object]:
    """Return the values that both pages share.

    Parameters
    ----------
    addressed : InsightReport, optional
        The report that addresses of figures name; without it figures have none.
    """
    sections = []
    for name, section in SECTIONS.items():
        tables = [
            _show(table, practice, addressed) for table in report.get_section(name) if table.rows or name != "money"
        ]
        missing = report.left_out.get(name) or ("" if tables else _MISSING.get(name, ""))
        if tables or missing:
            sections.append((name, section.title, tables, missing))
    return {
        "report": report,
        "sections": sections,
        "as_of": format_as_of(report, practice),
        "lead_count": f"{report.leads:,}",
        "filtered_by": report.scope.describe(),
        "own_names": report.own_names,
        "receipt": report.receipt,
    }


def _show(table: FigureTable, practice: Practice, addressed: InsightReport | None) -> ShownTable:
    """Return a table as the template shows it."""
    cells = [
        [format_cell(cell, column.unit, practice.formats) for cell, column in zip(row, table.columns, strict=True)]
        for row in table.rows
    ]
    # Rows in the order of the table: a person's row is addressed by the id, not by the name that is shown.
    addresses = []
    if addressed is not None:
        computed = addressed.tables[table.name]
        addresses = [write_address("figure", addressed, computed, row) for row in computed.rows]
    return ShownTable(
        table,
        draw_chart(table, practice.formats),
        cells,
        addresses,
        [column.unit != "text" for column in table.columns],
    )


def _name_people(report: InsightReport, names: Mapping[str, str]) -> InsightReport:
    """Return the report with the names of people in the place of their ids."""
    named = {
        name: replace(table, rows=tuple((names.get(str(row[0]), row[0]), *row[1:]) for row in table.rows))
        for name, table in report.tables.items()
        if table.columns[0].name == "person"
    }
    return replace(report, tables=report.tables | named)
