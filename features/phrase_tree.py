"""Where does each phrase begin, go on and end? All phrases as one tree of words (Fredkin, 1960, doi:10.1145/367390.367400), laid out as arrays.

Lives here: the layout, and building it.
Does not live here: which phrases there are (``phrases``), walking the tree along a message (``kernels.phrases``).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from features.phrases import Group, Phrases
from features.spelling import BAR, COMMA, laid_out

if TYPE_CHECKING:
    from features.kernels.phrases import PhraseTree

__all__ = ["Meaning", "phrase_tree"]

NEGATION_REACH_WORDS = 4
"""A negator counts when it stands at most this many words before the phrase, in the same clause."""


class Meaning(NamedTuple):
    """What a phrase means: a kind of ``kernels.phrases``, and with it the group's name, the days, or the service's position."""

    kind: str
    group: str = ""
    value: float = 0.0


def phrase_tree(
    entries: Mapping[tuple[str, ...], Collection[Meaning]], phrases: Phrases, numbers: Mapping[str, int], services: int
) -> "PhraseTree":
    """The tree of ``entries`` (the words of a phrase -> what it means), words by their ``numbers``, for a practice with so many services."""
    from features.kernels import phrases as kernel

    steps: dict[int, int] = {}
    ends: dict[int, Collection[Meaning]] = {}
    for words, meanings in entries.items():
        node = 0
        for word in words:
            node = steps.setdefault(node * len(numbers) + numbers[word], len(steps) + 1)
        ends[node] = meanings
    meant = dict.fromkeys(one for several in ends.values() for one in several if one.kind != "service")
    known = {one: number for number, one in enumerate(meant)}
    named = [[known[one] for one in ends.get(node, ()) if one.kind != "service"] for node in range(len(steps) + 1)]
    offered = [[int(one.value) for one in ends.get(node, ()) if one.kind == "service"] for node in range(len(steps) + 1)]
    table = np.array(list(steps.items()), np.int64).reshape(-1, 2)
    (meanings, meanings_from), (positions, services_from) = laid_out(named), laid_out(offered)
    return kernel.PhraseTree(
        *_paths(table, len(numbers), meanings_from, services_from), meanings, positions, *_facts(known, phrases), *_effects(phrases),
        _between(phrases, numbers), NEGATION_REACH_WORDS, max(map(len, entries), default=1),
        _most_on_a_path(steps, len(numbers), named), _most_on_a_path(steps, len(numbers), offered), services,
    )  # fmt: skip


def _paths(steps: np.ndarray, words: int, *begins: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Root, steps and nodes of ``PhraseTree``."""
    from features.kernels import phrases as kernel

    from_root = steps[:, 0] < words
    root = np.full(words, -1, np.int64)
    root[steps[from_root, 0]] = steps[from_root, 1]
    table = np.full((1 << (2 * len(steps)).bit_length(), 2), -1, np.int64)
    kernel.placed_steps(steps[~from_root], table)
    is_leaf = np.ones(len(steps) + 2, np.int64)
    is_leaf[steps[:, 0] // words] = 0
    return root, table, np.column_stack((*begins, is_leaf))


def _facts(known: Collection[Meaning], phrases: Phrases) -> tuple[np.ndarray, np.ndarray]:
    """Facts and days of ``PhraseTree``."""
    from features.kernels import phrases as kernel

    number = {group: number for number, group in enumerate(phrases.groups)}
    rows = [(getattr(kernel, one.kind.upper()), number.get(one.group, -1), *_manner(phrases.groups.get(one.group))) for one in known]
    return np.array(rows, np.int64).reshape(-1, 4), np.array([one.value for one in known], float)


def _manner(group: Group | None) -> tuple[bool, bool]:
    return (False, False) if group is None else (group.negatable, group.hides)


def _effects(phrases: Phrases) -> tuple[np.ndarray, np.ndarray]:
    """Together and silences of ``PhraseTree``."""
    number = {"days": -1} | {group: number for number, group in enumerate(phrases.groups)}
    most = max((len(all_of) for all_of, _ in phrases.combinations), default=0)
    together = [(number[means], *(number[one] for one in all_of), *[-1] * (most - len(all_of))) for all_of, means in phrases.combinations]
    silences = [(number[name], number[one]) for name, group in phrases.groups.items() for one in group.silences]
    return np.array(together, np.int64).reshape(-1, 1 + most), np.array(silences, np.int64).reshape(-1, 2)


def _between(phrases: Phrases, numbers: Mapping[str, int]) -> np.ndarray:
    """What each word does between two phrases."""
    from features.kernels import phrases as kernel

    between = np.zeros(len(numbers), np.int64)
    between[[numbers[word] for word in phrases.negators.get("joins", ()) if word in numbers]] = kernel.JOINS
    between[[BAR, COMMA]] = kernel.STOP, kernel.COMMA
    return between


def _most_on_a_path(steps: Mapping[int, int], words: int, ends: Sequence[Sequence[int]]) -> int:
    """The most that the phrases along one path mean together."""
    most = [0] * (len(steps) + 1)
    for step, node in steps.items():
        most[node] = most[step // words] + len(ends[node])
    return max(most)
