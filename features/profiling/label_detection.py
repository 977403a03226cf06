"""Which column says what became of each lead, and what does each of its values mean?

Lives here: the label of a flat export, found by its values and its header; values that are open or unknown, as
questions; the date on which the label became known.
Does not live here: what one status says (``outcome_words``), all other columns (``column_matching``).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC

import numpy as np
import pandas as pd

from features.array_types import FloatArray, TimeArray
from features.mapping.type_inference import split_header
from features.parsing.column_values import to_category, to_codes
from features.parsing.parsed_columns import ParsedColumns
from features.parsing.timestamps import to_known_time, to_time
from features.privacy.column_judgement import judge_column
from features.profiling.outcome_words import (
    classify_header,
    classify_status,
    is_attendance_header,
    is_earlier_outcome,
    names_booking,
    read_answer,
    read_yes_no,
    says_attended,
    says_missed,
)

__all__ = [
    "NO_LABEL_WARNING",
    "LabelGuess",
    "add_known_at",
    "ask_for_label",
    "describe_label",
    "encode_label",
    "guess_label",
]

NO_LABEL_WARNING = (
    "NO LABEL WAS FOUND: no column says which leads booked, so nothing can be trained from this file. Add a section "
    "[label] to the mapping with column, booked and not_booked (and open, for leads that are not decided yet), or give "
    "an outcomes table."
)

BLANK = ""
"""How a mapping writes an empty cell in its lists of label values."""

_MAX_VALUES = 40
_MAX_ASKED = 12
_MAX_VALUE_LENGTH = 60
_MIN_COVERAGE = 0.5
_SAME_BOOKINGS = 0.99
_MANY_MORE = 1.5
_MIN_ANSWERS = 0.9
_MIN_UNLABELED, _BLANK_SHARE = 20, 0.95
_MAX_COUNT = 20
_MIN_COVERAGE_WITHOUT_HEADER = 0.8
_END_WORDS = re.compile(
    r"\b(?:appointment|visit|close|closed|outcome|decision|decided|converted|conversion|resolved|result)\b"
)


@dataclass(frozen=True)
class LabelGuess:
    """Hold the column with the outcome of each lead, the meaning of its values, and why.

    ``open`` are values of leads that are not decided yet; ``unknown`` are values that a person must place. An empty
    text stands for empty cells. ``counts`` has the rows of each value, ``questions`` what a person must confirm.
    ``known_at`` is the column with the date on which the outcome became known.
    """

    column: str
    booked: tuple[str, ...]
    not_booked: tuple[str, ...]
    reason: str
    known_at: str | None = None
    known_at_reason: str = ""
    open: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    questions: tuple[str, ...] = ()


def guess_label(frame: pd.DataFrame, missing: frozenset[str]) -> LabelGuess | None:
    """Guess the label and the meaning of its values; None if no column reads like an outcome.

    >>> guess_label(pd.DataFrame({"deal_stage": ["Won", "Lost", "Contacted"]}), frozenset()).open
    ('Contacted',)
    """
    candidates = []
    for position, name in enumerate(frame.columns):
        found = _guess_column(name, frame[name], missing)
        if found is not None:
            strength, guess = found
            candidates.append((-strength, position, guess))
    if not candidates:
        return None
    candidates.sort(key=lambda candidate: candidate[:2])
    guesses = [guess for _, _, guess in candidates]
    best = _prefer_open_state(guesses, frame)
    others = [guess.column for guess in guesses if guess.column != best.column][:3]
    if not others:
        return best
    listed = ", ".join(map(repr, others))
    question = f"other columns read like an outcome too: {listed}. Is {best.column!r} the right one?"
    return replace(best, questions=(*best.questions, question))


def ask_for_label(columns: ParsedColumns, known: Sequence[str]) -> tuple[str, ...]:
    """Return a question about each column that may say what became of the leads, where no label was found.

    Parameters
    ----------
    known : sequence of str
        Headers under which the product that wrote the export says it.
    """
    questions = []
    for name in columns:
        if name not in known and classify_header(name) not in ("status", "outcome"):
            continue
        counts = _count_categories(columns[name], columns.missing)
        if 2 <= len(counts) <= _MAX_ASKED and judge_column(name, columns[name], columns.missing).outcome == "nothing":
            questions.append(
                f"QUESTION: {name!r} may say what became of the leads: which of {_list_values(tuple(counts))} mean "
                "that a lead booked? If any does, name the column and its values under [label]."
            )
    return tuple(questions)


def _prefer_open_state(guesses: list[LabelGuess], frame: pd.DataFrame) -> LabelGuess:
    """Return the first guess, or one that books the same leads and also tells which of the others are still open.

    A flag such as "Is Closed Won" is false for lost and for open deals; the stage beside it tells them apart.
    """
    first = guesses[0]
    if any(value != BLANK for value in first.open):
        return first
    booked = encode_label(frame[first.column], first) == 1
    richer = (
        guess
        for guess in guesses[1:]
        if any(value != BLANK for value in guess.open)
        and _contains_bookings(encode_label(frame[guess.column], guess) == 1, booked)
    )
    return next(richer, first)


def _contains_bookings(wider: np.ndarray, booked: np.ndarray) -> bool:
    """Return whether one label books the leads that another one books, and not many more."""
    return bool(wider[booked].mean() >= _SAME_BOOKINGS and wider.sum() <= _MANY_MORE * booked.sum())


def describe_label(label: LabelGuess) -> list[str]:
    """Describe what each value of the label means (booked, not booked, open or "?") with its rows, and all questions.

    >>> describe_label(LabelGuess("Stage", ("Won",), ("Lost",), "", counts=(("Won", 3), ("Lost", 1_200))))
    ["Label 'Stage':", '  Won  -> booked      3 rows', '  Lost -> not booked  1,200 rows']
    """
    meanings = dict.fromkeys(label.unknown, "?") | dict.fromkeys(label.open, "open")
    meanings |= dict.fromkeys(label.not_booked, "not booked") | dict.fromkeys(label.booked, "booked")
    width = max((len(value or "(blank)") for value, _ in label.counts), default=0)
    lines = [
        f"  {value or '(blank)':<{width}} -> {meanings.get(value, '?'):<10}  {count:,} rows"
        for value, count in label.counts
    ]
    return [f"Label {label.column!r}:", *lines, *(f"QUESTION: {question}" for question in label.questions)]


def encode_label(values: pd.Series, label: LabelGuess) -> FloatArray:
    """Encode the label as 1 booked, 0 not booked or NaN. Shape (n,)."""
    meaning = dict.fromkeys(label.not_booked, 0.0) | dict.fromkeys(label.booked, 1.0)
    return np.array([meaning.get(text or BLANK, np.nan) for text in to_category(values)[0]], float)


def add_known_at(
    label: LabelGuess | None,
    frame: pd.DataFrame,
    kinds: dict[str, str],
    headers: dict[str, str],
    missing: frozenset[str],
) -> LabelGuess | None:
    """Return the label with the column of the date on which it became known, if the export has one.

    Such a column has dates for at least 90% of the labeled leads, at least 99% of them not before the enquiry. Also,
    the label must be about attendance, or the header of the column about a visit or an end, or the column blank as long
    as the label is.
    """
    if label is None or "created_at" not in headers:
        return label
    created_at = to_time(frame[headers["created_at"]], UTC, missing)[0]
    is_labeled = np.isin(
        np.array([value or "" for value in to_category(frame[label.column])[0]], str),
        [*label.booked, *label.not_booked],
    )
    attendance = is_attendance_header(label.column)
    candidates = []
    for name, kind in kinds.items():
        named = bool(_END_WORDS.search(" ".join(split_header(name))))
        if kind != "date" or name in headers.values():
            continue
        known_at = to_known_time(frame[name], UTC, missing)[0]
        if not (named or attendance or _is_blank_with_label(known_at, is_labeled)):
            continue
        filled, both = ~np.isnat(known_at[is_labeled]), is_labeled & ~np.isnat(known_at) & ~np.isnat(created_at)
        later = float((known_at >= created_at)[both].mean()) if both.any() else 0.0
        if filled.mean() >= 0.9 and later >= 0.99:
            candidates.append((not named, name, int(both.sum()), int((known_at < created_at)[both].sum())))
    if not candidates:
        return label
    # min keeps the first of equals, so the export's own order of columns decides.
    _, name, dates, earlier = min(candidates, key=lambda candidate: candidate[0])
    share = f"all but {earlier:,} of {dates:,} dates" if earlier else f"all {dates:,} dates"
    reason = (
        f"the outcome is known on that day: {share} are on or after {headers['created_at']!r}; "
        "a date counts as known at the end of that day"
    )
    return replace(label, known_at=name, known_at_reason=reason)


def _is_blank_with_label(known_at: TimeArray, is_labeled: np.ndarray) -> bool:
    """Return whether enough leads have no label yet, and hardly any of them has this date."""
    blank = np.isnat(known_at[~is_labeled])
    return len(blank) >= _MIN_UNLABELED and blank.mean() >= _BLANK_SHARE


def _guess_column(name: str, values: pd.Series, missing: frozenset[str]) -> tuple[float, LabelGuess] | None:
    """Return (strength, guess) for one column; None if it does not read like an outcome."""
    if is_earlier_outcome(name):
        return None
    kind = classify_header(name)
    is_weak = kind is None and names_booking(name)
    texts = to_category(values.head(1000), missing)[0]
    if len({text for text in texts if text is not None}) > _MAX_VALUES:
        return None
    counts = _count_categories(values, missing)
    if not 1 <= len(counts) <= _MAX_VALUES or max(map(len, counts)) > _MAX_VALUE_LENGTH:
        return None
    blanks = len(values) - counts.total()
    guess = _guess_values(name, "outcome" if is_weak else kind, counts, blanks)
    if guess is None or (is_weak and not _are_answers(counts)):
        return None
    if is_weak and not guess.questions:
        guess = _ask(guess, f"does {guess.booked[0]!r} in {name!r} mean that the lead booked?")
    strength = {"outcome": 3.0, "failure": 2.5, "status": 2.0, None: 1.0}[kind]
    # A column whose values are answers or statuses on their own is a better label than one that needed a guess.
    strength += 0.0 if guess.questions and len(counts) <= 2 else 1.0
    share = counts.total() / max(len(values), 1)
    guess = replace(guess, counts=(*counts.most_common(), *([(BLANK, blanks)] if blanks else [])))
    if blanks and BLANK not in (*guess.booked, *guess.not_booked, *guess.open):
        guess = replace(guess, open=(*guess.open, BLANK))
        guess = _ask(guess, f"{blanks:,} cells are empty and count as open. Do they mean not booked?")
    return strength + share, guess


def _count_categories(values: pd.Series, missing: frozenset[str]) -> Counter[str]:
    """Count the rows of each category, in order of appearance."""
    encoded = to_codes(values, "category", missing)[0]
    rows = np.bincount(encoded.codes, minlength=len(encoded.distinct)).tolist()
    counts: Counter[str] = Counter()
    for text, count in zip(encoded.distinct.tolist(), rows, strict=True):
        if text is not None and count:
            counts[text] += count
    return counts


def _guess_values(name: str, kind: str | None, counts: Counter[str], blanks: int) -> LabelGuess | None:
    """Guess a label from its values: one value and blanks, answers, numbers of bookings, or statuses."""
    if len(counts) == 1:
        return _guess_from_blanks(name, kind, counts, blanks)
    guess = _guess_answers(name, kind, counts) if len(counts) == 2 else _guess_spelled_answers(name, kind, counts)
    return guess or _guess_number_of_bookings(name, kind, counts) or _guess_statuses(name, kind, counts)


def _are_answers(counts: Counter[str]) -> bool:
    """Return whether every value is yes or no, in whatever spelling, or a number of bookings."""
    return all(read_yes_no(value) is not None for value in counts) or all(map(_is_small_count, counts))


def _guess_spelled_answers(name: str, kind: str | None, counts: Counter[str]) -> LabelGuess | None:
    """Guess a label of yes and no in several spellings ("Yes", "YES", "n"), beside a few other values."""
    answers = {value: read_yes_no(value) for value in counts}
    answered = sum(counts[value] for value, answer in answers.items() if answer is not None)
    if kind is None or not {True, False} <= set(answers.values()) or answered < _MIN_ANSWERS * counts.total():
        return None
    meanings: dict[str | None, tuple[str, ...]] = {}
    for value, answer in answers.items():
        meaning = (
            classify_status(value) if answer is None else "booked" if answer != (kind == "failure") else "not_booked"
        )
        meanings[meaning] = (*meanings.get(meaning, ()), value)
    booked, unknown = meanings.get("booked", ()), meanings.get(None, ())
    share = sum(counts[value] for value in booked) / counts.total()
    reason = f"{_list_values(booked)} read as the success; {share:.1%} of the rows"
    guess = LabelGuess(
        name, booked, meanings.get("not_booked", ()), reason, open=meanings.get("open", ()), unknown=unknown
    )
    return guess if not unknown else _ask(guess, _ask_meaning(unknown))


def _is_small_count(value: str) -> bool:
    """Return whether a value is a small whole number, as numbers of bookings are."""
    return value.removesuffix(".0").isdecimal() and int(value.removesuffix(".0")) <= _MAX_COUNT


def _guess_number_of_bookings(name: str, kind: str | None, counts: Counter[str]) -> LabelGuess | None:
    """Guess a label that counts bookings: 0 is not booked, any more is."""
    zeros = tuple(value for value in counts if value.removesuffix(".0") == "0")
    if kind != "outcome" or len(counts) < 3 or not zeros or not all(map(_is_small_count, counts)):
        return None
    booked = tuple(value for value in counts if value not in zeros)
    share = sum(counts[value] for value in booked) / counts.total()
    guess = LabelGuess(name, booked, zeros, f"it counts bookings: any but 0 is a success; {share:.1%} of the rows")
    return _ask(guess, f"does {name!r} count the bookings of a lead, so that 1 or more is booked?")


def _guess_from_blanks(name: str, kind: str | None, counts: Counter[str], blanks: int) -> LabelGuess | None:
    """Guess a label that is filled for one outcome and empty for the other."""
    (value,) = counts
    answer, status = read_yes_no(value), classify_status(value)
    if kind is None or not blanks or (answer is not True and status not in ("booked", "not_booked")):
        return None
    is_failure = kind == "failure" if answer else status == "not_booked"
    booked, not_booked = ((BLANK,), (value,)) if is_failure else ((value,), (BLANK,))
    meaning = "booked" if is_failure else "not booked"
    share = (blanks if is_failure else counts.total()) / (counts.total() + blanks)
    guess = LabelGuess(name, booked, not_booked, f"the only value is {value!r}; {share:.1%} of the rows read as booked")
    return _ask(guess, f"{blanks:,} cells are empty and count as {meaning}. Is that so, or are those leads still open?")


def _guess_answers(name: str, kind: str | None, counts: Counter[str]) -> LabelGuess | None:
    """Guess a label of two values that are yes and no, or that a header of an outcome makes the two outcomes."""
    answers = {value: read_yes_no(value) for value in counts}
    statuses = {value: classify_status(value) for value in counts}
    if kind is None or (set(answers.values()) != {True, False} and set(statuses.values()) & {"booked", "not_booked"}):
        return None
    if set(answers.values()) == {True, False}:
        yes = next(value for value, answer in answers.items() if answer)
        reason = f"{yes!r} reads as the success"
        question = f"does {yes!r} in {name!r} mean that the lead booked?" if kind == "status" else ""
    elif kind == "outcome" and not set(statuses.values()) & {"open"}:
        yes = min(counts, key=lambda value: (counts[value], value))
        reason = f"{yes!r} is the rarer of two values, assumed to be the success"
        question = f"is {yes!r} the success? It was chosen because it is the rarer value."
    else:
        return None
    no = next(value for value in counts if value != yes)
    # "No_show = Yes" is a failure: the other value is the success.
    if kind == "failure":
        yes, no = no, yes
        reason = f"the header {name!r} names the failure: {no!r} there means did NOT come, so {yes!r} is the success"
    guess = LabelGuess(name, (yes,), (no,), f"{reason}; {counts[yes] / counts.total():.1%} of the labeled rows")
    return _ask(guess, question) if question else guess


def _guess_statuses(name: str, kind: str | None, counts: Counter[str]) -> LabelGuess | None:
    """Guess a label from what its values say; None if too few of them say anything, or none says booked."""
    by_meaning: dict[str | None, tuple[str, ...]] = {}
    for value in counts:
        meaning = _find_meaning(value, kind)
        by_meaning[meaning] = (*by_meaning.get(meaning, ()), value)
    booked, not_booked = by_meaning.get("booked", ()), by_meaning.get("not_booked", ())
    still_open, unknown = by_meaning.get("open", ()), by_meaning.get(None, ())
    coverage = 1 - sum(counts[value] for value in unknown) / counts.total()
    lowest = _MIN_COVERAGE_WITHOUT_HEADER if kind is None else _MIN_COVERAGE
    if not booked or not (not_booked or still_open) or coverage < lowest or (kind is None and not not_booked):
        return None
    questions = []
    if not not_booked:
        questions.append(
            f"no value says that a lead did not book; {_list_values(still_open)} count as not booked when the horizon "
            "has passed. Is there a value for lost leads?"
        )
        not_booked, still_open = still_open, ()
    if unknown:
        questions.append(_ask_meaning(unknown))
    decided = sum(counts[value] for value in (*booked, *not_booked))
    share = sum(counts[value] for value in booked) / decided
    reason = f"{len(counts)} values that read as a status; {share:.1%} of the {decided:,} decided leads booked"
    if still_open:
        reason += f"; {sum(counts[value] for value in still_open):,} leads are still open and teach nothing yet"
    planned = tuple(value for value in booked if not says_attended(value))
    if planned and len(planned) < len(booked) and any(map(says_missed, not_booked)):
        reason += (
            f"; PLEASE CHECK: {_list_values(planned)} count as booked and missed visits as not booked; if the label is "
            "about coming to the visit, move visits that are still ahead to open"
        )
    return LabelGuess(name, booked, not_booked, reason, open=still_open, unknown=unknown, questions=tuple(questions))


def _find_meaning(value: str, kind: str | None) -> str | None:
    """Return what a value means under a header of this kind; below "Booked?" also "Y" and "no - too far" do.

    >>> _find_meaning("Y", "outcome"), _find_meaning("no - too far", "outcome"), _find_meaning("Y", None)
    ('booked', 'not_booked', None)
    """
    answer, status = read_answer(value) if kind in ("outcome", "failure") else None, classify_status(value)
    if answer is None or status == "open":
        return status
    meaning = "booked" if answer != (kind == "failure") else "not_booked"
    # "Yes - canceled" says both: ask.
    return meaning if kind == "failure" or status in (None, meaning) else None


def _ask_meaning(unknown: tuple[str, ...]) -> str:
    """Return the question about values that nobody can place."""
    return (
        f"what do {_list_values(unknown)} mean? Add each to booked, not_booked or open; until then rows with them "
        "are rejected."
    )


def _ask(guess: LabelGuess, question: str) -> LabelGuess:
    """Return the guess with one more question."""
    return replace(guess, questions=(*guess.questions, question))


def _list_values(values: tuple[str, ...]) -> str:
    """List up to five values."""
    return ", ".join(map(repr, values[:5])) + (f" and {len(values) - 5} more" if len(values) > 5 else "")
