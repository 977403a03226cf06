"""How is this text file laid out? Separator and encoding found by looking, every line accounted for.

Lives here: delimited text (CSV, TSV, also gzipped) -> a frame of text; lines with too many or too few fields set aside
with their text. Does not live here: Excel, Parquet, writing (``files``); what a text means (``values``)."""

import csv
import gzip
import io
import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder, lookup
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv

from features.errors import DataError

__all__ = ["DelimitedFile", "read_delimited"]

_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_LOOK = 1 << 18
_PAGES = ["cp1252", "cp1251", "cp1253", "cp1255", "cp1256", "shift_jis", "gb18030", "big5", "euc_kr"]


@dataclass(frozen=True)
class DelimitedFile:
    """A text file as it stands; the fields are those of ``files.RawFrame``."""

    frame: pd.DataFrame
    separator: str
    encoding: str
    notes: tuple[str, ...]
    rows: np.ndarray
    ragged: tuple[tuple[int, str], ...]


def read_delimited(path: Path, separator: str | None = None, encoding: str | None = None) -> DelimitedFile:
    """All lines of a delimited text file, as text.

    Raises
    ------
    DataError
        If the file is blank, damaged, not in the encoding given, or plainly uses another separator than the one given.
    """
    notes: list[str] = []
    encoding = _encoding(path, encoding, notes)
    sample = _sample(path, encoding)
    if not sample.strip():
        raise DataError(f"files: {str(path)!r} holds no text, expected a header and rows. Export it again.")
    separator = _separator(path, sample, separator, notes)
    header, lines_of_header = _header(sample, separator)
    first = next(_records(sample, separator, 2, skip=1), header)
    if len(first) == len(header) + 1 and not first[-1].strip():
        header.append("")  # every line of data ends in a separator, the header does not
    frame, rows, ragged = _lines(path, separator, encoding, header, lines_of_header)
    return DelimitedFile(frame, separator, encoding, tuple(notes), rows, ragged)


def _opened(path: Path) -> Any:
    """The file's bytes, unpacked when gzipped."""
    return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb")


def _encoding(path: Path, given: str | None, notes: list[str]) -> str:
    """The encoding given, once checked, or the one found: a byte order mark, then UTF-8, then the likeliest other."""
    if given is not None:
        try:
            lookup(given)
        except LookupError:
            raise DataError(
                f"files: there is no encoding called {given!r}. Common ones: utf-8, utf-16, cp1252."
            ) from None
    try:
        with _opened(path) as file:
            start = file.read(4096)
        found = _by_mark(start)
        wanted = given or found or "utf-8"
        broken = _first_undecodable(path, wanted)
        if broken is None:
            return wanted
        likely = _likeliest(broken)
        readable = _first_undecodable(path, likely) is None
    except (OSError, EOFError, zlib.error):
        raise DataError(
            f"files: {str(path)!r} cannot be unpacked or read to its end; it may be cut short. Export or copy it again."
        ) from None
    if given or found:
        raise DataError(
            f"files: {str(path)!r} is not in {wanted!r}; it looks like {likely!r}. Leave the encoding out, or give that one."
        )
    if not readable:
        raise DataError(
            f"files: {str(path)!r} mixes encodings or is damaged: neither utf-8 nor {likely} reads it whole. Export it again as UTF-8."
        )
    notes.append(f"{path.name}: not in UTF-8; read as {likely}.")
    return likely


def _by_mark(start: bytes) -> str | None:
    """The encoding that the first bytes give away."""
    if start.startswith(BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    if len(start) > 3 and start[1::2].count(0) > 0.3 * len(start[1::2]):
        return "utf-16-le"
    if len(start) > 3 and start[::2].count(0) > 0.3 * len(start[::2]):
        return "utf-16-be"
    return None


def _first_undecodable(path: Path, encoding: str) -> bytes | None:
    """None when the whole file decodes; else the bytes around the first place that does not."""
    decoder = getincrementaldecoder(encoding)()
    with _opened(path) as file:
        while block := file.read(1 << 22):
            try:
                decoder.decode(block)
            except UnicodeError as fault:
                start = max(getattr(fault, "start", 0) - 2000, 0)
                return block[start : start + (1 << 16)]
    try:
        decoder.decode(b"", final=True)
    except UnicodeError:
        return block
    return None


def _likeliest(around: bytes) -> str:
    """The likeliest encoding of bytes that are not UTF-8.

    Western Europe's pages differ in a few letters only: cp1252 stands for them.
    """
    from charset_normalizer import from_bytes  # slow to import; rarely needed

    found = from_bytes(around, cp_isolation=_PAGES) if around else ()
    western = [match.chaos for match in found if match.encoding == "cp1252"]
    best = found.best() if found else None
    return "cp1252" if best is None or (western and western[0] <= best.chaos + 0.02) else best.encoding


def _sample(path: Path, encoding: str) -> str:
    """The first lines of the file, as text, the last one only when whole."""
    with _opened(path) as file:
        block = file.read(_LOOK)
        more = bool(file.read(1))
    text = block.decode(encoding, errors="ignore")
    return text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text if more else text


def _records(sample: str, separator: str, many: int, skip: int = 0) -> Any:
    """The first records that are not blank, as lists of fields."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    number = 0
    try:
        for record in reader:
            if record:
                number += 1
                if number > skip:
                    yield record
            if number >= many:
                return
    except csv.Error:  # a field beyond csv's limit: what was read so far is enough to look at
        return


def _fit(sample: str, separator: str) -> tuple[float, int]:
    """How well a separator explains the lines: share of the lines with as many fields as the header, and the fields."""
    records = list(_records(sample, separator, 200))
    width = len(records[0]) if records else 0
    if width < 2:
        return 0.0, width
    same = sum(len(record) == width or (len(record) == width + 1 and not record[-1]) for record in records)
    return same / len(records), width


def _separator(path: Path, sample: str, given: str | None, notes: list[str]) -> str:
    """The separator given, unless another is plainly right; or the one that explains the lines best."""
    if given is not None and len(given) != 1:
        raise DataError(
            f"files: the separator {given!r} has {len(given)} characters, expected one, such as ',' or ';'."
        )
    fits = {separator: _fit(sample, separator) for separator in _SEPARATORS}
    best = max(fits, key=lambda separator: (round(fits[separator][0], 1), fits[separator][1]))
    if given is not None:
        if _fit(sample, given)[1] < 2 <= fits[best][1]:
            raise DataError(
                f"files: {str(path)!r} has one column only when split at {given!r}. {best!r} ({_SEPARATORS[best]}) looks right, "
                f"with {fits[best][1]} columns. Give that separator, or none."
            )
        return given
    if fits[best][1] < 2:
        notes.append(
            f"{path.name}: one column only; no separator among comma, semicolon, tab and vertical bar was found."
        )
        return ","
    if best != ",":
        notes.append(f"{path.name}: the separator is a {_SEPARATORS[best]}.")
    return best


def _header(sample: str, separator: str) -> tuple[list[str], int]:
    """The header's fields and the physical lines up to its end."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    for record in reader:
        if record:
            return record, reader.line_num
    return [], reader.line_num


def _lines(
    path: Path, separator: str, encoding: str, header: list[str], skip: int
) -> tuple[pd.DataFrame, np.ndarray, tuple[tuple[int, str], ...]]:
    """Every line of data: those that have the header's number of fields as a frame, the others as text."""
    ragged: list[tuple[int, str]] = []

    def set_aside(line: arrow_csv.InvalidRow) -> str:
        ragged.append((line.number - skip, line.text))
        return "skip"

    places = [str(i) for i in range(len(header))]
    try:
        with _opened(path) as file:
            table = arrow_csv.read_csv(
                file,
                read_options=arrow_csv.ReadOptions(
                    use_threads=False, encoding=encoding, column_names=places, skip_rows=skip, block_size=1 << 23
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=separator, newlines_in_values=True, invalid_row_handler=set_aside
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(places, pa.string()), strings_can_be_null=False
                ),
            )
    except pa.ArrowInvalid:
        raise DataError(
            f"files: {str(path)!r} cannot be split into rows; a quotation mark is probably opened and never closed. Export it again."
        ) from None
    frame = table.to_pandas()
    if len(frame) and any("\n" in field or "\r" in field for field in frame.iloc[-1]) and _quotes(path, encoding) % 2:
        raise DataError(
            f"files: {str(path)!r} opens a quotation mark in its row {len(frame) + len(ragged)} of data that is never closed. "
            "Close it, or export again."
        )
    frame.columns = pd.Index(header, dtype=object)
    rows = np.arange(1, len(frame) + len(ragged) + 1)
    return frame, np.delete(rows, [number - 1 for number, _ in ragged]) if ragged else rows, tuple(ragged)


def _quotes(path: Path, encoding: str) -> int:
    """How many quotation marks the file has: an even number when each is closed."""
    mark = '"'.encode("utf-8" if encoding.startswith("utf-16") else encoding)[-1:]
    with _opened(path) as file:
        return sum(block.count(mark) for block in iter(lambda: file.read(1 << 22), b""))
