"""Does a payload have the shape of a lead? Every field to fix, without a value that was sent.

Lives here: checking, and naming a field for whoever sent it. Does not live here: the shapes (``scoring``), parsing
values (``features.tables.json_payload``).
"""

import re
from collections.abc import Callable
from math import isfinite
from typing import Any

from pydantic import ValidationError

from features.mapping.payload_columns import PayloadColumns
from features.parsing.json_values import flatten_json_value
from features.schema import LEADS
from serving.errors import Fault, RequestError
from serving.schemas.scoring import Event, Lead

__all__ = ["format_field_path", "validate_lead"]

_EVENT_FIELDS = frozenset(Event.model_fields)
_NESTED = ("events", "outcomes", "custom")
_COLUMNS = PayloadColumns({}, {})
"""What names usually mean: "Phone Number" has one number, whatever a mapping calls it."""
_WRAPPERS = frozenset("data lead record properties fields contact payload body attributes object submission".split())
_DEEPEST_WRAPPERS = 3
_TELLING = frozenset(LEADS.by_name) - {"lead_id"}
_EMPTY: tuple[Any, ...] = (None, "", [], {})
_FIELD_NAME = re.compile(r"[A-Za-z][\w.-]{0,79}", re.ASCII)
_SCALAR_TYPES = ("str", "bool", "int", "float")
"""Steps that pydantic adds to the path of a value that may have several types."""

_EXPECTED = {
    "string_type": "a text",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "missing": "a value",
    "extra_forbidden": "nothing by this name",
    "finite_number": "a finite number",
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
}


def validate_lead(payload: Any, knows: Callable[[str], bool] = lambda key: False) -> dict[str, Any]:
    """Return one lead if its fields have the right types.

    A list of choices, an object with a label and the turns of a chat become the one text that they say, where ``knows``
    says that a column has this key, or it looks like the name of a field. Any other key may be what a person wrote.
    The fields may stand in a wrapper as well, such as "data" or "properties".

    Raises
    ------
    RequestError
        With status 422 and every field to fix; names that are not ours are not repeated.
    """
    if _is_plain(payload):
        return payload
    try:
        Lead.model_validate(payload)
        return payload
    except ValidationError as fault:
        error = fault
    # Nearly every payload is flat: only what does not fit is looked at again.
    flat = _flatten_values(_unwrap(payload, knows), knows)
    if flat != payload:
        try:
            Lead.model_validate(flat)
            return flat
        except ValidationError as fault:
            error = fault
    raise RequestError(
        422,
        "invalid_lead",
        "The lead has fields of the wrong type; fix the fields listed.",
        _list_faults(error),
    ) from None


def _unwrap(payload: Any, knows: Callable[[str], bool]) -> Any:
    """Return a lead without the wrapper that CRMs put around its fields, ``{"id": 7, "properties": {...}}``.

    Only where the wrapper holds a field that is known; what stands beside it stays, and wins where both hold it, unless
    it is empty. Of a list the only lead is taken; several stay what they are, and are refused.
    """
    for _ in range(_DEEPEST_WRAPPERS):
        if not isinstance(payload, dict):
            return payload
        wrapper = next((name for name, value in payload.items() if _wraps_lead(name, value, knows)), None)
        if wrapper is None:
            return payload
        inner = payload[wrapper][0] if isinstance(payload[wrapper], list) else payload[wrapper]
        payload = _merge(inner, {name: value for name, value in payload.items() if name != wrapper})
    return payload


def _merge(inner: dict[str, Any], beside: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a wrapper with those beside it, which win where they say something.

    >>> _merge({"email": "a@example.org", "id": 9}, {"email": None, "id": 7})
    {'email': 'a@example.org', 'id': 7}
    """
    merged = inner | {name: value for name, value in beside.items() if value not in _EMPTY or name not in inner}
    if isinstance(inner.get("custom"), dict) and isinstance(beside.get("custom"), dict):
        merged["custom"] = inner["custom"] | beside["custom"]
    return merged


def _wraps_lead(name: Any, value: Any, knows: Callable[[str], bool], deeper: int = _DEEPEST_WRAPPERS) -> bool:
    """Return whether an object under this name holds fields of a lead; an id alone may be that of anything.

    An object below a column of the model that has a label is the value of that column.
    """
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(name, str) or name.casefold() not in _WRAPPERS or not isinstance(value, dict):
        return False
    if knows(name) and not isinstance(flatten_json_value(value, name), list | dict):
        return False
    is_known = any(isinstance(key, str) and (knows(key) or _COLUMNS.find_column(key) in _TELLING) for key in value)
    return is_known or (deeper > 0 and any(_wraps_lead(*item, knows, deeper - 1) for item in value.items()))


def _is_plain(payload: Any) -> bool:
    """Return whether a payload certainly has the shape of a lead, in a tenth of the time that the model takes.

    False says nothing: only what every field may hold is looked at, and events of the plainest types.
    """
    if type(payload) is not dict:
        return False
    for name, value in payload.items():
        if name == "custom" and type(value) is dict:
            is_plain = all(_is_plain_name(key) and _is_plain_value(each) for key, each in value.items())
        elif name == "events" and value is not None:
            is_plain = type(value) is list and all(map(_is_plain_event, value))
        else:
            is_plain = _is_plain_value(value) and not (name == "custom" and value is not None)
        if not is_plain or not _is_plain_name(name):
            return False
    return True


def _is_plain_event(event: Any) -> bool:
    """Return whether an event certainly has the shape of one."""
    if type(event) is not dict or not _EVENT_FIELDS.issuperset(event) or type(event.get("kind")) is not str:
        return False
    return type(event.get("occurred_at")) in (str, int, float) and all(map(_is_plain_value, event.values()))


def _is_plain_name(name: Any) -> bool:
    return type(name) is str and _is_plain_value(name)


def _is_plain_value(value: Any) -> bool:
    """Return whether a value is certainly a scalar of JSON: no half of a surrogate pair, and no number without end."""
    kind = type(value)
    if kind is str:
        return value.isascii() or _is_encodable(value)
    return kind is bool or kind is int or value is None or (kind is float and isfinite(value))


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _flatten_values(payload: Any, knows: Callable[[str], bool]) -> Any:
    """Return a payload with one value for each list and object that says one, those of ``custom`` included."""
    if not isinstance(payload, dict):
        return payload
    flat = {name: _flatten_value(name, value, knows) for name, value in payload.items()}
    if isinstance(flat.get("custom"), dict):
        flat["custom"] = {name: _flatten_value(name, value, knows) for name, value in flat["custom"].items()}
    return flat


def _flatten_value(name: Any, value: Any, knows: Callable[[str], bool]) -> Any:
    """Return a list or an object as the one value of the column that its name usually means; else the value itself."""
    return flatten_json_value(value, str(_COLUMNS.find_column(name))) if _holds_value(name, value, knows) else value


def _holds_value(name: Any, value: Any, knows: Callable[[str], bool]) -> bool:
    """Return whether a list or an object of a payload may stand for one value."""
    if not isinstance(value, list | dict) or name in _NESTED:
        return False
    if isinstance(value, list) and len(value) > 1 and all(_wraps_lead(name, item, knows) for item in value):
        # Several leads in a wrapper are no choices of one.
        return False
    return isinstance(name, str) and (_FIELD_NAME.fullmatch(name) is not None or knows(name))


def _list_faults(error: ValidationError) -> tuple[Fault, ...]:
    """List each field once, without the branches of a union."""
    faults: dict[str, Fault] = {}
    for details in error.errors(include_url=False, include_context=False):
        name = format_field_path(details["loc"])
        if any(step in _SCALAR_TYPES for step in details["loc"]):
            expected = "a single value: text, number, true, false or null"
        else:
            expected = _EXPECTED.get(details["type"], "another kind of value")
        faults.setdefault(name, Fault(name, _name_type(details.get("input")), expected))
    return tuple(faults.values())


def format_field_path(path: tuple[Any, ...]) -> str:
    """Format a path such as ``events[2].kind``; a name that is not ours may be a person's, so it is not repeated."""
    own_names = {*Lead.model_fields, *Event.model_fields, "leads"}
    steps = [step for step in path if isinstance(step, int) or step not in _SCALAR_TYPES]
    if not steps:
        return "lead"
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if step in own_names else ".(a column of your own)"
    return text.removeprefix(".")


def _name_type(value: Any) -> str:
    """Name the type of a JSON value."""
    names = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
        type(None): "nothing",
    }
    return names.get(type(value), "something else")
