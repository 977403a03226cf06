"""Which texts move each score most? The loop behind ``features.explain.reasons``, row by row over plain arrays.

Lives here: the text of each signal's value, the text of each group, what each text adds up to, the strongest of them.
Does not live here: the numbers of texts and groups, and the words (``features.explain.reasons``).
"""

from typing import NamedTuple

import numpy as np

from features.kernels.jit import compile_cached, inline_helper

__all__ = ["NOBODY", "RankedTexts", "TextNumbers", "create_ranked", "rank_texts"]

NOBODY = -1
"""In place of a text, a signal or a group where a row has fewer reasons."""
_UNSAID = -1.0
"""Strength of a signal that has no text: less than that of any other."""


class TextNumbers(NamedTuple):
    """The texts and groups of s signals, as numbers.

    Parameters
    ----------
    group : int64 array of shape (s,)
    unknown, zero, other : int64 arrays of shape (s,)
        The text for NaN, for zero, for any other value.
    hidden : bool array of shape (groups,)
        Groups that are never a reason of their own.
    flags : int64 array of shape (f,)
        Signals that say whether a field was sent.
    reads : bool array of shape (f, s)
        Which signals read the field of each flag.
    flag_by_text : int64 array of shape (texts,)
        The flag that speaks with a text where its field was not sent, else ``NOBODY``. The last text is nobody's: what
        may not be a reason collects there.
    """

    group: np.ndarray
    unknown: np.ndarray
    zero: np.ndarray
    other: np.ndarray
    hidden: np.ndarray
    flags: np.ndarray
    reads: np.ndarray
    flag_by_text: np.ndarray


class RankedTexts(NamedTuple):
    """The strongest texts of n rows, the strongest first; ``NOBODY`` and 0 where a row has fewer.

    Parameters
    ----------
    shown : int64 array of shape (n,)
        How many of its texts each row shows.
    log_odds : float64 array of shape (n, limit)
    source : int64 array of shape (n, limit)
        The signal in whose words the text is said.
    value : float64 array of shape (n, limit)
        The value that is said; NaN unknown.
    member : int64 array of shape (n, limit)
        The first group that has the text.
    groups : int64 array of shape (n, limit)
        How many groups have it.
    text_of_group : int64 array of shape (n, groups)
    text : int64 array of shape (n, limit)
    hidden : float64 array of shape (n,)
        What groups without a text of their own add up to.
    others : float64 array of shape (n, texts)
        What each text adds up to that is not shown, in the order of the texts: the first ``texts - shown`` of a row.
    """

    shown: np.ndarray
    log_odds: np.ndarray
    source: np.ndarray
    value: np.ndarray
    member: np.ndarray
    groups: np.ndarray
    text_of_group: np.ndarray
    text: np.ndarray
    hidden: np.ndarray
    others: np.ndarray


def create_ranked(rows: int, limit: int, numbers: TextNumbers) -> RankedTexts:
    """Create the arrays that ``rank_texts`` fills."""
    texts, groups = len(numbers.flag_by_text), len(numbers.hidden)
    ints = [np.full((rows, width), NOBODY, np.int64) for width in (limit, limit, limit, groups, limit)]
    source, member, count, text_of_group, text = ints
    return RankedTexts(
        np.zeros(rows, np.int64),
        np.zeros((rows, limit)),
        source,
        np.zeros((rows, limit)),
        member,
        count,
        text_of_group,
        text,
        np.zeros(rows),
        np.zeros((rows, texts)),
    )


@compile_cached
def rank_texts(values, parts, strength, numbers, ranked):
    """Fill ``ranked``.

    Parameters
    ----------
    values : float32 array of shape (n, s)
    parts : float64 array of shape (n, s), log-odds
    strength : float64 array of shape (n, groups)
        What each group adds up to.
    """
    texts = len(numbers.flag_by_text)
    text_of_signal = np.empty(len(numbers.group), np.int64)
    strongest = np.empty(len(numbers.hidden), np.int64)
    totals = np.empty(texts)
    for row in range(len(values)):
        _find_texts(values[row], numbers, text_of_signal)
        _choose_strongest(parts[row], numbers, text_of_signal, strongest)
        text_of_group = ranked.text_of_group[row]
        totals[:] = 0.0
        for group in range(len(strongest)):
            text = texts - 1 if numbers.hidden[group] else text_of_signal[strongest[group]]
            text_of_group[group] = text
            # Two groups with the same text ("No phone number given") are one reason.
            totals[text] += strength[row, group]
        ranked.hidden[row], totals[texts - 1] = totals[texts - 1], 0.0
        _show_strongest(totals, ranked, row)
        _find_speakers(values[row], parts[row], numbers, strongest, ranked, row)


@inline_helper
def _find_texts(values, numbers, text_of_signal):
    """Find the text that each signal has for its value.

    An unknown signal whose field was not sent has the text of that field's flag; a flag of a field that was sent has
    none.
    """
    for signal in range(len(values)):
        value = values[signal]
        if np.isnan(value):
            text_of_signal[signal] = numbers.unknown[signal]
        else:
            text_of_signal[signal] = numbers.zero[signal] if value == 0 else numbers.other[signal]
    for flag in numbers.flags:
        text_of_signal[flag] = numbers.zero[flag] if values[flag] == 0 else len(numbers.flag_by_text) - 1
    for number in range(len(numbers.flags)):
        flag = numbers.flags[number]
        if values[flag] == 0:
            for signal in range(len(values)):
                if numbers.reads[number, signal] and np.isnan(values[signal]):
                    text_of_signal[signal] = numbers.zero[flag]


@inline_helper
def _choose_strongest(parts, numbers, text_of_signal, strongest):
    """Choose the signal of each group that moved the score most, the first of equal ones.

    A flag speaks for its group only where its field was not sent.
    """
    nobodys = len(numbers.flag_by_text) - 1
    strongest[:] = NOBODY
    for signal in range(len(parts)):
        group = numbers.group[signal]
        best = strongest[group]
        if best == NOBODY:
            strongest[group] = signal
            continue
        weight = abs(parts[signal]) if text_of_signal[signal] < nobodys else _UNSAID
        best_weight = abs(parts[best]) if text_of_signal[best] < nobodys else _UNSAID
        if weight > best_weight:
            strongest[group] = signal


@inline_helper
def _show_strongest(totals, ranked, row):
    """Show the texts that add up to most, the first of equal ones, and keep what the others add up to."""
    limit, shown = ranked.text.shape[1], 0
    while shown < limit:
        best, weight = NOBODY, 0.0
        for text in range(len(totals)):
            if abs(totals[text]) > weight:
                is_shown = False
                for rank in range(shown):
                    is_shown = is_shown or ranked.text[row, rank] == text
                if not is_shown:
                    best, weight = text, abs(totals[text])
        if best == NOBODY:
            break
        ranked.text[row, shown], ranked.log_odds[row, shown] = best, totals[best]
        shown += 1
    ranked.shown[row] = shown
    count = 0
    for text in range(len(totals)):
        is_shown = False
        for rank in range(shown):
            is_shown = is_shown or ranked.text[row, rank] == text
        if not is_shown:
            ranked.others[row, count] = totals[text]
            count += 1


@inline_helper
def _find_speakers(values, parts, numbers, strongest, ranked, row):
    """Find who says each text that is shown: the strongest signal that has it, or the flag whose words they are."""
    text_of_group = ranked.text_of_group[row]
    for rank in range(ranked.shown[row]):
        text, speaker, groups = ranked.text[row, rank], NOBODY, 0
        for group in range(len(strongest)):
            if text_of_group[group] != text:
                continue
            if groups == 0:
                ranked.member[row, rank] = group
            groups += 1
            signal = strongest[group]
            if speaker == NOBODY or abs(parts[signal]) > abs(parts[speaker]):
                speaker = signal
            elif abs(parts[signal]) == abs(parts[speaker]) and signal < speaker:
                speaker = signal
        ranked.groups[row, rank] = groups
        flag = numbers.flag_by_text[text]
        # The words of a field that was not sent are the flag's, whichever signal misses it most.
        ranked.source[row, rank] = speaker if flag == NOBODY else flag
        ranked.value[row, rank] = values[speaker] if flag == NOBODY else 0.0
