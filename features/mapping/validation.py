"""What is wrong with a mapping file? Every fault in words, with the nearest right name beside it.

Lives here: checks of a mapping against itself, against a file's headers, and against the label's values.
Does not live here: the mapping itself (``mapping``).
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from features.did_you_mean import suggest_name
from features.schema import CUSTOM_KINDS, TABLES

__all__ = ["find_mapping_faults", "find_missing_columns", "find_absent_values"]

_SECTIONS = (
    "version",
    "file",
    "leads",
    "label",
    "custom",
    "leave_out",
    "keep_on_purpose",
    "events",
    "outcomes",
    "spend",
    "sql",
)
_FILE_SETTINGS = {"separator": str, "encoding": str, "sheet": str, "missing": list, "day_first": bool}
_LABEL_SETTINGS = {"column": str, "booked": list, "not_booked": list, "known_at": str}
_ORDER_SETTINGS = {"order_by": str, "order_newest_first": bool}
_TYPE_NAMES = {
    str: "a text in quotes",
    list: "a list of texts",
    bool: "true or false",
    dict: "a [section]",
    int: "a whole number",
}


def find_mapping_faults(mapping: dict[str, Any]) -> list[str]:
    """Every way in which a mapping contradicts itself or says what nobody knows.

    >>> find_mapping_faults({"version": 1, "leads": {"sorce": "Lead Source"}})
    ["[leads] 'sorce' is none of our columns. Did you mean 'source'?"]
    """
    faults = [
        f"{name!r} is no part of a mapping. {suggest_name(name, _SECTIONS)}" for name in mapping if name not in _SECTIONS
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
        + _check_keep_on_purpose(mapping.get("keep_on_purpose", []))
    )
    for table in TABLES:
        faults += _check_columns(table, settings.get(table, {}))
    keep_on_purpose = mapping.get("keep_on_purpose", [])
    faults += [
        f"{name!r} stands in both keep_on_purpose and [leave_out]. Keep one."
        for name in settings.get("leave_out", {})
        if name in keep_on_purpose
    ]
    return faults + _check_queries(settings.get("sql", {})) + _check_roles(settings)


def find_missing_columns(headers_by_setting: dict[str, str], headers: list[str]) -> list[str]:
    """A fault for each column that is named and stands in no header. ``headers_by_setting``: where it is named -> the header."""
    return [
        f"{where} names the column {header!r}, which is not in the file. {suggest_name(header, headers)}"
        for where, header in headers_by_setting.items()
        if header not in headers
    ]


def find_absent_values(section: str, listed: Iterable[str], occurring: Iterable[str]) -> list[str]:
    """A fault for each value that never occurs."""
    distinct = list(occurring)
    return [
        f"{section} lists {value!r}, which never occurs. {suggest_name(value, distinct)}"
        for value in listed
        if value not in distinct
    ]


def _check_settings(section: str, settings: dict[str, Any], expected: dict[str, type]) -> list[str]:
    """Unknown settings and settings of the wrong type."""
    faults = [f"[{section}] {name!r} is not known. {suggest_name(name, expected)}" for name in settings if name not in expected]
    for name, kind in expected.items():
        value = settings.get(name)
        if value is not None and not isinstance(value, kind):
            faults.append(f"[{section}] {name} is {value!r}, expected {_TYPE_NAMES[kind]}.")
    missing = settings.get("missing")
    if section == "file" and isinstance(missing, list) and not all(isinstance(text, str) for text in missing):
        faults.append('[file] missing holds something that is no text, expected a list of texts, such as ["Select"].')
    return faults


def _check_label(label: dict[str, Any]) -> list[str]:
    """Faults of [label]: it needs a column and both lists, which share nothing."""
    faults = _check_settings("label", label, _LABEL_SETTINGS)
    if label and not faults:
        faults += [
            f"[label] has no {name}. Say which values of the label mean that."
            for name in ("booked", "not_booked")
            if not label.get(name)
        ]
        faults += (
            [] if label.get("column") else ["[label] has no column. Name the column that says what became of the lead."]
        )
        if label.get("known_at") is not None and label.get("known_at") == label.get("column"):
            faults.append(
                "[label] known_at is the label itself, expected the column with the date on which the label became known."
            )
        both = {str(value) for value in label.get("booked", ())} & {str(value) for value in label.get("not_booked", ())}
        faults += [f"[label] {value!r} is both booked and not_booked. Keep one." for value in sorted(both)]
    return faults


def _check_keep_on_purpose(columns: Any) -> list[str]:
    """Faults of keep_on_purpose."""
    fits = isinstance(columns, list) and all(isinstance(name, str) for name in columns)
    return [] if fits else [f"keep_on_purpose is {columns!r}, expected a list of column names."]


def _check_columns(table: str, mapping: dict[str, Any]) -> list[str]:
    """Faults of one section of our names for theirs."""
    extra = {name: mapping[name] for name in _ORDER_SETTINGS if name in mapping} if table == "leads" else {}
    pairs = {column: theirs for column, theirs in mapping.items() if column not in extra}
    faults = _check_settings(table, extra, _ORDER_SETTINGS)
    known_columns = TABLES[table].by_name
    faults += [
        f"[{table}] {column!r} is none of our columns. {suggest_name(column, known_columns)}" for column in pairs if column not in known_columns
    ]
    faults += [
        f"[{table}] {column} is {theirs!r}, expected their column's header in quotes."
        for column, theirs in pairs.items()
        if not isinstance(theirs, str)
    ]
    counts = Counter(theirs for theirs in pairs.values() if isinstance(theirs, str))
    for theirs, count in counts.items():
        if count > 1:
            column = [name for name, header in pairs.items() if header == theirs]
            faults.append(
                f"[{table}] {', '.join(column)} are all mapped to {theirs!r}. One of their columns can be one of ours only."
            )
    return faults


def _check_queries(queries: dict[str, Any]) -> list[str]:
    """Faults of [sql]: a query for a table of ours, and one that reads."""
    faults = [
        f"[sql] {name!r} is none of our tables. {suggest_name(name, TABLES)}" for name in queries if name not in TABLES
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
    """Faults of [custom] and [leave_out], and of columns that have two roles."""
    custom, left_out, leads = (sections.get(name, {}) for name in ("custom", "leave_out", "leads"))
    faults = [
        f"[custom] {header!r} is of kind {kind!r}. {suggest_name(str(kind), CUSTOM_KINDS)}"
        for header, kind in custom.items()
        if kind not in CUSTOM_KINDS
    ]
    faults += [
        f"[leave_out] {header!r} has no reason in words."
        for header, reason in left_out.items()
        if not isinstance(reason, str)
    ]
    mapped = {header: ours for ours, header in leads.items() if ours not in _ORDER_SETTINGS and isinstance(header, str)}
    label = sections.get("label", {}).get("column")
    for header in custom:
        if header in left_out:
            faults.append(f"{header!r} stands in both [custom] and [leave_out]. Keep one.")
        if header in mapped:
            faults.append(f"{header!r} stands in both [custom] and [leads] (as {mapped[header]}). Keep one.")
    faults += [
        f"{header!r} stands in both [leave_out] and [leads] (as {mapped[header]}). Keep one."
        for header in left_out
        if header in mapped
    ]
    if label is not None and (label in custom or label in mapped):
        faults.append(f"{label!r} is the label and cannot also be an input. Take it out of [custom] or [leads].")
    return faults
