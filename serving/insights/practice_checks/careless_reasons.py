"""How often is a reason for a loss contradicted by the lead's own record? "Out of network", though the plan is taken.

Lives here: the share of each reason that can be checked, the table.
Does not live here: checking one loss (``serving.insights.columns.checked_reasons``), the reasons as recorded
(``serving.insights.lost_leads``).
"""

import numpy as np

from features.array_types import IntArray
from serving.insights.columns.checked_reasons import CHECKED_REASONS
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns
from serving.insights.lost_leads import name_reason, select_lost
from serving.insights.practice_checks.group_rates import compare_groups, count_together

__all__ = ["MIN_CHECKED", "select_doubted", "tabulate_careless_reasons"]

MIN_CHECKED = 30
_RECORD_SAYS = {
    "out_of_network": "The plan is one that we take for this service.",
    "service_not_offered": "The service is on our list.",
    "out_of_area": "They live within a location's area.",
}


def select_doubted(columns: LeadColumns, months: int, reason: str, column: str) -> IntArray:
    """Return the losses that a column of the table counts for a reason, as it is recorded."""
    rows = select_lost(columns, months)
    rows = rows[columns.lost_reason[rows] == reason]
    if column == "lost":
        return rows
    rows = rows[~np.isnan(columns.reason_doubted[rows])]
    return rows[columns.reason_doubted[rows] == 1] if column == "doubted" else rows


def tabulate_careless_reasons(columns: LeadColumns, months: int) -> FigureTable:
    """Tabulate how often a reason is contradicted by the record, among losses of the last months."""
    described = (
        Column("reason", "Reason", "text", "Why it was lost, as recorded."),
        Column("lost", "Lost", "count", "Inquiries of these months lost for it.", counts_people=True),
        Column("checked", "Can be checked", "count", "Of these, whose record says enough.", counts_people=True),
        Column("doubted", "Record says otherwise", "count", "Of those, by practice.toml.", counts_people=True),
        Column("share", "Share", "share", "Of those that can be checked, in the long run."),
        Column("verdict", "What the record says", "text", "Of those whose record says otherwise."),
    )
    lines: list[tuple[Cell, ...]] = []
    for reason in CHECKED_REASONS:
        lost, checked, doubted = (
            select_doubted(columns, months, reason, column) for column in ("lost", "checked", "doubted")
        )
        if not len(checked):
            continue
        rate = compare_groups(count_together(columns), columns.month, columns.reason_doubted == 1, checked)[0].rate
        enough = len(checked) >= MIN_CHECKED
        verdict = _RECORD_SAYS[reason] if enough else f"Too few losses to say: it takes {MIN_CHECKED}."
        lines.append((name_reason(reason), len(lost), len(checked), len(doubted), rate if enough else None, verdict))
    notes: tuple[str, ...] = (
        "Every such loss may be somebody who could have come. Or practice.toml is out of date: look at some of them "
        "first.",
    )
    if not lines:
        notes = (
            "Nothing to check: no loss is out of network, out of area or for a service that is not offered, or "
            "practice.toml does not name insurance, locations and services.",
        )
    return FigureTable(
        "careless_reasons",
        "Reasons that the record contradicts",
        described,
        take_columns(lines),
        notes,
        managers_only=True,
    )
