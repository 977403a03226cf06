"""Does an export have a row for each step of a lead, and not one for each lead?

Lives here: finding such an export by the id that repeats and by what stays the same in all rows of an id, and the
question about it. Does not live here: ids of their own in every row (``id_detection``), repeated rows of a table
(``tables.row_identity``).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.parsing.parsed_columns import ParsedColumns
from features.profiling.id_detection import rank_id_header

__all__ = ["RepeatedLeads", "find_repeated_leads"]

_LAST_RANK = 3
"""Ids of leads, inquiries, deals and records: those of persons and calls repeat by themselves."""
_MOST_DISTINCT, _NEARLY_ALL = 0.95, 0.98
_OWN_SHARE = 0.3
_FEWEST_ROWS, _LONGEST = 20, 64


@dataclass(frozen=True)
class RepeatedLeads:
    """Hold the header of the id that repeats, how many rows and leads there are, and a column that repeats with it.

    ``rank`` is how well the header names an id of leads, 0 best.
    """

    header: str
    rows: int
    leads: int
    same: str
    rank: int = 0

    def ask(self) -> str:
        """Return the question, with what to do."""
        return (
            f"QUESTION: {self.header!r} stands in several rows: {self.rows:,} rows of {self.leads:,} leads, with the "
            f"same {self.same!r} in all rows of a lead. The file has a row for each step or activity, and only the "
            "first row of each lead would be read. Export one row for each lead, with its final status, and inspect "
            "that file."
        )


def find_repeated_leads(columns: ParsedColumns) -> RepeatedLeads | None:
    """Find the id of leads that stands in several rows of which other facts are the same; None if there is none.

    >>> rows = [("7", "1/5/2026 9:15", "New"), ("7", "1/5/2026 9:15", "Booked"), ("8", "1/6/2026 8:02", "New")]
    >>> frame = pd.DataFrame([(lead + str(n), day + str(n), step) for n in range(9) for lead, day, step in rows])
    >>> found = find_repeated_leads(ParsedColumns(frame.set_axis(["Lead ID", "Created", "Step"], axis=1), frozenset()))
    >>> found.header, found.rows, found.leads, found.same
    ('Lead ID', 27, 18, 'Created')
    """
    if len(columns) < _FEWEST_ROWS:
        return None
    ranked = sorted(
        (rank, position, name)
        for position, name in enumerate(columns)
        if (rank := rank_id_header(name)) is not None and rank <= _LAST_RANK
    )
    for rank, _, name in ranked:
        codes, distinct = pd.factorize(columns[name])
        texts = [str(value).strip() for value in columns.select_present(name, 200)]
        if columns.is_present(name).mean() < _NEARLY_ALL or len(distinct) > _MOST_DISTINCT * len(columns):
            continue
        if len(distinct) < 2 or any(len(text) > _LONGEST or len(text.split()) > 1 for text in texts):
            continue
        same = _find_same(columns, name, codes, len(distinct))
        if same is not None:
            return RepeatedLeads(name, len(columns), len(distinct), same, rank)
    return None


def _find_same(columns: ParsedColumns, id_header: str, codes: np.ndarray, leads: int) -> str | None:
    """Return a column of many values that nearly every id has one of; None if there is none."""
    first = pd.Series(np.arange(len(codes))).groupby(codes).transform("min").to_numpy()
    is_repeated = first != np.arange(len(codes))
    for name in columns:
        # A column of few values is the same in two rows by chance.
        if name == id_header or columns.count_distinct(name) < _OWN_SHARE * leads:
            continue
        values = columns.category_codes(name)
        if (values[is_repeated] == values[first[is_repeated]]).mean() >= _NEARLY_ALL:
            return name
    return None
