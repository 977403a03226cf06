"""What is wrong with a mapping file?

Lives here: checks of a mapping against itself, against the headers of a file and against the values of the label. Each
fault is one sentence, with the most similar valid name.
Does not live here: the mapping itself (``column_mapping``).
"""

from collections import Counter
from collections.abc import Iterable
from itertools import combinations
from typing import Any

from features.did_you_mean import suggest_name
from features.errors import MappingError
from features.mapping.column_answers import find_answer_faults
from features.mapping.joined_exports import find_joined_faults
from features.mapping.label_values import find_fill_faults, normalize_value
from features.parsing.dates.date_evidence import ORDERS
from features.parsing.dates.date_words import parse_zone
from features.parsing.number_formats import NumberFormat
from features.schema import CUSTOM_KINDS, TABLES

__all__ = ["find_absent_values", "find_mapping_faults", "find_missing_columns", "raise_faults"]

_SECTIONS = (
    "version",
    "file",
    "dates",
    "numbers",
    "answers",
    "leads",
    "label",
    "custom",
    "leave_out",
    "keep_on_purpose",
    "events",
    "outcomes",
    "spend",
    "sql",
    "joined",
)
_FILE_SETTINGS: dict[str, type] = {
    "separator": str,
    "encoding": str,
    "sheet": str,
    "missing": list,
    "day_first": bool,
    "allow_unmatched": bool,
    "leads": str,
}
_LABEL_SETTINGS: dict[str, type] = {
    "column": str,
    "booked": list,
    "not_booked": list,
    "open": list,
    "initial": list,
    "known_at": str,
    "final": bool,
    "open_days": int,
    "decided_by": str,
}
_DATE_SETTINGS: dict[str, type] = {"order": str, "zone": str, "time_of_day": bool, "time_column": str}
_NUMBER_SETTINGS: dict[str, type] = {"decimal": str, "unit": str}
_ORDER_SETTINGS: dict[str, type] = {"order_by": str, "order_newest_first": bool}
_TYPE_NAMES = {
    str: "a text in quotes",
    list: "a list of texts",
    bool: "true or false",
    dict: "a [section]",
    int: "a whole number",
}


def find_mapping_faults(mapping: dict[str, Any]) -> list[str]:
    """Return every fault of a mapping: contradictions, unknown names and values of the wrong type.

    >>> find_mapping_faults({"version": 1, "leads": {"sorce": "Lead Source"}})
    ["[leads] 'sorce' is not a known column. Did you mean 'source'?"]
    """
    faults = [
        f"{name!r} is not a section of a mapping. {suggest_name(name, _SECTIONS)}"
        for name in mapping
        if name not in _SECTIONS
    ]
    if mapping.get("version") != 1:
        faults.append(f"version is {mapping.get('version')!r}, expected `version = 1` at the top.")
    sections = [name for name in _SECTIONS if name not in ("version", "keep_on_purpose") and name in mapping]
    broken = [name for name in sections if not isinstance(mapping[name], dict)]
    faults += [f"[{name}] is {type(mapping[name]).__name__}, expected a [section] of settings." for name in broken]
    settings = {name: mapping[name] for name in sections if name not in broken}
    faults += (
        _check_settings("file", settings.get("file", {}), _FILE_SETTINGS)
        + _check_label(settings.get("label", {}))
        + _check_dates(settings.get("dates", {}))
        + _check_numbers(settings.get("numbers", {}))
        + find_answer_faults(settings.get("answers", {}))
        + _check_keep_on_purpose(mapping.get("keep_on_purpose", []))
        + find_joined_faults(settings.get("joined", {}))
    )
    for table in TABLES:
        faults += _check_columns(table, settings.get(table, {}))
    keep_on_purpose = mapping.get("keep_on_purpose", [])
    faults += [
        f"{name!r} is in both keep_on_purpose and [leave_out]. Keep one."
        for name in settings.get("leave_out", {})
        if name in keep_on_purpose
    ]
    return faults + _check_queries(settings.get("sql", {})) + _check_roles(settings)


def find_missing_columns(headers_by_setting: dict[str, str], headers: list[str]) -> list[str]:
    """Return a fault for each setting whose header is not in the file."""
    return [
        f"{setting} names the column {header!r}, which is not in the file. {suggest_name(header, headers)}"
        for setting, header in headers_by_setting.items()
        if header not in headers
    ]


def find_absent_values(section: str, listed: Iterable[str], occurring: Iterable[str]) -> list[str]:
    """Return a fault for each listed value that never occurs."""
    distinct = list(occurring)
    return [
        f"{section} lists {value!r}, which never occurs. {suggest_name(value, distinct)}"
        for value in listed
        if value not in distinct
    ]


def _check_settings(section: str, settings: dict[str, Any], expected: dict[str, type]) -> list[str]:
    """Return a fault for each unknown setting and each setting of the wrong type."""
    faults = [
        f"[{section}] {name!r} is not a known setting. {suggest_name(name, expected)}"
        for name in settings
        if name not in expected
    ]
    for name, kind in expected.items():
        value = settings.get(name)
        if value is not None and not isinstance(value, kind):
            faults.append(f"[{section}] {name} is {value!r}, expected {_TYPE_NAMES[kind]}.")
    missing = settings.get("missing")
    if section == "file" and isinstance(missing, list) and not all(isinstance(text, str) for text in missing):
        faults.append(
            '[file] missing contains a value that is not a text, expected a list of texts, such as ["Select"].'
        )
    return faults


def _check_dates(dates: dict[str, Any]) -> list[str]:
    """Return the faults of [dates], which has a section for each column of dates."""
    faults = []
    for header, entry in dates.items():
        where = f"dates.{header!r}"
        if not isinstance(entry, dict):
            faults.append(f'[{where}] is {entry!r}, expected settings such as {{ order = "day_first" }}.')
            continue
        wrong = _check_settings(where, entry, _DATE_SETTINGS)
        order, zone = entry.get("order"), entry.get("zone")
        if not wrong and order is not None and order not in ORDERS:
            wrong.append(f"[{where}] order is {order!r}, expected one of {', '.join(ORDERS)}.")
        if not wrong and zone is not None and parse_zone(zone) is None:
            wrong.append(f"[{where}] zone is {zone!r}, expected a time zone such as UTC, -05:00 or America/New_York.")
        faults += wrong
    return faults


def _check_numbers(numbers: dict[str, Any]) -> list[str]:
    """Return the faults of [numbers], which has a section for each column of numbers."""
    faults = []
    for header, entry in numbers.items():
        where = f"numbers.{header!r}"
        if not isinstance(entry, dict):
            faults.append(f'[{where}] is {entry!r}, expected settings such as {{ decimal = "comma" }}.')
            continue
        wrong = _check_settings(where, entry, _NUMBER_SETTINGS)
        fault = None if wrong else NumberFormat(**entry).find_fault()
        faults += wrong if fault is None else [f"[{where}] {fault}."]
    return faults


def _check_label(label: dict[str, Any]) -> list[str]:
    """Return the faults of [label], which needs a column and two lists without common values."""
    faults = _check_settings("label", label, _LABEL_SETTINGS)
    if label and not faults:
        faults += [
            f"[label] has no {name}. List the values of the label that mean {name}."
            for name in ("booked", "not_booked")
            if not label.get(name)
        ]
        if not label.get("column"):
            faults.append("[label] has no column. Name the column with the outcome of each lead.")
        faults += find_fill_faults(label) + _check_overlaps(label)
    return faults


def _check_overlaps(label: dict[str, Any]) -> list[str]:
    """Return a fault for each value in two lists of [label]."""
    listed = {
        name: {normalize_value(value) for value in label.get(name, ())} for name in ("booked", "not_booked", "open")
    }
    return [
        f"[label] {value!r} is both {first} and {second}. Keep one."
        for first, second in combinations(listed, 2)
        for value in sorted(listed[first] & listed[second])
    ]


def _check_keep_on_purpose(columns: Any) -> list[str]:
    """Return the faults of keep_on_purpose."""
    is_valid = isinstance(columns, list) and all(isinstance(name, str) for name in columns)
    return [] if is_valid else [f"keep_on_purpose is {columns!r}, expected a list of column names."]


def _check_columns(table: str, mapping: dict[str, Any]) -> list[str]:
    """Return the faults of one section that maps our columns to headers."""
    extra = {name: mapping[name] for name in _ORDER_SETTINGS if name in mapping} if table == "leads" else {}
    pairs = {column: header for column, header in mapping.items() if column not in extra}
    faults = _check_settings(table, extra, _ORDER_SETTINGS)
    known_columns = TABLES[table].by_name
    faults += [
        f"[{table}] {column!r} is not a known column. {suggest_name(column, known_columns)}"
        for column in pairs
        if column not in known_columns
    ]
    faults += [
        f"[{table}] {column} is {header!r}, expected the header of a column in quotes."
        for column, header in pairs.items()
        if not isinstance(header, str)
    ]
    counts = Counter(header for header in pairs.values() if isinstance(header, str))
    for header, count in counts.items():
        if count > 1:
            columns = [name for name, mapped in pairs.items() if mapped == header]
            faults.append(
                f"[{table}] {', '.join(columns)} are all mapped to {header!r}. Map each header to one column only."
            )
    return faults


def _check_queries(queries: dict[str, Any]) -> list[str]:
    """Return the faults of [sql]: each entry needs a known table and a query that only reads."""
    faults = [
        f"[sql] {name!r} is not a known table. {suggest_name(name, TABLES)}" for name in queries if name not in TABLES
    ]
    return faults + [
        f"[sql] {name} does not begin with SELECT or WITH, expected a query that reads."
        for name, query in queries.items()
        if not (
            isinstance(query, str)
            and query.split(None, 1)[:1]
            and query.split(None, 1)[0].upper() in ("SELECT", "WITH")
        )
    ]


def _check_roles(sections: dict[str, dict[str, Any]]) -> list[str]:
    """Return the faults of [custom] and [leave_out], and of columns with two roles."""
    custom, left_out, leads = (sections.get(name, {}) for name in ("custom", "leave_out", "leads"))
    faults = [
        f"[custom] {header!r} is of kind {kind!r}. {suggest_name(str(kind), CUSTOM_KINDS)}"
        for header, kind in custom.items()
        if kind not in CUSTOM_KINDS
    ]
    faults += [
        f"[leave_out] {header!r} has no reason. Write the reason as a text in quotes."
        for header, reason in left_out.items()
        if not isinstance(reason, str)
    ]
    mapped = {
        header: column for column, header in leads.items() if column not in _ORDER_SETTINGS and isinstance(header, str)
    }
    label, decided_by = (sections.get("label", {}).get(name) for name in ("column", "decided_by"))
    for header in custom:
        if header in left_out:
            faults.append(f"{header!r} is in both [custom] and [leave_out]. Keep one.")
        if header in mapped:
            faults.append(f"{header!r} is in both [custom] and [leads] (as {mapped[header]}). Keep one.")
    faults += [
        f"{header!r} is in both [leave_out] and [leads] (as {mapped[header]}). Keep one."
        for header in left_out
        if header in mapped
    ]
    # What is no text was listed before.
    if isinstance(label, str) and (label in custom or label in mapped):
        faults.append(f"{label!r} is the label and cannot also be an input. Remove it from [custom] or [leads].")
    if isinstance(decided_by, str) and (decided_by in custom or decided_by in mapped or decided_by == label):
        faults.append(
            f"[label] decided_by is {decided_by!r}, which is the label itself or an input. Name the column that says "
            "which leads are closed or lost, and remove it from [custom] or [leads]."
        )
    return faults


def raise_faults(where: str, faults: list[str]) -> None:
    """Raise one MappingError that lists all faults, if there are any."""
    if faults:
        raise MappingError(
            f"{where}: {len(faults)} fault(s) in the mapping.\n" + "\n".join(f"  - {fault}" for fault in faults)
        )
