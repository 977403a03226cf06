"""Which of these changes are new? Deliveries come late, twice and in any order; the latest change of a field counts.

Lives here: the rule, without a store, so that it can be tested for every order of deliveries.
Does not live here: storing the versions (the store behind ``ports.LeadGateway``).

The rule needs no list of earlier events: a repeated one is not later than itself. That matters because HubSpot does not
promise unique ``eventId`` values: dropping a change because its id was used before could drop another change."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from features.parsing.dates.timestamps import parse_time
from features.schema import CUSTOM_PREFIX
from serving.crm.ports import FieldChange

__all__ = ["FieldVersion", "list_field_changes", "parse_instant", "select_new_changes"]

_CLOCK_SKEW = timedelta(minutes=5)

FieldVersion = tuple[datetime, str]
"""When a field was last changed, and by which event."""


def select_new_changes(
    changes: Iterable[FieldChange], versions: Mapping[tuple[str, str], FieldVersion]
) -> list[FieldChange]:
    """Select the changes to apply: the latest of each field of a lead, if it is later than the stored version.

    Parameters
    ----------
    versions : mapping
        (lead_id, field) -> version of the stored value.

    Returns
    -------
    list of FieldChange, in order of their times, at most one for each field

    >>> from datetime import UTC
    >>> noon, later = (datetime(2026, 3, 5, hour, tzinfo=UTC) for hour in (12, 13))
    >>> [
    ...     change.value
    ...     for change in select_new_changes(
    ...         [FieldChange("7", "source", "b", later), FieldChange("7", "source", "a", noon)], {}
    ...     )
    ... ]
    ['b']
    """
    latest: dict[tuple[str, str], FieldChange] = {}
    for change in changes:
        key = change.lead_id, change.field
        if key not in latest or _order(_version(change)) > _order(_version(latest[key])):
            latest[key] = change
    new = [
        change
        for key, change in latest.items()
        if key not in versions or _order(_version(change)) > _order(versions[key])
    ]
    return sorted(new, key=lambda change: (_order(_version(change)), change.lead_id, change.field))


def list_field_changes(
    lead_id: str, payload: Mapping[str, Any], occurred_at: datetime, event_id: str
) -> list[FieldChange]:
    """List a translated payload as changes, one for each field, including its ``custom`` fields."""
    fields = {name: value for name, value in payload.items() if name != "custom"}
    fields |= {CUSTOM_PREFIX + name: value for name, value in payload.get("custom", {}).items()}
    return [FieldChange(lead_id, name, value, occurred_at, event_id) for name, value in fields.items()]


def parse_instant(value: Any, now: datetime) -> datetime | None:
    """Parse a time as CRMs write it, in UTC; None if it is invalid, or in the future: that would block later changes.

    >>> parse_instant(1772712000000, datetime(2026, 3, 5, 13, tzinfo=UTC)).isoformat()
    '2026-03-05T12:00:00+00:00'
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    time, bad, _ = parse_time(value, UTC)
    if bad or np.isnat(time):
        return None
    instant = time.astype("datetime64[us]").item().replace(tzinfo=UTC)
    return instant if instant <= now + _CLOCK_SKEW else None


def _order(version: FieldVersion) -> tuple[datetime, int, str]:
    """Return what versions are ordered by: two changes in one millisecond by the number of their events.

    As texts, event 99 would come after event 100.
    """
    occurred_at, event_id = version
    is_number = event_id.isascii() and event_id.isdigit()
    return occurred_at, int(event_id) if is_number else -1, event_id


def _version(change: FieldChange) -> FieldVersion:
    return change.occurred_at, change.event_id
