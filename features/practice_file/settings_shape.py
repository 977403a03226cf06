"""Which settings of a practice.toml have the wrong name, type or range? Each setting taken alone.

Lives here: holding settings against the types of ``Practice``, and the sentence for each fault that pydantic reports.
Does not live here: the types themselves (``practice.practice``, ``practice.queue_policy``), whether settings fit
together (``validation``).
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Interval, Unit

from features.did_you_mean import suggest_name
from features.practice.practice import ENTRY_TYPES, Practice
from features.practice.toml_line_numbers import TomlPath

__all__ = ["Fault", "build_practice", "find_shape_faults"]

Fault = tuple[TomlPath, str]
"""Where a setting is, and what is wrong with it: found, expected, what to do."""

Location = tuple[str | int, ...]
"""Keys from the outermost on, as pydantic reports them: entries count from 0."""

_TYPE_NAMES = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false"}

_EXPECTED = {
    "clinics": "entries that each begin with [[clinics]]",
    "services": "entries that each begin with [[services]]",
    "rules": "entries that each begin with [[rules]]",
    "qualified": "entries that each begin with [[qualified]]",
    "team": "entries that each begin with [[team]]",
    "desk": "a table of settings that begins with [desk]",
    "words": 'your own words, such as { google_ads = "Google ad" }',
    "texts": 'a table for each language, such as [practice.texts.es] with lines such as "Call list" = "Llamadas"',
    "crm_record_url": "an https address with {lead_id} behind the host",
    "phrases": "the name of a file in quotes",
    "services.ages": "two ages in years from 0 to 120, the lower first, such as [18, 64]",
    "desk.response_target_minutes": "minutes for each channel, such as { chat = 2, web_form = 5 }",
    "desk.retry_hours": "a list of hours, such as [2, 22, 24]",
}
"""What to write for a setting that is more than one value."""

_MEANING_WHEN_ABSENT = {
    "clinics": "every clinic counts",
    "contact_hours": "the opening hours hold",
    "hours": "the desk's hours hold",
    "languages": "they speak English alone",
    "opening_hours": "the usual hours hold",
    "payers": "any payer is accepted",
    "retry_hours": "the usual pauses hold",
    "services": "every service is offered",
}
"""What it means to leave a list out; an empty one might be meant otherwise."""

_MISSING = {
    "name": "Give it the name that the practice uses.",
    "person": 'Write the name with which they sign in, such as: person = "anna".',
    "when": 'Write such as: when = "asks_for_appointment".',
    "points": "Write such as: points = 3.",
}


@cache
def _load_adapter() -> Any:
    """Return the pydantic adapter of ``Practice``."""
    # Imported here because it takes a tenth of a second, and commands that read no practice do not need it.
    from pydantic import TypeAdapter

    return TypeAdapter(Practice)


def build_practice(settings: dict[str, Any]) -> Practice:
    """Build the practice that ``settings`` describe; raise pydantic's ValidationError with every fault of shape."""
    # By way of JSON, because pydantic's strict mode takes lists and tables for tuples and dataclasses only from JSON.
    # What JSON does not have, such as a TOML date, fits no setting and becomes null.
    return _load_adapter().validate_json(json.dumps(settings, default=lambda value: None))


def find_shape_faults(settings: dict[str, Any]) -> list[Fault]:
    """Return every setting that is unknown, missing, of the wrong type or out of its range.

    >>> find_shape_faults({"horizon_day": 30, "desk": {"retry_hours": [2, -1]}})[0]
    (('desk', 'retry_hours', 2), 'found -1, expected a number of hours from 0 to 720.')
    """
    from pydantic import ValidationError

    try:
        build_practice(settings)
    except ValidationError as error:
        faults = [_explain(detail["type"], detail["loc"], settings) for detail in error.errors()]
        # A pair of ages with two faults is one fault.
        return list(dict.fromkeys(fault for fault in faults if fault is not None))
    return []


def _explain(kind: str, location: Location, settings: dict[str, Any]) -> Fault | None:
    """Return the fault for one error of pydantic, by its kind and location; None where another error covers it."""
    if "ages" in location:
        location = location[: location.index("ages") + 1]
    path, name = _to_path(location), location[-1] if location else ""
    if kind == "unexpected_keyword_argument":
        return path, f"is not known. {suggest_name(str(name), _list_known_names(location))}"
    if kind == "missing" and name != "ages":
        return path[:-1], f"has no {name}. {_MISSING[str(name)]}"
    value: Any = settings
    for part in location:
        value = value[part]
    if kind == "too_short" and name in _MEANING_WHEN_ABSENT:
        # pydantic also calls a list too short whose entries are all wrong; each of them has its own error.
        empty = f"is an empty list. Leave the line out where {_MEANING_WHEN_ABSENT[str(name)]}; else name them."
        return None if value else (path, empty)
    if kind == "predicate_failed" and name == "name":
        return path, "is empty. Give the name that the practice uses."
    shown = "a single table" if isinstance(value, dict) and name in ENTRY_TYPES else repr(value)
    return path, f"found {shown}, expected {_describe_expected(location)}."


def _to_path(location: Location) -> TomlPath:
    """Return the path in the file: entries count from 1, and the practice's own settings are in [practice]."""
    path = tuple(part + 1 if isinstance(part, int) else part for part in location)
    return path if path and path[0] in {*ENTRY_TYPES, "desk"} else ("practice", *path)


def _list_known_names(location: Location) -> list[str]:
    """Return the settings that the table around an unknown one may have."""
    names = [setting.name for setting in fields(_find_type(location[:-1]))]
    return [name for name in names if len(location) > 1 or name not in {*ENTRY_TYPES, "desk"}]


def _find_type(location: Location) -> Any:
    """Return the declared type of a setting.

    >>> _find_type(("clinics", 0, "postal_code"))
    <class 'str'>
    """
    declared: Any = Practice
    for part in location:
        declared = _strip_limits(declared)
        if is_dataclass(declared):
            declared = get_type_hints(declared, include_extras=True)[str(part)]
        else:
            # tuple[X, ...] has X first, Mapping[str, X] has it last.
            declared = get_args(declared)[0 if isinstance(part, int) else -1]
    return declared


def _strip_limits(declared: Any) -> Any:
    """Return a type without its limits."""
    return get_args(declared)[0] if get_origin(declared) is Annotated else declared


def _describe_expected(location: Location) -> str:
    """Return what a setting expects, in words.

    >>> _describe_expected(("clinics", 0, "latitude")), _describe_expected(("label",))
    ('a number of degrees from -90 to 90', 'one of booked, attended, treated')
    """
    if not location:
        return "tables that are not nested so deep"
    name, declared = ".".join(part for part in location if isinstance(part, str)), _find_type(location)
    base = _strip_limits(declared)
    if name in _EXPECTED and isinstance(location[-1], str):
        return _EXPECTED[name]
    if is_dataclass(base):
        return "a table of settings"
    if get_origin(base) is Mapping:
        return 'a table of texts, such as { "Call list" = "Callbacks" }'
    if get_origin(base) is Literal:
        return f"one of {', '.join(get_args(base))}"
    if get_origin(base) is tuple:
        return 'a list of texts, such as ["one", "another"]'
    return _TYPE_NAMES[base] + "".join(map(_describe_limit, reversed(get_args(declared)[1:])))


def _describe_limit(limit: Any) -> str:
    """Return one limit of a number, or its unit, in words."""
    match limit:
        case Unit(unit=unit):
            return f" of {unit}"
        case Interval(ge=low, le=high):
            return f" from {low:,} to {high:,}"
        case Gt(gt=low):
            return f" greater than {low}"
        case Ge(ge=low):
            return f" of {low} or more"
    return ""
