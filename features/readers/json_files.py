"""What does a JSON file of leads hold? A CRM's API dump -> one frame of raw values, one row for each object.

Lives here: finding the list of records, JSON lines, columns out of nested objects.
Does not live here: what a list or an object says in one column (``parsing.json_values``), text files (``csv_files``),
one lead that is sent to the API (``tables.json_payload``).
"""

import gzip
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.errors import DataError
from features.parsing.json_values import flatten_json_value
from features.privacy.person_names import reads_as_person

__all__ = ["JSON_SUFFIXES", "read_json"]

JSON_SUFFIXES = (".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
_MOST_BYTES = 512 * 1024**2
_MOST_COLUMNS = 5_000
_DEEPEST = 4
_LIST_KEYS = (
    "results records data items leads contacts value values objects rows entries hits conversations people deals "
    "companies opportunities appointments submissions responses payload response body result list"
).split()
"""Where a dump keeps its records, the usual names first."""
_MERGED_KEYS = frozenset(
    "properties fields attributes custom_attributes customattributes custom_fields customfields custom node _source "
    "lead contact person source_data".split()
)
"""Objects whose keys are columns of the lead itself, as HubSpot, Airtable and Intercom nest them."""
_PAIR_LISTS = frozenset(
    "field_data custom_fields customfields fields answers answer custom_attributes properties form_fields formfields "
    "responses questions submission values custom_field_values".split()
)
_PAIR_NAMES = ("name", "label", "question", "title", "key", "field", "property")
_PAIR_VALUES = ("value", "values", "answer", "answers", "text", "response")
_LABEL_KEYS = frozenset(
    "label name value text title display_name displayname id type self url uri href color key slug timestamp source "
    "sourceid versions selected".split()
)
"""An object with no other keys stands for one value."""
_OF_LEADS = frozenset("id Id ID _id email Email phone created_at createdAt created_time".split())
"""Keys of a lead, whose lists are not the records of a page."""
_MORE_PAGES = ("nextRecordsUrl", "next", "next_page", "has_more", "hasMore", "offset", "nextLink", "@odata.nextLink")
_FIELD_NAME = re.compile(r"[A-Za-z_][\w .:/-]{0,39}")
_CONTACT_COLUMNS = {
    "email": "email",
    "emails": "email",
    "phone": "phone",
    "phones": "phone",
    "phone_numbers": "phone",
    "id": "lead_id",
    "message": "message",
    "messages": "message",
}
_NAMED = 5


def read_json(path: Path) -> tuple[pd.DataFrame, list[str], np.ndarray]:
    """Read the records of a JSON file or of JSON lines: native values in object columns, nothing converted.

    A list of objects, an object that holds one, objects by their id, or one object on each line. Keys of nested objects
    are columns of their own: those of ``properties``, ``fields`` and the like by their own names, any others below
    their parent's, as "owner.email".

    Returns
    -------
    frame, notes, rows : DataFrame, list of str, int array
        ``rows`` numbers the records from 1.

    Raises
    ------
    DataError
        If the file is too large, damaged, or holds no records or several lists of them.
    """
    text, notes = _read_text(path), list[str]()
    records = _find_records(path, _parse(path, text), notes)
    if not records:
        raise DataError(f"files: {str(path)!r} holds no record, expected a list of objects. Export it again.")
    unread: Counter[str] = Counter()
    rows = [dict(_list_cells(record, unread)) for record in records]
    names = list(dict.fromkeys(name for row in rows for name in row))
    if len(names) > _MOST_COLUMNS:
        raise DataError(
            f"files: {str(path)!r} has {len(names):,} different keys, expected at most {_MOST_COLUMNS:,} columns. "
            "Export one object for each lead, with the same keys in each."
        )
    if unread:
        shown = [name for name in unread if _FIELD_NAME.fullmatch(name) and not reads_as_person(name)][:_NAMED]
        others = f"{len(unread)} keys" if not shown else ", ".join(map(repr, shown))
        notes.append(f"{path.name}: lists of several objects are not read ({others}); export them as tables.")
    frame = pd.DataFrame(
        {str(i): pd.Series([row.get(name) for row in rows], dtype=object) for i, name in enumerate(names)}
    )
    frame.columns = pd.Index(names, dtype=object)
    return frame, notes, np.arange(1, len(rows) + 1)


def _read_text(path: Path) -> str:
    """Read the whole file as text, of UTF-8 or UTF-16.

    Raises
    ------
    DataError
        If it is larger than ``_MOST_BYTES``, damaged or not text.
    """
    opened = gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb")
    try:
        with opened as file:
            raw = file.read(_MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise DataError(f"files: {str(path)!r} is a damaged .gz archive. Copy it again.") from None
    if len(raw) > _MOST_BYTES:
        raise DataError(
            f"files: {str(path)!r} holds more than {_MOST_BYTES // 1024**2} MB of JSON, which is read at once. Split "
            "it into several files in a folder leads/, or save it as Parquet or CSV."
        )
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        raise DataError(f"files: {str(path)!r} is not text in UTF-8, expected JSON. Export it again.") from None


def _parse(path: Path, text: str) -> Any:
    """Parse one JSON document, or one for each line.

    Raises
    ------
    DataError
        With the line that cannot be parsed, without its text.
    """
    if not text.strip():
        raise DataError(f"files: {str(path)!r} holds no text, expected JSON. Export it again.")
    try:
        return json.loads(text)
    except RecursionError:
        raise DataError(f"files: {str(path)!r} is nested too deeply, expected a list of objects.") from None
    except ValueError as error:
        fault = getattr(error, "lineno", 1)
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    documents = []
    for number, line in lines:
        try:
            documents.append(json.loads(line))
        except (ValueError, RecursionError):
            # What begins as lines of objects is blamed by its own line, any other document by the parser's.
            number = number if documents and isinstance(documents[0], dict) else fault
            raise DataError(
                f"files: {str(path)!r} is no JSON at line {number:,}, expected a list of objects, or one object on "
                "each line. It may be cut off; export it again."
            ) from None
    return documents


def _find_records(path: Path, document: Any, notes: list[str]) -> list[dict[str, Any]]:
    """Find the list of objects in a document.

    Raises
    ------
    DataError
        If there is none, or several and no usual name tells which.
    """
    is_lines = not path.name.lower().endswith((".json", ".json.gz"))
    if isinstance(document, dict) and is_lines and _find_list(document) is None:
        # One line is one lead.
        document = [document]
    if isinstance(document, list) and len(document) > 1 and all(isinstance(row, list) for row in document):
        # A header and rows, as lists.
        document = [dict(zip(map(str, document[0]), row, strict=False)) for row in document[1:]]
    if isinstance(document, list):
        pages = [_find_list(page) for page in document if isinstance(page, dict) and _OF_LEADS.isdisjoint(page)]
        if document and len(pages) == len(document) and all(page is not None for page in pages):
            # One answer of an API on each line.
            document = [record for page in pages for record in page or ()]
        objects = [record for record in document if isinstance(record, dict)]
        if len(objects) < len(document) or not document:
            raise DataError(
                f"files: {str(path)!r} has {len(document) - len(objects):,} of {len(document):,} records that are no "
                "objects, expected an object with the columns of each lead. Export it again, or as CSV."
            )
        return objects
    if isinstance(document, dict):
        if any(document.get(key) for key in _MORE_PAGES) or _has_next_page(document):
            notes.append(f"{path.name}: it says that there are more pages after it; only this one was read.")
        records = _find_list(document)
        if records is not None:
            return records
        members = list(document.values())
        if len(members) > 1 and all(isinstance(member, dict) for member in members):
            return [{"id": key, **member} for key, member in document.items()]
    raise DataError(
        f"files: {str(path)!r} holds JSON without a list of records, expected a list of objects, an object that holds "
        "one (results, records, data), or one object on each line. Export the list of leads."
    )


def _has_next_page(document: dict[str, Any]) -> bool:
    """Return whether a page of an API says where the next one is: HubSpot's paging, Intercom's pages."""
    pages = [document[key] for key in ("paging", "pages", "pagination", "meta", "links") if key in document]
    return any(isinstance(page, dict) and bool(page.get("next") or page.get("has_more")) for page in pages)


def _find_list(document: dict[str, Any], depth: int = 0) -> list[dict[str, Any]] | None:
    """Return the list of objects of one document; None where there is none, or several without a usual name."""
    lists = {
        key: value
        for key, value in document.items()
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
    }
    named = next((key for key in _LIST_KEYS for listed in lists if listed.casefold() == key), None)
    if named is not None:
        return next(value for key, value in lists.items() if key.casefold() == named)
    if len(lists) == 1 and _OF_LEADS.isdisjoint(document):
        return next(iter(lists.values()))
    if depth < 2 and not lists:
        inner = (
            _find_list(document[key], depth + 1)
            for key in document
            if key.casefold() in _LIST_KEYS and isinstance(document[key], dict)
        )
        return next((listed for listed in inner if listed is not None), None)
    return None


def _list_cells(
    record: dict[str, Any], unread: Counter[str], above: str = "", depth: int = 0
) -> Iterator[tuple[str, Any]]:
    """Yield the columns of one record with its values; ``unread`` counts lists that are no single value."""
    for key, value in record.items():
        name = f"{above}{key}"
        folded = key.casefold()
        if isinstance(value, dict) and depth < _DEEPEST:
            if {*value} <= {"type", "url"} and folded == "attributes":
                # Salesforce says of each record of which type it is.
                continue
            if folded in _MERGED_KEYS:
                upper_names = {*record} if not above else frozenset()
                for inner, cell in _list_cells(value, unread, above, depth + 1):
                    yield (f"{name}.{inner}" if inner in upper_names else inner), cell
                continue
            if not {word.casefold() for word in value} <= _LABEL_KEYS:
                yield from _list_cells(value, unread, f"{name}.", depth + 1)
                continue
        elif isinstance(value, list) and folded in _PAIR_LISTS and (pairs := _pair(value)) is not None:
            yield from pairs
            continue
        cell = (
            flatten_json_value(value, _CONTACT_COLUMNS.get(folded, name)) if isinstance(value, list | dict) else value
        )
        if isinstance(cell, list | dict):
            unread[key] += 1
            continue
        yield name, cell


def _pair(items: list[Any]) -> list[tuple[str, Any]] | None:
    """Return the names and values of a list of answers; None where it is no such list.

    >>> _pair([{"name": "zip_code", "values": ["02139"]}, {"name": "when", "values": ["soon", "mornings"]}])
    [('zip_code', '02139'), ('when', 'soon; mornings')]
    >>> _pair([{"label": "work"}])
    """
    pairs = []
    for item in items:
        if not isinstance(item, dict):
            return None
        # Typeform names the question in an object, and its answer's key in "type".
        question = item["field"] if isinstance(item.get("field"), dict) else item
        name = next((question[key] for key in (*_PAIR_NAMES, "ref", "id") if isinstance(question.get(key), str)), None)
        holder = item["type"] if item.get("type") in item else next((key for key in _PAIR_VALUES if key in item), None)
        if name is None or holder is None:
            return None
        value = item[holder]
        cell = flatten_json_value(value, name) if isinstance(value, list | dict) else value
        pairs.append((name, None if isinstance(cell, list | dict) else cell))
    return pairs or None
