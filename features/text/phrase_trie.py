"""Where does each phrase begin, continue and end? All phrases as one trie of words, laid out as arrays.

Lives here: building the trie (Fredkin, 1960, doi:10.1145/367390.367400) and its layout.
Does not live here: the phrases (``phrase_lexicon``), walking the trie along a message (``kernels.phrase_matcher``).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from features.text.phrase_lexicon import PhraseGroup, PhraseLexicon
from features.text.phrase_patterns import PhraseSlots
from features.text.spell_correction import BAR, COMMA, END, START

if TYPE_CHECKING:
    from features.kernels.phrase_matcher import PhraseTrie

__all__ = ["Meaning", "build_phrase_trie"]

NEGATION_REACH_WORDS = 4
"""A negator counts when it is at most this many words before the phrase, in the same clause."""


_SERVICES = ("service", "treated")


class Meaning(NamedTuple):
    """What a phrase means: a kind of ``kernels.phrase_matcher``, with the group's name, the days, or the service's
    position.

    A phrase of kind ``treated`` names what the service treats, and not the service.
    """

    kind: str
    group: str = ""
    value: float = 0.0


def build_phrase_trie(
    entries: Sequence[tuple[PhraseSlots, Meaning]], phrases: PhraseLexicon, numbers: Mapping[str, int], services: int
) -> "PhraseTrie":
    """Build the trie of ``entries`` (the slots of a phrase, and what it means) for a practice with so many services.

    ``numbers`` are those of the words.
    """
    from features.kernels import phrase_matcher as kernel

    meanings_in_order = list(dict.fromkeys(meaning for _, meaning in entries if meaning.kind not in _SERVICES))
    number = {meaning: at for at, meaning in enumerate(meanings_in_order)}
    number |= {
        meaning: len(meanings_in_order) + _SERVICES.index(meaning.kind) * services + int(meaning.value)
        for _, meaning in entries
        if meaning.kind in _SERVICES
    }
    steps: dict[int, int] = {}
    ends = [(node, number[meaning]) for slots, meaning in entries for node in _add_phrase(slots, steps, numbers)]
    # A message's start or end alone is no phrase: the nodes of "", "^", "$" and "^ $".
    bare = {0, steps.get(START), steps.get(END), steps.get(steps.get(START, 0) * len(numbers) + END)}
    at_nodes = np.array([end for end in dict.fromkeys(ends) if end[0] not in bare], np.int64).reshape(-1, 2)
    table = np.column_stack([np.fromiter(part, np.int64, len(steps)) for part in (steps.keys(), steps.values())])
    nodes, is_service = len(steps) + 1, at_nodes[:, 1] >= len(meanings_in_order)
    meanings, meanings_from = _group_by_node(at_nodes[~is_service], nodes)
    positions, services_from = _group_by_node(at_nodes[is_service], nodes)
    parents = (table[:, 0] // len(numbers)).tolist()
    return kernel.PhraseTrie(
        *_lay_out_paths(table, len(numbers), meanings_from, services_from),
        meanings,
        positions - len(meanings_in_order),
        *_list_facts(meanings_in_order, phrases),
        *_list_effects(phrases),
        _list_word_effects(phrases, numbers),
        NEGATION_REACH_WORDS,
        max((sum(max(map(len, slot)) for slot in slots) for slots, _ in entries), default=1),
        _count_most_on_a_path(parents, meanings_from),
        _count_most_on_a_path(parents, services_from),
        services,
    )


def _add_phrase(slots: PhraseSlots, steps: dict[int, int], numbers: Mapping[str, int]) -> list[int]:
    """Add the steps of a phrase and return the nodes at which it ends, one for each choice of words.

    A step is one number: with 1,000 words, word 7 behind node 3 is 3 * 1,000 + 7 = 3,007.
    """
    nodes, vocabulary_size = [0], len(numbers)
    for slot in slots:
        behind: dict[int, None] = {}
        choices = [[numbers[word] for word in choice] for choice in slot]
        for node in nodes:
            for choice in choices:
                at = node
                for word in choice:
                    at = steps.setdefault(at * vocabulary_size + word, len(steps) + 1)
                behind[at] = None
        nodes = list(behind)
    return nodes


def _group_by_node(ends: np.ndarray, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Sort what ends at the nodes by node; also return where each node's entries begin, shape (nodes + 1,)."""
    begins = np.zeros(nodes + 1, np.int64)
    np.cumsum(np.bincount(ends[:, 0], minlength=nodes), out=begins[1:])
    return ends[np.argsort(ends[:, 0], kind="stable"), 1], begins


def _lay_out_paths(
    steps: np.ndarray, vocabulary_size: int, *begins: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return root, steps and nodes of ``PhraseTrie``."""
    from features.kernels import phrase_steps

    from_root = steps[:, 0] < vocabulary_size
    root = np.full(vocabulary_size, -1, np.int64)
    root[steps[from_root, 0]] = steps[from_root, 1]
    table = np.full((1 << (2 * len(steps)).bit_length(), 2), -1, np.int64)
    phrase_steps.fill_step_table(steps[~from_root], table)
    is_leaf = np.ones(len(steps) + 2, np.int64)
    is_leaf[steps[:, 0] // vocabulary_size] = 0
    return root, table, np.column_stack((*begins, is_leaf))


def _list_facts(meanings: Collection[Meaning], phrases: PhraseLexicon) -> tuple[np.ndarray, np.ndarray]:
    """Return facts and days of ``PhraseTrie``."""
    from features.kernels import phrase_matcher as kernel

    number = {group: number for number, group in enumerate(phrases.groups)}
    rows = [
        (
            getattr(kernel, meaning.kind.upper()),
            number.get(meaning.group, -1),
            *_get_flags(phrases.groups.get(meaning.group)),
        )
        for meaning in meanings
    ]
    return np.array(rows, np.int64).reshape(-1, 4), np.array([meaning.value for meaning in meanings], float)


def _get_flags(group: PhraseGroup | None) -> tuple[bool, bool]:
    """Return whether a group is negatable, and whether it hides others."""
    return (False, False) if group is None else (group.negatable, group.hides)


def _list_effects(phrases: PhraseLexicon) -> tuple[np.ndarray, np.ndarray]:
    """Return together and silences of ``PhraseTrie``."""
    number = {"days": -1} | {group: number for number, group in enumerate(phrases.groups)}
    longest = max((len(all_of) for all_of, _ in phrases.combinations), default=0)
    together = [
        (number[means], *(number[name] for name in all_of), *[-1] * (longest - len(all_of)))
        for all_of, means in phrases.combinations
    ]
    silences = [
        (number[name], number[silenced]) for name, group in phrases.groups.items() for silenced in group.silences
    ]
    return np.array(together, np.int64).reshape(-1, 1 + longest), np.array(silences, np.int64).reshape(-1, 2)


def _list_word_effects(phrases: PhraseLexicon, numbers: Mapping[str, int]) -> np.ndarray:
    """Return what each word does between two phrases."""
    from features.kernels import phrase_matcher as kernel

    effects = np.zeros(len(numbers), np.int64)
    joins = [numbers[word] for word in phrases.negators.get("joins", ()) if word in numbers]
    effects[joins] = kernel.JOINS
    effects[[BAR, COMMA]] = kernel.STOP, kernel.COMMA
    return effects


def _count_most_on_a_path(parents: Sequence[int], begins: np.ndarray) -> int:
    """Count the most meanings along one path of the trie.

    ``parents`` are those of the nodes behind the root, each before its children.
    """
    totals = np.diff(begins).tolist()
    for node, parent in enumerate(parents, 1):
        totals[node] += totals[parent]
    return max(totals)
