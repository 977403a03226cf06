"""Which words of a message made a label? The ones to mark on a page.

Lives here: the strongest words of each label that is said, without those that say nothing by themselves.
Does not live here: the weights (``text.label_model``), phrases' own words (``text.message_reader``).
"""

from collections.abc import Mapping
from types import MappingProxyType

from features.text.label_model import WordWeights
from features.text.label_reader import LabelReader, MessageLabels
from features.text.message_readings import EvidenceSpan

__all__ = ["find_carrying_words", "find_label_spans"]

_MOST_WORDS = 6
_MIN_SHARE = 0.35
"""A word is marked that carries at least this share of what the strongest carries."""

# Negations and "last" are not among them: they carry what a sentence says.
_FUNCTION_WORDS = frozenset(
    (
        "a an the i im ive id ill me my mine we our us you your yours he him his she her hers it its they them their "
        "this that thats these those there theres here and or but so if then than as at by for from in into of on to "
        "with without about under up down out off since until while am is are was were be been being do does did has "
        "have had having will would could should may might shall just very really too also only even what which who "
        "whom whose when where why how all any some more most much many few other another such own same one two get "
        "got let hi hello dear thanks thank please pls kindly hey guys mr mrs ms dr anything something everything like "
        "ago s t m d ve ll re can "
        "el la los las lo un una unos unas de del al y e o u que en con por para mi mis tu tus su sus te se le les yo "
        "nos nuestro nuestra es son era fue esta este esto está estoy ha he hay si ya muy mas más como cuando donde "
        "gracias hola"
    ).split()
)
"""Words that say nothing by themselves: lower case, without apostrophes."""


def find_carrying_words(words: WordWeights, message: str, column: int, count: int = _MOST_WORDS) -> list[int]:
    """Return the words on which a label rests, in the order of the message: at most so many that say something, and
    words such as "of" between two of them, because "out of breath" is one thing.

    >>> message = "The speech of my father is slurred"
    >>> words = LabelReader.load_default().weigh_words(message)
    >>> flag = LabelReader.load_default().labels.index("red_flag")
    >>> [message[slice(*words.spans[word])] for word in find_carrying_words(words, message, flag)]
    ['speech', 'father', 'is', 'slurred']
    """
    texts = [message[start:stop] for start, stop in words.spans]
    strongest = words.find_strongest(column, len(texts))
    carrying = [word for word in strongest if _says_something(texts[word])][:count]
    if not carrying:
        return []
    least_weight = words.weights[carrying[0], column] * _MIN_SHARE
    strong = {word for word in carrying if words.weights[word, column] > least_weight}
    between = {word for word in strongest if word - 1 in strong and word + 1 in strong}
    return sorted(strong | between)


def _says_something(text: str) -> bool:
    """Return whether a word says something by itself.

    >>> _says_something("knee"), _says_something("The"), _says_something("I'm")
    (True, False, False)
    """
    return "".join(filter(str.isalnum, text.casefold())) not in _FUNCTION_WORDS | {""}


def find_label_spans(
    message: str, labels: MessageLabels, label_words: Mapping[str, str] = MappingProxyType({})
) -> list[EvidenceSpan]:
    """Return the words on which the labels that are said of one message rest, left to right, each with its label.

    Parameters
    ----------
    labels : MessageLabels of this message alone
    label_words : mapping of str to str
        What the practice changes of the weights of words (``MessageReader.label_words``).
    """
    words = LabelReader.load_default().with_words(label_words).weigh_words(message)
    spans = [
        EvidenceSpan(label, *words.spans[word])
        for column, label in enumerate(labels.labels)
        if labels.find(label)[0]
        for word in find_carrying_words(words, message, column)
    ]
    return sorted(spans, key=lambda span: (span.start, span.stop, span.meaning))
