"""Which words are in these messages, and which vocabulary word is each? Letters in, word numbers out.

Lives here: the loops behind ``text.tokenization`` (splitting) and ``text.spell_correction`` (lookup, short forms,
slips).
Does not live here: what each character is (``text.tokenization.classify_characters``), the vocabulary itself
(``text.spell_correction``).
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
    "TokenTable",
    "Vocabulary",
    "WordTable",
    "correct_words",
    "fill_word_table",
    "split_words",
]

IN_WORD, IS_DIGIT, IS_SPACE, IS_LETTER, IS_END = 1, 2, 4, 8, 16
"""Bits of a character's class: "a" is IN_WORD | IS_LETTER = 9, "7" is IN_WORD | IS_DIGIT = 3, "." is IS_END = 16."""

OTHER, FINAL, SHORT, MARK = range(4)
"""Kinds of vocabulary words: may be a slip of another word, correct as written, a short form, a sentence mark or comma.
"""
_LETTERS, _START, _STOP, _HASH = range(4)
"""Columns of the word rows."""
_EMPTY_HASH = -3750763034362895579
"""The hash of a word without letters: the FNV offset basis 14695981039346656037 as a signed number."""
_MIN_LETTERS_WRONG_LETTER = 8
"""A wrong letter is forgiven in words of at least this many letters."""

_COMMA, _COLON, _BAR, _UNDERSCORE, _APOSTROPHE = ord(","), ord(":"), ord("|"), ord("_"), ord("'")
_A, _D, _M, _N, _R, _S, _T = (ord(letter) for letter in "admnrst")
_CASE = ord("a") - ord("A")
"""The bit that differs between upper and lower case, 32: "N" = 0b1001110, "n" = 0b1101110."""


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


class WordTable(NamedTuple):
    """The words of m messages, as ``split_words`` fills them."""

    letters: np.ndarray
    rows: np.ndarray
    words_from: np.ndarray


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
        word_hash = _EMPTY_HASH
        at = low
        while at < high:
            character = characters[at]
            kind = classes[character]
            if kind & IN_WORD or (
                in_word and character == _COMMA and _is_between_digits(characters, at, high, classes)
            ):
                if not in_word:
                    words[count, _LETTERS], words[count, _START] = used, at - low
                    in_word, in_end, word_hash = True, False, _EMPTY_HASH
                letters[used] = _to_lower(character)
                word_hash = _extend_hash(word_hash, letters[used])
                used += 1
            elif not (in_word and character == _APOSTROPHE and _is_short_not(characters, at, high)):
                is_title = False
                if in_word:
                    words[count, _STOP], words[count, _HASH] = at - low, word_hash
                    begin = words[count, _START]
                    # "_dr." is no title: behind an underscore it is the end of a name such as "notes_dr."
                    is_title = _is_title(letters, words[count, _LETTERS], used) and not (
                        begin > 0 and characters[low + begin - 1] == _UNDERSCORE
                    )
                    count += 1
                    in_word = False
                mark, behind = _find_mark(characters, at, high, classes, in_end or is_title)
                if kind & IS_END and in_end:
                    words[count - 1, _STOP] = at + 1 - low
                in_end = kind & IS_END != 0 and (in_end or not is_title)
                if mark:
                    words[count, _LETTERS], words[count, _START], words[count, _STOP] = used, at - low, at + 1 - low
                    words[count, _HASH] = _extend_hash(_EMPTY_HASH, mark)
                    letters[used] = mark
                    used += 1
                    count += 1
                at = behind - 1
            at += 1
        if in_word:
            words[count, _STOP], words[count, _HASH] = high - low, word_hash
            count += 1
    words_from[len(starts) - 1] = count
    words[count, _LETTERS] = used
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
def _extend_hash(word_hash, letter):
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
    word_hash = _EMPTY_HASH
    for at in range(low, high):
        word_hash = _extend_hash(word_hash, letters[at])
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
            number = _look_up(rows[word, _HASH], vocabulary.slots)
            if number < 0 or kind[number] == OTHER:
                low, high = rows[word, _LETTERS], rows[word + 1, _LETTERS]
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
    word_hash, at = _EMPTY_HASH, low
    while at < high:
        end = at
        while end < high and letters[end] == letters[at]:
            end += 1
        repeats = run if end - at > 2 and 97 <= letters[at] <= 122 else end - at
        for _ in range(repeats):
            word_hash = _extend_hash(word_hash, letters[at])
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
