"""Where does each phrase begin, go on and end? All phrases as one tree of words (Fredkin, 1960,
doi:10.1145/367390.367400), laid out as arrays.

Lives here: the layout, and building it.
Does not live here: which phrases there are (``phrases``), walking the tree along a message (``kernels.phrases``).
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
"""A negator counts when it stands at most this many words before the phrase, in the same clause."""


_SERVICES = ("service", "treated")


class Meaning(NamedTuple):
    """What a phrase means: a kind of ``kernels.phrases``, and with it the group's name, the days, or the service's
    position.

    A phrase of kind ``treated`` names what the service treats, and not the service.
    """

    kind: str
    group: str = ""
    value: float = 0.0


def build_phrase_trie(
    entries: Sequence[tuple[PhraseSlots, Meaning]], phrases: PhraseLexicon, numbers: Mapping[str, int], services: int
) -> "PhraseTrie":
    """The tree of ``entries`` (the places of a phrase, and what it means), words by their ``numbers``, for a practice
    with so many services.
    """
    from features.kernels import phrase_matcher as kernel

    meant = list(dict.fromkeys(meaning for _, meaning in entries if meaning.kind not in _SERVICES))
    number = {meaning: at for at, meaning in enumerate(meant)}
    number |= {
        meaning: len(meant) + _SERVICES.index(meaning.kind) * services + int(meaning.value)
        for _, meaning in entries
        if meaning.kind in _SERVICES
    }
    steps: dict[int, int] = {}
    ends = [(node, number[meaning]) for places, meaning in entries for node in _ends(places, steps, numbers)]
    bare = {0, steps.get(START), steps.get(END), steps.get(steps.get(START, 0) * len(numbers) + END)}
    at_nodes = np.array([end for end in dict.fromkeys(ends) if end[0] not in bare], np.int64).reshape(-1, 2)
    table = np.column_stack([np.fromiter(part, np.int64, len(steps)) for part in (steps.keys(), steps.values())])
    nodes, of_service = len(steps) + 1, at_nodes[:, 1] >= len(meant)
    meanings, meanings_from = _by_node(at_nodes[~of_service], nodes)
    positions, services_from = _by_node(at_nodes[of_service], nodes)
    parents = (table[:, 0] // len(numbers)).tolist()
    return kernel.PhraseTrie(
        *_paths(table, len(numbers), meanings_from, services_from),
        meanings,
        positions - len(meant),
        *_facts(meant, phrases),
        *_effects(phrases),
        _between(phrases, numbers),
        NEGATION_REACH_WORDS,
        max((sum(max(map(len, place)) for place in places) for places, _ in entries), default=1),
        _most_on_a_path(parents, meanings_from),
        _most_on_a_path(parents, services_from),
        services,
    )


def _ends(places: PhraseSlots, steps: dict[int, int], numbers: Mapping[str, int]) -> list[int]:
    """The nodes at which the phrases of these places end; the steps to them are added."""
    nodes, words = [0], len(numbers)
    for place in places:
        behind: dict[int, None] = {}
        choices = [[numbers[word] for word in choice] for choice in place]
        for node in nodes:
            for choice in choices:
                at = node
                for word in choice:
                    at = steps.setdefault(at * words + word, len(steps) + 1)
                behind[at] = None
        nodes = list(behind)
    return nodes


def _by_node(ends: np.ndarray, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """What ends at the nodes, node by node, and where each node's begin; shape (nodes + 1,)."""
    begins = np.zeros(nodes + 1, np.int64)
    np.cumsum(np.bincount(ends[:, 0], minlength=nodes), out=begins[1:])
    return ends[np.argsort(ends[:, 0], kind="stable"), 1], begins


def _paths(steps: np.ndarray, words: int, *begins: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Root, steps and nodes of ``PhraseTrie``."""
    from features.kernels import phrase_matcher as kernel

    from_root = steps[:, 0] < words
    root = np.full(words, -1, np.int64)
    root[steps[from_root, 0]] = steps[from_root, 1]
    table = np.full((1 << (2 * len(steps)).bit_length(), 2), -1, np.int64)
    kernel.fill_step_table(steps[~from_root], table)
    is_leaf = np.ones(len(steps) + 2, np.int64)
    is_leaf[steps[:, 0] // words] = 0
    return root, table, np.column_stack((*begins, is_leaf))


def _facts(known: Collection[Meaning], phrases: PhraseLexicon) -> tuple[np.ndarray, np.ndarray]:
    """Facts and days of ``PhraseTrie``."""
    from features.kernels import phrase_matcher as kernel

    number = {group: number for number, group in enumerate(phrases.groups)}
    rows = [
        (getattr(kernel, one.kind.upper()), number.get(one.group, -1), *_manner(phrases.groups.get(one.group)))
        for one in known
    ]
    return np.array(rows, np.int64).reshape(-1, 4), np.array([one.value for one in known], float)


def _manner(group: PhraseGroup | None) -> tuple[bool, bool]:
    return (False, False) if group is None else (group.negatable, group.hides)


def _effects(phrases: PhraseLexicon) -> tuple[np.ndarray, np.ndarray]:
    """Together and silences of ``PhraseTrie``."""
    number = {"days": -1} | {group: number for number, group in enumerate(phrases.groups)}
    most = max((len(all_of) for all_of, _ in phrases.combinations), default=0)
    together = [
        (number[means], *(number[one] for one in all_of), *[-1] * (most - len(all_of)))
        for all_of, means in phrases.combinations
    ]
    silences = [(number[name], number[one]) for name, group in phrases.groups.items() for one in group.silences]
    return np.array(together, np.int64).reshape(-1, 1 + most), np.array(silences, np.int64).reshape(-1, 2)


def _between(phrases: PhraseLexicon, numbers: Mapping[str, int]) -> np.ndarray:
    """What each word does between two phrases."""
    from features.kernels import phrase_matcher as kernel

    between = np.zeros(len(numbers), np.int64)
    between[[numbers[word] for word in phrases.negators.get("joins", ()) if word in numbers]] = kernel.JOINS
    between[[BAR, COMMA]] = kernel.STOP, kernel.COMMA
    return between


def _most_on_a_path(parents: Sequence[int], begins: np.ndarray) -> int:
    """The most that the phrases along one path mean together; ``parents`` of the nodes behind the root, each before its
    children.
    """
    most = np.diff(begins).tolist()
    for node, parent in enumerate(parents, 1):
        most[node] += most[parent]
    return max(most)
