"""Which dates and spans are in these words, and how many days ahead are they? The loops of ``text.times``.

Lives here: matching the patterns of dates word by word, and counting days.
Does not live here: the patterns, their words, and what those stand for (``text.times.time_expressions``).
"""

from typing import NamedTuple

import numpy as np

from features.kernels.jit import compile_cached, compile_helper

__all__ = [
    "BACK",
    "BY_WEEKDAY",
    "CLAUSE_ENDS",
    "DATED",
    "HABIT",
    "IN_NEXT_WEEK",
    "IN_THIS_WEEK",
    "LONG_SPAN",
    "MAY",
    "MONTH",
    "MONTH_END",
    "MONTH_START",
    "MUST",
    "MUST_NOT",
    "NTH",
    "NTH_WEEKDAY",
    "ON_BACK",
    "ON_DATED",
    "ON_DIGITS",
    "ON_NTH",
    "ON_SEASON",
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
"""The form that a pattern reads.

"in 2 or 3 weeks", "in 2 weeks", "march 14th", "14th of march", "friday", "the 14th", "by mid march", "till spring".
"""
HABIT, MONTH_END, WEEK_FROM, ON_DIGITS, BY_WEEKDAY, MONTH_START, NTH_WEEKDAY, IN_NEXT_WEEK, IN_THIS_WEEK = range(8, 17)
"""More forms: "every friday" (no date), "this month", "a week from friday", "lunes 9" (where that day is a Monday), "no
later than friday", "first of the month", "first monday of may", "early next week", "this weekend"."""
_ON = 17
ON_DATED, ON_BACK, ON_NTH, ON_SEASON = DATED + _ON, BACK + _ON, NTH + _ON, SEASON + _ON
"""A date behind its weekday: "monday the 16th", "the monday after easter"."""
MUST, MAY, MUST_NOT = range(3)
"""Whether a pattern needs a word of one kind at its next position."""
PAST, CLAUSE_ENDS = 1, 2
"""What a word tells about a date behind it: that it is over; that nothing before this word matters."""

UNKNOWN_DAY = -(10**9)
"""The day on which a message was written, when that is unknown."""

_MAX_DAYS = 330
"""A date further ahead than this was more likely a date in the past."""
_MAX_DAYS_TO_MONTH, _MAX_DAYS_TO_SEASON = 230, 280
"""The same for a month without a day, and for a season: in March "in winter" is every winter."""
_WEEKDAY_WITHOUT_DATE = 4.0
"""What "on Friday" means when the day of writing is unknown."""
_MONTH_END_WITHOUT_DATE = 15.0
"""What "this month" means when the day of writing is unknown."""
_SEASON_STARTS = 20
_NO_DATE, _UNREAD = -1.0, -1
_ZERO = np.int64(0)
"""A typed zero for variables that are passed to helpers: numba would compile a helper twice, once for the literal 0."""


class Calendar(NamedTuple):
    """The words of dates as arrays; ``w`` is a word's number in the vocabulary.

    Parameters
    ----------
    begins : int64 array, bit ``k`` of ``begins[w]``: a phrase of kind ``k`` begins with this word
    number : int64 array, a number in digits ("14", "14th"), -1 for other words
    tense : int64 array, whether the word tells that what follows is over, or ends what words before it tell
    phrases : int64 array, one row for each phrase, longest first: number of words, words
    phrases_from : int64 array, those of kind ``k`` are the rows ``phrases_from[k]`` to ``phrases_from[k + 1]``
    value : float array, what each phrase stands for: a number, days of a unit, weekday (0 Monday), month
    patterns : int64 array, one row for each: the form it reads, bits of the kinds with which it may begin, bits of
        those it needs, then kind and rule of each position, kind -1 behind its end
    next_week : int64 array, phrases as above
    numeric : int, a bit for each kind to which a number in digits belongs
    """

    begins: np.ndarray
    number: np.ndarray
    tense: np.ndarray
    phrases: np.ndarray
    phrases_from: np.ndarray
    value: np.ndarray
    patterns: np.ndarray
    next_week: np.ndarray
    numeric: int


@compile_cached
def find_soonest(ids, tokens_from, calendar, written, days):
    """Fill ``days`` with the soonest date or span of each message, infinity without one.

    ``written`` is the day on which each was written, in days since 1970, or ``UNKNOWN_DAY``.
    """
    longest = 0
    for m in range(len(written)):
        if tokens_from[m + 1] - tokens_from[m] > longest:
            longest = tokens_from[m + 1] - tokens_from[m]
    # One working space for all messages, as long as the longest: a date takes at least one word.
    spans, ahead = np.empty((longest + 1, 2), np.int64), np.empty(longest + 1)
    for m in range(len(written)):
        days[m] = np.inf
        for date in range(find_dates(ids[tokens_from[m] : tokens_from[m + 1]], calendar, written[m], spans, ahead)):
            if ahead[date] < days[m]:
                days[m] = ahead[date]


@compile_cached
def find_dates(tokens, calendar, written, spans, ahead):
    """Find each date or span that lies ahead; return how many there are.

    Their words go to ``spans`` (two columns, half-open), their days to ``ahead``.
    """
    begins, tenses = calendar.begins, calendar.tense
    possible = _find_possible_patterns(tokens, begins, calendar.patterns)
    if not possible:
        return _ZERO
    count = at = tense = looked = _ZERO
    next_week = in_next_week = weekday = _UNREAD
    values = np.empty(calendar.patterns.shape[1])
    while at < len(tokens):
        # Most words begin no date; numba counts references for each helper that gets the calendar.
        if not begins[tokens[at]]:
            at += 1
            continue
        end, form = _match_any_pattern(tokens, at, calendar, possible, values)
        if end == at:
            at += 1
            continue
        # Whether the clause speaks of the past: the nearest word before the date that tells anything decides. Example
        # "it began on monday, can I come friday": "began" tells PAST for Monday, the comma ends the clause.
        while looked < at:
            tense = tenses[tokens[looked]] if tenses[tokens[looked]] else tense
            looked += 1
        if form <= SPAN or tense != PAST:
            days = _count_days(form, values, written)
            if form == WEEKDAY and next_week == _UNREAD:
                next_week = _contains_phrase(tokens, calendar.next_week)
            # "next week, friday": a weekday that is still in this week means the one of the next.
            if form == WEEKDAY and next_week and days + (written + 3) % 7 < 7 and written > UNKNOWN_DAY:
                days += 7
            # "next week, friday" and "friday of next week" are one date.
            if form == WEEKDAY and in_next_week >= 0:
                ahead[in_next_week] = days
            if form == IN_NEXT_WEEK and weekday >= 0:
                days = ahead[weekday]
            in_next_week = count if form == IN_NEXT_WEEK else in_next_week
            weekday = count if form == WEEKDAY else weekday
            most = _MAX_DAYS_TO_MONTH if form == MONTH else _MAX_DAYS_TO_SEASON if form == SEASON else _MAX_DAYS
            if 0 <= days <= most:
                spans[count, 0], spans[count, 1], ahead[count] = at, end, days
                count += 1
        at = end
    return count


@compile_helper
def _find_possible_patterns(tokens, begins, patterns):
    """Return a bit for each pattern whose needed kinds of words all begin somewhere in the message.

    Example: "months" is kind 3 and "day" kind 5, so "march 14th" needs 0b101000. A message with kinds 0b101010 has both
    (0b101010 & 0b101000 == 0b101000), one with 0b001010 has no day. Most messages have no date and end here.
    """
    kinds = _ZERO
    for token in tokens:
        kinds |= begins[token]
    possible = _ZERO
    for pattern in range(len(patterns)):
        possible |= (kinds & patterns[pattern, 2] == patterns[pattern, 2]) << pattern
    return possible


@compile_helper
def _match_any_pattern(tokens, at, calendar, possible, values):
    """Return where the first matching pattern ends and the form it reads; ``at`` when no pattern matches here."""
    kinds, patterns = calendar.begins[tokens[at]], calendar.patterns
    for pattern in range(len(patterns)):
        # Two tests of bits spare nearly every pattern its walk over the words: is it possible in this message, and
        # can it begin here?
        if possible >> pattern & 1 and kinds & patterns[pattern, 1]:
            end = _match_pattern(tokens, at, calendar, pattern, values)
            if end > at:
                return end, patterns[pattern, 0]
    return at, _ZERO


@compile_helper
def _match_pattern(tokens, at, calendar, pattern, values):
    """Return where this pattern ends if it matches here, else ``at``.

    ``values`` are filled with what the words at its positions stand for, 0 at a position without words. Example
    "in 2 weeks" by "spans numbers of? units !ago": 1 (a word without a value), 2, 0 ("of" may be missing), 7 (days), 0.
    """
    patterns, phrases = calendar.patterns, calendar.phrases
    position = at
    for column in range(3, patterns.shape[1], 2):
        kind, rule = patterns[pattern, column], patterns[pattern, column + 1]
        values[column // 2 - 1] = 0.0
        if kind < 0:
            break
        end = position
        if position < len(tokens) and calendar.begins[tokens[position]] >> kind & 1:
            # "14" and "14th" are numbers in themselves; all other words look for the longest phrase that begins with
            # them.
            if calendar.number[tokens[position]] >= 0 and calendar.numeric >> kind & 1:
                end, values[column // 2 - 1] = position + 1, calendar.number[tokens[position]]
            else:
                for phrase in range(calendar.phrases_from[kind], calendar.phrases_from[kind + 1]):
                    if phrases[phrase, 1] == tokens[position] and _matches_phrase(tokens, position, phrases, phrase):
                        end, values[column // 2 - 1] = position + phrases[phrase, 0], calendar.value[phrase]
                        break
        if (rule == MUST and end == position) or (rule == MUST_NOT and end > position):
            return at
        position = end
    return position


@compile_helper
def _matches_phrase(tokens, at, phrases, row):
    """Return whether the words of this row of ``phrases`` begin at ``at``."""
    if at + phrases[row, 0] > len(tokens):
        return False
    for step in range(phrases[row, 0]):
        if tokens[at + step] != phrases[row, 1 + step]:
            return False
    return True


@compile_helper
def _contains_phrase(tokens, phrases):
    """Return 1 when one of the phrases is anywhere in the message, else 0."""
    for at in range(len(tokens)):
        for phrase in range(len(phrases)):
            if _matches_phrase(tokens, at, phrases, phrase):
                return 1
    return 0


@compile_helper
def _count_days(form, values, written):
    """Return the days to what a pattern read, -1 when the day of writing is unknown or there is no such date."""
    if form <= SPAN:
        return values[1] * values[5 if form == LONG_SPAN else 3]
    if form == HABIT:
        return _NO_DATE
    if written <= UNKNOWN_DAY:
        return _guess_days(form)
    if form == WEEKDAY or form == WEEK_FROM or form == ON_DIGITS or form == BY_WEEKDAY:
        return _count_days_to_weekday(form, values, written)
    # 1 January 1970, day 0, was a Thursday, weekday 3.
    if form == IN_NEXT_WEEK:
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
        return _NO_DATE
    last = 28 if to_month == 2 else 30 if to_month == 4 or to_month == 6 or to_month == 9 or to_month == 11 else 31
    # A date earlier than today is one of the next year.
    to_year = year + (to_month < month or (to_month == month and to_day < day))
    return float(_to_day_number(to_year, to_month, to_day if to_day < last else last) - written)


@compile_helper
def _guess_days(form):
    """Return the days to a form of date when the day of writing is unknown."""
    if form == WEEKDAY or form == BY_WEEKDAY:
        return _WEEKDAY_WITHOUT_DATE
    return _MONTH_END_WITHOUT_DATE if form == MONTH_END else _NO_DATE


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
    """Return month and day of the date that a pattern read, day 0 when it names a year that is over."""
    year, month, day = today
    if form == DATED:
        if 0 < values[3 + shift] < year:
            return month, _ZERO
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
