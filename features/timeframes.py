"""By when, in days? Dates and spans in a message: "in 2 or 3 weeks", "on Friday", "before my surgery on the 14th", "not until spring".

Lives here: patterns made from the words of ``[calendar]``, and counting days from the day the message was written.
Does not live here: the words themselves (``phrases.toml``), fixed phrases such as "next week" (``reader``).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

__all__ = ["Calendar"]

_LONGEST_DAYS = 330
"""A date further ahead than this was more likely a date in the past."""
_WEEKDAY_WITHOUT_DATE = 4.0
"""What "on Friday" means when nobody knows on which day it was written."""
_MIDDLE, _SEASON_STARTS = 15, 20


class Calendar:
    """Finds dates and spans; made from the ``[calendar]`` part of the phrase file.

    >>> from features.phrases import Phrases
    >>> calendar = Calendar(Phrases.shipped().calendar)
    >>> list(calendar.found(" can i come in 2 or 3 weeks ", date(2026, 3, 4)))
    [(14.0, 11, 27)]
    >>> list(calendar.found(" before my surgery on the 14th ", date(2026, 3, 4)))
    [(10.0, 21, 30)]
    >>> list(calendar.found(" it happened on friday ", date(2026, 3, 4)))
    []
    """

    def __init__(self, words: Mapping[str, Any]) -> None:
        self._words = words
        self._past, self._asks = frozenset(words.get("past", ())), frozenset(words.get("asks", ()))
        self._pattern = self._compiled() if words else None
        self._count: dict[str, Callable[[re.Match, date | None], float | None]] = {
            "span": self._of_span, "weekday": self._of_weekday, "dated": self._of_date, "dated_back": self._of_date,
            "ordinal": self._of_ordinal, "month": self._of_month, "season": self._of_month,
        }  # fmt: skip

    def found(self, text: str, written: date | None) -> Iterator[tuple[float, int, int]]:
        """Each date or span in ``text`` (plain words, a space at both ends) that lies ahead: days from ``written``, and the spaces around it."""
        if self._pattern is None:
            return
        next_week = any(f" {words} " in text for words in self._words.get("next_week", ()))
        for match in self._pattern.finditer(text):
            kind = next(name for name in self._count if match[name] is not None)
            if kind != "span" and self._is_past(text[: match.start() + 1]):
                continue
            found = self._count[kind](match, written)
            if kind == "weekday" and next_week and found is not None and written is not None and found + written.weekday() < 7:
                found += 7
            if found is not None and 0 <= found <= _LONGEST_DAYS:
                yield float(found), match.start(), match.end()

    def _compiled(self) -> re.Pattern[str]:
        """One pattern of everything; each kind is a group of its own."""
        number = rf"(?:\d{{1,2}}|{_any(self._words['numbers'])})"
        weekday, month, season = (_any(self._words[name]) for name in ("weekdays", "months", "seasons"))
        lead, nth = _any(self._words["leaders"]), r"(?:st|nd|rd|th)?"
        return re.compile(
            " (?:"
            rf"(?P<span>{_any(self._words['spans'])} (?P<number>{number})(?: (?:or |to |o |a )?{number})?(?: of| de)? (?P<unit>{_any(self._words['units'])})"
            rf"(?! (?:{_any(self._words['ago'])}) ))"
            rf"|(?P<dated>(?P<m1>{month}) (?:the )?(?P<d1>\d{{1,2}}){nth})"
            rf"|(?P<dated_back>(?P<d2>\d{{1,2}}){nth} (?:of |de )?(?P<m2>{month}))"
            rf"|(?P<weekday>(?P<next>next |proximo |el proximo )?(?P<w>{weekday})s?)"
            rf"|(?P<ordinal>(?:the (?P<d3>\d{{1,2}})(?:st|nd|rd|th)|(?:el|dia) (?P<d4>\d{{1,2}})))"
            rf"|(?P<month>{lead} (?:(?:the|mid|early|late|end of|mediados de|finales de) )?(?P<m3>{month}))"
            rf"|(?P<season>{lead} (?:(?:the|la|el|mid|early|late) )?(?P<s>{season}))"
            ")(?= )"
        )

    def _is_past(self, before: str) -> bool:
        """Whether the clause speaks of what happened: the nearest word that tells says so."""
        for word in reversed(before.split()):
            if word in "|," or word in self._asks:
                return False
            if word in self._past:
                return True
        return False

    def _of_span(self, match: re.Match, _: date | None) -> float:
        number = match["number"]
        return (float(number) if number.isdigit() else self._words["numbers"][number]) * self._words["units"][match["unit"]]

    def _of_weekday(self, match: re.Match, written: date | None) -> float:
        if written is None:
            return _WEEKDAY_WITHOUT_DATE
        ahead = (self._words["weekdays"][match["w"]] - written.weekday()) % 7 or 7
        in_this_week = ahead + written.weekday() < 7
        return ahead + 7 * bool(match["next"] and in_this_week)

    def _of_date(self, match: re.Match, written: date | None) -> float | None:
        return _ahead(written, self._words["months"][match["m1"] or match["m2"]], int(match["d1"] or match["d2"]))

    def _of_ordinal(self, match: re.Match, written: date | None) -> float | None:
        if written is None:
            return None
        day = int(match["d3"] or match["d4"])
        month = written.month if day >= written.day else written.month % 12 + 1
        return _ahead(written, month, day)

    def _of_month(self, match: re.Match, written: date | None) -> float | None:
        if match["season"]:
            return _ahead(written, self._words["seasons"][match["s"]], _SEASON_STARTS)
        month = self._words["months"][match["m3"]]
        return None if written is None else _ahead(written, month, max(_MIDDLE, written.day) if month == written.month else _MIDDLE)


def _any(words: Iterable[str]) -> str:
    """A pattern for one of the words, longest first."""
    return "(?:" + "|".join(sorted((re.escape(word) for word in words), key=len, reverse=True)) + ")"


def _ahead(written: date | None, month: int, day: int) -> float | None:
    """Days to the next such date; None when the day of writing is not known or there is no such date."""
    if written is None or not 1 <= day <= 31:
        return None
    year = written.year + ((month, day) < (written.month, written.day))
    return float((date(year, month, 1) + timedelta(days=min(day, 28 if month == 2 else 30 if month in (4, 6, 9, 11) else 31) - 1) - written).days)
