"""Which terms does a message have? One message or a million, by the same loops.

Lives here: the loops behind ``text.message_terms`` (runs of words, pieces of words, terms of the vocabulary).
Does not live here: what terms weigh (``kernels.term_scores``), splitting into words (``kernels.tokenizer``).
"""

from typing import NamedTuple

import numpy as np

from features.kernels.jit import compile_cached, compile_helper
from features.kernels.tokenizer import HASH, LETTERS

__all__ = [
    "MARKS",
    "PIECES",
    "WORDS",
    "SpecialWords",
    "TermTable",
    "count_slots",
    "fill_slots",
    "fill_terms",
    "find_vocabulary",
    "hash_runs",
]

WORDS, PIECES, MARKS = range(3)
"""Blocks of terms: runs of words, pieces of words, and marks of the vocabulary. The last two bits of a term's hash tell
its block. Words and pieces are divided by their block's norm, marks are not."""

_WORDS_IN_RUN, _WORDS_IN_VOCABULARY_TERM = 3, 5
_SHORTEST_PIECE, _LONGEST_PIECE = 3, 5
_MOST_LETTERS = 24
"""Letters of a word that are cut into pieces: a longer one is no word."""
_NEGATION_REACH = 5
"""Words behind a "no" that it still denies, unless the sentence ends or turns before."""
_UPPER = 0xFFFFFFFFFFFFFFFC
"""All bits but those of the block."""
_DENIED = 0x51ED270B9F3A6C4C
"""Turns the hash of a term that is denied; its last two bits are 0, so the block stays."""
IN_MESSAGE, IN_SENTENCE = np.uint8(1), np.uint8(2)
"""Bits of a term that was counted already."""
_EDGE = 0x2E
"""Stands before and behind a word in its pieces: ".ap" begins "appointment"."""


class TermTable(NamedTuple):
    """The terms of m messages, as ``fill_terms`` fills them.

    Parameters
    ----------
    hashes : int64 array; of words, pieces and vocabulary marks, with repetitions
    first, last : int32 arrays; the range of words (closed) of the message that each term came from
    terms_from : int64 array of shape (m + 1,)
    sentences : int64 array; the first term of each sentence, and behind the last one the end of the terms
    sentences_from : int64 array of shape (m + 1,)
        Sentences of message ``i`` are ``sentences_from[i]`` to ``sentences_from[i + 1]``; every message has one.
    """

    hashes: np.ndarray
    first: np.ndarray
    last: np.ndarray
    terms_from: np.ndarray
    sentences: np.ndarray
    sentences_from: np.ndarray


class SpecialWords(NamedTuple):
    """Hashes of words that change how others are read, int64 arrays.

    Parameters
    ----------
    negators : words that deny what follows ("no")
    turns : words where a denial ends ("but")
    excused : words behind a negator that take its force: "I don't mind" denies nothing
    ends : marks at which a run of words ends; the first one ("|") ends a sentence, too
    """

    negators: np.ndarray
    turns: np.ndarray
    excused: np.ndarray
    ends: np.ndarray


@compile_cached
def fill_terms(letters, rows, words_from, special, vocabulary, terms):
    """Fill ``terms`` with the hashes of each message's terms; return how many there are.

    Parameters
    ----------
    letters, rows, words_from : as ``kernels.tokenizer.split_words`` gives them
    special : SpecialWords
    vocabulary : int64 array of shape (s, 2)
        Slots of the vocabulary: the hash of a run of words, and the mark that it stands for (0 is an empty slot).

    A denied word is another term than the word: "no chest pain" must not read like "chest pain". So its hash is turned
    by one bit pattern, and that of every run that begins with it.
    """
    negators, turns, excused, ends = special.negators, special.turns, special.excused, special.ends
    used = sentence = 0
    for m in range(len(words_from) - 1):
        terms.terms_from[m], terms.sentences_from[m] = used, sentence
        terms.sentences[sentence] = used
        sentence += 1
        # Words before this one are denied. "no chest pain but fever": after "no" (word 0) it is 6, at "but" it is 3.
        denied_until = words_from[m]
        for word in range(words_from[m], words_from[m + 1]):
            word_hash = rows[word, HASH]
            if _is_among(word_hash, ends) or _is_among(word_hash, turns):
                denied_until = word
            # "Hello!! ..." ends one sentence, not three: a sentence without terms is none.
            if word_hash == ends[0] and used > terms.sentences[sentence - 1]:
                terms.sentences[sentence] = used
                sentence += 1
            if _is_among(word_hash, ends):
                continue
            is_denied = word < denied_until
            if _is_among(word_hash, negators):
                behind = word + 1
                if behind >= words_from[m + 1] or not _is_among(rows[behind, HASH], excused):
                    denied_until = word + 1 + _NEGATION_REACH
            # A negator is not denied by itself, only by one before it: "not without pain".
            salt = np.uint64(_DENIED) if is_denied else np.uint64(0)
            run = np.uint64(0)
            for length in range(1, _WORDS_IN_VOCABULARY_TERM + 1):
                at = word + length - 1
                if at >= words_from[m + 1] or _is_among(rows[at, HASH], ends):
                    break
                run = _extend_run(run, rows[at, HASH])
                # "total" begins runs of one to three words; the vocabulary knows terms of up to five.
                if length <= _WORDS_IN_RUN:
                    # Bits 0 and 1 say the block: 0b...1011 & 0b...1100 = 0b...1000, then | WORDS (0b00).
                    terms.hashes[used] = np.int64(((run ^ salt) & np.uint64(_UPPER)) | np.uint64(WORDS))
                    terms.first[used], terms.last[used] = word - words_from[m], at - words_from[m]
                    used += 1
                mark = _find_mark(np.int64(run), vocabulary)
                if mark != 0:
                    terms.hashes[used] = np.int64(np.uint64(mark) ^ salt)
                    terms.first[used], terms.last[used] = word - words_from[m], at - words_from[m]
                    used += 1
            # The next word's letters begin where this one's end.
            low, high = rows[word, LETTERS], min(rows[word + 1, LETTERS], rows[word, LETTERS] + _MOST_LETTERS)
            used = _fill_pieces(letters[low:high], salt, word - words_from[m], used, terms)
    terms.terms_from[len(words_from) - 1], terms.sentences_from[len(words_from) - 1] = used, sentence
    terms.sentences[sentence] = used
    return used


@compile_helper
def _fill_pieces(letters, salt, word, used, terms):
    """Fill in the pieces of one word with its edges, three to five letters long; return how many terms there are now.

    Example: "ear" has ".ear.", ".ear", ".ea", "ear.", "ear" and "ar.".
    """
    for begin in range(-1, len(letters)):
        piece = np.uint64(0xCBF29CE484222325)
        # One pass hashes ".ap", ".app" and ".appo": each is the one before it, extended by a letter.
        for at in range(begin, min(begin + _LONGEST_PIECE, len(letters) + 1)):
            # Positions -1 and len(letters) are the edges of the word.
            letter = np.uint64(_EDGE) if at < 0 or at == len(letters) else np.uint64(letters[at])
            piece = (piece ^ letter) * np.uint64(0x100000001B3)
            if at - begin + 1 >= _SHORTEST_PIECE:
                terms.hashes[used] = np.int64(((_mix(piece) ^ salt) & np.uint64(_UPPER)) | np.uint64(PIECES))
                terms.first[used] = terms.last[used] = word
                used += 1
    return used


@compile_helper
def _extend_run(run, word_hash):
    """Return the hash of a run of words extended by one; 0 is the empty run."""
    return _mix((run ^ np.uint64(word_hash)) + np.uint64(0x9E3779B97F4A7C15))


@compile_cached
def hash_runs(word_hashes, words_from):
    """Hash all words of each message as one run; 0 for a message of no word or of more than a term has. Shape (m,)."""
    runs = np.zeros(len(words_from) - 1, np.int64)
    for m in range(len(runs)):
        run = np.uint64(0)
        if words_from[m + 1] - words_from[m] <= _WORDS_IN_VOCABULARY_TERM:
            for word in range(words_from[m], words_from[m + 1]):
                run = _extend_run(run, word_hashes[word])
        runs[m] = np.int64(run)
    return runs


def count_slots(entries: int) -> int:
    """Return the slots of a hash table: a power of two, at least half of them free.

    >>> count_slots(5), count_slots(8), count_slots(0)
    (16, 16, 2)
    """
    return 1 << (2 * max(entries, 1) - 1).bit_length()


@compile_cached
def fill_slots(hashes, values, slots, empty):
    """Fill a hash table with open addressing; a slot whose value is ``empty`` is free, its length a power of two."""
    for row in range(len(hashes)):
        # Upper bits are folded in: terms of one block share their lowest two, which alone would fill every fourth slot.
        at = (hashes[row] ^ (hashes[row] >> 29)) & (len(slots) - 1)
        while slots[at, 1] != empty:
            at = (at + 1) & (len(slots) - 1)
        slots[at, 0], slots[at, 1] = hashes[row], values[row]


@compile_helper
def _mix(bits):
    """Return the bits mixed, so that hashes that differ in one bit differ in half of them (splitmix64, Steele 2014)."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


@compile_helper
def _is_among(word_hash, hashes):
    """Return whether a hash is one of a few."""
    for listed in hashes:
        if listed == word_hash:
            return True
    return False


@compile_helper
def _find_mark(run, vocabulary):
    """Return the mark of a run of words in the vocabulary, 0 when it is not there."""
    at = (run ^ (run >> 29)) & (len(vocabulary) - 1)
    while vocabulary[at, 1] != 0:
        if vocabulary[at, 0] == run:
            return vocabulary[at, 1]
        at = (at + 1) & (len(vocabulary) - 1)
    return np.int64(0)


@compile_cached
def find_vocabulary(rows, words_from, vocabulary, found):
    """Set ``found``, shape (m,), where a message has a run of words of the vocabulary."""
    for m in range(len(words_from) - 1):
        for word in range(words_from[m], words_from[m + 1]):
            if found[m]:
                break
            # Every run that begins here, shortest first: the first hit is enough.
            run = np.uint64(0)
            for at in range(word, min(word + _WORDS_IN_VOCABULARY_TERM, words_from[m + 1])):
                run = _extend_run(run, rows[at, HASH])
                if _find_mark(np.int64(run), vocabulary) != 0:
                    found[m] = True
