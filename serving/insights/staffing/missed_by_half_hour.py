"""In which half hours are calls missed? Plain counts with their intervals, of any log that says which were missed.

Lives here: the table.
Does not live here: what one more person would bring, by a model that needs to know who was on duty
(``staffing_table``).
"""

import numpy as np

from features.array_types import IntArray
from features.practice.display_formats import LocalFormats
from serving.insights.columns.categories import Categories
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns
from serving.insights.practice_checks.group_rates import STANDS_OUT, GroupRate, compare_groups
from serving.insights.staffing.staffing_table import ALL_HALF_HOURS, find_callers, find_first_day, name_half_hours

__all__ = ["MISSED_MORE", "select_missed", "tabulate_missed_by_half_hour"]

NAME = "missed_by_half_hour"
MIN_CALLS = 30
MOST_MISSED = 0.8
"""Share of the calls of a half hour; where more are missed, nobody is there on most days."""

MISSED_MORE = "More are missed than in all others."
NOBODY_THERE = "Hardly anybody answers then."

_PERIOD_DAYS = 28
"""Calls of four weeks are alike: a person who is away, a busy season."""


def select_missed(columns: LeadColumns, months: int, formats: LocalFormats, row: str, column: str) -> IntArray:
    """Return the inquiries of a row of the table.

    Raises
    ------
    KeyError
        If the table has no such row.
    """
    rows, half_hour, missed, _ = find_callers(columns, find_first_day(columns, months))
    names = name_half_hours(formats)
    of_row = np.array([row in (ALL_HALF_HOURS, names[i]) for i in half_hour.tolist()], bool)
    if not of_row.any():
        raise KeyError(row)
    return rows[of_row & missed] if column == "missed" else rows[of_row]


def tabulate_missed_by_half_hour(columns: LeadColumns, months: int, formats: LocalFormats) -> FigureTable:
    """Tabulate the first calls of inquiries by half hour, and how many of them nobody answered."""
    described = (
        Column("half_hour", "Half hour", "text", "Monday to Friday, in the practice's time."),
        Column("leads", "Inquiries by phone", "count", "By the half hour of their first call.", counts_people=True),
        Column("missed", "Missed", "count", "Of these, first calls that nobody answered.", counts_people=True),
        Column("share", "Share missed", "share", "In the long run; the interval counts in that months differ."),
        Column("verdict", "What that says", "text", "Against all other half hours in which somebody answers."),
    )
    _, half_hour, missed, day = find_callers(columns, find_first_day(columns, months))
    title = "Missed calls by half hour"
    if not missed.any():
        note = "Nothing can be said: no call from Monday to Friday is recorded as missed (kind missed_call)."
        return FigureTable(NAME, title, described, (), (note,))
    every, names = np.arange(len(missed)), name_half_hours(formats)
    together = Categories(np.zeros(len(missed), np.int64), (ALL_HALF_HOURS,))
    period = day // _PERIOD_DAYS
    slots = Categories(half_hour, tuple(names))
    total = compare_groups(together, period, missed, every)[0]
    lines: list[tuple[Cell, ...]] = [(ALL_HALF_HOURS, total.leads, total.count, total.rate, "")]
    # Half hours in which nobody is there would make all others look well staffed.
    staffed = slots.count(missed) <= MOST_MISSED * slots.count()
    answering = compare_groups(slots, period, missed, every[staffed[half_hour]])
    verdicts = {rate.name: _describe(rate) for rate in answering}
    lines += [
        (rate.name, rate.leads, rate.count, rate.rate, verdicts.get(rate.name) or _describe_empty(rate))
        for rate in compare_groups(slots, period, missed, every)
    ]
    notes = (
        f"Counted, not modeled. A half hour is named where it is more than {STANDS_OUT} standard errors from the "
        "others in which somebody answers.",
    )
    return FigureTable(NAME, title, described, take_columns(lines), notes, has_total=True)


def _describe_empty(rate: GroupRate) -> str:
    """Describe a half hour in which most calls are missed."""
    return NOBODY_THERE if rate.leads >= MIN_CALLS else _describe(rate)


def _describe(rate: GroupRate) -> str:
    """Describe how often calls of a half hour are missed."""
    if rate.leads < MIN_CALLS:
        return f"Too few calls to say: it takes {MIN_CALLS}."
    if rate.distance >= STANDS_OUT:
        return MISSED_MORE
    return "Fewer are missed than in all others." if rate.distance <= -STANDS_OUT else "No difference beyond chance."
