"""Which words may be at each position of a phrase? The short notation of many phrases, position by position.

Lives here: splitting a phrase at its blanks, and the normalized words that each slot allows.
Does not live here: what the notation means (``phrase_lexicon``), the trie of all phrases (``phrase_trie``).

A phrase is not expanded before it goes into the trie: "(see|meet) (a|the) {doctor}" has three slots. Its few words are
normalized once, not once in each of the hundreds of phrases that it stands for.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from features.text.phrase_lexicon import expand_phrase
from features.text.tokenization import TokenizedMessages

__all__ = ["PhraseSlots", "parse_slots"]

PhraseSlots = tuple[tuple[tuple[str, ...], ...], ...]
"""The slots of a phrase, the choices of each slot, and the normalized words of each choice.

``^`` and ``$`` stand for the start and the end of a message.
"""

_SlotKey = tuple[str, bool, bool]
"""Text of a slot, and whether it is the first and the last of its phrase."""


def parse_slots(
    phrases: Iterable[str], lists: Mapping[str, Sequence[str]], same: Mapping[str, str]
) -> list[PhraseSlots]:
    """Parse the slots of each phrase; words with a long form in ``same`` are replaced by it.

    >>> parse_slots(["(see|meet) my dr"], {}, {"dr": "doctor"})
    [((('see',), ('meet',)), (('my',),), (('doctor',),))]
    """
    phrase_slots = [_split_phrase(phrase) for phrase in phrases]
    # Each slot once: thousands of phrases share a few hundred of them, and splitting words is what costs.
    choices = {slot: list(dict.fromkeys(expand_phrase(slot, lists))) for slots in phrase_slots for slot in slots}
    words = _normalize_choices(list({text: None for texts in choices.values() for text in texts}), same)
    parsed: dict[_SlotKey, tuple[tuple[str, ...], ...]] = {}
    for slots in phrase_slots:
        for key in _mark_ends(slots):
            if key not in parsed:
                slot, is_first, is_last = key
                parsed[key] = tuple(
                    dict.fromkeys(_add_ends(text, words[text], is_first, is_last) for text in choices[slot])
                )
    return [tuple(parsed[key] for key in _mark_ends(slots)) for slots in phrase_slots]


def _normalize_choices(texts: list[str], same: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the normalized words of each text, without punctuation, in their long forms."""
    messages = TokenizedMessages.of(texts)
    words, bounds = messages.strings(), messages.words_from.tolist()
    return {
        text: tuple(part for word in words[low:high] if word not in "|," for part in same.get(word, word).split(" "))
        for text, (low, high) in zip(texts, pairwise(bounds), strict=True)
    }


def _split_phrase(phrase: str) -> list[str]:
    """Split the phrase at the blanks outside brackets; leave it whole where its words depend on each other.

    >>> _split_phrase("de(l| este) mes (a b|c)")
    ['de(l| este)', 'mes', '(a b|c)']
    """
    # Markup, dates and abbreviations are normalized across blanks.
    if any(mark in phrase for mark in "&</."):
        return [phrase]
    if "(" not in phrase:
        return phrase.split(" ")
    slots, depth = [""], 0
    for letter in phrase:
        depth += (letter == "(") - (letter == ")")
        if letter == " " and not depth:
            slots.append("")
        else:
            slots[-1] += letter
    return slots


def _mark_ends(slots: Sequence[str]) -> list[_SlotKey]:
    """Return each slot with whether it is the first and the last."""
    return [(slot, at == 0, at == len(slots) - 1) for at, slot in enumerate(slots)]


def _add_ends(text: str, words: tuple[str, ...], is_first: bool, is_last: bool) -> tuple[str, ...]:
    """Return the words with the ends of a message that the text asks for."""
    return (*["^"] * (is_first and text.startswith("^")), *words, *["$"] * (is_last and text.endswith("$")))
