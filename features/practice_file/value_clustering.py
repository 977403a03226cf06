"""Which spellings mean the same? Values of one column in groups: case, accents, plurals, slips, clear abbreviations.

Lives here: grouping counted values, the most frequent spelling in front.
Does not live here: misspelt words inside a message (``spelling``), what becomes of the groups (``practice_draft``).

A group is a proposal that a person reads: where two groups could be meant, nothing is joined.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from features.text.tokenization import normalize_text

__all__ = ["ValueCluster", "cluster_values", "stem_words"]

SLIP_IS_RARER = 5
"""A word is taken for a slip of another only when that one stands in at least so many times as many leads."""

PART_IS_RARER = 3
"""A value that only holds the words of another joins it when that one has so many times as many leads: two places may
share a word.
"""

Form = tuple[str, ...]

_LEAST_LETTERS = 5
_LONGEST_INITIALS = 5
_EMPTY_WORDS = frozenset(
    {"a", "an", "the", "my", "our", "for", "of", "and", "at", "in", "with", "un", "una", "el", "la", "de", "para", "mi"}
)
_SHORT = {
    "ft": "fort",
    "mt": "mount",
    "saint": "st",
    "n": "north",
    "s": "south",
    "e": "east",
    "w": "west",
    "ctr": "center",
    "centre": "center",
    "hosp": "hospital",
    "appt": "appointment",
    "insurance": "",
    "ins": "",
    "xray": "x ray",
}


@dataclass(frozen=True)
class ValueCluster:
    """Spellings that mean the same.

    Parameters
    ----------
    name : str
        The most frequent spelling.
    spellings : dict
        Every spelling (``name`` among them) -> how many leads wrote it, most frequent first.
    forms : frozenset of tuple of str
        Each of them as plain words in the singular.
    """

    name: str
    spellings: dict[str, int]
    forms: frozenset[Form]

    @property
    def leads(self) -> int:
        """Leads that wrote any of the spellings."""
        return sum(self.spellings.values())


def cluster_values(counts: Mapping[str, int], contained: bool = False) -> list[ValueCluster]:
    """Groups of values, most frequent first.

    Parameters
    ----------
    counts : mapping
        Value -> leads that have it.
    contained : bool
        Whether a rarer value whose words hold all words of exactly one more frequent one (or lie all within them) joins
        it, as for places: "Denton TX" and "Denton".

    >>> [
    ...     group.spellings
    ...     for group in cluster_values(
    ...         {"Physical therapy": 90, "PT": 12, "physical therapys": 10, "Phisical Therapy": 11}
    ...     )
    ... ]
    [{'Physical therapy': 90, 'PT': 12, 'Phisical Therapy': 11, 'physical therapys': 10}]
    """
    right = _find_corrections(counts)
    alike: dict[tuple[str, ...], dict[str, int]] = {}
    for value, count in counts.items():
        words = sorted(right.get(word, word) for word in stem_words(value))
        alike.setdefault(tuple(words), {})[value] = count
    groups = [
        _make_cluster(spellings, {tuple(right.get(word, word) for word in stem_words(value)) for value in spellings})
        for spellings in alike.values()
    ]
    for rule in (_differ_in_spaces, _is_acronym, _is_abbreviation):
        groups = _merge_clusters(groups, rule, 1)
    for rule in (_contains_all_words, _is_contained) if contained else ():
        groups = _merge_clusters(groups, rule, PART_IS_RARER)
    return groups


def stem_words(value: str) -> list[str]:
    """The words of a value that carry meaning, in order, without accents, punctuation and plural endings.

    >>> stem_words("The Knees & Hips (Ft. Worth)"), stem_words("NorthDallas")
    (['knee', 'hip', 'fort', 'worth'], ['northdalla'])
    """
    words = normalize_text(value.replace("&", " and ").replace(".", " ")).replace("|", " ").replace(",", " ").split()
    telling = [
        one
        for word in words
        if word not in _EMPTY_WORDS
        for one in _SHORT.get(_singular(word), _singular(word)).split()
    ]
    return telling or words or [value.casefold()]


def _singular(word: str) -> str:
    """A word without its plural ending.

    >>> [_singular(word) for word in ("knees", "injuries", "pelvis", "bcbs")]
    ['knee', 'injury', 'pelvis', 'bcbs']
    """
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    plural = (
        len(word) > 3
        and word.endswith("s")
        and not word.endswith(("ss", "us", "is"))
        and any(letter in "aeiouy" for letter in word)
    )
    return word[:-1] if plural else word


def _make_cluster(spellings: Mapping[str, int], forms: Collection[tuple[str, ...]]) -> ValueCluster:
    ordered = dict(sorted(spellings.items(), key=lambda item: (-item[1], item[0])))
    return ValueCluster(next(iter(ordered)), ordered, frozenset(forms))


def _merge_clusters(
    groups: Sequence[ValueCluster], rule: Callable[[Form, Form], bool], times: int
) -> list[ValueCluster]:
    """Each group, from the rarest on, joined to the group at least so many times as frequent that the rule says it
    means.

    Where it means two that are not alike, it is joined to none.
    """
    kept: list[ValueCluster | None] = sorted(groups, key=lambda group: (-group.leads, group.name))
    holders: dict[str, set[int]] = {}
    for place, group in enumerate(kept):
        for key in _blocking_keys(group):
            holders.setdefault(key, set()).add(place)
    for place in range(len(kept) - 1, 0, -1):
        mine = kept[place]
        near = sorted({at for key in _blocking_keys(mine) for at in holders[key] if at < place})
        meant = [at for at in near if kept[at].leads >= times * mine.leads and _any_forms_match(rule, mine, kept[at])]
        if meant and all(_any_forms_match(rule, kept[at], kept[meant[0]]) for at in meant[1:]):
            whole = kept[meant[0]]
            kept[meant[0]], kept[place] = (
                _make_cluster(whole.spellings | mine.spellings, whole.forms | mine.forms),
                None,
            )
            for key in _blocking_keys(mine):
                holders[key].add(meant[0])
    return sorted((group for group in kept if group is not None), key=lambda group: (-group.leads, group.name))


def _blocking_keys(group: ValueCluster) -> set[str]:
    """What two groups must share at least one of for any rule to hold between them."""
    return {
        key
        for form in group.forms
        for key in ("".join(form), "".join(word[0] for word in form), f"{form[0][:3]}-", *form)
    }


def _any_forms_match(rule: Callable[[Form, Form], bool], one: ValueCluster, two: ValueCluster) -> bool:
    """Whether the rule holds between any of their forms."""
    return any(rule(first, second) for first in one.forms for second in two.forms)


def _differ_in_spaces(one: Form, two: Form) -> bool:
    """Whether one is the other without its spaces."""
    return "".join(one) == "".join(two)


def _is_acronym(one: Form, two: Form) -> bool:
    """Whether one is the initials of the other."""
    short, long = sorted((one, two), key=len)
    return len(short) == 1 and 2 <= len(long) <= _LONGEST_INITIALS and short[0] == "".join(word[0] for word in long)


def _is_abbreviation(one: Form, two: Form) -> bool:
    """Whether the two have the same words, some of them cut short."""
    pairs = list(zip(one, two, strict=False))
    whole = [first == second for first, second in pairs]
    cut = [
        min(len(first), len(second)) >= 3 and (first.startswith(second) or second.startswith(first))
        for first, second in pairs
    ]
    return len(one) == len(two) > 1 and all(cut) and not all(whole)


def _contains_all_words(one: Form, two: Form) -> bool:
    """Whether the words of the second, or its initials, stand among those of the first."""
    return set(two) < set(one) or (len(one) > 1 < len(two) and "".join(word[0] for word in two) in one)


def _is_contained(one: Form, two: Form) -> bool:
    """Whether the words of the first stand among those of the second."""
    return set(one) < set(two)


def _find_corrections(counts: Mapping[str, int]) -> dict[str, str]:
    """Misspelt word -> the far more frequent word that it is one slip away from."""
    often: Counter[str] = Counter()
    for value, count in counts.items():
        for word in set(stem_words(value)):
            often[word] += count
    near: dict[str, set[str]] = {}
    long = [word for word in often if len(word) >= _LEAST_LETTERS and word.isalpha()]
    for word in long:
        for shorter in _one_less(word):
            near.setdefault(shorter, set()).add(word)
    meant = {}
    for word in long:
        others = {
            other
            for shorter in _one_less(word)
            for other in near[shorter]
            if often[other] >= SLIP_IS_RARER * often[word] and _one_slip(word, other)
        }
        if others:
            meant[word] = max(others, key=lambda other: (often[other], other))
    return meant


def _one_less(word: str) -> set[str]:
    """The word, and the word without any one of its letters."""
    return {word} | {word[:at] + word[at + 1 :] for at in range(len(word))}


def _one_slip(word: str, other: str) -> bool:
    """Whether one letter is lost, added or wrong, or two neighbours are swapped; the first letter is right."""
    if word[0] != other[0] or abs(len(word) - len(other)) > 1:
        return False
    if len(word) != len(other):
        return True  # one is the other with a letter less: that is how they met
    wrong = [at for at, pair in enumerate(zip(word, other, strict=True)) if pair[0] != pair[1]]
    return len(wrong) == 1 or (
        len(wrong) == 2
        and wrong[1] == wrong[0] + 1
        and word[wrong[0]] == other[wrong[1]]
        and word[wrong[1]] == other[wrong[0]]
    )
