"""Where does the table begin in this file, and which of its rows are no data?

Lives here: finding the header below titles and bands, and rows that a person would not read as data: repeated headers,
totals, footers. The same rules for text files and spreadsheets.
Does not live here: splitting text into fields (``csv_files``), choosing a sheet (``spreadsheets``).
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

__all__ = [
    "clean_header",
    "describe_groups",
    "describe_open_groups",
    "describe_side_table",
    "fill_group_column",
    "find_header",
    "find_side_table",
    "is_blank",
    "shape_of",
]

LOOK_AHEAD = 40
"""Records that are looked at to find the header."""

_MAX_TITLE_ROWS = 20
_FEWEST_GROUPS = 2
_FEWEST_NAMES = 3
_MOST_PLAIN_GROUPS = 12
_SMALLEST_PLAIN_GROUP = 5
_LONGEST_GROUP_NAME = 4
_FULL_SHARE, _SIDE_SHARE = 0.9, 0.5
_DATE_OR_NUMBER = re.compile(r"[\s$€£(+-]*\d[\d\s.,:/%()-]*(?:[ap]\.?m\.?)?|\d{4}-\d\d-\d\d[T ].*", re.IGNORECASE)
_GROUP_WORDS = frozenset(
    "source origin channel medium campaign referrer referral clinic location office site branch department service "
    "treatment region city state county month week quarter year group category team owner rep agent provider quelle "
    "herkunft kanal kampagne standort fuente origen canal campana sede clinica ubicacion mes servicio origine campagne "
    "mois lieu monat quartal gruppe grupo groupe".split()
)
"""Words of headers by which reports are grouped."""
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\x00"))


def is_blank(cell: Any) -> bool:
    """Return whether a cell holds nothing at all."""
    return cell is None or cell != cell or (isinstance(cell, str) and not cell.translate(_INVISIBLE).strip())


def clean_header(name: Any) -> str:
    """Return a header on one line, without invisible characters.

    >>> clean_header("\\ufeffLead\\n ID ")
    'Lead ID'
    """
    return "" if is_blank(name) else " ".join(str(name).translate(_INVISIBLE).split())


def shape_of(text: str) -> str:
    """Return the shape of a text: runs of letters as A, runs of digits as 9, every other character as it is.

    >>> shape_of("L1005"), shape_of("2025-01-06 08:05"), shape_of("urgent call")
    ('A9', '9-9-9 9:9', 'A A')
    """
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "A", text.strip()))


def find_header(records: Sequence[Sequence[Any]]) -> int:
    """Return the position of the header among the first records; 0 where nothing speaks for another row.

    The header is the first row that fills as many columns as the table below it, holds names and no dates or numbers,
    and repeats none of them much. Rows above it are titles, or a band over groups of columns.

    >>> find_header([["Report", ""], ["", ""], ["Lead ID", "Converted"], ["L1", "Yes"], ["L2", "No"]])
    2
    """
    look = [list(record) for record in records[:LOOK_AHEAD]]
    widths = [sum(not is_blank(cell) for cell in record) for record in look]
    if not widths or max(widths) < 2:
        return 0
    # What most rows fill; a table of few filled columns is still wider than its titles.
    usual = Counter(width for width in widths if width >= 2).most_common(1)[0][0]
    for position, record in enumerate(look[: _MAX_TITLE_ROWS + 1]):
        if not _could_be_header(record, widths[position], usual):
            continue
        if _is_band(look, widths, position, usual):
            continue
        if position and any(map(is_value, record)) and _has_gaps(look[position - 1], record):
            return position - 1
        return position
    return 0


def _has_gaps(above: list[Any], record: list[Any]) -> bool:
    """Return whether the row above a row with values is a header in which some columns have no name.

    >>> _has_gaps(["Id", "Created", "Won", "", ""], ["L1", "2025-01-06", "Yes", "x", "4"])
    True
    >>> _has_gaps(["Report of", "May", "", "", ""], ["L1", "2025-01-06", "Yes", "x", "4"])
    False
    """
    names = [cell for cell in above if not is_blank(cell)]
    width = sum(not is_blank(cell) for cell in record)
    is_named = all(isinstance(cell, str) and not is_value(cell) for cell in names) and len(set(names)) == len(names)
    return is_named and len(names) >= max(_FEWEST_NAMES, width / 2)


def _could_be_header(record: list[Any], width: int, usual: int) -> bool:
    """Return whether a row fills enough columns with names."""
    names = [cell for cell in record if not is_blank(cell)]
    if width < max(2, 0.7 * usual):
        return False
    texts = [cell.strip() for cell in names if isinstance(cell, str)]
    if len(texts) < len(names):
        return False  # a spreadsheet's number or date is a value and no name
    values = sum(bool(_DATE_OR_NUMBER.fullmatch(text)) for text in texts)
    # A header may hold a year or two ("2024", "2025"), but not mostly values, and no text of a message.
    return values <= 0.34 * len(texts) and max(map(len, texts)) <= 200


def _is_band(look: list[list[Any]], widths: list[int], position: int, usual: int) -> bool:
    """Return whether a row groups the columns of the real header below it, as in "Lead | | Marketing | | Outcome"."""
    below = position + 1
    if below + 1 >= len(look) or widths[position] >= widths[below]:
        return False
    if not _could_be_header(look[below], widths[below], usual):
        return False
    # Of two rows of words the first is the header and the second data, unless rows of values follow.
    values = [sum(is_value(cell) for cell in row) for row in look[below:]]
    return values[0] == 0 and sum(count > 0 for count in values[1:]) > 0.5 * len(values[1:])


def is_value(cell: Any) -> bool:
    """Return whether a cell holds a number or a date, as a value or as text."""
    if is_blank(cell):
        return False
    return not isinstance(cell, str) or bool(_DATE_OR_NUMBER.fullmatch(cell.strip()))


def fill_group_column(
    cells: Sequence[Any], totals: Sequence[int], rows: ArrayLike, header: str = ""
) -> list[Any] | None:
    """Return the cells of a report's first column with each group's name in all its rows; None if it has no groups.

    A report by groups writes the name beside the first row of a group only and a subtotal below its last one. So every
    run of rows between two subtotals begins with the only name in it. Without subtotals, a few short names that each
    stand once, the first of them in the first row, are groups too if the header names what reports are grouped by, such
    as the source. Under any other header, such as "Tag", they may be marks of single leads: see
    ``describe_open_groups``.

    Parameters
    ----------
    cells : cells of the first column, without the rows of totals
    totals, rows : numbers of the rows of totals, and of the rows that ``cells`` are of, in the order of the file

    >>> fill_group_column(["Ads", "", "Web", ""], [3, 6], [1, 2, 4, 5])
    ['Ads', 'Ads', 'Web', 'Web']
    """
    if len(totals) < _FEWEST_GROUPS:
        return _fill_plain_groups(cells) if not totals and _names_groups(header) else None
    if len(cells) <= len(totals):
        return None
    groups = np.searchsorted(np.asarray(totals), np.asarray(rows))
    is_first = np.append(True, groups[1:] != groups[:-1])
    is_named = np.array([not is_blank(cell) for cell in cells])
    if not is_first.sum() < len(cells) or not np.array_equal(is_first, is_named):
        return None
    firsts = np.flatnonzero(is_first)
    return [cells[firsts[position]] for position in np.cumsum(is_first) - 1]


def _names_groups(header: str) -> bool:
    """Return whether a header names what reports are grouped by.

    >>> _names_groups("Lead Source"), _names_groups("Tag")
    (True, False)
    """
    return not _GROUP_WORDS.isdisjoint(re.findall(r"[^\W\d_]+", header.casefold()))


def _fill_plain_groups(cells: Sequence[Any]) -> list[Any] | None:
    """Fill down a first column of a few short names, each beside the first of its many rows; None for any other.

    >>> _fill_plain_groups(["Ads", *[None] * 9, "Web", *[None] * 9])[9:11]
    ['Ads', 'Web']
    """
    if len(cells) < _FEWEST_GROUPS or not is_blank(cells[1]):
        return None
    named = [position for position, cell in enumerate(cells) if not is_blank(cell)]
    names = [cells[position] for position in named]
    if not _FEWEST_GROUPS <= len(names) <= _MOST_PLAIN_GROUPS or named[0] != 0:
        return None
    if len(set(map(str, names))) < len(names):
        return None
    if any(is_value(name) or len(str(name).split()) > _LONGEST_GROUP_NAME for name in names):
        return None
    sizes = np.diff([*named, len(cells)])
    if sizes.min() < _FEWEST_GROUPS or sizes.mean() < _SMALLEST_PLAIN_GROUP:
        return None
    return [name for name, size in zip(names, sizes, strict=True) for _ in range(size)]


def find_side_table(
    header: Sequence[str], filled: Sequence[int], rows: int, read_column: Callable[[int], Sequence[Any]]
) -> list[int]:
    """Return the columns of a second, shorter table right of an empty column, such as a summary beside the leads.

    Its rows stand together at the top, and each has a name of its own in front. Columns of the leads that are filled
    in some rows, such as the day of the booking, stay.

    Parameters
    ----------
    filled : sequence of int
        Cells with a value, for each column.
    rows : int
        Rows of the table.
    read_column : function
        The cells of a column, by its position.

    >>> right = {3: ["Ads", "Web", "Radio", *[""] * 77], 4: ["9", "7", "2", *[""] * 77]}
    >>> find_side_table(["Id", "Won", "", "Source", "Total"], [80, 80, 0, 3, 3], 80, right.__getitem__)
    [3, 4]
    """
    gaps = [i for i, name in enumerate(header) if is_blank(name) and not filled[i] and 0 < i < len(header) - 1]
    for gap in gaps:
        right = [i for i in range(gap + 1, len(header)) if filled[i] or not is_blank(header[i])]
        full = sum(count >= _FULL_SHARE * rows for count in filled[:gap])
        if not right or full < _FEWEST_GROUPS or max(filled[i] for i in right) > _SIDE_SHARE * rows:
            continue
        if _is_summary([read_column(i) for i in right if filled[i]]):
            return right
    return []


def _is_summary(columns: Sequence[Sequence[Any]]) -> bool:
    """Return whether columns are filled in one block at the top whose rows have different names in front.

    >>> _is_summary([["Ads", "Web", ""], ["9", "7", ""]]), _is_summary([["", "", "Ads"], ["9", "", ""]])
    (True, False)
    """
    is_filled = [any(not is_blank(cell) for cell in row) for row in zip(*columns, strict=True)]
    height = sum(is_filled)
    if not all(is_filled[:height]):
        return False
    names = [cell for cell in columns[0][:height] if not is_blank(cell)] if columns else []
    words = sum(len(str(name).split()) for name in names)
    is_short = words <= _LONGEST_GROUP_NAME * len(names) and sum(map(is_value, names)) <= _SIDE_SHARE * len(names)
    return is_short and len(set(map(str, names))) == len(names)


def describe_side_table(name: str, headers: Sequence[str]) -> str:
    """Return one sentence about a second table that was not read.

    >>> describe_side_table("leads.xlsx", ["Source", "Total"])
    "leads.xlsx: a second table stands right of an empty column ('Source', 'Total') and was not read."
    """
    listed = ", ".join(repr(header) for header in headers if header)
    return f"{name}: a second table stands right of an empty column ({listed}) and was not read."


def describe_groups(name: str, header: str) -> str:
    """Return one sentence about a column that was filled down.

    >>> describe_groups("leads.csv", "Lead Source")
    "leads.csv: rows are grouped by 'Lead Source', named in the first row of a group only; it was filled down."
    """
    return f"{name}: rows are grouped by {header!r}, named in the first row of a group only; it was filled down."


def describe_open_groups(name: str, header: str, cells: Sequence[Any], totals: Sequence[int]) -> list[str]:
    """Return a question about a first column that may name groups, and was not filled down; none for any other.

    >>> describe_open_groups("leads.csv", "Tag", ["VIP", *[""] * 9, "Callback", *[""] * 9], [])
    ["leads.csv: QUESTION: does each of the 2 values of 'Tag' hold for the rows below it too? It was not filled down."]
    """
    if totals or _names_groups(header) or _fill_plain_groups(cells) is None:
        return []
    count = sum(not is_blank(cell) for cell in cells)
    return [
        f"{name}: QUESTION: does each of the {count} values of {header!r} hold for the rows below it too? "
        "It was not filled down."
    ]
