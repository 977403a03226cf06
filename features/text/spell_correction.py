"""What word was meant? Short forms, drawn-out letters and one slip in a long word, read as the word people mean.

Lives here: the words that are known, as arrays, and the tolerant pass over the words of messages before phrases are
looked for. Does not live here: which words those are (``phrases.toml``), finding phrases (``reader``), the loop itself
(``kernels.words``)."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import numpy as np

from features.errors import PracticeError
from features.text.tokenization import TokenizedMessages, classify_characters

__all__ = ["BAR", "COMMA", "SpellCorrector", "Tokens", "flatten_lists"]

_LEAST_LETTERS = 6
"""A letter lost, doubled, added or swapped is forgiven in words of this many letters."""
_BUCKETS = 64

UNKNOWN_WORD, BAR, COMMA, START, END = range(5)
"""Numbers that stand for a word nobody knows, the end of a sentence, a comma, and the two ends of a message."""


class Tokens(NamedTuple):
    """The meant words of m messages by number; see ``kernels.words.meant``.

    Parameters
    ----------
    ids, word_of : int64 arrays of shape (tokens,)
        The word that was meant, and the word of the messages that meant it.
    tokens_from : int64 array of shape (m + 1,)
    counts : int64 array of shape (m,)
        Words in each message.
    """

    ids: np.ndarray
    word_of: np.ndarray
    tokens_from: np.ndarray
    counts: np.ndarray


class SpellCorrector:
    """Reads words as they were meant.

    Parameters
    ----------
    same : mapping of str to str
        Short form -> the words it stands for.
    watched : collection of str
        Words that are recognised with one slip; those shorter than six letters are not.
    known : collection of str
        Words that stand as they are: every word of the phrases, and real words that are one slip from a watched one.
    others : collection of str
        Words that have a number besides, and may be a slip of a watched one.

    >>> spelling = SpellCorrector({"pls": "please"}, ["appointment", "surgery"], ["booking", "injury"])
    >>> [spelling.words[word] for word in spelling.meant(TokenizedMessages.of(["apointment for sugrery pls booooking"])).ids]
    ['^', 'appointment', '', 'surgery', 'please', 'booking', '$']
    """

    def __init__(
        self, same: Mapping[str, str], watched: Collection[str], known: Collection[str], others: Collection[str] = ()
    ) -> None:
        from features.kernels import tokenizer as kernel

        watched = sorted({word for word in watched if len(word) >= _LEAST_LETTERS and word.isalpha()})
        stands = {"|", ",", *known, *watched}
        meant = {word for words in same.values() for word in words.split(" ")}
        self.words = list(dict.fromkeys(("", "|", ",", "^", "$", *sorted(stands | set(same) | meant | set(others)))))
        self.number = {word: number for number, word in enumerate(self.words)}
        letters, first = flatten_lists([[ord(letter) for letter in word] for word in self.words])
        slots = np.full((1 << (2 * len(self.words)).bit_length(), 2), -1, np.int64)
        if not kernel.fill_word_table(letters, first, slots):
            raise PracticeError(
                "phrases: two of the words have one hash. Expected none in 2**64; leave one of the latest phrases out."
            )
        kinds = {
            word: kernel.MARK if word in "|," else kernel.SHORT if word in same else kernel.STANDS
            for word in (*stands, *same)
        }
        buckets = [
            [self.number[word] for word in watched if ord(word[0]) % _BUCKETS == bucket] for bucket in range(_BUCKETS)
        ]
        self.vocabulary = kernel.Vocabulary(
            slots,
            np.array([kinds.get(word, kernel.OTHER) for word in self.words], np.int64),
            *flatten_lists(
                [[self.number[one] for one in same[word].split(" ")] if word in same else [] for word in self.words]
            ),
            letters,
            first,
            *flatten_lists(buckets),
            START,
            END,
        )
        self._most = max((len(words.split(" ")) for words in same.values()), default=1)

    def meant(self, words: TokenizedMessages) -> Tokens:
        """The words, each as it was meant, between the two ends of its message."""
        from features.kernels import tokenizer as kernel

        messages = len(words.words_from) - 1
        ids, word_of = (np.empty(len(words.words) * self._most + 2 * messages, np.int64) for _ in range(2))
        tokens_from, counts = np.empty(messages + 1, np.int64), np.empty(messages, np.int64)
        used = kernel.correct_words(
            words.letters, words.words, words.words_from, self.vocabulary, classify_characters(), ids, word_of, tokens_from, counts
        )
        return Tokens(ids[:used], word_of[:used], tokens_from, counts)


def flatten_lists(lists: Iterable[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Lists end to end, and where each begins; shape (lists + 1,)."""
    lists = list(lists)
    begins = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(one) for one in lists], out=begins[1:])
    return np.array([one for several in lists for one in several], np.int64), begins
