"""How are a date and a figure with its interval written in Spanish? "Nov 2 to Nov 29" is "2 nov a 29 nov".

Lives here: what no catalog can hold, because there are thousands on a page. Does not live here: sentences around them
(``translator``), figures in English (``serving.insights.figure_tables``).
"""

import re

__all__ = ["translate_figure", "translate_leading_date"]

_DATE = re.compile(
    r"\b(?:(Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{1,2})\b"
)
_DAYS = dict(zip("Mon Tue Wed Thu Fri Sat Sun".split(), "lun mar mié jue vie sáb dom".split(), strict=True))
_MONTHS = dict(
    zip(
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(),
        "ene feb mar abr may jun jul ago sep oct nov dic".split(),
        strict=True,
    )
)
_LEADING_DATE = re.compile(_DATE.pattern + r"(?=,|$)")
"""A date as our own sentences hold it: at the beginning of a part. Inside of a text it is somebody's own words."""
_AMOUNT = (
    r"(?:[-+]?[$€£]?\d[\d,.]*%?(?: (?:AM|PM|min|h|days))?"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (?:\d{1,2}(?:, \d{4})?|\d{4})|under 0\.1)"
)
_FIGURE = re.compile(rf"{_AMOUNT}(?: to {_AMOUNT})?(?: \({_AMOUNT} to {_AMOUNT}\))?")
"""A figure with its interval, "27.7% (24.3% to 31.3%)", a month or a span of days: there are thousands on a page."""
_MONTH = re.compile(r"\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?= \d{4})")


def translate_figure(text: str) -> str | None:
    """Write a figure with its interval, or a span of days, in Spanish; None for any other text.

    >>> [translate_figure(text) for text in ("2.1 days (1 to 3 days)", "Nov 2 to Nov 29", "Oct 2026", "Anna")]
    ['2.1 días (1 a 3 días)', '2 nov a 29 nov', 'oct 2026', None]
    """
    if not _FIGURE.fullmatch(text):
        return None
    text = _MONTH.sub(lambda month: _MONTHS[month[1]], text)
    text = _DATE.sub(_write_date, text)
    return text.replace(" to ", " a ").replace(" days", " días").replace("under ", "menos de ")


def translate_leading_date(text: str) -> tuple[str, bool] | None:
    """Write the date at the beginning of a text in Spanish, and say whether that is all of it; None without one.

    >>> translate_leading_date("Fri, Dec 4"), translate_leading_date("Dec 4, 3 PM"), translate_leading_date("On Dec 4")
    (('vie 4 dic', True), ('4 dic, 3 PM', False), None)
    """
    date = _LEADING_DATE.match(text)
    return None if date is None else (_write_date(date) + text[date.end() :], date.end() == len(text))


def _write_date(date: re.Match[str]) -> str:
    """Write "Fri, Dec 4" as "vie 4 dic"."""
    day = f"{_DAYS[date[1]]} " if date[1] else ""
    return f"{day}{date[3]} {_MONTHS[date[2]]}"
