"""Is this body safe JSON? Parses bytes into Python values and refuses what JSON parsers let through.

Lives here: encoding, NaN and Infinity, very long numbers, deep nesting, lone surrogates.
Does not live here: what the values mean (``serving.schemas.scoring``, ``features.tables.json_payload``), the size of
the body (``request_body``).
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from serving.errors import Fault, RequestError
from serving.schemas.lead_validation import format_field_path

__all__ = ["MAX_DEPTH", "MAX_NUMBER_DIGITS", "read_list", "read_object"]

MAX_DEPTH = 20
"""Deepest nesting of objects and lists."""

MAX_NUMBER_DIGITS = 100
"""Longest number, in characters."""


def read_object(body: bytes) -> dict[str, Any]:
    """Parse the JSON object in a request's body. Of a repeated key, the last value counts.

    Raises
    ------
    RequestError
        With status 400, a message that says what to fix, and the field if there is one; never with a value.

    >>> read_object(b'{"channel": "web_form", "channel": "phone"}')
    {'channel': 'phone'}
    """
    value = _parse(body, "send one JSON object")
    if not isinstance(value, dict):
        raise _invalid(f"holds {_name_type(value)}", "send one JSON object, in curly brackets")
    return value


def read_list(body: bytes) -> list[Any]:
    """Parse the JSON list in a request's body, by the same rules.

    Raises
    ------
    RequestError
        With status 400.

    >>> read_list(b'[1, "two"]')
    [1, 'two']
    """
    value = _parse(body, "send one JSON list")
    if not isinstance(value, list):
        raise _invalid(f"holds {_name_type(value)}", "send one JSON list, in square brackets")
    return value


def _parse(body: bytes, fix: str) -> Any:
    """Parse any JSON value and check everything in it."""
    try:
        value = json.loads(
            _decode(body, fix), parse_constant=_reject_constant, parse_float=_parse_float, parse_int=_parse_int
        )
    except json.JSONDecodeError as fault:
        raise _invalid(f"is not valid JSON (line {fault.lineno}, column {fault.colno})", fix) from None
    except RecursionError:
        raise _too_deep() from None
    if isinstance(value, dict | list):
        # Only an escape can make a lone surrogate, and most bodies have none: then no text is checked.
        _check_members(value, surrogates=b"\\ud" in body or b"\\uD" in body)
    return value


@dataclass(frozen=True)
class _BadNumber:
    """Takes the place of a number that cannot be used, until the field that holds it is known."""

    fault: str
    expected: str


def _decode(body: bytes, fix: str) -> str:
    if not body.strip():
        raise _invalid("is empty", fix)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _invalid("is not UTF-8", "send JSON encoded as UTF-8") from None


_TOO_LARGE = _BadNumber(
    "a number that is too long or too large", f"numbers of at most {MAX_NUMBER_DIGITS} digits and below 1e308"
)


@cache
def _reject_constant(name: str) -> _BadNumber:
    """Mark NaN, Infinity or -Infinity; one object each, because a body may hold hundreds of thousands."""
    return _BadNumber(f"{name}, which is not a JSON number", "null for an unknown value")


def _parse_float(digits: str) -> float | _BadNumber:
    # The length first: int() and float() of a million digits take seconds.
    value = float(digits) if len(digits) <= MAX_NUMBER_DIGITS else math.inf
    return value if math.isfinite(value) else _TOO_LARGE


def _parse_int(digits: str) -> int | _BadNumber:
    value = _parse_float(digits)
    return value if isinstance(value, _BadNumber) else int(digits)


def _check_members(value: Any, surrogates: bool) -> None:
    """Refuse deep nesting, numbers that cannot be used and, where ``surrogates`` may occur, half characters."""
    # Level by level, not by recursion: a body may be nested deeper than Python's stack.
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise _too_deep()
        inner: list[Any] = []
        for container in level:
            for member in container.values() if isinstance(container, dict) else container:
                if isinstance(member, dict | list):
                    inner.append(member)
                elif isinstance(member, _BadNumber):
                    field = _find_field(value, member)
                    raise _invalid(f"holds {member.fault}", f"send {member.expected}", field, member.expected)
                elif surrogates and isinstance(member, str) and _has_lone_surrogate(member):
                    raise _half_character(_find_field(value, member))
            if surrogates and isinstance(container, dict) and any(map(_has_lone_surrogate, container)):
                raise _half_character(None)
        level = inner


def _find_field(value: Any, target: Any) -> str | None:
    """Return the path of a member, in our field names; None if it is not found."""
    for path, member in _iterate_members(value, ()):
        if member is target:
            return format_field_path(path)
    return None


def _iterate_members(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Iterate over every member with its path, down to the deepest level allowed: the rest is not checked yet."""
    for name, member in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, name), member
        if isinstance(member, dict | list) and len(path) < MAX_DEPTH:
            yield from _iterate_members(member, (*path, name))


def _has_lone_surrogate(text: str) -> bool:
    """Whether a text holds half of a character."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _half_character(field: str | None) -> RequestError:
    return _invalid(
        "holds half of a character (a lone surrogate)",
        "send whole Unicode characters",
        field,
        "whole Unicode characters",
    )


def _too_deep() -> RequestError:
    return _invalid(f"is nested deeper than {MAX_DEPTH} levels", "send a flat object")


def _invalid(fault: str, fix: str, field: str | None = None, expected: str = "") -> RequestError:
    """Create the error, with the field if it is known."""
    fields = () if field is None else (Fault(field, fault.removeprefix("holds "), expected),)
    return RequestError(400, "invalid_json", f"The request body {fault}; {fix}.", fields)


def _name_type(value: Any) -> str:
    return {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }.get(type(value), "null")
