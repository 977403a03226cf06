"""What stands in this file? Any CSV, Excel or Parquet export -> one frame of raw values; and frames -> files, all or
nothing.

Lives here: choosing how to read by suffix, Excel and Parquet, headers, writing atomically.
Does not live here: finding separator and encoding (``delimited``), what a value means (``values``), whose column it is
(``mapping``)."""

import gzip
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet

from features.errors import DataError
from features.readers.csv_files import read_delimited

__all__ = [
    "SUFFIXES",
    "RawFrame",
    "open_atomic_writer",
    "require_writable",
    "arrow_to_frame",
    "read_frame",
    "get_suffix",
    "write_frame",
]

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".xlsx", ".xlsm", ".parquet")
"""File endings that can be read, in lower case."""


@dataclass(frozen=True)
class RawFrame:
    """One file as it stands: nothing converted, nothing guessed, nothing lost.

    Parameters
    ----------
    frame : DataFrame
        Text columns (CSV), or native values in object columns (Excel) or native columns (Parquet). Headers stripped and
        unique.
    separator, encoding : str
        As found or given; empty for Excel and Parquet.
    notes : tuple of str
        What was decided while reading, one sentence each.
    rows : int array of shape (len(frame),)
        1-based line of data of each row in its file; blank lines are not counted.
    ragged : tuple of (int, str)
        Lines that have too many or too few fields: their row number and their text.
    files : tuple of str
        The parts that the rows come from, where there are several; empty for a single file.
    file_of : int array of shape (len(frame),), optional
        Which of ``files`` each row stands in, and ``ragged_file_of`` the same for ``ragged``.
    rows_before : int array of shape (len(files),), optional
        Rows in all earlier parts.
    """

    frame: pd.DataFrame
    separator: str
    encoding: str
    notes: tuple[str, ...]
    rows: np.ndarray
    ragged: tuple[tuple[int, str], ...] = ()
    files: tuple[str, ...] = ()
    file_of: np.ndarray | None = None
    ragged_file_of: tuple[int, ...] = ()
    rows_before: np.ndarray | None = None

    @property
    def numbers(self) -> np.ndarray:
        """The number of each row in the whole table, all parts one after the other. Shape (len(frame),)."""
        return self.rows if self.file_of is None else self.rows + self.rows_before[self.file_of]

    def file(self, row: int) -> str:
        """The part that a row of ``frame`` stands in; empty for a single file."""
        return "" if self.file_of is None else self.files[self.file_of[row]]

    def ragged_file(self, place: int) -> str:
        """The part that a line of ``ragged`` stands in; empty for a single file."""
        return self.files[self.ragged_file_of[place]] if self.files else ""


def read_frame(
    path: str | Path, *, separator: str | None = None, encoding: str | None = None, sheet: str | None = None
) -> RawFrame:
    """Everything that stands in one file.

    Parameters
    ----------
    path : str or Path
        Ends in one of ``SUFFIXES``.
    separator, encoding : str, optional
        For delimited text; found by looking when left out.
    sheet : str, optional
        For Excel; the first sheet when left out.

    Raises
    ------
    DataError
        If the file is missing, a folder, empty, not what its name says, or has no usable header.
    """
    path = Path(path)
    suffix = get_suffix(path)
    if path.is_dir():
        raise DataError(f"files: {str(path)!r} is a folder, expected a file. Name the file inside it.")
    if not path.exists():
        raise DataError(f"files: there is no file {str(path)!r}. Check the spelling and the folder.")
    if suffix is None:
        raise DataError(
            f"files: {str(path)!r} ends in {path.suffix or 'nothing'!r}, expected one of {', '.join(SUFFIXES)}. "
            "Save the export as CSV, Excel (.xlsx) or Parquet."
        )
    if path.stat().st_size == 0:
        raise DataError(f"files: {str(path)!r} is empty (0 bytes), expected a header and rows. Export it again.")
    if suffix == ".parquet":
        frame, notes = _parquet(path)
        return RawFrame(*_named(frame, path, notes), rows=np.arange(1, len(frame) + 1))
    if suffix.startswith(".xls"):
        frame, notes, rows = _excel(path, sheet)
        return RawFrame(*_named(frame, path, notes), rows=rows)
    found = read_delimited(path, separator, encoding)
    frame, _, _, notes = _named(found.frame, path, list(found.notes))
    return RawFrame(frame, found.separator, found.encoding, notes, found.rows, found.ragged)


def write_frame(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a frame as CSV (.csv, .csv.gz) or Parquet (.parquet), whole or not at all: a reader never sees half a file.

    Raises
    ------
    DataError
        If the ending is another one or the folder is missing.
    """
    with open_atomic_writer(path) as write:
        write(frame)


@contextmanager
def open_atomic_writer(path: str | Path) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Yield ``write(frame)``, which appends frames of the same columns to a new file; the file takes its name when all
    is written, or not at all.

    Raises
    ------
    DataError
        If the ending is none that ``write_frame`` knows or the folder is missing.
    """
    path = Path(path)
    suffix = get_suffix(path)
    if suffix not in (".csv", ".csv.gz", ".parquet"):
        raise DataError(
            f"files: {str(path)!r} ends in {path.suffix or 'nothing'!r}, expected .csv, .csv.gz or .parquet. Choose one of them."
        )
    if not path.parent.is_dir():
        raise DataError(
            f"files: there is no folder {str(path.parent)!r} to write {path.name!r} into. Make it first, or choose another."
        )
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=suffix)
    os.close(handle)
    try:
        with _appending_parquet(beside) if suffix == ".parquet" else _appending_text(beside) as write:
            yield write
        os.chmod(beside, 0o666 & ~_umask())
        os.replace(beside, path)
    finally:
        Path(beside).unlink(missing_ok=True)


@contextmanager
def _appending_text(path: str) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Appends frames as CSV, with one header."""
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "wt", encoding="utf-8", newline="") as file:
        headers = iter((True,))
        yield lambda frame: frame.to_csv(file, index=False, header=next(headers, False))


@contextmanager
def _appending_parquet(path: str) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Appends frames as row groups, in the types of the first one; a column without any value there is one of texts."""
    with ExitStack() as stack:
        writer: list[parquet.ParquetWriter] = []

        def write(frame: pd.DataFrame) -> None:
            if not writer:
                found = pa.Schema.from_pandas(frame, preserve_index=False)
                types = [one.with_type(pa.large_string()) if pa.types.is_null(one.type) else one for one in found]
                writer.append(stack.enter_context(parquet.ParquetWriter(path, pa.schema(types, found.metadata))))
            writer[0].write_table(pa.Table.from_pandas(frame, writer[0].schema, preserve_index=False))

        yield write


def require_writable(folder: str | Path) -> None:
    """Say before long work that its result could not be written. Nothing is left behind.

    Raises
    ------
    DataError
        If neither the folder nor the nearest one above it that exists can be written to.
    """
    above = Path(folder).absolute()
    while not above.exists():
        above = above.parent
    try:
        with tempfile.TemporaryDirectory(dir=above):
            pass
    except OSError as fault:
        raise DataError(
            f"files: nothing can be written to {str(above)!r} ({fault.strerror}). Choose another place for {Path(folder).name!r}."
        ) from None


def get_suffix(path: Path) -> str | None:
    """The ending of a readable file, in lower case; None when it is none of ours.

    >>> get_suffix(Path("leads.CSV.gz")), get_suffix(Path("leads.pdf"))
    ('.csv.gz', None)
    """
    name = path.name.lower()
    return max((suffix for suffix in SUFFIXES if name.endswith(suffix)), key=len, default=None)


def _umask() -> int:
    """The permissions a new file of this process does not get. (It can only be read by setting it.)"""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _parquet(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """A Parquet file's columns, by position."""
    try:
        table = parquet.ParquetFile(path).read()
    except (pa.ArrowInvalid, OSError):
        raise DataError(
            f"files: {str(path)!r} is not a Parquet file although its name says so. Export it again, or mend its ending."
        ) from None
    return arrow_to_frame(table), []


def arrow_to_frame(table: pa.Table) -> pd.DataFrame:
    """An Arrow table as a frame of raw values, whatever its columns are called.

    A whole number stays one beside missing ones.
    """
    names = table.column_names
    frame = table.rename_columns([str(i) for i in range(len(names))]).to_pandas(
        ignore_metadata=True, integer_object_nulls=True
    )
    for number, kind in enumerate(table.schema.types):
        if pa.types.is_list(kind) or pa.types.is_large_list(
            kind
        ):  # several values in a cell, as text exports write them
            frame[str(number)] = [
                None if cell is None else "; ".join(str(member) for member in cell) for cell in frame[str(number)]
            ]
    frame.columns = pd.Index(names, dtype=object)
    return frame


def _excel(path: Path, sheet: str | None) -> tuple[pd.DataFrame, list[str], np.ndarray]:
    """One sheet: the first row that is not blank is the header; blank rows are passed over."""
    from openpyxl import load_workbook  # slow to import; only Excel users pay
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, OSError, ValueError):
        raise DataError(
            f"files: {str(path)!r} is not an Excel file although its name says so. Save it again as .xlsx, or mend its ending."
        ) from None
    try:
        if sheet is not None and sheet not in book.sheetnames:
            raise DataError(
                f"files: {str(path)!r} has no sheet {sheet!r}. Its sheets are: {', '.join(book.sheetnames)}."
            )
        page = book[sheet] if sheet is not None else book.worksheets[0]
        notes = (
            []
            if len(book.sheetnames) == 1
            else [f"{path.name}: {len(book.sheetnames)} sheets; {page.title!r} was read."]
        )
        page.reset_dimensions()
        lines = [list(line) for line in page.iter_rows(values_only=True)]
    finally:
        book.close()
    filled = [line for line in lines if any(_given(cell) for cell in line)]
    if not filled:
        raise DataError(
            f"files: {str(path)!r} has nothing in its sheet {page.title!r}, expected a header and rows. Name the sheet that has them."
        )
    width = max(len(line) for line in filled)
    padded = [line + [None] * (width - len(line)) for line in filled]
    columns = {i: pd.Series([line[i] for line in padded[1:]], dtype=object) for i in range(width)}
    frame = pd.DataFrame(columns)
    frame.columns = ["" if name is None else str(name) for name in padded[0]]
    return frame, notes, np.arange(1, len(frame) + 1)


def _named(frame: pd.DataFrame, path: Path, notes: list[str]) -> tuple[pd.DataFrame, str, str, tuple[str, ...]]:
    """The frame with stripped, unique headers; empty columns without a name dropped; the notes with what was done."""
    names = [" ".join(str(name).split()) for name in frame.columns]
    keep = []
    for i, name in enumerate(names):
        if name:
            keep.append(i)
        elif any(_given(cell) for cell in frame.iloc[:, i].to_numpy(object)):
            names[i] = f"column {i + 1}"
            keep.append(i)
            notes.append(f"{path.name}: column {i + 1} has values but no header; it is called {names[i]!r}.")
        else:
            notes.append(f"{path.name}: column {i + 1} has neither header nor values and was dropped.")
    kept = [names[i] for i in keep]
    twice = sorted({name for name in kept if kept.count(name) > 1})
    if twice:
        said = ", ".join(f"{name!r} ({kept.count(name)} times)" for name in twice)
        raise DataError(
            f"files: {str(path)!r} has headers that stand more than once: {said}. Give each column its own name and export again."
        )
    frame = frame.iloc[:, keep]
    frame.columns = pd.Index(kept, dtype=object)
    return frame, "", "", tuple(notes)


def _given(cell: Any) -> bool:
    """Whether a cell holds anything at all."""
    return not (cell is None or cell is pd.NA or cell != cell or (isinstance(cell, str) and not cell.strip()))
