"""What does a list or an object in a JSON payload say where a column holds one text?

Lives here: the same text as an export would have in its cell: choices with semicolons between them, the label of an
object, the person's words of a message.
Does not live here: JSON inside of a cell (``json_messages``), which column a key means (``mapping.payload_columns``).
"""

import json
from typing import Any

from features.parsing.json_messages import unwrap_choices, unwrap_message

__all__ = ["flatten_json_value"]

_TEXT_KEYS = ("label", "name", "value", "text", "title", "display_name", "displayName")
"""Where an object says what it stands for, the words for people first."""
_SINGLE_KEYS = {
    "email": ("email", "address", "value", "text"),
    "phone": ("phone", "number", "value", "text"),
    "postal_code": ("zip", "postal_code", "code", "value", "text"),
    "lead_id": ("id", "value"),
    "person_id": ("id", "value"),
    "created_at": ("value", "text"),
    "cutoff": ("value", "text"),
}
"""Columns of which a lead has one value: beside it, a label says "work" or "mobile", and a name whose it is. An address
of mail inside of "clinic" is the clinic's own."""
_FIRST_OF_SEVERAL = ("email", "phone", "postal_code")
_TEXT_KEYS_ALONE = frozenset(_TEXT_KEYS) - {"text"}
_WRITTEN = frozenset(("text", "body", "content", "message"))
_SPEAKERS = frozenset(("from", "role", "author", "sender", "speaker", "by"))
_MOST_ITEMS = 100
_DEEPEST = 4


def flatten_json_value(value: list[Any] | dict[str, Any], column: str, depth: int = 0) -> Any:
    """Return a list or an object as one value; as it was where it has no such text.

    Parameters
    ----------
    column : str
        ``message`` is what the person said, of all turns of a chat; a contact, an id and a time are one value; any
        other column is a choice, or several.

    >>> (
    ...     flatten_json_value(["Implants", "Veneers"], "custom:Services"),
    ...     flatten_json_value([{"label": "Aetna"}], "payer"),
    ... )
    ('Implants; Veneers', 'Aetna')
    >>> flatten_json_value({"body": "My knee hurts", "lang": "en"}, "message"), flatten_json_value([3], "custom:Visits")
    ('My knee hurts', 3)
    >>> flatten_json_value({"value": "My knee hurts", "timestamp": 7}, "message")
    'My knee hurts'
    >>> flatten_json_value([{"label": "work", "value": "a@example.org"}, {"value": "b@example.org"}], "email")
    'a@example.org'
    """
    if column == "message" or _holds_turns(value):
        return _flatten_message(value)
    if isinstance(value, dict):
        return _find_label(value, column, depth)
    if not value:
        return None
    if len(value) > _MOST_ITEMS or depth >= _DEEPEST:
        return value
    items = [flatten_json_value(item, column, depth + 1) if isinstance(item, list | dict) else item for item in value]
    items = [item for item in items if item is not None and item != ""]
    if len(items) == 1:
        return items[0]
    if column in _SINGLE_KEYS:
        # Two that are joined would be that of nobody, and an id that of a third lead.
        return items[0] if items and column in _FIRST_OF_SEVERAL else value
    if not all(isinstance(item, str | int | float) for item in items):
        return value
    texts = [item if isinstance(item, str) else json.dumps(item) for item in items]
    return unwrap_choices(json.dumps(texts)) if texts else None


def _holds_turns(value: list[Any] | dict[str, Any]) -> bool:
    """Return whether a value is what somebody wrote: an object with a body, or turns that name who spoke.

    >>> (
    ...     _holds_turns([{"from": "bot", "text": "Hello!"}]),
    ...     _holds_turns([{"label": "Aetna"}]),
    ...     _holds_turns({"body": "x"}),
    ... )
    (True, False, True)
    """
    items = value if isinstance(value, list) else [value]
    turns = [item for item in items if isinstance(item, dict) and not _WRITTEN.isdisjoint(item)]
    named = sum(not _SPEAKERS.isdisjoint(item) for item in turns)
    is_body = isinstance(value, dict) and len(turns) == 1 and _TEXT_KEYS_ALONE.isdisjoint(value)
    return bool(turns) and len(turns) == len(items) and (named > 0 or is_body)


def _flatten_message(value: list[Any] | dict[str, Any]) -> Any:
    """Return what the person wrote; the texts of a plain list one after the other."""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return " ".join(item.strip() for item in value)
    try:
        text = json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return value
    message = unwrap_message(text)
    if message is None and isinstance(value, dict) and isinstance(value.get("value"), str):
        # HubSpot's older form of any property.
        return value["value"].strip() or None
    # An empty text is a chat in which only a program or the staff spoke.
    return value if message is None else message or None


def _find_label(value: dict[str, Any], column: str, depth: int) -> Any:
    """Return what an object stands for: its label; the object itself where it has none."""
    if not value:
        return None
    keys = _SINGLE_KEYS.get(column, _TEXT_KEYS)
    text = next((value[key] for key in keys if value.get(key) not in (None, "")), None)
    if isinstance(text, list | dict):
        text = text if depth >= _DEEPEST else flatten_json_value(text, column, depth + 1)
        return value if isinstance(text, list | dict) else text
    return value if text is None else text
