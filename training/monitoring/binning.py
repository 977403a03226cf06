"""Into which bins does a signal's value fall? Cut once on the leads learned from, the same for every month after.

Lives here: the bins of numbers and categories, counting a matrix into them, saying a bin in words.
Does not live here: comparing counts (``stability``, ``significance``).

A number has two sets of bins: fine ones (fortieths of the leads learned from) for a test, and tenths for the index; a
number with few values has one bin for each. A category has one bin for each of its most frequent values, one for "a
rare or new value", one for the rest. Unknown is always a bin of its own. Edges are quantiles or values that at least
ten leads share: none is one person's."""

from dataclasses import dataclass

import numpy as np

from features.array_types import IntArray
from features.registry import Signal
from features.signals.custom_columns import MIN_LEADS_PER_CATEGORY

__all__ = ["CELLS", "FINE", "Bins"]

_EDGES = 39
FINE = _EDGES + 2
"""Fine bins of a number, the last for unknown."""

CELLS = 16
"""Bins that the index is computed on, the last for unknown."""

_MAX_SINGLE_VALUES = 12
_MIN_SHARE = 0.01
_QUANTILES = np.arange(1, 40) / 40


@dataclass(frozen=True)
class Bins:
    """The bins of c columns.

    Parameters
    ----------
    edges : float64 array of shape (c, 39), NaN where there are fewer
        Of a number, ascending: a value equal to an edge lies below it. Of a category: the codes that have a bin of
        their own.
    cell : int8 array of shape (c, 41)
        The cell of the index that each fine bin belongs to.
    category : bool array of shape (c,)
    """

    edges: np.ndarray
    cell: np.ndarray
    category: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray, category: np.ndarray) -> "Bins":
        """Cut each column of ``rows``, shape (n, c); ``category`` says which hold codes."""
        edges, cell = np.full((rows.shape[1], _EDGES), np.nan), np.zeros((rows.shape[1], FINE), np.int8)
        for column in range(rows.shape[1]):
            known = rows[:, column][~np.isnan(rows[:, column])].astype(float)
            cut, cells = _cut_categories(known, len(rows)) if category[column] else _cut_numbers(known)
            edges[column, : len(cut)], cell[column, : len(cells)] = cut, cells
            cell[column, len(cells) :] = cells[-1]
            cell[column, -1] = CELLS - 1
        return cls(edges, cell, np.asarray(category, bool))

    def fine(self, column: int, values: np.ndarray) -> IntArray:
        """Fine bin of each value of one column, shape (n,)."""
        values, edges = values.astype(float), self.edges[column][~np.isnan(self.edges[column])]
        if self.category[column]:
            hit = values[:, None] == edges
            own = 1 + hit.argmax(axis=1) if len(edges) else 0
            found = np.where(values == 0, 0, np.where(hit.any(axis=1), own, 1 + len(edges)))
        else:
            found = np.searchsorted(edges, values, side="left")
        return np.where(np.isnan(values), FINE - 1, found)

    def counted(self, rows: np.ndarray, month: IntArray | None = None, months: int = 1) -> np.ndarray:
        """Rows, shape (n, c), in each fine bin by month: shape (months, c, 41).

        Column by column, so that no second matrix is made.
        """
        month = np.zeros(len(rows), int) if month is None else month
        found = np.zeros((months, rows.shape[1], FINE), np.int64)
        for column in range(rows.shape[1]):
            bins = np.bincount(month * FINE + self.fine(column, rows[:, column]), minlength=months * FINE)
            found[:, column] = bins.reshape(months, FINE)
        return found

    def in_cells(self, counts: np.ndarray) -> np.ndarray:
        """Fine counts, shape (c, 41), summed into the cells of the index, shape (c, 16)."""
        found = np.zeros((len(counts), CELLS), np.int64)
        np.add.at(found, (np.arange(len(counts))[:, None], self.cell), counts)
        return found

    def cell_words(self, column: int, cell: int, one: Signal | None) -> str:
        """A cell as words; ``one`` is the column's signal, None for the score."""
        if cell == CELLS - 1:
            return "not known"
        edges = self.edges[column][~np.isnan(self.edges[column])]
        if self.category[column]:
            named = one.categories if one is not None else ()
            code = 0 if cell == 0 else int(edges[cell - 1]) if cell <= len(edges) else -1
            if code <= 0:
                return "a rare or new value" if code == 0 else "any other value"
            return f'"{named[code]}"' if code < len(named) else f"value {code}"
        fine = np.flatnonzero(self.cell[column, :-1] == cell)
        low, high = edges[fine[0] - 1] if fine[0] else -np.inf, edges[fine[-1]] if fine[-1] < len(edges) else np.inf
        few = len(edges) > 1 and edges[0] == np.nextafter(edges[1], -np.inf)
        return _format_range(
            high if few and np.isfinite(low) and np.isfinite(high) else low, high, "" if one is None else one.unit
        )


def _cut_numbers(known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edges of a number, and the cell of each of its bins."""
    if not len(known):
        return np.empty(0), np.zeros(1, np.int8)
    values, leads = np.unique(known, return_counts=True)
    if len(values) <= _MAX_SINGLE_VALUES and leads.min() >= MIN_LEADS_PER_CATEGORY:
        edges = np.concatenate([[np.nextafter(values[0], -np.inf)], values])
        return edges, np.arange(len(edges) + 1, dtype=np.int8)
    edges = np.unique(np.quantile(known, _QUANTILES))
    tenths = np.unique(np.quantile(known, _QUANTILES[3::4]))
    return edges, np.append(np.searchsorted(tenths, edges, side="left"), len(tenths)).astype(np.int8)


def _cut_categories(known: np.ndarray, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Codes with a bin of their own, most frequent first, and the cell of each bin."""
    codes, leads = np.unique(known[known > 0], return_counts=True)
    often = [
        place
        for place in np.argsort(-leads, kind="stable")
        if leads[place] >= max(_MIN_SHARE * rows, MIN_LEADS_PER_CATEGORY)
    ]
    kept = codes[often[:_MAX_SINGLE_VALUES]]
    return kept, np.arange(len(kept) + 2, dtype=np.int8)


def _format_range(low: float, high: float, unit: str) -> str:
    """A range of values in words, or the one value it is.

    >>> (
    ...     _format_range(-np.inf, 2.5, "km"),
    ...     _format_range(12.0, np.inf, "days"),
    ...     _format_range(3.0, 3.0, "times"),
    ...     _format_range(1.0, 1.0, "yes/no"),
    ... )
    ('up to 2.5 km', 'more than 12 days', '3 times', 'yes')
    """
    if unit == "yes/no" and low == high:
        return "no" if high == 0 else "yes"
    said = (
        "" if unit in ("number", "share", "yes/no", "category", "month", "hour of day", "day of week") else f" {unit}"
    )
    if np.isinf(low):
        return f"up to {high:.3g}{said}" if high or not said else f"0{said}"
    if np.isinf(high):
        return f"more than {low:.3g}{said}"
    return f"{high:.3g}{said}" if low == high else f"{low:.3g} to {high:.3g}{said}"
