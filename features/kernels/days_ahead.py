"""How many days ahead is a date of this form? Counting on the calendar, in compiled code.

Lives here: the forms of dates, and the days to each. Does not live here: finding them in words (``date_parser``).
"""

import numpy as np

from features.kernels.jit import compile_helper

__all__ = [
    "AFTER_THAT",
    "BACK",
    "BY_WEEKDAY",
    "DATED",
    "DAY_OF_NEXT_WEEK",
    "HABIT",
    "IN_NEXT_WEEK",
    "IN_THIS_WEEK",
    "LONG_SPAN",
    "MONTH",
    "MONTH_END",
    "MONTH_START",
    "NO_DATE",
    "NTH",
    "NTH_WEEKDAY",
    "ON_BACK",
    "ON_DATED",
    "ON_DIGITS",
    "ON_NTH",
    "ON_SEASON",
    "SEASON",
    "SPAN",
    "UNKNOWN_DAY",
    "WEEKDAY",
    "WEEK_FROM",
    "count_days",
]


LONG_SPAN, SPAN, DATED, BACK, WEEKDAY, NTH, MONTH, SEASON = range(8)
"""The form that a pattern reads.

"in 2 or 3 weeks", "in 2 weeks", "march 14th", "14th of march", "friday", "the 14th", "by mid march", "till spring".
"""
HABIT, MONTH_END, WEEK_FROM, ON_DIGITS, BY_WEEKDAY, MONTH_START, NTH_WEEKDAY, IN_NEXT_WEEK, IN_THIS_WEEK = range(8, 17)
"""More forms: "every friday" (no date), "this month", "a week from friday", "lunes 9" (where that day is a Monday), "no
later than friday", "first of the month", "first monday of may", "early next week", "this weekend"."""
DAY_OF_NEXT_WEEK = 17
"""Example "wednesday next week"."""
_ON = 18
ON_DATED, ON_BACK, ON_NTH, ON_SEASON = DATED + _ON, BACK + _ON, NTH + _ON, SEASON + _ON
"""A date behind its weekday: "monday the 16th", "the monday after easter"."""
AFTER_THAT = SEASON + _ON + 1
"""Counted from the time before it: "that day", "the day after"."""

UNKNOWN_DAY = -(10**9)
"""The day on which a message was written, when that is unknown."""

NO_DATE = -1.0
ZERO = np.int64(0)
"""A typed zero for variables that are passed to helpers: numba would compile a helper twice, once for the literal 0."""
MAX_DAYS = 330
"""A date further ahead than this was more likely a date in the past."""
MAX_DAYS_TO_MONTH, MAX_DAYS_TO_SEASON = 230, 280
"""The same for a month without a day, and for a season: in March "in winter" is every winter."""
_WEEKDAY_WITHOUT_DATE = 4.0
"""What "on Friday" means when the day of writing is unknown."""
_MONTH_END_WITHOUT_DATE = 15.0
"""What "this month" means when the day of writing is unknown."""
_SEASON_STARTS = 20
_FIRST_YEAR = 1000
"""From here on a value behind day and month is a year; 1000 itself is "last year"."""


@compile_helper
def count_days(form, values, written):
    """Return the days to what a pattern read, -1 when the day of writing is unknown or there is no such date."""
    if form <= SPAN:
        return values[1] * values[5 if form == LONG_SPAN else 3]
    if form == HABIT:
        return NO_DATE
    if written <= UNKNOWN_DAY:
        return _guess_days(form)
    if form == WEEKDAY or form == WEEK_FROM or form == ON_DIGITS or form == BY_WEEKDAY:
        return _count_days_to_weekday(form, values, written)
    # 1 January 1970, day 0, was a Thursday, weekday 3.
    if form == IN_NEXT_WEEK or form == DAY_OF_NEXT_WEEK:
        return 7 - (written + 3) % 7 + values[0]
    if form == IN_THIS_WEEK:
        return (values[0] - (written + 3)) % 7
    today = _to_civil_date(written)
    year, month, day = today
    if form == NTH_WEEKDAY:
        first = _to_day_number(year + (values[4] < month), np.int64(values[4]), 1)
        return float(first + (np.int64(values[2]) - first - 3) % 7 + 7 * (np.int64(values[1]) - 1) - written)
    shift = 0
    # The weekday in "monday the 16th" is the first position, so the others are one further.
    if form >= _ON:
        form, shift = form - _ON, 1
    to_month, to_day = _find_month_and_day(form, shift, values, today)
    if not 1 <= to_day <= 31:
        return NO_DATE
    # A date earlier than today is one of the next year, unless its year is said: then it is over.
    to_year = year + (to_month < month or (to_month == month and to_day < day))
    if form == DATED or form == BACK or form == MONTH or (form == SEASON and shift == 0):
        stated_year = np.int64(values[3 + (form != DATED) + shift])
        to_year = stated_year if stated_year >= _FIRST_YEAR else to_year
    # "The 31st" of a month that has none is its last day.
    next_month = _to_day_number(to_year + (to_month == 12), to_month % 12 + 1, 1)
    return float(min(_to_day_number(to_year, to_month, to_day), next_month - 1) - written)


@compile_helper
def _guess_days(form):
    """Return the days to a form of date when the day of writing is unknown."""
    if form == WEEKDAY or form == BY_WEEKDAY:
        return _WEEKDAY_WITHOUT_DATE
    return _MONTH_END_WITHOUT_DATE if form == MONTH_END else NO_DATE


@compile_helper
def _count_days_to_weekday(form, values, written):
    """Return the days to a weekday: 1 to 7, and a week more for "next friday" and "a week from friday".

    Example: on Wednesday (2), Friday (4) is (4 - 2 + 6) % 7 + 1 = 2 days ahead, and Wednesday itself 7.
    """
    # 1 January 1970, day 0, was a Thursday, weekday 3.
    today = (written + 3) % 7
    ahead = (np.int64(values[0 if form == ON_DIGITS else 1]) - today + 6) % 7 + 1
    if form == WEEKDAY:
        return float(ahead + 7 * (values[0] > 0 and ahead + today < 7))
    if form == BY_WEEKDAY:
        return float(ahead)
    if form == WEEK_FROM:
        return float(ahead + 7 * max(values[0], 1.0))
    # "lunes 9" is the next Monday that is a 9th. When none comes within two months, the number was a slip, and the
    # nearest Monday is meant.
    for weeks in range(9):
        if _to_civil_date(written + ahead + 7 * weeks)[2] == values[2]:
            return float(ahead + 7 * weeks)
    return float(ahead)


@compile_helper
def _find_month_and_day(form, shift, values, today):
    """Return month and day of the date that a pattern read."""
    year, month, day = today
    if form == DATED:
        return np.int64(values[shift]), np.int64(values[2 + shift])
    if form == BACK:
        return np.int64(values[2 + shift]), np.int64(values[shift])
    if form == NTH:
        to_day = np.int64(values[1 + shift])
        return month if to_day >= day else month % 12 + 1, to_day
    if form == MONTH_END:
        return month, np.int64(31)
    if form == MONTH_START:
        return month % 12 + 1, np.int64(2)
    to_month = np.int64(values[2 + shift])
    if form == SEASON:
        # 7.04 is July 4; a season without its day begins around the 20th.
        season_day = np.int64(np.round((values[2 + shift] - to_month) * 100))
        return to_month, season_day if season_day > 0 else np.int64(_SEASON_STARTS)
    to_day = np.int64(max(values[0], values[1]))
    # "by march" means its first day, and in March itself its end.
    if to_day == 0 or (to_month == month and to_day < day):
        to_day = np.int64(31 if to_month == month else 1)
    return to_month, to_day


@compile_helper
def _to_day_number(year, month, day):
    """Return the days since 1970 of a Gregorian date (Howard Hinnant, chrono-compatible low-level date algorithms).

    Years begin in March here, so that the leap day is the last day of a year. Example 4 March 2026: era 5 (of 400
    years), year 26 of it, day 3 of that year: 5 * 146,097 + 26 * 365 + 26 // 4 - 26 // 100 + 3 - 719,468 = 20,516.
    """
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


@compile_helper
def _to_civil_date(days):
    """Return year, month and day of a number of days since 1970: 20,516 is (2026, 3, 4). The same source."""
    days += 719_468
    era = days // 146_097
    of_era = days - era * 146_097
    # 1,460 days are four years without their leap day, 36,524 a century without its own, 146,096 all 400 years but
    # one.
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    # Five months from March on have 153 days (31, 30, 31, 30, 31), and so have the next five: a straight line, in
    # whole numbers.
    shifted = (5 * of_year + 2) // 153
    month = (shifted + 2) % 12 + 1
    return year + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1
