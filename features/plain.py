"""Which plain words stand in a message, and where? Markup, accents, capitals and punctuation taken away, step by step.

Lives here: the steps, on a text alone (``plain_words``) and on a text whose letters remember where they stood (``placed_words``).
Does not live here: misspelt words (``spelling``), what the words mean (``phrases``).
"""

import html
import re
import unicodedata
from collections.abc import Callable

__all__ = ["PlacedWord", "placed_words", "plain_words"]

PlacedWord = tuple[str, int, int]
"""A plain word, and the half-open piece of the message that it was made of, in characters."""

_MONTHS = ("", "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")


def _folded(letters: str) -> str:
    """Letters as compared: without case and accents."""
    apart = unicodedata.normalize("NFKD", letters.casefold()).replace("\u2019", "'").casefold()
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


_STEPS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)"), lambda found: html.unescape(found[0])),
    (re.compile(r"<[^<>]{0,500}>|\|"), lambda found: " "),
    (re.compile(r"[A-Z]+"), lambda found: found[0].lower()),
    (re.compile(r"[^\x00-\x7f]"), lambda found: _folded(found[0])),
    (
        re.compile(r"\b(on|by|before|until|till|after) (1[0-2]|0?[1-9])/([0-3]?\d)\b"),
        lambda found: f"{found[1]} {_MONTHS[int(found[2])]} {found[3]}",
    ),
    (re.compile(r"a\.s\.a\.p\.?"), lambda found: "asap"),
    (re.compile(r"n't"), lambda found: "nt"),
    (re.compile(r"(?<!\d),|,(?!\d)"), lambda found: " , "),
    (re.compile(r"(?<!\bdr)(?<!\bmr)(?<!\bmrs)(?<!\bdra)[.!?;\n]+|:\s"), lambda found: " | "),
    (re.compile(r"(?:[^\w|,]|_)+"), lambda found: " "),
)
"""What is replaced by what, in this order. The sentence marks of "Dr. Lee" end no sentence."""


def plain_words(text: str) -> str:
    """Lower-case words without accents, markup or punctuation, one space between; ``|`` stands where a sentence ends, ``,`` for a comma.

    >>> plain_words("<b>NOT</b> urgent!! Mañana, don't")
    'not urgent | manana , dont'
    """
    for pattern, replacement in _STEPS:
        text = pattern.sub(replacement, text)
    return text.strip()


def placed_words(text: str) -> list[PlacedWord]:
    """The words of ``plain_words``, each with the piece of ``text`` that it was made of.

    >>> placed_words("<b>NOT</b> urgent!!")
    [('not', 3, 6), ('urgent', 11, 17), ('|', 17, 19)]
    """
    letters, places = text, [(at, at + 1) for at in range(len(text))]
    for pattern, replacement in _STEPS:
        letters, places = _replaced(letters, places, pattern, replacement)
    return [(found[0], places[found.start()][0], places[found.end() - 1][1]) for found in re.finditer(r"[^ ]+", letters)]


def _replaced(
    text: str, places: list[tuple[int, int]], pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str]
) -> tuple[str, list[tuple[int, int]]]:
    """``pattern.sub``, with the places of the letters: those that come new take the place of what they replace; as many as before keep their own."""
    letters, where, last = [], [], 0
    for found in pattern.finditer(text):
        start, end, new = found.start(), found.end(), replacement(found)
        letters += (text[last:start], new)
        kept = places[start:end] if len(new) == end - start else [(places[start][0], places[end - 1][1])] * len(new)
        where += places[last:start] + kept
        last = end
    return "".join((*letters, text[last:])), where + places[last:]
