"""How is a text file read that is larger than memory? Block by block, where each block reads as the whole file would.

Lives here: finding out whether it does, and the CSV files of one table as a ``ParquetSource``.
Does not live here: the layout of a text file and its faults (``csv_files``), which rows go together (``chunks``).

A fault in a text file is only known when all of it was read: a line with too few fields may be the rest of the line
before, a total is the sum of the rows above. So every line of a large file is looked at once before its rows are used;
a file in which a block has any such fault is read whole, and a note says so. Small files are always read whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv

from features.errors import DataError
from features.readers.csv_files import (
    Layout,
    LineTable,
    check_last_row,
    drop_rows_without_data,
    find_layout,
    has_formulas,
    read_options,
)
from features.readers.csv_repair import find_swallowed_rows
from features.readers.parquet_files import FileSlice, ParquetSource
from features.readers.raw_files import clean_headers, get_suffix, read_frame
from features.readers.text_encoding import open_bytes

__all__ = ["TEXT_SUFFIXES", "TextSource"]

TEXT_SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt")
WHOLE_BYTES = 1 << 26
"""A file of at most this size is read whole: 64 MB on disk."""


@dataclass(frozen=True)
class TextSource(ParquetSource):
    """The text files of one table, all columns text: as one table, read from its start to its end.

    Parameters
    ----------
    layouts : tuple of Layout or None
        How each file is laid out, where it is read in blocks; None where it is read whole.
    notes : tuple of str
        What was decided while reading, one sentence each.
    ragged : tuple of (int, int)
        File and row of each line with too many or too few fields.
    """

    layouts: tuple[Layout | None, ...] = ()
    notes: tuple[str, ...] = ()
    ragged: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, files: tuple[Path, ...]) -> "TextSource":
        """Look at every line of the files once.

        Raises
        ------
        DataError
            If a file cannot be read at all; see ``raw_files.read_frame``.
        """
        layouts: list[Layout | None] = []
        headers, rows, ragged = [], [], []
        notes: list[str] = []
        for number, file in enumerate(files):
            layout, count = _check_blocks(file, notes)
            if layout is None:
                raw = read_frame(file)
                notes += raw.notes
                ragged += [(number, row) for row, _ in raw.ragged]
                names, count = tuple(raw.frame.columns), len(raw.frame) + len(raw.ragged)
            else:
                names = _clean_names(layout)
            layouts.append(layout)
            headers.append(names)
            rows.append(count)
        schema = pa.schema([(name, pa.string()) for name in dict.fromkeys(name for part in headers for name in part)])
        return cls(files, tuple(headers), schema, tuple(rows), tuple(layouts), tuple(notes), tuple(ragged))

    def iter_slices(self, size: int, columns: list[str] | None = None) -> Iterator[FileSlice]:
        """Yield slices of at most ``size`` rows that follow each other; a column that a file lacks is empty there."""
        schema = self.schema if columns is None else pa.schema([self.schema.field(name) for name in columns])
        for number, (file, layout) in enumerate(zip(self.files, self.layouts, strict=True)):
            runs = _iter_whole(file) if layout is None else _iter_blocks(layout, self.headers[number])
            for table, start in runs:
                arrays = [
                    table.column(field.name).combine_chunks()
                    if field.name in self.headers[number]
                    else pa.nulls(table.num_rows, field.type)
                    for field in schema
                ]
                run = pa.Table.from_arrays(arrays, schema=schema)
                for low in range(0, run.num_rows, size):
                    yield run.slice(low, size), number, start + low


def _iter_whole(file: Path) -> Iterator[tuple[pa.Table, int]]:
    """Yield the rows of a file that is read whole, each run of rows that follow each other with the rows before it."""
    raw = read_frame(file)
    table = pa.Table.from_arrays(
        [pa.array(raw.frame[name], pa.string(), from_pandas=True) for name in raw.frame], names=list(raw.frame)
    )
    breaks = np.flatnonzero(np.diff(raw.rows) != 1) + 1
    for low, high in zip([0, *breaks.tolist()], [*breaks.tolist(), len(raw.rows)], strict=True):
        if high > low:
            yield table.slice(low, high - low), int(raw.rows[low]) - 1


def _iter_blocks(layout: Layout, names: tuple[str, ...]) -> Iterator[tuple[pa.Table, int]]:
    """Yield the blocks of a file, each with the rows before it."""
    start = 0
    with open_bytes(layout.path) as file, _open_reader(layout, file, []) as reader:
        for batch in reader:
            yield pa.Table.from_batches([batch]).rename_columns(list(names)), start
            start += batch.num_rows


def _open_reader(layout: Layout, file: object, ragged: list[int]) -> arrow_csv.CSVStreamingReader:
    """Open a file's lines as blocks; ``ragged`` gets an entry for each line with too many or too few fields."""

    def count_ragged(line: arrow_csv.InvalidRow) -> str:
        ragged.append(line.actual_columns)
        return "skip"

    return arrow_csv.open_csv(file, **read_options(layout, layout.encoding, layout.header_lines, count_ragged))


def _check_blocks(file: Path, notes: list[str]) -> tuple[Layout | None, int]:
    """Return how a large file is laid out and how many rows it has; None where it has to be read whole."""
    if get_suffix(file) not in TEXT_SUFFIXES:
        raise DataError(f"files: {str(file)!r} is read whole or not at all. Save the export as CSV or Parquet.")
    if file.stat().st_size <= WHOLE_BYTES:
        return None, 0
    own_notes: list[str] = []
    layout = find_layout(file, None, None, own_notes)
    fault, rows = _find_fault(layout)
    if fault is not None:
        notes.append(f"{file.name}: {fault}, so the file was read whole and not in blocks; that takes more memory.")
        return None, 0
    notes += own_notes
    return layout, rows


def _find_fault(layout: Layout) -> tuple[str | None, int]:
    """Return what only the whole file can tell, in words, or None; and the number of rows."""
    if any(not name.strip() for name in layout.header):
        return "a column has no header", 0
    if len(set(map(str.casefold, _clean_names(layout)))) < len(layout.header):
        return "a header is there twice", 0
    ragged: list[int] = []
    rows = 0
    frame = pd.DataFrame()
    try:
        with open_bytes(layout.path) as file, _open_reader(layout, file, ragged) as reader:
            for batch in reader:
                frame = batch.to_pandas()
                frame.columns = pd.Index(layout.header, dtype=object)
                rows += len(frame)
                fault = "a line has too many or too few fields" if ragged else _find_block_fault(layout, frame)
                if fault is not None:
                    return fault, 0
    except pa.ArrowInvalid:
        return "its lines cannot be told apart", 0
    check_last_row(layout, LineTable(frame, np.arange(rows - len(frame) + 1, rows + 1), ()))
    return ("a line has too many or too few fields", 0) if ragged else (None, rows)


def _find_block_fault(layout: Layout, frame: pd.DataFrame) -> str | None:
    """Return what is unusual about a block of rows, in words; None for nothing."""
    if find_swallowed_rows(frame, layout.separator):
        return "a quotation mark seems never to be closed"
    if any(has_formulas(frame.iloc[:, i]) for i in range(frame.shape[1])):
        return "some texts are written as formulas"
    block = LineTable(frame, np.arange(1, len(frame) + 1), ())
    notes: list[str] = []
    kept = drop_rows_without_data(layout, block, notes)
    if notes or len(kept.rows) < len(frame):
        return "some rows look like totals, titles or second headers"
    return None


def _clean_names(layout: Layout) -> tuple[str, ...]:
    """Return the headers of a file as every reader gives them."""
    empty = pd.DataFrame(columns=pd.Index(layout.header, dtype=object))
    return tuple(clean_headers(empty, layout.path.name, [])[0].columns)
