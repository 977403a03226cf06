"""Which columns of an export match ours, which one is the label, and which one gives the order in time?

Lives here: guesses from headers and values about our columns, the label with its values, the order of a file without
dates, and prompts that mean "missing".
Does not live here: the kind of a single column (``mapping.type_inference``), columns known only after the outcome
(``leakage_detection``), the proposal itself (``export_profile``).
"""

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC

import numpy as np
import pandas as pd

from features.mapping.column_mapping import ROW_NUMBER
from features.mapping.type_inference import infer_kind, select_present_values, split_header
from features.parsing.phone_numbers import normalize_phone
from features.parsing.scalars import to_category, to_number
from features.parsing.timestamps import to_known_time, to_time
from features.schema import LEADS, Column

__all__ = ["LabelGuess", "OrderGuess", "guess_label", "guess_order", "find_prompts", "match_columns", "add_known_at"]

_COMPATIBLE_KINDS = {
    "id": ("number", "category", "crowded_category", "short_text"),
    "time": ("date",),
    "number": ("number",),
    "yes_no": ("yes_no",),
    "category": ("category", "crowded_category", "list", "short_text", "yes_no"),
    "text": ("category", "crowded_category", "list", "short_text"),
}
_DIGITS_ALLOWED = ("postal_code", "phone")
_PROMPT = re.compile(
    r"(?:-+\s*)?(?:please\s+)?(?:select|choose|pick)\b.{0,40}|-+\s*(?:none|any|select)?\s*-+|"
    r"not (?:selected|chosen|specified)|no selection"
)
_LABEL_HEADERS = (
    "converted",
    "booked",
    "appointment booked",
    "is converted",
    "is booked",
    "conversion",
    "label",
    "target",
    "y",
    "outcome",
    "won",
    "is won",
    "closed won",
    "attended",
    "showed",
    "show",
    "no show",
    "noshow",
    "result",
    "status",
    "lead status",
    "appointment status",
)
_SUCCESS_WORDS = re.compile(
    r"\b(?:yes|y|1|true|booked|converted|won|attended|showed|scheduled|success|successful|treated|completed|"
    r"closed won|appointment set)\b"
)
_NEGATION_WORDS = re.compile(r"\b(?:not|no|non|un\w+|never|lost|cancel\w*|0|false)\b")
_FAILURE_WORDS = re.compile(r"\b(?:no ?show|noshow|lost|cancel\w*|missed|churned|dna)\b")
_ATTENDANCE_HEADERS = ("attended", "showed", "show", "no show", "noshow", "appointment status")
_END_WORDS = re.compile(
    r"\b(?:appointment|visit|close|closed|outcome|decision|decided|converted|conversion|resolved|result)\b"
)
_CONTACT_WORDS = frozenset(
    "phone mobile cell tel telephone fax whatsapp zip postal postcode birth dob caller ssn".split()
)
_SERIAL_WORDS = frozenset("id record key serial".split())
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


@dataclass(frozen=True)
class LabelGuess:
    """Hold the column with the outcome of each lead, the values of each class, and why.

    ``known_at`` is the column with the date on which the outcome became known.
    """

    column: str
    booked: tuple[str, ...]
    not_booked: tuple[str, ...]
    reason: str
    known_at: str | None = None
    known_at_reason: str = ""


@dataclass(frozen=True)
class OrderGuess:
    """Hold what gives the order in time of a file without dates: ``by`` is a column or the row number.

    ``newest_first`` is True if it runs from the newest lead to the oldest.
    """

    by: str
    newest_first: bool
    reason: str


def find_prompts(frame: pd.DataFrame) -> dict[str, int]:
    """Count the columns of each value that looks like an unanswered prompt and occurs in at least two columns.

    >>> find_prompts(pd.DataFrame({"a": ["Select", "x"], "b": ["y", "Select"]}))
    {'Select': 2}
    """
    counts: Counter[str] = Counter()
    for name in frame.columns:
        distinct = pd.unique(frame[name])
        if len(distinct) <= 1000:
            counts.update(
                {
                    value.strip()
                    for value in distinct
                    if isinstance(value, str) and _PROMPT.fullmatch(value.strip().casefold())
                }
            )
    return {value: count for value, count in counts.most_common() if count >= 2}


def match_columns(frame: pd.DataFrame, kinds: dict[str, str], missing: frozenset[str]) -> dict[str, str]:
    """Return our column -> header, where the header is a usual name for the column and the values agree.

    Each header is used once.
    """
    normalized = {name: " ".join(split_header(name)) for name in frame.columns}
    headers: dict[str, str] = {}
    # The time of the enquiry is chosen among all dates, see ``date_columns``.
    for column in (column for column in LEADS.columns if column.kind != "time"):
        names = (column.name.replace("_", " "), *column.also_called)
        # The usual names are in order of preference; among equals, the first column of the file wins.
        candidates = sorted(
            (names.index(text), position, header)
            for position, (header, text) in enumerate(normalized.items())
            if text in names
        )
        matches = [
            name
            for _, _, name in candidates
            if name not in headers.values() and _matches_column(column, frame[name], kinds[name], missing)
        ]
        if matches:
            headers[column.name] = matches[0]
    return headers


def guess_label(frame: pd.DataFrame, missing: frozenset[str]) -> LabelGuess | None:
    """Guess the label and its values that mean success; None if no header suggests a label."""
    # Reversed, so that the first of two columns with the same normalized header is used.
    headers = {" ".join(split_header(name)): name for name in reversed(frame.columns)}
    for label in _LABEL_HEADERS:
        if label not in headers:
            continue
        values = [value for value in to_category(frame[headers[label]])[0] if value is not None]
        counts = Counter(values)
        if len(counts) == 2:
            guess: LabelGuess | None = _guess_binary_label(headers[label], label, counts)
        else:
            guess = _guess_multivalue_label(headers[label], counts)
        if guess:
            return guess
    return None


def add_known_at(
    label: LabelGuess | None,
    frame: pd.DataFrame,
    kinds: dict[str, str],
    headers: dict[str, str],
    missing: frozenset[str],
) -> LabelGuess | None:
    """Return the label with the column of the date on which it became known, if the export has one.

    Such a column has dates for at least 90% of the labeled leads, at least 99% of them not before the enquiry. Also,
    the label must be about attendance, or the header of the column about a visit or an end.
    """
    if label is None or "created_at" not in headers:
        return label
    created_at = to_time(frame[headers["created_at"]], UTC, missing)[0]
    is_labeled = np.isin(
        np.array([value or "" for value in to_category(frame[label.column])[0]], str),
        [*label.booked, *label.not_booked],
    )
    attendance = " ".join(split_header(label.column)) in _ATTENDANCE_HEADERS
    candidates = []
    for name, kind in kinds.items():
        named = bool(_END_WORDS.search(" ".join(split_header(name))))
        if kind != "date" or name in headers.values() or not (named or attendance):
            continue
        known_at = to_known_time(frame[name], UTC, missing)[0]
        filled, both = ~np.isnat(known_at[is_labeled]), is_labeled & ~np.isnat(known_at) & ~np.isnat(created_at)
        later = float((known_at >= created_at)[both].mean()) if both.any() else 0.0
        if filled.mean() >= 0.9 and later >= 0.99:
            candidates.append((not named, name, int(both.sum()), int((known_at < created_at)[both].sum())))
    if not candidates:
        return label
    _, name, dates, earlier = min(candidates, key=lambda candidate: candidate[0])
    share = f"all but {earlier:,} of {dates:,} dates" if earlier else f"all {dates:,} dates"
    reason = (
        f"the outcome is known on that day: {share} are on or after {headers['created_at']!r}; "
        "a date counts as known at the end of that day"
    )
    return replace(label, known_at=name, known_at_reason=reason)


def guess_order(frame: pd.DataFrame, missing: frozenset[str]) -> OrderGuess | None:
    """Guess what gives the order in time, with the figures in ``reason``; None if nothing does.

    Contact data never is an order: a file sorted by phone number says nothing about time.
    """
    for name in frame.columns:
        if _has_contact_data(name, frame[name], missing):
            continue
        numbers, bad = to_number(frame[name], missing)
        if (
            len(numbers) < 20
            or bad.any()
            or np.isnan(numbers).any()
            or (numbers != np.round(numbers)).any()
            or len(np.unique(numbers)) < len(numbers)
        ):
            continue
        rising = float((np.diff(numbers) > 0).mean())
        if max(rising, 1 - rising) >= 0.99:
            trend = "rises" if rising >= 0.5 else "falls"
            direction = "oldest" if rising >= 0.5 else "newest"
            share = f"it {trend} in {max(rising, 1 - rising):.1%} of the steps down the file"
            reason = f"a serial number, unique, and {share}: the file seems to start with the {direction} lead"
            # Numbers are issued in time order even if the file lists the newest lead first.
            return OrderGuess(name, False, f"{reason}; a larger number is assumed to be later")
    guesses = (_guess_order_by_months(name, frame[name]) for name in frame.columns)
    return next((guess for guess in guesses if guess is not None), None)


def _has_contact_data(name: str, values: pd.Series, missing: frozenset[str]) -> bool:
    """Return whether a column has phone numbers, or the header of personal data such as a ZIP code or a birth date."""
    words = set(split_header(name))
    if words & _CONTACT_WORDS:
        return True
    if words & _SERIAL_WORDS:
        return False
    texts = [re.sub(r"\.0$", "", str(value)) for value in select_present_values(values, missing, limit=500)]
    phones = sum(len(re.sub(r"\D", "", text)) >= 10 and normalize_phone(text) is not None for text in texts)
    return phones > 0.9 * len(texts)


def _matches_column(column: Column, values: pd.Series, kind: str, missing: frozenset[str]) -> bool:
    """Return whether the values are valid for one of our columns."""
    if kind not in _COMPATIBLE_KINDS[column.kind] and not (kind == "number" and column.name in _DIGITS_ALLOWED):
        return False
    if column.name == "lead_id":
        present = select_present_values(values, missing, limit=len(values))
        return len(present) == len(values) == len(set(present.tolist()))
    if column.kind == "number":
        numbers = to_number(values, missing)[0]
        return not ((numbers < column.low) | (numbers > column.high)).any()
    if column.allowed:
        allowed = {text.casefold() for text in column.allowed}
        return {str(value).casefold().replace(" ", "_") for value in select_present_values(values, missing)} <= allowed
    return True


def _guess_binary_label(column: str, normalized: str, counts: Counter[str]) -> LabelGuess:
    """Guess a label of two values: the affirmative one means booked, else the rarer one.

    The meaning is reversed if the header names the failure, such as "no-show".
    """
    rare, common = sorted(counts, key=lambda value: (counts[value], value))
    affirmed = [
        value
        for value in (rare, common)
        if _SUCCESS_WORDS.search(value.casefold()) and not _NEGATION_WORDS.search(value.casefold())
    ]
    yes = affirmed[0] if len(affirmed) == 1 else rare
    no = common if yes == rare else rare
    reason = (
        f"{yes!r} reads as the success"
        if len(affirmed) == 1
        else f"{yes!r} is the rarer of two values, assumed to be the success"
    )
    if _FAILURE_WORDS.search(normalized):
        yes, no = no, yes
        reason = f"the header {column!r} names the failure: {no!r} there means did NOT come, so {yes!r} is the success"
    share = counts[yes] / counts.total()
    return LabelGuess(column, (yes,), (no,), f"{reason}; {share:.1%} of the labeled rows")


def _guess_multivalue_label(column: str, counts: Counter[str]) -> LabelGuess | None:
    """Guess a label of a few values, some of which mean success; None if none or all do."""
    if not 2 < len(counts) <= 12:
        return None
    yes = tuple(
        value
        for value in counts
        if _SUCCESS_WORDS.search(value.casefold())
        and not _NEGATION_WORDS.search(value.casefold())
        and not value.isdigit()
    )
    no = tuple(value for value in counts if value not in yes)
    if not yes or not no:
        return None
    share = sum(counts[value] for value in yes) / counts.total()
    return LabelGuess(
        column,
        yes,
        no,
        f"{len(counts)} values, of which these read as success; {share:.1%} of the rows. "
        "Remove values that are still open from both lists: such leads are not decided yet",
    )


def _guess_order_by_months(name: str, values: pd.Series) -> OrderGuess | None:
    """Guess the row order from a column of months in long runs that move through the year; None if there is none."""
    months = values.astype(str).str.strip().str.lower().str[:3]
    is_month = months.isin(_MONTHS)
    if len(months) < 100 or is_month.mean() < 0.98 or infer_kind(values) not in ("category", "short_text"):
        return None
    month_numbers = months[is_month].map({month: i for i, month in enumerate(_MONTHS)}).to_numpy(int)
    changes = np.flatnonzero(np.diff(month_numbers))
    share = np.bincount(month_numbers, minlength=12) / len(month_numbers)
    # Neighbors in shuffled rows differ with the probability that two random rows have different months.
    expected = (1 - (share**2).sum()) * (len(month_numbers) - 1)
    if len(changes) < 2 or len(changes) > 0.05 * expected:
        return None
    steps = (month_numbers[changes + 1] - month_numbers[changes]) % 12
    forward, back = float((steps <= 4).mean()), float((steps >= 8).mean())
    backwards, shares = back > forward, max(forward, back)
    run_months = [_MONTHS[month] for month in (month_numbers[0], *month_numbers[changes + 1])]
    # A file sorted by the month's name has long runs too, but its alphabetical order says nothing about time.
    if shares < 0.8 or sorted(run_months) in (run_months, run_months[::-1]):
        return None
    reason = (
        f"the rows seem to be in time order: {name!r} changes {len(changes):,} times down the file, "
        f"where shuffled rows would change about {expected:,.0f} times, "
        f"and {shares:.0%} of the changes go {'back' if backwards else 'on'} by one to four months"
    )
    return OrderGuess(ROW_NUMBER, backwards, reason)
