"""Which late changes may still count? None older than the stored value, and none that brings back a forgotten person.

Lives here: the rules, applied to the store's field versions and tombstones. Does not live here: which of several
changes is the latest (``serving.crm.change_merging``), writing (``lead_service``).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from features.schema import CUSTOM_PREFIX
from serving.crm.ports import FieldChange
from serving.errors import RequestError
from serving.store.database.column_types import to_utc
from serving.store.database.entities import Lead
from serving.store.transaction import Transaction

__all__ = ["list_fields", "check_not_forgotten", "select_live_changes", "drop_overtaken_fields", "merge_parts"]


def list_fields(lead: Lead) -> list[str]:
    """List the fields that a lead carries, under their names in the field versions.

    >>> list_fields(Lead("7", {"channel": "phone"}, {"Tier": "gold"}))
    ['channel', 'custom:Tier']
    """
    return [*lead.values, *(CUSTOM_PREFIX + name for name in lead.custom), *lead.names]


def merge_parts(lead_id: str, parts: Iterable[Lead]) -> Lead:
    """Merge partial leads into one; the last value of each field wins.

    >>> merge_parts("7", [Lead("", {"channel": "phone"}), Lead("", {"channel": "chat"}, {"Tier": None})])
    Lead(lead_id='7', values={'channel': 'chat'}, custom={'Tier': None})
    """
    values: dict[str, Any] = {}
    custom: dict[str, Any] = {}
    names: dict[str, str | None] = {}
    for part in parts:
        for name in part.list_left_empty():
            if name.startswith(CUSTOM_PREFIX):
                custom[name.removeprefix(CUSTOM_PREFIX)] = None
            else:
                values[name] = None
        values.update(part.values)
        custom.update(part.custom)
        names.update(part.names)
    return Lead(lead_id, values, custom, names=names)


def drop_overtaken_fields(at: Transaction, lead: Lead, as_of: datetime) -> Lead:
    """Drop the fields that were changed after the sender read its copy."""
    later = {
        field for (_, field), (changed_at, _) in at.field_versions.get_for(lead.lead_id).items() if changed_at > as_of
    }
    values = {name: value for name, value in lead.values.items() if name not in later}
    custom = {name: value for name, value in lead.custom.items() if CUSTOM_PREFIX + name not in later}
    names = {part: name for part, name in lead.names.items() if part not in later}
    return Lead(lead.lead_id, values, custom, names=names)


def check_not_forgotten(at: Transaction, lead: Lead) -> None:
    """Refuse a lead whose person asked to be forgotten, unless it was created after that.

    Raises
    ------
    RequestError
        With status 410.
    """
    gone_at, made_at = at.tombstones.get(lead.lead_id), lead.values.get("created_at")
    if gone_at is not None and (made_at is None or to_utc(made_at) <= gone_at):
        sentence = (
            "The person of this lead asked to be forgotten. "
            "A new inquiry under the same id says in created_at when it was made."
        )
        raise RequestError(410, "forgotten", sentence)


def select_live_changes(
    at: Transaction, lead_id: str, changes: list[tuple[FieldChange, Lead]]
) -> list[tuple[FieldChange, Lead]]:
    """Return the changes that may still count.

    All of them, unless the person asked to be forgotten; then those made since, if the lead was created anew.
    """
    gone_at = at.tombstones.get(lead_id)
    if gone_at is None:
        return changes
    alive = [(change, lead) for change, lead in changes if change.occurred_at > gone_at]
    # A deleted person's record can go on changing in the CRM. Only a record created after the deletion is a new
    # inquiry.
    made_anew = any("created_at" in lead.values and to_utc(lead.values["created_at"]) > gone_at for _, lead in alive)
    return alive if made_anew or at.leads.get(lead_id) is not None else []
