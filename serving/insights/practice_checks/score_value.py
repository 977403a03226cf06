"""Did the order of the score help? Leads called by score against those that chance put in order of arrival.

Lives here: the two groups, the difference of their bookings.
Does not live here: choosing who is called in order of arrival (``serving.random_holdout``), whether the score's
probabilities hold on them (``training.monitoring.random_holdout``), the interval (``rate_difference``).

A hash of the lead's id chooses, so that the groups differ by chance alone in who they are, and the difference is what
the order did. Both share the same callers: it is the difference for a lead under the calls that are made, not what the
practice would book if nobody had a score.
"""

import numpy as np

from features.array_types import IntArray
from serving.insights.columns.categories import Categories
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.estimates import Estimate, cannot_tell
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns
from serving.insights.practice_checks.rate_difference import compare_rates, count_missing

__all__ = ["BY_ARRIVAL", "BY_SCORE", "select_worked", "split_by_order", "tabulate_score_value"]

BY_SCORE, BY_ARRIVAL = "In order of the score", "In order of arrival"
MIN_EACH = 30
"""Ripe leads of each group, before anything is said."""

SMALLEST_GAIN = 0.03
"""Bookings of a hundred leads, for which the leads still needed are counted."""

_LIMITS = (
    "Who is called in order of arrival is chosen by chance, so the difference is what the order did, and no "
    "association. Both share the same callers: it is the difference for an inquiry under the calls that were made, "
    "not what would have been booked without any score.",
    "Inquiries that had a score within a day; possible emergencies and spam, which no score places, are left out.",
)


def split_by_order(columns: LeadColumns) -> Categories:
    """Split the leads by what decided when they were called; meaningful for those of ``select_worked``."""
    return Categories(np.where(columns.in_arrival_order == 1, 1, 0), (BY_SCORE, BY_ARRIVAL))


def select_worked(columns: LeadColumns, rows: IntArray) -> IntArray:
    """Return those of the rows of which it is known what decided when they were called."""
    return rows[~np.isnan(columns.in_arrival_order[rows])]


def estimate_gain(columns: LeadColumns, rows: IntArray) -> Estimate:
    """Estimate how many bookings more a hundred leads bring in order of the score, in points.

    Parameters
    ----------
    rows : int array
        Ripe leads.
    """
    scored, arrived = _count(columns, rows)
    smaller_group = min(scored[1], arrived[1])
    if smaller_group < MIN_EACH:
        which = BY_ARRIVAL.lower() if arrived[1] < MIN_EACH else BY_SCORE.lower()
        requirement = f"it takes {MIN_EACH} older inquiries {which}"
        return cannot_tell(f"{requirement}; {MIN_EACH - smaller_group} more are needed", requirement)
    return compare_rates(scored, arrived).scale(100.0)


def tabulate_score_value(columns: LeadColumns, rows: IntArray) -> FigureTable:
    """Tabulate what the order of the score was worth.

    Parameters
    ----------
    rows : int array
        Ripe leads of the months of the report.
    """
    described = (
        Column("order", "How they were called", "text", "What decided when an inquiry was called."),
        Column("leads", "Inquiries", "count", "Ripe inquiries of these months.", counts_people=True),
        Column("booked", "Booked", "count", "Of these, within the horizon.", counts_people=True),
        Column("rate", "Booking rate", "share", "Booked per inquiry.", rests_on=("leads", "booked")),
        Column(
            "gain",
            "More bookings of 100",
            "points",
            "Bookings of a hundred inquiries in order of the score, less those in order of arrival.",
        ),
        Column("verdict", "What that says", "text", "Whether the order helped."),
    )
    title, name = "Did the order of the score help?", "score_value"
    rows = select_worked(columns, rows)
    if not len(rows):
        reason = (
            "The data cannot tell: no inquiry old enough was called in an order that is known here. The desk's own "
            "store knows it, while LEADLIGHT_ARRIVAL_SHARE is above 0; files of an export do not."
        )
        return FigureTable(name, title, described, (), (reason,))
    gain = estimate_gain(columns, rows)
    lines: list[tuple[Cell, ...]] = []
    for group, (booked, leads) in zip((BY_SCORE, BY_ARRIVAL), _count(columns, rows), strict=True):
        is_first = group == BY_SCORE
        lines.append(
            (
                group,
                leads,
                booked,
                booked / leads if leads else None,
                gain if is_first else None,
                _describe(gain, columns, rows) if is_first else "What the order is compared with.",
            )
        )
    # Where the order of every inquiry is known, the two groups add up to all of them.
    return FigureTable(name, title, described, take_columns(lines), _LIMITS, rows_in_total=len(lines))


def _count(columns: LeadColumns, rows: IntArray) -> tuple[tuple[int, int], tuple[int, int]]:
    """Count (booked, leads) in order of the score and in order of arrival."""
    arrived, booked = columns.in_arrival_order[rows] == 1, columns.has("booked")[rows]
    return (int(booked[~arrived].sum()), int((~arrived).sum())), (int(booked[arrived].sum()), int(arrived.sum()))


def _describe(gain: Estimate, columns: LeadColumns, rows: IntArray) -> str:
    """Describe what the interval says."""
    if not gain.is_known:
        return "The data cannot tell yet."
    if gain.low > 0:
        return "The order brings more bookings."
    if gain.high < 0:
        return "The order brings FEWER bookings: look at who is called late."
    # A rounded number: the exact one would tell how many there are.
    missing = -(-count_missing(*_count(columns, rows), SMALLEST_GAIN) // 50) * 50
    points = f"{100 * SMALLEST_GAIN:.0f} of 100"
    if not missing:
        return f"Not proven: a gain of {points} would probably show by now. A smaller one may be there."
    return f"Not proven: a gain of {points} shows in 8 of 10 cases with about {missing:,} more in order of arrival."
