"""Which normalized words does a message have, and where? Markup, accents, capitals and punctuation are removed.

Lives here: splitting into words, for one message or a million, and where in the message each word stands.
Does not live here: markup, accents and numeric dates (``text_cleaning``), whose words they are (``patient_words``),
misspelled words (``spell_correction``), what the words mean (``phrase_lexicon``), the loop that splits
(``kernels.tokenizer``).
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from features.text.greetings_and_footers import blank_frame
from features.text.patient_words import blank_other_speakers
from features.text.text_cleaning import STEPS, clean_text

if TYPE_CHECKING:
    from features.kernels.closing_words import Closings

__all__ = [
    "BATCH_SIZE",
    "Span",
    "TokenizedMessages",
    "classify_characters",
    "locate_words",
    "normalize_text",
    "tokenize_in_batches",
]

BATCH_SIZE = 1_024
"""Messages read at a time, so that their letters and terms stay in the processor's cache."""

Span = tuple[int, int]
"""The half-open range of characters of a message that a word came from."""


@cache
def classify_characters() -> np.ndarray:
    """Classify each character by its number: bits of ``kernels.tokenizer``. Shape (1,114,112), uint8."""
    from features.kernels import tokenizer as kernel

    letters = np.arange(0x110000, dtype=np.uint32).view("U1")
    return (
        np.strings.isalnum(letters) * np.uint8(kernel.IN_WORD)
        | np.strings.isdecimal(letters) * np.uint8(kernel.IS_DIGIT)
        | np.strings.isspace(letters) * np.uint8(kernel.IS_SPACE)
        | np.strings.isalpha(letters) * np.uint8(kernel.IS_LETTER)
        | np.isin(letters, list(".!?;\n")) * np.uint8(kernel.IS_END)
    )


_GUARDS = "no to say saying".split()
"""Words behind which a closing is a part of the sentence: "no thanks", "just to say thank you"."""

_NAMES = ("john", "jane", "doe")
"""Names in our lists of words: of whoever tries a form."""


@cache
def _list_closings() -> "Closings":
    """Return the words that close a message, made once in a process.

    A name behind them is no word of our other lists: "Thanks. Knee pain" goes on.
    """
    from features.kernels import closing_words

    folder = files("features.text")
    listed = (folder / "vocabulary" / "closings.txt").read_text(encoding="utf-8").splitlines()
    phrases = [phrase for line in listed if not line.startswith("#") for phrase in line.split(", ") if phrase]
    lists = [folder / "vocabulary" / f"{name}.txt" for name in ("conditions", "procedures", "red_flags")]
    texts = [path.read_text(encoding="utf-8") for path in (*lists, folder / "phrase_lexicon.toml")]
    plain = sorted({*re.findall("[a-z]+", " ".join(texts))} - {*_NAMES})
    tokens = TokenizedMessages.of_phrases(phrases)
    words_from, hashes = tokens.words_from, tokens.word_rows[:-1, 3]
    guards, others, marks = (TokenizedMessages.of_phrases(words).word_rows[:-1, 3] for words in (_GUARDS, plain, ",."))
    return closing_words.Closings(
        np.unique(closing_words.hash_phrases(hashes, words_from)),
        np.unique(hashes[words_from[1:] - 1]),
        np.unique(guards),
        np.unique(others),
        marks.copy(),
        int(np.diff(words_from).max()),
    )


class TokenizedMessages(NamedTuple):
    """The normalized words of m messages; see ``kernels.tokenizer.split_words``.

    Parameters
    ----------
    letters : uint32 array
        The letters of all words.
    word_rows : int64 array of shape (words + 1, 4)
        Where the word's letters begin, the range of the cleaned message that it came from (half-open), and its hash.
        The last row marks the end of the letters.
    words_from : int64 array of shape (m + 1,)
        Words of message ``i`` are ``words_from[i]`` to ``words_from[i + 1]``.
    """

    letters: np.ndarray
    word_rows: np.ndarray
    words_from: np.ndarray

    @classmethod
    def of(cls, messages: Sequence[str]) -> "TokenizedMessages":
        """Split these messages into words, without the words that only close them: "Thanks, Maria"."""
        return cls._split(messages, _list_closings())

    @classmethod
    def _split(cls, messages: Sequence[str], closings: "Closings | None") -> "TokenizedMessages":
        from features.kernels import closing_words
        from features.kernels import tokenizer as kernel

        own = [blank_frame(blank_other_speakers(message)) for message in messages]
        cleaned = [clean_text(message) for message in own]
        # "surrogatepass": a lone surrogate half may come out of damaged JSON and must not stop the batch.
        characters = np.frombuffer("".join(cleaned).encode("utf-32-le", "surrogatepass"), np.uint32)
        starts = np.array([0, *accumulate(map(len, cleaned))], np.int64)
        letters, word_rows = np.empty(len(characters), np.uint32), np.empty((len(characters) + 1, 4), np.int64)
        words_from = np.empty(len(starts), np.int64)
        count = kernel.split_words(characters, starts, classify_characters(), letters, word_rows, words_from)
        if closings:
            table = letters, word_rows, words_from
            count = closing_words.drop_closings(characters, starts, table, closings)
        return cls(letters, word_rows[: count + 1], words_from)

    @classmethod
    def of_phrases(cls, phrases: Sequence[str]) -> "TokenizedMessages":
        """Split phrases into words, all of them."""
        return cls._split(phrases, None)

    def get_word(self, word: int) -> str:
        """Return one word, by its row."""
        begin, end = self.word_rows[word : word + 2, 0].tolist()
        return self.letters[begin:end].tobytes().decode("utf-32-le", "surrogatepass")

    def strings(self) -> list[str]:
        """Return every word of every message."""
        bounds = self.word_rows[:, 0].tolist()
        letters = self.letters[: bounds[-1]].tobytes().decode("utf-32-le", "surrogatepass")
        return [letters[low:high] for low, high in pairwise(bounds)]


def tokenize_in_batches(messages: Sequence[str | None]) -> tuple[TokenizedMessages, ...]:
    """Split messages into words, ``BATCH_SIZE`` of them at a time; None has no words.

    >>> [len(batch.words_from) - 1 for batch in tokenize_in_batches(["my knee"] * 1_500)]
    [1024, 476]
    """
    batches = (messages[low : low + BATCH_SIZE] for low in range(0, len(messages), BATCH_SIZE))
    return tuple(TokenizedMessages.of([message or "" for message in batch]) for batch in batches)


def normalize_text(text: str) -> str:
    """Return lower-case words without accents, markup or punctuation, separated by blanks.

    ``|`` marks the end of a sentence, ``,`` a comma. The period of "Dr. Lee" ends no sentence.

    >>> normalize_text("<b>NOT</b> urgent!! Mañana, don't ask Dr. Lee")
    'not urgent | manana , dont ask dr lee'
    """
    return " ".join(TokenizedMessages.of([text]).strings())


def locate_words(text: str) -> list[Span]:
    """Return for each of the normalized words the range of ``text`` that it came from.

    >>> locate_words("<b>NOT</b> urgent!!")
    [(3, 6), (11, 17), (17, 19)]
    """
    messages, spans = TokenizedMessages.of([text]), [(at, at + 1) for at in range(len(text))]
    text = blank_frame(blank_other_speakers(text))
    for _, pattern, replacement in STEPS:
        text, spans = _replace_with_spans(text, spans, pattern, replacement)
    return [(spans[start][0], spans[stop - 1][1]) for _, start, stop, _ in messages.word_rows[:-1].tolist()]


def _replace_with_spans(
    text: str, spans: list[Span], pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str]
) -> tuple[str, list[Span]]:
    """Apply ``pattern.sub`` and carry the span of each character over; new characters get that of what they replace."""
    pieces: list[str] = []
    new_spans: list[Span] = []
    last = 0
    for match in pattern.finditer(text):
        start, end, new = match.start(), match.end(), replacement(match)
        pieces += (text[last:start], new)
        # A replaced "&" becomes "and": all three letters point at the one character that the person wrote.
        new_spans += spans[last:start] + [(spans[start][0], spans[end - 1][1])] * len(new)
        last = end
    return "".join((*pieces, text[last:])), new_spans + spans[last:]
