"""How is this text file laid out? Detects separator and encoding, and accounts for every line.

Lives here: delimited text (CSV, TSV, also gzipped) -> a frame of text; lines with too many or too few fields are kept
apart as text.
Does not live here: Excel, Parquet and writing (``raw_files``); what a text means (``features.parsing``).
"""

import csv
import gzip
import io
import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder, lookup
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv

from features.errors import DataError

__all__ = ["DelimitedFile", "read_delimited"]

_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_SAMPLE_BYTES = 1 << 18
_BLOCK_BYTES = 1 << 22
_CODE_PAGES = ["cp1252", "cp1251", "cp1253", "cp1255", "cp1256", "shift_jis", "gb18030", "big5", "euc_kr"]


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
    encoding = _resolve_encoding(path, encoding, notes)
    sample = _read_sample(path, encoding)
    if not sample.strip():
        raise DataError(f"files: {str(path)!r} holds no text, expected a header and rows. Export it again.")
    separator = _resolve_separator(path, sample, separator, notes)
    header, header_lines = _read_header(sample, separator)
    first = next(_iter_records(sample, separator, limit=2, skip=1), header)
    # Every line of data ends in a separator and the header does not: without an extra column all rows would be ragged.
    if len(first) == len(header) + 1 and not first[-1].strip():
        header.append("")
    frame, rows, ragged = _read_lines(path, separator, encoding, header, header_lines)
    return DelimitedFile(frame, separator, encoding, tuple(notes), rows, ragged)


def _open_bytes(path: Path) -> gzip.GzipFile | io.BufferedReader:
    """Open the file's bytes, decompressed when gzipped."""
    return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb")


def _resolve_encoding(path: Path, requested: str | None, notes: list[str]) -> str:
    """Check the requested encoding, or detect one: a byte order mark, then UTF-8, then the likeliest other."""
    if requested is not None:
        try:
            lookup(requested)
        except LookupError:
            raise DataError(
                f"files: there is no encoding called {requested!r}. Common ones: utf-8, utf-16, cp1252."
            ) from None
    try:
        with _open_bytes(path) as file:
            marked = _detect_by_mark(file.read(4096))
        encoding = requested or marked or "utf-8"
        undecodable = _find_undecodable(path, encoding)
        if undecodable is None:
            return encoding
        likely = _guess_encoding(undecodable)
        readable = _find_undecodable(path, likely) is None
    except (OSError, EOFError, zlib.error):
        raise DataError(
            f"files: {str(path)!r} cannot be decompressed or read to its end; it may be cut short. "
            "Export or copy it again."
        ) from None
    if requested or marked:
        raise DataError(
            f"files: {str(path)!r} is not in {encoding!r}; it looks like {likely!r}. "
            "Leave the encoding out, or use that one."
        )
    if not readable:
        raise DataError(
            f"files: {str(path)!r} mixes encodings or is damaged: neither utf-8 nor {likely} can read all of it. "
            "Export it again as UTF-8."
        )
    notes.append(f"{path.name}: not in UTF-8; read as {likely}.")
    return likely


def _detect_by_mark(start: bytes) -> str | None:
    """Return the encoding that the first bytes give away, or None."""
    if start.startswith(BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    # UTF-16 without a mark: every other byte of Latin text is zero. 30% leaves room for other letters.
    if len(start) > 3 and start[1::2].count(0) > 0.3 * len(start[1::2]):
        return "utf-16-le"
    if len(start) > 3 and start[::2].count(0) > 0.3 * len(start[::2]):
        return "utf-16-be"
    return None


def _find_undecodable(path: Path, encoding: str) -> bytes | None:
    """Return the bytes around the first position that does not decode; None when the whole file decodes."""
    decoder = getincrementaldecoder(encoding)()
    with _open_bytes(path) as file:
        while block := file.read(_BLOCK_BYTES):
            try:
                decoder.decode(block)
            except UnicodeError as error:
                start = max(getattr(error, "start", 0) - 2000, 0)
                return block[start : start + (1 << 16)]
    try:
        decoder.decode(b"", final=True)
    except UnicodeError:
        return block
    return None


def _guess_encoding(sample: bytes) -> str:
    """Guess the likeliest encoding of bytes that are not UTF-8.

    Western Europe's code pages differ in a few letters only, so cp1252 represents them all.
    """
    from charset_normalizer import from_bytes  # slow to import; rarely needed

    matches = from_bytes(sample, cp_isolation=_CODE_PAGES) if sample else ()
    western = [match.chaos for match in matches if match.encoding == "cp1252"]
    best = matches.best() if matches else None
    return "cp1252" if best is None or (western and western[0] <= best.chaos + 0.02) else best.encoding


def _read_sample(path: Path, encoding: str) -> str:
    """Read the first lines of the file as text, without a last line that is cut off."""
    with _open_bytes(path) as file:
        block = file.read(_SAMPLE_BYTES)
        is_cut = bool(file.read(1))
    text = block.decode(encoding, errors="ignore")
    if not is_cut:
        return text
    return text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text


def _iter_records(sample: str, separator: str, limit: int, skip: int = 0) -> Iterator[list[str]]:
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

    Returns the share of lines with as many fields as the header, and the number of fields.
    """
    records = list(_iter_records(sample, separator, limit=200))
    width = len(records[0]) if records else 0
    if width < 2:
        return 0.0, width
    same = sum(len(record) == width or (len(record) == width + 1 and not record[-1]) for record in records)
    return same / len(records), width


def _resolve_separator(path: Path, sample: str, requested: str | None, notes: list[str]) -> str:
    """Return the requested separator unless another is clearly right, or else the one that explains the lines best."""
    if requested is not None and len(requested) != 1:
        raise DataError(
            f"files: the separator {requested!r} has {len(requested)} characters, expected one, such as ',' or ';'."
        )
    fits = {separator: _measure_fit(sample, separator) for separator in _SEPARATORS}
    best = max(fits, key=lambda separator: (round(fits[separator][0], 1), fits[separator][1]))
    if requested is not None:
        if _measure_fit(sample, requested)[1] < 2 <= fits[best][1]:
            raise DataError(
                f"files: {str(path)!r} has only one column when split at {requested!r}. "
                f"{best!r} ({_SEPARATORS[best]}) looks right, with {fits[best][1]} columns. Use it, or give none."
            )
        return requested
    if fits[best][1] < 2:
        notes.append(f"{path.name}: only one column; no comma, semicolon, tab or vertical bar separates its fields.")
        return ","
    if best != ",":
        notes.append(f"{path.name}: the separator is a {_SEPARATORS[best]}.")
    return best


def _read_header(sample: str, separator: str) -> tuple[list[str], int]:
    """Return the header's fields and the number of physical lines up to its end."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    for record in reader:
        if record:
            return record, reader.line_num
    return [], reader.line_num


def _read_lines(
    path: Path, separator: str, encoding: str, header: list[str], skip: int
) -> tuple[pd.DataFrame, np.ndarray, tuple[tuple[int, str], ...]]:
    """Read every line of data: those with the header's number of fields as a frame, the others as text."""
    ragged: list[tuple[int, str]] = []

    def collect_ragged(line: arrow_csv.InvalidRow) -> str:
        ragged.append((line.number - skip, line.text))
        return "skip"

    # Columns are read by position: headers need not be unique yet, and a repeated one gets its own message later.
    positions = [str(i) for i in range(len(header))]
    try:
        with _open_bytes(path) as file:
            table = arrow_csv.read_csv(
                file,
                read_options=arrow_csv.ReadOptions(
                    use_threads=False, encoding=encoding, column_names=positions, skip_rows=skip, block_size=1 << 23
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=separator, newlines_in_values=True, invalid_row_handler=collect_ragged
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(positions, pa.string()), strings_can_be_null=False
                ),
            )
    except pa.ArrowInvalid:
        raise DataError(
            f"files: {str(path)!r} cannot be split into rows; a quotation mark is probably opened and never closed. "
            "Export it again."
        ) from None
    frame = table.to_pandas()
    _check_quotes(path, encoding, frame, len(frame) + len(ragged))
    frame.columns = pd.Index(header, dtype=object)
    rows = np.arange(1, len(frame) + len(ragged) + 1)
    return frame, np.delete(rows, [number - 1 for number, _ in ragged]) if ragged else rows, tuple(ragged)


def _check_quotes(path: Path, encoding: str, frame: pd.DataFrame, row: int) -> None:
    """Refuse a file whose last row swallowed the rest of the file because a quotation mark was never closed."""
    spans_lines = len(frame) and any("\n" in field or "\r" in field for field in frame.iloc[-1])
    if spans_lines and _count_quotes(path, encoding) % 2:
        raise DataError(
            f"files: {str(path)!r} opens a quotation mark in its row {row} of data that is never closed. "
            "Close it, or export again."
        )


def _count_quotes(path: Path, encoding: str) -> int:
    """Count the file's quotation marks: an even number when each is closed."""
    mark = '"'.encode("utf-8" if encoding.startswith("utf-16") else encoding)[-1:]
    with _open_bytes(path) as file:
        return sum(block.count(mark) for block in iter(lambda: file.read(_BLOCK_BYTES), b""))
