"""Is the practice's mark of a good lead any good? Who was marked as qualified before anything was decided, and booked.

Lives here: splitting leads by the mark, the table.
Does not live here: the stage of the funnel (``serving.insights.funnel``): there, whoever booked was qualified, too.

By which rule a practice marks a lead as qualified is its own affair; the mark counts when it was made before a booking
or a loss was known. A mark that is made along with the booking says nothing about it.
"""

import numpy as np

from features.array_types import IntArray
from serving.insights.columns.categories import ALL_LEADS, Categories
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns
from serving.insights.practice_checks.group_rates import STANDS_OUT, compare_groups, count_together

__all__ = ["MARKED", "NOT_MARKED", "split_by_mark", "tabulate_qualification"]

MARKED, NOT_MARKED = "Marked as qualified first", "Not marked before it was decided"
MIN_MARKED = 30


def split_by_mark(columns: LeadColumns) -> Categories:
    """Split the leads by whether they were marked as qualified before a booking or a loss was known."""
    decided = np.fmin(
        np.nan_to_num(columns.known_days["booked"], nan=np.inf), np.nan_to_num(columns.lost_days, nan=np.inf)
    )
    # An unknown mark compares as not earlier.
    return Categories(np.where(columns.marked_days < decided, 0, 1), (MARKED, NOT_MARKED))


def tabulate_qualification(columns: LeadColumns, rows: IntArray) -> FigureTable:
    """Tabulate bookings by the mark.

    Parameters
    ----------
    rows : int array
        Ripe leads of the months of the report.
    """
    mark, booked = split_by_mark(columns), columns.has("booked")
    described = (
        Column("mark", "Mark", "text", 'Whether an outcome "qualified" was recorded before a booking or a loss.'),
        Column("leads", "Inquiries", "count", "Ripe inquiries of these months.", counts_people=True),
        Column("booked", "Booked", "count", "Of these, within the horizon.", counts_people=True),
        Column("rate", "Booking rate", "share", "In the long run; association: a marked lead is also worked on more."),
        Column("of_bookings", "Of all bookings", "share", "Share of the bookings that came from these."),
    )
    title, name = 'Is the mark "qualified" any good?', "qualification"
    compared = {group_rate.name: group_rate for group_rate in compare_groups(mark, columns.month, booked, rows)}
    if (
        compared.get(MARKED) is None
        or min(group_rate.leads for group_rate in compared.values()) < MIN_MARKED
        or len(compared) < 2
    ):
        reason = (
            f"Nothing can be said: fewer than {MIN_MARKED} inquiries were marked as qualified before they were "
            'decided, or fewer were not. Record "qualified" when it is found, not along with the booking.'
        )
        return FigureTable(name, title, described, (), (reason,))
    bookings = max(int(booked[rows].sum()), 1)
    total = compare_groups(count_together(columns), columns.month, booked, rows)[0]
    lines: list[tuple[Cell, ...]] = [(ALL_LEADS, total.leads, total.count, total.rate, 1.0)]
    lines += [
        (group_rate.name, group_rate.leads, group_rate.count, group_rate.rate, group_rate.count / bookings)
        for group_rate in compared.values()
    ]
    distance = compared[MARKED].distance
    verdict = (
        "The data cannot tell whether marked inquiries book more or less often than others: the difference is within "
        "chance, and more months narrow it."
    )
    if distance >= STANDS_OUT:
        verdict = "Marked inquiries book more often than others: the mark says something."
    elif distance <= -STANDS_OUT:
        verdict = "Marked inquiries book LESS often than others: look at what the mark is given for."
    return FigureTable(name, title, described, take_columns(lines), (verdict,), has_total=True)
