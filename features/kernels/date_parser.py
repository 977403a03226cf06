"""Which dates and spans are in these words? The loops of ``text.times``.

Lives here: matching the patterns of dates word by word.
Does not live here: counting days (``days_ahead``), the patterns, their words, and what those stand for
(``text.times.time_expressions``).
"""

from typing import NamedTuple

import numpy as np

from features.kernels.days_ahead import (
    AFTER_THAT,
    IN_NEXT_WEEK,
    MAX_DAYS,
    MAX_DAYS_TO_MONTH,
    MAX_DAYS_TO_SEASON,
    MONTH,
    NO_DATE,
    SEASON,
    SPAN,
    UNKNOWN_DAY,
    WEEKDAY,
    ZERO,
    count_days,
)
from features.kernels.jit import compile_cached, compile_helper

__all__ = [
    "CLAUSE_ENDS",
    "EXCEPT",
    "IN_PHRASE",
    "MAY",
    "MUST",
    "MUST_NOT",
    "NOT_SINCE",
    "ON_CALENDAR",
    "PAST",
    "RULED_OUT",
    "Calendar",
    "TimeRows",
    "add_time",
    "find_dates",
    "find_soonest",
]

MUST, MAY, MUST_NOT = range(3)
"""Whether a pattern needs a word of one kind at its next position."""
PAST, CLAUSE_ENDS, NOT_SINCE, EXCEPT = 1, 2, 3, 4
"""What a word tells about a date behind it: that it is over; that nothing before this word matters; that a span is how
long something has not happened ("hasn't slept in 5 days"); that it is the one day that does not suit ("except
Friday"), unless a word such as "before" begins the date ("can't come before Friday")."""
EXCEPT_REACH = 4
"""Words up to a date that "can't" rules out: "can't do 2 pm Thursday", but not "can't walk, please see me Friday"."""

_UNREAD = -1
ON_CALENDAR, RULED_OUT, IN_PHRASE = range(3)
"""Kinds of times that a message states: a date or span, one that the words before it make no wish, a fixed phrase."""


class TimeRows(NamedTuple):
    """The times that messages state, filled one behind the other.

    Parameters
    ----------
    rows : int64 array of shape (room, 4): message, first token and end, kind
    days : float array of shape (room,)
    used : int64 array of shape (1,); how many there are
    """

    rows: np.ndarray
    days: np.ndarray
    used: np.ndarray


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
def find_soonest(ids, tokens_from, calendar, written, days, times):
    """Fill ``days`` with the soonest date or span of each message, infinity without one, and add all to ``times``.

    ``written`` is the day on which each was written, in days since 1970, or ``UNKNOWN_DAY``.
    """
    longest = 0
    for m in range(len(written)):
        if tokens_from[m + 1] - tokens_from[m] > longest:
            longest = tokens_from[m + 1] - tokens_from[m]
    # One working space for all messages, as long as the longest: a date takes at least one word.
    spans, ahead = np.empty((longest + 1, 3), np.int64), np.empty(longest + 1)
    for m in range(len(written)):
        days[m], begin = np.inf, tokens_from[m]
        for date in range(find_dates(ids[begin : tokens_from[m + 1]], calendar, written[m], spans, ahead)):
            if spans[date, 2] == ON_CALENDAR and ahead[date] < days[m]:
                days[m] = ahead[date]
            add_time(times, m, begin + spans[date, 0], begin + spans[date, 1], spans[date, 2], ahead[date])


@compile_helper
def add_time(times, message, begin, end, kind, days):
    """Add a time that a message states."""
    at = times.used[0]
    times.rows[at, 0], times.rows[at, 1], times.rows[at, 2], times.rows[at, 3] = message, begin, end, kind
    times.days[at] = days
    times.used[0] = at + 1


@compile_cached
def find_dates(tokens, calendar, written, spans, ahead):
    """Find each date or span that lies ahead; return how many there are.

    Their words and their kind go to ``spans`` (half-open; ``ON_CALENDAR`` or ``RULED_OUT``), their days to ``ahead``.
    """
    begins, tenses = calendar.begins, calendar.tense
    possible = _find_possible_patterns(tokens, begins, calendar.patterns)
    if not possible:
        return ZERO
    count = at = tense = looked = tense_at = ZERO
    next_week = in_next_week = weekday = _UNREAD
    last_days = NO_DATE
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
            tense_at = looked if tenses[tokens[looked]] else tense_at
            tense = tenses[tokens[looked]] if tenses[tokens[looked]] else tense
            looked += 1
        is_ruled_out = _is_ruled_out(form, tense, at - tense_at, tenses[tokens[at]])
        days = _count_days_from(last_days, form, values, written)
        if not is_ruled_out:
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
        most = MAX_DAYS_TO_MONTH if form == MONTH else MAX_DAYS_TO_SEASON if form == SEASON else MAX_DAYS
        if 0 <= days <= most:
            last_days = days
            spans[count, 0], spans[count, 1], ahead[count] = at, end, days
            spans[count, 2] = RULED_OUT if is_ruled_out else ON_CALENDAR
            count += 1
        at = end
    return count


@compile_helper
def _count_days_from(last_days, form, values, written):
    """Return the days to what a pattern read, whose form may count from the time before it: "the day after that"."""
    if form == AFTER_THAT:
        return last_days + values[0] if last_days >= 0 else NO_DATE
    return count_days(form, values, written)


@compile_helper
def _is_ruled_out(form, tense, distance, first_word):
    """Return whether what stands before a date says that it is no wish.

    Parameters
    ----------
    tense, distance : int
        What the nearest word before the date that tells anything tells, and how many words before it that one stands.
    first_word : int
        What the date's own first word tells.
    """
    if form <= SPAN:
        return tense == NOT_SINCE
    return tense == PAST or (tense == EXCEPT and distance <= EXCEPT_REACH and first_word != CLAUSE_ENDS)


@compile_helper
def _find_possible_patterns(tokens, begins, patterns):
    """Return a bit for each pattern whose needed kinds of words all begin somewhere in the message.

    Example: "months" is kind 3 and "day" kind 5, so "march 14th" needs 0b101000. A message with kinds 0b101010 has both
    (0b101010 & 0b101000 == 0b101000), one with 0b001010 has no day. Most messages have no date and end here.
    """
    kinds = ZERO
    for token in tokens:
        kinds |= begins[token]
    possible = ZERO
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
    return at, ZERO


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
