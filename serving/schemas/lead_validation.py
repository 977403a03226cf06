"""Does a payload have the shape of a lead? Every field to fix, without a value that was sent.

Lives here: checking, and naming a field for whoever sent it. Does not live here: the shapes (``scoring``), parsing
values (``features.tables.json_payload``).
"""

import re
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from features.parsing.json_values import flatten_json_value
from serving.errors import Fault, RequestError
from serving.schemas.scoring import Event, Lead

__all__ = ["format_field_path", "validate_lead"]

_NESTED = ("events", "outcomes", "custom")
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

    Raises
    ------
    RequestError
        With status 422 and every field to fix; names that are not ours are not repeated.
    """
    try:
        Lead.model_validate(payload)
        return payload
    except ValidationError:
        # Nearly every payload is flat: only what does not fit is looked at again.
        flat = _flatten_values(payload, knows)
    try:
        Lead.model_validate(flat)
    except ValidationError as fault:
        raise RequestError(
            422,
            "invalid_lead",
            "The lead has fields of the wrong type; fix the fields listed.",
            _list_faults(fault),
        ) from None
    return flat


def _flatten_values(payload: Any, knows: Callable[[str], bool]) -> Any:
    """Return a payload with one value for each list and object that says one, those of ``custom`` included."""
    if not isinstance(payload, dict):
        return payload
    flat = {
        name: flatten_json_value(value, str(name)) if _holds_value(name, value, knows) else value
        for name, value in payload.items()
    }
    if isinstance(flat.get("custom"), dict):
        flat["custom"] = {
            name: flatten_json_value(value, str(name)) if _holds_value(name, value, knows) else value
            for name, value in flat["custom"].items()
        }
    return flat


def _holds_value(name: Any, value: Any, knows: Callable[[str], bool]) -> bool:
    """Return whether a list or an object of a payload may stand for one value."""
    if not isinstance(value, list | dict) or name in _NESTED:
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
