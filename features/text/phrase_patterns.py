"""Which words may stand at each place of a phrase? The short forms of many phrases, place by place.

Lives here: taking a phrase apart at its blanks, and what may stand at each place in plain words.
Does not live here: what the short forms mean (``phrases``), the tree of all phrases (``phrase_tree``).

A phrase is not written out before it goes into the tree: "(see|meet) (a|the) {doctor}" has three places, and its few
words are made plain once, not once in each of the hundreds of phrases that it stands for."""

from collections.abc import Iterable, Mapping, Sequence

from features.text.phrase_lexicon import expand_phrase
from features.text.tokenization import TokenizedMessages

__all__ = ["PhraseSlots", "parse_slots"]

PhraseSlots = tuple[tuple[tuple[str, ...], ...], ...]
"""The places of a phrase; what may stand at each, in plain words; ``^`` and ``$`` stand for the ends of a message."""


def parse_slots(phrases: Iterable[str], lists: Mapping[str, Sequence[str]], same: Mapping[str, str]) -> list[PhraseSlots]:
    """The places of each phrase, words in the long form that ``same`` has for them.

    >>> parse_slots(["(see|meet) my dr"], {}, {"dr": "doctor"})
    [((('see',), ('meet',)), (('my',),), (('doctor',),))]
    """
    apart = [_apart(phrase) for phrase in phrases]
    written = {place: list(dict.fromkeys(expand_phrase(place, lists))) for places in apart for place in places}
    texts = list({text: None for several in written.values() for text in several})
    words = TokenizedMessages.of(texts)
    plain, bounds = words.strings(), words.words_from.tolist()
    long = {
        text: tuple(one for word in plain[low:high] if word not in "|," for one in same.get(word, word).split(" "))
        for text, low, high in zip(texts, bounds[:-1], bounds[1:], strict=True)
    }
    made: dict[tuple[str, bool, bool], tuple[tuple[str, ...], ...]] = {}
    for places in apart:
        for key in _with_ends(places):
            if key not in made:
                made[key] = tuple(dict.fromkeys(_between_ends(text, long[text], *key[1:]) for text in written[key[0]]))
    return [tuple(made[key] for key in _with_ends(places)) for places in apart]


def _apart(phrase: str) -> list[str]:
    """The phrase cut at the blanks that stand in no brackets; left whole where its words cannot be made plain one by
    one.

    >>> _apart("de(l| este) mes (a b|c)")
    ['de(l| este)', 'mes', '(a b|c)']
    """
    if any(mark in phrase for mark in "&</."):
        return [phrase]
    if "(" not in phrase:
        return phrase.split(" ")
    places, depth = [""], 0
    for letter in phrase:
        depth += (letter == "(") - (letter == ")")
        if letter == " " and not depth:
            places.append("")
        else:
            places[-1] += letter
    return places


def _with_ends(places: Sequence[str]) -> list[tuple[str, bool, bool]]:
    """Each place, and whether it is the first and the last."""
    return [(place, at == 0, at == len(places) - 1) for at, place in enumerate(places)]


def _between_ends(text: str, words: tuple[str, ...], first: bool, last: bool) -> tuple[str, ...]:
    """The words, with the ends of a message that the text asks for."""
    return (*["^"] * (first and text.startswith("^")), *words, *["$"] * (last and text.endswith("$")))
