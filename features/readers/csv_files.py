"""How is this text file laid out? Detects separator, encoding and header, and accounts for every line.

Lives here: delimited text (CSV, TSV, also gzipped) -> a frame of text; lines with too many or too few fields are kept
apart as text.
Does not live here: where a table begins (``table_layout``), broken quotes and short lines (``csv_repair``), encodings
(``text_encoding``), Excel, Parquet and writing (``raw_files``).
"""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from features.errors import DataError
from features.readers.csv_repair import complete_short_lines, find_swallowed_rows, repair_quotes
from features.readers.csv_separator import iter_records, resolve_separator, split_text
from features.readers.rows_without_data import (
    HEADING,
    describe_skipped,
    find_group_titles,
    find_rows_without_data,
    find_second_headers,
    is_bare_total,
)
from features.readers.table_layout import (
    LOOK_AHEAD,
    describe_groups,
    describe_open_groups,
    describe_side_table,
    fill_group_column,
    find_header,
    find_side_table,
    is_blank,
)
from features.readers.text_encoding import open_bytes, read_sample, resolve_encoding

__all__ = [
    "DelimitedFile",
    "Layout",
    "LineTable",
    "check_last_row",
    "drop_rows_without_data",
    "find_layout",
    "has_formulas",
    "read_delimited",
    "read_options",
]

_BLOCK_BYTES = 1 << 22
_HEADING = HEADING.pattern.removeprefix("(?i)")
_TOTAL_WORDS = (
    "grand|sub|report|overall|total|sum|gesamt|average|avg|mean|count|record|row|promedio|somme|moyenne|insg|mittel|"
    r".{1,40}\s(?:sub-?)?totals?\b"
)
_FORMULA_TEXT = re.compile(r'^\s*="([^"]*)"\s*$')
_JSON_LINE = re.compile(r'\ufeff?\s*\[?\s*\{\s*"[^"]*"\s*:')
_SECOND_HEADERS = 2
"""Rows below the header that may explain it: the questions of a form, and ids of its fields."""
_SEPARATOR_LINE = re.compile(r'\ufeff?"?sep=(?P<separator>.)"?[,;\t|]*\r?\n', re.IGNORECASE)
"""First line by which spreadsheets are told the separator; it is no data."""


@dataclass(frozen=True)
class DelimitedFile:
    """A text file as it is; the fields are those of ``raw_files.RawFrame``."""

    frame: pd.DataFrame
    separator: str
    encoding: str
    notes: tuple[str, ...]
    rows: np.ndarray
    ragged: tuple[tuple[int, str], ...]


def read_delimited(path: Path, separator: str | None = None, encoding: str | None = None) -> DelimitedFile:
    """Read all lines of a delimited text file, as text.

    Raises
    ------
    DataError
        If the file is blank, damaged, not in the encoding given, or clearly uses another separator than the one given.
    """
    notes: list[str] = []
    layout = find_layout(path, separator, encoding, notes)
    table = _read_table(layout, notes)
    frame = _unwrap_formulas(path.name, table.frame, notes)
    return DelimitedFile(frame, layout.separator, layout.encoding, tuple(notes), table.rows, table.ragged)


@dataclass(frozen=True)
class Layout:
    """How one text file is laid out; ``header_lines`` counts the physical lines up to the end of the header."""

    path: Path
    encoding: str
    separator: str
    header: tuple[str, ...]
    header_lines: int


@dataclass(frozen=True)
class LineTable:
    """The rows of a text file: those of the header's width as a frame, the others as text."""

    frame: pd.DataFrame
    rows: np.ndarray
    ragged: tuple[tuple[int, str], ...]


def find_layout(path: Path, separator: str | None, encoding: str | None, notes: list[str]) -> Layout:
    """Find how a text file is laid out, from its bytes and its first lines; ``notes`` gets what was decided.

    Raises
    ------
    DataError
        As ``read_delimited``.
    """
    encoding = resolve_encoding(path, encoding, notes)
    sample = read_sample(path, encoding)
    if not sample.strip():
        raise DataError(f"files: {str(path)!r} holds no text, expected a header and rows. Export it again.")
    if _JSON_LINE.match(sample):
        raise DataError(
            f"files: {str(path)!r} holds JSON and no table, expected a header and rows. Give it the ending .json, or "
            "export it as CSV."
        )
    line = _SEPARATOR_LINE.match(sample)
    if line:
        sample, separator = sample[line.end() :], separator or line["separator"]
        notes.append(f"{path.name}: the first line names the separator ({separator!r}) and is no data.")
    separator = resolve_separator(path, sample, separator, notes)
    header, header_lines, titles = _read_header(sample, separator)
    notes += describe_skipped(path.name, ["title"] * titles)
    first = next(iter_records(sample, separator, limit=titles + 2, skip=titles + 1), header)
    # Every line of data ends in a separator and the header does not: without an extra column all rows would be ragged.
    if len(first) == len(header) + 1 and not first[-1].strip():
        header.append("")
    return Layout(path, encoding, separator, tuple(header), header_lines + bool(line))


def _read_header(sample: str, separator: str) -> tuple[list[str], int, int]:
    """Return the header's fields, the number of physical lines up to its end, and the records above it."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    records: list[list[str]] = []
    lines: list[int] = []
    try:
        for record in reader:
            if record:
                records.append(record)
                lines.append(reader.line_num)
            if len(records) >= LOOK_AHEAD:
                break
    except csv.Error:  # a field beyond csv's limit: the records before it are enough to look at
        pass
    if not records:
        return [], reader.line_num, 0
    position = find_header(records)
    return records[position], lines[position], position


def _read_table(layout: Layout, notes: list[str]) -> LineTable:
    """Read every line of data: repaired where quotes are broken, completed where empty fields were cut off."""
    with open_bytes(layout.path) as file:
        table = _read_lines(layout, file, layout.encoding, layout.header_lines)
    if table is None or find_swallowed_rows(table.frame, layout.separator, table.ragged) or _has_backslashes(table):
        with open_bytes(layout.path) as file:
            text = file.read().decode(layout.encoding)
        repaired, count = repair_quotes(text, layout.separator, len(layout.header), layout.header_lines)
        again = (
            _read_lines(layout, io.BytesIO(repaired.encode("utf-8")), "utf-8", layout.header_lines) if count else None
        )
        if again is not None:
            notes.append(
                f"{layout.path.name}: {count:,} lines have quotation marks that are never closed, or escaped by a "
                "backslash; the marks were read as text, so that no row is swallowed."
            )
            table = again
    if table is None:
        raise DataError(
            f"files: {str(layout.path)!r} cannot be split into rows; a quotation mark is probably opened and never "
            "closed. Export it again."
        )
    check_last_row(layout, table)
    frame, rows, ragged, completed = complete_short_lines(table.frame, table.rows, table.ragged, layout.separator)
    if completed:
        notes.append(
            f"{layout.path.name}: {completed:,} lines end early or in empty fields; what they lack counts as not given."
        )
    return drop_rows_without_data(layout, LineTable(frame, rows, ragged), notes)


def check_last_row(layout: Layout, table: LineTable) -> None:
    """Refuse a file whose last row swallowed the rest of the file because a quotation mark was never closed."""
    if table.frame.empty or not any("\n" in field or "\r" in field for field in table.frame.iloc[-1]):
        return
    mark = '"'.encode("utf-8" if layout.encoding.startswith("utf-16") else layout.encoding)[-1:]
    with open_bytes(layout.path) as file:
        marks = sum(block.count(mark) for block in iter(lambda: file.read(_BLOCK_BYTES), b""))
    if marks % 2:
        raise DataError(
            f"files: {str(layout.path)!r} opens a quotation mark in its row {len(table.frame) + len(table.ragged)} of "
            "data that is never closed. Close it, or export again."
        )


def _has_backslashes(table: LineTable) -> bool:
    """Return whether lines failed to split because quotation marks are escaped by backslashes."""
    return any('\\"' in text for _, text in table.ragged)


def drop_rows_without_data(layout: Layout, table: LineTable, notes: list[str]) -> LineTable:
    """Drop repeated headers, totals and footers, and say how many."""
    last_ragged = [list(split_text(text, layout.separator)) for _, text in table.ragged]
    ragged_reasons = find_rows_without_data(layout.header, last_ragged) if last_ragged else {}
    candidates = _find_candidates(table.frame, layout.header)
    candidates = sorted({*range(min(_SECOND_HEADERS, len(table.frame))), *candidates})
    cells = table.frame.iloc[candidates].to_numpy(object).tolist()
    sample = table.frame.iloc[:LOOK_AHEAD].to_numpy(object).tolist()
    without_data = find_rows_without_data(layout.header, sample + cells, start=len(sample))
    reasons = {
        candidates[position - len(sample)]: why for position, why in without_data.items() if position >= len(sample)
    }
    reasons |= find_group_titles(reasons, lambda position: table.frame.iloc[position].tolist())
    reasons |= dict.fromkeys(find_second_headers(sample[:_SECOND_HEADERS]), "second header")
    last = len(table.frame) - 1
    if last > 0 and last not in reasons:
        above = np.array([position not in reasons for position in range(last)], bool)
        if is_bare_total(cells[-1], lambda column: table.frame.iloc[:last, column][above].tolist()):
            reasons[last] = "total"
    notes += describe_skipped(layout.path.name, [*reasons.values(), *ragged_reasons.values()])
    keep = np.ones(len(table.frame), bool)
    keep[list(reasons)] = False
    ragged = tuple(line for position, line in enumerate(table.ragged) if position not in ragged_reasons)
    frame, rows = (
        (table.frame, table.rows) if keep.all() else (table.frame[keep].reset_index(drop=True), table.rows[keep])
    )
    totals = [table.rows[position] for position, why in reasons.items() if why == "total"]
    first = frame.iloc[:, 0].tolist()
    groups = fill_group_column(first, totals, rows, str(layout.header[0]))
    notes += describe_open_groups(layout.path.name, str(layout.header[0]), first, totals)
    if groups is not None:
        frame.isetitem(0, pd.Series(groups, dtype=frame.dtypes.iloc[0]))
        notes.append(describe_groups(layout.path.name, str(layout.header[0])))
    return LineTable(_drop_side_table(layout, frame, notes), rows, ragged)


def _drop_side_table(layout: Layout, frame: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Return the frame without a second table right of an empty column, and say so."""
    if not any(is_blank(name) for name in layout.header[1:-1]):
        return frame
    filled = [int((frame.iloc[:, i].str.strip() != "").sum()) for i in range(frame.shape[1])]
    aside = find_side_table(layout.header, filled, len(frame), lambda i: frame.iloc[:, i].tolist())
    if not aside:
        return frame
    notes.append(describe_side_table(layout.path.name, [layout.header[i] for i in aside]))
    return frame.iloc[:, [i for i in range(frame.shape[1]) if i not in aside]]


def _unwrap_formulas(name: str, frame: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Return the frame with texts that were written as formulas, ="00123", as the texts that they show."""
    wrapped = [i for i in range(frame.shape[1]) if has_formulas(frame.iloc[:, i])]
    if not wrapped:
        return frame
    columns = {i: frame.iloc[:, i] for i in range(frame.shape[1])}
    columns |= {i: columns[i].str.replace(_FORMULA_TEXT, r"\1", regex=True) for i in wrapped}
    unwrapped = pd.concat(columns, axis=1)
    unwrapped.columns = frame.columns
    names = ", ".join(repr(str(frame.columns[i])) for i in wrapped[:5])
    notes.append(f'{name}: the texts of {names} are written as formulas (="..."), which were taken off.')
    return unwrapped


def has_formulas(texts: pd.Series) -> bool:
    """Return whether any text of a column is written as a formula: ="00123"."""
    # The search for two characters is a tenth of the pattern's time, and hardly any column has them.
    begins = pc.any(pc.match_substring(pa.array(texts, pa.string()), '="')).as_py()
    return bool(begins) and bool(texts.str.match(_FORMULA_TEXT).any())


def _find_candidates(frame: pd.DataFrame, header: tuple[str, ...]) -> list[int]:
    """Return the rows that may be no data: few of many, so that a large file is not looked at cell by cell."""
    if frame.empty:
        return []
    # RE2 looks at a hundred thousand first cells in the time in which pandas folds the case of ten thousand.
    pattern = rf"(?i)^\s*(?:$|{re.escape(header[0].strip())}\s*$|{_TOTAL_WORDS}|{_HEADING}\s*$)"
    starts = pc.match_substring_regex(pa.array(frame.iloc[:, 0], pa.string()), pattern).to_numpy(zero_copy_only=False)
    tail = np.arange(len(frame)) >= len(frame) - LOOK_AHEAD // 4
    return np.flatnonzero(starts.astype(bool) | tail).tolist()


def read_options(
    layout: Layout, encoding: str, skip: int, collect_ragged: Callable[[arrow_csv.InvalidRow], str]
) -> dict[str, Any]:
    """Return how Arrow reads the lines: text in every column, by position, on one thread.

    Headers need not be unique yet, and a repeated one gets its own name later.
    """
    positions = [str(i) for i in range(len(layout.header))]
    return {
        "read_options": arrow_csv.ReadOptions(
            use_threads=False, encoding=encoding, column_names=positions, skip_rows=skip, block_size=1 << 23
        ),
        "parse_options": arrow_csv.ParseOptions(
            delimiter=layout.separator, newlines_in_values=True, invalid_row_handler=collect_ragged
        ),
        "convert_options": arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(positions, pa.string()), strings_can_be_null=False
        ),
    }


def _read_lines(layout: Layout, file: io.IOBase, encoding: str, skip: int) -> LineTable | None:
    """Read every line of data; None when the text cannot be split into rows at all."""
    ragged: list[tuple[int, str]] = []

    def collect_ragged(line: arrow_csv.InvalidRow) -> str:
        ragged.append((line.number - skip, line.text))
        return "skip"

    try:
        table = arrow_csv.read_csv(file, **read_options(layout, encoding, skip, collect_ragged))
    except pa.ArrowInvalid:
        return None
    frame = table.to_pandas()
    frame.columns = pd.Index(layout.header, dtype=object)
    rows = np.arange(1, len(frame) + len(ragged) + 1)
    return LineTable(frame, np.delete(rows, [number - 1 for number, _ in ragged]) if ragged else rows, tuple(ragged))
