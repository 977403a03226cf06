"""What became of inquiries and bookings when a form changed? The table of changes.

Lives here: the table, what it says. Does not live here: finding and measuring changes (``field_changes``)."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from features.array_types import IntArray
from features.practice.display_formats import LocalFormats
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.comparisons.field_changes import MIN_WEEKS, FieldChange, estimate_change, find_field_changes
from serving.insights.estimates import Estimate, cannot_tell
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns

__all__ = ["NOT_WORTH_IT", "estimate_bookings_change", "name_change", "split_bookings", "tabulate_field_changes"]

NOT_WORTH_IT = "no sign that the field is worth them"
"""How a verdict ends of a field that goes with fewer inquiries and not with more bookings."""

_LIMITS = (
    "Beside all other forms in the same weeks, so that the season is taken out; up to 26 weeks on either side. What "
    "else changed at this form in the same week is in it, too.",
    "Of ten changes that did nothing, one shows something by chance.",
    "Whoever saw the form and left is in no record: only where a form changed can a cost be seen.",
)


def name_change(change: FieldChange, name_field: Callable[[str], str], formats: LocalFormats) -> str:
    """Name a change as people read it: "/knee asks for Insurance since Mar 3"."""
    day = formats.format_date(date(1970, 1, 1) + timedelta(days=change.first_day))
    verb = "asks for" if change.begins else "no longer asks for"
    return f"{change.form} {verb} {name_field(change.field)} since {day}"


def estimate_bookings_change(columns: LeadColumns, change: FieldChange, ripe_days: float) -> Estimate:
    """Estimate by which share the form's bookings moved, over the weeks whose inquiries are ripe."""
    ripe_weeks = _find_ripe_weeks(change, ripe_days)
    after = int((change.is_after & ripe_weeks).sum())
    if after < MIN_WEEKS:
        return cannot_tell(
            f"{after} of the {MIN_WEEKS} weeks that it takes after the change are {ripe_days:.0f} days past"
        )
    booked = columns.has("booked")
    own_form, others = (change.count(rows[booked[rows]])[ripe_weeks] for rows in (change.own, change.others))
    return estimate_change(own_form, others, change.is_after[ripe_weeks])


def split_bookings(columns: LeadColumns, change: FieldChange, ripe_days: float) -> tuple[IntArray, IntArray]:
    """Split the form's inquiries that booked, of ripe weeks, into those before and after the change."""
    ripe = change.own[_find_ripe_weeks(change, ripe_days)[change.week[change.own]]]
    return change.split(ripe[columns.has("booked")[ripe]])


def _find_ripe_weeks(change: FieldChange, ripe_days: float) -> np.ndarray:
    """Find the weeks whose youngest inquiry is ripe, shape (weeks,), bool: it is as old as the end of its week."""
    weeks_back = change.last_week_back + np.arange(len(change.is_after))[::-1]
    ripe_weeks: np.ndarray = 7 * weeks_back >= ripe_days
    return ripe_weeks


def tabulate_field_changes(
    columns: LeadColumns, ripe_days: float, name_field: Callable[[str], str], formats: LocalFormats
) -> FigureTable:
    """Tabulate what became of inquiries and bookings when a form began or ceased to ask for a field.

    Parameters
    ----------
    ripe_days : float
        Age of an inquiry from which its bookings are known.
    """
    described = (
        Column("change", "What changed", "text", "A form, the field, and the week from which on."),
        Column("leads", "Inquiries", "count", "By this form, in the weeks that are compared.", counts_people=True),
        Column("before", "Before", "count", "Of these, in the weeks before.", counts_people=True, part_of="leads"),
        Column("after", "Since", "count", "Of these, in the weeks since.", counts_people=True, part_of="leads"),
        Column(
            "booked_before",
            "Booked before",
            "count",
            "Of those before, in weeks that are old enough.",
            counts_people=True,
            part_of="before",
        ),
        Column(
            "booked_after",
            "Booked since",
            "count",
            "Of those since, in weeks that are old enough.",
            counts_people=True,
            part_of="after",
        ),
        Column(
            "inquiries",
            "Change of inquiries",
            "change",
            "Beside those by all other forms in the same weeks.",
            rests_on=("leads", "before", "after"),
        ),
        Column(
            "bookings",
            "Change of bookings",
            "change",
            "The same of their bookings, in weeks that are old enough for them to be known.",
        ),
        Column("verdict", "What that says", "text", "By the intervals."),
    )
    lines: list[tuple[Cell, ...]] = []
    for change in find_field_changes(columns):
        before, after = change.split(change.own)
        inquiries = estimate_change(change.count(change.own), change.count(change.others), change.is_after)
        bookings = estimate_bookings_change(columns, change, ripe_days)
        booked = tuple(map(len, split_bookings(columns, change, ripe_days)))
        verdict = _describe(inquiries, bookings, change.begins)
        lines.append(
            (
                name_change(change, name_field, formats),
                len(change.own),
                len(before),
                len(after),
                *booked,
                inquiries,
                bookings,
                verdict,
            )
        )
    notes: tuple[str, ...] = _LIMITS
    if not lines:
        notes = (
            f"The data cannot tell what a field costs: no form began or ceased to ask for one with {MIN_WEEKS} weeks "
            "on either side. Change one form and leave the others, and it is compared here.",
        )
    title = "What asking for a field cost"
    return FigureTable("field_changes", title, described, take_columns(lines), notes)


def _describe(inquiries: Estimate, bookings: Estimate, begins: bool) -> str:
    """Describe what both intervals say."""
    if not inquiries.is_known:
        return "The data cannot tell, for the reason beside it."
    moved = "No change of inquiries beyond chance"
    if inquiries.high < 0:
        moved = "It goes with fewer inquiries"
    elif inquiries.low > 0:
        moved = "It goes with more inquiries"
    if not bookings.is_known:
        return f"{moved}; of bookings the data cannot tell, for the reason beside it."
    worth = f": {NOT_WORTH_IT}" if begins and inquiries.high < 0 else ""
    if bookings.low > 0:
        return f"{moved}, and with more bookings."
    if bookings.high < 0:
        return f"{moved}, and with fewer bookings{worth}."
    return f"{moved}, and no change of bookings beyond chance{worth}."
