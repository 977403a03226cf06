"""Which figures may leave the house? The report as a file holds it: without people, lists of leads and small cells.

Lives here: the report as files have it, of all inquiries over the months that are offered, or of one filter.
Does not live here: hiding cells of one file (``small_cells``) and of several (``overlapping_files``).
"""

from collections.abc import Callable
from dataclasses import replace

from features.errors import DataError
from serving.insights.figure_tables import FigureTable, Hidden
from serving.insights.insight_report import InsightReport
from serving.insights.report_sections import DEFAULT_MONTHS, MONTH_CHOICES, SECTIONS
from serving.insights.scope.report_scope import ReportScope
from serving.insights.sentences.summary_sentences import MOST_SENTENCES
from serving.insights.sharing.overlapping_files import hide_beside, hide_in_parts
from serving.insights.sharing.small_cells import SharedFile

__all__ = ["compute_shareable", "make_shareable", "require_shareable"]

_FILE_ORDER = (DEFAULT_MONTHS, *sorted((months for months in MONTH_CHOICES if months != DEFAULT_MONTHS), reverse=True))
"""The usual file hides nothing because of others; each further one is hidden beside those before it."""

_ADD_UP = ("funnel_by_", "response_by_", "response_bands", "missed_calls", "lost_", "money_by_")
"""Tables whose counts over the values of a filter add up to those of all leads: what hides them can be checked."""

_NOT_IN_FILES = (
    "Stands on the page for managers only: in a file of a filter, its numbers could be subtracted from those of the "
    "file of all inquiries."
)

Compute = Callable[[ReportScope], InsightReport]


def require_shareable(scope: ReportScope) -> None:
    """Refuse files that could be subtracted from others in ways that are not checked.

    Raises
    ------
    DataError
        For months that are not offered, for two filters, and for a filter over other months than the usual ones.

    >>> require_shareable(ReportScope(12, (("channel", "Phone call"),)))
    """
    choices = ", ".join(map(str, MONTH_CHOICES))
    if scope.months not in MONTH_CHOICES:
        raise DataError(
            f"insights: --months is {scope.months}. Expected one of {choices}: two files over nearly the same months "
            "could be subtracted from each other, and the difference would tell about few people."
        )
    if len(scope.filters) > 1:
        raise DataError(
            f"insights: found {len(scope.filters)} filters. Expected at most one in a file that leaves the house: with "
            "two, files could be subtracted from each other until they tell about few people. The page for managers "
            "takes all of them together."
        )
    if scope.filters and scope.months != DEFAULT_MONTHS:
        raise DataError(
            f"insights: found a filter over {scope.months} months. Expected {DEFAULT_MONTHS}, the only months that a "
            "filtered file is made of: files over several could be subtracted from each other. The page for managers "
            "takes any."
        )


def compute_shareable(compute: Compute, scope: ReportScope) -> tuple[InsightReport, InsightReport]:
    """Compute a report as it may leave the house, beside every other one that may.

    Parameters
    ----------
    compute : callable
        Scope -> report with every cell.

    Returns
    -------
    (the report with every cell, the report as it may leave the house)

    Raises
    ------
    DataError
        See ``require_shareable``.
    """
    require_shareable(scope)
    if scope.filters:
        return _compute_filtered(compute, scope)
    published: list[SharedFile] = []
    for months in _FILE_ORDER:
        report = compute(ReportScope(months))
        published.append(hide_beside(_list_shared(report), published))
        if months == scope.months:
            return report, _share(report, published[-1].build_tables())
    raise AssertionError(f"{scope.months} months are not offered")


def _compute_filtered(compute: Compute, scope: ReportScope) -> tuple[InsightReport, InsightReport]:
    """Compute the report of one filter, with what the files of the filter's other values would tell beside it."""
    whole = compute(ReportScope(scope.months))
    usual = SharedFile(_list_shared(whole))
    usual.hide_small()
    ((dimension, name),) = scope.filters
    # First, so that a name that no inquiry has is refused before the others are computed.
    report = compute(scope)
    reports = {name: report} | {
        value: compute(ReportScope(scope.months, ((dimension, value),)))
        for value in whole.choices[dimension]
        if value != name
    }
    parts = {value: _keep_adding(_list_shared(part)) for value, part in reports.items()}
    shared = _share(report, hide_in_parts(usual, dimension, parts)[name].build_tables())
    only_on_page = {
        section: _NOT_IN_FILES for section in SECTIONS if section != "people" and not shared.get_section(section)
    }
    # The number of all leads of a filter is in no other table.
    return report, replace(shared, left_out=only_on_page | report.left_out, leads=report.leads // 10 * 10)


def _keep_adding(tables: list[FigureTable]) -> list[FigureTable]:
    return [table for table in tables if table.name.startswith(_ADD_UP)]


def _list_shared(report: InsightReport) -> list[FigureTable]:
    """List the tables that may leave the house: none that names people."""
    return [table for table in report.tables.values() if not table.managers_only]


def make_shareable(report: InsightReport) -> InsightReport:
    """Return a report of all inquiries over the usual months as it may leave the house: without people and lists of
    leads, and with small cells hidden.
    """
    file = SharedFile(_list_shared(report))
    file.hide_small()
    return _share(report, file.build_tables())


def _share(report: InsightReport, tables: list[FigureTable]) -> InsightReport:
    """Return the report with these tables, and with the sentences that tell nothing hidden."""
    hidden = {table.name: table for table in tables}
    hides_month = any(isinstance(row[1], Hidden) for row in hidden["funnel_by_month"].rows)
    shared = [
        sentence
        for sentence in (*report.sentences, *report.more_sentences)
        if sentence.evidence in hidden and sentence.may_leave_the_house and not sentence.tells_hidden(hidden)
    ]
    return replace(
        report,
        # Beside the other months, the number of all inquiries would tell a month's.
        leads=report.leads // 10 * 10 if hides_month else report.leads,
        tables=hidden,
        sentences=tuple(shared[:MOST_SENTENCES]),
        more_sentences=(),
        win_backs=(),
        receipt=report.receipt.with_figures(tables),
    )
