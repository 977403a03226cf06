"""What does a column of raw values mean? ``to_<kind>(values)`` for texts, categories, numbers, and yes or no.

Lives here: the same answer as ``parse_<kind>`` gives for each value alone, once for each distinct value, with shortcuts
for columns of plain numbers and clean texts.
Does not live here: what one value means (``scalars``), times (``timestamps``), which column is which (``mapping``).
"""

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.array_types import FloatArray, IntArray, ObjectArray
from features.arrays.dictionary_encoding import DictionaryEncoded
from features.parsing.number_formats import (
    AS_WRITTEN,
    NumberEvidence,
    NumberFormat,
    collect_number_evidence,
    decide_number_format,
)
from features.parsing.scalars import (
    MISSING,
    NAN,
    TEXT_LIMIT,
    is_missing,
    parse_category,
    parse_number,
    parse_text,
    parse_yes_no,
)

__all__ = [
    "as_numpy_array",
    "decide_numbers",
    "find_present",
    "thin_rows",
    "to_category",
    "to_codes",
    "to_number",
    "to_text",
    "to_yes_no",
]

_SHORT_COLUMN = 100
"""Columns up to this length are converted value by value, which is faster than finding distinct values first."""

_PLAIN_INTEGER = r"^[+-]?[0-9]{1,30}$"
_PLAIN_DECIMAL = r"^[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?$"
_UNCLEAR_DECIMAL = r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$"
"""One dot before three digits: a decimal point, or one that separates thousands."""
_POINT_AMOUNT = r"^(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]{1,30})\.[0-9]{1,30}$"
"""A number that can only have a decimal point, unless it is unclear. A dollar sign may stand in front."""
_CLEAN_ASCII = r"\A[!-~]+(?: [!-~]+)*\z"
_CLEAN_IN_ANY_SCRIPT = _CLEAN_ASCII.replace("!-~", r"\p{L}\p{M}\p{N}\p{P}\p{S}")
_OTHER_FORMS = r"[\x{FF00}-\x{FFEF}\x{0300}-\x{036F}]"
"""Full-width letters and accents of their own, which a category does not keep."""

_FEWEST_FOR_ARROW = 250


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
    number_format_used = decide_numbers(raw)[0] if number_format is None else number_format
    # The shortcut needs a column of texts only; looking for one in a single payload would cost more than it saves.
    if len(raw) > _SHORT_COLUMN and pd.api.types.infer_dtype(raw, skipna=True) == "string":
        return _parse_numeric_texts(raw, missing, number_format_used)
    return convert_values(raw, partial(parse_number, number_format=number_format_used), missing, np.float64)


def decide_numbers(values: Any) -> tuple[NumberFormat, NumberEvidence]:
    """Decide how the numbers of a column are written, with the evidence.

    >>> decide_numbers(["2,350", "0,5", "1.200,5"])[0]
    NumberFormat(decimal='comma', unit=None)
    """
    raw = as_numpy_array(values)
    # A column of numbers has no text to look at.
    cells = [] if raw.dtype.kind in "fiub" else raw.tolist()
    texts = pd.Series([cell.strip() for cell in cells if isinstance(cell, str)], dtype="str")
    if not len(texts):
        return AS_WRITTEN, NumberEvidence()
    counts = texts.value_counts(sort=False)
    names, rows = counts.index.astype("str"), counts.to_numpy()
    if len(names) <= _FEWEST_FOR_ARROW:
        # Each pass over texts of Arrow makes each of them anew.
        names = pd.Index(names.tolist(), dtype=object)
    amounts = names.str.removeprefix("$")
    has_dollar = names.str.startswith("$") & _match(amounts, _POINT_AMOUNT)
    # The first one is counted with the others, so that of equally many units the first in the column stays the first.
    has_dollar[np.flatnonzero(has_dollar)[:1]] = False
    is_whole = _match(names, _PLAIN_INTEGER)
    is_decimal = _match(names, _PLAIN_DECIMAL) & ~is_whole
    is_decimal |= has_dollar | _match(names, _POINT_AMOUNT)
    is_unclear = is_decimal & _match(amounts, _UNCLEAR_DECIMAL)
    is_other = ~is_decimal & ~is_whole
    evidence = collect_number_evidence(zip(names[is_other].tolist(), rows[is_other].tolist(), strict=True))
    evidence.unclear += int(rows[is_unclear].sum())
    evidence.points += int(rows[is_decimal & ~is_unclear].sum())
    if has_dollar.any():
        evidence.units["$"] += int(rows[has_dollar].sum())
    return decide_number_format(evidence), evidence


def _match(names: pd.Index, pattern: str) -> np.ndarray:
    """Return which texts begin as the pattern says, shape (n,); one by one where Arrow's setup would cost more."""
    if len(names) > _FEWEST_FOR_ARROW:
        return names.str.match(pattern)
    compiled = re.compile(pattern)
    return np.fromiter((compiled.match(text) is not None for text in names), bool, len(names))


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


def find_present(values: Any, missing: frozenset[str] = MISSING) -> np.ndarray:
    """Return which values of a column are not missing; a text is looked at once, however many rows have it. (n,), bool.

    >>> find_present(["a", " N/A ", None, 0]).tolist()
    [True, False, False, True]
    """
    if isinstance(values, pd.Series) and isinstance(values.dtype, pd.StringDtype) and len(values) > _SHORT_COLUMN:
        encoded = _combine_chunks(pa.array(values, from_pandas=True)).dictionary_encode()
        absent = _find_missing_distinct(encoded.dictionary, missing)
        return ~np.append(absent, True)[encoded.indices.fill_null(len(absent)).to_numpy(zero_copy_only=False)]
    raw = as_numpy_array(values)
    if raw.dtype != object:
        return ~pd.isna(raw)
    distinct = list({value for value in raw if isinstance(value, str)})
    absent_texts = {
        text for text, absent in zip(distinct, find_missing_texts(distinct, missing), strict=True) if absent
    }
    return np.array(
        [value not in absent_texts if isinstance(value, str) else not is_missing(value) for value in raw], bool
    )


def _find_missing_distinct(texts: pa.Array, missing: frozenset[str]) -> np.ndarray:
    """Do what ``find_missing_texts`` does for an Arrow array: most long texts need not be looked at one by one."""
    longest = max(map(len, missing), default=0)
    is_long = pc.greater(pc.binary_length(texts), longest)
    may_be_marker = pc.invert(pc.and_(is_long, pc.match_substring_regex(texts, _CLEAN_ASCII)))
    positions = np.flatnonzero(may_be_marker.to_numpy(zero_copy_only=False))
    absent = np.zeros(len(texts), bool)
    absent[positions] = find_missing_texts(texts.take(pa.array(positions)).to_pylist(), missing)
    return absent


def find_missing_texts(texts: list[str], missing: frozenset[str]) -> np.ndarray:
    """Return which texts are missing markers. Shape (len(texts),), bool."""
    longest = max(map(len, missing), default=0)
    # Folding case never makes a text shorter, so a longer one is a marker only if white space is taken out of it.
    return np.array(
        [
            (len(text) <= longest or "  " in text or text[0] == " " or text[-1] == " " or not text.isprintable())
            and is_missing(text, missing)
            for text in texts
        ],
        bool,
    )


def thin_rows(rows: IntArray, limit: int) -> IntArray:
    """Return at most ``limit`` of these rows, evenly spaced from the first to the last.

    >>> thin_rows(np.arange(5), 3).tolist()
    [0, 2, 4]
    """
    return rows if len(rows) <= limit else rows[np.linspace(0, len(rows) - 1, limit).astype(np.intp)]


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
        # factorize gives missing values the code -1; here theirs is that of the None at the end.
        codes = np.where(codes < 0, len(distinct), codes)
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
    has_points = number_format.decimal in (None, "point")
    patterns = [_PLAIN_DECIMAL, _POINT_AMOUNT] if has_points else [_PLAIN_INTEGER]
    if has_points and number_format.unit == "$":
        patterns.append(_POINT_AMOUNT.replace("^", r"^\$"))
    is_plain = _match_any(texts, patterns) & ~pd.Series(raw).isin(missing).to_numpy()
    numbers, bad = np.full(len(raw), NAN), np.zeros(len(raw), bool)
    plain = pc.replace_substring_regex(texts.filter(pa.array(is_plain)), "[$,+]", "")
    numbers[is_plain] = plain.cast(pa.float64()).to_numpy()
    parse = partial(parse_number, number_format=number_format)
    numbers[~is_plain], bad[~is_plain] = convert_values(raw[~is_plain], parse, missing, np.float64)
    return numbers, bad


def _match_any(texts: pa.Array, patterns: Iterable[str]) -> np.ndarray:
    """Return which texts match one of the patterns; a missing text matches none. Shape (n,)."""
    matches = [pc.match_substring_regex(texts, pattern).fill_null(False) for pattern in patterns]
    return np.logical_or.reduce([match.to_numpy(zero_copy_only=False) for match in matches])
