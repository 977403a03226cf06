"""Do some people wait longer for us than others? Answers within the hour, by payer and by age.

Lives here: the tables.
Does not live here: waiting by hour and channel (``serving.insights.response``), comparing groups (``group_rates``).

Age is barred from the score and from what leads are expected to bring; here it is looked at to see that nobody is
treated worse.
"""

import numpy as np

from features.array_types import IntArray
from serving.insights.columns.categories import ALL_LEADS
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns
from serving.insights.practice_checks.group_rates import STANDS_OUT, GroupRate, compare_groups, count_together

__all__ = ["WAITING_GROUPS", "find_answered_soon", "select_waited", "tabulate_who_waits"]

WAITING_GROUPS = {"payer": "payer", "age": "age band"}
"""Name in table names -> how people call it."""

SOON_MINUTES = 60.0
MIN_LEADS = 30


def select_waited(columns: LeadColumns, recent: IntArray) -> IntArray:
    """Return the enquiries that are at least a day old: what came of the first hour is known."""
    return recent[columns.age_days[recent] >= 1.0]


def find_answered_soon(columns: LeadColumns) -> np.ndarray:
    """Return which enquiries we responded to within an hour. Shape (n,), bool."""
    return np.nan_to_num(columns.response_minutes, nan=np.inf) <= SOON_MINUTES


def tabulate_who_waits(columns: LeadColumns, recent: IntArray) -> list[FigureTable]:
    """Tabulate answers within the hour by each group that enquiries have.

    Parameters
    ----------
    recent : int array
        Leads of the months of the report.
    """
    rows, soon = select_waited(columns, recent), find_answered_soon(columns)
    tables = []
    for name, phrase in WAITING_GROUPS.items():
        group = columns.audited.get(name)
        if group is None or not len(rows):
            continue
        compared = sorted(compare_groups(group, columns.month, soon, rows), key=lambda group_rate: -group_rate.leads)
        total = compare_groups(count_together(columns), columns.month, soon, rows)[0]
        lines: list[tuple[Cell, ...]] = [(ALL_LEADS, total.leads, total.count, total.rate, "")]
        lines += [
            (group_rate.name, group_rate.leads, group_rate.count, group_rate.rate, _describe(group_rate))
            for group_rate in compared
        ]
        described = (
            Column(name, phrase.capitalize(), "text", f"The {phrase} of the enquiry, as it was sent to us."),
            Column("leads", "Enquiries", "count", "Enquiries of these months that are a day old or more.", True),
            Column("within_hour", "Answered within 1 hour", "count", "Of these, by a call or a message of ours.", True),
            Column("share", "Share", "share", "Answered within the hour, in the long run."),
            Column("verdict", "What that says", "text", "Against all others together."),
        )
        notes = (
            f"A difference is named where it is more than {STANDS_OUT} standard errors. Channel and hour are not taken "
            "out: a group that writes at night waits until morning.",
        )
        title = f"Who waits for us, by {phrase}"
        tables.append(FigureTable(f"waits_by_{name}", title, described, take_columns(lines), notes, has_total=True))
    return tables


def _describe(group_rate: GroupRate) -> str:
    """Describe how a group's waiting differs from that of all others."""
    if group_rate.leads < MIN_LEADS:
        return f"Too few enquiries to say: it takes {MIN_LEADS}."
    if group_rate.distance <= -STANDS_OUT:
        return "Waits longer than all others."
    return (
        "Is answered sooner than all others." if group_rate.distance >= STANDS_OUT else "No difference beyond chance."
    )
