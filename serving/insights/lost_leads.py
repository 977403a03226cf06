"""Why do people not book, and whom is it worth calling again? Reasons as recorded, and leads that were lost for a
reason that can pass.

Lives here: reasons by source, service and location, what lost leads were worth before that, the win-back list.
Does not live here: what leads were expected to bring (``expected_bookings``).

What a lost lead was worth is what leads like it bring. That it was lost says more about it than its record did before,
so the sum is a description and has no interval.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.array_types import FloatArray, IntArray, ObjectArray
from features.schema import LOST_REASONS
from serving.insights.columns.attribute_names import name_dimension
from serving.insights.columns.categories import ALL_LEADS, Categories
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.figure_tables import Column, FigureTable, take_columns

__all__ = [
    "NO_REASON",
    "WIN_BACK_REASONS",
    "WinBackLead",
    "find_group",
    "find_win_backs",
    "name_reason",
    "read_reasons",
    "select_lost",
    "tabulate_reasons",
    "value_leads",
]

WIN_BACK_REASONS = ("price", "scheduling", "no_response")
WIN_BACK_DAYS = 180
_MOST_WIN_BACKS = 50
NO_REASON = "no reason recorded"
_NO_LOSS = ("duplicate", "spam")
"""Reasons for which nobody was lost."""


@dataclass(frozen=True)
class WinBackLead:
    """A lead to call again.

    Parameters
    ----------
    lead_id : str
    reason : str
    lost_days_ago : int
    chance : float
        Of booking, as inquiries like it were expected to when it came.
    worth : float
        Chance x what a booking of its service is worth; NaN where the practice gives no values.
    channel : str
        By which it wants to be contacted, empty unknown.
    """

    lead_id: str
    reason: str
    lost_days_ago: int
    chance: float
    worth: float
    channel: str


def value_leads(columns: LeadColumns, service_values: Mapping[str, float]) -> FloatArray:
    """Return what a booking of each lead is worth, NaN unknown. Shape (n,).

    The value of its service in practice.toml; where that is not given, the mean revenue of booked leads.
    """
    booked = columns.has("booked")
    revenue = np.nan_to_num(columns.value[booked & (columns.age_days > columns.final_days["treated"])])
    mean = float(revenue.mean()) if len(revenue) and revenue.sum() > 0 else float("nan")
    if "service" not in columns.categories:
        return np.full(len(columns), mean)
    service = columns.categories["service"]
    by_name = np.array([service_values.get(name, float("nan")) for name in service.names])
    return np.where(np.isnan(by_name), mean, by_name)[service.codes]


def select_lost(columns: LeadColumns, months: int) -> IntArray:
    """Return the leads of the last months that were lost and have not booked since."""
    recent = columns.month > columns.current_month - months
    return np.flatnonzero(recent & ~np.isnan(columns.lost_days) & ~columns.has("booked"))


def tabulate_reasons(
    columns: LeadColumns, chance: FloatArray, worth: FloatArray, dimension: str | None, months: int
) -> FigureTable:
    """Tabulate lost leads by reason, or by one dimension with the reasons across.

    Parameters
    ----------
    chance, worth : float arrays of shape (n,)
        Of booking, and of a booking.
    dimension : str or None
        None for all leads by reason.
    """
    rows = select_lost(columns, months)
    reason = read_reasons(columns, rows)
    if dimension is None:
        return _tabulate_all(reason, chance[rows] * worth[rows], months)
    group = find_group(columns, dimension)
    if group is None:
        raise KeyError(dimension)
    return _tabulate_by(group, rows, reason, dimension, months)


def find_group(columns: LeadColumns, dimension: str) -> Categories | None:
    """Return what losses are broken down by: a dimension of the leads, or who worked on them; None without."""
    return columns.staff if dimension == "person" else columns.categories.get(dimension)


def read_reasons(columns: LeadColumns, rows: IntArray) -> ObjectArray:
    """Return why each of these leads was lost, ``NO_REASON`` where nothing was recorded."""
    return np.array([text or NO_REASON for text in columns.lost_reason[rows]], object)


def name_reason(reason: str) -> str:
    """Return a reason as people read it.

    >>> name_reason("out_of_network")
    'Out of network'
    """
    return reason.replace("_", " ").capitalize()


def _list_present(reason: ObjectArray) -> list[str]:
    """Return the reasons that were given, in our order."""
    return [name for name in (*LOST_REASONS, NO_REASON) if (reason == name).any()]


def _describe_rows(months: int) -> str:
    return f"Inquiries of the last {months} months that were recorded as lost and have not booked since."


def _tabulate_all(reason: ObjectArray, value: FloatArray, months: int) -> FigureTable:
    """Tabulate all lost leads by reason, with what their bookings were worth before."""
    lines = [
        (
            name_reason(name),
            int((reason == name).sum()),
            float((reason == name).mean()),
            None if name in _NO_LOSS else _sum_known(value[reason == name]),
        )
        for name in _list_present(reason)
    ]
    lines.sort(key=lambda line: -line[1])
    if lines:
        lines.insert(0, ("All reasons", len(reason), 1.0, _sum_known(value[~np.isin(reason, _NO_LOSS)])))
    columns_shown = (
        Column("reason", "Reason", "text", "Why it was lost, as recorded."),
        Column("lost", "Lost", "count", "Inquiries.", counts_people=True),
        Column("share", "Share", "share", "Of all lost inquiries."),
        Column(
            "value",
            "Value before the loss",
            "money",
            "Sum of the chance of booking, as inquiries like it had it when they came, times what a booking is "
            "worth. A description: being lost says more about an inquiry than its record did before.",
        ),
    )
    return FigureTable(
        "lost_reasons",
        "Why people did not book",
        columns_shown,
        take_columns(lines),
        (_describe_rows(months),),
        True,
        reads_down=True,
    )


def _tabulate_by(group: Categories, rows: IntArray, reason: ObjectArray, dimension: str, months: int) -> FigureTable:
    """Tabulate lost leads by one dimension, with the reasons across."""
    present = _list_present(reason)
    codes = group.codes[rows]
    body: list[tuple[Any, ...]] = [
        (name, int((codes == i).sum()), *(int(((codes == i) & (reason == why)).sum()) for why in present))
        for i, name in enumerate(group.names)
        if (codes == i).any()
    ]
    body.sort(key=lambda line: (-line[1], line[0]))
    total: tuple[Any, ...] = (ALL_LEADS, len(rows), *(int((reason == why).sum()) for why in present))
    columns_by = (
        Column(
            dimension,
            name_dimension(dimension).capitalize(),
            "text",
            f"The {name_dimension(dimension)} of the inquiry."
            if dimension != "person"
            else "Who closed it, where its outcome names them; otherwise who worked on it first.",
        ),
        Column("lost", "Lost", "count", "Inquiries recorded as lost.", counts_people=True),
        *(Column(why, name_reason(why), "count", "Lost for this reason.", counts_people=True) for why in present),
    )
    return FigureTable(
        f"lost_by_{dimension}",
        f"Why people did not book, by {name_dimension(dimension)}",
        columns_by,
        take_columns([total, *body] if len(rows) else []),
        (_describe_rows(months),),
        has_total=True,
        adds_across=True,
        managers_only=dimension == "person",
    )


def find_win_backs(columns: LeadColumns, chance: FloatArray, worth: FloatArray) -> list[WinBackLead]:
    """Find the leads to call again: lost lately for a reason that can pass; the most valuable first.

    Nobody who asked not to be contacted is among them.
    """
    ago = columns.age_days - columns.lost_days
    passing = np.isin(columns.lost_reason, WIN_BACK_REASONS)
    rows = np.flatnonzero(passing & (ago <= WIN_BACK_DAYS) & ~columns.has("booked") & ~columns.do_not_contact)
    value = chance[rows] * worth[rows]
    order = np.lexsort((-chance[rows], -np.nan_to_num(value)))[:_MOST_WIN_BACKS]
    return [
        WinBackLead(
            str(columns.lead_ids[row]),
            str(columns.lost_reason[row]).replace("_", " "),
            int(ago[row]),
            float(chance[row]),
            float(chance[row] * worth[row]),
            columns.preferred_contact[row] or "",
        )
        for row in rows[order].tolist()
    ]


def _sum_known(values: FloatArray) -> float | None:
    """Return the sum of the known values, None where none is known."""
    return float(np.nansum(values)) if np.isfinite(values).any() else None
