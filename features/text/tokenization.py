"""Which plain words stand in a message, and where? Markup, accents, capitals and punctuation taken away.

Lives here: cleaning what few messages have (markup, accents, numeric dates), step by step; splitting into words, one
message or a million. Does not live here: misspelt words (``spelling``), what the words mean (``phrases``), the loop
that splits (``kernels.words``)."""

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

__all__ = ["Span", "TokenizedMessages", "classify_characters", "locate_words", "normalize_text"]

Span = tuple[int, int]
"""The half-open piece of a message that a word was made of, in characters."""

_MONTHS = (
    "",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_LEADS_TO_DATE = re.compile(r"\b(on|by|before|until|till|after|since|due|date|day|starting|week of):? $", re.IGNORECASE)


@lru_cache(maxsize=4096)
def _folded(letter: str) -> str:
    """A letter as compared: without case and accents."""
    apart = unicodedata.normalize("NFKD", letter.casefold()).replace("\u2019", "'").casefold()
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _in_words(date: re.Match[str]) -> str:
    """A numeric date, month first, with its year or behind a word that leads to one: "3/14/2026", "on 3/14"; 3/4 behind
    others may be a share, or a size.
    """
    if date[3]:
        return f"{_MONTHS[int(date[1])]} {date[2]} 20{date[3][-2:]}"
    return (
        f"{_MONTHS[int(date[1])]} {date[2]}"
        if _LEADS_TO_DATE.search(date.string[max(date.start() - 11, 0) : date.start()])
        else date[0]
    )


_STEPS: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (
        "&",
        re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)"),
        lambda found: html.unescape(found[0]),
    ),
    ("<", re.compile(r"<[^<>]{0,500}>"), lambda found: " "),
    ("", re.compile(r"[^\x00-\x7f]"), lambda found: _folded(found[0])),
    ("/", re.compile(r"\b(1[0-2]|0?[1-9])/([0-3]?\d)(/(?:20)?\d\d)?\b"), _in_words),
    (".", re.compile(r"\.[sS](?<=[aA]\.[sS])\.[aA]\.[pP]\.?"), lambda found: "sap"),
)
"""Where a text has the first, the second is replaced by the third, in this order, before it is split into words."""


@cache
def classify_characters() -> np.ndarray:
    """What each character is, by its number: bits of ``kernels.words``. Shape (1,114,112), uint8."""
    from features.kernels import tokenizer as kernel

    letters = np.arange(0x110000, dtype=np.uint32).view("U1")
    return (
        np.strings.isalnum(letters) * np.uint8(kernel.IN_WORD)
        | np.strings.isdecimal(letters) * np.uint8(kernel.IS_DIGIT)
        | np.strings.isspace(letters) * np.uint8(kernel.IS_SPACE)
        | np.strings.isalpha(letters) * np.uint8(kernel.IS_LETTER)
        | np.isin(letters, list(".!?;\n")) * np.uint8(kernel.IS_END)
    )


class TokenizedMessages(NamedTuple):
    """The plain words of m messages; see ``kernels.words.split``.

    Parameters
    ----------
    letters : uint32 array
        Of all words.
    words : int64 array of shape (words + 1, 4)
        Where the word's letters begin, the piece of the cleaned message that it was made of (half-open), and its hash.
        The last row ends the letters.
    words_from : int64 array of shape (m + 1,)
        Words of message ``i`` are ``words_from[i]`` to ``words_from[i + 1]``.
    """

    letters: np.ndarray
    words: np.ndarray
    words_from: np.ndarray

    @classmethod
    def of(cls, messages: Sequence[str]) -> "TokenizedMessages":
        """The words of these messages."""
        from features.kernels import tokenizer as kernel

        cleaned = [message if _is_clean(message) else _cleaned(message) for message in messages]
        characters = np.frombuffer("".join(cleaned).encode("utf-32-le", "surrogatepass"), np.uint32)
        starts = np.array([0, *accumulate(map(len, cleaned))], np.int64)
        letters, words = np.empty(len(characters), np.uint32), np.empty((len(characters) + 1, 4), np.int64)
        words_from = np.empty(len(starts), np.int64)
        count = kernel.split_words(characters, starts, classify_characters(), letters, words, words_from)
        return cls(letters, words[: count + 1], words_from)

    def strings(self) -> list[str]:
        """Every word of every message."""
        bounds = self.words[:, 0].tolist()
        letters = self.letters[: bounds[-1]].tobytes().decode("utf-32-le", "surrogatepass")
        return [letters[low:high] for low, high in pairwise(bounds)]


def normalize_text(text: str) -> str:
    """Lower-case words without accents, markup or punctuation, one space between; ``|`` stands where a sentence ends,
    ``,`` for a comma.

    The full stop of "Dr. Lee" ends no sentence.

    >>> normalize_text("<b>NOT</b> urgent!! Mañana, don't ask Dr. Lee")
    'not urgent | manana , dont ask dr lee'
    """
    return " ".join(TokenizedMessages.of([text]).strings())


def locate_words(text: str) -> list[Span]:
    """For each of the plain words, the piece of ``text`` that it was made of.

    >>> locate_words("<b>NOT</b> urgent!!")
    [(3, 6), (11, 17), (17, 19)]
    """
    words, places = TokenizedMessages.of([text]), [(at, at + 1) for at in range(len(text))]
    for _, pattern, replacement in _STEPS:
        text, places = _replaced(text, places, pattern, replacement)
    return [(places[start][0], places[stop - 1][1]) for _, start, stop, _ in words.words[:-1].tolist()]


def _is_clean(text: str) -> bool:
    """Whether no step changes the text; asked of every message, so in one expression."""
    return (
        text.isascii()
        and "&" not in text
        and "<" not in text
        and "/" not in text
        and ".s" not in text
        and ".S" not in text
    )


def _cleaned(text: str) -> str:
    for needed, pattern, replacement in _STEPS:
        if needed in text:
            text = pattern.sub(replacement, text)
    return text


def _replaced(
    text: str, places: list[Span], pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str]
) -> tuple[str, list[Span]]:
    """``pattern.sub``, with the places of the characters: new ones take the place of what they replace."""
    pieces, where, last = [], [], 0
    for found in pattern.finditer(text):
        start, end, new = found.start(), found.end(), replacement(found)
        pieces += (text[last:start], new)
        where += places[last:start] + [(places[start][0], places[end - 1][1])] * len(new)
        last = end
    return "".join((*pieces, text[last:])), where + places[last:]
