"""Is this body JSON that we can trust? Bytes -> plain values, with the traps of JSON refused in words.

Lives here: encoding, NaN and Infinity, endless numbers, deep nesting, lone surrogates.
Does not live here: what the values mean (``contracts``, ``features.tables.json_payload``), counting bytes (``gate``).
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from serving.errors import FieldFault, RequestError
from serving.schemas.scoring import format_field_path

__all__ = ["MAX_DEPTH", "MAX_NUMBER_DIGITS", "read_list", "read_object"]

MAX_DEPTH = 20
"""Most objects and lists inside one another."""

MAX_NUMBER_DIGITS = 100
"""Most characters of one number."""


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a request's body. Of a key that stands twice, the last one counts.

    Raises
    ------
    RequestError
        With status 400, one sentence that says what to mend, and the field where it stands in one; never with a value.

    >>> read_object(b'{"channel": "web_form", "channel": "phone"}')
    {'channel': 'phone'}
    """
    value = _value(body, "send one JSON object")
    if not isinstance(value, dict):
        raise _refused(f"holds {_kind(value)}", "send one JSON object, in curly brackets")
    return value


def read_list(body: bytes) -> list[Any]:
    """The JSON list in a request's body, under the same rules.

    Raises
    ------
    RequestError
        With status 400.

    >>> read_list(b'[1, "two"]')
    [1, 'two']
    """
    value = _value(body, "send one JSON list")
    if not isinstance(value, list):
        raise _refused(f"holds {_kind(value)}", "send one JSON list, in square brackets")
    return value


def _value(body: bytes, remedy: str) -> Any:
    """Whatever JSON the body holds, once nothing in it is a trap."""
    try:
        value = json.loads(_text(body, remedy), parse_constant=_not_finite, parse_float=_float, parse_int=_int)
    except json.JSONDecodeError as fault:
        raise _refused(f"is not valid JSON (line {fault.lineno}, column {fault.colno})", remedy) from None
    except RecursionError:
        raise _too_deep() from None
    if isinstance(value, dict | list):
        _walk(value, surrogates=b"\\ud" in body or b"\\uD" in body)
    return value


@dataclass(frozen=True)
class _Trap:
    """Stands where a number stood that cannot be used, until the field that it stands in is known."""

    found: str
    expected: str


def _text(body: bytes, remedy: str) -> str:
    if not body.strip():
        raise _refused("is empty", remedy)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused("is not UTF-8", "send JSON encoded as UTF-8") from None


_TOO_LARGE = _Trap(
    "a number that is too long or too large", f"numbers of at most {MAX_NUMBER_DIGITS} digits and below 1e308"
)


@cache
def _not_finite(name: str) -> Any:
    """NaN, Infinity or -Infinity; one trap each, because a body may hold hundreds of thousands."""
    return _Trap(f"{name}, which is not a JSON number", "null for a value that is not known")


def _float(digits: str) -> Any:
    value = float(digits) if len(digits) <= MAX_NUMBER_DIGITS else math.inf
    return value if math.isfinite(value) else _TOO_LARGE


def _int(digits: str) -> Any:
    value = _float(digits)
    return value if isinstance(value, _Trap) else int(digits)


def _walk(value: Any, surrogates: bool) -> None:
    """Refuse what is nested too deeply, holds a number that cannot be used, or half a character."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise _too_deep()
        inner: list[Any] = []
        for one in level:
            for member in one.values() if isinstance(one, dict) else one:
                if isinstance(member, dict | list):
                    inner.append(member)
                elif isinstance(member, _Trap):
                    raise _refused(
                        f"holds {member.found}", f"send {member.expected}", _place(value, member), member.expected
                    )
                elif surrogates and isinstance(member, str) and _half(member):
                    raise _half_character(_place(value, member))
            if surrogates and isinstance(one, dict) and any(map(_half, one)):
                raise _half_character(None)
        level = inner


def _place(value: Any, wanted: Any) -> str | None:
    """Where a member stands, by the names that are ours; None where none of them is."""
    for path, member in _members(value, ()):
        if member is wanted:
            return format_field_path(path)
    return None


def _members(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every member with its path; the depth was not checked to its end, so no deeper than it may go."""
    for name, member in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, name), member
        if isinstance(member, dict | list) and len(path) < MAX_DEPTH:
            yield from _members(member, (*path, name))


def _half(text: str) -> bool:
    """Whether a text holds half of a character."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _half_character(place: str | None) -> RequestError:
    return _refused(
        "holds half of a character (a lone surrogate)",
        "send whole Unicode characters",
        place,
        "whole Unicode characters",
    )


def _too_deep() -> RequestError:
    return _refused(f"is nested deeper than {MAX_DEPTH} levels", "send a flat object")


def _refused(found: str, remedy: str, place: str | None = None, expected: str = "") -> RequestError:
    """The refusal, with the field it is about where that is known."""
    fields = () if place is None else (FieldFault(place, found.removeprefix("holds "), expected),)
    return RequestError(400, "invalid_json", f"The request body {found}; {remedy}.", fields)


def _kind(value: Any) -> str:
    return {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }.get(type(value), "null")
