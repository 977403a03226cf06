"""Which dates and spans stand in these words, and how far ahead are they? The loops behind ``timeframes``.

Lives here: matching the patterns of dates word by word, and counting days.
Does not live here: which patterns there are, of which words, and what these stand for (``timeframes``).
"""

from typing import NamedTuple

import numpy as np

from features.kernels.jit import compile_helper, compile_cached

__all__ = [
    "BACK",
    "CLAUSE_ENDS",
    "DATED",
    "HABIT",
    "LONG_SPAN",
    "MAY",
    "MONTH",
    "MONTH_END",
    "MUST",
    "MUST_NOT",
    "NTH",
    "ON_BACK",
    "ON_DATED",
    "ON_DIGITS",
    "ON_NTH",
    "PAST",
    "SEASON",
    "SPAN",
    "UNKNOWN_DAY",
    "WEEKDAY",
    "WEEK_FROM",
    "Calendar",
    "find_dates",
    "find_soonest",
]

LONG_SPAN, SPAN, DATED, BACK, WEEKDAY, NTH, MONTH, SEASON = range(8)
"""What a pattern reads: "in 2 or 3 weeks", "in 2 weeks", "march 14th", "14th of march", "friday", "the 14th", "by mid
march", "till spring".
"""
HABIT, MONTH_END, WEEK_FROM, ON_DIGITS = range(8, 12)
"""And these: "every friday" (no date), "this month", "a week from friday", "lunes 9" (where that day is a monday)."""
_ON = 12
ON_DATED, ON_BACK, ON_NTH = DATED + _ON, BACK + _ON, NTH + _ON
"""A date behind its weekday: "monday the 16th"."""
MUST, MAY, MUST_NOT = range(3)
"""Whether a pattern needs words of one kind at its next place."""
PAST, CLAUSE_ENDS = 1, 2
"""What a word tells about a date behind it: that it is over; that nothing before this word matters."""

UNKNOWN_DAY = -(10**9)
"""Nobody knows on which day the message was written."""

_LONGEST_DAYS = 330
"""A date further ahead than this was more likely a date in the past."""
_LONGEST_DAYS_TO_MONTH = 230
"""And a month without a day."""
_WEEKDAY_WITHOUT_DATE = 4.0
"""What "on Friday" means when nobody knows on which day it was written."""
_MONTH_END_WITHOUT_DATE = 15.0
"""What "this month" means when nobody knows."""
_SEASON_STARTS = 20
_NO, _UNREAD = -1.0, -1
_ZERO = np.int64(0)
"""Where a variable is handed on: for a plain 0 numba compiles the called function twice, once for that number alone."""


class Calendar(NamedTuple):
    """The words of dates as arrays; ``w`` is a word's number in the vocabulary.

    Parameters
    ----------
    begins : int64 array, bit ``k`` of ``begins[w]``: a phrase of kind ``k`` begins with this word
    number : int64 array, a number in digits ("14", "14th"), -1 for other words
    tells : int64 array, whether the word tells that what follows is over, or that one need not look further back
    phrases : int64 array, one row for each phrase, longest first: number of words, words
    phrases_from : int64 array, those of kind ``k`` are the rows ``phrases_from[k]`` to ``phrases_from[k + 1]``
    value : float array, what each phrase stands for: a number, days of a unit, weekday (0 Monday), month
    patterns : int64 array, one row for each: what it reads, bits of the kinds with which it may begin, bits of those it
        needs, then kind and rule for each place, kind -1 behind its end
    next_week : int64 array, phrases as above
    """

    begins: np.ndarray
    number: np.ndarray
    tells: np.ndarray
    phrases: np.ndarray
    phrases_from: np.ndarray
    value: np.ndarray
    patterns: np.ndarray
    next_week: np.ndarray


@compile_cached
def find_soonest(ids, tokens_from, calendar, written, days):
    """Fill ``days`` with the soonest date or span of each message, infinity where it states none.

    ``written`` is the day on which each was written, in days since 1970, or ``UNKNOWN_DAY``.
    """
    most = 0
    for m in range(len(written)):
        if tokens_from[m + 1] - tokens_from[m] > most:
            most = tokens_from[m + 1] - tokens_from[m]
    place, ahead = np.empty((most + 1, 2), np.int64), np.empty(most + 1)
    for m in range(len(written)):
        days[m] = np.inf
        for one in range(find_dates(ids[tokens_from[m] : tokens_from[m + 1]], calendar, written[m], place, ahead)):
            if ahead[one] < days[m]:
                days[m] = ahead[one]


@compile_cached
def find_dates(tokens, calendar, written, place, ahead):
    """Each date or span that lies ahead, its words in ``place`` (two columns) and its days in ``ahead``; returns how
    many.
    """
    begins, number, tells, patterns = calendar.begins, calendar.number, calendar.tells, calendar.patterns
    phrases, phrases_from, value = calendar.phrases, calendar.phrases_from, calendar.value
    found = at = told = looked = kinds = _ZERO
    for token in tokens:
        kinds |= begins[token]
    possible = 0
    for pattern in range(len(patterns)):
        possible |= (kinds & patterns[pattern, 2] == patterns[pattern, 2]) << pattern
    if not possible:
        return 0
    next_week = _UNREAD
    values = np.empty(patterns.shape[1])
    while at < len(tokens):
        end, reads = at, 0
        if begins[tokens[at]]:
            for pattern in range(len(patterns)):
                if possible >> pattern & 1 and begins[tokens[at]] & patterns[pattern, 1]:
                    end = _matched(tokens, at, begins, number, phrases, phrases_from, value, patterns, pattern, values)
                    if end > at:
                        reads = patterns[pattern, 0]
                        break
        if end == at:
            at += 1
            continue
        while looked < at:  # whether the clause speaks of what happened: the nearest word before that tells says so
            told = tells[tokens[looked]] if tells[tokens[looked]] else told
            looked += 1
        if reads <= SPAN or told != PAST:
            days = _days_to(reads, values, written)
            if reads == WEEKDAY and next_week == _UNREAD:
                next_week = _says(tokens, calendar.next_week)
            if reads == WEEKDAY and next_week and days + (written + 3) % 7 < 7 and written > UNKNOWN_DAY:
                days += 7
            if 0 <= days <= (_LONGEST_DAYS_TO_MONTH if reads == MONTH else _LONGEST_DAYS):
                place[found, 0], place[found, 1], ahead[found] = at, end, days
                found += 1
        at = end
    return found


@compile_helper
def _matched(tokens, at, begins, number, phrases, phrases_from, value, patterns, pattern, values):
    """Where this pattern ends if it stands here, else ``at``; ``values`` are those of its places, 0 where nothing
    stands.
    """
    here = at
    for place in range(3, patterns.shape[1], 2):
        kind, rule = patterns[pattern, place], patterns[pattern, place + 1]
        values[place // 2 - 1] = 0.0
        if kind < 0:
            break
        end = here
        if here < len(tokens) and begins[tokens[here]] >> kind & 1:
            if number[tokens[here]] >= 0:
                end, values[place // 2 - 1] = here + 1, number[tokens[here]]
            else:
                for phrase in range(phrases_from[kind], phrases_from[kind + 1]):
                    if phrases[phrase, 1] == tokens[here] and _stands(tokens, here, phrases, phrase):
                        end, values[place // 2 - 1] = here + phrases[phrase, 0], value[phrase]
                        break
        if (rule == MUST and end == here) or (rule == MUST_NOT and end > here):
            return at
        here = end
    return here


@compile_helper
def _stands(tokens, at, phrases, row):
    """Whether the words of this row stand here: their number, then the words."""
    if at + phrases[row, 0] > len(tokens):
        return False
    for step in range(phrases[row, 0]):
        if tokens[at + step] != phrases[row, 1 + step]:
            return False
    return True


@compile_helper
def _says(tokens, phrases):
    """Whether one of the phrases stands anywhere in the message: 1 or 0."""
    for at in range(len(tokens)):
        for phrase in range(len(phrases)):
            if _stands(tokens, at, phrases, phrase):
                return 1
    return 0


@compile_helper
def _days_to(reads, values, written):
    """Days to what a pattern read, -1 when the day of writing is not known or there is no such date."""
    if reads <= SPAN:
        return values[1] * values[5 if reads == LONG_SPAN else 3]
    if reads == HABIT:
        return _NO
    if written <= UNKNOWN_DAY:
        return _WEEKDAY_WITHOUT_DATE if reads == WEEKDAY else _MONTH_END_WITHOUT_DATE if reads == MONTH_END else _NO
    year, month, day = _civil(written)
    shift = 0
    if reads >= _ON:
        reads, shift = reads - _ON, 1
    if reads == WEEKDAY or reads == WEEK_FROM or reads == ON_DIGITS:
        today = (written + 3) % 7  # 1 January 1970 was a Thursday
        ahead = (np.int64(values[0 if reads == ON_DIGITS else 1]) - today + 6) % 7 + 1
        if reads == WEEKDAY:
            return float(ahead + 7 * (values[0] > 0 and ahead + today < 7))
        if reads == WEEK_FROM:
            return float(ahead + 7)
        for weeks in range(9):
            if _civil(written + ahead + 7 * weeks)[2] == values[2]:
                return float(ahead + 7 * weeks)
        return float(ahead)
    to_month, to_day = month, np.int64(values[1 + shift])
    if reads == DATED:
        to_month, to_day = np.int64(values[shift]), np.int64(values[2 + shift])
        if 0 < values[3 + shift] < year:
            return _NO
    elif reads == BACK:
        to_month, to_day = np.int64(values[2 + shift]), np.int64(values[shift])
    elif reads == NTH:
        to_month = month if to_day >= day else month % 12 + 1
    elif reads == MONTH_END:
        to_day = 31
    else:
        to_month = np.int64(values[2])
        to_day = _SEASON_STARTS if reads == SEASON else np.int64(max(values[0], values[1]))
        if reads == MONTH and (to_day == 0 or (to_month == month and to_day < day)):
            to_day = 31 if to_month == month else 1
    if not 1 <= to_day <= 31:
        return _NO
    longest = 28 if to_month == 2 else 30 if to_month == 4 or to_month == 6 or to_month == 9 or to_month == 11 else 31
    to_year = year + (to_month < month or (to_month == month and to_day < day))
    return float(_days(to_year, to_month, to_day if to_day < longest else longest) - written)


@compile_helper
def _days(year, month, day):
    """Days since 1970 of a Gregorian date (Howard Hinnant, chrono-compatible low-level date algorithms)."""
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


@compile_helper
def _civil(days):
    """Year, month and day of a number of days since 1970; the same source."""
    days += 719_468
    era = days // 146_097
    of_era = days - era * 146_097
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = (shifted + 2) % 12 + 1
    return year + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1
