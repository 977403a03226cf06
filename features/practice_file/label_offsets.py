"""What does a practice change of the labels of messages? Writing that into the phrase file its practice.toml names.

Lives here: changing the sections ``[labels]`` and ``[label_words]``, and nothing else of the file.
Does not live here: what they should say (``serving.desk.message_label_offsets``, ``serving.desk.message_label_words``),
what they do (``features.text.label_reader``), the faults of the file (``features.text.custom_phrases``).
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from features.durable_files import replace_file
from features.errors import PracticeError

__all__ = ["write_label_offsets", "write_label_words"]

_HEADER = r"^[ \t]*\[[ \t]*{}[ \t]*\][ \t]*(?:#[^\n]*)?\r?\n?"
_NEXT_SECTION = re.compile(r"^[ \t]*\[", re.MULTILINE)


def write_label_offsets(practice_file: Path, offsets: Mapping[str, float]) -> Path:
    """Write what is added to the log-odds of labels into the practice's phrase file; return the file.

    Lines of other labels, other sections and comments stay. A phrase file that is named and not there is written.

    Parameters
    ----------
    offsets : mapping of str to float
        Label -> log-odds, written with two decimals.

    Raises
    ------
    PracticeError
        If practice.toml names no phrase file, or the file is not TOML or cannot be written. Then nothing is changed.
    """
    return _write_section(practice_file, "labels", {label: round(float(value), 2) for label, value in offsets.items()})


def write_label_words(practice_file: Path, words: Mapping[str, str]) -> Path:
    """Write changes of the weights of labels' words into the practice's phrase file; return the file.

    Parameters
    ----------
    words : mapping of str to str
        Label -> what ``features.text.taught.label_words.encode_words`` returned.

    Raises
    ------
    PracticeError
        As ``write_label_offsets``.
    """
    return _write_section(practice_file, "label_words", words)


def _write_section(practice_file: Path, name: str, values: Mapping[str, float | str]) -> Path:
    """Write a line for each label into a section; lines of other labels, other sections and comments stay."""
    path = _find_phrase_file(practice_file)
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    before = _parse(text, path)
    lines = "".join(f"{label} = {_format(value)}\n" for label, value in values.items())
    section = re.search(_HEADER.format(name), text, re.MULTILINE)
    if section is None:
        changed = f"{text.rstrip()}\n\n[{name}]\n{lines}".lstrip("\n")
    else:
        following = _NEXT_SECTION.search(text, section.end())
        end = following.start() if following else len(text)
        is_old = re.compile(rf"\s*[\"']?(?:{'|'.join(map(re.escape, values))})[\"']?\s*=")
        kept = [line for line in text[section.end() : end].splitlines(keepends=True) if not is_old.match(line)]
        changed = f"{text[: section.start()]}[{name}]\n{lines}{''.join(kept)}{text[end:]}"
    old = before.get(name, {})
    expected = {**before, name: {**old, **values}} if isinstance(old, dict) else None
    _require_only_section_changes(expected, changed, name, path)
    try:
        replace_file(path, changed.encode())
    except OSError as error:
        raise PracticeError(f"{path}: the phrase file cannot be written ({error.strerror}).") from error
    return path


def _format(value: float | str) -> str:
    """Return a value as TOML has it; base64 needs no escapes."""
    return f'"{value}"' if isinstance(value, str) else f"{value:.2f}"


def _require_only_section_changes(expected: Mapping[str, object] | None, changed: str, name: str, path: Path) -> None:
    """Raise PracticeError unless the changed text says what is expected."""
    try:
        is_right = tomllib.loads(changed) == expected
    except tomllib.TOMLDecodeError:
        is_right = False
    if not is_right:
        raise PracticeError(
            f"{path}: the labels are written in a way that cannot be changed here, and nothing was. Write them below a "
            f"line [{name}] of their own, one on each line, and try again."
        )


def _find_phrase_file(practice_file: Path) -> Path:
    """Return the phrase file that a practice.toml names, whether or not it is there."""
    document = _parse(practice_file.read_text(encoding="utf-8"), practice_file)
    table = document.get("practice", {})
    name = table.get("phrases", document.get("phrases")) if isinstance(table, dict) else None
    if not isinstance(name, str):
        raise PracticeError(
            f'{practice_file}: it names no phrase file, so there is nowhere to write. Add phrases = "phrases.toml" '
            "below [practice], make that file beside it (it may be empty), and try again."
        )
    return practice_file.parent / name


def _parse(text: str, path: Path) -> dict[str, object]:
    """Return the content of a TOML file."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PracticeError(f"{path}: this is not TOML ({error}). Fix the line, and try again.") from error
