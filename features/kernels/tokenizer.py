"""Which words are in these messages? Letters in, rows of words out.

Lives here: the loop behind ``text.tokenization``, and hashing a word.
Does not live here: what each character is (``text.tokenization.classify_characters``), which known word each is
(``kernels.spelling``).
"""

from typing import NamedTuple

import numpy as np

from features.kernels.jit import compile_cached, compile_helper, inline_helper

__all__ = [
    "FINAL",
    "IN_WORD",
    "IS_DIGIT",
    "IS_END",
    "IS_LETTER",
    "IS_SPACE",
    "MARK",
    "OTHER",
    "SHORT",
    "WordTable",
    "split_words",
]

IN_WORD, IS_DIGIT, IS_SPACE, IS_LETTER, IS_END = 1, 2, 4, 8, 16
"""Bits of a character's class: "a" is IN_WORD | IS_LETTER = 9, "7" is IN_WORD | IS_DIGIT = 3, "." is IS_END = 16."""

OTHER, FINAL, SHORT, MARK = range(4)
"""Kinds of vocabulary words: may be a slip of another word, correct as written, a short form, a sentence mark or comma.
"""
LETTERS, START, STOP, HASH = range(4)
"""Columns of the word rows."""
EMPTY_HASH = -3750763034362895579
"""The hash of a word without letters: the FNV offset basis 14695981039346656037 as a signed number."""

_COMMA, _COLON, _BAR, _UNDERSCORE, _APOSTROPHE = ord(","), ord(":"), ord("|"), ord("_"), ord("'")
_A, _D, _M, _N, _R, _S, _T = (ord(letter) for letter in "admnrst")
_CASE = ord("a") - ord("A")
"""The bit that differs between upper and lower case, 32: "N" = 0b1001110, "n" = 0b1101110."""


class WordTable(NamedTuple):
    """The words of m messages, as ``split_words`` fills them."""

    letters: np.ndarray
    rows: np.ndarray
    words_from: np.ndarray


@compile_cached
def split_words(characters, starts, classes, letters, words, words_from):
    """Split messages into words, with ``|`` for the end of a sentence and ``,`` for a comma; return the word count.

    Message ``m`` is ``characters[starts[m]:starts[m + 1]]``. Its words are the rows ``words_from[m]`` to
    ``words_from[m + 1]`` of ``words``: where the letters (in lower case) begin in ``letters``, the range of the message
    that the word came from (two columns), and its hash.

    The state between two characters is ``in_word`` (a word is open) and ``in_end`` (the last mark ended a sentence).
    Example "No!! Go": "N", "o" open a word; the first "!" closes it and writes "|"; the second "!" only extends that
    mark's range; the blank ends ``in_end``; "G" opens the next word. The words are: no | go.
    """
    count = used = np.int64(0)
    for m in range(len(starts) - 1):
        low, high = starts[m], starts[m + 1]
        words_from[m] = count
        in_word = in_end = False
        word_hash = EMPTY_HASH
        at = low
        while at < high:
            character = characters[at]
            kind = classes[character]
            if kind & IN_WORD or (
                in_word and character == _COMMA and _is_between_digits(characters, at, high, classes)
            ):
                if not in_word:
                    words[count, LETTERS], words[count, START] = used, at - low
                    in_word, in_end, word_hash = True, False, EMPTY_HASH
                letters[used] = _to_lower(character)
                word_hash = extend_hash(word_hash, letters[used])
                used += 1
            # The apostrophe of "don't" is dropped and the word goes on: "dont". Any other closes the word: "mother's".
            elif not (in_word and character == _APOSTROPHE and _is_short_not(characters, at, high)):
                is_title = False
                if in_word:
                    words[count, STOP], words[count, HASH] = at - low, word_hash
                    begin = words[count, START]
                    # "_dr." is no title: behind an underscore it is the end of a name such as "notes_dr."
                    is_title = _is_title(letters, words[count, LETTERS], used) and not (
                        begin > 0 and characters[low + begin - 1] == _UNDERSCORE
                    )
                    count += 1
                    in_word = False
                mark, behind = _find_mark(characters, at, high, classes, in_end or is_title)
                # "?!": the mark that was written reaches to here, so that the page marks both characters.
                if kind & IS_END and in_end:
                    words[count - 1, STOP] = at + 1 - low
                in_end = kind & IS_END != 0 and (in_end or not is_title)
                if mark:
                    words[count, LETTERS], words[count, START], words[count, STOP] = used, at - low, at + 1 - low
                    words[count, HASH] = extend_hash(EMPTY_HASH, mark)
                    letters[used] = mark
                    used += 1
                    count += 1
                # One less, because every turn of the loop ends by moving on.
                at = behind - 1
            at += 1
        if in_word:
            words[count, STOP], words[count, HASH] = high - low, word_hash
            count += 1
    words_from[len(starts) - 1] = count
    # One row behind the last word, so that the letters of word i end where those of word i + 1 begin.
    words[count, LETTERS] = used
    return count


@inline_helper
def _find_mark(characters, at, high, classes, is_quiet):
    """Return the mark to write for this character, 0 for none, and where to go on.

    A colon before a blank or a comma ends a sentence: "insurance: Aetna" is read as "insurance | aetna". The blank is
    skipped with it. A line that breaks behind a comma goes on in the next one. ``is_quiet``: a period here ends no
    sentence, after a title or another end.
    """
    character = characters[at]
    if character == _COMMA:
        behind = at + 1
        while behind < high and classes[characters[behind]] & IS_SPACE:
            behind += 1
        return np.uint32(_COMMA), behind
    if character == _COLON and at + 1 < high:
        if characters[at + 1] == _COMMA:
            return np.uint32(_BAR), at + 1
        if classes[characters[at + 1]] & IS_SPACE:
            return np.uint32(_BAR), at + 2
    if classes[character] & IS_END and not is_quiet:
        return np.uint32(_BAR), at + 1
    return np.uint32(0), at + 1


@inline_helper
def _to_lower(character):
    """Return a letter from A to Z in lower case, other characters as they are."""
    return character + np.uint32(_CASE) if 65 <= character <= 90 else character


@compile_helper
def extend_hash(word_hash, letter):
    """Return the hash of a word extended by this letter: FNV-1a (Fowler, Noll, Vo), 64 bits, one step per letter.

    Example: the empty word's 0xCBF29CE484222325 and "a" = 0x61 give (0xCBF29CE484222325 ^ 0x61) * 0x100000001B3
    modulo 2**64 = 0xAF63DC4C8601EC8C.
    """
    return np.int64((np.uint64(word_hash) ^ np.uint64(letter)) * np.uint64(0x100000001B3))


@compile_helper
def _is_between_digits(characters, at, high, classes):
    """Return whether the comma here is one of "1,000"."""
    return at + 1 < high and classes[characters[at - 1]] & IS_DIGIT != 0 and classes[characters[at + 1]] & IS_DIGIT != 0


@compile_helper
def _is_short_not(characters, at, high):
    """Return whether the apostrophe here is the one of "n't", which is read as "nt".

    Setting the case bit compares both cases at once: "N" | 32 = "n".
    """
    return at + 1 < high and characters[at - 1] | _CASE == _N and characters[at + 1] | _CASE == _T


@compile_helper
def _is_title(letters, low, high):
    """Return whether the word is one whose period ends no sentence: dr, mr, mrs, dra."""
    if high - low == 2:
        return letters[low + 1] == _R and (letters[low] == _D or letters[low] == _M)
    if high - low == 3 and letters[low + 1] == _R:
        return (letters[low] == _M and letters[low + 2] == _S) or (letters[low] == _D and letters[low + 2] == _A)
    return False
