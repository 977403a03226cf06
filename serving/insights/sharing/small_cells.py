"""Which cells would tell about a few people? They are hidden in what leaves the house, and so that nobody can subtract
them back.

Lives here: hiding small cells in tables of figures, and those that they could be computed from.
Does not live here: several files that could be subtracted from each other (``overlapping_files``), who sees which
table (``serving.desk.pages``).

A number of people from 1 to 10 is hidden (the rule of the Centers for Medicare & Medicaid Services). With it go: what
is computed from it in the same row; a number that differs by so few from one that contains it; of each column and row
whose sum is known, so many further cells that the hidden ones hold at least 11 people and are at least two; the same
number in every other table, and what is computed from it there.
"""

from collections.abc import Sequence
from dataclasses import replace

from serving.insights.columns.categories import ALL_LEADS
from serving.insights.estimates import Estimate, Unknown
from serving.insights.figure_tables import HIDDEN, Cell, FigureTable, Hidden

__all__ = ["SMALLEST_SHOWN", "Grid", "Key", "SharedFile", "count_people", "hide_small_cells", "is_small"]

SMALLEST_SHOWN = 11

Key = tuple[str, Cell, str]
"""What a count is of: the dimension, its value, and what is counted. The same in every table that shows the count."""


def hide_small_cells(tables: Sequence[FigureTable]) -> list[FigureTable]:
    """Return the tables with small cells hidden, consistently: what one table hides of a row, no other one shows.

    >>> from serving.insights.figure_tables import Column
    >>> columns = (Column("channel", "C", "text", "d"), Column("leads", "L", "count", "d", counts_people=True))
    >>> rows = (("All leads", 60), ("a", 30), ("b", 20), ("c", 7), ("d", 3))
    >>> [row[1] for row in hide_small_cells([FigureTable("t", "T", columns, rows, has_total=True)])[0].rows]
    [60, 30, hidden, hidden, hidden]
    """
    file = SharedFile(tables)
    file.hide_small()
    return file.build_tables()


class SharedFile:
    """The tables of one file that leaves the house, whose cells are being hidden.

    Parameters
    ----------
    tables : sequence of FigureTable
        With every cell.
    hidden_elsewhere : frozenset of Key
        Counts that another file hides, and that this one must hide, too.
    """

    def __init__(self, tables: Sequence[FigureTable], hidden_elsewhere: frozenset[Key] = frozenset()) -> None:
        self.grids = {table.name: Grid(table) for table in tables}
        self._hidden_elsewhere = hidden_elsewhere

    def list_hidden(self) -> set[Key]:
        """Return which counts are hidden."""
        return {key for grid in self.grids.values() for key in grid.list_hidden()} | self._hidden_elsewhere

    def hide_small(self) -> None:
        """Hide small cells and what they could be computed from within the file. It may be called again."""
        grids = list(self.grids.values())
        for grid in grids:
            grid.hide_all()
        # It ends: every round hides a cell more, and none is shown again.
        while True:
            hidden_rows = {
                (grid.table.columns[0].name, row[0]) for grid in grids for row in grid.rows if grid.hides_size(row)
            }
            hidden_cells = self.list_hidden()
            if not any([grid.hide_rows(hidden_rows) | grid.hide_linked(hidden_cells) for grid in grids]):
                break

    def build_tables(self) -> list[FigureTable]:
        """Return the tables as they may leave the house."""
        return [
            replace(grid.table, rows=tuple(tuple(map(_without_counts, row)) for row in grid.rows))
            for grid in self.grids.values()
        ]


class Grid:
    """A table whose cells are being hidden: ``table`` holds every cell, ``rows`` what is left of them."""

    def __init__(self, table: FigureTable) -> None:
        self.table, self.rows = table, [list(row) for row in table.rows]
        self.counts = [i for i, column in enumerate(table.columns) if column.counts_people]
        # Counts that other tables hide, and sums in other tables that would tell what is hidden here.
        self.linked: set[Key] = set()
        self.telling_sums: set[Key] = set()

    def hides_size(self, row: list[Cell]) -> bool:
        """Whether the number of people of a row is hidden: its first count."""
        return bool(self.counts) and isinstance(row[self.counts[0]], Hidden)

    def list_hidden(self) -> set[Key]:
        """Return which counts are hidden, and which other tables must hide."""
        keys = {
            self._make_key(number, self.table.columns[i].name)
            for number, row in enumerate(self.rows)
            for i in self.counts
            if isinstance(row[i], Hidden)
        }
        return keys | self.telling_sums

    def _make_key(self, number: int, column: str) -> Key:
        """Return what the count of a row and column is of."""
        name = self.table.rows[number][0]
        if self.table.reads_down:
            return "", ALL_LEADS, str(name).lower().replace(" ", "_") if number else column
        quantity = "inquiries" if column == "leads" else column
        # All leads are the same ones, whatever the table tells them apart by.
        return "" if name == ALL_LEADS else self.table.columns[0].name, name, quantity

    def hide_linked(self, cells: set[Key]) -> bool:
        """Hide the counts that another table hides, and what is computed from such; return whether anything changed."""
        previous = self._count_hidden()
        self.linked = cells
        is_told = any(key in cells for key in self.table.hidden_with)
        for number, row in enumerate(self.rows):
            for i, column in enumerate(self.table.columns):
                sources = (column.name,) if i in self.counts else column.rests_on
                is_hidden = any(self._make_key(number, name) in cells for name in sources)
                if not isinstance(row[i], Hidden) and (is_hidden or (is_told and column.unit != "text")):
                    row[i] = HIDDEN
        self.hide_all()
        return self._count_hidden() > previous or bool(self.telling_sums - cells)

    def _count_hidden(self) -> int:
        return sum(isinstance(cell, Hidden) for row in self.rows for cell in row)

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
        while any([self._hide_in_rows(), self._hide_in_columns(), self._hide_parts()]):
            pass

    def _hide_in_rows(self) -> bool:
        changed = False
        for number, row in enumerate(self.rows):
            for i in self.counts:
                if is_small(count_people(row[i])):
                    row[i], changed = HIDDEN, True
            changed |= self._hide_across(number) if self.table.adds_across else self._hide_near(row)
            if any(isinstance(row[i], Hidden) for i in self.counts):
                changed |= self._hide_computed(row)
        return changed

    def _hide_near(self, row: list[Cell]) -> bool:
        """Hide a count that lacks only a few people of one that contains it."""
        described = self.table.columns
        nested = [i for i in self.counts if not described[i].part_of]
        shown = sorted(((count_people(row[i]), -i) for i in nested if isinstance(row[i], int)), reverse=True)
        for (larger, _), (smaller, i) in zip(shown, shown[1:], strict=False):
            if is_small(larger - smaller):
                row[-i] = HIDDEN
                return True
        cells = {column.name: cell for column, cell in zip(described, row, strict=True)}
        for i in self.counts:
            total = cells.get(described[i].part_of)
            if isinstance(row[i], int) and isinstance(total, int) and is_small(total - count_people(row[i])):
                row[i] = HIDDEN
                return True
        return False

    def _hide_across(self, number: int) -> bool:
        """Hide further counts of a row that add up to its first one."""
        row, truth = self.rows[number], self.table.rows[number]
        parts = self.counts[1:]
        hidden = [i for i in parts if isinstance(row[i], Hidden)]
        if not hidden or isinstance(row[self.counts[0]], Hidden):
            return False
        changed = False
        while len(hidden) < 2 or sum(count_people(truth[i]) for i in hidden) < SMALLEST_SHOWN:
            shown = [i for i in parts if not isinstance(row[i], Hidden) and count_people(row[i]) > 0]
            if not shown:
                row[self.counts[0]] = HIDDEN
                return True
            smallest = min(shown, key=lambda i: count_people(row[i]))
            row[smallest], changed = HIDDEN, True
            hidden.append(smallest)
        return changed

    def _hide_computed(self, row: list[Cell]) -> bool:
        """Hide what is computed from a row's hidden counts; all counts of a row whose size is hidden."""
        changed = False
        if self.hides_size(row):
            for i in self.counts:
                changed |= not isinstance(row[i], Hidden)
                row[i] = HIDDEN
        exact = {self.table.columns[i].name: row[i] for i in self.counts if not isinstance(row[i], Estimate)}
        for i, column in enumerate(self.table.columns):
            is_computed = column.unit != "text" and (i not in self.counts or isinstance(row[i], Estimate))
            sources = column.rests_on or tuple(exact)
            if is_computed and any(isinstance(exact.get(name), Hidden) for name in sources):
                changed |= not isinstance(row[i], Hidden)
                row[i] = HIDDEN
        return changed

    def _hide_in_columns(self) -> bool:
        """Hide further cells of columns whose sum is known, from this table or from another one."""
        changed = False
        for i in self.counts:
            if self.table.has_total and self.rows:
                last = 1 + self.table.rows_in_sum if self.table.rows_in_sum else len(self.rows)
                changed |= self._hide_in_sum(i, range(1, last), isinstance(self.rows[0][i], Hidden))
            if self.table.rows_in_total:
                is_sum_hidden = self._make_total_key(i) in self.linked | self.telling_sums
                changed |= self._hide_in_sum(i, range(self.table.rows_in_total), is_sum_hidden)
        return changed

    def _hide_parts(self) -> bool:
        """Hide a row's count that lacks only a few people of the row that contains it, and all such parts of which one
        is hidden: where parts are apart from each other, they add up.
        """
        changed = False
        for whole, parts in self.table.parts:
            for i in self.counts:
                counts = {row: count_people(self.table.rows[row][i]) for row in (whole, *parts)}
                is_told = not isinstance(self.rows[whole][i], Hidden) and any(
                    is_small(counts[whole] - counts[row]) for row in parts
                )
                shown = [row for row in parts if not isinstance(self.rows[row][i], Hidden)]
                if shown and (is_told or len(shown) < len(parts)):
                    for row in shown:
                        self.rows[row][i] = HIDDEN
                    changed = True
        return changed

    def _make_total_key(self, i: int) -> Key:
        """Return the key of a column's count of all leads."""
        return "", ALL_LEADS, self.table.columns[i].name

    def _hide_in_sum(self, i: int, body: range, is_sum_hidden: bool) -> bool:
        """Hide further cells of a column in the rows that add up to a sum."""
        hidden = [k for k in body if isinstance(self.rows[k][i], Hidden)]
        changed = False
        while self._needs_more(i, hidden, is_sum_hidden):
            shown = [k for k in body if not isinstance(self.rows[k][i], Hidden) and count_people(self.rows[k][i]) > 0]
            if not shown:
                # Everything else is hidden or zero: only the sum itself is left to hide.
                return self._hide_sum(i, body) or changed
            smallest = min(shown, key=lambda k: count_people(self.rows[k][i]))
            self.rows[smallest][i], changed = HIDDEN, True
            hidden.append(smallest)
        return changed

    def _hide_sum(self, i: int, body: range) -> bool:
        """Hide the sum of some rows, in this table or in all others; return whether it was shown."""
        if body.start:
            was_shown = not isinstance(self.rows[0][i], Hidden)
            self.rows[0][i] = HIDDEN
            return was_shown
        key = self._make_total_key(i)
        was_shown = key not in self.telling_sums
        self.telling_sums.add(key)
        return was_shown

    def _needs_more(self, i: int, hidden: list[int], is_sum_hidden: bool) -> bool:
        """Whether the hidden cells of a column could be told from its sum, or a hidden sum from its cells."""
        if is_sum_hidden:
            return not hidden
        hidden_people = sum(count_people(self.table.rows[k][i]) for k in hidden)
        return bool(hidden) and (len(hidden) < 2 or hidden_people < SMALLEST_SHOWN)


def _without_counts(cell: Cell) -> Cell:
    """Return a cell whose reason, where it is unknown, names no number of people."""
    return cell.for_outside() if isinstance(cell, Unknown) else cell


def count_people(cell: Cell) -> int:
    """Return how many people a cell counts; 0 for one that counts none."""
    if isinstance(cell, Estimate):
        return round(cell.value) if cell.is_known else 0
    return cell if isinstance(cell, int) else 0


def is_small(count: int) -> bool:
    """Whether so few people may not be shown."""
    return 0 < count < SMALLEST_SHOWN
