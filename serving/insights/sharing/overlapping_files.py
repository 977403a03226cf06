"""Can one file be subtracted from another? Cells are hidden so that no two files tell what neither tells alone.

Lives here: files of the same practice and moment: the usual one, those over other months, and those of one filter.
Does not live here: one file alone (``small_cells``), which files there are (``shared_report``).

Two files of one practice count some people twice, and their difference counts the others. The usual file says what it
always says; every other one hides what would tell a few people beside it. Files as of different days are not compared:
between two of them lie the people of these days, however few.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from serving.insights.columns.categories import ALL_LEADS
from serving.insights.figure_tables import HIDDEN, Cell, FigureTable, Hidden
from serving.insights.sharing.small_cells import SMALLEST_SHOWN, Grid, Key, SharedFile, count_people, is_small

__all__ = ["hide_beside", "hide_in_parts"]


class _Place(NamedTuple):
    """A count in a file: the table, the name of its row, its column, and where it stands."""

    grid: Grid
    row: int
    column: int

    @property
    def is_hidden(self) -> bool:
        return isinstance(self.grid.rows[self.row][self.column], Hidden)

    @property
    def people(self) -> int:
        return count_people(self.grid.table.rows[self.row][self.column])

    def hide(self) -> None:
        self.grid.rows[self.row][self.column] = HIDDEN


CountName = tuple[str, Cell, str]
"""Table, name of the row and column of a count."""


def _list_places(file: SharedFile) -> Iterator[tuple[CountName, _Place]]:
    """List every count of a file: what it is of, and where it stands."""
    for name, grid in file.grids.items():
        for row, cells in enumerate(grid.table.rows):
            for column in grid.counts:
                yield (name, cells[0], grid.table.columns[column].name), _Place(grid, row, column)


def hide_beside(tables: Sequence[FigureTable], published: Sequence[SharedFile]) -> SharedFile:
    """Hide what a file over other months would tell beside files that are out already.

    A count that differs from the same one in such a file by few people is hidden, whether that file shows it or not.

    Parameters
    ----------
    tables : sequence of FigureTable
        With every cell.
    published : sequence of SharedFile
        Files over other months, with their small cells hidden.
    """
    file = SharedFile(tables)
    file.hide_small()
    cells = dict(_list_places(file))
    previous = -1
    # It ends: a round that hides nothing is the last one.
    while previous != (previous := sum(cell.is_hidden for cell in cells.values())):
        for other in published:
            for key, theirs in _list_places(other):
                ours = cells.get(key)
                if ours is None or ours.is_hidden:
                    continue
                difference = abs(ours.people - theirs.people)
                if is_small(difference) or theirs.is_hidden and difference < SMALLEST_SHOWN:
                    ours.hide()
        file.hide_small()
    return file


def hide_in_parts(
    total: SharedFile, dimension: str, parts: Mapping[str, Sequence[FigureTable]]
) -> dict[str, SharedFile]:
    """Hide what the files of every part would tell together, beside the file of the whole.

    Parameters
    ----------
    total : SharedFile
        With its small cells hidden. It stays as it is: it may be out already.
    dimension : str
        What the parts are filtered by.
    parts : mapping
        Name of a filter's value -> tables with every cell. The parts add up to the whole: of every count, those of all
        parts are its count in the whole.

    Returns
    -------
    dict
        Name -> file. Of every count of the whole, none or at least two of the parts are hidden, with at least 11 people
        together; where the whole hides a count, so does at least one part.
    """
    hidden = total.list_hidden()
    files = {name: SharedFile(tables, _find_hidden_totals(hidden, dimension, name)) for name, tables in parts.items()}
    for file in files.values():
        file.hide_small()
    wholes = dict(_list_places(total))
    while True:
        cells: dict[CountName, list[_Place]] = {}
        for file in files.values():
            for key, cell in _list_places(file):
                cells.setdefault(key, []).append(cell)
        if not any([_hide_in_sum(wholes.get(key), group) for key, group in cells.items()]):
            return files
        for file in files.values():
            file.hide_small()


def _find_hidden_totals(hidden: set[Key], dimension: str, name: str) -> frozenset[Key]:
    """Find which counts of a part's line of all leads the whole's file hides: its own line of that name."""
    return frozenset(("", ALL_LEADS, key[2]) for key in hidden if key[:2] == (dimension, name))


def _hide_in_sum(total: _Place | None, parts: list[_Place]) -> bool:
    """Hide further parts of a count, until those that are hidden cannot be subtracted back; return whether any was.

    The smallest part goes first. A part that alone makes up the whole is no secret where the whole is shown.
    """
    hidden = [cell for cell in parts if cell.is_hidden]
    changed = False
    while _needs_more(total, hidden):
        shown = [cell for cell in parts if not cell.is_hidden and cell.people > 0]
        if not shown:
            break
        smallest = min(shown, key=lambda cell: cell.people)
        smallest.hide()
        hidden.append(smallest)
        changed = True
    return changed


def _needs_more(total: _Place | None, hidden: list[_Place]) -> bool:
    """Whether the hidden parts of a count could be told from the others and the whole."""
    if total is None or total.is_hidden:
        # Every part shown would tell the sum that the whole's file hides.
        return not hidden
    return bool(hidden) and (len(hidden) < 2 or sum(cell.people for cell in hidden) < SMALLEST_SHOWN)
