"""What does a practice add to the labels of messages? Writing that into the phrase file its practice.toml names.

Lives here: changing the section ``[labels]``, and nothing else of the file.
Does not live here: what the numbers should be (``serving.desk.message_label_offsets``), what they do
(``features.text.label_reader``), the faults of the file (``features.text.custom_phrases``).
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from features.durable_files import replace_file
from features.errors import PracticeError

__all__ = ["write_label_offsets"]

_SECTION = re.compile(r"^[ \t]*\[[ \t]*labels[ \t]*\][ \t]*(?:#[^\n]*)?\r?\n?", re.MULTILINE)
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
    path = _find_phrase_file(practice_file)
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    before = _parse(text, path)
    lines = "".join(f"{label} = {offset:.2f}\n" for label, offset in offsets.items())
    section = _SECTION.search(text)
    if section is None:
        changed = f"{text.rstrip()}\n\n[labels]\n{lines}".lstrip("\n")
    else:
        following = _NEXT_SECTION.search(text, section.end())
        end = following.start() if following else len(text)
        is_old = re.compile(rf"\s*[\"']?(?:{'|'.join(map(re.escape, offsets))})[\"']?\s*=")
        kept = [line for line in text[section.end() : end].splitlines(keepends=True) if not is_old.match(line)]
        changed = f"{text[: section.start()]}[labels]\n{lines}{''.join(kept)}{text[end:]}"
    _require_only_labels_change(before, changed, offsets, path)
    try:
        replace_file(path, changed.encode())
    except OSError as error:
        raise PracticeError(f"{path}: the phrase file cannot be written ({error.strerror}).") from error
    return path


def _require_only_labels_change(
    before: Mapping[str, object], changed: str, offsets: Mapping[str, float], path: Path
) -> None:
    """Raise PracticeError unless the changed text says what it said before, with these offsets."""
    old = before.get("labels", {})
    written = {label: round(float(offset), 2) for label, offset in offsets.items()}
    expected = {**before, "labels": {**old, **written}} if isinstance(old, dict) else None
    try:
        is_right = tomllib.loads(changed) == expected
    except tomllib.TOMLDecodeError:
        is_right = False
    if not is_right:
        raise PracticeError(
            f"{path}: the labels are written in a way that cannot be changed here, and nothing was. Write them below a "
            "line [labels] of their own, one on each line, and try again."
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
