"""Is this body JSON that we can trust? Bytes -> plain values, with the traps of JSON refused in words.

Lives here: encoding, NaN and Infinity, endless numbers, deep nesting, lone surrogates.
Does not live here: what the values mean (``contracts``, ``features.payload``), counting bytes (``gate``).
"""

import json
import math
from typing import Any

from serving.errors import RequestError

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
        With status 400 and one sentence that says what to mend; never with a value.

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


def _text(body: bytes, remedy: str) -> str:
    if not body.strip():
        raise _refused("is empty", remedy)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused("is not UTF-8", "send JSON encoded as UTF-8") from None


def _not_finite(name: str) -> Any:
    raise _refused(f"holds {name}, which is not a JSON number", "send null for a value that is not known")


def _float(digits: str) -> float:
    value = float(digits) if len(digits) <= MAX_NUMBER_DIGITS else math.inf
    if not math.isfinite(value):
        raise _refused("holds a number that is too long or too large", f"send numbers of at most {MAX_NUMBER_DIGITS} digits and below 1e308")
    return value


def _int(digits: str) -> int:
    _float(digits)
    return int(digits)


def _walk(value: Any, surrogates: bool) -> None:
    """Refuse what is nested too deeply, or holds half a character."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise _too_deep()
        inner: list[Any] = []
        for one in level:
            texts = one.keys() if isinstance(one, dict) else ()
            members = one.values() if isinstance(one, dict) else one
            if surrogates:
                _refuse_half_characters((*texts, *(member for member in members if isinstance(member, str))))
            inner += [member for member in members if isinstance(member, dict | list)]
        level = inner


def _refuse_half_characters(texts: tuple[str, ...]) -> None:
    for text in texts:
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise _refused("holds half of a character (a lone surrogate)", "send whole Unicode characters") from None


def _too_deep() -> RequestError:
    return _refused(f"is nested deeper than {MAX_DEPTH} levels", "send a flat object")


def _refused(found: str, remedy: str) -> RequestError:
    return RequestError(400, "invalid_json", f"The request body {found}; {remedy}.")


def _kind(value: Any) -> str:
    return {dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}.get(type(value), "null")
