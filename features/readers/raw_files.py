"""What does this file hold? Any CSV, Excel, JSON or Parquet export -> one frame of raw values.

Lives here: choosing the reader by suffix and content, Parquet, headers, writing all or nothing.
Does not live here: text files (``csv_files``), Excel (``spreadsheets``), JSON (``json_files``), what a value means
(``features.parsing``), which column is which (``features.mapping``).
"""

import tempfile
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet

from features.errors import DataError
from features.readers.csv_files import read_delimited
from features.readers.json_files import JSON_SUFFIXES, read_json
from features.readers.spreadsheets import is_spreadsheet, read_html_table, read_sheet
from features.readers.table_layout import clean_header, is_blank

__all__ = ["SUFFIXES", "RawFrame", "arrow_to_frame", "clean_headers", "get_suffix", "read_frame"]

SUFFIXES = (
    *(".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".xls", ".xlsx", ".xlsm"),
    *JSON_SUFFIXES,
    *(".zip", ".parquet"),
)
"""File endings that can be read, in lower case."""


@dataclass(frozen=True)
class RawFrame:
    """One file as it is: nothing converted, nothing guessed, nothing lost.

    Parameters
    ----------
    frame : DataFrame
        Text columns (CSV), or native values in object columns (Excel) or native columns (Parquet). Headers stripped and
        unique.
    separator, encoding : str
        As detected or requested; empty for Excel and Parquet.
    notes : tuple of str
        What was decided while reading, one sentence each.
    rows : int array of shape (len(frame),)
        1-based line of data of each row in its file; blank lines are not counted.
    ragged : tuple of (int, str)
        Lines that have too many or too few fields: their row number and their text.
    files : tuple of str
        The parts that the rows come from, where there are several; empty for a single file.
    file_of : int array of shape (len(frame),), optional
        Which of ``files`` each row comes from, and ``ragged_file_of`` the same for ``ragged``.
    rows_before : int array of shape (len(files),), optional
        Rows in all earlier parts.
    unmatched : object array of shape (len(frame),), optional
        Of rows that were joined to leads: why a row has no lead or says nothing, None for all others.
    left_empty : dict, optional
        For the leads of a store of ours: column -> ids of the leads whose source sent it without a value. Everything
        else that has no value there was not sent.
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
    unmatched: np.ndarray | None = None
    left_empty: dict[str, frozenset[str]] | None = None

    @property
    def numbers(self) -> np.ndarray:
        """The number of each row in the whole table, all parts one after the other. Shape (len(frame),)."""
        return self.rows if self.file_of is None else self.rows + self.rows_before[self.file_of]

    def get_file(self, row: int) -> str:
        """Return the part that a row of ``frame`` comes from; empty for a single file."""
        return "" if self.file_of is None else self.files[self.file_of[row]]

    def get_ragged_file(self, position: int) -> str:
        """Return the part that a line of ``ragged`` comes from; empty for a single file."""
        return self.files[self.ragged_file_of[position]] if self.files else ""


def read_frame(
    path: str | Path, *, separator: str | None = None, encoding: str | None = None, sheet: str | None = None
) -> RawFrame:
    """Read everything in one file.

    Parameters
    ----------
    path : str or Path
        Ends in one of ``SUFFIXES``.
    separator, encoding : str, optional
        For delimited text; detected when left out.
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
            "Save the export as CSV, Excel (.xlsx), JSON or Parquet."
        )
    if path.stat().st_size == 0:
        raise DataError(f"files: {str(path)!r} is empty (0 bytes), expected a header and rows. Export it again.")
    if suffix == ".parquet":
        frame, notes = _read_parquet(path)
        frame, all_notes = clean_headers(frame, path.name, notes)
        return RawFrame(frame, "", "", all_notes, np.arange(1, len(frame) + 1))
    if suffix in JSON_SUFFIXES:
        frame, notes, rows = read_json(path)
        frame, all_notes = clean_headers(frame, path.name, notes)
        return RawFrame(frame, "", "", all_notes, rows)
    if suffix == ".zip":
        return _read_zipped(path, separator=separator, encoding=encoding, sheet=sheet)
    if suffix.startswith(".xls") and is_spreadsheet(path):
        frame, notes, rows = read_sheet(path, sheet)
        frame, all_notes = clean_headers(frame, path.name, notes)
        return RawFrame(frame, "", "", all_notes, rows)
    notes = []
    if suffix.startswith(".xls"):
        # Web CRMs save an HTML table, and others a CSV file, under Excel's suffix.
        frame, notes, rows = read_html_table(path)
        if frame is not None:
            frame, all_notes = clean_headers(frame, path.name, notes)
            return RawFrame(frame, "", "", all_notes, rows)
    text_file = read_delimited(path, separator, encoding)
    frame, all_notes = clean_headers(text_file.frame, path.name, [*notes, *text_file.notes])
    return RawFrame(frame, text_file.separator, text_file.encoding, all_notes, text_file.rows, text_file.ragged)


def get_suffix(path: Path) -> str | None:
    """Return the suffix of a readable file in lower case; None when it is not one of ``SUFFIXES``.

    >>> get_suffix(Path("leads.CSV.gz")), get_suffix(Path("leads.pdf"))
    ('.csv.gz', None)
    """
    name = path.name.lower()
    return max((suffix for suffix in SUFFIXES if name.endswith(suffix)), key=len, default=None)


def _read_parquet(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """Read a Parquet file's columns, by position."""
    try:
        table = parquet.ParquetFile(path).read()
    except (pa.ArrowInvalid, OSError):
        raise DataError(
            f"files: {str(path)!r} is not a Parquet file although its name says so. "
            "Export it again, or correct its suffix."
        ) from None
    return arrow_to_frame(table), []


def arrow_to_frame(table: pa.Table) -> pd.DataFrame:
    """Convert an Arrow table to a frame of raw values, whatever its columns are called.

    An integer stays an integer beside missing values.
    """
    names = table.column_names
    frame = table.rename_columns([str(i) for i in range(len(names))]).to_pandas(
        ignore_metadata=True, integer_object_nulls=True
    )
    for number, kind in enumerate(table.schema.types):
        # Several values in a cell become one text, as text exports write them.
        if pa.types.is_list(kind) or pa.types.is_large_list(kind):
            frame[str(number)] = [
                None if cell is None else "; ".join(str(member) for member in cell) for cell in frame[str(number)]
            ]
    frame.columns = pd.Index(names, dtype=object)
    return frame


def _read_zipped(path: Path, **options: str | None) -> RawFrame:
    """Read the one table inside a ZIP archive.

    Raises
    ------
    DataError
        If it is no archive, or holds no table or several.
    """
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
            names = [name for name in archive.namelist() if get_suffix(Path(name)) not in (None, ".zip")]
            names = [name for name in names if not Path(name).name.startswith((".", "__MACOSX"))]
            if len(names) != 1:
                raise DataError(
                    f"files: {str(path)!r} holds {len(names)} tables, expected one. Unpack it and name the file."
                )
            # The member's own path is not used: it could lead out of the folder.
            member = Path(folder) / f"member{get_suffix(Path(names[0]))}"
            member.write_bytes(archive.read(names[0]))
            return read_frame(member, **options)
    except (RuntimeError, NotImplementedError):
        raise DataError(
            f"files: {str(path)!r} has a password or is packed in a way that is not read. Unpack it and name the file."
        ) from None
    except zipfile.BadZipFile:
        raise DataError(
            f"files: {str(path)!r} is not a ZIP archive although its name says so. Copy it again."
        ) from None


def clean_headers(frame: pd.DataFrame, source: str, notes: list[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Strip headers, drop empty columns without a header of their own, and number repeated ones.

    Return the frame, and ``notes`` with what was done; they call the table ``source``.
    """
    names = [clean_header(name) for name in frame.columns]
    counts = Counter(name.casefold() for name in names if name)
    seen: Counter[str] = Counter()
    keep = []
    for i, name in enumerate(names):
        seen[name.casefold()] += 1
        if name and seen[name.casefold()] == 1:
            keep.append(i)
            continue
        has_values = not all(is_blank(cell) for cell in frame.iloc[:, i].to_numpy(object))
        if name and has_values:
            names[i] = _number_header(name, seen[name.casefold()], names)
            keep.append(i)
            notes.append(f"{source}: {name!r} heads {counts[name.casefold()]} columns; one is called {names[i]!r}.")
        elif name:
            notes.append(f"{source}: {name!r} heads {counts[name.casefold()]} columns; an empty one was dropped.")
        elif has_values:
            names[i] = f"column {i + 1}"
            keep.append(i)
            notes.append(f"{source}: column {i + 1} has values but no header; it is called {names[i]!r}.")
        else:
            notes.append(f"{source}: column {i + 1} has neither header nor values and was dropped.")
    frame = frame.iloc[:, keep]
    frame.columns = pd.Index([names[i] for i in keep], dtype=object)
    return frame, tuple(notes)


def _number_header(name: str, number: int, names: list[str]) -> str:
    """Return "Email (2)" for the second column called Email; never a name that another column has already."""
    while f"{name} ({number})" in names:
        number += 1
    return f"{name} ({number})"
