"""How does the queue leave the desk as a file? CSV that no spreadsheet takes for a formula.

Lives here: the columns, neutralizing a cell. Does not live here: who may have it (``routes``).

It holds the name, and no message, phone number or address: files are copied and kept.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable

from serving.desk.pages.list_items import LeadListItem

__all__ = ["HEADINGS", "format_csv", "neutralize_cell"]

HEADINGS = (
    "place",
    "lead",
    "name",
    "lane",
    "grade",
    "in_100",
    "low_in_100",
    "high_in_100",
    "reason_1",
    "reason_2",
    "reason_3",
    "channel",
    "service",
    "clinic",
    "waiting",
    "calls",
    "owner",
    "why_here",
)

_FORMULA_MARKS = frozenset("=+-@|%\N{MINUS SIGN}")
"""What a formula may begin with. Full-width and small forms of a mark count as the mark: some spreadsheets convert them
before they look.
"""

_BLANKS = " \N{BRAILLE PATTERN BLANK}\N{HANGUL FILLER}\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}"
"""What shows nothing and is not a format character; NFKC has turned every other blank into a space."""


def format_csv(rows: Iterable[LeadListItem]) -> bytes:
    """Format the rows as a file, UTF-8 with the byte order mark that spreadsheets look for."""
    buffer = io.StringIO()
    table = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    table.writerow(HEADINGS)
    for position, row in enumerate(rows, 1):
        answer, reasons = row.answer, [text for text, _ in row.reasons]
        ends = (answer.get("probability_low"), answer.get("probability_high"))
        cells = (
            position,
            row.lead.lead_id,
            row.name,
            row.lane,
            row.lead.human_grade or row.lead.grade,
            answer.get("score"),
            *(None if end is None else round(100 * end) for end in ends),
            *(reasons + ["", "", ""])[:3],
            row.lead.channel,
            row.lead.service_requested,
            row.lead.preferred_clinic,
            row.waiting,
            row.calls,
            row.owner,
            row.why_here,
        )
        # Numbers need no neutralizing, and the minus sign of one would look like a formula.
        table.writerow([cell if isinstance(cell, int) else neutralize_cell(cell or "") for cell in cells])
    return buffer.getvalue().encode("utf-8-sig")


def neutralize_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, without invisible characters.

    >>> neutralize_cell("=1+1"), neutralize_cell("Back pain")
    ("'=1+1", 'Back pain')
    >>> neutralize_cell("\N{ZERO WIDTH SPACE}\N{FULLWIDTH EQUALS SIGN}1+1") == "'\N{FULLWIDTH EQUALS SIGN}1+1"
    True
    """
    # Control characters become spaces. Format characters have no width: a reader would not see them, and a spreadsheet
    # that drops them would find a formula after them.
    visible = "".join(
        " " if unicodedata.category(character) == "Cc" else character
        for character in text
        if unicodedata.category(character) not in ("Cf", "Cn", "Co", "Cs")
    )
    begins = unicodedata.normalize("NFKC", visible).lstrip(_BLANKS)
    return f"'{visible}" if begins[:1] in _FORMULA_MARKS and begins else visible
