"""Which sheet of a workbook holds the table, and where in it does the table begin? Excel, and HTML saved as Excel.

Lives here: choosing the sheet, its header and its rows of data.
Does not live here: the rules for headers and totals (``table_layout``), text files (``csv_files``).
"""

import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.errors import DataError
from features.readers.rows_without_data import (
    describe_skipped,
    find_group_titles,
    find_rows_without_data,
    find_second_headers,
    is_bare_total,
)
from features.readers.table_layout import (
    LOOK_AHEAD,
    describe_groups,
    describe_open_groups,
    describe_side_table,
    fill_group_column,
    find_header,
    find_side_table,
    is_blank,
)

__all__ = ["is_spreadsheet", "read_html_table", "read_sheet"]

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_HTML = (b"<html", b"<!doctype html", b"<table", b"<?xml", b"<meta", b"<style")


def is_spreadsheet(path: Path) -> bool:
    """Return whether the file is a workbook of today's format, whatever its suffix.

    Raises
    ------
    DataError
        If it is a workbook in Excel's format from before 2007.
    """
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(_OLD_EXCEL):
        raise DataError(
            f"files: {str(path)!r} is in Excel's old format (.xls), which is not read. Save it as .xlsx or CSV."
        )
    text_like = b"\x00" not in start and all(byte >= 9 for byte in start)
    return start.startswith(b"PK") or not (text_like or start.startswith((b"\xff\xfe", b"\xfe\xff")))


def read_sheet(path: Path, sheet: str | None) -> tuple[pd.DataFrame, list[str], np.ndarray]:
    """Read one sheet of a workbook: the rows below its header, blank ones left out.

    Returns
    -------
    frame, notes, rows : DataFrame, list of str, int array
        ``rows`` numbers the rows of data from 1.

    Raises
    ------
    DataError
        If it is no workbook, has no such sheet, or nothing in it.
    """
    title, notes, lines = _choose_sheet(path, sheet)
    filled = [line for line in lines if not all(is_blank(cell) for cell in line)]
    if not filled:
        raise DataError(
            f"files: {str(path)!r} has nothing in its sheet {title!r}, expected a header and rows. "
            "Name the sheet that has them."
        )
    frame, rows, layout_notes = _build_frame(path.name, filled)
    return frame, [*notes, *layout_notes], rows


def _build_frame(name: str, filled: list[list[Any]]) -> tuple[pd.DataFrame, np.ndarray, list[str]]:
    """Build a frame of the rows below the header, with notes on the rows that are no data."""
    width = max(len(line) for line in filled)
    padded = [line + [None] * (width - len(line)) for line in filled]
    position = find_header(padded)
    header, data = padded[position], padded[position + 1 :]
    names = ["" if is_blank(name) else str(name) for name in header]
    # The columns left of the table and right of it are blank from top to bottom and would hide a total's first cell.
    counts = [sum(not is_blank(row[i]) for row in data) for i in range(width)]
    aside = find_side_table(names, counts, len(data), lambda i: [row[i] for row in data])
    used = [i for i in range(width) if (names[i] or counts[i]) and i not in aside]
    compact = [[row[i] for i in used] for row in data]
    reasons = find_rows_without_data([names[i] for i in used], compact, start=max(0, len(compact) - LOOK_AHEAD // 4))
    reasons |= find_group_titles(reasons, compact.__getitem__)
    reasons |= dict.fromkeys(find_second_headers(compact[:2]), "second header")
    last = len(compact) - 1
    if last > 0 and last not in reasons:
        above = [row for number, row in enumerate(compact[:last]) if number not in reasons]
        if is_bare_total(compact[last], lambda i: [row[i] for row in above]):
            reasons[last] = "total"
    numbers = np.array([i for i in range(len(data)) if i not in reasons], np.int64)
    totals = [number for number, why in reasons.items() if why == "total"]
    first, first_header = ([data[number][used[0]] for number in numbers], names[used[0]]) if used else ([], "")
    groups = fill_group_column(first, totals, numbers, first_header)
    for number, group in zip(numbers, groups or (), strict=False):
        data[number][used[0]] = group
    columns = {
        i: pd.Series([data[number][i] for number in numbers], dtype=object) for i in range(width) if i not in aside
    }
    frame = pd.DataFrame(columns)
    frame.columns = [names[i] for i in columns]
    notes = describe_skipped(name, ["title"] * position + list(reasons.values()))
    notes += [describe_side_table(name, [names[i] for i in aside])] if aside else []
    notes += describe_open_groups(name, first_header, first, totals)
    return frame, numbers + 1, notes if groups is None else [*notes, describe_groups(name, first_header)]


def _choose_sheet(path: Path, sheet: str | None) -> tuple[str, list[str], list[list[Any]]]:
    """Return the sheet's title, notes, and all its rows as lists of cells."""
    from openpyxl import load_workbook  # slow to import; only Excel users pay
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, OSError, ValueError):
        raise DataError(
            f"files: {str(path)!r} is not an Excel file although its name says so. "
            "Save it again as .xlsx, or correct its suffix."
        ) from None
    try:
        if sheet is not None:
            if sheet not in book.sheetnames:
                raise DataError(
                    f"files: {str(path)!r} has no sheet {sheet!r}. Its sheets are: {', '.join(book.sheetnames)}."
                )
            return sheet, [], _read_lines(book[sheet])
        visible = [page for page in book.worksheets if page.sheet_state == "visible"] or book.worksheets
        pages = {page.title: _read_lines(page) for page in visible}
        title = max(pages, key=lambda name: _measure_table(pages[name]))
        hidden = len(book.sheetnames) - len(visible)
        notes = []
        if len(book.sheetnames) > 1:
            apart = f", {hidden} hidden" if hidden else ""
            notes.append(
                f"{path.name}: {len(book.sheetnames)} sheets{apart}; {title!r} looks most like a table and was read. "
                "Name another as sheet in [file] of the mapping."
            )
        notes += _describe_other_tables(path.name, pages, title)
        return title, notes, pages[title]
    finally:
        book.close()


def _describe_other_tables(name: str, pages: dict[str, list[list[Any]]], title: str) -> list[str]:
    """Return a question about sheets with the header of the one that was read: a sheet for each month, perhaps."""
    sizes = {}
    for other, lines in pages.items():
        filled = [line for line in lines if not all(is_blank(cell) for cell in line)]
        if filled:
            position = find_header(filled)
            header = tuple(str(cell).strip().casefold() for cell in filled[position] if not is_blank(cell))
            sizes[other] = (header, len(filled) - position - 1)
    alike = [other for other in sizes if other != title and sizes[other][0] == sizes[title][0] and sizes[other][1]]
    if not alike:
        return []
    listed = " and ".join(f"{other!r} ({sizes[other][1]:,} rows)" for other in alike[:12])
    return [
        f"{name}: QUESTION: {listed} have the same header as {title!r} and were NOT read. "
        "Are their rows leads too? Then copy all of them into one sheet."
    ]


def _read_lines(page: Any) -> list[list[Any]]:
    """Return all rows of a sheet as lists of cells."""
    # Some programs write a wrong size into the sheet, and openpyxl would read no row beyond it.
    page.reset_dimensions()
    return [list(line) for line in page.iter_rows(values_only=True)]


def _measure_table(lines: list[list[Any]]) -> tuple[bool, int]:
    """Measure how much of a table of leads a sheet is: at least three columns, then its filled cells.

    A cover sheet has many words in one or two columns.
    """
    filled = [sum(not is_blank(cell) for cell in line) for line in lines]
    rows = [count for count in filled if count >= 3]
    return len(rows) >= 2, sum(rows) if len(rows) >= 2 else sum(filled)


class _TableParser(HTMLParser):
    """Collects the cells of every table row."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a row or a cell."""
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Close a cell."""
        if tag in ("td", "th") and self._cell is not None:
            self.rows[-1].append("".join(self._cell).strip())
            self._cell = None

    def handle_data(self, data: str) -> None:
        """Collect a cell's text."""
        if self._cell is not None:
            self._cell.append(data)


def read_html_table(path: Path) -> tuple[pd.DataFrame | None, list[str], np.ndarray]:
    """Read an HTML table that was saved under Excel's suffix; no frame when the file is text of another kind."""
    content = path.read_bytes()
    text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", errors="replace")
    if not text.lstrip().lower().encode().startswith(_HTML):
        return None, [f"{path.name}: not an Excel file although its name says so; read as text."], np.empty(0, np.int64)
    parser = _TableParser()
    parser.feed(text)
    filled: list[list[Any]] = [list(row) for row in parser.rows if any(row)]
    if not filled:
        raise DataError(f"files: {str(path)!r} is a web page without a table. Save the export as .xlsx or CSV.")
    frame, rows, layout_notes = _build_frame(path.name, filled)
    note = f"{path.name}: not an Excel file although its name says so; its HTML table was read."
    return frame, [note, *layout_notes], rows
