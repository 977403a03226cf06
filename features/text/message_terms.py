"""Which terms does a message have? Runs of words, pieces of words, and terms of the medical vocabulary, as hashes.

Lives here: the terms of one message or a million, and the vocabulary files (``vocabulary/``).
Does not live here: the loops (``kernels.message_terms``), the words themselves (``text.tokenization``), what a term
weighs (``text.label_model``).
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import numpy as np

from features.kernels import message_terms as kernel
from features.text.tokenization import TokenizedMessages

__all__ = ["VOCABULARIES", "build_vocabulary_slots", "list_terms", "list_terms_of_words", "read_vocabulary"]

VOCABULARIES = ("not_now", "conditions", "procedures", "red_flags")
"""The files of ``vocabulary/``: a term on each line, then its variants and misspellings, separated by commas."""

_NEGATORS = (
    "no not never none without denies deny denied denying dont doesnt didnt isnt arent wasnt werent havent hasnt hadnt "
    "cant cannot wont wouldnt nor neither nothing sin nunca tampoco"
).split()
_EXCUSED = (
    "smoked smoke drink mind hesitate worry worries problem problems rush hurry pressure matter sweat kidding joke "
    "wonder"
).split()
_TURNS = "but however except although though pero just only".split()
_MOST_TERMS_PER_LETTER, _MOST_TERMS_PER_WORD = 3, 14
"""Bounds of the terms of a word: three pieces begin at each letter and edge; three runs and five marks at each word."""


def list_terms(messages: Sequence[str]) -> kernel.TermTable:
    """List the terms of each message; only the patient's own words count (``text.patient_words``).

    >>> terms = list_terms(["knee pain", "no knee pain", "KNEE  pain!"])
    >>> first, denied, again = (
    ...     set(terms.hashes[low:high].tolist())
    ...     for low, high in zip(terms.terms_from[:-1], terms.terms_from[1:], strict=True)
    ... )
    >>> first == again, len(first & denied)
    (True, 0)
    """
    return list_terms_of_words(TokenizedMessages.of(messages))


def list_terms_of_words(tokens: TokenizedMessages) -> kernel.TermTable:
    """List the terms of messages that are split into words already."""
    messages = len(tokens.words_from) - 1
    words, letters = len(tokens.word_rows) - 1, int(tokens.word_rows[-1, 0])
    room = _MOST_TERMS_PER_LETTER * (letters + 2 * words) + _MOST_TERMS_PER_WORD * words
    terms = kernel.TermTable(
        np.empty(room, np.int64),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(messages + 1, np.int64),
        np.empty(words + messages + 1, np.int64),
        np.empty(messages + 1, np.int64),
    )
    used = kernel.fill_terms(tokens.letters, tokens.word_rows, tokens.words_from, *_list_special_words(), terms)
    return terms._replace(hashes=terms.hashes[:used], first=terms.first[:used], last=terms.last[:used])


def read_vocabulary(name: str) -> list[str]:
    """Return every term and variant of a file of ``vocabulary/``, as written in its file.

    >>> "plantar fasciitis" in read_vocabulary("conditions")
    True
    """
    text = (files("features.text") / "vocabulary" / f"{name}.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [term.strip() for line in lines for term in line.split(",") if term.strip()]


@cache
def _list_special_words() -> tuple[kernel.SpecialWords, np.ndarray]:
    """Return the hashes of special words and the slots of the vocabulary, made once in a process."""
    special = kernel.SpecialWords(*map(_hash_words, (_NEGATORS, _TURNS, _EXCUSED, ["|", ","])))
    return special, build_vocabulary_slots({name: _hash_mark(name) for name in VOCABULARIES})


def _hash_words(words: Sequence[str]) -> np.ndarray:
    """Return the tokenizer's hash of each word."""
    rows = TokenizedMessages.of([word if word != "|" else "." for word in words]).word_rows
    return rows[:-1, 3].copy()


def build_vocabulary_slots(marks: Mapping[str, int]) -> np.ndarray:
    """Return the hash table of vocabularies for ``kernels.message_terms``: the run of each term, and its file's mark.

    Parameters
    ----------
    marks : dict
        File of ``vocabulary/`` -> the number that stands for its terms, not 0.
    """
    mark_of_run: dict[int, int] = {}
    for name, mark in marks.items():
        tokens = TokenizedMessages.of(read_vocabulary(name))
        runs = kernel.hash_runs(tokens.word_rows[:, 3], tokens.words_from)
        # A term of two vocabularies belongs to the later one: a red flag is a condition, too, and a refill a procedure.
        mark_of_run |= dict.fromkeys(runs[runs != 0].tolist(), mark)
    slots = np.zeros((kernel.count_slots(len(mark_of_run)), 2), np.int64)
    kernel.fill_slots(np.array([*mark_of_run], np.int64), np.array([*mark_of_run.values()], np.int64), slots, 0)
    return slots


def _hash_mark(name: str) -> int:
    """Return the hash that stands for a vocabulary's mark among the terms."""
    return ((1 + VOCABULARIES.index(name)) << 2) | kernel.MARKS
