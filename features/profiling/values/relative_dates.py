"""Does a text tell a day from today on: "3 days ago", "gestern", "hace 2 meses"?

Lives here: such texts in several languages. Does not live here: dates (``features.parsing.dates``), when a person wants
to come (``features.text.times``).
"""

import re

__all__ = ["is_over", "tells_from_today"]

_TODAY = re.compile(
    r"(?:today|heute|hoy|aujourd.?hui|hoje|oggi|vandaag|dzisiaj|bugün|сегодня|今日|今天)(?!\w).{0,15}", re.IGNORECASE
)
_OVER = re.compile(
    r"(?:yesterday|gestern|vorgestern|ayer|anteayer|hier|avant-hier|ontem|ieri|gisteren|wczoraj|dün|вчера|昨日|昨天)"
    r"(?!\w).{0,15}|last (?:week|month|year)|"
    r"(?:about |over )?(?:an?|\d+) (?:seconds?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?) ago|"
    r"\d+ ?(?:[smhdwy]|mo|min|mins|hrs?) ago|"
    r"(?:hace|vor|il y a|há) (?:\w+ ){0,2}?(?:\d+|un[ao]?|einem|einer) \w+|"
    r"(?:\d+|un[ao]?|een|eine[mr]?) \w+ (?:fa|geleden|temu|atrás|önce|назад)|"
    r"\d+ ?(?:日|天|か月|ヶ月|个月|週間|周|時間|小时|分)前|\d+ ?(?:일|시간|개월|주|분) ?전",
    re.IGNORECASE,
)


def tells_from_today(text: str) -> bool:
    """Return whether a text is today, or a day or an hour before now.

    >>> [tells_from_today(text) for text in ("3 days ago", "Today", "hace 2 meses", "in 3 days")]
    [True, True, True, False]
    """
    return _TODAY.fullmatch(text.strip()) is not None or is_over(text)


def is_over(text: str) -> bool:
    """Return whether a text is a day or an hour before now.

    >>> is_over("vor 3 Tagen"), is_over("today")
    (True, False)
    """
    return _OVER.fullmatch(text.strip()) is not None
