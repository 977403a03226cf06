"""How does a figure travel? Tables of figures with their definitions: the page, the CSV files and the API show the same
object.

Lives here: the tables, their cells as text, JSON and CSV.
Does not live here: computing figures (``funnel``, ``money``, ...), hiding small cells (``small_cells``), HTML
(``serving.desk.pages``).
"""

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from features.practice.display_formats import LocalFormats
from serving.insights.estimates import Estimate, Unknown

__all__ = [
    "CANNOT_TELL_WORDS",
    "HIDDEN",
    "Cell",
    "Column",
    "FigureTable",
    "Hidden",
    "format_cell",
    "format_number",
    "take_columns",
    "to_csv",
    "to_plain",
]


class Hidden:
    """A cell that is not shown, because so few people are in it."""

    def __repr__(self) -> str:
        """Return what a reader sees."""
        return "hidden"


HIDDEN = Hidden()

Cell = str | int | float | Estimate | Hidden | None

_DIGITS = {"count": 0, "share": 1, "days": 1, "minutes": 0, "points": 1, "money": 0}
CANNOT_TELL_WORDS = "the data cannot tell"

_FORMULA_MARKS = tuple("=+-@|%\t\r")


@dataclass(frozen=True)
class Column:
    """A column of figures.

    Parameters
    ----------
    name : str
        In CSV and JSON.
    heading : str
        On the page.
    unit : {"text", "count", "signed", "share", "change", "days", "minutes", "points", "ratio", "money", "price"}
        A price is money with its cents; a change is a share with its sign.
    definition : str
        What the figure is, for somebody who did not compute it.
    counts_people : bool
        Whether a cell is a number of leads, so that a small one is hidden outside of the house.
    rests_on : tuple of str
        The counts that it could be turned back into, of its row in this or another table; all of its row when empty.
    part_of : str
        The column of numbers that contain it; of counts without one, a larger one of the row contains the next.
    """

    name: str
    heading: str
    unit: str
    definition: str
    counts_people: bool = False
    rests_on: tuple[str, ...] = ()
    part_of: str = ""


@dataclass(frozen=True)
class FigureTable:
    """A table of figures.

    Parameters
    ----------
    name : str
        In addresses and file names, such as ``funnel_by_channel``.
    title : str
    columns : tuple of Column
        The first one names the rows.
    rows : tuple of tuple
        One cell for each column.
    notes : tuple of str
        What a reader must know, one sentence each.
    has_total : bool
        Whether the first row is the sum of the others, so that a hidden cell could be computed from it.
    rows_in_sum : int
        How many rows after the first add up to it; all of them when 0.
    parts : tuple of (int, tuple of int)
        A row, and rows that count some of the same people; together they may count all of them.
    managers_only : bool
        Whether it names people of ours, or tells what other tables hide outside of the house.
    adds_across : bool
        Whether the first count of a row is the sum of its other counts, not a number that contains each of them.
    reads_down : bool
        Whether its rows are the counts of the line of all leads of tables that add across.
    rows_in_total : int
        How many of its first rows add up to the line of all leads that other tables show.
    hidden_with : tuple of (str, str, str)
        Name of the first column, row and column of cells of other tables from which its numbers are computed.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    has_total: bool = False
    rows_in_sum: int = 0
    parts: tuple[tuple[int, tuple[int, ...]], ...] = ()
    managers_only: bool = False
    adds_across: bool = False
    reads_down: bool = False
    rows_in_total: int = 0
    hidden_with: tuple[tuple[str, str, str], ...] = ()

    def get(self, row: str, column: str) -> Cell:
        """Return one cell by the name of its row and column. KeyError when there is none."""
        position = next((i for i, described in enumerate(self.columns) if described.name == column), None)
        for cells in self.rows:
            if cells[0] == row and position is not None:
                return cells[position]
        raise KeyError(f"{self.name}: no cell {row!r}, {column!r}")


def format_number(value: float | None, unit: str, formats: LocalFormats | None = None) -> str:
    """Format one number; a dash where it is unknown.

    >>> format_number(0.2345, "share"), format_number(1234.4, "count"), format_number(float("nan"), "count")
    ('23.4%', '1,234', '–')
    >>> format_number(3.456, "price"), format_number(-0.262, "change")
    ('$3.46', '-26.2%')
    >>> format_number(-3.44, "ratio"), format_number(0.01, "ratio")
    ('-3.4', 'under 0.1')
    >>> format_number(95.0, "minutes"), format_number(3000.0, "minutes"), format_number(2.04, "points")
    ('1.6 h', '2.1 days', '+2.0')
    """
    if value is None or not math.isfinite(value):
        return "–"
    if unit == "share":
        return f"{100 * value:.1f}%"
    if unit == "change":
        return f"{100 * value:+.1f}%" if round(value, 3) else "0.0%"
    if unit == "money":
        return (formats or LocalFormats()).format_money(round(value))
    if unit == "price":
        return (formats or LocalFormats()).format_money(value, decimals=2)
    if unit == "minutes":
        return _format_minutes(value)
    if unit == "points":
        return f"{value:+.1f}" if round(value, 1) else "0.0"
    if unit == "ratio":
        return f"{value:,.1f}" if abs(value) >= 0.05 or not value else "under 0.1"
    if unit == "signed":
        return f"{value:+,.0f}" if round(value) else "0"
    return f"{value:,.{_DIGITS.get(unit, 1)}f}"


def _format_minutes(value: float) -> str:
    """Format minutes as people say them."""
    if value < 90:
        return f"{value:.0f} min"
    return f"{value / 60:.1f} h" if value < 48 * 60 else f"{value / 1440:.1f} days"


def format_cell(cell: Cell, unit: str, formats: LocalFormats | None = None) -> str:
    """Format a cell: an estimate with its interval in brackets.

    >>> from serving.insights.estimates import cannot_tell
    >>> format_cell(Estimate(0.3, 0.25, 0.36), "share"), format_cell(None, "count"), format_cell(HIDDEN, "count")
    ('30.0% (25.0% to 36.0%)', '–', 'hidden')
    >>> format_cell(Estimate(7.0, 7.0, 7.0), "count"), format_cell(Estimate(float("nan"), 1.0, float("nan")), "count")
    ('7', 'the data cannot tell')
    >>> format_cell(cannot_tell("2 of the 3 months that it takes"), "price")
    'the data cannot tell: 2 of the 3 months that it takes'
    """
    if isinstance(cell, Hidden):
        return "hidden"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Estimate):
        if not cell.is_known:
            return f"{CANNOT_TELL_WORDS}: {cell.reason}" if isinstance(cell, Unknown) else CANNOT_TELL_WORDS
        value, low, high = (format_number(number, unit, formats) for number in cell)
        return value if cell.low == cell.high else f"{value} ({low} to {high})"
    return format_number(cell, unit, formats)


def to_plain(table: FigureTable) -> dict[str, Any]:
    """Return a table as JSON can hold it: an estimate as value, low and high; unknown as null, with the reason.

    >>> table = FigureTable("t", "T", (Column("who", "Who", "text", "d"), Column("n", "N", "count", "d")), (("a", 3),))
    >>> to_plain(table)["rows"]
    [{'who': 'a', 'n': 3}]
    """
    return {
        "name": table.name,
        "title": table.title,
        "columns": [
            {"name": column.name, "heading": column.heading, "unit": column.unit, "definition": column.definition}
            for column in table.columns
        ],
        "rows": [
            {column.name: _to_json(cell) for column, cell in zip(table.columns, row, strict=True)} for row in table.rows
        ],
        "notes": list(table.notes),
    }


def to_csv(table: FigureTable) -> bytes:
    """Format a table as CSV that no spreadsheet takes for formulas: an estimate as three columns.

    Hidden cells say so, unknown ones are empty; why they are stands in a fourth column where there are such.

    >>> columns = (Column("who", "Who", "text", "d"), Column("n", "N", "count", "d"))
    >>> to_csv(FigureTable("t", "T", columns, (("=a", Estimate(1.0, 0.5, 2.0)),))).decode("utf-8-sig").splitlines()
    ['"who","n","n_low","n_high"', '"\\'=a","1.0","0.5","2.0"']
    """
    wide = [_list_parts([row[i] for row in table.rows]) for i in range(len(table.columns))]
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n")
    heads = [
        [column.name, *(f"{column.name}_{part}" for part in parts)]
        for column, parts in zip(table.columns, wide, strict=True)
    ]
    writer.writerow([name for names in heads for name in names])
    for row in table.rows:
        cells: list[str] = []
        for cell, parts in zip(row, wide, strict=True):
            written = _to_csv_cells(cell)
            cells += (written + [""] * len(parts))[: 1 + len(parts)]
        writer.writerow(cells)
    return buffer.getvalue().encode("utf-8-sig")


def _list_parts(cells: Sequence[Cell]) -> tuple[str, ...]:
    """List what a column of a file is followed by: the ends of intervals, and why they are unknown."""
    if not any(isinstance(cell, Estimate) for cell in cells):
        return ()
    return ("low", "high", "reason") if any(isinstance(cell, Unknown) for cell in cells) else ("low", "high")


def _to_csv_cells(cell: Cell) -> list[str]:
    """Return the cells of a file for one cell."""
    if isinstance(cell, Estimate):
        numbers = [_format_exact(number) for number in cell]
        return [*numbers, _neutralize(cell.reason)] if isinstance(cell, Unknown) else numbers
    return [
        "hidden" if isinstance(cell, Hidden) else _neutralize(cell) if isinstance(cell, str) else _format_exact(cell)
    ]


def _format_exact(number: float | None) -> str:
    """Format a number so that nothing is lost; empty where it is unknown."""
    if number is None or isinstance(number, float) and not math.isfinite(number):
        return ""
    return str(number)


def _neutralize(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    clean = re.sub(r"[\x00-\x1f\x7f]", " ", text)
    return f"'{clean}" if clean.lstrip().startswith(_FORMULA_MARKS) else clean


def _to_json(cell: Cell) -> Any:
    """Return a cell as JSON can hold it."""
    if isinstance(cell, Estimate):
        numbers: dict[str, Any] = dict(zip(cell._fields, (_finite(number) for number in cell), strict=True))
        return numbers | {"reason": cell.reason} if isinstance(cell, Unknown) else numbers
    if isinstance(cell, Hidden):
        return "hidden"
    return _finite(cell) if isinstance(cell, float) else cell


def _finite(number: float) -> float | None:
    """Return a number that JSON can hold, None otherwise."""
    return float(number) if math.isfinite(number) else None


def take_columns(rows: Sequence[Sequence[Any]]) -> tuple[tuple[Cell, ...], ...]:
    """Return rows as tuples, with NumPy's numbers as plain ones."""
    return tuple(tuple(_to_python(cell) for cell in row) for row in rows)


def _to_python(cell: Any) -> Cell:
    """Return NumPy's numbers as plain ones."""
    return cell.item() if hasattr(cell, "item") else cell
