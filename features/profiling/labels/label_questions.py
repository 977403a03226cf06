"""Which columns may say what became of the leads, where no label was found?

Lives here: the questions about them. Does not live here: finding the label (``label_detection``), dates that only some
leads have (``filled_label``).
"""

from collections import Counter
from collections.abc import Collection, Sequence

from features.parsing.parsed_columns import ParsedColumns
from features.profiling.labels.label_detection import count_categories
from features.profiling.labels.label_guess import list_values
from features.profiling.labels.outcome_words import classify_header, classify_status, names_booking, read_yes_no
from features.profiling.values.column_verdicts import judge_once

__all__ = ["ask_for_label"]

_MAX_ASKED = 12
_MOST_CHOICES, _MOST_NAMED = 8, 3
_FEWEST_DECIDED = 0.1
_SAMPLE = 500


def ask_for_label(columns: ParsedColumns, known: Sequence[str], used: Collection[str] = ()) -> tuple[str, ...]:
    """Return a question about each column that may say what became of the leads, where no label was found.

    Parameters
    ----------
    known : sequence of str
        Headers under which the product that wrote the export says it.
    used : collection of str
        Headers that have another role.
    """
    questions, choices = [], []
    for name in columns:
        counts = count_categories(columns[name], columns.missing)
        is_named = name in known or classify_header(name) in ("status", "outcome") or names_booking(name)
        if len(counts) > _MAX_ASKED:
            questions += _ask_about_many_values(name, columns) if is_named else []
            continue
        if not counts or judge_once(columns, name).outcome != "nothing":
            continue
        if name not in used and _are_choices(counts):
            choices.append(name)
        # One value says something only where other cells are empty.
        is_lone = len(counts) == 1
        if is_lone and (counts.total() == len(columns) or classify_status(next(iter(counts))) != "booked"):
            continue
        if is_named or _speak_of_an_end(counts):
            listed = list_values(tuple(counts), counts)
            questions.append(
                f"QUESTION: {name!r} may say what became of the leads: which of {listed} mean that a lead booked? If "
                "any does, name the column and its values under [label]."
            )
    return tuple(questions) or _ask_about_choices(choices)


def _are_choices(counts: Counter[str]) -> bool:
    """Return whether the values of a column are a few words, and not all of them numbers."""
    return 2 <= len(counts) <= _MOST_CHOICES and not all(value.replace(".", "").isdecimal() for value in counts)


def _ask_about_choices(choices: Sequence[str]) -> tuple[str, ...]:
    """Return a question about columns of a few words, where no header and no value says what became of the leads.

    The outcome stands behind what the person said, so the last ones of the file are named.
    """
    if not choices:
        return ()
    listed = " or ".join(map(repr, reversed(choices[-_MOST_NAMED:])))
    return (f"QUESTION: does {listed} say what became of each lead? If so, name it and its values under [label].",)


def _ask_about_many_values(name: str, columns: ParsedColumns) -> list[str]:
    """Return a question about a column whose header names an outcome and that has a text of its own in many rows."""
    counts = Counter(str(value) for value in columns.select_present(name, _SAMPLE))
    is_outcome = names_booking(name) or classify_header(name) == "outcome"
    if not (is_outcome or _speak_of_an_end(counts)) or judge_once(columns, name).outcome != "nothing":
        return []
    return [
        f"QUESTION: {name!r} may say what became of the leads, but in {columns.count_distinct(name):,} different "
        "texts. Add a column to the file that has one word for each end, such as Booked, Lost and Open, and name it "
        f"under [label]; do not use {name!r} itself as an input."
    ]


def _speak_of_an_end(counts: Counter[str]) -> bool:
    """Return whether some values say what became of a lead, whatever the header: "no appt" beside "too expensive".

    >>> _speak_of_an_end(Counter({"Booked": 40, "blah": 50})), _speak_of_an_end(Counter({"Google": 40, "Lost": 1}))
    (True, False)
    """
    # A bare "no" says nothing under an unknown header: it may be about a newsletter.
    statuses = {value: None if read_yes_no(value) is not None else classify_status(value) for value in counts}
    decided = sum(count for value, count in counts.items() if statuses[value] in ("booked", "not_booked"))
    return decided >= _FEWEST_DECIDED * counts.total() > 0
