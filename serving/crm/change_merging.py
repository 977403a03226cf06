"""Which of these changes is news? Deliveries come late, twice and in any order; the latest change of a field counts.

Lives here: the one rule, without a store, so that it can be tested for every order of deliveries.
Does not live here: keeping the versions (the store behind ``door.LeadDoor``).

The rule needs no list of the events seen: one that comes again is no later than itself. That matters, for HubSpot does
not promise that an ``eventId`` is unique, and to drop a change because its number was seen could drop another one."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from features.parsing.timestamps import parse_time
from features.schema import CUSTOM_PREFIX
from serving.crm.ports import FieldChange

__all__ = ["FieldVersion", "list_field_changes", "parse_instant", "select_new_changes"]

_FUTURE = timedelta(minutes=5)

FieldVersion = tuple[datetime, str]
"""When a field was changed last, and by which event."""


def select_new_changes(changes: Iterable[FieldChange], known: Mapping[tuple[str, str], FieldVersion]) -> list[FieldChange]:
    """The changes to apply: of each field of a lead the latest, if it is later than what is known.

    Parameters
    ----------
    known : mapping
        (lead_id, field) -> version of the value that stands.

    Returns
    -------
    list of FieldChange, in the order of their instants, at most one for each field

    >>> from datetime import UTC
    >>> noon, one = (datetime(2026, 3, 5, hour, tzinfo=UTC) for hour in (12, 13))
    >>> [
    ...     change.value
    ...     for change in select_new_changes([FieldChange("7", "source", "b", one), FieldChange("7", "source", "a", noon)], {})
    ... ]
    ['b']
    """
    latest: dict[tuple[str, str], FieldChange] = {}
    for change in changes:
        place = change.lead_id, change.field
        if place not in latest or _version(change) > _version(latest[place]):
            latest[place] = change
    new = [change for place, change in latest.items() if place not in known or _version(change) > known[place]]
    return sorted(new, key=lambda change: (_version(change), change.lead_id, change.field))


def list_field_changes(lead_id: str, payload: Mapping[str, Any], occurred_at: datetime, event_id: str) -> list[FieldChange]:
    """A translated payload as changes, one for each field, its ``custom`` fields too."""
    named = {name: value for name, value in payload.items() if name != "custom"}
    named |= {CUSTOM_PREFIX + name: value for name, value in payload.get("custom", {}).items()}
    return [FieldChange(lead_id, name, value, occurred_at, event_id) for name, value in named.items()]


def parse_instant(value: Any, now: datetime) -> datetime | None:
    """An instant as CRMs write it, in UTC; None when it is none, or lies in the future: it would hold off every later
    change.

    >>> parse_instant(1772712000000, datetime(2026, 3, 5, 13, tzinfo=UTC)).isoformat()
    '2026-03-05T12:00:00+00:00'
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    time, bad, _ = parse_time(value, UTC)
    if bad or np.isnat(time):
        return None
    found = time.astype("datetime64[us]").item().replace(tzinfo=UTC)
    return found if found <= now + _FUTURE else None


def _version(change: FieldChange) -> FieldVersion:
    return change.occurred_at, change.event_id
