"""Which inquiries does a comparison count? The rows behind forms, fields, segments, rules and groups.

Lives here: finding them, by the functions that the comparisons are computed with.
Does not live here: the rows of all other tables, and which finder is whose (``figure_rows``).
"""

from functools import partial

from features.array_types import IntArray
from features.column_words import name_column
from serving.insights.columns.attribute_names import name_attribute_of
from serving.insights.columns.categories import ALL_LEADS
from serving.insights.columns.checked_reasons import CHECKED_REASONS
from serving.insights.comparisons.field_change_table import name_change, split_bookings
from serving.insights.comparisons.field_changes import find_field_changes
from serving.insights.comparisons.field_completeness import find_given, select_asked
from serving.insights.comparisons.form_test import list_pairs
from serving.insights.comparisons.segments import find_segments, list_attributes, name_segment
from serving.insights.evidence.row_source import RowSource
from serving.insights.follow_up.stale_records import find_stale, select_open
from serving.insights.follow_up.tries import TRY_NAMES, find_given_up, find_won_by, find_won_later, select_tried
from serving.insights.insight_report import select_segmented
from serving.insights.lost_leads import name_reason
from serving.insights.practice_checks.careless_reasons import select_doubted
from serving.insights.practice_checks.misfit_sources import find_misfits
from serving.insights.practice_checks.qualification import split_by_mark
from serving.insights.practice_checks.rule_value import select_by_rule
from serving.insights.practice_checks.score_value import select_worked, split_by_order
from serving.insights.practice_checks.who_waits import find_answered_soon, select_waited
from serving.insights.practice_checks.win_back_results import find_won_back as find_booked_after_loss
from serving.insights.practice_checks.win_back_results import select_passing, split_by_contact

__all__ = [
    "find_by_mark",
    "find_by_order",
    "find_by_rule",
    "find_doubted",
    "find_in_changes",
    "find_in_fields",
    "find_in_forms",
    "find_in_misfits",
    "find_in_further_tries",
    "find_in_segments",
    "find_in_tries",
    "find_stale_records",
    "find_who_waits",
    "find_won_back",
]


def find_in_forms(source: RowSource, table: str, row: str, column: str) -> IntArray:
    """Find the inquiries of one of two forms side by side."""
    pairs = list_pairs(source.columns, source.ripe_days, source.columns.current_month - source.months + 1)
    pair = next(pair for pair in pairs if pair.name == row)
    rows = pair.second_rows if column.startswith("other_") else pair.first_rows
    return source.having(rows, column.removeprefix("other_"))


def find_in_changes(source: RowSource, table: str, row: str, column: str) -> IntArray:
    """Find the inquiries of a form that changed, before and after it did."""
    name_field = partial(name_column, own_words=source.practice.words)
    change = next(
        found
        for found in find_field_changes(source.columns)
        if name_change(found, name_field, source.practice.formats) == row
    )
    before, after = change.split(change.own)
    booked_before, booked_after = split_bookings(source.columns, change, source.ripe_days)
    inquiries = {"leads": change.own, "before": before, "after": after}
    return (inquiries | {"booked_before": booked_before, "booked_after": booked_after})[column]


def find_in_fields(source: RowSource, table: str, row: str, column: str) -> IntArray:
    """Find the inquiries by forms that ask for a field."""
    among = select_segmented(source.columns, source.ripe, source.months)
    given = next(
        has for name, has in find_given(source.columns).items() if name_column(name, source.practice.words) == row
    )
    rows = select_asked(source.columns, among, given)
    return rows[given[rows]] if column == "given" else rows


def find_in_segments(source: RowSource, table: str, row: str, column: str) -> IntArray:
    """Find the inquiries of a segment."""
    columns = source.columns
    among = select_segmented(columns, source.ripe, source.months)
    booked, arrived = columns.has("booked"), -columns.age_days
    segments, _ = find_segments(list_attributes(columns), booked, arrived, among, columns.month)
    name_attribute = name_attribute_of(source.practice)
    segment = next(candidate for candidate in segments if name_segment(candidate, name_attribute) == row)
    return source.having(segment.rows, column)


def find_by_mark(source: RowSource, table: str, row: str, column: str) -> IntArray:
    """Find the inquiries with or without the mark of a qualified one."""
    rows = select_segmented(source.columns, source.ripe, source.months)
    return source.having(source.of_name(rows, split_by_mark(source.columns), row), column)


def find_doubted(source: RowSource, table: str, row: str, column: str) -> IntArray:
    """Find the losses for a reason that can be checked, or that the record contradicts."""
    reason = next(reason for reason in CHECKED_REASONS if name_reason(reason) == row)
    return select_doubted(source.columns, source.months, reason, column)


def find_in_misfits(source: RowSource, table: str, row: str, column: str) -> IntArray:
    """Find the inquiries of a source whose inquiries often fit nothing."""
    name, _, dimension = row.removesuffix(")").rpartition(" (")
    rows = select_segmented(source.columns, source.ripe, source.months)
    rows = source.of_name(rows, source.columns.categories.get(dimension), name)
    return rows[find_misfits(source.columns)[rows]] if column == "misfits" else rows


def find_who_waits(source: RowSource, table: str, row: str, column: str) -> IntArray:
    """Find the inquiries of a group whose waiting is compared."""
    group = source.columns.audited.get(table.removeprefix("waits_by_"))
    if group is None:
        raise KeyError(table)
    rows = source.of_name(select_waited(source.columns, source.recent), group, row)
    return rows[find_answered_soon(source.columns)[rows]] if column == "within_hour" else rows


def find_in_tries(source: RowSource, table: str, row: str, column: str) -> IntArray:
    """Find the inquiries of a try: those tried, those that booked after it, or those given up after it."""
    number = TRY_NAMES.index(row)
    rows = select_tried(source.columns, select_segmented(source.columns, source.ripe, source.months), number)
    has = {"booked": find_won_by, "given_up": find_given_up}.get(column)
    return rows if has is None else rows[has(source.columns, number)[rows]]


def find_in_further_tries(source: RowSource, table: str, row: str, column: str) -> IntArray:
    """Find the inquiries that were tried again, or those of them that booked then."""
    rows = select_tried(source.columns, select_segmented(source.columns, source.ripe, source.months), 1)
    rows = source.of_name(rows, source.columns.categories.get(table.removeprefix("further_tries_by_")), row)
    return rows[find_won_later(source.columns)[rows]] if column == "booked" else rows


def find_stale_records(source: RowSource, table: str, row: str, column: str) -> IntArray:
    """Find the open inquiries whose record lacks something."""
    rows = select_open(source.columns, source.recent)
    return rows if row == ALL_LEADS else rows[find_stale(source.columns)[row][rows]]


def find_won_back(source: RowSource, table: str, row: str, column: str) -> IntArray:
    """Find the inquiries of a loss that was contacted again, or not."""
    rows = source.of_name(select_passing(source.columns, source.months), split_by_contact(source.columns), row)
    return rows[find_booked_after_loss(source.columns)[rows]] if column == "won_back" else rows


def find_by_rule(source: RowSource, table: str, row: str, column: str) -> IntArray:
    """Find the inquiries that fit the rule for qualified ones, a line of it, or not."""
    among = select_segmented(source.columns, source.ripe, source.months)
    return source.having(select_by_rule(source.columns, among, row), column)


def find_by_order(source: RowSource, table: str, row: str, column: str) -> IntArray:
    """Find the inquiries in one of the two orders in which they were called."""
    rows = select_worked(source.columns, select_segmented(source.columns, source.ripe, source.months))
    return source.having(source.of_name(rows, split_by_order(source.columns), row), column)
