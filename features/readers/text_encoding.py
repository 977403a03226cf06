"""In which encoding is this text file? A byte order mark, then UTF-8, then the likeliest other.

Lives here: opening a text file's bytes (also gzipped), detecting its encoding, reading a sample of its first lines.
Does not live here: separators and fields (``csv_files``).
"""

import gzip
import io
import re
import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder, lookup
from pathlib import Path

from features.errors import DataError

__all__ = ["open_bytes", "read_sample", "resolve_encoding"]

_SAMPLE_BYTES = 1 << 18
_BLOCK_BYTES = 1 << 22
_PIECE_BYTES = 1 << 16
_CODE_PAGES = ["cp1252", "cp1251", "cp1253", "cp1255", "cp1256", "shift_jis", "gb18030", "big5", "euc_kr"]

_MARKS_IN_WORDS = re.compile(r"[^\W\d_][³¹²¿£¥¼¾][^\W\d_]")
_FEWEST_MARKS = 2
_TURKISH, _NOT_TURKISH = re.compile("[ýþðÝÞÐ]"), re.compile("[áæéíóúÁÆÉÍÓÚ]")
"""ı, ş, ğ and İ as cp1252 reads them, and vowels that stand beside those letters in Icelandic and never in Turkish."""
_OTHERS_SHARE = 0.2


def open_bytes(path: Path) -> gzip.GzipFile | io.BufferedReader:
    """Open the file's bytes, decompressed when gzipped."""
    return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb")


def resolve_encoding(path: Path, requested: str | None, notes: list[str]) -> str:
    """Check the requested encoding, or detect one: a byte order mark, then UTF-8, then the likeliest other."""
    if requested is not None:
        try:
            lookup(requested)
        except LookupError:
            raise DataError(
                f"files: there is no encoding called {requested!r}. Common ones: utf-8, utf-16, cp1252."
            ) from None
    try:
        with open_bytes(path) as file:
            marked = _detect_by_mark(file.read(4096))
        encoding = requested or marked or "utf-8"
        undecodable = _find_undecodable(path, encoding)
        if undecodable is None:
            return encoding
        guesses = _guess_encodings(undecodable)
        # Where the likeliest cannot read the whole file, the next one may: Japanese has bytes that cp1252 lacks.
        readable = next((name for name in guesses if _find_undecodable(path, name) is None), None)
        likely = readable or guesses[0]
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
    if readable is None:
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
    with open_bytes(path) as file:
        while block := file.read(_BLOCK_BYTES):
            try:
                decoder.decode(block)
            except UnicodeError as error:
                return _cut_lines(block, max(getattr(error, "start", 0) - 2000, 0))
    try:
        decoder.decode(b"", final=True)
    except UnicodeError:
        return block
    return None


def _cut_lines(block: bytes, start: int) -> bytes:
    """Return whole lines from about ``start`` on: half a character at an end fits no encoding.

    >>> _cut_lines(b"first\\nsecond\\nthird", 8)
    b'second\\nthird'
    """
    start = block.rfind(b"\n", 0, start) + 1
    piece = block[start : start + _PIECE_BYTES]
    end = piece.rfind(b"\n") + 1 if len(piece) == _PIECE_BYTES else 0
    return piece[:end] if end else piece


def _guess_encodings(sample: bytes) -> list[str]:
    """Guess the encodings of bytes that are not UTF-8, the likeliest first.

    Western Europe's code pages differ in a few letters only, so cp1252 represents them all; read as one of them,
    Central Europe's has marks inside of words ("zg³oszenia"), and Turkey's has letters of Iceland.
    """
    from charset_normalizer import from_bytes  # slow to import; rarely needed

    matches = from_bytes(sample, cp_isolation=_CODE_PAGES) if sample else ()
    # Nearly as good is good enough for cp1252: with few accents other code pages win by chance.
    western = [match.chaos for match in matches if match.encoding == "cp1252"]
    best = matches.best() if matches else None
    is_western = best is None or bool(western and western[0] <= best.chaos + 0.02)
    likely = "cp1252" if best is None or is_western else best.encoding
    # What wins in place of cp1250 are cp1252 and, by chance, cp1256; Cyrillic and Asian ones have such bytes, too.
    has_marks = len(_MARKS_IN_WORDS.findall(sample.decode("cp1252", errors="replace"))) >= _FEWEST_MARKS
    others = [match.encoding for match in matches]
    if has_marks and likely in ("cp1252", "cp1256"):
        likely = "cp1250"
    elif likely == "cp1252" and _reads_as_turkish(sample):
        likely = "cp1254"
    return list(dict.fromkeys((likely, *others)))


def _reads_as_turkish(sample: bytes) -> bool:
    """Return whether bytes have Turkey's letters where Western Europe's code page has those of Iceland.

    >>> (
    ...     _reads_as_turkish("Başvuru; Randevu alındı; Işık".encode("cp1254")),
    ...     _reads_as_turkish("þýða á morgun".encode("cp1252")),
    ... )
    (True, False)
    """
    letters = sample.decode("cp1252", errors="replace")
    turkish, others = len(_TURKISH.findall(letters)), len(_NOT_TURKISH.findall(letters))
    return turkish >= _FEWEST_MARKS and others < _OTHERS_SHARE * turkish


def read_sample(path: Path, encoding: str) -> str:
    """Read the first lines of the file as text, without a last line that is cut off."""
    with open_bytes(path) as file:
        block = file.read(_SAMPLE_BYTES)
        is_cut = bool(file.read(1))
    text = block.decode(encoding, errors="ignore")
    if not is_cut:
        return text
    return text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
