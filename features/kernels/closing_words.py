"""Where does a message stop, and "Thanks, Maria" begin? The loop that takes closing words off the end.

Lives here: dropping closings, and the name behind one, from messages that are split into words.
Does not live here: which words close a message (``text/vocabulary/closings.txt``), splitting (``kernels.tokenizer``).
"""

from typing import NamedTuple

import numpy as np

from features.kernels.jit import compile_cached, compile_helper

__all__ = ["Closings", "drop_closings", "hash_phrases"]

_LETTERS, _START, _STOP, _HASH = range(4)
"""Columns of the tokenizer's word rows."""
_MOST_NAMES = 3
"""Words of a name behind a closing: "Thanks, Mary Ann Smith"."""
_BAR = 1
"""Position of ``|`` among the marks."""
_A, _Z, _LOWER_A, _LOWER_Z = ord("A"), ord("Z"), ord("a"), ord("z")


class Closings(NamedTuple):
    """Words that close a message, int64 arrays, ascending but for the marks.

    Parameters
    ----------
    phrases : hashes of closings, by ``hash_phrases``
    last : word hashes; the last word of each closing
    guards : word hashes; behind one of these a closing is a part of the sentence: "no thanks"
    plain : word hashes; these are no name, though they may begin with a capital
    marks : word hashes of ``,`` and ``|``, in this order
    longest : int; words of the longest closing
    """

    phrases: np.ndarray
    last: np.ndarray
    guards: np.ndarray
    plain: np.ndarray
    marks: np.ndarray
    longest: int


@compile_cached
def hash_phrases(word_hashes, words_from):
    """Hash all words of each message as one phrase. Shape (m,), int64."""
    phrases = np.empty(len(words_from) - 1, np.int64)
    for m in range(len(phrases)):
        phrases[m] = _hash_run(word_hashes[words_from[m] : words_from[m + 1]])
    return phrases


@compile_cached
def drop_closings(characters, starts, table, closings):
    """Drop the closings of each message, so that its other words are all that is left; return the word count.

    Parameters
    ----------
    characters, starts : the messages as ``kernels.tokenizer.split_words`` takes them
    table : letters, word rows and bounds as ``kernels.tokenizer.split_words`` fills them; changed in place
    closings : Closings

    A message that is nothing but a closing keeps it. With the closing goes the comma before it; the end of a sentence
    stays. Example: "My knee hurts. Thanks, Maria" is "my knee hurts |".
    """
    letters, rows, words_from = table
    remaining = used = np.int64(0)
    for m in range(len(words_from) - 1):
        low, high = words_from[m], words_from[m + 1]
        stop = _find_closing(characters[starts[m] :], rows[low:high], closings) + low
        first, behind = rows[low, _LETTERS], rows[stop, _LETTERS]
        # The bound of the message before is written only now, because it is the one that was read above.
        words_from[m] = remaining
        if remaining != low:
            letters[used : used + behind - first] = letters[first:behind]
            for row in range(low, stop):
                rows[remaining] = rows[row]
                rows[remaining, _LETTERS] += used - first
                remaining += 1
        else:
            remaining = stop
        used += behind - first
    words_from[len(words_from) - 1] = remaining
    rows[remaining, _LETTERS] = used
    return remaining


@compile_helper
def _find_closing(characters, rows, closings):
    """Return how many words of a message come before its closings; all of them without one."""
    stop = len(rows)
    while True:
        end = _skip_marks(rows, stop, closings.marks)
        begin = _match_closing(rows, end, closings)
        for _ in range(_MOST_NAMES):
            if begin < end or end == 0 or not _is_name(characters, rows[end - 1], closings.plain):
                break
            end = _skip_marks(rows, end - 1, closings.marks)
            begin = _match_closing(rows, end, closings)
        if begin == end:
            break
        stop = begin
    end = _skip_marks(rows, stop, closings.marks)
    if stop == len(rows) or end == 0:
        return len(rows)
    return end + 1 if end < stop and rows[end, _HASH] == closings.marks[_BAR] else end


@compile_helper
def _skip_marks(rows, end, marks):
    """Return where the commas and ends of sentences before ``end`` begin."""
    while end > 0 and (rows[end - 1, _HASH] == marks[0] or rows[end - 1, _HASH] == marks[1]):
        end -= 1
    return end


@compile_helper
def _match_closing(rows, end, closings):
    """Return where the longest closing that ends at ``end`` begins; ``end`` without one."""
    if end == 0 or not _is_among(rows[end - 1, _HASH], closings.last):
        return end
    for begin in range(max(end - closings.longest, 0), end):
        is_guarded = begin > 0 and _is_among(rows[begin - 1, _HASH], closings.guards)
        if not is_guarded and _is_among(_hash_run(rows[begin:end, _HASH]), closings.phrases):
            return begin
    return end


@compile_helper
def _is_name(characters, row, plain):
    """Return whether a word is written like a name: a capital and then none, or a capital alone."""
    first = characters[row[_START]]
    if not _A <= first <= _Z or _is_among(row[_HASH], plain):
        return False
    return row[_STOP] - row[_START] == 1 or _LOWER_A <= characters[row[_START] + 1] <= _LOWER_Z


@compile_helper
def _hash_run(word_hashes):
    """Return the hash of a run of words."""
    run = np.uint64(0)
    for word_hash in word_hashes:
        # The golden ratio's bits, and a shift so that high bits reach low ones (splitmix64, Steele 2014).
        run = (run ^ np.uint64(word_hash)) * np.uint64(0x9E3779B97F4A7C15)
        run ^= run >> np.uint64(29)
    return np.int64(run)


@compile_helper
def _is_among(word_hash, ascending):
    """Return whether a hash is one of these, which ascend."""
    at = np.searchsorted(ascending, word_hash)
    return at < len(ascending) and ascending[at] == word_hash
