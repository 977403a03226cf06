"""What does one raw value mean: which text, category, number, or yes or no?

Lives here: ``parse_<kind>(value)`` for one value (plain Python, about a microsecond) and ``to_<kind>(values)`` for a
column. Both share ONE definition: a column applies the same function to each distinct value, with a shortcut for
columns of plain numbers. A table and a single payload therefore always agree.
Does not live here: times (``timestamps``), which column is which (``mapping``), what to do about a value that cannot be
parsed (``tables``).

``bad`` always means that a value is present but cannot be parsed. A missing value is not bad.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.array_types import FloatArray, ObjectArray
from features.arrays.dictionary_encoding import DictionaryEncoded
from features.parsing.number_formats import (
    AS_WRITTEN,
    NumberEvidence,
    NumberFormat,
    collect_number_evidence,
    decide_number_format,
    read_written_number,
)

__all__ = [
    "MISSING",
    "TEXT_LIMIT",
    "parse_category",
    "is_missing",
    "normalize_missing_markers",
    "parse_number",
    "as_numpy_array",
    "decide_numbers",
    "parse_text",
    "to_category",
    "to_codes",
    "to_number",
    "to_text",
    "to_yes_no",
    "parse_yes_no",
]

TEXT_LIMIT = 10_000
"""Maximum number of characters of a text; the rest is cut off."""

MISSING = frozenset({"", "null", "none", "n/a", "#n/a", "na", "<na>", "-", "nan", "nat"})
"""Texts that mean "missing", in upper or lower case."""

YES = frozenset(
    "yes y true t 1 1.0 on si sí s oui vrai ja j wahr verdadero sim verdadeiro da tak checked x ✓ ✔ ☑".split()
)
NO = frozenset("no n false f 0 0.0 off non faux nein falsch falso não nao nej nee nie unchecked ✗ ✘ ☐".split())

NAN = float("nan")
_SHORT_COLUMN = 100
"""Columns up to this length are converted value by value, which is faster than finding distinct values first."""

_PLAIN_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_PLAIN_INTEGER = r"^-?[0-9]{1,30}$"
_PLAIN_DECIMAL = r"^-?[0-9]{1,30}(?:\.[0-9]{1,30})?$"
_UNCLEAR_DECIMAL = r"^-?[1-9][0-9]{0,2}\.[0-9]{3}$"
"""One dot before three digits: a decimal point, or one that separates thousands."""
_CLEAN_ASCII = r"\A[!-~]+(?: [!-~]+)*\z"
_CLEAN_IN_ANY_SCRIPT = _CLEAN_ASCII.replace("!-~", r"\p{L}\p{M}\p{N}\p{P}\p{S}")
_CONTROL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]"
)
"""Control characters, and those that nobody sees: soft hyphens, directions, spaces of no width. The joiners of emoji
and of Persian words stay."""
_OTHER_FORMS = r"[\x{FF00}-\x{FFEF}\x{0300}-\x{036F}]"
_OTHER_FORM = re.compile("[\uff00-\uffef\u0300-\u036f]")
"""Full-width letters and accents of their own: a category is composed to the usual letters."""


def normalize_missing_markers(extra: Iterable[str] = ()) -> frozenset[str]:
    """Return the texts that mean "missing": the usual ones and those of an export, such as ``Select``. Case is ignored.

    >>> "select" in normalize_missing_markers(["Select"])
    True
    """
    return MISSING | {" ".join(marker.split()).casefold() for marker in extra}


def is_missing(value: Any, missing: frozenset[str] = MISSING) -> bool:
    """Return whether a value is missing.

    >>> [is_missing(value) for value in (None, float("nan"), " N/A ", 0, "no")]
    [True, True, True, False, False]
    """
    if value is None or value is pd.NA:
        return True
    if isinstance(value, str):
        folded = value.strip().casefold()
        return folded in missing or (" " in folded and " ".join(folded.split()) in missing)
    return isinstance(value, (float, np.floating, datetime, np.datetime64, Decimal)) and value != value


def parse_text(value: Any, missing: frozenset[str] = MISSING) -> tuple[str | None, bool]:
    """Return (text, bad).

    The text is stripped and cut at 10,000 characters. Tabs become spaces; other control characters except the line feed
    are removed.

    >>> parse_text("  knee\\thurts \\x07"), parse_text(3.0), parse_text(None), parse_text(["knee"])
    (('knee hurts', False), ('3', False), (None, False), (None, True))
    """
    if is_missing(value, missing):
        return None, False
    if isinstance(value, str):
        text = value.strip()
    elif isinstance(value, (bool, np.bool_, int, np.integer)):
        text = str(value)
    elif isinstance(value, (float, np.floating)):
        # Up to 1e15 a float holds every whole number and its text is exact: an id of 7001.0 is the text "7001".
        text = str(int(value)) if abs(value) < 1e15 and value == int(value) else str(float(value))
    elif isinstance(value, (Decimal, date, np.datetime64)):
        text = str(value)
    else:
        return None, True
    # Nearly every text is printable, and asking is far quicker than a substitution that changes nothing.
    if not text.isprintable():
        text = _CONTROL.sub(_replace_control_character, text.replace("\r\n", "\n")).strip()
        if text.casefold() in missing:
            return None, False
    return (text, False) if len(text) <= TEXT_LIMIT else (text[:TEXT_LIMIT].rstrip(), False)


def parse_category(value: Any, missing: frozenset[str] = MISSING) -> tuple[str | None, bool]:
    """Return (category, bad): as ``parse_text``, with each run of white space folded to one space.

    >>> parse_category(" Organic   Search ")
    ('Organic Search', False)
    """
    text, bad = parse_text(value, missing)
    if text is None or (text.isascii() and text.isalnum()):
        return text, bad
    text = " ".join(text.split())
    if not text.isascii() and _OTHER_FORM.search(text):
        text = " ".join(unicodedata.normalize("NFKC", text).split())
    return (None, False) if text.casefold() in missing else (text, bad)


def parse_number(
    value: Any, missing: frozenset[str] = MISSING, number_format: NumberFormat = AS_WRITTEN
) -> tuple[float, bool]:
    """Return (number, bad); NaN if missing or bad. "45%" is 45; one comma before three digits separates thousands,
    unless ``number_format`` says that it is a decimal comma.

    >>> [parse_number(value)[0] for value in ("1,234.5", "$12", "45%", "12,5", "1.234,56", True)]
    [1234.5, 12.0, 45.0, 12.5, 1234.56, 1.0]
    >>> parse_number("about 5"), parse_number("inf")
    ((nan, True), (nan, True))
    """
    if is_missing(value, missing):
        return NAN, False
    if isinstance(value, str):
        text = value.strip()
        is_plain = _PLAIN_NUMBER.fullmatch(text) and (number_format.decimal in (None, "point") or "." not in text)
        number = float(text) if is_plain else read_written_number(text, number_format)
    elif isinstance(value, (int, float, np.bool_, np.integer, np.floating, Decimal)):
        try:
            number = float(value)
        except OverflowError:
            return NAN, True
    else:
        return NAN, True
    return (number, False) if -np.inf < number < np.inf else (NAN, True)


def parse_yes_no(value: Any, missing: frozenset[str] = MISSING) -> tuple[float, bool]:
    """Return (1.0 for yes, 0.0 for no or NaN, bad).

    >>> parse_yes_no("Y"), parse_yes_no(False), parse_yes_no("perhaps"), parse_yes_no("")
    ((1.0, False), (0.0, False), (nan, True), (nan, False))
    """
    if is_missing(value, missing):
        return NAN, False
    if isinstance(value, str):
        text = value.strip().casefold().rstrip(".!")
        if text in YES:
            return 1.0, False
        return (0.0, False) if text in NO else (NAN, True)
    if isinstance(value, (int, float, np.bool_, np.integer, np.floating, Decimal)) and value in (0, 1):
        return float(value), False
    return NAN, True


def to_text(values: Any, missing: frozenset[str] = MISSING) -> tuple[ObjectArray, np.ndarray]:
    """Apply ``parse_text`` to a column: (object array of str or None, bad mask), both of shape (n,)."""
    return convert_values(values, parse_text, missing, object)


def to_category(values: Any, missing: frozenset[str] = MISSING) -> tuple[ObjectArray, np.ndarray]:
    """Apply ``parse_category`` to a column: (object array of str or None, bad mask), both of shape (n,)."""
    return convert_values(values, parse_category, missing, object)


def to_number(
    values: Any, missing: frozenset[str] = MISSING, number_format: NumberFormat | None = None
) -> tuple[FloatArray, np.ndarray]:
    """Apply ``parse_number`` to a column: (float64 array, bad mask), both of shape (n,).

    Parameters
    ----------
    number_format : NumberFormat, optional
        Decided from the column if omitted.

    >>> to_number(["2,350", "12,5"])[0].tolist(), to_number(["2,350", "12.5"])[0].tolist()
    ([2.35, 12.5], [2350.0, 12.5])
    """
    raw = as_numpy_array(values)
    if raw.dtype.kind in "fiub":
        numbers = raw.astype(np.float64)
        bad = np.isinf(numbers)
        return np.where(bad, NAN, numbers), bad
    chosen = decide_numbers(raw)[0] if number_format is None else number_format
    if len(raw) > _SHORT_COLUMN and pd.api.types.infer_dtype(raw, skipna=True) == "string":
        return _parse_numeric_texts(raw, missing, chosen)
    return convert_values(raw, partial(parse_number, number_format=chosen), missing, np.float64)


def decide_numbers(values: Any) -> tuple[NumberFormat, NumberEvidence]:
    """Decide how the numbers of a column are written, with the evidence.

    >>> decide_numbers(["2,350", "0,5", "1.200,5"])[0]
    NumberFormat(decimal='comma', unit=None)
    """
    raw = as_numpy_array(values)
    texts = pd.Series([value.strip() for value in raw.tolist() if isinstance(value, str)], dtype="str")
    if raw.dtype.kind in "fiub" or not len(texts):
        return AS_WRITTEN, NumberEvidence()
    counts = texts.value_counts(sort=False)
    names, rows = counts.index.astype("str"), counts.to_numpy()
    is_plain = names.str.match(_PLAIN_DECIMAL)
    is_decimal = is_plain & names.str.contains(".", regex=False)
    is_unclear = is_decimal & names.str.match(_UNCLEAR_DECIMAL)
    others = zip(names[~is_plain].tolist(), rows[~is_plain].tolist(), strict=True)
    evidence = collect_number_evidence(others)
    evidence.unclear += int(rows[is_unclear].sum())
    evidence.points += int(rows[is_decimal & ~is_unclear].sum())
    return decide_number_format(evidence), evidence


def to_yes_no(values: Any, missing: frozenset[str] = MISSING) -> tuple[FloatArray, np.ndarray]:
    """Apply ``parse_yes_no`` to a column: (float64 array of 1, 0 or NaN, bad mask), both of shape (n,)."""
    return convert_values(values, parse_yes_no, missing, np.float64)


def to_codes(values: Any, kind: str, missing: frozenset[str] = MISSING) -> tuple[DictionaryEncoded, np.ndarray]:
    """Parse a column as text or category and dictionary-encode it: (the column, which distinct texts are bad)."""
    codes, distinct, bad = _convert_distinct(
        values, parse_category if kind == "category" else parse_text, missing, object
    )
    return DictionaryEncoded(codes, distinct), bad


def as_numpy_array(values: Any) -> np.ndarray:
    """Return a column, Series or list as a NumPy array: native numbers stay, everything else becomes objects.

    >>> as_numpy_array(pd.Series(["a", None])).dtype
    dtype('O')
    """
    if isinstance(values, np.ndarray):
        return values
    if isinstance(values, pd.Series):
        native = isinstance(values.dtype, np.dtype) and values.dtype.kind in "fiub"
        return values.to_numpy() if native else values.to_numpy(object)
    array = np.empty(len(values), object)
    array[:] = values
    return array


def convert_values(
    values: Any, parse: Callable[[Any, frozenset[str]], tuple[Any, bool]], missing: frozenset[str], dtype: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Apply ``parse`` to every value: (array of ``dtype``, bad mask).

    Long columns of texts or booleans are parsed once per distinct value.
    """
    codes, distinct, bad = _convert_distinct(values, parse, missing, dtype)
    return distinct[codes], bad[codes]


def _convert_distinct(
    values: Any, parse: Callable[[Any, frozenset[str]], tuple[Any, bool]], missing: frozenset[str], dtype: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Apply ``parse`` to each distinct value: (each row's position among them, the parsed values, which are bad)."""
    if len(values) <= _SHORT_COLUMN:
        return np.arange(len(values)), *convert_each_value(as_numpy_array(values).tolist(), parse, missing, dtype)
    texts = _as_arrow_texts(values)
    if texts is not None:
        encoded = texts.dictionary_encode()
        converted, bad = _convert_texts(encoded.dictionary, parse, missing, dtype)
        return encoded.indices.fill_null(len(converted) - 1).to_numpy(zero_copy_only=False), converted, bad
    raw = as_numpy_array(values)
    if raw.dtype == object and pd.api.types.infer_dtype(raw, skipna=True) == "boolean":
        codes, distinct = pd.factorize(raw, use_na_sentinel=True)
        # factorize gives missing values the code -1, which indexes the None at the end.
        return codes, *convert_each_value([*distinct, None], parse, missing, dtype)
    return np.arange(len(raw)), *convert_each_value(raw.tolist() if raw.dtype != object else raw, parse, missing, dtype)


def _as_arrow_texts(values: Any) -> pa.Array | None:
    """Return a column of texts only as an Arrow array; None for any other column."""
    if isinstance(values, pd.Series) and isinstance(values.dtype, pd.StringDtype):
        return _combine_chunks(pa.array(values, from_pandas=True))
    raw = as_numpy_array(values)
    if raw.dtype != object or pd.api.types.infer_dtype(raw, skipna=True) != "string":
        return None
    try:
        return _combine_chunks(pa.array(raw, pa.large_string(), from_pandas=True))
    except UnicodeEncodeError:
        # Arrow cannot hold half a surrogate pair.
        return None


def _combine_chunks(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return one array, its chunks combined if it has several."""
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _convert_texts(
    distinct: pa.Array, parse: Callable[[Any, frozenset[str]], tuple[Any, bool]], missing: frozenset[str], dtype: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Apply ``parse`` to every distinct text, and to None as the last value.

    A text or category that is clean already stays as it is.
    """
    if parse not in (parse_text, parse_category):
        return convert_each_value([*distinct.to_pylist(), None], parse, missing, dtype)
    converted, bad = np.append(distinct.to_numpy(zero_copy_only=False), None), np.zeros(len(distinct) + 1, bool)
    unclean = np.flatnonzero(~_find_clean_texts(distinct, missing))
    if len(unclean):
        converted[unclean], bad[unclean] = convert_each_value(converted[unclean], parse, missing, dtype)
    return converted, bad


def _find_clean_texts(texts: pa.Array, missing: frozenset[str]) -> np.ndarray:
    """Return which texts parsing does not change: single spaces, not too long, no missing marker. Shape (n,).

    Outside ASCII, a text must also be longer than any marker.
    """
    # Case folding outside ASCII can turn a short text into a marker, so only texts longer than any marker are safe.
    # Lengths are in bytes; a character has at most four.
    length = pc.binary_length(texts)
    marker = pc.is_in(pc.ascii_lower(texts), pa.array(sorted(missing), texts.type))
    clean = pc.and_not(pc.match_substring_regex(texts, _CLEAN_ASCII), marker).to_numpy(zero_copy_only=False)
    others = np.flatnonzero(
        ~clean & pc.greater(length, 4 * max(map(len, missing), default=0)).to_numpy(zero_copy_only=False)
    )
    clean[others] = pc.match_substring_regex(texts.take(pa.array(others)), _CLEAN_IN_ANY_SCRIPT).to_numpy(
        zero_copy_only=False
    )
    clean[others] &= ~pc.match_substring_regex(texts.take(pa.array(others)), _OTHER_FORMS).to_numpy(
        zero_copy_only=False
    )
    return clean & pc.less_equal(length, TEXT_LIMIT).to_numpy(zero_copy_only=False)


def convert_each_value(
    values: Iterable[Any], parse: Callable[[Any, frozenset[str]], tuple[Any, bool]], missing: frozenset[str], dtype: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Apply ``parse`` to every value in turn."""
    pairs = [parse(value, missing) for value in values]
    return np.array([parsed for parsed, _ in pairs], dtype), np.array([bad for _, bad in pairs], bool)


def _parse_numeric_texts(
    raw: ObjectArray, missing: frozenset[str], number_format: NumberFormat
) -> tuple[FloatArray, np.ndarray]:
    """Apply ``parse_number`` to a long column of texts: plain decimals all at once, the others value by value."""
    texts = pa.array(raw, pa.string(), from_pandas=True)
    # Where a dot may separate thousands, only whole numbers are plain.
    pattern = _PLAIN_DECIMAL if number_format.decimal in (None, "point") else _PLAIN_INTEGER
    is_plain = (
        pc.match_substring_regex(texts, pattern).fill_null(False).to_numpy(zero_copy_only=False)
        & ~pd.Series(raw).isin(missing).to_numpy()
    )
    numbers, bad = np.full(len(raw), NAN), np.zeros(len(raw), bool)
    numbers[is_plain] = texts.filter(pa.array(is_plain)).cast(pa.float64()).to_numpy()
    parse = partial(parse_number, number_format=number_format)
    numbers[~is_plain], bad[~is_plain] = convert_values(raw[~is_plain], parse, missing, np.float64)
    return numbers, bad


def _replace_control_character(match: re.Match[str]) -> str:
    """Return the replacement of a control character."""
    if match[0] == "\t":
        return " "
    return "\n" if match[0] in "\r\u2028\u2029" else ""
