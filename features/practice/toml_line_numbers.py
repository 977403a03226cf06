"""On which line of a TOML file is each setting? tomllib does not tell, so the text is walked once more.

Lives here: path of a setting -> line, for a text that tomllib has already accepted.
Does not live here: what a setting means (``practice_file.validation``, ``text.custom_phrases``).
"""

import re
import tomllib
from collections.abc import Mapping

__all__ = ["TomlPath", "find_line_number", "find_line_numbers"]

TomlPath = tuple[str | int, ...]
"""Keys from the outermost on; the entries of lists and of arrays of tables count from 1: ``("clinics", 2,
"radius_km")``.
"""

_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|\n|[\[\]{}=,.]|[^\s\[\]{}=,.#"\']+',
    re.DOTALL,
)


def find_line_numbers(text: str) -> dict[TomlPath, int]:
    """Find the line, from 1, on which each table, key and list entry of a TOML text begins.

    ``text`` must be TOML that tomllib accepts.

    >>> find_line_numbers('[[clinics]]\\nname = "A"\\n[[clinics]]\\nservices = [\\n  "x", "y",\\n]')[
    ...     ("clinics", 2, "services", 2)
    ... ]
    5
    """
    return _LineWalker(text).lines


def find_line_number(path: TomlPath, lines: Mapping[TomlPath, int]) -> int | None:
    """Return the line of a setting; where it is missing, of the table around it; None when that is the whole file.

    >>> find_line_number(("clinics", 1, "name"), {("clinics", 1): 7})
    7
    """
    return next((lines[path[:length]] for length in range(len(path), 0, -1) if path[:length] in lines), None)


class _LineWalker:
    """One pass over the tokens of a text."""

    def __init__(self, text: str) -> None:
        self.lines: dict[TomlPath, int] = {}
        self._tokens: list[tuple[str, int]] = []
        self._entries: dict[TomlPath, int] = {}
        self._next, line = 0, 1
        text = text.replace("\r\n", "\n")
        for token in _TOKEN.findall(text):
            if not token.startswith("#"):
                self._tokens.append((token, line))
            line += token.count("\n")
        table: TomlPath = ()
        while self._next < len(self._tokens):
            if self._peek() == "\n":
                self._take()
            elif self._peek() == "[":
                table = self._header()
            else:
                self._setting(table)

    def _peek(self) -> str:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else "\n"

    def _take(self) -> str:
        token = self._peek()
        self._next += 1
        return token

    def _line(self) -> int:
        return self._tokens[min(self._next, len(self._tokens) - 1)][1]

    def _header(self) -> TomlPath:
        """Read ``[table]`` or ``[[entry]]``; entries of an array are counted."""
        line, brackets = self._line(), 0
        while self._peek() == "[":
            brackets += 1
            self._take()
        keys = self._keys("]")
        for _ in range(brackets - 1):
            self._take()
        path: TomlPath = ()
        for key in keys[:-1]:
            self.lines.setdefault((*path, key), line)
            path = self._in_last_entry((*path, key))
        path = (*path, keys[-1])
        if brackets == 2:
            self._entries[path] = self._entries.get(path, 0) + 1
            self.lines.setdefault(path, line)
            path = (*path, self._entries[path])
        self.lines[path] = line
        return path

    def _in_last_entry(self, path: TomlPath) -> TomlPath:
        return (*path, self._entries[path]) if path in self._entries else path

    def _setting(self, table: TomlPath) -> None:
        """Read ``key = value``, in a table or in braces."""
        line = self._line()
        path = table
        for key in self._keys("="):
            path = (*path, key)
            self.lines.setdefault(path, line)
        self._value(path)

    def _keys(self, until: str) -> list[str]:
        """Read the parts of a dotted key, up to and including ``until``."""
        parts: list[str] = []
        while (token := self._take()) != until:
            if token != ".":
                parts += tomllib.loads(f"{token} = 0")
        return parts

    def _value(self, path: TomlPath) -> None:
        """Read a list, a table in braces, or a single value."""
        if self._peek() == "[":
            self._take()
            self._members(path, "]")
        elif self._peek() == "{":
            self._take()
            self._members(path, "}")
        else:
            while self._peek() not in ("\n", ",", "]", "}"):
                self._take()

    def _members(self, path: TomlPath, end: str) -> None:
        """Read what is between brackets or braces."""
        entries = 0
        while self._peek() != end:
            if self._peek() in (",", "\n"):
                self._take()
            elif end == "}":
                self._setting(path)
            else:
                entries += 1
                self.lines[(*path, entries)] = self._line()
                self._value((*path, entries))
        self._take()
