"""Which cells would tell about a few people? They are hidden in what leaves the house, and so that nobody can subtract
them back.

Lives here: hiding small cells in tables of figures, and those that they could be computed from.
Does not live here: who sees which table (``serving.desk.pages``).

A number of people from 1 to 10 is hidden (the rule of the Centers for Medicare & Medicaid Services). With it go: what
is computed from it in the same row; a number that differs from another one of the row by so few; of each column whose
sum is known, so many further cells that the hidden ones hold at least 11 people and are at least two.
"""

from collections.abc import Sequence
from dataclasses import replace

from serving.insights.estimates import Estimate
from serving.insights.figure_tables import HIDDEN, Cell, FigureTable, Hidden

__all__ = ["SMALLEST_SHOWN", "hide_small_cells"]

SMALLEST_SHOWN = 11


def hide_small_cells(tables: Sequence[FigureTable]) -> list[FigureTable]:
    """Return the tables with small cells hidden, consistently: what one table hides of a row, no other one shows.

    >>> from serving.insights.figure_tables import Column
    >>> columns = (Column("channel", "C", "text", "d"), Column("leads", "L", "count", "d", counts_people=True))
    >>> rows = (("All leads", 60), ("a", 30), ("b", 20), ("c", 7), ("d", 3))
    >>> [row[1] for row in hide_small_cells([FigureTable("t", "T", columns, rows, has_total=True)])[0].rows]
    [60, 30, hidden, hidden, hidden]
    """
    grids = [_Grid(table) for table in tables]
    for grid in grids:
        grid.hide_all()
    for _ in range(len(grids) + 1):
        hidden_rows = {
            (grid.table.columns[0].name, row[0]) for grid in grids for row in grid.rows if grid.hides_size(row)
        }
        if not any([grid.hide_rows(hidden_rows) for grid in grids]):
            break
    return [replace(grid.table, rows=tuple(tuple(row) for row in grid.rows)) for grid in grids]


class _Grid:
    """A table whose cells are being hidden."""

    def __init__(self, table: FigureTable) -> None:
        self.table, self.rows = table, [list(row) for row in table.rows]
        self.counts = [i for i, column in enumerate(table.columns) if column.counts_people]

    def hides_size(self, row: list[Cell]) -> bool:
        """Whether the number of people of a row is hidden: its first count."""
        return bool(self.counts) and isinstance(row[self.counts[0]], Hidden)

    def hide_rows(self, names: set[tuple[str, Cell]]) -> bool:
        """Hide the counts of the rows that another table hides; return whether anything changed."""
        changed = False
        for row in self.rows:
            if (self.table.columns[0].name, row[0]) in names and self.counts and not self.hides_size(row):
                for i in self.counts:
                    row[i] = HIDDEN
                changed = True
        if changed:
            self.hide_all()
        return changed

    def hide_all(self) -> None:
        """Hide small cells and what they could be computed from, until nothing more has to be hidden."""
        while any([self._hide_in_rows(), self._hide_in_columns()]):
            pass

    def _hide_in_rows(self) -> bool:
        changed = False
        for row in self.rows:
            for i in self.counts:
                if _is_small(_count(row[i])):
                    row[i], changed = HIDDEN, True
            shown = sorted(((_count(row[i]), -i) for i in self.counts if isinstance(row[i], int)), reverse=True)
            for (larger, _), (smaller, i) in zip(shown, shown[1:], strict=False):
                if _is_small(larger - smaller):
                    row[-i], changed = HIDDEN, True
                    break
            if any(isinstance(row[i], Hidden) for i in self.counts):
                changed |= self._hide_computed(row)
        return changed

    def _hide_computed(self, row: list[Cell]) -> bool:
        """Hide what is computed from a row's counts."""
        changed = False
        for i, column in enumerate(self.table.columns):
            is_count = i in self.counts and not isinstance(row[i], Estimate)
            if column.unit != "text" and not is_count and not isinstance(row[i], Hidden):
                row[i], changed = HIDDEN, True
        if self.hides_size(row):
            for i in self.counts:
                changed |= not isinstance(row[i], Hidden)
                row[i] = HIDDEN
        return changed

    def _hide_in_columns(self) -> bool:
        """Hide further cells of columns whose sum is known."""
        if not self.table.has_total:
            return False
        changed = False
        for i in self.counts:
            body = self.rows[1:]
            hidden = [k for k, row in enumerate(body) if isinstance(row[i], Hidden)]
            if not hidden or isinstance(self.rows[0][i], Hidden):
                continue
            while self._needs_more(i, hidden):
                shown = [k for k, row in enumerate(body) if not isinstance(row[i], Hidden) and _count(row[i]) > 0]
                if not shown:
                    # Everything else is hidden or zero: only the sum itself is left to hide.
                    self.rows[0][i], changed = HIDDEN, True
                    break
                least = min(shown, key=lambda k: _count(body[k][i]))
                body[least][i], changed = HIDDEN, True
                hidden.append(least)
        return changed

    def _needs_more(self, i: int, hidden: list[int]) -> bool:
        """Whether the hidden cells of a column could be told from its sum."""
        held = sum(_count(self.table.rows[1 + k][i]) for k in hidden)
        return len(hidden) < 2 or held < SMALLEST_SHOWN


def _count(cell: Cell) -> int:
    """Return how many people a cell counts; 0 for one that counts none."""
    if isinstance(cell, Estimate):
        return round(cell.value) if cell.is_known else 0
    return cell if isinstance(cell, int) else 0


def _is_small(count: int) -> bool:
    """Whether so few people may not be shown."""
    return 0 < count < SMALLEST_SHOWN
