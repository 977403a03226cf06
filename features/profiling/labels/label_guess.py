"""What was guessed about the label, and what must a person confirm? The column, the meaning of its values, questions.

Lives here: the guess, in words and as numbers. Does not live here: guessing (``label_detection``).
"""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from features.array_types import FloatArray
from features.mapping.label_values import BLANK
from features.parsing.column_values import to_category

__all__ = ["BLANK", "LabelGuess", "NO_LABEL_WARNING", "add_question", "describe_label", "encode_label", "list_values"]

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
    is younger than ``open_days``, ``young`` counts them and ``encoded`` has the labels, shape (n,).
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
    young: int = 0
    encoded: FloatArray | None = field(default=None, repr=False, compare=False)

    def to_plain(self) -> dict[str, object]:
        """Return everything as JSON values, without the labels of single leads."""
        plain = {name: value for name, value in vars(self).items() if name != "encoded"}
        return {**plain, "counts": dict(self.counts)}


def describe_label(label: LabelGuess) -> list[str]:
    """Describe what each value of the label means (booked, not booked, open or "?") with its rows, and all questions.

    >>> describe_label(LabelGuess("Stage", ("Won",), ("Lost",), "", counts=(("Won", 3), ("Lost", 1_200))))
    ["Label 'Stage':", '  Won  -> booked      3 rows', '  Lost -> not booked  1,200 rows']
    """
    meanings = dict.fromkeys(label.unknown, "?") | dict.fromkeys(label.open, "open")
    meanings |= dict.fromkeys(label.not_booked, "not booked") | dict.fromkeys(label.booked, "booked")
    rows = [(value or "(blank)", meanings.get(value, "?"), count) for value, count in label.counts]
    if label.open_days is not None:
        days = label.open_days
        rows = [row for row in rows if row[0] != "(blank)"] + [
            (f"(blank), lead {days} days old or older", meanings[BLANK], dict(label.counts)[BLANK] - label.young),
            (f"(blank), lead younger than {days} days", "open", label.young),
        ]
    width = max((len(value) for value, _, _ in rows), default=0)
    lines = [f"  {value:<{width}} -> {meaning:<10}  {count:,} rows" for value, meaning, count in rows]
    return [f"Label {label.column!r}:", *lines, *(f"QUESTION: {question}" for question in label.questions)]


def encode_label(values: pd.Series, label: LabelGuess) -> FloatArray:
    """Encode the label as 1 booked, 0 not booked or NaN. Shape (n,)."""
    if label.encoded is not None:
        return label.encoded
    meaning = dict.fromkeys(label.not_booked, 0.0) | dict.fromkeys(label.booked, 1.0)
    return np.array([meaning.get(text or BLANK, np.nan) for text in to_category(values)[0]], float)


def add_question(guess: LabelGuess, question: str) -> LabelGuess:
    """Return the guess with one more question."""
    return replace(guess, questions=(*guess.questions, question))


def list_values(values: tuple[str, ...]) -> str:
    """List up to five values."""
    return ", ".join(map(repr, values[:5])) + (f" and {len(values) - 5} more" if len(values) > 5 else "")
