"""What does this practice.toml say? The file as a ``Practice``, with every fault and its line in one report.

Lives here: reading the file and the phrase file that it names, and reading a practice from plain values.
Does not live here: the practice itself (``practice.practice``), what can be wrong (``settings_shape``,
``validation``), a first draft (``draft``).
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from features.errors import PracticeError
from features.practice.practice import Practice
from features.practice.toml_line_numbers import TomlPath, find_line_number, find_line_numbers
from features.practice_file.settings_shape import Fault, build_practice
from features.practice_file.validation import find_faults, format_path

__all__ = ["practice_from_dict", "read_practice"]

_Report = tuple[str, int, str]
"""File, line (0 unknown) and sentence of one fault."""


def read_practice(path: str | Path | None) -> Practice:
    """Read the practice described in a TOML file; a practice with the default settings when ``path`` is None.

    Raises
    ------
    PracticeError
        If the file, or the phrase file it names, is missing, is not TOML, or contradicts itself: every fault in one
        report, with its line.
    """
    if path is None:
        return Practice()
    path = Path(path)
    absent = f"practice: there is no file {str(path)!r}. Name an existing practice.toml, or leave --practice out."
    text = _read_text(path, absent)
    document, lines = _parse_toml(text, path.name), find_line_numbers(text)
    settings = _merge_practice_table(document)
    phrases, reports = _read_phrase_file(path, settings.get("phrases"), lines)
    settings |= {"phrases": phrases}
    reports += [_report(fault, path.name, lines) for fault in find_faults(settings)]
    _raise_faults(reports, str(path))
    return build_practice(settings)


def practice_from_dict(document: dict[str, Any], where: str = "practice") -> Practice:
    """Build the practice that ``Practice.to_dict`` or practice.toml describes.

    Raises
    ------
    PracticeError
        With every fault at once.
    """
    settings = _merge_practice_table(document)
    _raise_faults([_report(fault, where, {}) for fault in find_faults(settings)], where)
    return build_practice(settings)


def _raise_faults(reports: list[_Report], where: str) -> None:
    """Raise PracticeError with every fault in the order of the lines; do nothing when there is none."""
    if reports:
        sentences = "\n".join(f"  - {sentence}" for _, _, sentence in sorted(reports))
        count = f"{len(reports)} {'fault. Fix it' if len(reports) == 1 else 'faults. Fix them'}"
        raise PracticeError(f"{where}: {count} and try again.\n{sentences}")


def _report(fault: Fault, where: str, lines: Mapping[TomlPath, int]) -> _Report:
    """Return a fault with the line of the setting."""
    path, sentence = fault
    # Settings of the practice may be in [practice] or before any section.
    other = path[1:] if path[:1] == ("practice",) else ("practice", *path)
    line = lines.get(path) or lines.get(other) or find_line_number(path, lines) or find_line_number(other, lines)
    return where, line or 0, f"{where}{f' line {line}' if line else ''}: {format_path(path)}: {sentence}"


def _merge_practice_table(document: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of [practice] beside clinics and services."""
    table = document.get("practice", {})
    others = {name: value for name, value in document.items() if name != "practice"}
    return {**table, **others} if isinstance(table, dict) else {**others, "practice": table}


def _read_phrase_file(path: Path, name: Any, lines: Mapping[TomlPath, int]) -> tuple[dict[str, Any], list[_Report]]:
    """Return the content of the phrase file that a practice.toml names, and what is wrong with it."""
    if name is None:
        return {}, []
    setting = ("practice", "phrases")
    if not isinstance(name, str):
        fault = setting, f"found {name!r}, expected the name of a file beside this one, in quotes."
        return {}, [_report(fault, path.name, lines)]
    file = path.parent / name
    if not file.is_file():
        fault = setting, f"there is no file {name!r} beside {path.name}. Write one, or take the line out."
        return {}, [_report(fault, path.name, lines)]
    # Imported here because it loads numba, which only a phrase file needs.
    from features.text.custom_phrases import find_faults as find_phrase_faults

    text = _read_text(file, f"phrases: {name!r} cannot be read.")
    phrases, phrase_lines = _parse_toml(text, file.name), find_line_numbers(text)
    return phrases, [_report(fault, file.name, phrase_lines) for fault in find_phrase_faults(phrases)]


def _read_text(path: Path, absent: str) -> str:
    """Read a file's text in UTF-8, with or without a byte order mark."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError):
        raise PracticeError(absent) from None
    except UnicodeDecodeError as fault:
        raise PracticeError(
            f"{path.name}: is not text in UTF-8 (byte {fault.start}). Save it as UTF-8 and try again."
        ) from None
    except OSError as fault:
        raise PracticeError(f"{path.name}: cannot be read: {fault.strerror}. Check its path and permissions.") from None


def _parse_toml(text: str, where: str) -> dict[str, Any]:
    """Parse TOML; tomllib stops at the first syntax error, and names its line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise PracticeError(
            f"{where}: is not readable as TOML: {fault}. Fix that line and try again; "
            "further faults can be found only when the whole file can be read."
        ) from None
