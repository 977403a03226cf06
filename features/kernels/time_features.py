"""What stands around a time that a message states? The loop behind ``text.times.time_model``.

Lives here: the words around each time by their places, and a few facts of the time and its message, as numbers.
Does not live here: what they weigh (``text.times.time_model``), learning it (``training.messages.fit_times``).
"""

from typing import NamedTuple

import numpy as np

from features.kernels.jit import compile_cached, compile_helper

__all__ = ["FACTS", "LABELS", "PLACES", "PLACE_OF_COLUMN", "TimedMessages", "fill_features"]

PLACES = ("last", "second_last", "third_last", "before", "first", "second", "behind", "inside", "opening", "farther")
"""Places of a word beside a time: the three before it, any of nine before it in its sentence, the two behind it, any of
six behind it, in the time itself, the first two of its sentence, any of twelve farther before or behind."""
_BEFORE, _BEHIND, _INSIDE, _OPENING, _FARTHER = 9, 6, 8, 2, 12
PLACE_OF_COLUMN = np.array(
    [0, 1, 2, *[3] * _BEFORE, 4, 5, *[6] * _BEHIND, *[7] * _INSIDE, *[8] * _OPENING, *[9] * 2 * _FARTHER], np.int64
)
_FIRST_BEFORE, _FIRST_NEXT, _FIRST_BEHIND, _FIRST_INSIDE, _FIRST_OPENING, _FIRST_FARTHER = 3, 12, 14, 20, 28, 30
_LONGEST_WAY = 40
"""Words before a time among which its sentence begins, at most: a message may be a megabyte of dates."""

LABELS = (
    "appointment",
    "change_visit",
    "information_only",
    "spam",
    "not_a_lead",
    "red_flag",
    "price_only",
    "callback",
    "second_opinion",
    "test",
)
"""Labels whose log-odds are facts of a message, in their order."""
_DAYS = np.array([0.5, 1.5, 4.5, 9.5, 20.5, 60.5, 120.5])
_KINDS = 3
_FIRST_DAYS = _KINDS
_ONLY = _FIRST_DAYS + len(_DAYS) + 1
_FIRST_LABEL = _ONLY + 10
FACTS = _FIRST_LABEL + len(LABELS) + 3
"""Number of facts: kind (3), days (8), only, first, last, soonest and latest time of its message, chosen by rules, none
chosen by rules, has a visit, few words, many words, labels (10), moves a visit and is the last, first or only time."""
_FEW_WORDS, _MANY_WORDS = 8, 40
_MOST_LOG_ODDS, _STEP = 6.0, 0.25
_BAR, _COMMA, _START, _END = 1, 2, 3, 4
"""Numbers of the end of a sentence, of a comma, and of start and end of a message (``text.spell_correction``)."""


class TimedMessages(NamedTuple):
    """Messages, and the times that they state.

    Parameters
    ----------
    tokens, tokens_from : int64 arrays; the words of all messages by number, and where those of each begin
    rows : int64 array of shape (t, 4); message, first token and end, kind of each time, by message and place
    days : float array of shape (t,)
    word_rows : int64 array of shape (words,); the row of each word in the model's table
    log_odds : float array of shape (m, labels), of ``LABELS``
    by_rules : float array of shape (m,); the days that rules choose, NaN for none
    has_visit : bool array of shape (m,)
    """

    tokens: np.ndarray
    tokens_from: np.ndarray
    rows: np.ndarray
    days: np.ndarray
    word_rows: np.ndarray
    log_odds: np.ndarray
    by_rules: np.ndarray
    has_visit: np.ndarray


@compile_cached
def fill_features(messages, words, facts):
    """Fill ``words`` (t, columns) with the table's row of the word at each column's place, -1 for none, and ``facts``.

    ``facts`` has shape (t, ``FACTS``) and comes with zeros.
    """
    rows, days = messages.rows, messages.days
    low = 0
    while low < len(rows):
        high = low + 1
        while high < len(rows) and rows[high, 0] == rows[low, 0]:
            high += 1
        soonest, latest = days[low:high].min(), days[low:high].max()
        for at in range(low, high):
            _fill_words(messages, at, words)
            _fill_facts(messages, at, facts)
            is_only, is_first, is_last = soonest == latest, at == low, at == high - 1
            facts[at, _ONLY], facts[at, _ONLY + 1], facts[at, _ONLY + 2] = is_only, is_first, is_last
            facts[at, _ONLY + 3], facts[at, _ONLY + 4] = days[at] == soonest, days[at] == latest
            moves = 1.0 / (1.0 + np.exp(-messages.log_odds[rows[at, 0], 1]))
            of_move = _FIRST_LABEL + len(LABELS)
            facts[at, of_move], facts[at, of_move + 1] = moves * is_last, moves * is_first
            facts[at, of_move + 2] = moves * is_only
        low = high


@compile_helper
def _fill_facts(messages, at, facts):
    """Fill in what one time and its message are by themselves."""
    message, days = messages.rows[at, 0], messages.days[at]
    facts[at, messages.rows[at, 3]] = 1.0
    facts[at, _FIRST_DAYS + np.searchsorted(_DAYS, days)] = 1.0
    facts[at, _ONLY + 5] = messages.by_rules[message] == days
    facts[at, _ONLY + 6] = np.isnan(messages.by_rules[message])
    facts[at, _ONLY + 7] = messages.has_visit[message]
    length = messages.tokens_from[message + 1] - messages.tokens_from[message]
    facts[at, _ONLY + 8], facts[at, _ONLY + 9] = length <= _FEW_WORDS, length > _MANY_WORDS
    for label in range(len(LABELS)):
        log_odds = min(max(messages.log_odds[message, label], -_MOST_LOG_ODDS), _MOST_LOG_ODDS)
        facts[at, _FIRST_LABEL + label] = log_odds * _STEP


@compile_helper
def _fill_words(messages, at, words):
    """Fill in the words around one time, as far as its sentence goes."""
    tokens, of_word = messages.tokens, messages.word_rows
    message, begin, end = messages.rows[at, 0], messages.rows[at, 1], messages.rows[at, 2]
    words[at, :] = -1
    left = begin
    while left > messages.tokens_from[message] and tokens[left - 1] != _BAR and begin - left < _BEFORE:
        left -= 1
    for step in range(1, 4):
        words[at, step - 1] = of_word[tokens[begin - step] if begin - step >= left else _START]
    for position in range(begin - left):
        words[at, _FIRST_BEFORE + position] = of_word[tokens[left + position]]
    right = end
    while right < messages.tokens_from[message + 1] and right - end < _BEHIND:
        if tokens[right] == _BAR or tokens[right] == _END:
            break
        right += 1
    for step in range(2):
        words[at, _FIRST_NEXT + step] = of_word[tokens[end + step] if end + step < right else _END]
    for position in range(right - end):
        words[at, _FIRST_BEHIND + position] = of_word[tokens[end + position]]
    for position in range(min(end - begin, _INSIDE)):
        words[at, _FIRST_INSIDE + position] = of_word[tokens[begin + position]]
    _fill_opening(messages, at, words)
    low, high = messages.tokens_from[message], messages.tokens_from[message + 1]
    for position in range(min(left - low, _FARTHER)):
        words[at, _FIRST_FARTHER + position] = of_word[tokens[left - 1 - position]]
    for position in range(min(high - right, _FARTHER)):
        words[at, _FIRST_FARTHER + _FARTHER + position] = of_word[tokens[right + position]]


@compile_helper
def _fill_opening(messages, at, words):
    """Fill in the first words of the sentence, or of the part behind a comma, in which one time stands."""
    tokens, low, begin = messages.tokens, messages.tokens_from[messages.rows[at, 0]], messages.rows[at, 1]
    opening = begin
    while opening > low and begin - opening < _LONGEST_WAY:
        if _BAR <= tokens[opening - 1] <= _START:
            break
        opening -= 1
    for position in range(min(begin - opening, _OPENING)):
        words[at, _FIRST_OPENING + position] = messages.word_rows[tokens[opening + position]]
