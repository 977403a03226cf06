"""Is another try worth it, and for whom? What a second, a third and a later call or message still brought.

Lives here: tries of leads that had not booked before them, by their number and by channel and service; who was given up
after how many.
Does not live here: reading our contacts (``serving.insights.columns.lead_history``), contacts after a loss
(``serving.insights.practice_checks.win_back_results``).

Whom we try again is not decided by a coin: who sounded willing is called again sooner. So what a try brought is an
association, and says most where nearly everybody is tried again.
"""

import numpy as np

from features.array_types import FloatArray, IntArray
from serving.insights.columns.attribute_names import name_dimension
from serving.insights.columns.categories import ALL_LEADS
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.estimates import Estimate, cannot_tell
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns
from serving.insights.practice_checks.group_rates import STANDS_OUT, GroupRate, compare_groups, count_together

__all__ = [
    "FURTHER_DIMENSIONS",
    "TRY_NAMES",
    "find_given_up",
    "find_won_by",
    "find_won_later",
    "select_tried",
    "tabulate_further_tries",
    "tabulate_tries",
]

TRY_NAMES = ("First try", "Second try", "Third try", "Fourth try", "Fifth try", "Sixth try or later")
FURTHER_DIMENSIONS = ("channel", "service")
MIN_LEADS = 30
GAINS_MORE = "Another try brings more here than elsewhere."
GAINS_LESS = "Another try brings less here than elsewhere."
_TITLE = "What each further try brings"
_NO_DATES = "The export says who booked and not when, so nothing tells which try came before a booking."
_PASSING = ("no_response", "scheduling")
"""Reasons after which a lead can still be tried; None is no reason on record."""


def _find_ends(columns: LeadColumns) -> FloatArray:
    """Return when each lead was over: booked, however late, or lost for a reason. Shape (n,), days, inf while open."""
    for_good = np.array([reason is not None and reason not in _PASSING for reason in columns.lost_reason], bool)
    lost = np.where(for_good, columns.lost_days, np.nan)
    return np.nan_to_num(np.fmin(columns.first_booked_days, lost), nan=np.inf)


def _find_booked(columns: LeadColumns) -> FloatArray:
    """Return when each lead booked, where it did so in time to count. Shape (n,), days, NaN otherwise."""
    return np.where(columns.has("booked"), columns.first_booked_days, np.nan)


def select_tried(columns: LeadColumns, rows: IntArray, number: int) -> IntArray:
    """Return the leads that got a try of this number, from 0, while they were open.

    A call that was answered when it came needed no try. A try after the days within which a booking counts is left out:
    nothing that it brought would be counted.
    """
    tried = columns.try_days[rows, number]
    in_time = tried <= columns.final_days["booked"]
    return rows[in_time & (tried < _find_ends(columns)[rows]) & ~columns.answered_live[rows]]


def find_won_by(columns: LeadColumns, number: int) -> np.ndarray:
    """Return which leads booked after a try of this number and before the next. Shape (n,), bool."""
    booked = np.nan_to_num(_find_booked(columns), nan=np.inf)
    won = booked >= columns.try_days[:, number]
    if number + 1 < columns.try_days.shape[1]:
        won &= booked <= np.nan_to_num(columns.try_days[:, number + 1], nan=np.inf)
    return won & np.isfinite(booked)


def find_won_later(columns: LeadColumns) -> np.ndarray:
    """Return which leads booked after their second try. Shape (n,), bool."""
    return np.nan_to_num(_find_booked(columns), nan=-np.inf) >= columns.try_days[:, 1]


def find_given_up(columns: LeadColumns, number: int) -> np.ndarray:
    """Return which leads got no try after this one although nothing was decided, shape (n,), bool. Nobody who asked not
    to be contacted is among them.
    """
    undecided = ~np.isfinite(_find_ends(columns)) & ~columns.do_not_contact & ~columns.answered_live
    last = np.isnan(columns.try_days[:, number + 1]) if number + 1 < columns.try_days.shape[1] else True
    return undecided & ~np.isnan(columns.try_days[:, number]) & last


def tabulate_tries(columns: LeadColumns, rows: IntArray) -> FigureTable:
    """Tabulate what each further try brought.

    Parameters
    ----------
    rows : int array
        Leads of the months of the report whose bookings are known.
    """
    described = (
        Column("try", "Try", "text", "Calls and messages of ours; those within an hour of each other are one try."),
        Column(
            "leads",
            "Inquiries tried",
            "count",
            "Open when the try was made, within the days in which a booking counts.",
            counts_people=True,
        ),
        Column("booked", "Booked after it", "count", "Of these, before any further try.", counts_people=True),
        Column("rate", "Booked, of 100 tried", "share", "In the long run; the months' differences counted in."),
        Column(
            "given_up",
            "Given up after it",
            "count",
            "No further try, no booking and no reason that settles it.",
            counts_people=True,
        ),
        Column("verdict", "What that says", "text", "By the interval, beside the rate of the first try."),
    )
    lines: list[tuple[Cell, ...]] = []
    first: Estimate | None = None
    if columns.label_decided is not None:
        return FigureTable("tries", _TITLE, described, (), (_NO_DATES,))
    for number, name in enumerate(TRY_NAMES):
        tried = select_tried(columns, rows, number)
        if not len(tried):
            break
        given_up = int(find_given_up(columns, number)[tried].sum())
        rate = compare_groups(count_together(columns), columns.month, find_won_by(columns, number), tried)[0]
        rate_or_reason = rate.rate if rate.leads >= MIN_LEADS else cannot_tell(f"it takes {MIN_LEADS} inquiries")
        lines.append((name, rate.leads, rate.count, rate_or_reason, given_up, _describe(rate_or_reason, first)))
        first = first or rate_or_reason
    notes: tuple[str, ...] = (
        "An association: who sounded willing is tried again sooner. It says most where nearly all are tried again.",
        "When to stop is a price: what a booking is worth times the rate, against what a try costs.",
    )
    if not lines:
        notes = ("No call or message of ours is on record after an inquiry that is old enough.",)
    return FigureTable("tries", _TITLE, described, take_columns(lines), notes)


def _describe(rate: Estimate, first: Estimate | None) -> str:
    """Describe what a try brings beside the first one."""
    if not rate.is_known:
        return "Too few to say."
    # Where the first try brought nothing, half of it is nothing either.
    if first is None or first.value <= 0:
        return ""
    if rate.low >= first.value / 2:
        return "At least half as good as the first."
    return "Less than half as good as the first." if rate.high < first.value / 2 else "Open: more months narrow it."


def tabulate_further_tries(columns: LeadColumns, rows: IntArray, dimension: str) -> FigureTable:
    """Tabulate by one dimension what a second and later try brought, the total first."""
    group = columns.categories[dimension]
    words = name_dimension(dimension)
    tried, won = select_tried(columns, rows, 1), find_won_later(columns)
    described = (
        Column(
            dimension,
            words.capitalize(),
            "text",
            f"The {words} of the inquiry.",
        ),
        Column("leads", "Tried again", "count", "Inquiries that were open at a second try.", counts_people=True),
        Column("booked", "Booked after it", "count", "Of these, after the second try or a later one.", True),
        Column("rate", "Booked, of 100 tried", "share", "In the long run; the months' differences counted in."),
        Column("verdict", "What that says", "text", "Against all others together."),
    )
    lines: list[tuple[Cell, ...]] = []
    if len(tried) and columns.label_decided is None:
        total = compare_groups(count_together(columns), columns.month, won, tried)[0]
        lines.append((ALL_LEADS, total.leads, total.count, total.rate, ""))
        compared = sorted(compare_groups(group, columns.month, won, tried), key=lambda rate: (-rate.leads, rate.name))
        lines += [(rate.name, rate.leads, rate.count, rate.rate, _describe_group(rate)) for rate in compared]
    notes = (f"A difference is named where it is more than {STANDS_OUT} standard errors; an association.",)
    if columns.label_decided is not None:
        notes = (_NO_DATES,)
    elif not lines:
        notes = ("No inquiry that is old enough was tried a second time.",)
    return FigureTable(
        f"further_tries_by_{dimension}",
        f"What a second and later try brings, by {words}",
        described,
        take_columns(lines),
        notes,
        has_total=True,
    )


def _describe_group(rate: GroupRate) -> str:
    """Describe what further tries bring in a group."""
    if rate.leads < MIN_LEADS:
        return f"Too few inquiries to say: it takes {MIN_LEADS}."
    if abs(rate.distance) < STANDS_OUT:
        return "No difference beyond chance."
    return GAINS_MORE if rate.distance > 0 else GAINS_LESS
