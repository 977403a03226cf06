"""Which spellings of one thing are made one, before a message is split into words? Markup, accents, dates, "a.s.a.p.".

Lives here: the steps in their order, and a quick look at whether any of them can change a text.
Does not live here: what programs leave in a message (``markup``), what stands around it (``greetings_and_footers``),
splitting into words (``tokenization``, which calls this).
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from features.text.markup import INVISIBLE, LOST_APOSTROPHE, MARKUP_STEPS, Step, has_markup, may_lack_apostrophe
from features.text.times.time_words import LAST_YEAR

__all__ = ["STEPS", "clean_text"]

_MONTHS = (
    "",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_BEFORE_DATE = re.compile(
    r"(?:^|[\n.!?;:,] ?|\b(?:(?:day|date|off) is|beginning|free|available|book me|see me|come|off|do|make it|in|than|"
    r"on|by|before|until|till|after|since|due|date|day|starting|of|for|between|around|from|and|"
    r"or|to|through|thru|my|mine|appt|appointment|visit|mon|tues?|wed|thurs?|fri|sat|sun|monday|tuesday|"
    r"wednesday|thursday|friday|saturday|sunday)[.,:]? |"
    r"\d/\d{1,2} ?- ?)$",
    re.IGNORECASE,
)
_BEHIND_DATE = re.compile(
    r" ?(?:$|[\n!?;]|[,.](?:\s|$)|(?:-|to|thru|through|or|and) ?\d{1,2}/\d|please|pls|plz|works|is (?:good|fine|best)|"
    r"if |in the |at |@|or (?:later|after|any)|onward|on\b|am\b|pm\b|after|before|morning|afternoon|would|around|"
    r"thank|thx|gracias|instead|for (?:an?|my|the|her|his|our|me|us)\b|\d{1,2}:\d\d|\d{1,2} ?[ap]m)",
    re.IGNORECASE,
)
_LEADS = re.compile(
    r"\b(?:(?:on|by|before|until|till|after|since|due|date|day|starting|week of):? |"
    r"(?:mon|tues?|wed|thurs?|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday),? )$",
    re.IGNORECASE,
)
_MOST_OF_A_SCALE = 12
"""Numbers above are no share of anything that patients rate: "pain 8/10" may be a share, "my 3/10 to 3/17" a date."""
_ISO_YEAR = re.compile(r"\b(20\d\d)-$")
_BEHIND_SIZE = re.compile(r" ?(?:[\"\u201d%]|inch|in\.|mm\b|cm\b|ths?\b)")
_SHARES = {("1", "2"), ("1", "3"), ("2", "3"), ("1", "4"), ("3", "4"), ("1", "8"), ("10", "10")}
"""A half, a third, full marks: no date unless a word leads to one."""


@lru_cache(maxsize=4096)
def _fold_letter(letter: str) -> str:
    """Return a letter without case and accents."""
    decomposed = unicodedata.normalize("NFKD", letter.casefold()).replace("\u2019", "'").casefold()
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _spell_date(date: re.Match[str]) -> str:
    """Spell a numeric date, month first, with its year, after a word that leads to one, or alone between other words.

    "3/14/2026", "on 3/14", "on 3-14" and "3/14 please" are dates; 3/4 after other words may be a share or a size.
    """
    if date[3]:
        # "4/12/71" is a birthday.
        year = 2000 + int(date[3][-2:])
        return f"{_MONTHS[int(date[1])]} {date[2]} {year}" if year <= LAST_YEAR else date[0]
    # The longest words that lead to a date, "wednesday, ", have at most 12 characters.
    prefix = date.string[max(date.start() - 12, 0) : date.start()]
    if "-" in date[0]:
        iso_year = _ISO_YEAR.search(prefix)
        if iso_year:
            return f"{_MONTHS[int(date[1])]} {date[2]} {iso_year[1]}"
        is_led = not prefix.strip() or _LEADS.search(prefix)
        is_led = is_led and _BEHIND_DATE.match(date.string, date.end())
        return f"{_MONTHS[int(date[1])]} {date[2]}" if is_led else date[0]
    is_date = bool(_LEADS.search(prefix))
    if int(date[2]) > _MOST_OF_A_SCALE:
        is_date = is_date or not _BEHIND_SIZE.match(date.string, date.end())
    elif (date[1], date[2]) not in _SHARES and _BEFORE_DATE.search(prefix):
        is_date = is_date or bool(_BEHIND_DATE.match(date.string, date.end()))
    return f"{_MONTHS[int(date[1])]} {date[2]}" if is_date else date[0]


_OTHER_FORMS = re.compile(
    r"\b(?:(?P<letters>(?:[a-z]\.){2,}[a-z]\b\.?)|(?P<would>i|we)['\u2019]?d(?=\s+like\b)|(?P<can>can)\s?not\b|"
    r"(?P<from>(?:day|week|month)s? from)\s+today\b|(?P<ok>ok)ay\b|2nd(?=\s+opinion\b))",
    re.IGNORECASE,
)
"""Words that are written in two forms. Of letters with a period behind each three or more, since "p.m." is read by what
reads times."""


def _write_one_form(match: re.Match[str]) -> str:
    """Return the form of a word in which it is read."""
    if match["letters"]:
        return match[0].replace(".", "")
    if match[0].casefold() == "2nd":
        return "second"
    # Today's phrase would be the soonest time: "two weeks from today".
    endings = {"would": " would", "can": "'t", "ok": "", "from": " now"}
    return next(match[name] + ending for name, ending in endings.items() if match[name])


def _may_have_other_form(text: str) -> bool:
    """Return whether a word may be written in another form; False is certain, and found in a tenth of the time."""
    if not text.isascii():
        return True
    lower = text.lower()
    return (
        ("like" in lower and ("'d" in lower or "id" in lower or "wed" in lower))
        or ("not" in lower and "can" in lower)
        or "okay" in lower
        or ("from" in lower and "today" in lower)
        or "2nd" in lower
        or _LETTER_BETWEEN_PERIODS.search(text) is not None
    )


_FOREIGN_LETTER = re.compile(r"[^\x00-\x7f]")
_DATE_WITH_SLASH = re.compile(r"\b(1[0-2]|0?[1-9])/([0-3]?\d)(/(?:20)?\d\d)?\b(?!/\d)")
_DATE_WITH_DASH = re.compile(r"\b(1[0-2]|0?[1-9])-([0-3]?\d)(-(?:20)?\d\d)?\b(?!-)")
_PERIOD_BEFORE_DIGIT = re.compile(r"\. \d")
_SHORT_NAME_BEFORE_DIGIT = re.compile(
    r"\b(jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|mon|tues?|wed|thurs?|fri|sat|sun)\.(?= \d)", re.IGNORECASE
)
# The same dates, begun at what stands between: a search for one character is many times as fast as one for a word's
# edge.
_SLASH_OF_DATE = re.compile(r"/(?:(?<=\b1[0-2]/)|(?<=\b0[1-9]/)|(?<=\b[1-9]/))[0-3]?\d")
_DASH_OF_DATE = re.compile(r"-(?:(?<=\b1[0-2]-)|(?<=\b0[1-9]-)|(?<=\b[1-9]-))[0-3]?\d(?:-(?:20)?\d\d)?\b(?!-)")
_LETTER_BETWEEN_PERIODS = re.compile(r"\.[A-Za-z]\.")
_FIRST_LOOK: dict[re.Pattern[str], Callable[[str], object]] = {
    _FOREIGN_LETTER: lambda text: not text.isascii(),
    _DATE_WITH_SLASH: _SLASH_OF_DATE.search,
    _DATE_WITH_DASH: _DASH_OF_DATE.search,
    _OTHER_FORMS: _may_have_other_form,
    _SHORT_NAME_BEFORE_DIGIT: _PERIOD_BEFORE_DIGIT.search,
    LOST_APOSTROPHE: may_lack_apostrophe,
    INVISIBLE: lambda text: not text.isascii(),
}
"""Whether a pattern that takes long may be found at all."""
STEPS: tuple[Step, ...] = (
    *MARKUP_STEPS,
    ("\\", re.compile(r"\\u[0-9a-fA-F]{4}"), lambda match: _fold_letter(chr(int(match[0][2:], 16)))),
    ("\\", re.compile(r"(?:\\r)?\\n(?![a-z])"), lambda match: "\n"),
    ("_x", re.compile(r"_x000[dDaA]_"), lambda match: "\n"),
    ("", _FOREIGN_LETTER, lambda match: _fold_letter(match[0])),
    (" &", re.compile(r" & "), lambda match: " and "),
    (".", _SHORT_NAME_BEFORE_DIGIT, lambda match: match[1]),
    ("/", _DATE_WITH_SLASH, _spell_date),
    ("-", _DATE_WITH_DASH, _spell_date),
    ("", _OTHER_FORMS, _write_one_form),
)
"""Cleaning steps in their order: (a character that the text must have, what is replaced, its replacement).

The last one reads "a.s.a.p." as "asap", "M.R.I." as "MRI" and "I'd like" as "I would like".
"""

# Side by side: to look a pattern up in a dictionary hashes all of its code.
_STEPS_AND_LOOKS = tuple((step, _FIRST_LOOK.get(step[1])) for step in STEPS)


def clean_text(text: str) -> str:
    """Apply all cleaning steps.

    >>> clean_text("<b>MRI</b> on 3/14 a.s.a.p.")
    ' MRI  on march 14 asap'
    """
    if _is_clean(text):
        return text
    for (character, pattern, replacement), look in _STEPS_AND_LOOKS:
        if character in text and (look is None or look(text)):
            text = pattern.sub(replacement, text)
    return text


def _is_clean(text: str) -> bool:
    """Return whether no step changes the text; it runs for every message, so it is one expression."""
    return (
        text.isascii()
        and not ("/" in text and _SLASH_OF_DATE.search(text))
        and not ("-" in text and _DASH_OF_DATE.search(text))
        and not (_may_have_other_form(text) and _OTHER_FORMS.search(text))
        and "_x" not in text
        and not _PERIOD_BEFORE_DIGIT.search(text)
        and not has_markup(text)
    )
