"""How many rows have a label that the mapping does not place, and are they too many to learn from the others?

Lives here: counting such rows, refusing them in training with the line that fixes the mapping.
Does not live here: reading the label and rejecting the rows (``lead_labels``), guessing what a value means
(``features.profiling.labels``).
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from features.errors import MappingError
from features.mapping.column_mapping import Mapping
from features.mapping.label_values import BLANK
from features.tables.row_validation import ValueCounts

__all__ = ["MOST_UNPLACED", "UnplacedLabels", "count_unplaced", "require_placed_labels"]

MOST_UNPLACED = 0.1
"""Where more of the labels mean nothing, the leads that are left booked far more or less often than all leads."""

_FEWEST_ROWS = 5
"""A text of fewer rows may be a remark about one person; it is counted and not repeated."""
_NAMED, _LISTED = 3, 20


@dataclass(frozen=True)
class UnplacedLabels:
    """Count the rows whose label is in no list of the mapping.

    Parameters
    ----------
    rows : int
        Rows with such a label; they are rejected.
    labeled : int
        Rows with any label, these included; empty cells are none.
    values : tuple of (str, int)
        The labels that several rows have, with how many, the commonest first.
    """

    rows: int
    labeled: int
    values: ValueCounts = ()


def count_unplaced(rows: int, labeled: int, texts: Iterable[str | None]) -> UnplacedLabels:
    """Count rows by their label; ``texts`` has one for each row, if it can be repeated to people.

    >>> count_unplaced(7, 20, ["Left VM"] * 6 + ["Ann wants to think"])
    UnplacedLabels(rows=7, labeled=20, values=(('Left VM', 6),))
    """
    counts = Counter(text for text in texts if text is not None)
    return UnplacedLabels(
        rows, labeled, tuple((text, count) for text, count in counts.most_common() if count >= _FEWEST_ROWS)
    )


def require_placed_labels(unplaced: UnplacedLabels | None, mapping: Mapping) -> None:
    """Refuse to learn where more than a tenth of the labeled rows have a label that the mapping does not place.

    Raises
    ------
    MappingError
        With the line of the mapping that places them.
    """
    if unplaced is None or unplaced.rows <= MOST_UNPLACED * unplaced.labeled:
        return
    raise MappingError(
        f"label: {unplaced.rows:,} of {unplaced.labeled:,} rows with a label in {mapping.label_column!r} have one that "
        f"the mapping does not place{_name_values(unplaced)}, expected at most {MOST_UNPLACED:.0%}. Without these rows "
        f"the model would learn a wrong rate of booking. {_describe_remedy(unplaced, mapping)}"
    )


def _name_values(unplaced: UnplacedLabels) -> str:
    """Name the commonest labels with their rows, in parentheses; an empty text where none can be repeated."""
    named = unplaced.values[:_NAMED]
    if not named:
        return ""
    texts = [f"{text[:30]!r} {count:,} times" for text, count in named]
    rest = unplaced.rows - sum(count for _, count in named)
    return f" ({', '.join(texts)}{f', and others in {rest:,} rows' if rest else ''})"


def _describe_remedy(unplaced: UnplacedLabels, mapping: Mapping) -> str:
    """Say what to write under [label], with the values that are there already."""
    values = [text for text, _ in unplaced.values[:_LISTED]]
    if not values:
        return (
            "Add each of them to booked, not_booked or open under [label] of the mapping, or correct the cells in the "
            "CRM, and train again."
        )
    # JSON writes a list of texts as TOML does.
    given = ["(blank)" if value == BLANK else value for value in mapping.not_booked]
    line = json.dumps([*given, *values], ensure_ascii=False)
    return (
        f"If they ended without a booking, write under [label] of the mapping: not_booked = {line}. Those that mean a "
        "booking belong to booked, those that somebody still works on to open. Then train again."
    )
