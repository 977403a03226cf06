"""How are dates of China, Japan and Korea written in digits and marks: 2025年3月4日 午後3時02分, 2025년 3월 4일?

Lives here: writing them with hyphens, colons and am or pm. Does not live here: all other writings (``date_texts``).
"""

import re

__all__ = ["write_asian_date"]

_SIGNS = re.compile("[年년時时点點시午전후晨早晚]")
_HALF_DAY = re.compile(
    r"(?:(午前|上午|오전|凌晨|早上)|(午後|下午|오후|晚上))\s?(0?[0-9]|1[0-2])(:\d{2}(?::\d{2})?)(?!\d)"
)
"""A half of the day in front of a time in digits, behind any date: 2025/3/4 下午 03:02."""
_DAY = re.compile(
    r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일号號]?\s?(?:[(（][月火水木金土日一二三四五六월화수목금토일][)）])?"
)
_CLOCK = re.compile(
    r"(?:(午前|上午|오전|凌晨|早上)|(午後|下午|오후|晚上))?\s?(\d{1,2})(?:\s?[時时点點시]\s?(?:(\d{1,2})\s?[分분]?)?(?:\s?(\d{1,2})\s?[秒초])?"
    r"|(:\d{2}(?::\d{2})?))"
)


def write_asian_date(text: str) -> str:
    """Return a date in Chinese, Japanese or Korean signs with hyphens and colons; any other text as it is.

    >>> (
    ...     write_asian_date("2025年3月4日(火) 午後3時02分"),
    ...     write_asian_date("2025년 3월 4일 오전 9:05"),
    ...     write_asian_date("3/4/25"),
    ... )
    ('2025-3-4 3:02 pm', '2025-3-4 9:05 am', '3/4/25')
    """
    if not _SIGNS.search(text):
        return text
    day = _DAY.match(text.strip())
    if day is None:
        return _HALF_DAY.sub(lambda half: _write_clock(half[1], half[2], half[3], half[4]) or half[0], text)
    rest = text.strip()[day.end() :].strip()
    written = "-".join(day.groups())
    if not rest:
        return written
    clock = _CLOCK.fullmatch(rest)
    if clock is None:
        return text
    before_noon, after_noon, hour, minute, second, digits = clock.groups()
    minutes = digits or f":{int(minute or 0):02}" + (f":{int(second):02}" if second else "")
    time_of_day = _write_clock(before_noon, after_noon, hour, minutes)
    return text if time_of_day is None else f"{written} {time_of_day}"


def _write_clock(before_noon: str | None, after_noon: str | None, hour: str, minutes: str) -> str | None:
    """Return a time of day with am or pm; None where its two halves contradict each other, or may be noon or midnight.

    >>> (
    ...     _write_clock(None, "午後", "0", ":30"),
    ...     _write_clock(None, "下午", "15", ":02"),
    ...     _write_clock("午前", None, "13", ":00"),
    ... )
    ('12:30 pm', '15:02', None)
    """
    if after_noon:
        if after_noon == "晚上" and int(hour) == 12:
            return None
        # "下午15:02" says the half of the day twice; half past noon is 午後0時30分 in Japan.
        return f"{hour}{minutes}" if int(hour) > 12 else f"{12 if int(hour) == 0 else hour}{minutes} pm"
    if before_noon:
        return f"{hour}{minutes} am" if int(hour) <= 12 else None
    return f"{hour}{minutes}"
