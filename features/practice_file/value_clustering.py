"""Which spellings mean the same? Values of one column in clusters: case, accents, plurals, typos, clear abbreviations.

Lives here: clustering counted values, the most frequent spelling first.
Does not live here: misspelled words inside a message (``text.spelling``), what becomes of the clusters (``draft``),
the distance between two words (rapidfuzz).

A cluster is a proposal that a person reads: a value that could belong to two clusters joins none.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from features.text.tokenization import normalize_text

__all__ = ["ValueCluster", "cluster_values", "stem_words"]

TYPO_IS_RARER = 5
"""A word counts as a typo of another only when that one occurs in at least this many times as many leads."""

PART_IS_RARER = 3
"""A value that only contains the words of another joins it when that one has this many times as many leads: two places
may share a word.
"""

Form = tuple[str, ...]

_MIN_LETTERS = 5
_MAX_ACRONYM_LENGTH = 5
_STOP_WORDS = frozenset(
    {"a", "an", "the", "my", "our", "for", "of", "and", "at", "in", "with", "un", "una", "el", "la", "de", "para", "mi"}
)
_REPLACEMENTS = {
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
        Each spelling as normalized words in the singular.
    """

    name: str
    spellings: dict[str, int]
    forms: frozenset[Form]

    @property
    def leads(self) -> int:
        """Leads that wrote any of the spellings."""
        return sum(self.spellings.values())


def cluster_values(counts: Mapping[str, int], contained: bool = False) -> list[ValueCluster]:
    """Cluster values, most frequent first.

    Parameters
    ----------
    counts : mapping
        Value -> leads that have it.
    contained : bool
        Whether a rarer value whose words include all words of exactly one more frequent value (or are all included in
        its words) joins it, as for places: "Denton TX" and "Denton".

    >>> [
    ...     cluster.spellings
    ...     for cluster in cluster_values(
    ...         {"Physical therapy": 90, "PT": 12, "physical therapys": 10, "Phisical Therapy": 11}
    ...     )
    ... ]
    [{'Physical therapy': 90, 'PT': 12, 'Phisical Therapy': 11, 'physical therapys': 10}]
    """
    corrections = _find_corrections(counts)
    forms = {value: tuple(corrections.get(stem, stem) for stem in stem_words(value)) for value in counts}
    by_words: dict[Form, dict[str, int]] = {}
    for value, count in counts.items():
        # The order of words does not matter: "surgery, spine" is "spine surgery".
        by_words.setdefault(tuple(sorted(forms[value])), {})[value] = count
    clusters = [_make_cluster(spellings, {forms[value] for value in spellings}) for spellings in by_words.values()]
    # Sure rules first: a cluster that has grown by them is a better target for the looser ones.
    for rule in (_differ_in_spaces, _is_acronym, _is_abbreviation):
        clusters = _merge_clusters(clusters, rule, 1)
    for rule in (_contains_all_words, _is_contained) if contained else ():
        clusters = _merge_clusters(clusters, rule, PART_IS_RARER)
    return clusters


def stem_words(value: str) -> list[str]:
    """Return the words of a value that carry meaning, in order, without accents, punctuation and plural endings.

    >>> stem_words("The Knees & Hips (Ft. Worth)"), stem_words("NorthDallas")
    (['knee', 'hip', 'fort', 'worth'], ['northdalla'])
    """
    text = normalize_text(value.replace("&", " and ").replace(".", " "))
    tokens = text.replace("|", " ").replace(",", " ").split()
    singulars = [_to_singular(token) for token in tokens if token not in _STOP_WORDS]
    stems = [stem for singular in singulars for stem in _REPLACEMENTS.get(singular, singular).split()]
    return stems or tokens or [value.casefold()]


def _to_singular(token: str) -> str:
    """Return a word without its plural ending.

    >>> [_to_singular(token) for token in ("knees", "injuries", "pelvis", "bcbs")]
    ['knee', 'injury', 'pelvis', 'bcbs']
    """
    if len(token) > 4 and token.endswith("ies"):
        return token[:-3] + "y"
    # "bcbs" has no vowel: it is an abbreviation, not a plural.
    is_plural = (
        len(token) > 3
        and token.endswith("s")
        and not token.endswith(("ss", "us", "is"))
        and any(letter in "aeiouy" for letter in token)
    )
    return token[:-1] if is_plural else token


def _make_cluster(spellings: Mapping[str, int], forms: Collection[Form]) -> ValueCluster:
    ordered = dict(sorted(spellings.items(), key=lambda item: (-item[1], item[0])))
    return ValueCluster(next(iter(ordered)), ordered, frozenset(forms))


def _merge_clusters(
    clusters: Sequence[ValueCluster], rule: Callable[[Form, Form], bool], min_ratio: int
) -> list[ValueCluster]:
    """Merge each cluster, from the rarest on, into the one that the rule says it means.

    The other cluster must be at least ``min_ratio`` times as frequent. A cluster that means two others which are not
    alike is merged into none.
    """
    current = sorted(clusters, key=lambda cluster: (-cluster.leads, cluster.name))
    positions_by_key: dict[str, set[int]] = {}
    for position, cluster in enumerate(current):
        for key in _blocking_keys(cluster):
            positions_by_key.setdefault(key, set()).add(position)
    merged: set[int] = set()
    for position in range(len(current) - 1, 0, -1):
        cluster = current[position]
        near = sorted({at for key in _blocking_keys(cluster) for at in positions_by_key[key] if at < position})
        matches = [
            at
            for at in near
            if current[at].leads >= min_ratio * cluster.leads and _any_forms_match(rule, cluster, current[at])
        ]
        if matches and all(_any_forms_match(rule, current[at], current[matches[0]]) for at in matches[1:]):
            target = current[matches[0]]
            merged.add(position)
            current[matches[0]] = _make_cluster(target.spellings | cluster.spellings, target.forms | cluster.forms)
            # The merged cluster can now be found by the keys of both.
            for key in _blocking_keys(cluster):
                positions_by_key[key].add(matches[0])
    remaining = [cluster for position, cluster in enumerate(current) if position not in merged]
    return sorted(remaining, key=lambda cluster: (-cluster.leads, cluster.name))


def _blocking_keys(cluster: ValueCluster) -> set[str]:
    """Return the keys of which two clusters must share at least one for any rule to hold between them."""
    return {
        key
        for form in cluster.forms
        for key in ("".join(form), "".join(stem[0] for stem in form), f"{form[0][:3]}-", *form)
    }


def _any_forms_match(rule: Callable[[Form, Form], bool], cluster: ValueCluster, other: ValueCluster) -> bool:
    """Return whether the rule holds between any of their forms."""
    return any(rule(first, second) for first in cluster.forms for second in other.forms)


def _differ_in_spaces(form: Form, other: Form) -> bool:
    """Return whether the forms are the same without their spaces."""
    return "".join(form) == "".join(other)


def _is_acronym(form: Form, other: Form) -> bool:
    """Return whether one form is made of the initials of the other."""
    short, long = sorted((form, other), key=len)
    initials = "".join(stem[0] for stem in long)
    return len(short) == 1 and 2 <= len(long) <= _MAX_ACRONYM_LENGTH and short[0] == initials


def _is_abbreviation(form: Form, other: Form) -> bool:
    """Return whether the forms have the same words, some of them cut short."""
    pairs = list(zip(form, other, strict=False))
    cut = [
        min(len(first), len(second)) >= 3 and (first.startswith(second) or second.startswith(first))
        for first, second in pairs
    ]
    return len(form) == len(other) > 1 and all(cut) and any(first != second for first, second in pairs)


def _contains_all_words(form: Form, other: Form) -> bool:
    """Return whether all words of the other form, or its initials, are among the words of the first."""
    initials = "".join(stem[0] for stem in other)
    return set(other) < set(form) or (len(form) > 1 < len(other) and initials in form)


def _is_contained(form: Form, other: Form) -> bool:
    """Return whether all words of the first form are among those of the other."""
    return set(form) < set(other)


def _find_corrections(counts: Mapping[str, int]) -> dict[str, str]:
    """Map each misspelled word to the far more frequent word from which it is one typo away.

    A typo is one letter lost, added or wrong, or two neighbors swapped; the first letter is right.
    """
    lead_counts: Counter[str] = Counter()
    for value, count in counts.items():
        for stem in set(stem_words(value)):
            lead_counts[stem] += count
    by_first_letter: dict[str, list[str]] = {}
    for stem in lead_counts:
        if len(stem) >= _MIN_LETTERS and stem.isalpha():
            by_first_letter.setdefault(stem[0], []).append(stem)
    corrections = {}
    for stems in by_first_letter.values():
        for stem in stems:
            near = process.extract(stem, stems, scorer=OSA.distance, score_cutoff=1, limit=None)
            frequent = [other for other, _, _ in near if lead_counts[other] >= TYPO_IS_RARER * lead_counts[stem]]
            if frequent:
                corrections[stem] = max(frequent, key=lambda other: (lead_counts[other], other))
    return corrections
