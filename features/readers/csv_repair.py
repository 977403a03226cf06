"""Which quotation marks and line ends of a text file are slips, and how would a person read them?

Lives here: quotation marks that swallow the lines after them, marks escaped by backslashes, and lines whose empty last
fields were cut off.
Does not live here: reading the file (``csv_files``).
"""

import csv
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from features.readers.table_layout import shape_of

__all__ = ["complete_short_lines", "find_swallowed_rows", "repair_quotes"]

_MAX_FIELD_LINES = 200
"""Lines that one quoted field may span before its opening mark counts as a slip."""


def find_swallowed_rows(frame: pd.DataFrame, separator: str, ragged: Sequence[tuple[int, str]] = ()) -> bool:
    """Return whether a field, or a line that failed to split, holds line breaks followed by rows of this very table.

    >>> find_swallowed_rows(pd.DataFrame({"id": ["L1", "L2"], "m": ["a", "b,No\\nL3,c,Yes\\nL4,d"]}), ",")
    True
    >>> find_swallowed_rows(pd.DataFrame({"id": ["L1", "L2"], "m": ["a", "Dear all,\\nthank you"]}), ",")
    False
    """
    if frame.empty:
        return False
    shapes = _find_usual_shapes(frame.iloc[:, 0])
    for _, text in ragged:
        if any(_looks_like_row(line, separator, frame.shape[1], shapes) for line in text.splitlines()[1:]):
            return True
    for column in frame.columns if frame.columns.is_unique else range(frame.shape[1]):
        values = frame[column] if frame.columns.is_unique else frame.iloc[:, column]
        broken = values[values.str.contains("\n", regex=False, na=False)]
        for text in broken:
            lines = text.splitlines()[1:]
            if any(_looks_like_row(line, separator, frame.shape[1], shapes) for line in lines):
                return True
    return False


def repair_quotes(text: str, separator: str, width: int, header_lines: int) -> tuple[str, int]:
    """Rewrite lines whose quotation mark is never closed, so that each physical line is a row again.

    A field may legally span lines. It does not when the next line already looks like a row of its own: as many fields,
    and a first field of the usual shape.

    Returns
    -------
    text : str
    count : int
        Lines that were rewritten.

    >>> repaired, count = repair_quotes('id,m,won\\nL1,"call me,No\\nL2,b,Yes\\n', ",", 3, 1)
    >>> [line.count('"') for line in repaired.splitlines()], count
    ([0, 4, 0], 1)
    """
    lines = text.splitlines(keepends=True)
    count = 0
    firsts = [line.split(separator, 1)[0].strip().strip('"') for line in lines[header_lines : header_lines + 2000]]
    shapes = _find_usual_shapes(pd.Series(firsts, dtype="str"))
    position = header_lines
    while position < len(lines):
        line = lines[position]
        if '\\"' in line:
            lines[position] = line = line.replace('\\"', '""')
            count += 1
        if line.count('"') % 2 == 0:
            position += 1
            continue
        end = _find_closing_line(lines, position, separator, width, shapes)
        if end is not None:
            position = end + 1
            continue
        lines[position] = _quote_literally(line, separator)
        count += 1
        position += 1
    return "".join(lines), count


def _find_closing_line(
    lines: Sequence[str], start: int, separator: str, width: int, shapes: frozenset[str]
) -> int | None:
    """Return the line in which the field that opens in ``start`` closes; None when it swallows rows before that."""
    for position in range(start + 1, min(start + 1 + _MAX_FIELD_LINES, len(lines))):
        line = lines[position]
        if _looks_like_row(line, separator, width, shapes) or _starts_like_row(line, separator, width, shapes):
            return None
        if line.count('"') % 2:
            return position
    return None


def _starts_like_row(line: str, separator: str, width: int, shapes: frozenset[str]) -> bool:
    """Return whether a line begins as a row does and opens a quotation mark of its own."""
    first = line.split(separator, 1)[0].strip().strip('"')
    return shape_of(first) in shapes and line.count(separator) >= max(1, width - 2)


def _quote_literally(line: str, separator: str) -> str:
    """Quote every field that holds a quotation mark, taking each mark for text."""
    body = line.rstrip("\r\n")
    fields = body.split(separator)
    quoted = ['"' + field.replace('"', '""') + '"' if '"' in field else field for field in fields]
    return separator.join(quoted) + line[len(body) :]


def _looks_like_row(line: str, separator: str, width: int, shapes: frozenset[str]) -> bool:
    """Return whether a line of text is a whole row: as many fields, and a first field as the table's usually are."""
    fields = next(csv.reader([line], delimiter=separator), []) if line.count('"') % 2 == 0 else line.split(separator)
    return len(fields) == width and width > 1 and shape_of(fields[0]) in shapes


def _find_usual_shapes(values: pd.Series) -> frozenset[str]:
    """Return the shapes of most first fields; free text has many shapes and gives none."""
    texts = [value for value in values.iloc[:2000] if isinstance(value, str) and value.strip()]
    counts = Counter(shape_of(text) for text in texts)
    return frozenset(shape for shape, count in counts.items() if count >= max(1, 0.02 * len(texts)))


def complete_short_lines(
    frame: pd.DataFrame, rows: np.ndarray, ragged: Sequence[tuple[int, str]], separator: str
) -> tuple[pd.DataFrame, np.ndarray, tuple[tuple[int, str], ...], int]:
    """Complete lines whose last, empty fields were not written, and cut separators too many at the end of others.

    A line is completed only when it begins as rows do and the line after it is no fragment: a message with a line break
    that was never quoted also gives a short line, and stays rejected together with its rest.

    Returns
    -------
    frame, rows, ragged, completed : DataFrame, int array, tuple, int
        ``completed`` counts the lines that were rescued.
    """
    if not ragged:
        return frame, rows, tuple(ragged), 0
    shapes = _find_usual_shapes(frame.iloc[:, 0]) if len(frame) else frozenset()
    fields_of = {number: next(csv.reader([text], delimiter=separator), []) for number, text in ragged}
    width = frame.shape[1]
    rescued: dict[int, list[str]] = {}
    for number, fields in fields_of.items():
        # Only a line that was rejected as well can be the rest of this one.
        following = fields_of.get(number + 1)
        fragment_follows = following is not None and not _begins_like_row(following, shapes)
        if 2 <= len(fields) < width and _begins_like_row(fields, shapes) and not fragment_follows:
            rescued[number] = fields + [""] * (width - len(fields))
        elif len(fields) > width and not any(field.strip() for field in fields[width:]):
            rescued[number] = fields[:width]
    if not rescued:
        return frame, rows, tuple(ragged), 0
    added = pd.DataFrame(list(rescued.values()), columns=range(width), dtype="str")
    added.columns = frame.columns
    numbers = np.concatenate([rows, np.fromiter(rescued, np.int64)])
    order = np.argsort(numbers, kind="stable")
    completed = pd.concat([frame, added], ignore_index=True).iloc[order].reset_index(drop=True)
    return completed, numbers[order], tuple(line for line in ragged if line[0] not in rescued), len(rescued)


def _begins_like_row(fields: Sequence[str], shapes: frozenset[str]) -> bool:
    """Return whether a line's first field has a shape that first fields usually have."""
    return bool(fields) and (not shapes or shape_of(fields[0]) in shapes)
