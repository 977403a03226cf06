"""Which column says what became of each lead, and what does each of its values mean?

Lives here: the label of a flat export, found by its values and its header; values that are open or unknown, as
questions; the date on which the label became known.
Does not live here: what one status says (``outcome_words``), all other columns (``column_matching``).
"""

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd

from features.parsing.column_values import to_category, to_codes
from features.profiling.labels.label_flags import is_closed_flag, put_won_first
from features.profiling.labels.label_guess import (
    BLANK,
    FEWEST_ROWS,
    LabelGuess,
    add_question,
    ask_meaning,
    encode_label,
    list_values,
    reads_as_status,
)
from features.profiling.labels.outcome_words import (
    classify_header,
    classify_status,
    counts_bookings,
    is_earlier_outcome,
    names_booking,
    read_answer,
    read_answers,
    read_yes_no,
    says_attended,
    says_missed,
)

__all__ = ["count_categories", "guess_label"]

_MAX_VALUES = 40
_MAX_VALUE_LENGTH = 60
_MIN_COVERAGE = 0.5
_SAME_BOOKINGS = 0.99
_MANY_MORE = 1.5
_MIN_ANSWERS = 0.9
_MAX_COUNT = 20
_MIN_COVERAGE_WITHOUT_HEADER = 0.8
_LESS_CERTAIN = 2.0
_CODE_LENGTH = 2
"""A value of so few letters is a code: "S" may be sold or scheduled."""


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
    guesses, flags = put_won_first([guess for _, _, guess in candidates], frame)
    best = _prefer_open_state(guesses, frame)
    if flags is not None and best.column == flags.column:
        best = flags
    others = [guess.column for guess in guesses if guess.column not in (best.column, best.decided_by)][:3]
    if not others:
        return best
    listed = ", ".join(map(repr, others))
    question = f"other columns read like an outcome too: {listed}. Is {best.column!r} the right one?"
    return replace(best, questions=(*best.questions, question))


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


def _guess_column(name: str, values: pd.Series, missing: frozenset[str]) -> tuple[float, LabelGuess] | None:
    """Return (strength, guess) for one column; None if it does not read like an outcome."""
    if is_earlier_outcome(name):
        return None
    kind = classify_header(name)
    is_weak = kind is None and names_booking(name)
    texts = to_category(values.head(1000), missing)[0]
    if len({text for text in texts if text is not None}) > _MAX_VALUES:
        return None
    counts = count_categories(values, missing)
    if not 1 <= len(counts) <= _MAX_VALUES or max(map(len, counts)) > _MAX_VALUE_LENGTH:
        return None
    blanks = len(values) - counts.total()
    # Below a header such as "Did they book? (internal)" only answers and statuses count.
    is_answered = is_weak and _are_answers(name, counts)
    guess = _guess_values(name, "outcome" if is_answered else kind, counts, blanks)
    if guess is None:
        return None
    if is_answered and not guess.questions:
        guess = add_question(guess, f"does {guess.booked[0]!r} in {name!r} mean that the lead booked?")
    strength = {"outcome": 3.0, "failure": 2.5, "status": 2.0, None: 1.0}[kind]
    # A column whose values are answers or statuses on their own is a better label than one that needed a guess.
    strength += 0.0 if guess.questions and len(counts) <= 2 else 1.0
    if is_closed_flag(name) and len(counts) <= 2:
        # A lead that was lost is closed, too.
        strength -= _LESS_CERTAIN
        guess = add_question(
            guess, f"does {guess.booked[0]!r} in {name!r} mean that the lead booked, or only that it ended?"
        )
    share = counts.total() / max(len(values), 1)
    guess = replace(guess, counts=(*counts.most_common(), *([(BLANK, blanks)] if blanks else [])))
    if blanks and BLANK not in (*guess.booked, *guess.not_booked, *guess.open):
        guess = replace(guess, open=(*guess.open, BLANK))
        guess = add_question(guess, f"{blanks:,} cells are empty and count as open. Do they mean not booked?")
    return strength + share, guess


def count_categories(values: pd.Series, missing: frozenset[str]) -> Counter[str]:
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


def _are_answers(name: str, counts: Counter[str]) -> bool:
    """Return whether every value is yes, no or open, in any spelling, or a number of what the header calls bookings.

    >>> [_are_answers("Booked?", Counter(values)) for values in (["SI", "no", "pendiente"], ["SI", "pendiente"])]
    [True, False]
    """
    answers = {value: read_yes_no(value) for value in counts}
    others = [value for value, answer in answers.items() if answer is None]
    if not others or (
        {True, False} <= {*answers.values()} and all(classify_status(value) == "open" for value in others)
    ):
        return True
    return counts_bookings(name) and all(map(_is_small_count, counts))


def _guess_spelled_answers(name: str, kind: str | None, counts: Counter[str]) -> LabelGuess | None:
    """Guess a label of yes and no in several spellings ("Yes", "YES", "n"), beside a few other values."""
    answers = read_answers(tuple(counts))
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
    reason = f"{list_values(booked)} read as the success; {share:.1%} of the rows"
    guess = LabelGuess(
        name, booked, meanings.get("not_booked", ()), reason, open=meanings.get("open", ()), unknown=unknown
    )
    return guess if not unknown else add_question(guess, ask_meaning(unknown, counts))


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
    return add_question(guess, f"does {name!r} count the bookings of a lead, so that 1 or more is booked?")


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
    return add_question(
        guess, f"{blanks:,} cells are empty and count as {meaning}. Is that so, or are those leads still open?"
    )


def _guess_answers(name: str, kind: str | None, counts: Counter[str]) -> LabelGuess | None:
    """Guess a label of two values that are yes and no, or that a header of an outcome makes the two outcomes."""
    answers = read_answers(tuple(counts))
    statuses = {value: classify_status(value) for value in counts}
    if kind is None or (set(answers.values()) != {True, False} and set(statuses.values()) & {"booked", "not_booked"}):
        return None
    if set(answers.values()) == {True, False}:
        yes = next(value for value, answer in answers.items() if answer)
        reason = f"{yes!r} reads as the success"
        question = f"does {yes!r} in {name!r} mean that the lead booked?" if kind == "status" else ""
    elif kind == "outcome" and not set(statuses.values()) & {"open"} and not any(map(_is_code, counts)):
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
    return add_question(guess, question) if question else guess


def _guess_statuses(name: str, kind: str | None, counts: Counter[str]) -> LabelGuess | None:
    """Guess a label from what its values say; None if too few of them say anything, or none says booked."""
    by_meaning: dict[str | None, tuple[str, ...]] = {}
    for value, answer in read_answers(tuple(counts)).items():
        # "S" and "F" are no pair of answers.
        is_code = answer is None and read_yes_no(value) is not None
        meaning = classify_status(value) if is_code else _find_meaning(value, kind)
        if counts[value] < FEWEST_ROWS and not reads_as_status(value):
            # What the mapping lists stands in the model: a remark about one person must not.
            meaning = None
        by_meaning[meaning] = (*by_meaning.get(meaning, ()), value)
    booked, not_booked = by_meaning.get("booked", ()), by_meaning.get("not_booked", ())
    still_open, unknown = by_meaning.get("open", ()), by_meaning.get(None, ())
    if not booked and len(still_open) == 1 and not_booked and all(map(says_missed, not_booked)):
        # Where only visits that were missed have a name, the one other state is a booking that stands: "Active".
        booked, still_open = still_open, ()
    coverage = 1 - sum(counts[value] for value in unknown) / counts.total()
    lowest = _MIN_COVERAGE_WITHOUT_HEADER if kind is None else _MIN_COVERAGE
    if not booked or not (not_booked or still_open) or coverage < lowest or (kind is None and not not_booked):
        return None
    questions = []
    if booked == by_meaning.get("open"):
        questions.append(f"does {booked[0]!r} in {name!r} mean a booking that stands? All other values say missed.")
    if not not_booked:
        questions.append(
            f"no value says that a lead did not book; {list_values(still_open)} count as not booked when the horizon "
            "has passed. Is there a value for lost leads?"
        )
        not_booked, still_open = still_open, ()
    if unknown:
        questions.append(ask_meaning(unknown, counts))
    decided = sum(counts[value] for value in (*booked, *not_booked))
    share = sum(counts[value] for value in booked) / decided
    reason = f"{len(counts)} values that read as a status; {share:.1%} of the {decided:,} decided leads booked"
    if still_open:
        reason += f"; {sum(counts[value] for value in still_open):,} leads are still open and teach nothing yet"
    planned = tuple(value for value in booked if not says_attended(value))
    if planned and len(planned) < len(booked) and any(map(says_missed, not_booked)):
        reason += (
            f"; PLEASE CHECK: {list_values(planned)} count as booked and missed visits as not booked; if the label is "
            "about coming to the visit, move visits that are still ahead to open"
        )
    return LabelGuess(name, booked, not_booked, reason, open=still_open, unknown=unknown, questions=tuple(questions))


def _is_code(value: str) -> bool:
    """Return whether a value is a code whose meaning stands elsewhere, such as 10 or "S".

    >>> _is_code("10"), _is_code("S"), _is_code("Sold")
    (True, True, False)
    """
    return sum(map(str.isalpha, value)) <= _CODE_LENGTH


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
