"""What became of the leads that were worth another call? Those contacted again after the loss, and those who booked.

Lives here: splitting leads that were lost for a reason that can pass by whether we contacted them again, the table.
Does not live here: whom to call now (``serving.insights.lost_leads``).

Whom we contact again is not decided by a coin, so the difference is an association. A booking counts within 60 days of
the loss, however long after the inquiry, and a contact counts when it came first.
"""

import numpy as np

from features.array_types import IntArray
from serving.insights.columns.categories import Categories
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns
from serving.insights.lost_leads import WIN_BACK_REASONS, name_reason
from serving.insights.practice_checks.group_rates import STANDS_OUT, compare_groups

__all__ = ["AGAIN", "NOT_AGAIN", "find_won_back", "select_passing", "split_by_contact", "tabulate_win_back_results"]

AGAIN, NOT_AGAIN = "contacted again", "not contacted again"
WON_WITHIN_DAYS = 60.0


def select_passing(columns: LeadColumns, months: int) -> IntArray:
    """Return the leads of the last months that were lost for a reason that can pass, at least 60 days ago."""
    old_enough = columns.age_days - columns.lost_days >= WON_WITHIN_DAYS
    recent = columns.month > columns.current_month - months
    return np.flatnonzero(recent & old_enough & np.isin(columns.lost_reason, WIN_BACK_REASONS))


def find_won_back(columns: LeadColumns) -> np.ndarray:
    """Return which leads booked within 60 days after they were lost. Shape (n,), bool."""
    return columns.won_back_days - columns.lost_days <= WON_WITHIN_DAYS


def split_by_contact(columns: LeadColumns) -> Categories:
    """Split the leads by reason, and by whether we contacted them after the loss and before they booked or 60 days were
    over.
    """
    end = np.fmin(columns.lost_days + WON_WITHIN_DAYS, np.nan_to_num(columns.won_back_days, nan=np.inf))
    is_again = columns.again_days <= end
    names = [name_reason(reason) for reason in WIN_BACK_REASONS]
    position = {reason: i for i, reason in enumerate(WIN_BACK_REASONS)}
    reason = np.array([position.get(text, 0) for text in columns.lost_reason.tolist()], np.int64)
    return Categories(2 * reason + ~is_again, tuple(f"{name}, {how}" for name in names for how in (AGAIN, NOT_AGAIN)))


def tabulate_win_back_results(columns: LeadColumns, months: int) -> FigureTable:
    """Tabulate what became of the leads that were lost for a reason that can pass."""
    rows, won = select_passing(columns, months), find_won_back(columns)
    described = (
        Column("lost", "Lost for", "text", "The reason recorded first, and whether we contacted them after it."),
        Column("leads", "Inquiries", "count", "Lost at least 60 days ago.", counts_people=True),
        Column("won_back", "Booked after all", "count", "Of these, within 60 days of the loss.", counts_people=True),
        Column("rate", "Booked after all, share", "share", "In the long run; the months' differences counted in."),
        Column("verdict", "What that says", "text", "Against those lost for the same reason whom we did not contact."),
    )
    split = split_by_contact(columns)
    lines: list[tuple[Cell, ...]] = []
    for reason in WIN_BACK_REASONS:
        of_reason = rows[columns.lost_reason[rows] == reason]
        for group_rate in compare_groups(split, columns.month, won, of_reason):
            verdict = ""
            if group_rate.name.endswith(f", {AGAIN}"):
                is_far = abs(group_rate.distance) >= STANDS_OUT
                more = "Book more often" if group_rate.distance > 0 else "Book less often"
                verdict = (
                    f"{more} than those not contacted."
                    if is_far
                    else "The data cannot tell: the difference is within chance. More months narrow it."
                )
            lines.append((group_rate.name, group_rate.leads, group_rate.count, group_rate.rate, verdict))
    notes: tuple[str, ...] = (
        "An association: people call back those who sounded willing. The list of whom to call now is on the desk.",
    )
    if not lines:
        notes = ("No inquiry was lost for a reason that can pass at least 60 days ago.",)
    return FigureTable(
        "win_back_results",
        "What became of those worth another call",
        described,
        take_columns(lines),
        notes,
        managers_only=True,
    )
