"""Which of their columns is which of ours, which one is the label, what tells the order in time? Guesses from headers
and values.

Lives here: recognising canonical columns, the label with its values, the order of a file without dates, prompts that
mean "not given". Does not live here: a single column's kind (``guesses``), columns that know the future (``suspects``),
the proposal itself (``inspection``)."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC

import numpy as np
import pandas as pd

from features.mapping.column_mapping import ROW_NUMBER
from features.mapping.type_inference import select_present_values, infer_kind, split_header
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
    r"(?:-+\s*)?(?:please\s+)?(?:select|choose|pick)\b.{0,40}|-+\s*(?:none|any|select)?\s*-+|not (?:selected|chosen|specified)|no selection"
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
    r"\b(?:yes|y|1|true|booked|converted|won|attended|showed|scheduled|success|successful|treated|completed|closed won|appointment set)\b"
)
_NEGATION_WORDS = re.compile(r"\b(?:not|no|non|un\w+|never|lost|cancel\w*|0|false)\b")
_FAILURE_WORDS = re.compile(r"\b(?:no ?show|noshow|lost|cancel\w*|missed|churned|dna)\b")
_ATTENDANCE_HEADERS = ("attended", "showed", "show", "no show", "noshow", "appointment status")
_END_WORDS = re.compile(
    r"\b(?:appointment|visit|close|closed|outcome|decision|decided|converted|conversion|resolved|result)\b"
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


@dataclass(frozen=True)
class LabelGuess:
    """A column that says what became of the lead, and what its values mean; ``known_at``: the column that says when
    that was known.
    """

    column: str
    booked: tuple[str, ...]
    not_booked: tuple[str, ...]
    reason: str
    known_at: str | None = None
    known_at_reason: str = ""


@dataclass(frozen=True)
class OrderGuess:
    """What grows with time in a file without dates: ``by`` a column or the row number; ``newest_first`` when it counts
    backwards.
    """

    by: str
    newest_first: bool
    reason: str


def find_prompts(frame: pd.DataFrame) -> dict[str, int]:
    """Values that look like a prompt nobody answered and stand in at least two columns -> in how many.

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
    """Our column -> their header, where the header is a known name for it and the values agree.

    Each header is used once.
    """
    said = {name: " ".join(split_header(name)) for name in frame.columns}
    headers: dict[str, str] = {}
    for column in LEADS.columns:
        names = (column.name.replace("_", " "), *column.also_called)
        near = sorted((names.index(words), i, name) for i, (name, words) in enumerate(said.items()) if words in names)
        fitting = [
            name
            for _, _, name in near
            if name not in headers.values() and _matches_column(column, frame[name], kinds[name], missing)
        ]
        if fitting:
            headers[column.name] = fitting[0]
    if "created_at" not in headers and (only := _find_only_full_date(frame, kinds, said, missing)):
        headers["created_at"] = only
    return headers


def guess_label(frame: pd.DataFrame, missing: frozenset[str]) -> LabelGuess | None:
    """The label and the values that mean success; None when no header promises one."""
    headers = {" ".join(split_header(name)): name for name in reversed(frame.columns)}
    for label in _LABEL_HEADERS:
        if label not in headers:
            continue
        values = [value for value in to_category(frame[headers[label]])[0] if value is not None]
        counts = Counter(values)
        guess = _guess_binary_label(headers[label], label, counts) if len(counts) == 2 else _guess_multivalue_label(headers[label], counts)
        if guess:
            return guess
    return None


def add_known_at(
    label: LabelGuess | None, frame: pd.DataFrame, kinds: dict[str, str], headers: dict[str, str], missing: frozenset[str]
) -> LabelGuess | None:
    """The label with the column that tells when it became known, where the label is one that happens at a date and a
    column has that date.

    Such a column holds dates for nine in ten of the leads whose label is said, 99 in 100 of them not before the
    enquiry, and either the label speaks of attendance or the column's header of a visit or an end."""
    if label is None or "created_at" not in headers:
        return label
    created_at = to_time(frame[headers["created_at"]], UTC, missing)[0]
    is_labeled = np.isin(
        np.array([value or "" for value in to_category(frame[label.column])[0]], str),
        [*label.booked, *label.not_booked],
    )
    attendance = " ".join(split_header(label.column)) in _ATTENDANCE_HEADERS
    fitting = []
    for name, kind in kinds.items():
        named = bool(_END_WORDS.search(" ".join(split_header(name))))
        if kind != "date" or name in headers.values() or not (named or attendance):
            continue
        known_at = to_known_time(frame[name], UTC, missing)[0]
        filled, both = ~np.isnat(known_at[is_labeled]), is_labeled & ~np.isnat(known_at) & ~np.isnat(created_at)
        later = float((known_at >= created_at)[both].mean()) if both.any() else 0.0
        if filled.mean() >= 0.9 and later >= 0.99:
            fitting.append((not named, name, int(both.sum()), int((known_at < created_at)[both].sum())))
    if not fitting:
        return label
    _, name, dates, earlier = min(fitting, key=lambda candidate: candidate[0])
    share = f"all but {earlier:,} of {dates:,} dates" if earlier else f"all {dates:,} dates"
    why = f"what became of the lead is known on that day: {share} lie on or after {headers['created_at']!r}; a day counts as known when it is over"
    return replace(label, known_at=name, known_at_reason=why)


def guess_order(frame: pd.DataFrame, missing: frozenset[str]) -> OrderGuess | None:
    """What tells the order in time; None when nothing does. The figures that say so stand in ``why``."""
    for name in frame.columns:
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
            way = "rises" if rising >= 0.5 else "falls"
            direction = "oldest" if rising >= 0.5 else "newest"
            share = f"it {way} in {max(rising, 1 - rising):.1%} of the steps down the file"
            why = f"a serial number, unique, and {share}: the file seems to run from the {direction} lead on"
            return OrderGuess(name, False, f"{why}; a larger number is taken to be later")
    return next((guess for name in frame.columns if (guess := _guess_order_by_months(name, frame[name]))), None)


def _matches_column(column: Column, values: pd.Series, kind: str, missing: frozenset[str]) -> bool:
    """Whether values agree with one of our columns."""
    if kind not in _COMPATIBLE_KINDS[column.kind] and not (kind == "number" and column.name in _DIGITS_ALLOWED):
        return False
    if column.name == "lead_id":
        present = select_present_values(values, missing, limit=len(values))
        return len(present) == len(values) == len(set(present.tolist()))
    if column.kind == "number":
        numbers = to_number(values, missing)[0]
        return not ((numbers < column.low) | (numbers > column.high)).any()
    if column.allowed:
        allowed = {word.casefold() for word in column.allowed}
        return {str(value).casefold().replace(" ", "_") for value in select_present_values(values, missing)} <= allowed
    return True


def _find_only_full_date(
    frame: pd.DataFrame, kinds: dict[str, str], names: dict[str, str], missing: frozenset[str]
) -> str | None:
    """The one date column that is always filled and does not speak of what came later."""
    later = re.compile(
        r"\b(?:close|closed|modified|updated|last|next|birth|dob|converted|booked|appointment|visit|end|due|expir\w*)\b"
    )
    full = [
        name
        for name, kind in kinds.items()
        if kind == "date"
        and not later.search(names[name])
        and len(select_present_values(frame[name], missing, len(frame))) == len(frame)
    ]
    return full[0] if len(full) == 1 else None


def _guess_binary_label(column: str, label: str, counts: Counter[str]) -> LabelGuess:
    """A label of two values: the affirmative one means booked, else the rarer; the other way round when the header
    denies.
    """
    rare, common = sorted(counts, key=lambda value: (counts[value], value))
    affirmed = [
        value for value in (rare, common) if _SUCCESS_WORDS.search(value.casefold()) and not _NEGATION_WORDS.search(value.casefold())
    ]
    yes = affirmed[0] if len(affirmed) == 1 else rare
    no = common if yes == rare else rare
    why = (
        f"{yes!r} reads as the success"
        if len(affirmed) == 1
        else f"{yes!r} is the rarer of two values, taken as the success"
    )
    if _FAILURE_WORDS.search(label):
        yes, no = no, yes
        why = f"the header {column!r} names the failure: {no!r} there means did NOT come, so {yes!r} is the success"
    share = counts[yes] / counts.total()
    return LabelGuess(column, (yes,), (no,), f"{why}; {share:.1%} of the rows that say something")


def _guess_multivalue_label(column: str, counts: Counter[str]) -> LabelGuess | None:
    """A label of a few values, some of which say success in words."""
    if not 2 < len(counts) <= 12:
        return None
    yes = tuple(
        value
        for value in counts
        if _SUCCESS_WORDS.search(value.casefold()) and not _NEGATION_WORDS.search(value.casefold()) and not value.isdigit()
    )
    no = tuple(value for value in counts if value not in yes)
    if not yes or not no:
        return None
    why = f"{len(counts)} values, of which these read as success; {sum(counts[value] for value in yes) / counts.total():.1%} of the rows"
    return LabelGuess(
        column, yes, no, f"{why}. Take values that are still open out of both lists: such leads are not decided yet"
    )


def _guess_order_by_months(name: str, values: pd.Series) -> OrderGuess | None:
    """Row order, when a column of months stands in long runs that go forward through the year."""
    months = values.astype(str).str.strip().str.lower().str[:3]
    is_month = months.isin(_MONTHS)
    if len(months) < 100 or is_month.mean() < 0.98 or infer_kind(values) not in ("category", "short_text"):
        return None
    month_numbers = months[is_month].map({month: i for i, month in enumerate(_MONTHS)}).to_numpy(int)
    changes = np.flatnonzero(np.diff(month_numbers))
    share = np.bincount(month_numbers, minlength=12) / len(month_numbers)
    expected = (1 - (share**2).sum()) * (len(month_numbers) - 1)
    if len(changes) < 2 or len(changes) > 0.05 * expected:
        return None
    steps = (month_numbers[changes + 1] - month_numbers[changes]) % 12
    forward, back = float((steps <= 4).mean()), float((steps >= 8).mean())
    backwards, shares = back > forward, max(forward, back)
    in_turn = [_MONTHS[month] for month in (month_numbers[0], *month_numbers[changes + 1])]
    if shares < 0.8 or sorted(in_turn) in (in_turn, in_turn[::-1]):  # sorted by the alphabet tells nothing of time
        return None
    why = (
        f"the rows seem to stand in time order: {name!r} changes {len(changes):,} times down the file, where shuffled rows would change "
        f"about {expected:,.0f} times, and {shares:.0%} of the changes go {'back' if backwards else 'on'} by one to four months"
    )
    return OrderGuess(ROW_NUMBER, backwards, why)
