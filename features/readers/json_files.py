"""What does a JSON file of leads hold? A CRM's API dump -> one frame of raw values, one row for each object.

Lives here: JSON lines, columns out of nested objects.
Does not live here: where the records are (``json_records``), what a list or an object says in one column
(``parsing.json_values``), text files (``csv_files``), one lead that is sent to the API (``tables.json_payload``).
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
from features.privacy.value_patterns import find_contact_inside
from features.readers.json_records import find_records, names_person

__all__ = ["JSON_SUFFIXES", "read_json"]

JSON_SUFFIXES = (".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
_MOST_BYTES = 512 * 1024**2
_MOST_COLUMNS = 5_000
_DEEPEST = 4
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
_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")
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
    records = find_records(path, _parse(path, text), notes)
    if not records:
        raise DataError(f"files: {str(path)!r} holds no record, expected a list of objects. Export it again.")
    unread: Counter[str] = Counter()
    rows, repeated = _build_rows(records, unread, _HALF_PAIR.search(text) is not None)
    names = _drop_persons(list(dict.fromkeys(name for row in rows for name in row)), unread)
    if not names:
        raise DataError(f"files: {str(path)!r} holds records without a field, expected some. Export it again.")
    if len(names) > _MOST_COLUMNS:
        raise DataError(
            f"files: {str(path)!r} has {len(names):,} different keys, expected at most {_MOST_COLUMNS:,} columns. "
            "Export one object for each lead, with the same keys in each."
        )
    if unread:
        shown = [name for name in unread if _FIELD_NAME.fullmatch(name) and not _names_persons(name)][:_NAMED]
        others = f"{len(unread)} keys" if not shown else ", ".join(map(repr, shown))
        notes.append(
            f"{path.name}: lists of several objects, and keys that name persons, are not read ({others}); export them "
            "as tables."
        )
    if repeated:
        notes.append(
            f"{path.name}: {repeated:,} records say two things under one name; the first that is not empty was read."
        )
    frame = pd.DataFrame(
        {str(i): pd.Series([row.get(name) for row in rows], dtype=object) for i, name in enumerate(names)}
    )
    frame.columns = pd.Index(names, dtype=object)
    return frame, notes, np.arange(1, len(rows) + 1)


def _build_rows(
    records: list[dict[str, Any]], unread: Counter[str], has_half_pairs: bool
) -> tuple[list[dict[str, Any]], int]:
    """Return the cells of each record by their column, and how many records say two things under one name."""
    rows, repeated = [], 0
    for record in records:
        row: dict[str, Any] = {}
        contradicts = False
        for name, cell in _list_cells(record, unread):
            if has_half_pairs:
                # Half of a pair of UTF-16 is no text: nothing could write it.
                name, cell = _repair(name), _repair(cell) if isinstance(cell, str) else cell
            if row.get(name) in (None, ""):
                row[name] = cell
            else:
                contradicts |= cell not in (None, "", row[name])
        rows.append(row)
        repeated += contradicts
    return rows, repeated


def _repair(text: str) -> str:
    """Return a text with a question mark for each half of a pair of UTF-16.

    >>> _repair("a\\ud800b")
    'a?b'
    """
    return text.encode("utf-8", "replace").decode("utf-8")


def _drop_persons(names: list[str], unread: Counter[str]) -> list[str]:
    """Return the columns without those that are called as a person, or by an address: keys are data in some dumps."""
    persons = {name for name in names if _names_persons(name)}
    unread.update(persons)
    return [name for name in names if name not in persons]


def _names_persons(name: str) -> bool:
    """Return whether a key on the way to a column is a person's name, or holds an address or a number to call."""
    return any(map(names_person, name.split("."))) or bool(find_contact_inside(name))


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
            own = {*record}
            yield from ((f"{name}.{inner}" if inner in own else inner, cell) for inner, cell in pairs)
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
        kind = item.get("type")
        is_named = isinstance(kind, str) and kind in item
        holder = kind if is_named else next((key for key in _PAIR_VALUES if key in item), None)
        if name is None or holder is None:
            return None
        value = item[holder]
        cell = flatten_json_value(value, name) if isinstance(value, list | dict) else value
        pairs.append((name, None if isinstance(cell, list | dict) else cell))
    return pairs or None
