"""What does a form say that was posted as a form? JSON or URL-encoded fields -> one dictionary.

Lives here: choosing the format by the content type, decoding URL-encoded fields, repeated and bracketed names.
Does not live here: parsing JSON (``serving.http.json_parsing``), what a product's fields mean (``product_payloads``),
which paths accept forms (``serving.http.request_body``).
"""

import re
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from serving.errors import Fault, RequestError
from serving.http.json_parsing import MAX_DEPTH, read_object

__all__ = ["MAX_FIELDS", "FindColumn", "join_values", "read_body_fields", "read_form"]

FindColumn = Callable[[str], str | None]
"""The column of ours that a name means, by the rules, the mapping file or its spelling; None for any other name."""

MAX_FIELDS = 1_000
"""Largest number of values in one body."""

_FORM = "application/x-www-form-urlencoded"
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_ID_NAME = re.compile(r"(?:^|[._\s-])(?:id|ID|Id)$|[a-z]I[dD]$", re.ASCII)
"""lead_id, id, contact.id, leadId."""
_SINGLE = frozenset({"email", "phone", "postal_code", "created_at"})
"""Columns of which a lead has one value: two that are joined would be that of nobody."""
_CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9_.:-]+)", re.IGNORECASE)


def _know_no_column(name: str) -> str | None:
    return None


def read_body_fields(
    headers: Mapping[str, str], body: bytes, find_column: FindColumn = _know_no_column
) -> dict[str, Any]:
    """Return the fields of a body: a JSON object, or a form when the content type says so; see ``read_form``.

    Raises
    ------
    RequestError
        400 if it cannot be read, 415 for an encoding other than UTF-8, 422 for more than ``MAX_FIELDS`` fields.

    >>> read_body_fields({"content-type": "application/x-www-form-urlencoded"}, b"channel=web+form&answers[0]=knee")
    {'channel': 'web form', 'answers.0': 'knee'}
    """
    content_type = headers.get("content-type", "")
    charset = _CHARSET.search(content_type)
    if charset is not None and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise RequestError(415, "not_utf8", "The body's charset is not UTF-8; send it encoded as UTF-8.")
    is_form = content_type.partition(";")[0].strip().lower() == _FORM
    return read_form(body, find_column) if is_form else read_object(body)


def read_form(body: bytes, find_column: FindColumn = _know_no_column) -> dict[str, Any]:
    """Return the fields of a URL-encoded form. Brackets become dots; the values of a repeated name are joined by "; ",
    as a group of checkboxes sends them, or kept apart (``join_values``). An id that has two values is refused: joined
    it would be that of a third lead.

    Raises
    ------
    RequestError
        400 or 422.

    >>> read_form(b"contact[email]=a%40example.org&pain=knee&pain=hip&pain=hip")
    {'contact.email': 'a@example.org', 'pain': 'knee; hip'}
    """
    if not body.strip():
        raise _unreadable("is empty", "send its fields as name=value")
    try:
        pairs = urllib.parse.parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except UnicodeDecodeError:
        raise _unreadable("is not URL-encoded UTF-8", "percent-encode every character outside ASCII") from None
    # parse_qsl raises nothing else: there are too many fields.
    except ValueError:
        message = f"The form has more than {MAX_FIELDS:,} fields; send fewer."
        raise RequestError(422, "too_many_fields", message) from None
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if name.count("[") > MAX_DEPTH:
            raise _unreadable(f"has names of more than {MAX_DEPTH} brackets", "send flat names")
        values.setdefault(_BRACKETS.sub(r".\1", name).rstrip("."), []).append(value)
    if not pairs or "\0" in "".join(value for group in values.values() for value in group):
        raise _unreadable("has no fields, or a null character in one", "send its fields as name=value")
    fields: dict[str, Any] = {}
    for name, group in values.items():
        # An empty one, as hidden fields send it, says nothing beside another.
        distinct = list(dict.fromkeys(value for value in group if value.strip())) or group[:1]
        if len(distinct) > 1 and (_ID_NAME.search(name) or _find_inner_column(name, find_column) == "lead_id"):
            raise _unreadable(f"says {name[:40]!r} {len(distinct)} times with different values", "send one")
        fields |= join_values(name, distinct, find_column)
    return fields


def join_values(name: str, values: Iterable[str], find_column: FindColumn) -> dict[str, str]:
    """Return the values of one name as fields: joined by "; ", but only the first one of what a lead has once.

    The others stand beside it under names that mean no column, so that the answer lists them as ignored.

    >>> join_values("pain", ["knee", "hip"], {"email": "email"}.get)
    {'pain': 'knee; hip'}
    >>> join_values("email", ["a@example.org", "b@example.org"], {"email": "email"}.get)
    {'email': 'a@example.org', 'email.2': 'b@example.org'}
    """
    first, *others = values
    if not others or _find_inner_column(name, find_column) not in _SINGLE:
        return {name: "; ".join([first, *others])}
    return {name: first} | {f"{name}.{number}": value for number, value in enumerate(others, 2)}


def _find_inner_column(name: str, find_column: FindColumn) -> str | None:
    """Return the column that a name means, or its last part does: contact.email."""
    return find_column(name) or find_column(name.rpartition(".")[2])


def _unreadable(fault: str, fix: str) -> RequestError:
    return RequestError(400, "not_a_form", f"The form {fault}; {fix}.", (Fault("body", fault, fix),))
