"""Which word was meant? Short forms, drawn-out letters and one slip in a long word, read as the intended word.

Lives here: the vocabulary as arrays, and the tolerant pass over the words of messages before phrases are matched.
Does not live here: the vocabulary's words (``phrase_lexicon.toml``), matching phrases (``message_reader``), the loop
itself (``kernels.spelling``).
"""

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np

from features.errors import PracticeError
from features.text.tokenization import TokenizedMessages, classify_characters

__all__ = ["BAR", "COMMA", "SpellCorrector", "Tokens", "flatten_lists"]

_MIN_LETTERS = 6
"""A letter lost, doubled, added or swapped is forgiven in words of at least this many letters."""
_BUCKETS = 64

UNKNOWN_WORD, BAR, COMMA, START, END = range(5)
"""Numbers of an unknown word, the end of a sentence, a comma, and the start and end of a message."""


class Tokens(NamedTuple):
    """The intended words of m messages by number; see ``kernels.spelling.correct_words``.

    Parameters
    ----------
    ids, word_of : int64 arrays of shape (tokens,)
        The intended word, and the word of the messages that it came from.
    tokens_from : int64 array of shape (m + 1,)
    counts : int64 array of shape (m,)
        Words in each message.
    """

    ids: np.ndarray
    word_of: np.ndarray
    tokens_from: np.ndarray
    counts: np.ndarray


class SpellCorrector:
    """Replaces words by the ones that were intended.

    Parameters
    ----------
    same : mapping of str to str
        Short form -> the words it stands for.
    watched : collection of str
        Words that are recognized with one slip; those shorter than six letters are not.
    correct : collection of str
        Words that are correct as written: all words of the phrases, and real words one slip from a watched one.
    others : collection of str
        Words that have a number too, but may be a slip of a watched one.
    context : collection of str
        Words that have a number only for those who read what stands around a time (``times.time_model``).

    >>> corrector = SpellCorrector({"pls": "please"}, ["appointment", "surgery"], ["booking", "injury"])
    >>> tokens = corrector.correct(TokenizedMessages.of(["apointment for sugrery pls booooking"]))
    >>> [corrector.words[number] for number in tokens.ids]
    ['^', 'appointment', '', 'surgery', 'please', 'booking', '$']
    """

    def __init__(
        self,
        same: Mapping[str, str],
        watched: Collection[str],
        correct: Collection[str],
        others: Collection[str] = (),
        context: Collection[str] = (),
    ) -> None:
        from features.kernels import spelling, tokenizer

        watched = sorted({word for word in watched if len(word) >= _MIN_LETTERS and word.isalpha()})
        final = {"|", ",", *correct, *watched}
        long_forms = {word for phrase in same.values() for word in phrase.split(" ")}
        own_words = final | set(same) | long_forms | set(others)
        self.context_words = frozenset(context) - own_words
        sorted_words = sorted(own_words | self.context_words)
        # The first five are UNKNOWN_WORD, BAR, COMMA, START and END.
        self.words = list(dict.fromkeys(("", "|", ",", "^", "$", *sorted_words)))
        self.number = {word: number for number, word in enumerate(self.words)}
        letters, first = flatten_lists([[ord(letter) for letter in word] for word in self.words])
        # A power of two, at least twice the words: probing stays short and wraps with a bit mask.
        slots = np.full((1 << (2 * len(self.words)).bit_length(), 2), -1, np.int64)
        if not spelling.fill_word_table(letters, first, slots):
            raise PracticeError(
                "phrases: two words have the same hash, expected all to differ. Remove one of the latest phrases."
            )
        kinds = {
            word: tokenizer.MARK if word in "|," else tokenizer.SHORT if word in same else tokenizer.FINAL
            for word in (*final, *same)
        }
        buckets = [
            [self.number[word] for word in watched if ord(word[0]) % _BUCKETS == bucket] for bucket in range(_BUCKETS)
        ]
        self.vocabulary = spelling.Vocabulary(
            slots,
            np.array([kinds.get(word, tokenizer.OTHER) for word in self.words], np.int64),
            *flatten_lists([self._number_long_form(same, word) for word in self.words]),
            letters,
            first,
            *flatten_lists(buckets),
            START,
            END,
        )
        self._watched = watched
        self._max_long_form = max((len(phrase.split(" ")) for phrase in same.values()), default=1)

    def _number_long_form(self, same: Mapping[str, str], word: str) -> list[int]:
        """Return the numbers of the words that a short form stands for; none for other words."""
        return [self.number[part] for part in same[word].split(" ")] if word in same else []

    def correct(self, messages: TokenizedMessages) -> Tokens:
        """Return the words, each as it was intended, between the start and the end of its message."""
        from features.kernels import spelling, tokenizer

        count = len(messages.words_from) - 1
        size = len(messages.word_rows) * self._max_long_form + 2 * count
        ids, word_of = np.empty(size, np.int64), np.empty(size, np.int64)
        tokens_from, counts = np.empty(count + 1, np.int64), np.empty(count, np.int64)
        words, tokens = tokenizer.WordTable(*messages), spelling.TokenTable(ids, word_of, tokens_from, counts)
        used = spelling.correct_words(words, self.vocabulary, classify_characters(), tokens)
        return Tokens(ids[:used], word_of[:used], tokens_from, counts)

    def restore_slips(self, messages: TokenizedMessages, tokens: Tokens) -> TokenizedMessages:
        """Return the words of messages with each slip in a watched word mended, for those who weigh words as written.

        ``tokens`` are those of ``correct``. Short and drawn-out forms stay as they are.

        >>> corrector = SpellCorrector({"pls": "please"}, ["appointment"], [])
        >>> messages = TokenizedMessages.of(["apointment pls"])
        >>> corrector.restore_slips(messages, corrector.correct(messages)).strings()
        ['appointment', 'pls']
        """
        rows, hashes = messages.word_rows, self._watched_hashes
        is_watched = hashes[tokens.ids] != 0
        at, ids = tokens.word_of[is_watched], tokens.ids[is_watched]
        written = rows[at + 1, 0] - rows[at, 0]
        is_slip = (rows[at, 3] != hashes[ids]) & (written >= _MIN_LETTERS)
        if not is_slip.any():
            return messages
        mended: dict[int, str] = {}
        for word, number in zip(at[is_slip].tolist(), ids[is_slip].tolist(), strict=True):
            intended, now = self.words[number], mended.get(word) or messages.get_word(word)
            if abs(len(now) - len(intended)) <= 1 and now[0] == intended[0]:
                mended[word] = intended
                rows = rows.copy() if rows is messages.word_rows else rows
                rows[word, 3] = hashes[number]
        return _replace_words(messages, rows, mended) if mended else messages

    @cached_property
    def _watched_hashes(self) -> np.ndarray:
        """The tokenizer's hash of each watched word by its number; 0 for other words. Shape (words,)."""
        hashes = np.zeros(len(self.words), np.int64)
        if self._watched:
            rows = TokenizedMessages.of(self._watched)
            is_single = np.diff(rows.words_from) == 1
            numbers = np.array([self.number[word] for word in self._watched], np.int64)
            hashes[numbers[is_single]] = rows.word_rows[rows.words_from[:-1][is_single], 3]
        return hashes


def _replace_words(messages: TokenizedMessages, rows: np.ndarray, mended: dict[int, str]) -> TokenizedMessages:
    """Return messages with other letters in some of their words, and begin the later words where these end."""
    begins = messages.word_rows[:, 0]
    longer_by = np.zeros(len(rows), np.int64)
    pieces: list[np.ndarray] = []
    last = 0
    for word in sorted(mended):
        begin, end = begins[word : word + 2].tolist()
        longer_by[word + 1] = len(mended[word]) - (end - begin)
        pieces += (messages.letters[last:begin], _encode_letters(mended[word]))
        last = end
    rows[:, 0] += np.cumsum(longer_by)
    return messages._replace(letters=np.concatenate([*pieces, messages.letters[last : begins[-1]]]), word_rows=rows)


def _encode_letters(word: str) -> np.ndarray:
    """Return the letters of a word as the tokenizer keeps them."""
    return np.frombuffer(word.encode("utf-32-le", "surrogatepass"), np.uint32)


def flatten_lists(lists: Iterable[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Join lists end to end; return the numbers and where each list begins, shape (lists + 1,)."""
    lists = list(lists)
    begins = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(numbers) for numbers in lists], out=begins[1:])
    return np.array([number for numbers in lists for number in numbers], np.int64), begins
