"""Does one form bring more bookings than another? A comparison that may be looked at every day.

Lives here: which two forms ran side by side, their difference with an interval that holds at every look, and how many
inquiries are still needed.
Does not live here: inquiries that differ in themselves (``segments``), other figures (the room around this one).

A fixed test that is looked at every day finds a difference where there is none far more often than it says (a test of
this module counts how often). The interval here is a confidence sequence (Robbins 1970; for means of any distribution
Waudby-Smith et al. 2021): in 90 of 100 cases it holds the truth at all looks together, so that a test may end when it
excludes zero.
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import IntArray
from serving.insights.columns.categories import NOT_GIVEN
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.estimates import LEVEL, Estimate, cannot_tell
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns

__all__ = ["Arm", "FormPair", "compare_shares", "count_needed", "list_pairs", "tabulate_forms"]

MIN_EACH = 50
"""Ripe inquiries of each form before anything is said: the interval is one for many."""

MOST_PAIRS = 6
SMALLEST_DIFFERENCE = 0.05
"""Difference of booking rates for which the inquiries still needed are counted: five in a hundred."""

_TIGHTEST_AT = 1_000.0
"""Information, 1 / variance of the difference, at which the interval is tightest: about 400 inquiries of each form."""

_MOST_NEEDED = 1_000_000
_EIGHT_IN_TEN = 0.842


@dataclass(frozen=True)
class Arm:
    """One of two forms: ripe inquiries while both ran, and how many booked."""

    leads: int
    booked: int


def _boundary(information: float) -> float:
    """Return how far the difference may be from the truth at any look: the mixture boundary of Robbins."""
    alpha = 1 - LEVEL
    rho = _TIGHTEST_AT / (-2 * np.log(alpha) + np.log(-2 * np.log(alpha) + 1))
    total = information + rho
    return float(np.sqrt(total * np.log(total / (rho * alpha**2))) / information)


def _information(first_arm: Arm, other: Arm) -> float:
    """Return 1 / variance of the difference of two rates."""
    variance = 0.0
    for arm in (first_arm, other):
        # Half a lead each way: a rate of 0 or 1 in few leads is not without variance.
        rate = (arm.booked + 0.5) / (arm.leads + 1)
        variance += rate * (1 - rate) / arm.leads
    return 1 / variance


def compare_shares(first_arm: Arm, other: Arm) -> Estimate:
    """Compare two booking rates: the difference, with an interval that holds at every look.

    >>> compare_shares(Arm(1000, 300), Arm(1000, 300)).value, compare_shares(Arm(40, 10), Arm(1000, 300)).is_known
    (0.0, False)
    """
    if min(first_arm.leads, other.leads) < MIN_EACH:
        return cannot_tell(f"it takes {MIN_EACH} inquiries of each form")
    difference = first_arm.booked / first_arm.leads - other.booked / other.leads
    reach = _boundary(_information(first_arm, other))
    return Estimate(difference, max(difference - reach, -1.0), min(difference + reach, 1.0))


def count_needed(first_arm: Arm, other: Arm, difference: float = SMALLEST_DIFFERENCE) -> int:
    """Count how many more inquiries of each form settle a difference of this size, if it is there, in 8 of 10 cases.

    >>> count_needed(Arm(100, 30), Arm(100, 30)) > count_needed(Arm(900, 270), Arm(900, 270)) > 0
    True
    """
    pooled = (first_arm.booked + other.booked + 0.5) / (first_arm.leads + other.leads + 1)
    variance = 2 * pooled * (1 - pooled)
    have = min(first_arm.leads, other.leads)
    low, high = 1, _MOST_NEEDED
    while low < high:
        middle = (low + high) // 2
        information = middle / variance
        # The difference that is seen is itself off by chance: in 8 of 10 cases by less than this below the true one.
        if _boundary(information) + _EIGHT_IN_TEN / np.sqrt(information) <= difference:
            high = middle
        else:
            low = middle + 1
    return max(low - have, 0)


def tabulate_forms(columns: LeadColumns, ripe_days: float, first_month: int) -> FigureTable:
    """Tabulate every pair of forms that ran side by side.

    Parameters
    ----------
    ripe_days : float
        Age of an inquiry from which its bookings are known.
    first_month : int
        Earlier inquiries are left out; months since January 1970.
    """
    described = (
        Column("pair", "Form against form", "text", "Two forms, compared on the days on which both ran."),
        Column("leads", "Inquiries", "count", "Of the first form, old enough for their bookings to be known.", True),
        # Never few (MIN_EACH), and no part of the first form's: what may be few are those who booked, and who did not.
        Column("other_leads", "Against", "count", "Of the second form, as old.", rests_on=("leads",)),
        Column("booked", "Booked", "count", "Of the first form's, how many booked.", True, part_of="leads"),
        Column("other_booked", "Against", "count", "Of the second form's.", True, part_of="other_leads"),
        *(
            Column(name, heading, unit, definition, rests_on=("booked", "other_booked"))
            for name, heading, unit, definition in (
                ("difference", "Difference", "points", "Bookings more of 100; the interval holds at every look."),
                ("needed", "Still needed", "count", "More inquiries of each that settle a difference of 5 points."),
            )
        ),
        Column("verdict", "What that says", "text", "Whether the comparison may end."),
    )
    rows: list[tuple[Cell, ...]] = []
    booked = columns.has("booked")
    for pair in list_pairs(columns, ripe_days, first_month):
        first, second = (Arm(len(side), int(booked[side].sum())) for side in (pair.first_rows, pair.second_rows))
        estimate = compare_shares(first, second)
        points = estimate.scale(100.0)
        needed = count_needed(first, second)
        counts = (first.leads, second.leads, first.booked, second.booked)
        rows.append((pair.name, *counts, points, needed, _describe(estimate, needed)))
    notes: tuple[str, ...] = (
        "It is a test only where a visitor gets one form or the other by chance; otherwise it compares who came.",
        "It may be looked at every day, and end when the interval excludes zero.",
    )
    if not rows:
        notes = (f"No two forms have {MIN_EACH} inquiries each, old enough, from days on which both ran.",)
    return FigureTable("forms", "Forms side by side", described, take_columns(rows), notes)


@dataclass(frozen=True)
class FormPair:
    """Two forms that ran side by side: their names, and the ripe inquiries of each while both ran."""

    first: str
    second: str
    first_rows: IntArray
    second_rows: IntArray

    @property
    def name(self) -> str:
        """How the pair is called."""
        return f"{self.first} against {self.second}"


def list_pairs(columns: LeadColumns, ripe_days: float, first_month: int) -> list[FormPair]:
    """List the pairs of forms that ran side by side, the most common first.

    Parameters
    ----------
    ripe_days, first_month
        As in ``tabulate_forms``.
    """
    category = columns.categories.get("form")
    if category is None:
        return []
    counted = columns.is_ripe(ripe_days) & (columns.month >= first_month)
    rows = [np.flatnonzero(counted & (category.codes == code)) for code in range(len(category.names))]
    usual = sorted(
        (code for code, name in enumerate(category.names) if name != NOT_GIVEN and len(rows[code]) >= MIN_EACH),
        key=lambda code: -len(rows[code]),
    )
    pairs: list[FormPair] = []
    for position, first_arm in enumerate(usual):
        for other in usual[position + 1 :]:
            first, second = _take_days_of_both(columns.day, rows[first_arm], rows[other])
            if min(len(first), len(second)) >= MIN_EACH:
                pairs.append(FormPair(category.names[first_arm], category.names[other], first, second))
            if len(pairs) == MOST_PAIRS:
                return pairs
    return pairs


def _take_days_of_both(day: IntArray, first: IntArray, other: IntArray) -> tuple[IntArray, IntArray]:
    """Return the inquiries from the first to the last day on which both forms ran."""
    start = max(day[first].min(), day[other].min())
    end = min(day[first].max(), day[other].max())
    first, second = (side[(day[side] >= start) & (day[side] <= end)] for side in (first, other))
    return first, second


def _describe(estimate: Estimate, needed: int) -> str:
    """Describe what the interval says."""
    if not estimate.is_known:
        return "Too few inquiries."
    if estimate.low > 0:
        return "The first has more bookings."
    if estimate.high < 0:
        return "The second has more bookings."
    if max(-estimate.low, estimate.high) < SMALLEST_DIFFERENCE:
        return "No difference that matters."
    if not needed:
        return "Open: a difference of 5 points would probably show by now. Go on if a smaller one matters."
    return "Open: go on."
