"""Which inquiries does a figure count? The rows behind every number of people on the page.

Lives here: finding them, by the table, the row and the column of a figure.
Does not live here: those of comparisons (``comparison_rows``), the figures (the room around this one), who may see
whose names (``serving.desk``).

They are found by the functions that the figures are computed with, so that as many are listed as the figure says.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray, IntArray
from features.practice.practice import Practice
from serving.insights.attribution.touch_rows import TouchRows, find_touch_rows
from serving.insights.columns.lead_columns import LeadColumns, format_month
from serving.insights.evidence.comparison_rows import (
    find_by_mark,
    find_by_order,
    find_by_rule,
    find_doubted,
    find_in_changes,
    find_in_fields,
    find_in_forms,
    find_in_further_tries,
    find_in_misfits,
    find_in_segments,
    find_in_tries,
    find_stale_records,
    find_who_waits,
    find_won_back,
)
from serving.insights.evidence.row_source import RowSource
from serving.insights.figure_tables import Cell, FigureTable
from serving.insights.lost_leads import find_group, name_reason, read_reasons, select_lost
from serving.insights.outlook.outlook_tables import build_outlook, find_month_begin, name_past_weeks
from serving.insights.response import band_waiting, group_by_part, select_comparable, split_missed_calls
from serving.insights.scope.lead_selection import group_rare_names, select_leads
from serving.insights.scope.report_scope import ReportScope
from serving.insights.staffing.missed_by_half_hour import select_missed
from serving.insights.staffing.staffing_table import select_callers
from serving.insights.weekly_costs import list_weeks, name_week, number_weeks

__all__ = ["FigureRows", "find_figure_rows", "find_row", "key_of", "list_counted"]

_ALL_REASONS = "All reasons"


@dataclass(frozen=True)
class FigureRows:
    """The inquiries that a figure counts, the newest first.

    Parameters
    ----------
    lead_ids : tuple of str
    """

    lead_ids: tuple[str, ...]


def key_of(table: FigureTable, row: tuple[Cell, ...]) -> str:
    """Return what names a row in an address: its place among the table's names, and a digest of all of them.

    Where the names are those of people, how many there are takes the place of the digest, which could be compared with
    those of a list of names.
    """
    names = sorted(str(name) for name, *_ in table.rows)
    digest = hashlib.sha256("\n".join(names).encode()).hexdigest()[:8]
    return f"{names.index(str(row[0]))}-{len(names) if table.managers_only else digest}"


def find_row(table: FigureTable, key: str) -> tuple[Cell, ...] | None:
    """Find the row of a table that a key names, None where the table has other rows by now."""
    return next((row for row in table.rows if key_of(table, row) == key), None)


def list_counted(table: FigureTable) -> list[str]:
    """List the columns whose inquiries can be listed: its numbers of people that are known, not expected."""
    finder = _find_finder(table.name)
    return [] if finder is None else [column.name for column in table.columns if _is_counted(column.name, table)]


def _is_counted(column: str, table: FigureTable) -> bool:
    described = next(shown for shown in table.columns if shown.name == column)
    return described.counts_people and not column.endswith("_final")


def find_figure_rows(
    columns: LeadColumns, practice: Practice, scope: ReportScope, figure: tuple[str, str, str]
) -> FigureRows:
    """Find the inquiries that a figure counts.

    Parameters
    ----------
    columns : LeadColumns
        Of all leads, before any filter, as of the report.
    figure : (str, str, str)
        The table, the name of the row, and the column.

    Raises
    ------
    KeyError
        If there is no such figure, or it counts no inquiries.
    """
    table, row, column = figure
    finder = _find_finder(table)
    if finder is None:
        raise KeyError(f"{table}: its figures count no inquiries")
    selected = select_leads(group_rare_names(columns), scope)
    rows = finder(RowSource(selected, practice, scope.months), table, row, column)
    newest = rows[np.argsort(selected.age_days[rows], kind="stable")]
    return FigureRows(tuple(map(str, selected.lead_ids[newest])))


def _find_in_months(source: RowSource, table: str, row: str, column: str) -> IntArray:
    names = {format_month(month): month for month in np.unique(source.columns.month).tolist()}
    return source.having(np.flatnonzero(source.columns.month == names[row]), column)


def _find_in_funnel(source: RowSource, table: str, row: str, column: str) -> IntArray:
    category = source.columns.categories.get(table.removeprefix("funnel_by_"))
    return source.having(source.of_name(source.recent, category, row), column)


def _find_in_bands(source: RowSource, table: str, row: str, column: str) -> IntArray:
    band = band_waiting(source.columns.response_minutes, source.columns.answered_live)
    return source.having(source.of_name(select_comparable(source.columns, source.ripe_days), band, row), column)


def _find_in_waits(source: RowSource, table: str, row: str, column: str) -> IntArray:
    group = group_by_part(source.columns, table.removeprefix("response_by_"), source.practice.formats)
    rows = source.of_name(source.recent, group, row)
    if column == "live":
        return rows[source.columns.answered_live[rows]]
    return rows[np.isnan(source.columns.response_minutes[rows])] if column == "none" else rows


def _find_callers(source: RowSource, table: str, row: str, column: str) -> IntArray:
    return select_callers(source.columns, source.months, source.practice.formats, row, column)


def _find_in_half_hours(source: RowSource, table: str, row: str, column: str) -> IntArray:
    return select_missed(source.columns, source.months, source.practice.formats, row, column)


def _find_in_missed(source: RowSource, table: str, row: str, column: str) -> IntArray:
    return source.having(split_missed_calls(source.columns, source.recent)[row], column)


def _find_in_money(source: RowSource, table: str, row: str, column: str) -> IntArray:
    return source.of_name(source.recent, source.columns.categories.get(table.removeprefix("money_by_")), row)


def _find_in_weeks(source: RowSource, table: str, row: str, column: str) -> IntArray:
    names = {name_week(week, source.practice.formats): week for week in list_weeks(source.columns)}
    return source.having(np.flatnonzero(number_weeks(source.columns.day) == names[row]), column)


def _find_in_losses(source: RowSource, table: str, row: str, column: str) -> IntArray:
    rows = select_lost(source.columns, source.months)
    reason = read_reasons(source.columns, rows)
    if table == "lost_reasons":
        names = np.array([name_reason(text) for text in reason], object)
        return rows if row == _ALL_REASONS else rows[names == row]
    if column != "lost":
        rows = rows[reason == column]
    return source.of_name(rows, find_group(source.columns, table.removeprefix("lost_by_")), row)


def _find_in_people(source: RowSource, table: str, row: str, column: str) -> IntArray:
    return source.having(source.of_name(source.ripe, source.columns.staff, row), column)


def _find_touches(source: RowSource, dimension: str) -> TouchRows:
    touches = find_touch_rows(source.columns, dimension, source.ripe_days, source.months)
    if touches is None:
        raise KeyError(dimension)
    return touches


def _find_in_touches(source: RowSource, table: str, row: str, column: str) -> IntArray:
    touches = _find_touches(source, row.lower())
    inquiries = {"leads": touches.counted, "unnamed": touches.unnamed, "touched": touches.touched}
    journeys = {"journeys": np.arange(len(touches.journeys)), "several": touches.select_several()}
    if column in journeys:
        return touches.journeys.last_inquiry[journeys[column]]
    return (inquiries | {"contradicting": touches.contradicting})[column]


def _find_in_credit(source: RowSource, table: str, row: str, column: str) -> IntArray:
    journeys = _find_touches(source, table.removeprefix("credit_by_")).journeys
    code = journeys.names.index(row)
    edge = np.ones(len(journeys.journey), bool)
    differs = journeys.journey[1:] != journeys.journey[:-1]
    if column == "first":
        edge[1:] = differs
    elif column == "last":
        edge[:-1] = differs
    selected = np.unique(journeys.journey[edge & (journeys.code == code)])
    if column != "journeys":
        selected = selected[journeys.booked[selected]]
    return journeys.last_inquiry[selected]


def _find_in_outlook(source: RowSource, table: str, row: str, column: str) -> IntArray:
    columns = source.columns
    outlook = build_outlook(columns, source.ripe_days, source.practice.formats)
    if table == "outlook_past":
        begin, end = next(
            (-past.days_ago, 28.0 - past.days_ago)
            for past in outlook.past
            if name_past_weeks(outlook, past.days_ago) == row
        )
        return _find_booked(columns, begin, end)
    months = {format_month(month): month for month in (columns.current_month, columns.current_month + 1)}
    begun = find_month_begin(outlook, months[row])
    return _find_booked(columns, begun, 0.0) if begun < 0 else np.empty(0, np.int64)


def _find_booked(columns: LeadColumns, begin: float, end: float) -> IntArray:
    """Return the leads whose booking became known after a moment and by another, in days from the report."""
    known_age: FloatArray = columns.known_days["booked"] - columns.age_days
    return np.flatnonzero((known_age > begin) & (known_age <= end))


_Finder = Callable[[RowSource, str, str, str], IntArray]

_FINDERS: tuple[tuple[str, _Finder], ...] = (
    ("funnel_by_month", _find_in_months),
    ("said_by_month", _find_in_months),
    ("funnel_by_", _find_in_funnel),
    ("response_bands", _find_in_bands),
    ("response_by_", _find_in_waits),
    ("missed_calls", _find_in_missed),
    ("missed_by_half_hour", _find_in_half_hours),
    ("one_more_person", _find_callers),
    ("money_by_week", _find_in_weeks),
    ("money_by_", _find_in_money),
    ("lost_", _find_in_losses),
    ("people", _find_in_people),
    ("touch_data", _find_in_touches),
    ("credit_by_", _find_in_credit),
    ("forms", find_in_forms),
    ("field_changes", find_in_changes),
    ("form_fields", find_in_fields),
    ("segments", find_in_segments),
    ("qualification", find_by_mark),
    ("qualifying_rule", find_by_rule),
    ("score_value", find_by_order),
    ("careless_reasons", find_doubted),
    ("misfit_sources", find_in_misfits),
    ("win_back_results", find_won_back),
    ("waits_by_", find_who_waits),
    ("tries", find_in_tries),
    ("further_tries_by_", find_in_further_tries),
    ("stale_records", find_stale_records),
    ("outlook_goal", _find_in_outlook),
    ("outlook_past", _find_in_outlook),
)


def _find_finder(table: str) -> _Finder | None:
    return next((finder for start, finder in _FINDERS if table.startswith(start)), None)
