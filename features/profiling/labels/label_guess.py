"""What was guessed about the label, and what must a person confirm? The column, the meaning of its values, questions.

Lives here: the guess, in words and as numbers. Does not live here: guessing (``label_detection``).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from features.array_types import FloatArray
from features.mapping.label_values import BLANK
from features.parsing.column_values import to_category
from features.privacy.person_names import reads_as_person
from features.privacy.value_patterns import classify_form, find_contact_inside

__all__ = [
    "BLANK",
    "FEWEST_ROWS",
    "LabelGuess",
    "NO_LABEL_WARNING",
    "add_question",
    "ask_meaning",
    "describe_label",
    "encode_label",
    "list_values",
    "reads_as_status",
]

FEWEST_ROWS = 5
"""A text of fewer rows may be a remark about one person."""
_LISTED, _MOST_WORDS = 5, 5
_LONG_NUMBER = re.compile(r"\d{4}")
NO_LABEL_WARNING = (
    "NO LABEL WAS FOUND: no column says which leads booked, so nothing can be trained from this file. Add a section "
    "[label] to the mapping with column, booked and not_booked (and open, for leads that are not decided yet), or give "
    "an outcomes table."
)


@dataclass(frozen=True)
class LabelGuess:
    """Hold the column with the outcome of each lead, the meaning of its values, and why.

    ``open`` are values of leads that are not decided yet; ``unknown`` are values that a person must place. An empty
    text stands for empty cells. ``counts`` has the rows of each value, ``questions`` what a person must confirm.
    ``known_at`` is the column with the date on which the outcome became known. Where empty cells are open while a lead
    is younger than ``open_days``, ``young`` counts them and ``encoded`` has the labels, shape (n,). Where a second
    column, ``decided_by``, says which leads are closed, ``young`` counts the others. ``initial`` are values in which
    every booking begins; of leads whose end lies ahead, or that are younger than ``open_days``, they say nothing.
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
    open_days: int | None = None
    decided_by: str | None = None
    initial: tuple[str, ...] = ()
    young: int = 0
    encoded: FloatArray | None = field(default=None, repr=False, compare=False)

    def to_plain(self) -> dict[str, object]:
        """Return everything as JSON values, without the labels of single leads and remarks about one person."""
        plain = {name: value for name, value in vars(self).items() if name != "encoded"}
        shown, hidden = _hide_remarks(self)
        unknown = tuple(value for value in self.unknown if value in shown)
        return {**plain, "counts": shown | hidden, "unknown": (*unknown, *hidden)}


def describe_label(label: LabelGuess) -> list[str]:
    """Describe what each value of the label means (booked, not booked, open or "?") with its rows, and all questions.

    >>> describe_label(LabelGuess("Stage", ("Won",), ("Lost",), "", counts=(("Won", 3), ("Lost", 1_200))))
    ["Label 'Stage':", '  Won  -> booked      3 rows', '  Lost -> not booked  1,200 rows']
    """
    meanings = dict.fromkeys(label.unknown, "?") | dict.fromkeys(label.open, "open")
    meanings |= dict.fromkeys(label.not_booked, "not booked") | dict.fromkeys(label.booked, "booked")
    shown, hidden = _hide_remarks(label)
    rows = [(value or "(blank)", meanings.get(value, "?"), count) for value, count in shown.items()]
    rows += [(texts, "?", count) for texts, count in hidden.items()]
    if label.initial:
        rows = _add_undecided(label, rows)
    elif label.open_days is not None:
        days = label.open_days
        rows = [row for row in rows if row[0] != "(blank)"] + [
            (f"(blank), lead {days} days old or older", meanings[BLANK], dict(label.counts)[BLANK] - label.young),
            (f"(blank), lead younger than {days} days", "open", label.young),
        ]
    if label.decided_by is not None:
        name = " or ".join(value or "(blank)" for value in label.not_booked)
        others = sum(count for _, meaning, count in rows if meaning == "not booked")
        rows = [row for row in rows if row[1] != "not booked"] + [
            (f"{name}, closed by {label.decided_by!r}", "not booked", others - label.young),
            (f"{name}, not closed", "open", label.young),
        ]
    width = max((len(value) for value, _, _ in rows), default=0)
    lines = [f"  {value:<{width}} -> {meaning:<10}  {count:,} rows" for value, meaning, count in rows]
    return [f"Label {label.column!r}:", *lines, *(f"QUESTION: {question}" for question in label.questions)]


def _add_undecided(label: LabelGuess, rows: list[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """Return the rows of a description with one for leads that are still in the state in which a booking begins."""
    if label.known_at is not None:
        return [*rows, (f"of these, {label.known_at!r} after the newest lead", "open", label.young)]
    return [*rows, (f"of these, younger than {label.open_days} days", "open", label.young)]


def _hide_remarks(label: LabelGuess) -> tuple[dict[str, int], dict[str, int]]:
    """Return the rows of each value that may be shown, and of all others together: they may be about one person."""
    counts = dict(label.counts)
    hidden = [
        value
        for value in label.unknown
        if value in counts and counts[value] < FEWEST_ROWS and not reads_as_status(value)
    ]
    total = sum(counts.pop(value) for value in hidden)
    texts = f"({len(hidden):,} text{'s' if len(hidden) > 1 else ''} of several words)"
    return counts, {texts: total} if hidden else {}


def encode_label(values: pd.Series, label: LabelGuess) -> FloatArray:
    """Encode the label as 1 booked, 0 not booked or NaN. Shape (n,)."""
    if label.encoded is not None:
        return label.encoded
    meaning = dict.fromkeys(label.not_booked, 0.0) | dict.fromkeys(label.booked, 1.0)
    return np.array([meaning.get(text or BLANK, np.nan) for text in to_category(values)[0]], float)


def add_question(guess: LabelGuess, question: str) -> LabelGuess:
    """Return the guess with one more question."""
    return replace(guess, questions=(*guess.questions, question))


def ask_meaning(unknown: tuple[str, ...], counts: Mapping[str, int]) -> str:
    """Return the question about values that nobody can place."""
    return (
        f"what do {list_values(unknown, counts)} mean? Add each to booked, not_booked or open; until then rows with "
        "them are rejected, and nothing is trained where that is more than a tenth of the rows with a label."
    )


def list_values(values: tuple[str, ...], counts: Mapping[str, int] | None = None) -> str:
    """List up to five values that read as a status or stand in several rows, and count the others.

    The others may be remarks about a person. ``counts`` has the rows of each value.

    >>> list_values(("Stuck", "Ann wants to ask her husband first")), list_values(("called 617-555-0117 twice",))
    ("'Stuck' and 1 more", '1 text of several words')
    """
    rows = counts or {}
    shown = [value for value in values if rows.get(value, 0) >= FEWEST_ROWS or reads_as_status(value)][:_LISTED]
    more = len(values) - len(shown)
    if not shown:
        return f"{more} text{'s' if more > 1 else ''} of several words"
    return ", ".join(map(repr, shown)) + (f" and {more} more" if more else "")


def reads_as_status(value: str) -> bool:
    """Return whether a value is short, without a name, a contact or a long number, as those of a list are.

    >>> [reads_as_status(text) for text in ("Lost - Price too high", "Maria Okafor", "7 - Dead", "id 4471123")]
    [True, False, True, False]
    """
    if len(value.split()) > _MOST_WORDS or _LONG_NUMBER.search(value):
        return False
    pairs = map(" ".join, pairwise(value.split()))
    return not (any(map(reads_as_person, pairs)) or classify_form(value) or find_contact_inside(value))
