"""Which words stand in these messages, and which known word is each? Letters in, numbers of words out.

Lives here: the loops behind ``plain`` (splitting) and ``spelling`` (looking words up, short forms, one slip).
Does not live here: the arrays they walk through; see ``plain.CLASSES`` and ``spelling.Vocabulary``.
"""

import numpy as np

from features.kernels.compiling import compiled

__all__ = ["IN_WORD", "IS_DIGIT", "IS_END", "IS_LETTER", "IS_SPACE", "known_word", "meant", "placed_in_table", "split"]

IN_WORD, IS_DIGIT, IS_SPACE, IS_LETTER, IS_END = 1, 2, 4, 8, 16
"""Bits of ``plain.CLASSES``: what a letter is."""

_COMMA, _COLON, _BAR, _UNDERSCORE, _APOSTROPHE = ord(","), ord(":"), ord("|"), ord("_"), ord("'")
_A, _D, _M, _N, _R, _S, _T = (ord(letter) for letter in "admnrst")
_CASE = ord("a") - ord("A")


@compiled
def split(characters, starts, classes, letters, first, start, stop, words_from):
    """Messages -> words, ``|`` where a sentence ends, ``,`` for a comma. Returns the number of words.

    Message ``m`` is ``characters[starts[m]:starts[m + 1]]``; its words are ``words_from[m]`` to ``words_from[m + 1]``. Word ``w`` is
    ``letters[first[w]:first[w + 1]]`` in lower case, made of the message's characters ``start[w]`` to ``stop[w]``.
    """
    words = used = 0
    for m in range(len(starts) - 1):
        low, high = starts[m], starts[m + 1]
        words_from[m] = words
        in_word = in_end = False
        at = low
        while at < high:
            one = characters[at]
            kind = classes[one]
            after = characters[at + 1] if at + 1 < high else np.uint32(0)
            if kind & IN_WORD or (one == _COMMA and in_word and classes[characters[at - 1]] & IS_DIGIT and classes[after] & IS_DIGIT):
                if not in_word:
                    first[words], start[words] = used, at - low
                letters[used] = one + _CASE if 65 <= one <= 90 else one
                used += 1
                stop[words] = at + 1 - low
                in_word, in_end = True, False
            elif not (in_word and one == _APOSTROPHE and characters[at - 1] | _CASE == _N and after | _CASE == _T):  # "n't" is "nt"
                titled = in_word and _is_title(letters, first[words], used)
                if titled and start[words] > 0 and characters[low + start[words] - 1] == _UNDERSCORE:
                    titled = False
                words += in_word
                in_word = False
                colon = one == _COLON and at + 1 < high and (classes[after] & IS_SPACE != 0 or after == _COMMA)
                if kind & IS_END and in_end:
                    stop[words - 1] = at + 1 - low
                elif one == _COMMA or colon or (kind & IS_END and not titled):
                    first[words], start[words], stop[words] = used, at - low, at + 1 - low
                    letters[used] = _COMMA if one == _COMMA else _BAR
                    used += 1
                    words += 1
                in_end = kind & IS_END != 0 and (in_end or not titled)
                if colon and after != _COMMA:
                    at += 1  # the space belongs to the colon
            at += 1
        words += in_word
    words_from[len(starts) - 1] = words
    first[words] = used
    return words


@compiled
def _is_title(letters, low, high):
    """Whether the word is one whose full stop ends no sentence: dr, mr, mrs, dra."""
    if high - low == 2:
        return letters[low + 1] == _R and (letters[low] == _D or letters[low] == _M)
    if high - low == 3 and letters[low + 1] == _R:
        return (letters[low] == _M and letters[low + 2] == _S) or (letters[low] == _D and letters[low + 2] == _A)
    return False


@compiled
def placed_in_table(letters, first, slots):
    """Fill the table of words: open addressing, -1 is empty; ``len(slots)`` is a power of two and at least twice the number of words."""
    for word in range(len(first) - 1):
        at = _hash(letters, first[word], first[word + 1]) & (len(slots) - 1)
        while slots[at] >= 0:
            at = (at + 1) & (len(slots) - 1)
        slots[at] = word


@compiled
def _hash(letters, low, high):
    """FNV-1a (Fowler, Noll, Vo), over letters."""
    found = np.uint32(2166136261)
    for at in range(low, high):
        found = np.uint32((found ^ letters[at]) * np.uint32(16777619))
    return np.int64(found ^ (found >> np.uint32(15)))


@compiled
def known_word(letters, low, high, vocabulary):
    """The number of this word in the vocabulary, -1 when it is not there."""
    slots = vocabulary.slots
    at = _hash(letters, low, high) & (len(slots) - 1)
    while slots[at] >= 0:
        word = slots[at]
        begin = vocabulary.first[word]
        if vocabulary.first[word + 1] - begin == high - low:
            same = True
            for step in range(high - low):
                if vocabulary.letters[begin + step] != letters[low + step]:
                    same = False
                    break
            if same:
                return word
        at = (at + 1) & (len(slots) - 1)
    return -1


@compiled
def meant(letters, first, words_from, vocabulary, classes, ids, word_of, tokens_from, word_counts):
    """Words -> the numbers of the words that were meant, 0 for a word nobody knows, between one for the message's start and one for its end.

    Message ``m`` has the tokens ``tokens_from[m]`` to ``tokens_from[m + 1]``; token ``t`` was meant by word ``word_of[t]``, -1 for the two edges.
    Sentence marks and commas at the end are left out, and do not count as words.
    """
    tokens = 0
    for m in range(len(words_from) - 1):
        tokens_from[m] = tokens
        ids[tokens], word_of[tokens] = vocabulary.start, -1
        tokens += 1
        last = words_from[m + 1]
        while last > words_from[m] and first[last] - first[last - 1] == 1 and (letters[first[last - 1]] == _BAR or letters[first[last - 1]] == _COMMA):
            last -= 1
        count = 0
        for word in range(words_from[m], last):
            one = letters[first[word]]
            count += first[word + 1] - first[word] > 1 or (one != _BAR and one != _COMMA)
            found, shortened = _meant_word(letters, first[word], first[word + 1], vocabulary, classes)
            if shortened:
                for place in range(vocabulary.same_from[found], vocabulary.same_from[found + 1]):
                    ids[tokens], word_of[tokens] = vocabulary.same[place], word
                    tokens += 1
            else:
                ids[tokens], word_of[tokens] = found if found > 0 else 0, word
                tokens += 1
        word_counts[m] = count
        ids[tokens], word_of[tokens] = vocabulary.end, -1
        tokens += 1
    tokens_from[len(words_from) - 1] = tokens
    return tokens


@compiled
def _meant_word(letters, low, high, vocabulary, classes):
    """The word that was meant, -1 for one that nobody knows; and whether it is a short form of others."""
    word = known_word(letters, low, high, vocabulary)
    if word >= 0 and (_is_short(word, vocabulary) or vocabulary.stands[word]):
        return word, _is_short(word, vocabulary)
    drawn_out = False
    for at in range(low, high):
        if not classes[letters[at]] & IS_LETTER:
            return word, False
        drawn_out |= at >= low + 2 and letters[at] == letters[at - 1] == letters[at - 2]
    if drawn_out:
        for most in range(2, 0, -1):
            drawn = _drawn_in(letters, low, high, most)
            found = known_word(drawn, 0, len(drawn), vocabulary)
            if found >= 0 and (_is_short(found, vocabulary) or vocabulary.stands[found]):
                return found, _is_short(found, vocabulary)
    near = _nearest(letters, low, high, vocabulary)
    return (word if near < 0 else near), False


@compiled
def _is_short(word, vocabulary):
    """Whether the word is a short form."""
    return vocabulary.same_from[word + 1] > vocabulary.same_from[word]


@compiled
def _drawn_in(letters, low, high, most):
    """The word with runs of three and more equal letters (a to z) cut to ``most``."""
    kept, length, at = np.empty(high - low, np.uint32), 0, low
    while at < high:
        end = at
        while end < high and letters[end] == letters[at]:
            end += 1
        run = most if end - at > 2 and 97 <= letters[at] <= 122 else end - at
        for _ in range(run):
            kept[length] = letters[at]
            length += 1
        at = end
    return kept[:length]


@compiled
def _nearest(letters, low, high, vocabulary):
    """The one watched word that this is a slip of; -1 when there is none, or more than one."""
    found = -1
    bucket = letters[low] % np.uint32(len(vocabulary.watched_from) - 1)
    for place in range(vocabulary.watched_from[bucket], vocabulary.watched_from[bucket + 1]):
        right = vocabulary.watched[place]
        begin, end = vocabulary.first[right], vocabulary.first[right + 1]
        if vocabulary.letters[begin] == letters[low] and -1 <= (end - begin) - (high - low) <= 1:
            if _is_one_slip(letters, low, high, vocabulary.letters, begin, end, vocabulary.wrong_from):
                if found >= 0:
                    return -1
                found = right
    return found


@compiled
def _is_one_slip(word, low, high, right, begin, end, wrong_from):
    """Whether one letter lost, doubled or added, two neighbours swapped, or (from ``wrong_from`` letters) one wrong letter makes ``right`` of ``word``."""
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
        return end - begin >= wrong_from
    return same + tail == least - 2 and word[low + same] == right[begin + same + 1] and word[low + same + 1] == right[begin + same]
