"""Whose record has to be refreshed before the next call? Contact details that are missing or lead to nobody, insurance
that is not known.

Lives here: which open leads these are, the table.
Does not live here: whether a number is a possible one (``features.parsing``), who is called next
(``serving.desk``).
"""

import numpy as np

from features.array_types import IntArray
from serving.insights.columns.categories import ALL_LEADS
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.comparisons.field_completeness import find_given
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns

__all__ = ["STALE_KINDS", "find_stale", "select_open", "tabulate_stale_records"]

SILENT_TRIES = 3
"""Calls and messages that reached nobody, after which contact details are doubted."""

UNREACHABLE, SILENT = "No phone number and no email", "Three tries and nobody reached"
NO_PHONE, NO_INSURANCE = "No phone number", "Insurance not given"

STALE_KINDS = {
    UNREACHABLE: "Ask whoever sent them: the form, the referring office.",
    SILENT: "Check the number, try another way once, then let it rest.",
    NO_PHONE: "Ask for it by email.",
    NO_INSURANCE: "Ask at the next contact, before an appointment is offered.",
}
"""What is wrong -> what to do."""


def select_open(columns: LeadColumns, rows: IntArray) -> IntArray:
    """Return the leads that are neither booked, however late, nor lost and may be contacted. A label decides a lead."""
    is_open = np.isnan(columns.first_booked_days) & np.isnan(columns.lost_days) & ~columns.do_not_contact
    if columns.label_decided is not None:
        is_open &= ~columns.label_decided
    return rows[is_open[rows]]


def find_stale(columns: LeadColumns) -> dict[str, np.ndarray]:
    """Find whose record needs what: kind -> bool array of shape (n,).

    What the data cannot tell is absent; a lead may need several things.
    """
    is_given = find_given(columns)
    stale: dict[str, np.ndarray] = {}
    if "phone" in is_given and "email" in is_given:
        stale[UNREACHABLE] = ~is_given["phone"] & ~is_given["email"]
    if "reached" in columns.recorded_stages and columns.try_days.shape[1] >= SILENT_TRIES:
        tried = ~np.isnan(columns.try_days[:, SILENT_TRIES - 1])
        stale[SILENT] = tried & np.isnan(columns.heard_days) & ~columns.answered_live
    if "phone" in is_given:
        stale[NO_PHONE] = ~is_given["phone"] & is_given.get("email", np.zeros(len(columns), bool))
    if "payer" in is_given:
        stale[NO_INSURANCE] = ~is_given["payer"]
    return stale


def tabulate_stale_records(columns: LeadColumns, rows: IntArray) -> FigureTable:
    """Tabulate open leads by what their record lacks.

    Parameters
    ----------
    rows : int array
        Leads of the months of the report.
    """
    open_rows, stale = select_open(columns, rows), find_stale(columns)
    described = (
        Column("record", "What is wrong", "text", "With the record of an inquiry that is neither booked nor lost."),
        Column("leads", "Open inquiries", "count", "An inquiry may be in several lines.", counts_people=True),
        Column("share", "Share", "share", "Of all open inquiries of these months."),
        Column("remedy", "What to do", "text", "Before the next call."),
    )
    lines: list[tuple[Cell, ...]] = [
        (kind, int(has[open_rows].sum()), float(has[open_rows].mean()), STALE_KINDS[kind])
        for kind, has in stale.items()
        if len(open_rows) and has[open_rows].any()
    ]
    if lines:
        lines.insert(0, (ALL_LEADS, len(open_rows), 1.0, ""))
    notes = ("The list behind each number names the inquiries. Who asked not to be contacted is in none of them.",)
    if not lines:
        notes = ("No open inquiry has a record that needs anything that can be seen here.",)
    # Its lines overlap with each other and with every other table.
    return FigureTable("stale_records", "Records to refresh", described, take_columns(lines), notes, managers_only=True)
