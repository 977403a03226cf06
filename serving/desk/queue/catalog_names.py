"""Which of the practice's own clinics and services does a lead mean? What people typed, as names a filter can list.

Lives here: finding the practice's name for a spelling ("Ft. Worth" is Fort Worth), and one spelling for all alike where
the practice has named none. Does not live here: filters (``filters``), what the model reads of services
(``features.practice.clinic_map``).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from features.practice.clinic_map import ClinicMap
from features.practice.practice import Clinic, Practice, Service

__all__ = ["OTHER", "build_clinic_resolver", "build_resolvers", "build_service_resolver", "fold_spelling"]

OTHER = "Other or not given"
"""What a filter calls the leads that mean none of the practice's own."""

_ABBREVIATIONS = {
    "ft": "fort", "st": "saint", "mt": "mount", "n": "north", "s": "south", "e": "east", "w": "west", "ctr": "center",
    "centre": "center", "hosp": "hospital", "appt": "appointment", "pt": "physical therapy",
}  # fmt: skip
_IDLE = {"clinic", "office", "location", "center", "campus", "branch", "the", "of", "in", "at", "our"}
"""Words that tell no clinic from another."""


def fold_spelling(text: str) -> str:
    """Return a text without case, punctuation, abbreviations and words that tell nothing apart.

    >>> fold_spelling("Ft. Worth Clinic"), fold_spelling("fort-worth")
    ('fort worth', 'fort worth')
    """
    words = [_ABBREVIATIONS.get(word, word) for word in re.findall(r"\w+", text.casefold().replace("'", ""))]
    told = [word for word in words if word not in _IDLE]
    return " ".join(told or words)


def build_clinic_resolver(practice: Practice) -> Callable[[Iterable[str | None]], list[str]]:
    """Return what finds the practice's clinic for each text that people typed.

    >>> resolve = build_clinic_resolver(
    ...     Practice(clinics=(Clinic("Fort Worth"), Clinic("Dallas", also_called=("Main",))))
    ... )
    >>> resolve(["Ft. Worth", "fort worth TX", "main office", "Paris", None])
    ['Fort Worth', 'Fort Worth', 'Dallas', 'Other or not given', 'Other or not given']
    """
    return _build_resolver(practice.clinics)


def build_service_resolver(
    practice: Practice, find_positions: Callable[[Sequence[str]], Sequence[int]]
) -> Callable[[Iterable[str | None]], list[str]]:
    """Return what finds the practice's service for each text that people typed.

    Parameters
    ----------
    find_positions : callable
        Texts -> positions in ``practice.services``, -1 unknown: what the model reads of them, where the spelling alone
        tells nothing.
    """
    by_spelling = _build_resolver(practice.services)

    def resolve(texts: Iterable[str | None]) -> list[str]:
        values = list(texts)
        names = by_spelling(values)
        unknown = sorted({text for text, name in zip(values, names, strict=True) if text and name == OTHER})
        if not unknown or not practice.services:
            return names
        positions = dict(zip(unknown, find_positions(unknown), strict=True))
        return [
            practice.services[positions[text]].name if text in positions and positions[text] >= 0 else name
            for text, name in zip(values, names, strict=True)
        ]

    return resolve


def build_resolvers(practice: Practice) -> dict[str, Callable[[Iterable[str | None]], list[str]]]:
    """Return what finds the practice's own "clinic" and "service" for what people typed, without a model.

    >>> resolvers = build_resolvers(Practice(clinics=(Clinic("Fort Worth"),), services=(Service("MRI scan"),)))
    >>> resolvers["clinic"](["ft worth"]), resolvers["service"](["MRI-Scan"])
    (['Fort Worth'], ['MRI scan'])
    """
    catalog = ClinicMap.from_practice(practice)

    def find_positions(texts: Sequence[str]) -> list[int]:
        return catalog.find_positions(texts, catalog.service_names).tolist()

    return {
        "clinic": build_clinic_resolver(practice),
        "service": build_service_resolver(practice, find_positions),
    }


def _build_resolver(entries: Sequence[Clinic | Service]) -> Callable[[Iterable[str | None]], list[str]]:
    """Return a resolver for the names and other names of some entries."""
    if not entries:
        return _name_by_most_common
    names = {fold_spelling(also): entry.name for entry in entries for also in entry.also_called}
    names |= {fold_spelling(entry.name): entry.name for entry in entries}
    # The longest name first: "North Dallas" is not "Dallas".
    by_length = sorted(names, key=lambda name: (-len(name), name))

    def find(text: str | None) -> str:
        folded = f" {fold_spelling(text)} " if isinstance(text, str) else ""
        return next((names[name] for name in by_length if name and f" {name} " in folded), OTHER)

    def resolve(texts: Iterable[str | None]) -> list[str]:
        values = list(texts)
        found = {text: find(text) for text in set(values)}
        return [found[text] for text in values]

    return resolve


def _name_by_most_common(texts: Iterable[str | None]) -> list[str]:
    """Name each text by the most common spelling of those that fold to the same.

    >>> _name_by_most_common(["Ft Worth", "Fort Worth", "Fort Worth", None])
    ['Fort Worth', 'Fort Worth', 'Fort Worth', 'Other or not given']
    """
    values = list(texts)
    spellings: dict[str, Counter[str]] = {}
    for text in values:
        if isinstance(text, str) and text.strip():
            spellings.setdefault(fold_spelling(text), Counter())[text.strip()] += 1
    # Among equally common spellings the first in the alphabet, so that a list does not change by itself.
    chosen = {key: min(counts, key=lambda text: (-counts[text], text)) for key, counts in spellings.items()}
    return [chosen.get(fold_spelling(text), OTHER) if isinstance(text, str) else OTHER for text in values]
