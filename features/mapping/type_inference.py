"""What kind of column is this, and is there a reason to keep it out of the score?

Lives here: inference from one header and its values: kind, ids, barred words.
Does not live here: digits that mean dates (``date_numbers``), whether it identifies a person (``features.privacy``),
which of our columns it is (``profiling.column_matching``), whether it is known only after the outcome
(``profiling.leakage_detection``).
"""

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from features.mapping.code_columns import are_codes, names_a_quantity
from features.mapping.date_numbers import ID_TOKENS, are_date_numbers
from features.parsing.answers.unknown_answers import stands_for_no_number
from features.parsing.column_values import (
    as_numpy_array,
    decide_numbers,
    find_present,
    thin_rows,
    to_number,
    to_yes_no,
)
from features.parsing.dates.date_evidence import collect_evidence
from features.parsing.dates.date_headers import has_date_word
from features.parsing.dates.date_texts import is_time_of_day
from features.parsing.dates.timestamps import to_time
from features.parsing.scalars import MISSING, is_missing, may_be_number
from features.privacy.column_judgement import judge_column
from features.privacy.column_verdict import Verdict
from features.privacy.header_words import split_header
from features.privacy.name_lists import remove_accents
from features.schema import BARRED_WORDS

__all__ = ["find_barred_word", "select_present_values", "infer_kind", "find_exclusion_reason", "split_header"]

_SAMPLE_LIMIT = 20_000
_HEAD = 100
"""This many values are looked at first, because they often tell that a column is not of a kind."""
_KIND_SHARE = 0.98
_FEWEST_NUMBERS_SHARE = 0.2
"""A column of numbers has at least this share of numbers; the others stand for no number."""
_NAMED_DATE_SHARE = 0.9
"""A column whose header speaks of a date is one with this share of readable dates."""
_UNIT = re.compile(r"[^\W\d_]|[%€$£]")
_DIGITS = re.compile(r"[0-9]{1,19}(\.[0-9]+)?")
CROWDED_FROM = 100
"""A category with more values than this is crowded: it also gets the booking rate of each value (see
``signals.custom_columns``)."""

_CLOCK_SPAN = re.compile(r"\d{1,3}(?::[0-5]\d){1,2}")
_SPAN_WORDS = frozenset(
    "duration durations length talk hold wait waiting ring ringing handle elapsed dauer duracion duree durata".split()
)
"""Words of a header below which "0:05:43" is a span of time; below others it may be a time of day."""

_MAX_MEMBER_LENGTH = 60
_LEADING_ZERO = re.compile(r"0[0-9]+")
_CODE_DIGITS = re.compile(r"\d")
_NEARLY_UNIQUE = 0.9
_SERIAL_SHARE = 0.99
_FEWEST_CLOSE, _CLOSE = 50, 3
"""From so many rows on, different whole numbers within three times their count are no chance."""


def find_barred_word(header: str) -> str | None:
    """Return the barred word that a header contains as a whole word, if any.

    >>> find_barred_word("Patient Age"), find_barred_word("Page Views")
    ('age', None)
    """
    return next(
        (token for token in split_header(header) if token in BARRED_WORDS or token.rstrip("s") in BARRED_WORDS), None
    )


def select_present_values(values: Any, missing: frozenset[str] = MISSING, limit: int = _SAMPLE_LIMIT) -> np.ndarray:
    """Return the values of a column that are not missing, in order, evenly thinned to ``limit``."""
    raw = as_numpy_array(values)
    return raw[thin_rows(np.flatnonzero(find_present(values, missing)), limit)]


def infer_kind(values: Any, missing: frozenset[str] = MISSING, header: str = "") -> str:
    """Infer the custom kind of these values, one of ``schema.CUSTOM_KINDS``; category if all are missing.

    Digits with a leading zero are codes, not numbers. Digits alone are dates only if every value is one, and the header
    does not speak against it; epochs and Excel's days also need a header that speaks of a date.

    >>> [
    ...     infer_kind(values)
    ...     for values in (["3", "4.5"], ["02134", "10001"], ["Yes", "No"], ["2026-03-01", ""], ["Google", "Walk-in"])
    ... ]
    ['number', 'category', 'yes_no', 'date', 'category']
    >>> infer_kind(["1736150700", "1736236800"], header="Created At"), infer_kind(["1736150700", "1736236800"])
    ('date', 'number')
    >>> infer_kind(["0:05:43", "0:00:12"], header="Duration"), infer_kind(["8:05", "14:30"], header="Call time")
    ('number', 'category')
    >>> infer_kind(["MRI; X-ray", "X-ray", "X-ray; Ultrasound", "Ultrasound; MRI", "MRI"])
    'list'
    """
    dtype = getattr(values, "dtype", None)
    if isinstance(dtype, pd.DatetimeTZDtype) or getattr(dtype, "kind", "") == "M":
        return "date"
    present = select_present_values(values, missing)
    if not len(present):
        return "category"
    # Most columns have a value among the first ones that is no answer, so the rest need not be read.
    if (
        not to_yes_no(present[:_HEAD], missing)[1].any()
        and not to_yes_no(present, missing)[1].any()
        and len({str(value).casefold() for value in present[:_SAMPLE_LIMIT]}) <= 2
    ):
        return "yes_no"
    if are_date_numbers(present, header):
        return "date"
    texts = [value.strip() for value in present if isinstance(value, str)]
    # A few codes may be chance; more than 2% with a leading zero, such as ZIP codes, make the column a category.
    has_codes = sum(text[:1] == "0" and bool(_LEADING_ZERO.fullmatch(text)) for text in texts) > 0.02 * len(present)
    may_count = not has_codes and not _are_times_of_day(texts, header)
    if may_count and _are_numbers(present, missing):
        return _infer_kind_of_numbers(present, header)
    not_digits = len(present) - sum(text[-1:].isdecimal() and bool(_DIGITS.fullmatch(text)) for text in texts)
    share = _NAMED_DATE_SHARE if has_date_word(header) else _KIND_SHARE
    if not_digits >= _KIND_SHARE * len(present) and _are_dates(present, missing, share):
        return "date"
    if texts and _reads_as_list(texts):
        return "list"
    if texts and _reads_as_prose(texts):
        return "short_text"
    return "crowded_category" if len({text.casefold() for text in texts}) > CROWDED_FROM else "category"


def _are_times_of_day(texts: list[str], header: str) -> bool:
    """Return whether texts such as "14:30" are times of day: some have colons, and the header speaks of no span."""
    if not _SPAN_WORDS.isdisjoint(map(remove_accents, split_header(header))):
        return False
    return sum(bool(_CLOCK_SPAN.fullmatch(text)) for text in texts[:_SAMPLE_LIMIT]) > (1 - _KIND_SHARE) * len(texts)


def _are_dates(present: np.ndarray, missing: frozenset[str], share: float) -> bool:
    """Return whether at least this share of the values are dates."""
    failures_allowed = (1 - share) * len(present)
    # Where the first values alone have more that are no dates than all of them may have, the rest need not be read.
    if collect_evidence(present[: int(failures_allowed) + _HEAD], missing).unread > failures_allowed + 1:
        return False
    return collect_evidence(present, missing).read_share >= share


def _infer_kind_of_numbers(present: np.ndarray, header: str) -> str:
    """Return number, or a category where the numbers are codes."""
    numbers = to_number(present)[0]
    numbers = numbers[~np.isnan(numbers)]
    if not are_codes(header, numbers):
        return "number"
    return "crowded_category" if len(np.unique(numbers)) > CROWDED_FROM else "category"


def _are_numbers(present: np.ndarray, missing: frozenset[str]) -> bool:
    """Return whether nearly all values are numbers, apart from texts such as "--" that stand for no number."""
    if any(isinstance(value, date) for value in present[:100]) or _has_too_many_texts(present):
        return False
    # Whether a number can be told from another one is a question of its own: here it only counts that it is one.
    bad = to_number(present, missing, replace(decide_numbers(present)[0], decimal=None))[1]
    if not bad.any():
        return True
    is_blank = [stands_for_no_number(value) for value in present[bad]]
    numbers, others = int((~bad).sum()), len(is_blank) - sum(is_blank)
    return numbers >= _FEWEST_NUMBERS_SHARE * len(present) and numbers >= _KIND_SHARE * (numbers + others)


def _has_too_many_texts(present: np.ndarray) -> bool:
    """Return whether the first values alone have more texts that are no numbers than a column of numbers may have."""
    texts_allowed = (1 / _KIND_SHARE - 1) * len(present)
    texts = sum(
        not may_be_number(value) and not stands_for_no_number(value)
        for value in present[: int(texts_allowed) + _HEAD].tolist()
    )
    return texts > texts_allowed + 1


def find_exclusion_reason(
    header: str, values: Any, missing: frozenset[str] = MISSING, verdict: Verdict | None = None
) -> str | None:
    """Return why a column must not enter the score by default: personal data, staff, an id; None if it may.

    ``verdict`` is what ``judge_column`` says of it, where somebody has asked already.

    >>> find_exclusion_reason("Full Name", ["Ann", "Ben"]), find_exclusion_reason("City", ["Boston", "Salem"])
    ('personal data (names of persons: its header says so)', None)
    """
    verdict = judge_column(header, values, missing) if verdict is None else verdict
    return verdict.reason or _find_id_reason(header, select_present_values(values, missing))


def _find_id_reason(header: str, present: np.ndarray) -> str | None:
    """Return why a column is an id rather than a property of the lead; None if it is not an id."""
    if len(present) < 20:
        return None
    tokens = split_header(header)
    distinct = len(set(present.tolist())) / len(present)
    has_id_header = bool(tokens) and (tokens[-1] in ID_TOKENS or tokens[0] in ("id", "uuid", "guid"))
    if distinct < _NEARLY_UNIQUE and not (has_id_header and distinct > 0.3):
        return None
    single_tokens = all(isinstance(value, str) and len(value) <= 64 and len(value.split()) == 1 for value in present)
    are_numbers, are_whole_numbers = _check_numbers(present)
    # Messages and measured quantities differ in every row as well, but have many words, or are not whole.
    if distinct == 1 and (
        (single_tokens and not are_numbers and not _are_times(present)) or (are_whole_numbers and has_id_header)
    ):
        return "an id: every row has its own value"
    if distinct == 1 and are_whole_numbers and _is_serial(present, header):
        return "a serial number: whole numbers, each in one row, close together or in the order of the rows"
    # Codes that hardly recur teach nothing, and may be the last digits of an identity card.
    if (
        distinct >= _NEARLY_UNIQUE
        and single_tokens
        and all(map(_CODE_DIGITS.search, present))
        and not _are_quantities(present, are_numbers)
    ):
        return f"nearly every row has a code of its own ({distinct:.0%} different values)"
    if has_id_header and distinct > 0.3 and (single_tokens or are_whole_numbers):
        return f"an id by its header, with {distinct:.0%} different values"
    return None


def _is_serial(present: np.ndarray, header: str) -> bool:
    """Return whether different whole numbers are issued one after the other: they rise or fall, or leave few gaps.

    Numbers of dates, and those of which the header says that they count something, are none.
    """
    if names_a_quantity(header) or are_date_numbers(present, header):
        return False
    # Nobody issues "3m 21s" or "12 km": a number with a unit measures something.
    if any(isinstance(value, str) and _UNIT.search(value) for value in present[:_HEAD].tolist()):
        return False
    numbers = to_number(present)[0]
    steps = np.diff(numbers)
    if max((steps > 0).mean(), (steps < 0).mean()) >= _SERIAL_SHARE:
        return True
    return len(numbers) >= _FEWEST_CLOSE and float(np.ptp(numbers)) < _CLOSE * len(numbers)


def _check_numbers(present: np.ndarray) -> tuple[bool, bool]:
    """Return whether all values are numbers, and whether all are whole numbers."""
    # Most columns of texts have one among the first that is no number, so that the rest need not be read.
    if not all(may_be_number(value) or is_missing(value) for value in present[:_HEAD].tolist()):
        return False, False
    numbers, bad = to_number(present)
    are_numbers = not bad.any()
    return are_numbers, are_numbers and bool((numbers == np.round(numbers)).all())


def _are_quantities(present: np.ndarray, are_numbers: bool) -> bool:
    """Return whether these texts are numbers without leading zeros, or times."""
    zeros = sum(bool(_LEADING_ZERO.fullmatch(text.strip())) for text in present)
    return zeros <= 0.02 * len(present) and (are_numbers or _are_times(present))


def _are_times(present: np.ndarray) -> bool:
    """Return whether nearly all values are times, or times of day."""
    if all(isinstance(value, str) and is_time_of_day(value) for value in present[:_HEAD]):
        return True
    return bool(1 - to_time(present[:500], ZoneInfo("UTC"))[1].mean() >= _KIND_SHARE)


def _reads_as_list(texts: list[str]) -> bool:
    """Return whether cells hold lists: short members that recur, in cells of different lengths, at varying positions.

    "Dallas, TX" is no list, because its members always have the same position.
    """
    sample = texts[:5000]
    # Commas are tried last, because they also occur within a single value.
    for separators in (";|\n", ";|\n,"):
        fewest = max(2, 0.05 * len(sample))
        # A cell without a separator has one member: too few cells with one need not be split.
        if sum(any(mark in text for mark in separators) for text in sample) < fewest:
            continue
        separator = f"[{separators}]"
        split_cells = [[member.strip() for member in re.split(separator, text) if member.strip()] for text in sample]
        multiple = [members for members in split_cells if len(members) > 1]
        if len(multiple) < fewest or len({len(members) for members in split_cells}) < 2:
            continue
        counts = Counter(member for members in split_cells for member in members)
        short = sum(
            count for member, count in counts.items() if len(member) <= _MAX_MEMBER_LENGTH and len(member.split()) <= 6
        )
        positions: dict[str, set[int]] = {}
        for members in split_cells:
            for position, member in enumerate(members):
                positions.setdefault(member, set()).add(position)
        repeated = {member: count for member, count in counts.items() if count > 1}
        moving = sum(count for member, count in repeated.items() if len(positions[member]) > 1)
        if (
            short >= 0.95 * counts.total()
            and counts.total() >= 2 * len(counts)
            and 2 * moving >= sum(repeated.values())
        ):
            return True
    return False


def _reads_as_prose(texts: list[str]) -> bool:
    """Return whether people wrote these texts freely: several words each, and rarely the same text twice."""
    sample = texts[:5000]
    return (
        len(set(sample)) > max(30, 0.3 * len(sample)) and sum(len(text.split()) for text in sample) / len(sample) >= 3
    )
