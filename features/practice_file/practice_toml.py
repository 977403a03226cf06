"""What does this practice.toml say? The file as a ``Practice``, with every fault and its line in one report.

Lives here: reading the file and the phrase file that it names, and building the practice from plain values.
Does not live here: the practice itself (``practice``), what can be wrong (``practice_faults``), a first draft
(``practice_draft``)."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from features.errors import PracticeError
from features.practice.practice import ENTRY_TYPES, Practice
from features.practice.queue_policy import QueuePolicy
from features.practice.toml_line_numbers import TomlPath as Place
from features.practice.toml_line_numbers import find_line_number, find_line_numbers
from features.practice_file.validation import Fault, find_faults, format_path

__all__ = ["practice_from_dict", "read_practice"]


def read_practice(path: str | Path | None) -> Practice:
    """The practice described in a TOML file, or one about which nothing is said when ``path`` is None.

    Raises
    ------
    PracticeError
        If the file, or the phrase file it names, is missing, is not TOML, or contradicts itself: every fault in one
        report, with its line.
    """
    if path is None:
        return Practice()
    path = Path(path)
    text = _read_text(
        path, f"practice: there is no file {str(path)!r}. Name an existing practice.toml, or leave --practice out."
    )
    plain, lines = _parse_toml(text, path.name), find_line_numbers(text)
    settings = _merge_practice_table(plain)
    phrases, faults = _read_phrase_file(path, settings.get("phrases"), lines)
    faults += [
        _report(fault, path.name, lines) for fault in find_faults(settings | {"phrases": phrases}, Practice, ENTRY_TYPES)
    ]
    _raise_faults(faults, str(path))
    return _build_practice(settings | {"phrases": phrases})


def practice_from_dict(plain: dict[str, Any], where: str = "practice") -> Practice:
    """Build the practice that ``Practice.to_dict`` or practice.toml describes.

    Raises
    ------
    PracticeError
        With every fault at once.
    """
    settings = _merge_practice_table(plain)
    _raise_faults([_report(fault, where, {}) for fault in find_faults(settings, Practice, ENTRY_TYPES)], where)
    return _build_practice(settings)


_Report = tuple[str, int, str]
"""File, line (0 not known) and sentence of one fault."""


def _raise_faults(reports: list[_Report], where: str) -> None:
    """Raise PracticeError with every fault in the order of the lines; nothing happens where there is none."""
    if reports:
        said = "\n".join(f"  - {sentence}" for _, _, sentence in sorted(reports))
        raise PracticeError(
            f"{where}: {len(reports)} {'fault. Mend it' if len(reports) == 1 else 'faults. Mend them'} and try again.\n{said}"
        )


def _report(fault: Fault, where: str, lines: Mapping[Place, int]) -> _Report:
    """A fault with the line of what it is about."""
    place, words = fault
    other = (
        place[1:] if place[:1] == ("practice",) else ("practice", *place)
    )  # settings may stand in [practice] or before any section
    line = lines.get(place) or lines.get(other) or find_line_number(place, lines) or find_line_number(other, lines)
    return where, line or 0, f"{where}{f' line {line}' if line else ''}: {format_path(place)}: {words}"


def _merge_practice_table(plain: dict[str, Any]) -> dict[str, Any]:
    """The settings of [practice] beside clinics and services."""
    own = plain.get("practice", {})
    others = {name: value for name, value in plain.items() if name != "practice"}
    return {**own, **others} if isinstance(own, dict) else {**others, "practice": own}


def _read_phrase_file(path: Path, named: Any, lines: Mapping[Place, int]) -> tuple[dict[str, Any], list[_Report]]:
    """What the phrase file named in a practice.toml says, and what is wrong with it."""
    if not isinstance(named, str):
        wrong = ("practice", "phrases"), f"found {named!r}, expected the name of a file beside this one, in quotes."
        return {}, [] if named is None else [_report(wrong, path.name, lines)]
    file = path.parent / named
    if not file.is_file():
        return {}, [
            _report(
                (
                    ("practice", "phrases"),
                    f"there is no file {named!r} beside {path.name}. Write one, or take the line out.",
                ),
                path.name,
                lines,
            )
        ]
    from features.text.custom_phrases import (
        find_faults as phrase_faults,  # it loads numba, which only a file of phrases needs
    )

    text = _read_text(file, f"phrases: {named!r} cannot be read.")
    plain, there = _parse_toml(text, file.name), find_line_numbers(text)
    return plain, [_report(fault, file.name, there) for fault in phrase_faults(plain)]


def _read_text(path: Path, absent: str) -> str:
    """A file's text in UTF-8, with or without a byte order mark."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError):
        raise PracticeError(absent) from None
    except UnicodeDecodeError as fault:
        raise PracticeError(
            f"{path.name}: is not text in UTF-8 (byte {fault.start}). Save it as UTF-8 and try again."
        ) from None


def _parse_toml(text: str, where: str) -> dict[str, Any]:
    """TOML as plain values. tomllib stops at the first fault of spelling, and names its line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise PracticeError(
            f"{where}: is not readable as TOML: {fault}. Mend that line and try again; "
            "further faults can be told only when the whole file can be read."
        ) from None


def _build_practice(settings: dict[str, Any]) -> Practice:
    """The practice that settings without a fault describe."""
    lists = {name: tuple(_build_entry(kind, entry) for entry in settings.get(name, ())) for name, kind in ENTRY_TYPES.items()}
    own = {name: value for name, value in settings.items() if name not in ENTRY_TYPES and name != "desk"}
    return Practice(**{**vars(_build_entry(Practice, own)), **lists, "desk": QueuePolicy.from_settings(settings.get("desk", {}))})


def _build_entry(kind: type, entry: dict[str, Any]) -> Any:
    """``kind(**entry)`` with lists as tuples and numbers as their type says."""
    types = {one.name: one.type for one in fields(kind)}
    return kind(
        **{
            name: tuple(value) if isinstance(value, list) else float(value) if types[name] is float else value
            for name, value in entry.items()
        }
    )
