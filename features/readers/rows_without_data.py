"""Which rows of a table would a person not read as data? Repeated headers, totals, blank rows, footers.

Lives here: finding them, and lines below the header that explain it; saying how many. Does not live here: where the
table begins (``table_layout``).
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from typing import Any

from features.parsing.dates.date_words import MONTHS
from features.readers.table_layout import LOOK_AHEAD, clean_header, is_blank, is_value

__all__ = [
    "HEADING",
    "describe_skipped",
    "find_group_titles",
    "find_rows_without_data",
    "find_second_headers",
    "is_bare_total",
]

_MOST_RECURRING_WORDS = 12

_TOTAL = re.compile(
    r"(?:grand |sub|sub-|report |overall )?\s*(?:totals?|sum|summe|gesamt(?:summe)?|average|avg|mean|count|records?"
    r"|rows?|.{1,40}\s(?:sub-?)?totals?|totals?\s+(?:(?:for|de|du|für)\s+)?(?:[^\W\d]{3,10}\.?\s+(?=\d{4}\b)|q[1-4]\b)"
    r"|total general|totales|suma|promedio|somme|moyenne|totale|insgesamt"
    r"|mittelwert)\b"
    r"(?:\s*\(?\s*(?:count|sum|records|of .*)?\)?)?\s*[:=]?\s*[\d.,]*"
    r"(?:\s(?:leads?|records?|rows?|contacts?|entries|results?|enquiries|inquiries|calls?))?",
    re.IGNORECASE,
)
_SECOND_HEADER = re.compile(r'\{"ImportId":.*\}|open-ended response', re.IGNORECASE)
"""What only the second or third line of a form tool's header holds."""
_ANSWER_KIND = re.compile(r"response|open-ended response|other(?: \(please specify\))?|comments?")
_AGGREGATE = re.compile(
    r"(?:count|sum|avg|average|total|records?|record count|rows?|min|max|anzahl|summe|suma|somme|conteo|nombre)\b"
    r"\s*[:=]?\s*[\d.,]*",
    re.IGNORECASE,
)
_FOOTER = re.compile(
    r".*\b(?:export(?:ed|iert)?|generated|printed|prepared|compiled|created|report(?: run)?|downloaded"
    r"|erstellt|generado|confidential|copyright|page|as of|end of (?:report|file)|(?:total )?(?:records|rows)"
    r"|filtered by)\b.*|©.*",
    re.IGNORECASE,
)
_MONTHS = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
HEADING = re.compile(
    rf"(?i)(?:(?:{_MONTHS}|march|märz|févr?|février|août|déc|décembre|março)\.?(?:[ ,/\-]+(?:de |del )?['’]?\d{{2,4}})?"
    r"|(?:week|wk|kw|woche|semana|semaine|settimana|q[1-4]|quarter|quartal)\.? ?\d{0,2}(?:[ ,/\-]+\d{2,4})?)"
)
"""A month, a week or a quarter, alone in a row."""
_NARROWEST = 3
_LONGEST_TOTAL, _LONGEST_FOOTER = 80, 500
"""Characters of a cell that a pattern looks at: the patterns take quadratic time and more in the length of a text."""
_DATE_INSIDE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?!\d)|\d{1,2}:\d\d")


def _bound(cell: str, longest: int) -> str:
    """Return a cell's text on one line with single spaces, as patterns look at it; nothing if it is longer.

    >>> _bound("Total  of\\n leads", 80), _bound("x" * 100, 80)
    ('Total of leads', '')
    """
    text = " ".join(cell[: 4 * longest].split()) if len(cell) <= 4 * longest else ""
    return text if len(text) <= longest else ""


def find_rows_without_data(header: Sequence[str], rows: Sequence[Sequence[Any]], start: int = 0) -> dict[int, str]:
    """Return the rows that are no data: position -> "repeated header", "heading", "total", "blank" or
    "footer".

    Parameters
    ----------
    rows : sequence of rows, each at most as wide as the header
    start : int
        Footers are looked for from this position on; they stand at the end.

    >>> find_rows_without_data(["Id", "N", "Won"], [["L1", "3", "Yes"], ["Id", "N", "Won"], ["Total", "3", "1"]])
    {1: 'repeated header', 2: 'total'}
    """
    reasons: dict[int, str] = {}
    names = [clean_header(name).casefold() for name in header]
    wordy = _find_wordy_columns(rows[:LOOK_AHEAD], len(names))
    for position, row in enumerate(rows):
        if [clean_header(cell).casefold() for cell in row] == names[: len(row)] and len(row) >= min(2, len(names)):
            reasons[position] = "repeated header"
        elif _is_total(row, len(names), wordy):
            reasons[position] = "total"
        elif all(map(is_blank, row)):
            reasons[position] = "blank"
        elif _is_heading(row, len(names)):
            reasons[position] = "heading"
    last = len(rows) - 1
    while last >= start and (last in reasons or _is_footer(rows[last], len(names))):
        reasons[last] = "footer" if reasons.get(last) == "blank" else reasons.get(last, "footer")
        last -= 1
    return dict(sorted(reasons.items()))


def _find_wordy_columns(rows: Sequence[Sequence[Any]], width: int) -> list[bool]:
    """Return for each column whether its cells are words rather than numbers or dates."""
    filled = [
        [row[column] for row in rows if column < len(row) and not is_blank(row[column])] for column in range(width)
    ]
    return [bool(cells) and sum(map(is_value, cells)) < 0.5 * len(cells) for cells in filled]


def _is_heading(row: Sequence[Any], width: int) -> bool:
    """Return whether a row has nothing but the name of a month, a week or a quarter: a heading of the rows below it.

    >>> _is_heading(["MARCH 2025", "", "", ""], 4), _is_heading(["KW 12"], 4), _is_heading(["March 2025", "Ads"], 2)
    (True, True, False)
    """
    filled = [cell for cell in row if not is_blank(cell)]
    return width >= _NARROWEST and len(filled) == 1 and HEADING.fullmatch(" ".join(str(filled[0]).split())) is not None


def find_group_titles(reasons: Mapping[int, str], get_row: Callable[[int], Sequence[Any]]) -> dict[int, str]:
    """Return the rows right above a repeated header that are titles: position -> "group title".

    A board has its groups one below the other, each with its name and the header again.

    Parameters
    ----------
    get_row : function
        The cells of the row at a position, as wide as the header.

    >>> rows = [["L1", "Ads", "Won"], ["Older leads", "", ""], ["Id", "Source", "Stage"]]
    >>> find_group_titles({2: "repeated header"}, rows.__getitem__)
    {1: 'group title'}
    """
    above = [position - 1 for position, reason in reasons.items() if reason == "repeated header" and position > 0]
    return {position: "group title" for position in above if position not in reasons and _is_title(get_row(position))}


def _is_title(row: Sequence[Any]) -> bool:
    """Return whether a wide row has a text in its first cell and nothing else.

    >>> _is_title(["Older leads", "", ""]), _is_title(["Ann", "", "Yes"])
    (True, False)
    """
    width = len(row)
    return width >= _NARROWEST and not is_blank(row[0]) and all(map(is_blank, row[1:])) and not is_value(row[0])


def _is_total(row: Sequence[Any], width: int, wordy: Sequence[bool]) -> bool:
    """Return whether a row sums up others.

    Its first filled cell says so, every other cell is a number, and a cell is empty or counts what is words elsewhere.
    """
    filled = [(column, cell) for column, cell in enumerate(row[:width]) if not is_blank(cell)]
    if not filled or not isinstance(filled[0][1], str) or not _TOTAL.fullmatch(_bound(filled[0][1], _LONGEST_TOTAL)):
        return False
    rest = filled[1:]
    return all(is_value(cell) or _is_aggregate(cell) for _, cell in rest) and (
        len(filled) < width or any(wordy[column] for column, _ in rest)
    )


def is_bare_total(row: Sequence[Any], above: Callable[[int], Sequence[Any]]) -> bool:
    """Return whether a last row sums up the rows above it without a word that says so.

    It has only a few numbers, none in front and none a date, at least one below words. One of them is the count or the
    sum of the cells above it, or counts some of a few words that recur, such as the "Yes" of a column. A lead without
    a name whose message is "911" is none.

    Parameters
    ----------
    above : function
        The cells above the row, by the position of their column.

    >>> columns = [["L1", "L2"], ["Ads", "Web"], ["", "30"], ["5", "7"]]
    >>> is_bare_total(["", "2", "", "12"], columns.__getitem__), is_bare_total(["", "911", "", ""], columns.__getitem__)
    (True, False)
    """
    filled = [(column, cell) for column, cell in enumerate(row) if not is_blank(cell)]
    if not filled or filled[0][0] == 0 or 2 * len(filled) > len(row):
        return False
    if not all(is_value(cell) and not _is_date(cell) for _, cell in filled):
        return False
    columns = {column: [other for other in above(column) if not is_blank(other)] for column, _ in filled}
    wordy = {column for column, cells in columns.items() if sum(map(is_value, cells)) < 0.5 * len(cells)}
    return bool(wordy) and any(
        _sums_up(cell, columns[column]) or (column in wordy and _counts_words(cell, columns[column]))
        for column, cell in filled
    )


def _is_date(cell: Any) -> bool:
    """Return whether a value is a date or a time of day."""
    return isinstance(cell, date | time) or (isinstance(cell, str) and _DATE_INSIDE.search(cell) is not None)


def _sums_up(cell: Any, cells: Sequence[Any]) -> bool:
    """Return whether a number is the count or the sum of these cells."""
    number = _read_amount(cell)
    amounts = [_read_amount(other) for other in cells]
    return number in (len(cells), round(sum(amounts), 2)) and bool(cells)


def _counts_words(cell: Any, cells: Sequence[Any]) -> bool:
    """Return whether a number may count some of these cells: a few words that recur, none of them a number."""
    distinct = set(map(str, cells))
    recur = len(distinct) <= min(_MOST_RECURRING_WORDS, 0.2 * len(cells))
    return recur and _read_amount(cell) <= len(cells) and not any(map(is_value, distinct))


def _read_amount(cell: Any) -> float:
    """Return the number in a cell, without the signs of money and thousands; NaN if it is none.

    >>> _read_amount("$1,250.50"), _read_amount(3)
    (1250.5, 3.0)
    """
    try:
        return round(float(re.sub(r"[$€£,\s]", "", cell) if isinstance(cell, str) else cell), 2)
    except (TypeError, ValueError):
        return float("nan")


def find_second_headers(rows: Sequence[Sequence[Any]]) -> list[int]:
    """Return the positions of rows right below the header that explain it, as form tools write them.

    The line above such a row explains it too: it has the questions, and this one the ids of the fields.

    >>> find_second_headers([["Start Date", "What hurts?"], ['{"ImportId":"startDate"}', '{"ImportId":"QID1"}']])
    [0, 1]
    >>> find_second_headers([["", "", "Response", "Response"], ["118", "1/6/2025", "Radio", "Yes"]])
    [0]
    """
    if rows and _explains_answers(rows[0]) and not any(map(_explains_answers, rows[1:])):
        return [0]
    explaining = [
        position
        for position, row in enumerate(rows)
        if any(isinstance(cell, str) and _SECOND_HEADER.fullmatch(cell.strip()) for cell in row)
    ]
    return list(range(max(explaining) + 1)) if explaining else []


def _explains_answers(row: Sequence[Any]) -> bool:
    """Return whether a row without an id has nothing but what kind of answer each question has, as surveys write it."""
    filled = [str(cell).strip().casefold() for cell in row if not is_blank(cell)]
    return bool(filled) and is_blank(row[0]) and "response" in filled and all(map(_ANSWER_KIND.fullmatch, filled))


def _is_aggregate(cell: Any) -> bool:
    """Return whether a cell of a totals row says what is counted: "Count", "Sum of Amount" does not."""
    return isinstance(cell, str) and _AGGREGATE.fullmatch(_bound(cell, _LONGEST_TOTAL)) is not None


def _is_footer(row: Sequence[Any], width: int) -> bool:
    """Return whether one or two cells of a wide row speak of the export itself."""
    filled = [cell for cell in row if not is_blank(cell)]
    if not filled:
        return True
    return (
        width >= 3
        and len(filled) <= 2
        and isinstance(filled[0], str)
        and bool(_FOOTER.fullmatch(_bound(filled[0], _LONGEST_FOOTER)))
    )


def describe_skipped(name: str, reasons: Sequence[str]) -> list[str]:
    """Return one sentence for each kind of row that was not read as data, with its count.

    >>> describe_skipped("leads.csv", ["total", "total", "footer"])
    ['leads.csv: 2 rows of totals were not read as data.', 'leads.csv: 1 footer line was not read as data.']
    """
    texts = {
        "repeated header": ("repetition of the header was", "repetitions of the header were"),
        "total": ("row of totals was", "rows of totals were"),
        "footer": ("footer line was", "footer lines were"),
        "heading": ("heading of a month or a week was", "headings of months or weeks were"),
        "group title": ("title of a group was", "titles of groups were"),
        "second header": (
            "line below the header, which explains it, was",
            "lines below the header, which explain it, were",
        ),
        "blank": ("blank row was", "blank rows were"),
        "title": ("title line above the header was", "title lines above the header were"),
    }
    counts = Counter(reasons)
    return [
        f"{name}: {counts[reason]:,} {several if counts[reason] > 1 else single} not read as data."
        for reason, (single, several) in texts.items()
        if counts[reason]
    ]
