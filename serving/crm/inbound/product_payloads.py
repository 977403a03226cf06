"""How do form builders, call trackers and lead ads lay out one inquiry? Their body -> flat names and values.

Lives here: Typeform's answers, lead ads' ``field_data``, times without a zone, calls that are no inquiry.
Does not live here: which of their names is which column (``serving.crm.hook_rules``), names of the practice's own
questions (the practice's hooks file), reading the body (``form_bodies``).

Written from what is publicly known of the products' layouts, without an account of any: a test has a body of each as
we believe it to be. A field that is named otherwise is listed in the answer's ``ignored``.
"""

import html
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from features.parsing.json_values import flatten_json_value
from serving.crm.field_maps import MAX_NAME
from serving.crm.inbound.form_bodies import MAX_FIELDS, FindColumn, join_values
from serving.errors import Fault, RequestError

__all__ = ["NotAnInquiry", "flatten_json", "flatten_product"]

_RECORD_NAMES = frozenset({"id", "resource_id", "token"})

_GENERATED = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[A-Za-z0-9]{12,}")
"""A reference that nobody chose, such as a UUID: a question's title says more."""

_NAIVE_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?")
_WRAPPERS = frozenset("data payload body contact lead fields form_fields form_data values submission entry".split())
"""Objects around a lead's own fields, which say nothing themselves."""

_TAG = re.compile(r"<[^<>]{0,500}>")

_SKIPPED_TYPES = frozenset({"transaction", "event", "custom event"})


class NotAnInquiry(Exception):
    """Raised for a body that is no inquiry, such as an outbound call; its text says why."""


def flatten_json(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Iterate over everything in a JSON value as (dotted path, scalar), without paths longer than ``MAX_NAME``.

    >>> dict(flatten_json({"contact": {"email": "a@example.org"}, "answers": [{"text": "knee"}]}))
    {'contact.email': 'a@example.org', 'answers.0.text': 'knee'}
    """
    if len(path) > MAX_NAME:
        return
    if isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from flatten_json(inner, f"{path}.{name}" if path else str(name))
    else:
        yield path, value


def _set_apart(fields: dict[str, Any], find_column: FindColumn) -> dict[str, Any]:
    """Return what a visitor's browser sent, what would say which lead this is, or since when, under ``visitor.``.

    Anybody can edit a link or a form: such a field must not write to another lead. It is listed as ignored.

    >>> _set_apart({"lead_id": "8812", "ad": "knees"}, {"lead_id": "lead_id"}.get)
    {'visitor.lead_id': '8812', 'ad': 'knees'}
    """
    flat = dict(islice(flatten_json(fields), MAX_FIELDS + 1))
    return {f"visitor.{name}" if _names_a_record(name, find_column) else name: value for name, value in flat.items()}


def _names_a_record(name: str, find_column: FindColumn) -> bool:
    """Whether a field would say which lead this is, or since when, as it stands or by what it is the end of."""
    inner = name.rpartition(".")[2]
    return inner in _RECORD_NAMES or any(find_column(text) in ("lead_id", "created_at") for text in (name, inner))


def flatten_product(hook: str, body: dict[str, Any], find_column: FindColumn) -> dict[str, Any]:
    """Flatten the body of a hook into names and scalars.

    Raises
    ------
    RequestError
        422 if it is not laid out as we know the product's bodies, or has more than ``MAX_FIELDS`` values.
    NotAnInquiry
        If it is none, such as an outbound call.
    """
    reader = _READERS.get(hook)
    values = body if reader is None else reader(body, find_column)
    # One of our columns is one value, as the API reads it: {"message": {"text": ...}}, {"service": ["Implants"]}.
    values = {
        name: flatten_json_value(value, column)
        if isinstance(value, list | dict) and (column := find_column(name))
        else value
        for name, value in values.items()
    }
    flat = dict(islice(flatten_json(values), MAX_FIELDS + 1))
    if len(flat) > MAX_FIELDS:
        raise RequestError(422, "too_many_fields", f"The body has more than {MAX_FIELDS:,} values; send fewer.")
    return _unwrap_names(flat, find_column)


def _unwrap_names(values: dict[str, Any], find_column: FindColumn) -> dict[str, Any]:
    """Take a field that only stands inside wrappers by its own name, where that name means a column and is free.

    >>> _unwrap_names({"contact.email": "a@example.org", "clinic.email": "b@example.org"}, {"email": "email"}.get)
    {'email': 'a@example.org', 'clinic.email': 'b@example.org'}
    """
    unwrapped: dict[str, Any] = {}
    for path, value in values.items():
        *outer, name = path.split(".")
        is_inner = bool(outer) and _WRAPPERS.issuperset(outer) and not find_column(path)
        unwrapped[name if is_inner and find_column(name) and name not in values else path] = value
    return unwrapped


def _read_typeform(body: dict[str, Any], find_column: FindColumn) -> dict[str, Any]:
    """Read a Typeform response: each answer by its question's reference or title, else by the kind of its question."""
    response = body.get("form_response")
    if not isinstance(response, dict):
        raise _other_layout("form_response", "an object with the answers, as Typeform sends it")
    definition = response.get("definition")
    questions: dict[str, dict[str, Any]] = {}
    for question in _list_objects(definition.get("fields") if isinstance(definition, dict) else None):
        questions |= {str(question[key]): question for key in ("id", "ref") if question.get(key) is not None}
    hidden = response.get("hidden")
    # The hidden fields stand in the link that the visitor opened.
    values = _set_apart(hidden, find_column) if isinstance(hidden, dict) else {}
    for answer in _list_objects(response.get("answers")):
        field = answer.get("field")
        field = field if isinstance(field, dict) else {}
        ref = str(field.get("ref") or "")[:MAX_NAME]
        question = questions.get(str(field.get("id"))) or questions.get(ref) or field
        # Cut first: a title of nothing but brackets takes the pattern its length squared.
        title = re.sub(r"\{\{.*?\}\}", "", str(question.get("title") or "")[:MAX_NAME]).strip()
        name = _name_answer(ref, title, str(answer.get("type")), str(question.get("type")), find_column)
        for answered, value in _set_apart({name: _read_answer(answer)}, find_column).items():
            _add_value(values, answered, value)
    return values | {name: response.get(name) for name in ("form_id", "token", "submitted_at") if name in response}


def _add_value(values: dict[str, Any], name: str, value: Any) -> None:
    """Add a value where its name has none yet; another one is listed as ignored."""
    if values.get(name) in (None, ""):
        values[name] = value
    elif value not in (None, "", values[name]):
        values[f"{name}.2"] = value


def _name_answer(ref: str, title: str, kind: str, question: str, find_column: FindColumn) -> str:
    """Name an answer by what the practice called it, else by its kind: an e-mail address, a phone, a long text."""
    for name in (ref, title):
        if name and find_column(name):
            return name
    by_kind = {"email": "email", "phone_number": "phone"}.get(kind)
    if by_kind is None and question == "long_text":
        by_kind = "message"
    return by_kind or (title if not ref or _GENERATED.fullmatch(ref) else ref) or "question"


def _read_answer(answer: dict[str, Any]) -> Any:
    """Return the value of an answer: a scalar, the label of a choice, or the labels of several."""
    value = answer.get(str(answer.get("type")))
    if isinstance(value, dict):
        labels = value.get("labels")
        if isinstance(labels, list):
            return "; ".join(label for label in labels if isinstance(label, str))
        return value.get("label", value.get("other"))
    return value if value is None or isinstance(value, str | int | float | bool) else None


def _read_facebook(body: dict[str, Any], find_column: FindColumn) -> dict[str, Any]:
    """Read a lead of Facebook or Instagram: ``field_data``, or the same fields one by one as Zapier passes them on."""
    if body.get("object") == "page" or "entry" in body:
        message = (
            "Facebook's own webhook carries an id without the answers. Let Zapier, Make or n8n fetch the lead, "
            "and send its field_data here."
        )
        raise RequestError(422, "no_answers", message, (Fault("field_data", "nothing", "the lead's answers"),))
    values = {name: value for name, value in body.items() if name != "field_data"}
    for entry in _list_objects(body.get("field_data")):
        answers = entry.get("values")
        answers = answers if isinstance(answers, list) else [entry.get("value")]
        name = str(entry.get("name") or "question")[:MAX_NAME].rstrip("?¿:")
        texts = list(dict.fromkeys(str(answer) for answer in answers if isinstance(answer, str | int | float)))
        joined = join_values(name, texts, find_column) if texts else {name: None}
        for answered, value in _set_apart(joined, find_column).items():
            values.setdefault(answered, value)
    return values


def _read_gravityforms(body: dict[str, Any], find_column: FindColumn) -> dict[str, Any]:
    """Read an entry of Gravity Forms, whose times are UTC without saying so."""
    return {name: _add_utc(value) if name == "date_created" else value for name, value in body.items()}


_CALLRAIL_LISTS = ("call_highlights", "integration_data", "tags")


def _read_callrail(body: dict[str, Any], find_column: FindColumn) -> dict[str, Any]:
    """Read a call or a form of CallRail. An outbound call is no inquiry; an inbound one that nobody took is missed."""
    if str(body.get("direction", "inbound")).lower() == "outbound":
        raise NotAnInquiry("An outbound call is not an inquiry; nothing was stored.")
    form = body.get("form_data")
    # Lists about the call, of which the names of fields inside would be made.
    body = {name: value for name, value in body.items() if name not in ("form_data", *_CALLRAIL_LISTS)}
    if isinstance(form, dict):
        answers = _set_apart(form, find_column) | body
        return answers | {"channel": "web_form"}
    was_taken = str(body.get("answered", "true")).lower() not in ("false", "0", "no")
    return {**body, "channel": "inbound_call" if was_taken else "missed_call"}


def _read_whatconverts(body: dict[str, Any], find_column: FindColumn) -> dict[str, Any]:
    """Read a lead of WhatConverts: what its form asked stands in ``additional_fields``."""
    if str(body.get("lead_type", "")).strip().lower() in _SKIPPED_TYPES:
        raise NotAnInquiry("A transaction or an event is not an inquiry; nothing was stored.")
    extra, analysis = body.get("additional_fields"), ("additional_fields", "lead_analysis")
    values = {name: value for name, value in body.items() if name not in analysis}
    return {**(_set_apart(extra, find_column) if isinstance(extra, dict) else {}), **values}


def _add_utc(value: Any) -> Any:
    return f"{value.replace(' ', 'T')}Z" if isinstance(value, str) and _NAIVE_TIME.fullmatch(value) else value


def _list_objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; none for anything else."""
    return [entry for entry in value[:MAX_FIELDS] if isinstance(entry, dict)] if isinstance(value, list) else []


def _other_layout(name: str, expected: str) -> RequestError:
    message = f"The body has no {name}; send what the product's webhook sends, or use /v1/hooks/generic."
    return RequestError(422, "other_layout", message, (Fault(name, "nothing", expected),))


def _read_odoo(body: dict[str, Any], find_column: FindColumn) -> dict[str, Any]:
    """Read a lead of Odoo: false is an empty field, times are UTC without saying so, the description is HTML."""
    values = {name: None if value is False else _add_utc(value) for name, value in body.items()}
    description = values.get("description")
    if isinstance(description, str):
        values["description"] = html.unescape(_TAG.sub(" ", description)).strip() or None
    return values


_READERS: dict[str, Callable[[dict[str, Any], FindColumn], dict[str, Any]]] = {
    "typeform": _read_typeform,
    "facebook": _read_facebook,
    "gravityforms": _read_gravityforms,
    "callrail": _read_callrail,
    "whatconverts": _read_whatconverts,
    "odoo": _read_odoo,
}
