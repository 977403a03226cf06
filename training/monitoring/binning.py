"""Which bin does a signal's value fall into? Cut once on the leads learned from, the same for every month after.

Lives here: the bins of numbers and categories, counting a matrix into them, describing a bin.
Does not live here: comparing counts (``population_stability_index``, ``hypothesis_tests``).

A number has two sets of bins: fine ones (fortieths of the leads learned from) for a test, and tenths for the index; a
number with few values has one bin for each. A category has one bin for each of its most frequent values, one for "a
rare or new value", one for the rest. Unknown is always a bin of its own. Edges are rounded quantiles or values that at
least ten leads share: none belongs to a single person.
"""

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
        Of a number, ascending: a value equal to an edge belongs below it. Of a category: the codes with a bin of their
        own.
    cell : int8 array of shape (c, 41)
        Cell of the index that each fine bin belongs to.
    category : bool array of shape (c,)
    """

    edges: np.ndarray
    cell: np.ndarray
    category: np.ndarray

    @classmethod
    def from_rows(cls, rows: np.ndarray, category: np.ndarray) -> "Bins":
        """Cut each column of ``rows``, shape (n, c); ``category`` says which hold codes."""
        edges, cell = np.full((rows.shape[1], _EDGES), np.nan), np.zeros((rows.shape[1], FINE), np.int8)
        for column in range(rows.shape[1]):
            values = rows[:, column][~np.isnan(rows[:, column])].astype(float)
            cut, cells = _cut_categories(values, len(rows)) if category[column] else _cut_numbers(values)
            edges[column, : len(cut)], cell[column, : len(cells)] = cut, cells
            cell[column, len(cells) :] = cells[-1]
            cell[column, -1] = CELLS - 1
        return cls(edges, cell, np.asarray(category, bool))

    def find_fine_bins(self, column: int, values: np.ndarray) -> IntArray:
        """Return the fine bin of each value of one column, shape (n,)."""
        values, edges = values.astype(float), self.edges[column][~np.isnan(self.edges[column])]
        if self.category[column]:
            # Bin 0 is code 0 (rare or new), then one bin for each listed code, then one for all others.
            matches = values[:, None] == edges
            listed = 1 + matches.argmax(axis=1) if len(edges) else 0
            bins = np.where(values == 0, 0, np.where(matches.any(axis=1), listed, 1 + len(edges)))
        else:
            bins = np.searchsorted(edges, values, side="left")
        return np.where(np.isnan(values), FINE - 1, bins)

    def count_rows(self, rows: np.ndarray, month: IntArray | None = None, months: int = 1) -> np.ndarray:
        """Count the rows, shape (n, c), in each fine bin by month: shape (months, c, 41).

        Column by column, so that no second matrix is needed.
        """
        month = np.zeros(len(rows), int) if month is None else month
        counts = np.zeros((months, rows.shape[1], FINE), np.int64)
        for column in range(rows.shape[1]):
            # Month and bin as one number: month 2, bin 5 is 2 * 41 + 5 = 87, and one bincount serves all months.
            bins = np.bincount(month * FINE + self.find_fine_bins(column, rows[:, column]), minlength=months * FINE)
            counts[:, column] = bins.reshape(months, FINE)
        return counts

    def sum_cells(self, counts: np.ndarray) -> np.ndarray:
        """Sum fine counts, shape (c, 41), into the cells of the index, shape (c, 16)."""
        sums = np.zeros((len(counts), CELLS), np.int64)
        np.add.at(sums, (np.arange(len(counts))[:, None], self.cell), counts)
        return sums

    def describe_cell(self, column: int, cell: int, signal: Signal | None) -> str:
        """Describe a cell; ``signal`` is the column's, None for the score."""
        if cell == CELLS - 1:
            return "not known"
        edges = self.edges[column][~np.isnan(self.edges[column])]
        if self.category[column]:
            named = signal.categories if signal is not None else ()
            code = 0 if cell == 0 else int(edges[cell - 1]) if cell <= len(edges) else -1
            if code <= 0:
                return "a rare or new value" if code == 0 else "any other value"
            return f'"{named[code]}"' if code < len(named) else f"value {code}"
        fine = np.flatnonzero(self.cell[column, :-1] == cell)
        low = edges[fine[0] - 1] if fine[0] else -np.inf
        high = edges[fine[-1]] if fine[-1] < len(edges) else np.inf
        # ``_cut_numbers`` marks a number with few values by a first edge just below the second: each bin is one value.
        is_single_value = len(edges) > 1 and edges[0] == np.nextafter(edges[1], -np.inf)
        if is_single_value and np.isfinite(low) and np.isfinite(high):
            low = high
        return _format_range(low, high, "" if signal is None else signal.unit)


def _cut_numbers(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges of a number, and the cell of each of its bins."""
    if not len(values):
        return np.empty(0), np.zeros(1, np.int8)
    distinct, leads = np.unique(values, return_counts=True)
    if len(distinct) <= _MAX_SINGLE_VALUES and leads.min() >= MIN_LEADS_PER_CATEGORY:
        edges = np.concatenate([[np.nextafter(distinct[0], -np.inf)], distinct])
        return edges, np.arange(len(edges) + 1, dtype=np.int8)
    quantiles = _round_to_range(np.quantile(values, _QUANTILES))
    edges = np.unique(quantiles)
    # Every fourth of the fortieths, from 4/40 on, is a tenth.
    tenths = np.unique(quantiles[3::4])
    return edges, np.append(np.searchsorted(tenths, edges, side="left"), len(tenths)).astype(np.int8)


def _round_to_range(quantiles: np.ndarray) -> np.ndarray:
    """Round to a thousandth of the quantiles' range (its power of ten), so that none is the exact value of one lead.

    >>> _round_to_range(np.array([1_234_567.0, 5_555_555.0, 9_876_543.0])).tolist()
    [1235000.0, 5556000.0, 9877000.0]
    """
    spread = float(quantiles[-1] - quantiles[0])
    # A spread of 0 is one value that nearly all leads share.
    return quantiles if spread <= 0 else np.round(quantiles, 3 - int(np.floor(np.log10(spread))))


def _cut_categories(values: np.ndarray, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the codes with a bin of their own, most frequent first, and the cell of each bin."""
    codes, leads = np.unique(values[values > 0], return_counts=True)
    frequent = [
        position
        for position in np.argsort(-leads, kind="stable")
        if leads[position] >= max(_MIN_SHARE * rows, MIN_LEADS_PER_CATEGORY)
    ]
    listed = codes[frequent[:_MAX_SINGLE_VALUES]]
    return listed, np.arange(len(listed) + 2, dtype=np.int8)


def _format_range(low: float, high: float, unit: str) -> str:
    """Format a range of values, or the single value it is.

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
    suffix = (
        ""
        if unit in ("number", "share", "probability", "yes/no", "category", "month", "hour of day", "day of week")
        else f" {unit}"
    )
    if np.isinf(low):
        return f"up to {high:.3g}{suffix}" if high or not suffix else f"0{suffix}"
    if np.isinf(high):
        return f"more than {low:.3g}{suffix}"
    return f"{high:.3g}{suffix}" if low == high else f"{low:.3g} to {high:.3g}{suffix}"
