"""Which character separates the fields of this text file? The one that explains its lines and its header.

Lives here: trying each separator. Does not live here: reading the lines (``csv_files``).
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from features.errors import DataError
from features.readers.table_layout import LOOK_AHEAD, find_header

__all__ = ["iter_records", "resolve_separator", "split_text"]

_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar", "^": "caret", "~": "tilde"}
_FEWEST_QUOTED_FIELDS = 3
_LINES_BELOW = 3
"""Lines below the header that its separator must split as well."""
_FAIR_FIT = 0.5
"""Share of the lines that a separator must explain to be chosen for the header that it splits."""


def iter_records(sample: str, separator: str, limit: int, skip: int = 0) -> Iterator[list[str]]:
    """Yield the first ``limit`` records that are not blank, as lists of fields, without the first ``skip``."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    number = 0
    try:
        for record in reader:
            if record:
                number += 1
                if number > skip:
                    yield record
            if number >= limit:
                return
    except csv.Error:  # a field beyond csv's limit: the records before it are enough to look at
        return


def _measure_fit(sample: str, separator: str) -> tuple[float, int]:
    """Measure how well a separator explains the lines.

    Returns the share of lines with the usual number of fields, and that number. Titles above the header are narrower.
    """
    records = list(iter_records(sample, separator, limit=200))
    # A separator at the end of a line makes an empty last field, which is none, or one that is empty in some rows.
    without_last = Counter(len(record) - (len(record) > 1 and not record[-1]) for record in records)
    return max(_measure_widths(without_last), _measure_widths(Counter(map(len, records))))


def _measure_widths(widths: Counter[int]) -> tuple[float, int]:
    """Return the share of lines with the usual number of fields, and that number."""
    wide = {width: count for width, count in widths.items() if width >= 2}
    if not wide:
        return 0.0, max(widths, default=0)
    usual = max(wide, key=lambda width: (wide[width], width))
    fitting = sum(count for width, count in widths.items() if width in (usual, usual - 1, usual + 1))
    # A line that has one field more or less counts half: a separator inside of a value, or an empty end that was left
    # out.
    return (widths[usual] + 0.5 * (fitting - widths[usual])) / widths.total(), usual


def _splits_header(sample: str, separator: str) -> bool:
    """Return whether a separator splits the line that it makes the header, and the lines right below it.

    The comma of decimals splits the rows of ``Id;Budget`` and ``7;321,50``, but not their header, nor does a comma in
    the title above.
    """
    records = list(iter_records(sample, separator, limit=LOOK_AHEAD))
    position = find_header(records)
    return bool(records) and all(len(record) > 1 for record in records[position : position + 1 + _LINES_BELOW])


def resolve_separator(path: Path, sample: str, requested: str | None, notes: list[str]) -> str:
    """Return the requested separator unless another is clearly right, or else the one that explains the lines best."""
    if requested is not None and len(requested) != 1:
        raise DataError(
            f"files: the separator {requested!r} has {len(requested)} characters, expected one, such as ',' or ';'."
        )
    fits = {separator: _measure_fit(sample, separator) for separator in _SEPARATORS}
    heads = {separator: _splits_header(sample, separator) for separator, (share, _) in fits.items() if share > 0}
    # In a short file a title alone costs the right separator more than a comma of decimals costs the wrong one.
    best = max(
        fits,
        key=lambda separator: (
            heads.get(separator, False) and fits[separator][0] >= _FAIR_FIT,
            round(fits[separator][0], 1),
            fits[separator][1],
        ),
    )
    if requested is not None:
        if _measure_fit(sample, requested)[1] < 2 <= fits[best][1]:
            raise DataError(
                f"files: {str(path)!r} has only one column when split at {requested!r}. "
                f"{best!r} ({_SEPARATORS[best]}) looks right, with {fits[best][1]} columns. Use it, or give none."
            )
        return requested
    if fits[best][1] < 2:
        _refuse_quoted_lines(path, sample)
        notes.append(f"{path.name}: only one column; no comma, semicolon, tab or vertical bar separates its fields.")
        return ","
    if best != ",":
        notes.append(f"{path.name}: the separator is a {_SEPARATORS[best]}.")
    return best


def _refuse_quoted_lines(path: Path, sample: str) -> None:
    """Refuse a file whose lines are in quotation marks as a whole, so that each of them is a single field."""
    records = list(iter_records(sample, "\0", limit=20))
    if len(records) < 2 or any(len(record) != 1 for record in records):
        return
    inner = [record[0] for record in records[:-1]]
    quoted = [line for line in sample.splitlines() if line.strip()]
    if not all(line.startswith('"') and line.endswith('"') for line in quoted[: len(inner)]):
        return
    for separator in _SEPARATORS:
        widths = {len(split_text(line, separator)) for line in inner}
        if len(widths) == 1 and min(widths) >= _FEWEST_QUOTED_FIELDS:
            raise DataError(
                f"files: {str(path)!r} has each line in quotation marks as a whole, so that it is one field and not "
                f'{min(widths)}. Take the outer marks off (and make inner "" to "), or export again.'
            )


def split_text(text: str, separator: str) -> list[str]:
    """Split one line of text into fields."""
    return next(csv.reader([text], delimiter=separator), [])
