"""What was spent, on which day, campaign and channel? Amounts that a later load may correct; they are about no person.

Lives here: writing each amount once however often it is loaded, removing what a corrected file no longer has.
Does not live here: reading them (``features.readers.databases``, as training does), their retention
(``lead_deletion``).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from serving.errors import StoreRefused
from serving.store.database.audit_chain import AuditLog
from serving.store.database.column_types import require_storable, to_utc
from serving.store.database.entities import Spend
from serving.store.database.tables import spend

__all__ = ["SpendCounts", "SpendKey", "Spending"]

SpendKey = tuple[datetime, str | None, str | None]
"""Day, campaign and channel: what an amount was spent on."""

_FIGURES = ("amount", "impressions", "clicks")
"""What a later load may correct."""


@dataclass(frozen=True)
class SpendCounts:
    """How many amounts were new, and how many replaced another one or were removed."""

    new: int = 0
    corrected: int = 0

    def __add__(self, other: "SpendCounts") -> "SpendCounts":
        return SpendCounts(self.new + other.new, self.corrected + other.corrected)


class Spending:
    """Money spent, inside one transaction."""

    def __init__(self, connection: Connection, now: datetime, audit: AuditLog) -> None:
        self._connection, self._now, self._audit = connection, now, audit

    def put(self, amounts: Sequence[Spend]) -> SpendCounts:
        """Store amounts. One that stands already is skipped; another amount of the same day, campaign, channel and
        position replaces the earlier one.

        Raises
        ------
        StoreRefused
            If an amount is no number of 0 or more, or a text cannot be stored.
        """
        rows = [_make_row(amount, self._now) for amount in amounts]
        stored = self._read_days([row["day"] for row in rows])
        new: dict[tuple[SpendKey, int], dict[str, Any]] = {}
        corrected = 0
        for row in rows:
            key = (row["day"], row["campaign"], row["channel"]), row["position"]
            if key not in stored:
                new[key] = row
            elif stored[key][1] != (figures := {name: row[name] for name in _FIGURES}):
                corrected += 1
                changed = update(spend).where(spend.c.seq == stored[key][0])
                self._connection.execute(changed.values(**figures, recorded_at=self._now))
        if new:
            self._connection.execute(insert(spend), list(new.values()))
        counts = SpendCounts(len(new), corrected)
        if counts != SpendCounts():
            self._audit.append("spend_recorded", count=counts.new, corrected=counts.corrected)
        return counts

    def remove_surplus(self, counts: Mapping[SpendKey, int]) -> SpendCounts:
        """Remove what a day, campaign and channel has beyond this many amounts; others stay."""
        wanted = {(to_utc(day), campaign, channel): count for (day, campaign, channel), count in counts.items()}
        surplus = [
            seq
            for (key, position), (seq, _) in self._read_days([day for day, *_ in wanted]).items()
            if key in wanted and position >= wanted[key]
        ]
        for seq in surplus:
            self._connection.execute(delete(spend).where(spend.c.seq == seq))
        if surplus:
            self._audit.append("spend_removed", count=len(surplus))
        return SpendCounts(0, len(surplus))

    def _read_days(self, days: Sequence[datetime]) -> dict[tuple[SpendKey, int], tuple[int, dict[str, float | None]]]:
        """Return number and figures of what is stored between the first and the last of these days."""
        if not days:
            return {}
        rows = self._connection.execute(select(spend).where(spend.c.day.between(min(days), max(days))))
        return {
            ((row.day, row.campaign, row.channel), row.position): (
                row.seq,
                {name: getattr(row, name) for name in _FIGURES},
            )
            for row in rows
        }


def _make_row(amount: Spend, now: datetime) -> dict[str, Any]:
    """Return an amount's columns, each in the type in which it is stored."""
    for name in ("campaign", "channel"):
        require_storable(name, getattr(amount, name))
    for name in _FIGURES:
        figure = getattr(amount, name)
        if figure is not None and (not math.isfinite(figure) or figure < 0):
            raise StoreRefused(
                f"store: {name} of spending is no number of 0 or more. Correct it, or leave the row out."
            )
    return {
        "day": to_utc(amount.day),
        "amount": float(amount.amount),
        "campaign": amount.campaign,
        "channel": amount.channel,
        "position": amount.position,
        "impressions": None if amount.impressions is None else float(amount.impressions),
        "clicks": None if amount.clicks is None else float(amount.clicks),
        "recorded_at": now,
    }
