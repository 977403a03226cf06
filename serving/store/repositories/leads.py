"""What do we know of each lead, and since when? Leads as they are now, and every change with the moment at which it
became known.

Lives here: creating or updating a lead with only what is new; a lead as it was known at a moment.
Does not live here: what happened with it and what became of it (``events_and_outcomes``), deleting it
(``lead_deletion``).

The change rows never change: a model that learns from a past moment must not see what was filled in later.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, func, insert, select, update

from features.schema import CUSTOM_PREFIX, LEADS
from serving.errors import StoreRefused, UnknownLead
from serving.store.database.audit_chain import AuditLog
from serving.store.database.column_types import format_utc, require_storable, to_utc
from serving.store.database.entities import Lead, LeadChange, PutResult, StoredLead
from serving.store.database.tables import lead_changes, leads
from serving.store.repositories.contact_keys import make_email_key, make_phone_key

__all__ = ["Leads"]

_COLUMNS = tuple(column.name for column in LEADS.columns if column.name != "lead_id")
_KEYS = {"email": ("email_key", make_email_key), "phone": ("phone_key", make_phone_key)}


class Leads:
    """The leads, inside one transaction."""

    def __init__(self, connection: Connection, now: datetime, audit: AuditLog) -> None:
        self._connection, self._now, self._audit = connection, now, audit

    def put(self, lead: Lead) -> PutResult:
        """Create the lead, or update the values that differ; sending the same again writes nothing.

        A lead without ``created_at`` counts as created now.

        Raises
        ------
        StoreRefused
            If a column is unknown, or a value cannot be stored.
        """
        incoming = _validate_lead(lead)
        stored_row = self._find_row(lead.lead_id)
        if stored_row is None:
            return self._create(lead.lead_id, incoming)
        current = _read_fields(stored_row)
        changes = {name: value for name, value in incoming.items() if name not in current or value != current[name]}
        if "created_at" in changes and changes["created_at"] is None:
            raise StoreRefused("store: created_at cannot be revoked. Send when the inquiry arrived, or leave it out.")
        if changes:
            complete = {**current, **changes}
            activity = max(stored_row.last_activity_at, self._now)
            columns = _extract_columns(changes) | {
                "custom": _extract_custom(complete),
                "left_empty": _list_empty(complete),
                "changed_at": self._now,
                "last_activity_at": activity,
            }
            self._connection.execute(update(leads).where(leads.c.lead_id == lead.lead_id).values(columns))
            self._record_change("lead_changed", lead.lead_id, changes)
        return PutResult(False, tuple(changes))

    def get(self, lead_id: str) -> StoredLead | None:
        """Return the lead as it is known now; None for an unknown id."""
        row = self._find_row(lead_id)
        return (
            None if row is None else _make_stored_lead(lead_id, _read_fields(row), row.first_known_at, row.changed_at)
        )

    def get_as_of(self, lead_id: str, moment: Any) -> StoredLead | None:
        """Return the lead as it was known at a moment, changes of that very moment included; None when it was not
        stored yet.
        """
        changes = [change for change in self.list_changes(lead_id) if change.known_at <= to_utc(moment)]
        values: dict[str, Any] = {}
        for change in changes:
            values |= change.fields
        return _make_stored_lead(lead_id, values, changes[0].known_at, changes[-1].known_at) if changes else None

    def list_changes(self, lead_id: str) -> list[LeadChange]:
        """Return every change, oldest first; the first is what was sent when the lead was created."""
        rows = self._connection.execute(
            select(lead_changes).where(lead_changes.c.lead_id == lead_id).order_by(lead_changes.c.seq)
        )
        return [
            LeadChange(row.known_at, {name: _parse_change_value(name, value) for name, value in row.fields.items()})
            for row in rows
        ]

    def list_page(self, after_lead: str | None = None, limit: int = 500) -> list[StoredLead]:
        """Return leads in the order of their arrival, those after the lead ``after_lead``."""
        query = select(leads).order_by(leads.c.seq).limit(limit)
        if after_lead is not None:
            query = query.where(
                leads.c.seq > select(leads.c.seq).where(leads.c.lead_id == after_lead).scalar_subquery()
            )
        return [
            _make_stored_lead(row.lead_id, _read_fields(row), row.first_known_at, row.changed_at)
            for row in self._connection.execute(query)
        ]

    def find_by_message(self, words: Sequence[str], limit: int) -> list[str]:
        """Return the leads whose message holds words that begin with each of these, the newest first.

        The words stay in this statement: they are in no log and in no line of the audit.
        """
        if not words:
            return []
        mentions = [leads.c.message.icontains(word, autoescape=True) for word in words]
        query = select(leads.c.lead_id, leads.c.message).where(*mentions).order_by(leads.c.created_at.desc())
        begins = [re.compile(rf"\b{re.escape(word)}", re.IGNORECASE) for word in words]
        # A part of a word matches in the database ("art" in "heart"), so that more rows are read than are wanted.
        rows = self._connection.execute(query.limit(20 * limit))
        return [lead_id for lead_id, message in rows if all(begin.search(message) for begin in begins)][:limit]

    def count(self) -> int:
        """Count the leads."""
        return self._connection.scalar(select(func.count()).select_from(leads))

    def record_activity(self, lead_id: str, latest: datetime | None) -> None:
        """Record activity of the lead at ``latest``, from which its retention is counted. None only checks that the
        lead exists.

        Raises
        ------
        UnknownLead
        """
        row = self._connection.execute(select(leads.c.last_activity_at).where(leads.c.lead_id == lead_id)).first()
        if row is None:
            raise UnknownLead("store: there is no lead with this id. Create the lead first.")
        # A time in the future must not prolong retention.
        if latest is not None and (moment := min(latest, self._now)) > row.last_activity_at:
            self._connection.execute(update(leads).where(leads.c.lead_id == lead_id).values(last_activity_at=moment))

    def _create(self, lead_id: str, values: dict[str, Any]) -> PutResult:
        """Insert a new lead, and the first line of its history."""
        known_values = {name: value for name, value in values.items() if value is not None}
        known_values.setdefault("created_at", self._now)
        empty = [name for name in _list_empty(values) if name != "created_at"]
        times = {
            "first_known_at": self._now,
            "changed_at": self._now,
            "last_activity_at": min(known_values["created_at"], self._now),
        }
        self._connection.execute(
            insert(leads),
            {"lead_id": lead_id, "custom": _extract_custom(known_values), "left_empty": empty}
            | _extract_columns(known_values)
            | times,
        )
        self._record_change("lead_created", lead_id, {**known_values, **dict.fromkeys(empty)})
        return PutResult(True, tuple(known_values))

    def _record_change(self, action: str, lead_id: str, changes: dict[str, Any]) -> None:
        """Write the change itself, and one line of audit: names of our columns, and how many custom ones."""
        fields = {name: format_utc(value) if isinstance(value, datetime) else value for name, value in changes.items()}
        self._connection.execute(insert(lead_changes), {"lead_id": lead_id, "known_at": self._now, "fields": fields})
        own_names = [name for name in changes if not name.startswith(CUSTOM_PREFIX)]
        self._audit.append(action, lead_id, fields=own_names, own_columns=len(changes) - len(own_names))

    def _find_row(self, lead_id: str) -> Row | None:
        return self._connection.execute(select(leads).where(leads.c.lead_id == lead_id)).first()


def _validate_lead(lead: Lead) -> dict[str, Any]:
    """Return the lead's values under one kind of name, each in the type in which it is stored."""
    require_storable("lead_id", lead.lead_id)
    if not lead.lead_id:
        raise StoreRefused("store: lead_id is empty, expected the inquiry's id. Send one.")
    unknown_count = sum(name not in _COLUMNS for name in lead.values)
    if unknown_count:
        raise StoreRefused(
            f"store: {unknown_count} of the columns sent are unknown. Send the practice's own columns as custom."
        )
    values = {name: _to_stored_value(name, value) for name, value in lead.values.items()}
    return values | {CUSTOM_PREFIX + name: _to_custom_value(name, value) for name, value in lead.custom.items()}


def _to_custom_value(name: str, value: Any) -> Any:
    """Convert a value of a custom column for JSON: a time as text in UTC."""
    require_storable("a custom column", {name: value})
    if isinstance(value, datetime | np.datetime64):
        return format_utc(to_utc(value))
    scalar = value.item() if isinstance(value, np.generic) else value
    if not isinstance(scalar, str | bool | int | float | None):
        raise StoreRefused(
            "store: a custom column holds a list or an object, expected a single value. Send its parts as columns."
        )
    return scalar


def _to_stored_value(name: str, value: Any) -> Any:
    """Convert a value of one of our columns to the type in which it is stored."""
    require_storable(name, value)
    kind = LEADS.column(name).kind
    if value is None:
        return None
    if kind == "time":
        return to_utc(value)
    return {"number": float, "yes_no": bool}.get(kind, str)(value)


def _read_fields(row: Row) -> dict[str, Any]:
    """Return a row's fields: its values, and None for those that were sent without one."""
    columns = {name: getattr(row, name) for name in _COLUMNS}
    values = columns | {CUSTOM_PREFIX + name: value for name, value in row.custom.items()}
    return dict.fromkeys(row.left_empty) | {name: value for name, value in values.items() if value is not None}


def _list_empty(fields: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields that were sent without a value."""
    return [name for name, value in fields.items() if value is None]


def _make_stored_lead(lead_id: str, fields: Mapping[str, Any], first: datetime, last: datetime) -> StoredLead:
    """Return the lead that has these fields."""
    present = {name: value for name, value in fields.items() if value is not None}
    values = {name: value for name, value in present.items() if not name.startswith(CUSTOM_PREFIX)}
    return StoredLead(lead_id, values, _extract_custom(present), first, last, tuple(_list_empty(fields)))


def _extract_custom(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the custom columns, by the practice's own names."""
    return {
        name.removeprefix(CUSTOM_PREFIX): value
        for name, value in fields.items()
        if name.startswith(CUSTOM_PREFIX) and value is not None
    }


def _extract_columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return our columns, and the keys by which a person is found again."""
    columns = {name: value for name, value in fields.items() if not name.startswith(CUSTOM_PREFIX)}
    return columns | {key: make_key(fields[name]) for name, (key, make_key) in _KEYS.items() if name in fields}


def _parse_change_value(name: str, value: Any) -> Any:
    """Return a value of a change in its original type."""
    is_time = name in LEADS.by_name and LEADS.column(name).kind == "time" and value is not None
    return datetime.fromisoformat(value) if is_time else value
