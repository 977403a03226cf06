"""How does this practice's country write a time, a distance, an amount, a phone number? One place for all of them.

Lives here: times of day, days, moments, distances, money, phone numbers and percentages, by the practice's locale.
Does not live here: sentences around them (``serving.desk.pages``, ``features.registry``), time zones
(``features.calendar.timezones``).
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

__all__ = ["LocalFormats"]

_KM_PER_MILE = 1.609344
_CURRENCIES = {"US": "$", "CA": "$", "AU": "$", "GB": "£", "IE": "€"}
_US_DIGITS = 10
_YEAR_SHOWN_AFTER = timedelta(days=300)
"""A day further away than this is written with its year: "Nov 30" alone would be read as the nearest one."""


@dataclass(frozen=True)
class LocalFormats:
    """The writing habits of one locale.

    Parameters
    ----------
    locale : str
        Language and region, such as "en-US"; the region decides. US: miles, 12-hour clock, month before day. Others:
        kilometers, 24-hour clock, day before month.

    >>> us, uk = LocalFormats("en-US"), LocalFormats("en-GB")
    >>> noon, half_past = datetime(2026, 11, 30, 12), datetime(2026, 11, 30, 15, 30)
    >>> us.format_time(noon), us.format_time(half_past), uk.format_time(half_past)
    ('12 PM', '3:30 PM', '15:30')
    >>> us.format_day(half_past.date(), date(2026, 11, 27)), uk.format_day(half_past.date(), date(2026, 11, 27))
    ('Mon, Nov 30', 'Mon 30 Nov')
    >>> us.format_distance(20), uk.format_distance(20), us.format_money(1200), us.format_phone("+12145553799")
    ('12 miles', '20 km', '$1,200', '(214) 555-3799')
    """

    locale: str = "en-US"

    @property
    def region(self) -> str:
        """The region, such as "US"."""
        return self.locale.rpartition("-")[2]

    @property
    def is_us(self) -> bool:
        """Whether US habits hold."""
        return self.region == "US"

    def format_time(self, moment: datetime) -> str:
        """Format the time of day of a local moment: "3 PM", "3:30 PM", elsewhere "15:30"."""
        if not self.is_us:
            return f"{moment:%H:%M}"
        hour = moment.hour % 12 or 12
        minutes = f":{moment:%M}" if moment.minute else ""
        return f"{hour}{minutes} {'AM' if moment.hour < 12 else 'PM'}"

    def format_minute(self, minute: int) -> str:
        """Format a time of day given in minutes since midnight; 24:00 is midnight.

        >>> LocalFormats().format_minute(17 * 60), LocalFormats().format_minute(24 * 60)
        ('5 PM', 'midnight')
        """
        if minute == 24 * 60:
            return "midnight" if self.is_us else "24:00"
        return self.format_time(datetime(2000, 1, 1) + timedelta(minutes=minute))

    def format_day(self, day: date, today: date) -> str:
        """Format a day: "today", "tomorrow", "yesterday", or its weekday and date; with its year when far away.

        >>> LocalFormats().format_day(date(2026, 12, 1), date(2026, 11, 30))
        'tomorrow'
        >>> LocalFormats().format_day(date(2025, 12, 1), date(2026, 11, 30))
        'Dec 1, 2025'
        """
        near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get((day - today).days)
        if near:
            return near
        if abs(day - today) > _YEAR_SHOWN_AFTER:
            return f"{self.format_date(day)}, {day.year}" if self.is_us else f"{self.format_date(day)} {day.year}"
        return f"{day:%a}, {self.format_date(day)}" if self.is_us else f"{day:%a} {self.format_date(day)}"

    def format_date(self, day: date) -> str:
        """Format a day without its weekday and year.

        >>> LocalFormats().format_date(date(2026, 12, 1)), LocalFormats("en-GB").format_date(date(2026, 12, 1))
        ('Dec 1', '1 Dec')
        """
        return f"{day:%b} {day.day}" if self.is_us else f"{day.day} {day:%b}"

    def format_moment(self, moment: datetime, today: date) -> str:
        """Format a local moment: "today, 3 PM", "Mon, Nov 30, 3 PM"."""
        return f"{self.format_day(moment.date(), today)}, {self.format_time(moment)}"

    def format_distance(self, km: float) -> str:
        """Format a distance in whole miles or kilometers.

        >>> [LocalFormats().format_distance(km) for km in (0.2, 1.609344, 8)]
        ['less than a mile', '1 mile', '5 miles']
        """
        number = km / _KM_PER_MILE if self.is_us else km
        if number < 1:
            return f"less than a {'mile' if self.is_us else 'kilometer'}"
        text = f"{number:,.0f}"
        if not self.is_us:
            return f"{text} km"
        return f"{text} {'mile' if text == '1' else 'miles'}"

    def format_money(self, amount: float, decimals: int = 0) -> str:
        """Format an amount of money, without cents by default."""
        return f"{_CURRENCIES.get(self.region, '')}{amount:,.{decimals}f}"

    def format_phone(self, number: str) -> str:
        """Format a US phone number as Americans write it; leave any other as it was given.

        >>> [LocalFormats().format_phone(text) for text in ("214.555.3799", "214 555 3799 (cell)", "+44 20 7946 0958")]
        ['(214) 555-3799', '(214) 555-3799 (cell)', '+44 20 7946 0958']
        >>> LocalFormats().format_phone("2145553799.0")
        '(214) 555-3799'
        """
        # A spreadsheet that took the number for a figure wrote ".0" behind it.
        number = re.sub(r"(?<=\d{7})\.0+$", "", number.strip())
        # "682 555 2212 (cell)": words behind the number stay behind it; any others leave the text as it is.
        parts = re.fullmatch(r"([\d\s().+/-]*\d)\s*((?:\(?[a-z]+\)?)?)", number, re.IGNORECASE)
        digits = "".join(filter(str.isdigit, parts[1])) if parts else ""
        national = digits[1:] if len(digits) == _US_DIGITS + 1 and digits.startswith("1") else digits
        if parts is None or not self.is_us or len(national) != _US_DIGITS:
            return number
        return f"({national[:3]}) {national[3:6]}-{national[6:]} {parts[2]}".strip()

    @staticmethod
    def format_percent(share: float) -> str:
        """Format a share of 1 in whole percent, half up.

        >>> LocalFormats.format_percent(0.305)
        '31%'
        """
        return f"{int(100 * share + 0.5)}%"
