"""Which words stand in these messages, and which known word is each? Letters in, numbers of words out.

Lives here: the loops behind ``plain`` (splitting) and ``spelling`` (looking words up, short forms, one slip).
Does not live here: what each character is (``plain.classes``), which words are known (``spelling``).
"""

from typing import NamedTuple

import numpy as np

from features.kernels.jit import compile_helper, compile_cached

__all__ = [
    "IN_WORD",
    "IS_DIGIT",
    "IS_END",
    "IS_LETTER",
    "IS_SPACE",
    "MARK",
    "OTHER",
    "SHORT",
    "STANDS",
    "Vocabulary",
    "correct_words",
    "fill_word_table",
    "split_words",
]

IN_WORD, IS_DIGIT, IS_SPACE, IS_LETTER, IS_END = 1, 2, 4, 8, 16
"""Bits of ``plain.classes``: what a letter is."""

OTHER, STANDS, SHORT, MARK = range(4)
"""Kinds of known words: one that may be a slip of another, one that stands as it is, a short form of others, a sentence
mark or comma.
"""
_LETTERS, _START, _STOP, _HASH = range(4)
"""Columns of the words."""
_NOTHING = -3750763034362895579
"""The hash of a word without letters (14695981039346656037, signed)."""
_LEAST_LETTERS_WRONG = 8
"""A wrong letter is forgiven in words of this many letters."""

_COMMA, _COLON, _BAR, _UNDERSCORE, _APOSTROPHE = ord(","), ord(":"), ord("|"), ord("_"), ord("'")
_A, _D, _M, _N, _R, _S, _T = (ord(letter) for letter in "admnrst")
_CASE = ord("a") - ord("A")


class Vocabulary(NamedTuple):
    """Known words as arrays, by number.

    Parameters
    ----------
    slots : table of the words, rows of hash and number; see ``fill_word_table``
    known : what each word is: ``STANDS``, ``SHORT``, ``MARK`` or ``OTHER``
    same, same_from : the short form ``w`` stands for the words ``same[same_from[w]:same_from[w + 1]]``, none for other
    words
    letters, first : letters of word ``w`` are ``letters[first[w]:first[w + 1]]``
    watched, watched_from : words that are recognised with one slip, by bucket of their first letter
    start, end : numbers of a message's ends
    """

    slots: np.ndarray
    known: np.ndarray
    same: np.ndarray
    same_from: np.ndarray
    letters: np.ndarray
    first: np.ndarray
    watched: np.ndarray
    watched_from: np.ndarray
    start: int
    end: int


@compile_cached
def split_words(characters, starts, classes, letters, words, words_from):
    """Messages -> words, ``|`` where a sentence ends, ``,`` for a comma. Returns the number of words.

    Message ``m`` is ``characters[starts[m]:starts[m + 1]]``; its words are the rows ``words_from[m]`` to ``words_from[m
    + 1]`` of ``words``: where the letters (in lower case) begin in ``letters``, the piece of the message that the word
    was made of (two columns), and its hash."""
    count = used = np.int64(0)
    for m in range(len(starts) - 1):
        low, high = starts[m], starts[m + 1]
        words_from[m] = count
        in_word = in_end = False
        found = _NOTHING
        at = low
        while at < high:
            one = characters[at]
            kind = classes[one]
            if kind & IN_WORD or (in_word and one == _COMMA and _is_between_digits(characters, at, high, classes)):
                if not in_word:
                    words[count, _LETTERS], words[count, _START] = used, at - low
                    in_word, in_end, found = True, False, _NOTHING
                if 65 <= one <= 90:
                    one += np.uint32(_CASE)
                letters[used] = one
                found = _with_letter(found, one)
                used += 1
            elif not (in_word and one == _APOSTROPHE and _is_short_not(characters, at, high)):
                titled = False
                if in_word:
                    words[count, _STOP], words[count, _HASH] = at - low, found
                    begin = words[count, _START]
                    titled = _is_title(letters, words[count, _LETTERS], used) and not (
                        begin > 0 and characters[low + begin - 1] == _UNDERSCORE
                    )
                    count += 1
                    in_word = False
                mark, after = np.uint32(0), at + 1
                if one == _COMMA:
                    mark = np.uint32(_COMMA)
                elif (
                    one == _COLON
                    and at + 1 < high
                    and (characters[at + 1] == _COMMA or classes[characters[at + 1]] & IS_SPACE)
                ):
                    mark, after = (
                        np.uint32(_BAR),
                        at + 1 + (characters[at + 1] != _COMMA),
                    )  # the space belongs to the colon
                elif kind & IS_END and in_end:
                    words[count - 1, _STOP] = at + 1 - low
                elif kind & IS_END and not titled:
                    mark = np.uint32(_BAR)
                in_end = kind & IS_END != 0 and (in_end or not titled)
                if mark:
                    words[count, _LETTERS], words[count, _START], words[count, _STOP] = used, at - low, at + 1 - low
                    words[count, _HASH] = _with_letter(_NOTHING, mark)
                    letters[used] = mark
                    used += 1
                    count += 1
                at = after - 1
            at += 1
        if in_word:
            words[count, _STOP], words[count, _HASH] = high - low, found
            count += 1
    words_from[len(starts) - 1] = count
    words[count, _LETTERS] = used
    return count


@compile_helper
def _with_letter(found, letter):
    """The hash of a word that goes on with this letter: FNV-1a (Fowler, Noll, Vo), 64 bits, over letters."""
    return np.int64((np.uint64(found) ^ np.uint64(letter)) * np.uint64(0x100000001B3))


@compile_helper
def _is_between_digits(characters, at, high, classes):
    """Whether the comma here is one of "1,000"."""
    return at + 1 < high and classes[characters[at - 1]] & IS_DIGIT != 0 and classes[characters[at + 1]] & IS_DIGIT != 0


@compile_helper
def _is_short_not(characters, at, high):
    """Whether the apostrophe here is the one of "n't", which is read as "nt"."""
    return at + 1 < high and characters[at - 1] | _CASE == _N and characters[at + 1] | _CASE == _T


@compile_helper
def _is_title(letters, low, high):
    """Whether the word is one whose full stop ends no sentence: dr, mr, mrs, dra."""
    if high - low == 2:
        return letters[low + 1] == _R and (letters[low] == _D or letters[low] == _M)
    if high - low == 3 and letters[low + 1] == _R:
        return (letters[low] == _M and letters[low + 2] == _S) or (letters[low] == _D and letters[low + 2] == _A)
    return False


@compile_cached
def fill_word_table(letters, first, slots):
    """Fill the table of words: open addressing, word -1 is empty, the length a power of two.

    Whether no two had one hash.
    """
    for word in range(len(first) - 1):
        found = _hash(letters, first[word], first[word + 1])
        at = _start(found, len(slots))
        while slots[at, 1] >= 0:
            if slots[at, 0] == found:
                return False
            at = (at + 1) & (len(slots) - 1)
        slots[at, 0], slots[at, 1] = found, word
    return True


@compile_helper
def _hash(letters, low, high):
    """The hash of a word."""
    found = _NOTHING
    for at in range(low, high):
        found = _with_letter(found, letters[at])
    return found


@compile_helper
def _start(found, size):
    """Where to look for a hash first."""
    return (found ^ (found >> 29)) & (size - 1)


@compile_helper
def _known(found, slots):
    """The word with this hash, -1 when there is none. Words that nobody knows have one of 2**64 others."""
    at = _start(found, len(slots))
    while slots[at, 1] >= 0:
        if slots[at, 0] == found:
            return slots[at, 1]
        at = (at + 1) & (len(slots) - 1)
    return np.int64(-1)


@compile_cached
def correct_words(letters, words, words_from, vocabulary, classes, ids, word_of, tokens_from, word_counts):
    """Words -> the numbers of the words that were meant, 0 for a word nobody knows, between one for the message's start
    and one for its end.

    Message ``m`` has the tokens ``tokens_from[m]`` to ``tokens_from[m + 1]``; token ``t`` was meant by word
    ``word_of[t]``, -1 for the two edges. Sentence marks and commas at the end are left out, and do not count as words.
    """
    slots, known, same, same_from = vocabulary.slots, vocabulary.known, vocabulary.same, vocabulary.same_from
    right, first, watched, watched_from = (
        vocabulary.letters,
        vocabulary.first,
        vocabulary.watched,
        vocabulary.watched_from,
    )
    tokens = 0
    for m in range(len(words_from) - 1):
        tokens_from[m] = tokens
        ids[tokens], word_of[tokens] = vocabulary.start, -1
        tokens += 1
        last_word, count = tokens, 0
        for word in range(words_from[m], words_from[m + 1]):
            found = _known(words[word, _HASH], slots)
            if found < 0 or known[found] == OTHER:
                low, high = words[word, _LETTERS], words[word + 1, _LETTERS]
                found = _slipped(found, letters, low, high, slots, known, classes, right, first, watched, watched_from)
            if found >= 0 and known[found] == SHORT:
                for place in range(same_from[found], same_from[found + 1]):
                    ids[tokens], word_of[tokens] = same[place], word
                    tokens += 1
            else:
                ids[tokens], word_of[tokens] = found if found > 0 else 0, word
                tokens += 1
            if found < 0 or known[found] != MARK:
                last_word = tokens
                count += 1
        word_counts[m] = count
        ids[last_word], word_of[last_word] = vocabulary.end, -1
        tokens = last_word + 1
    tokens_from[len(words_from) - 1] = tokens
    return tokens


@compile_helper
def _slipped(word, letters, low, high, slots, known, classes, right, first, watched, watched_from):
    """The word that was meant by one that is not known, or only from dates (``word``, -1 not known); ``word`` when
    nothing else is meant.
    """
    drawn_out = False
    for at in range(low, high):
        if not classes[letters[at]] & IS_LETTER:
            return word
        drawn_out |= at >= low + 2 and letters[at] == letters[at - 1] and letters[at] == letters[at - 2]
    if drawn_out:
        for most in range(2, 0, -1):
            found = _known(_hash_drawn_in(letters, low, high, most), slots)
            if found >= 0 and known[found] != OTHER:
                return found
    near = word
    bucket = letters[low] & np.uint32(len(watched_from) - 2)
    for place in range(watched_from[bucket], watched_from[bucket + 1]):
        begin, end = first[watched[place]], first[watched[place] + 1]
        if (
            -1 <= (end - begin) - (high - low) <= 1
            and right[begin] == letters[low]
            and _is_one_slip(letters, low, high, right, begin, end)
        ):
            if near != word:
                return word
            near = watched[place]
    return near


@compile_helper
def _hash_drawn_in(letters, low, high, most):
    """The hash of the word with runs of three and more equal letters (a to z) cut to ``most``."""
    found, at = _NOTHING, low
    while at < high:
        end = at
        while end < high and letters[end] == letters[at]:
            end += 1
        run = most if end - at > 2 and 97 <= letters[at] <= 122 else end - at
        for _ in range(run):
            found = _with_letter(found, letters[at])
        at = end
    return found


@compile_helper
def _is_one_slip(word, low, high, right, begin, end):
    """Whether one letter lost, doubled or added, two neighbours swapped, or (in a long word) one wrong letter makes
    ``right`` of ``word``.
    """
    same = 0
    least = high - low if high - low < end - begin else end - begin
    while same < least and word[low + same] == right[begin + same]:
        same += 1
    tail = 0
    while tail < least - same and word[high - 1 - tail] == right[end - 1 - tail]:
        tail += 1
    if high - low != end - begin:
        return same + tail == least
    if same + tail == least - 1:
        return end - begin >= _LEAST_LETTERS_WRONG
    return (
        same + tail == least - 2
        and word[low + same] == right[begin + same + 1]
        and word[low + same + 1] == right[begin + same]
    )
