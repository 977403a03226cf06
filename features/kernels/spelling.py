"""Which word did the person mean? A table of known words, and words that are one slip away from one of them.

Lives here: compiled look-ups by hash, correction of one slip. Does not live here: splitting messages into words
(``tokenizer``), which words there are (``features.text``).
"""

from typing import NamedTuple

import numpy as np

from features.kernels.jit import compile_cached, compile_helper
from features.kernels.tokenizer import EMPTY_HASH, HASH, IS_LETTER, LETTERS, MARK, OTHER, SHORT, extend_hash

__all__ = ["TokenTable", "Vocabulary", "correct_words", "fill_word_table"]

_MIN_LETTERS_WRONG_LETTER = 8
"""A wrong letter is forgiven in words of at least this many letters."""


class Vocabulary(NamedTuple):
    """The known words as arrays, by number.

    Parameters
    ----------
    slots : hash table of the words, rows of hash and number; see ``fill_word_table``
    kind : the kind of each word: ``FINAL``, ``SHORT``, ``MARK`` or ``OTHER``
    same, same_from : short form ``w`` stands for the words ``same[same_from[w]:same_from[w + 1]]``
    letters, first : the letters of word ``w`` are ``letters[first[w]:first[w + 1]]``
    watched, watched_from : words that are recognized with one slip, by bucket of their first letter
    start, end : numbers of a message's start and end
    """

    slots: np.ndarray
    kind: np.ndarray
    same: np.ndarray
    same_from: np.ndarray
    letters: np.ndarray
    first: np.ndarray
    watched: np.ndarray
    watched_from: np.ndarray
    start: int
    end: int


class TokenTable(NamedTuple):
    """The intended words of m messages, filled by ``correct_words``.

    Parameters
    ----------
    ids, word_of : number of each token, and the word that it came from, -1 for the start and the end of a message
    tokens_from : tokens of message ``i`` are ``tokens_from[i]`` to ``tokens_from[i + 1]``
    word_counts : words in each message, without sentence marks and commas
    """

    ids: np.ndarray
    word_of: np.ndarray
    tokens_from: np.ndarray
    word_counts: np.ndarray


@compile_cached
def fill_word_table(letters, first, slots):
    """Fill the hash table of words; return whether no two of them have the same hash.

    Open addressing: a word goes to the first empty row from its start on, and -1 as the number marks an empty row. The
    length is a power of two, so that ``& (length - 1)`` wraps around: with 8 rows, row 7 is followed by 8 & 7 = 0.
    """
    for word in range(len(first) - 1):
        word_hash = _hash_word(letters, first[word], first[word + 1])
        at = _find_start(word_hash, len(slots))
        while slots[at, 1] >= 0:
            if slots[at, 0] == word_hash:
                return False
            at = (at + 1) & (len(slots) - 1)
        slots[at, 0], slots[at, 1] = word_hash, word
    return True


@compile_helper
def _hash_word(letters, low, high):
    """Return the hash of a word."""
    word_hash = EMPTY_HASH
    for at in range(low, high):
        word_hash = extend_hash(word_hash, letters[at])
    return word_hash


@compile_helper
def _find_start(word_hash, size):
    """Return the row at which to look for a hash first: its low bits, mixed with the higher ones, modulo the size."""
    return (word_hash ^ (word_hash >> 29)) & (size - 1)


@compile_helper
def _look_up(word_hash, slots):
    """Return the number of the word with this hash, -1 when there is none.

    Only hashes are compared: an unknown word has one of 2**64, so it hardly ever has that of a vocabulary word.
    """
    at = _find_start(word_hash, len(slots))
    while slots[at, 1] >= 0:
        if slots[at, 0] == word_hash:
            return slots[at, 1]
        at = (at + 1) & (len(slots) - 1)
    return np.int64(-1)


@compile_cached
def correct_words(words, vocabulary, classes, tokens):
    """Fill ``tokens`` with the numbers of the intended words, 0 for an unknown one; return how many tokens there are.

    Each message begins with ``vocabulary.start`` and ends with ``vocabulary.end``. Sentence marks and commas at its end
    are dropped. A short form becomes several tokens of one word: "pls call asap." is start, please, call, as, soon, as,
    possible, end when the vocabulary has "asap" as "as soon as possible".
    """
    kind, same, same_from = vocabulary.kind, vocabulary.same, vocabulary.same_from
    rows, words_from, ids, word_of = words.rows, words.words_from, tokens.ids, tokens.word_of
    used = 0
    for m in range(len(words_from) - 1):
        tokens.tokens_from[m] = used
        ids[used], word_of[used] = vocabulary.start, -1
        used += 1
        # Where the end goes: behind the last token that is no mark.
        end_at, count = used, 0
        for word in range(words_from[m], words_from[m + 1]):
            number = _look_up(rows[word, HASH], vocabulary.slots)
            if number < 0 or kind[number] == OTHER:
                low, high = rows[word, LETTERS], rows[word + 1, LETTERS]
                number = _correct_slip(number, words.letters, low, high, vocabulary, classes)
            if number >= 0 and kind[number] == SHORT:
                for part in range(same_from[number], same_from[number + 1]):
                    ids[used], word_of[used] = same[part], word
                    used += 1
            else:
                ids[used], word_of[used] = number if number > 0 else 0, word
                used += 1
            if number < 0 or kind[number] != MARK:
                end_at = used
                count += 1
        tokens.word_counts[m] = count
        ids[end_at], word_of[end_at] = vocabulary.end, -1
        used = end_at + 1
    tokens.tokens_from[len(words_from) - 1] = used
    return used


@compile_helper
def _correct_slip(number, letters, low, high, vocabulary, classes):
    """Return the word that a misspelled one stands for; ``number`` (-1 for an unknown word) when there is none.

    First drawn-out letters are shortened, "sooon" to "soon" and then "son". Else the one watched word that is a slip
    away is taken; when there are two, neither is.
    """
    is_drawn_out = False
    for at in range(low, high):
        if not classes[letters[at]] & IS_LETTER:
            return number
        is_drawn_out |= at >= low + 2 and letters[at] == letters[at - 1] and letters[at] == letters[at - 2]
    if is_drawn_out:
        for run in range(2, 0, -1):
            shortened = _look_up(_hash_shortened(letters, low, high, run), vocabulary.slots)
            if shortened >= 0 and vocabulary.kind[shortened] != OTHER:
                return shortened
    right, first, watched, watched_from = (
        vocabulary.letters,
        vocabulary.first,
        vocabulary.watched,
        vocabulary.watched_from,
    )
    near = number
    # 64 buckets have 65 bounds, so the mask is 65 - 2 = 63 = 0b111111: "s" = 115 = 0b1110011, bucket 0b110011 = 51.
    bucket = letters[low] & np.uint32(len(watched_from) - 2)
    for at in range(watched_from[bucket], watched_from[bucket + 1]):
        begin, end = first[watched[at]], first[watched[at] + 1]
        if (
            -1 <= (end - begin) - (high - low) <= 1
            and right[begin] == letters[low]
            and _is_one_slip(letters, low, high, right, begin, end)
        ):
            if near != number:
                return number
            near = watched[at]
    return near


@compile_helper
def _hash_shortened(letters, low, high, run):
    """Return the hash of the word with runs of three or more equal letters (a to z) cut to ``run``."""
    word_hash, at = EMPTY_HASH, low
    while at < high:
        end = at
        while end < high and letters[end] == letters[at]:
            end += 1
        repeats = run if end - at > 2 and 97 <= letters[at] <= 122 else end - at
        for _ in range(repeats):
            word_hash = extend_hash(word_hash, letters[at])
        at = end
    return word_hash


@compile_helper
def _is_one_slip(letters, low, high, right, begin, end):
    """Return whether one slip makes ``right`` of the word.

    A slip is one letter lost, doubled or added, two neighbors swapped, or (in a long word) one wrong letter. What the
    two words share at the front and at the back decides: "apointment" and "appointment" share "ap" and "ointment", all
    10 letters of the shorter one, so one letter was lost. "sugrery" and "surgery" share "su" and "ery", two letters
    less, and those two, "gr" and "rg", are swapped.
    """
    front = 0
    shorter = high - low if high - low < end - begin else end - begin
    while front < shorter and letters[low + front] == right[begin + front]:
        front += 1
    back = 0
    # Not into the front again: in "soon" and "son" the same "o" must not be counted from both ends.
    while back < shorter - front and letters[high - 1 - back] == right[end - 1 - back]:
        back += 1
    if high - low != end - begin:
        return front + back == shorter
    if front + back == shorter - 1:
        return end - begin >= _MIN_LETTERS_WRONG_LETTER
    return (
        front + back == shorter - 2
        and letters[low + front] == right[begin + front + 1]
        and letters[low + front + 1] == right[begin + front]
    )
