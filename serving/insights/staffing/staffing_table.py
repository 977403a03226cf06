"""What would one more person on the phones bring, by half hour? The table, and the callers behind it.

Lives here: the table, which inquiries came by phone in which half hour, how often callers book.
Does not live here: the estimate (``one_more_person``), the queue (``erlang_a``).
"""

from datetime import datetime
from itertools import pairwise

import numpy as np

from features.array_types import IntArray
from features.practice.display_formats import LocalFormats
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.estimates import Estimate
from serving.insights.figure_tables import Cell, Column, FigureTable, format_cell, take_columns
from serving.insights.staffing.one_more_person import BookingRates, estimate_gains
from serving.insights.staffing.phone_load import HALF_HOURS, count_load

__all__ = [
    "ALL_HALF_HOURS",
    "CATCHES_CALLS",
    "count_bookings",
    "find_callers",
    "find_first_day",
    "name_half_hours",
    "select_callers",
    "tabulate_staffing",
]

NAME = "one_more_person"
ALL_HALF_HOURS = "All half hours"
"""Not all leads: the row counts those that called."""

CATCHES_CALLS = "One more person would catch calls here."
"""What is said of a half hour whose interval excludes hardly any call."""

_LEAST_GAIN = 2.0
"""Calls a month that are worth naming."""

_WEEKS_A_MONTH = 365.25 / 12 / 7

_ASSUMPTIONS = (
    "A model, not a count: the queue with impatient callers (Erlang A). It takes calls to come at random within a half "
    "hour, talk times and patience to vary as an exponential does, everybody to take the next call when free, and "
    "nobody to try again.",
    "A person counts as on duty on days with a call of theirs, from when they usually begin to when they usually end, "
    "less the time on outgoing calls. Monday to Friday, half hours in which at least one call in five is answered.",
    "Bookings: the calls no longer missed, times what callers who are answered book more than those who are missed. "
    "That difference is an association.",
)


def find_callers(columns: LeadColumns, first_day: int) -> tuple[IntArray, IntArray, np.ndarray, IntArray]:
    """Find the inquiries that called in, by the half hour of their first call since a day.

    Returns
    -------
    rows, half_hour : int arrays of shape (k,)
    missed : bool array of shape (k,)
        Whether nobody answered that call.
    day : int array of shape (k,)
        Of that call; days since January 1, 1970.
    """
    calls = columns.calls
    workday_calls = np.flatnonzero(calls.came_in & (calls.day >= first_day) & (calls.day < columns.as_of_day))
    workday_calls = workday_calls[(calls.day[workday_calls] + 3) % 7 < 5]
    # Calls of a lead are in order of time.
    rows, first = np.unique(calls.lead[workday_calls], return_index=True)
    first_calls = workday_calls[first]
    return rows, calls.half_hour[first_calls], ~calls.answered[first_calls], calls.day[first_calls]


def select_callers(columns: LeadColumns, months: int, formats: LocalFormats, row: str, column: str) -> IntArray:
    """Return the inquiries of a row of the table.

    Raises
    ------
    KeyError
        If the table has no such row.
    """
    first_day = find_first_day(columns, months)
    load = count_load(columns.calls, first_day, columns.as_of_day)
    if isinstance(load, str):
        raise KeyError(row)
    rows, half_hour, missed, _ = find_callers(columns, first_day)
    names = name_half_hours(formats)
    shown = [int(i) for i in load.half_hour if row in (ALL_HALF_HOURS, names[int(i)])]
    if not shown:
        raise KeyError(row)
    in_shown_hours = np.isin(half_hour, shown)
    return rows[in_shown_hours & missed] if column == "missed" else rows[in_shown_hours]


def tabulate_staffing(
    columns: LeadColumns, months: int, ripe_days: float, formats: LocalFormats, rng: np.random.Generator
) -> FigureTable:
    """Tabulate what one more person would bring, by half hour.

    Parameters
    ----------
    ripe_days : float
        Age of an inquiry from which its bookings are known.
    """
    described = (
        Column("half_hour", "Half hour", "text", "Monday to Friday, in the practice's time."),
        Column("leads", "Inquiries by phone", "count", "By the half hour of their first call.", counts_people=True),
        Column("missed", "Missed", "count", "Of these, first calls that nobody answered.", counts_people=True),
        Column("calls", "Calls a week", "ratio", "All calls that came in, of one week.", rests_on=("leads",)),
        Column("people", "On duty", "ratio", "People on an average day, by when they usually begin and end."),
        Column(
            "fewer_missed",
            "Fewer missed a month",
            "ratio",
            "With one more person in this half hour, by the model.",
            rests_on=("leads", "missed"),
        ),
        Column(
            "bookings",
            "Bookings a month",
            "ratio",
            "What the calls no longer missed bring.",
            rests_on=("leads", "missed"),
        ),
        Column("verdict", "What that says", "text", "By the interval of the calls."),
    )
    title, first_day = "What one more person on the phones would bring", find_first_day(columns, months)
    load = count_load(columns.calls, first_day, columns.as_of_day)
    if isinstance(load, str):
        return FigureTable(NAME, title, described, (), (f"The data cannot tell: {load}.",))
    rows, half_hour, missed, day = find_callers(columns, first_day)
    unbooked_rows = _find_unbooked(columns, rows, day)
    gains = estimate_gains(load, count_bookings(columns, rows[unbooked_rows], missed[unbooked_rows], ripe_days), rng)
    if isinstance(gains, str):
        return FigureTable(NAME, title, described, (), (f"The data cannot tell: {gains}.",))
    counts = np.bincount(half_hour, minlength=HALF_HOURS), np.bincount(half_hour, missed, HALF_HOURS)
    names, lines = name_half_hours(formats), list[tuple[Cell, ...]]()
    for i, slot in enumerate(load.half_hour.tolist()):
        fewer = gains.fewer_missed[i].scale(_WEEKS_A_MONTH)
        lines.append(
            (
                names[slot],
                int(counts[0][slot]),
                int(counts[1][slot]),
                float(load.calls[:, i].mean()),
                float(load.people[i]),
                fewer,
                gains.bookings[i].scale(_WEEKS_A_MONTH),
                _describe(fewer),
            )
        )
    lines.insert(
        0,
        (
            ALL_HALF_HOURS,
            # Beside sums over every half hour (missed_by_half_hour), sums over these would tell the callers of others.
            None,
            None,
            float(load.calls.sum(axis=1).mean()),
            float(np.average(load.people, weights=load.calls.sum(axis=0))),
            gains.fewer_missed[-1].scale(_WEEKS_A_MONTH),
            gains.bookings[-1].scale(_WEEKS_A_MONTH),
            "One more person in all half hours that the model explains.",
        ),
    )
    notes = (
        *_ASSUMPTIONS,
        f"Patience that explains the missed calls: {format_cell(gains.patience_minutes, 'ratio')} minutes; an answered "
        f"call takes {load.talk_minutes:.1f}.",
    )
    return FigureTable(NAME, title, described, take_columns(lines), notes, has_total=True)


def count_bookings(columns: LeadColumns, rows: IntArray, missed: np.ndarray, ripe_days: float) -> BookingRates:
    """Count ripe callers and their bookings, answered at first and missed at first."""
    ripe, booked = columns.is_ripe(ripe_days)[rows], columns.has("booked")[rows]
    answered, lost = ((int(booked[side & ripe].sum()), int((side & ripe).sum())) for side in (~missed, missed))
    return BookingRates(answered, lost)


def _find_unbooked(columns: LeadColumns, rows: IntArray, day: IntArray) -> np.ndarray:
    """Find the callers who had not booked before the day of their call, shape (k,), bool: no answer brought such a
    booking.
    """
    booked_day = columns.day[rows] + np.floor(columns.hour[rows] / 24 + columns.stage_days["booked"][rows])
    # Who never booked has an unknown day, which compares as not earlier.
    return ~(booked_day < day)


def find_first_day(columns: LeadColumns, months: int) -> int:
    """Return the first day of whole weeks within the last months, since calls are recorded.

    Weeks before that would count as weeks without calls, and without anybody on duty.
    """
    first_month = np.datetime64(columns.current_month - months + 1, "M")
    recorded = columns.calls.day[columns.calls.came_in]
    first_call = int(recorded.min()) if len(recorded) else columns.as_of_day
    first = max(int(first_month.astype("datetime64[D]").astype(np.int64)), first_call)
    return columns.as_of_day - (columns.as_of_day - first) // 7 * 7


def name_half_hours(formats: LocalFormats) -> list[str]:
    """Name the half hours of a day as the practice writes times."""
    times = [formats.format_time(datetime(2000, 1, 1, i // 2 % 24, 30 * (i % 2))) for i in range(HALF_HOURS + 1)]
    return [f"{begin} to {end}" for begin, end in pairwise(times)]


def _describe(fewer: Estimate) -> str:
    """Describe what the interval says."""
    if not fewer.is_known:
        return "Look at who is at the phones here: more calls are missed than with so many people on duty."
    if fewer.low >= _LEAST_GAIN:
        return CATCHES_CALLS
    if fewer.high < _LEAST_GAIN:
        return "Hardly any call would be caught."
    return "Open: it may catch calls or not. More weeks narrow it."
