"""Where in a JSON document are the records of leads? A list, an answer of an API, several pages of them.

Lives here: finding the list of objects, and telling an answer of an API from a lead. Does not live here: reading a file
(``json_files``), the columns of one record (``json_files``).
"""

import re
from pathlib import Path
from typing import Any

from features.errors import DataError
from features.privacy.header_words import split_header
from features.privacy.person_names import reads_as_person
from features.privacy.value_patterns import find_contact_inside
from features.readers.table_layout import is_value

__all__ = ["find_records", "names_person"]

_LIST_KEYS = (
    "results records data items leads contacts value values objects rows entries hits conversations people deals "
    "companies opportunities appointments submissions responses payload response body result list"
).split()
"""Where a dump keeps its records, the usual names first."""
_OF_LEADS = frozenset("id Id ID _id email Email phone created_at createdAt created_time".split())
"""Keys of a lead, whose lists are not the records of a page."""
_MORE_PAGES = ("nextRecordsUrl", "next", "next_page", "has_more", "hasMore", "offset", "nextLink", "@odata.nextLink")
_ENVELOPE_KEYS = frozenset(
    "paging pages pagination meta metadata links next nextpage previous total totalcount totalsize count done offset "
    "hasmore page perpage pagesize size limit cursor nextcursor status success ok error errors message code type "
    "object kind url requestid took timedout shards included nextrecordsurl odatacontext odatanextlink odatacount "
    "version starttime endtime etag".split()
)
"""What an answer of an API says of itself beside its records."""
_HEADER_WORDS = frozenset("number count age date type status price card camp ward come blood".split())
"""Last words of a header such as "Case Number", whose first word is a name as well."""


def find_records(path: Path, document: Any, notes: list[str]) -> list[dict[str, Any]]:
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
        document = _read_table(path, document)
    if isinstance(document, list):
        pages = [_find_list(page) for page in document if isinstance(page, dict) and _is_envelope(page)]
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


def _read_table(path: Path, rows: list[list[Any]]) -> list[dict[str, Any]]:
    """Return the records of a header and rows below it, all of them lists.

    Raises
    ------
    DataError
        If the first list is no header with a name of its own for each column.
    """
    header, widest = rows[0], max(map(len, rows))
    names = [name for name in header if isinstance(name, str) and name.strip() and not is_value(name)]
    if any(names_person(name) or find_contact_inside(name) for name in names):
        names = []
    if len({*names}) < max(len(header), widest):
        raise DataError(
            f"files: {str(path)!r} holds lists without a header that names each of {widest:,} columns once, expected a "
            "list of objects, or names in the first list. Export it again, or as CSV."
        )
    return [dict(zip(header, row, strict=False)) for row in rows[1:]]


def _is_envelope(page: dict[str, Any]) -> bool:
    """Return whether an object is an answer of an API and no lead: it says nothing but where it stands among others.

    >>> _is_envelope({"results": [{"id": 1}], "hasMore": True}), _is_envelope({"LeadId": 1, "items": [{"x": 1}]})
    (True, False)
    """
    others = [key for key, value in page.items() if not isinstance(value, list | dict)]
    return all(re.sub(r"[^a-z]", "", key.casefold()) in _ENVELOPE_KEYS for key in others)


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
    named = next((key for key in _LIST_KEYS for found in lists if found.casefold() == key), None)
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
        return next((found for found in inner if found is not None), None)
    return None


def names_person(key: str) -> bool:
    """Return whether a key is a person's full name; one that may stand above a column is none.

    >>> [names_person(key) for key in ("Maria Lopez", "Case Number", "Lead Source")]
    [True, False, False]
    """
    return reads_as_person(key) and split_header(key)[-1] not in _HEADER_WORDS
