"""Do some people wait longer for us than others? Answers within the hour, by who they are and when they came.

Lives here: the tables.
Does not live here: waiting by hour and channel (``serving.insights.response``), comparing groups (``group_rates``,
``like_with_like``), reading them (``serving.insights.columns.audited_groups``).

Age, language and distance of a person are looked at here to see that nobody is treated worse; age and language enter
neither the score nor what leads are expected to bring.
"""

import numpy as np

from features.array_types import IntArray
from serving.insights.columns.audited_groups import NO_MESSAGE
from serving.insights.columns.categories import ALL_LEADS, Categories
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.estimates import Estimate
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns
from serving.insights.practice_checks.group_rates import STANDS_OUT, GroupRate, compare_groups, count_together
from serving.insights.practice_checks.like_with_like import compare_within, cross_strata

__all__ = [
    "ALSO_ALIKE",
    "BY_CHANCE",
    "NOT_ALIKE",
    "WAITING_GROUPS",
    "find_answered_soon",
    "select_waited",
    "stratify",
    "tabulate_who_waits",
]

WAITING_GROUPS = {
    "payer": "insurance",
    "age": "age band",
    "language": "language of the message",
    "distance": "distance",
    "opening": "opening hours",
}
"""Name in table names -> how people call it."""

_DEFINITIONS = {
    "language": "Whether the message reads as Spanish, by the common words that it holds.",
    "distance": "From where they live to the nearest location that offers what they want.",
    "opening": "Whether the practice was open when the inquiry came.",
}
SOON_MINUTES = 60.0
MIN_LEADS = 30

ALSO_ALIKE = "also than those who came alike"
NOT_COMPARED = "Not compared: of an inquiry without a message no language is known."
BY_CHANCE = "Nothing stands out: chance puts one line of ten so far off."
NOT_ALIKE = "and not than those who came alike"

_ALIKE = {
    (True, True): "Answered within the hour, per 100, against others of the same month who came by the same channel, "
    "both while we were open or both while we were closed.",
    (True, False): "Answered within the hour, per 100, against others of the same month who came by the same channel.",
    (False, True): "Answered within the hour, per 100, against others of the same month, both while we were open or "
    "both while we were closed.",
    (False, False): "Answered within the hour, per 100, against others of the same month.",
}
"""Whether channels and opening hours are told apart -> what is compared."""


def select_waited(columns: LeadColumns, recent: IntArray) -> IntArray:
    """Return the inquiries that are at least a day old: what came of the first hour is known."""
    return recent[columns.age_days[recent] >= 1.0]


def _select_known(group: Categories, rows: IntArray) -> IntArray:
    """Return those of the rows that can be told apart: of an inquiry without a message no language is known."""
    return rows[~group.has_name(NO_MESSAGE)[rows]]


def find_answered_soon(columns: LeadColumns) -> np.ndarray:
    """Return which inquiries we responded to within an hour. Shape (n,), bool."""
    return np.nan_to_num(columns.response_minutes, nan=np.inf) <= SOON_MINUTES


def tabulate_who_waits(columns: LeadColumns, recent: IntArray) -> list[FigureTable]:
    """Tabulate answers within the hour by each group that inquiries have.

    Parameters
    ----------
    recent : int array
        Leads of the months of the report.
    """
    waited, soon = select_waited(columns, recent), find_answered_soon(columns)
    tables = []
    for name, phrase in WAITING_GROUPS.items():
        group = columns.audited.get(name)
        if group is None:
            continue
        rows = _select_known(group, waited)
        if len(np.unique(group.codes[rows])) < 2:
            continue
        compared = sorted(compare_groups(group, columns.month, soon, rows), key=lambda group_rate: -group_rate.leads)
        # Of all, as in the other tables: what a total leaves out could be subtracted from one that does not.
        total = compare_groups(count_together(columns), columns.month, soon, waited)[0]
        alike = compare_within(group, stratify(columns, name), soon, rows)
        lines: list[tuple[Cell, ...]] = [(ALL_LEADS, total.leads, total.count, total.rate, None, "")]
        lines += [
            (
                group_rate.name,
                group_rate.leads,
                group_rate.count,
                group_rate.rate,
                alike[group_rate.name],
                _describe(group_rate, alike[group_rate.name]),
            )
            for group_rate in compared
        ]
        lines += [
            (group_rate.name, group_rate.leads, group_rate.count, group_rate.rate, None, NOT_COMPARED)
            for group_rate in compare_groups(group, columns.month, soon, np.setdiff1d(waited, rows))
        ]
        definition = _DEFINITIONS.get(name, f"The {phrase} of the inquiry, as it was sent to us.")
        described = (
            Column(name, phrase.capitalize(), "text", definition),
            Column("leads", "Inquiries", "count", "Inquiries of these months that are a day old or more.", True),
            Column("within_hour", "Answered within 1 hour", "count", "Of these, by a call or a message of ours.", True),
            Column("share", "Share", "share", "Answered within the hour, in the long run."),
            Column(
                "alike",
                "More or fewer, on like inquiries",
                "points",
                _ALIKE["channel" in columns.categories, _tells_hours(columns, name)],
            ),
            Column("verdict", "What that says", "text", "Against all others, and against those who came alike."),
        )
        notes = (
            f"A difference is named where it is more than {STANDS_OUT} standard errors. An association: it says where "
            "to look, not why.",
        )
        title = f"Who waits for us, by {phrase}"
        tables.append(FigureTable(f"waits_by_{name}", title, described, take_columns(lines), notes, has_total=True))
    return tables


def stratify(columns: LeadColumns, name: str) -> IntArray:
    """Return numbers that are the same for inquiries that came alike: by channel, month and whether we were open."""
    parts = [columns.month]
    if "channel" in columns.categories:
        parts.append(columns.categories["channel"].codes)
    if _tells_hours(columns, name):
        parts.append(columns.audited["opening"].codes)
    return cross_strata(parts)


def _tells_hours(columns: LeadColumns, name: str) -> bool:
    """Return whether inquiries of a group are compared with those of the same opening hours."""
    return name != "opening" and "opening" in columns.audited


def _describe(group_rate: GroupRate, alike: Estimate) -> str:
    """Describe how a group's waiting differs from that of all others."""
    if group_rate.leads < MIN_LEADS:
        return f"Too few inquiries to say: it takes {MIN_LEADS}."
    if abs(group_rate.distance) < STANDS_OUT:
        is_apart = alike.is_known and not alike.low <= 0 <= alike.high
        return BY_CHANCE if is_apart else "No difference beyond chance."
    claim = "Waits longer than all others" if group_rate.distance < 0 else "Is answered sooner than all others"
    remains = alike.is_known and (alike.high < 0 if group_rate.distance < 0 else alike.low > 0)
    return f"{claim}, {ALSO_ALIKE}." if remains else f"{claim}, {NOT_ALIKE}."
