"""Which plain words stand in a message, and where? Markup, accents, capitals and punctuation taken away.

Lives here: cleaning what few messages have (markup, accents, numeric dates), step by step; splitting into words, one message or a million.
Does not live here: misspelt words (``spelling``), what the words mean (``phrases``), the loop that splits (``kernels.words``).
"""

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

__all__ = ["PlacedWord", "Words", "classes", "placed_words", "plain_words"]

PlacedWord = tuple[int, int]
"""The half-open piece of a message that a word was made of, in characters."""

_MONTHS = ("", "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")


@lru_cache(maxsize=4096)
def _folded(letter: str) -> str:
    """A letter as compared: without case and accents."""
    apart = unicodedata.normalize("NFKD", letter.casefold()).replace("\u2019", "'").casefold()
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


Step = tuple[Callable[[str], bool], re.Pattern[str], Callable[[re.Match[str]], str]]
_STEPS: tuple[Step, ...] = (
    (lambda text: "&" in text, re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)"), lambda found: html.unescape(found[0])),
    (lambda text: "<" in text, re.compile(r"<[^<>]{0,500}>"), lambda found: " "),
    (lambda text: not text.isascii(), re.compile(r"[^\x00-\x7f]"), lambda found: _folded(found[0])),
    (
        lambda text: "/" in text,
        re.compile(r"\b(on|by|before|until|till|after) (1[0-2]|0?[1-9])/([0-3]?\d)\b", re.IGNORECASE),
        lambda found: f"{found[1]} {_MONTHS[int(found[2])]} {found[3]}",
    ),
    (lambda text: ".s" in text or ".S" in text, re.compile(r"a\.s\.a\.p\.?", re.IGNORECASE), lambda found: "asap"),
)
"""When, what and by what: replaced in this order before a message is split into words."""


@cache
def classes() -> np.ndarray:
    """What each character is, by its number: bits of ``kernels.words``. Shape (1,114,112), uint8."""
    from features.kernels import words as kernel

    letters = np.arange(0x110000, dtype=np.uint32).view("U1")
    return (
        np.strings.isalnum(letters) * np.uint8(kernel.IN_WORD)
        | np.strings.isdecimal(letters) * np.uint8(kernel.IS_DIGIT)
        | np.strings.isspace(letters) * np.uint8(kernel.IS_SPACE)
        | np.strings.isalpha(letters) * np.uint8(kernel.IS_LETTER)
        | np.isin(letters, list(".!?;\n")) * np.uint8(kernel.IS_END)
    )


class Words(NamedTuple):
    """The plain words of m messages; see ``kernels.words.split``.

    Parameters
    ----------
    letters : uint32 array
        Those of word ``w`` are ``letters[first[w]:first[w + 1]]``.
    first : int64 array of shape (words + 1,)
    start, stop : int64 arrays of shape (words,)
        The piece of the cleaned message that the word was made of, half-open.
    words_from : int64 array of shape (m + 1,)
        Words of message ``i`` are ``words_from[i]`` to ``words_from[i + 1]``.
    """

    letters: np.ndarray
    first: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    words_from: np.ndarray

    @classmethod
    def of(cls, messages: Sequence[str]) -> "Words":
        """The words of these messages."""
        from features.kernels import words as kernel

        cleaned = [_cleaned(message) for message in messages]
        characters = np.frombuffer("".join(cleaned).encode("utf-32-le", "surrogatepass"), np.uint32)
        starts = np.zeros(len(cleaned) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, cleaned), np.int64, len(cleaned)), out=starts[1:])
        letters, words_from = np.empty(len(characters), np.uint32), np.empty(len(starts), np.int64)
        first, start, stop = (np.empty(len(characters) + 1, np.int64) for _ in range(3))
        count = kernel.split(characters, starts, classes(), letters, first, start, stop, words_from)
        return cls(letters, first[: count + 1], start[:count], stop[:count], words_from)

    def strings(self) -> list[str]:
        """Every word of every message."""
        letters = self.letters[: self.first[-1]].tobytes().decode("utf-32-le", "surrogatepass")
        bounds = self.first.tolist()
        return [letters[low:high] for low, high in zip(bounds[:-1], bounds[1:], strict=True)]


def plain_words(text: str) -> str:
    """Lower-case words without accents, markup or punctuation, one space between; ``|`` stands where a sentence ends, ``,`` for a comma.

    The full stop of "Dr. Lee" ends no sentence.

    >>> plain_words("<b>NOT</b> urgent!! Mañana, don't ask Dr. Lee")
    'not urgent | manana , dont ask dr lee'
    """
    return " ".join(Words.of([text]).strings())


def placed_words(text: str) -> list[PlacedWord]:
    """For each of the plain words, the piece of ``text`` that it was made of.

    >>> placed_words("<b>NOT</b> urgent!!")
    [(3, 6), (11, 17), (17, 19)]
    """
    words, places = Words.of([text]), [(at, at + 1) for at in range(len(text))]
    for needed, pattern, replacement in _STEPS:
        if needed(text):
            text, places = _replaced(text, places, pattern, replacement)
    return [(places[start][0], places[stop - 1][1]) for start, stop in zip(words.start, words.stop, strict=True)]


def _cleaned(text: str) -> str:
    for needed, pattern, replacement in _STEPS:
        if needed(text):
            text = pattern.sub(replacement, text)
    return text


def _replaced(
    text: str, places: list[PlacedWord], pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str]
) -> tuple[str, list[PlacedWord]]:
    """``pattern.sub``, with the places of the characters: new ones take the place of what they replace."""
    pieces, where, last = [], [], 0
    for found in pattern.finditer(text):
        start, end, new = found.start(), found.end(), replacement(found)
        pieces += (text[last:start], new)
        where += places[last:start] + [(places[start][0], places[end - 1][1])] * len(new)
        last = end
    return "".join((*pieces, text[last:])), where + places[last:]
