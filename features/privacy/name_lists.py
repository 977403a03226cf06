"""Which words are first names, surnames or cities? Three sets, loaded when the first column is judged.

Lives here: loading the lists of the packages ``faker`` (86 locales; MIT license), ``names`` (first names and surnames
of the US census, which are in the public domain; MIT license) and ``zipcodes`` (US cities; MIT license).
Does not live here: whether a text is a person's name (``person_names``).
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from features.reference_package_check import require_installed_package

__all__ = ["NameLists", "load_area_codes", "load_cities", "load_name_lists", "preload_lists", "remove_accents"]

_NOT_LETTERS = re.compile(r"[^\w]|_|\d")


@dataclass(frozen=True)
class NameLists:
    """First names and surnames, in lower case, without accents, hyphens and apostrophes."""

    first_names: frozenset[str]
    surnames: frozenset[str]


def remove_accents(text: str) -> str:
    """Return a text in lower case and without accents.

    >>> remove_accents("José"), remove_accents("Größe")
    ('jose', 'grosse')
    """
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


@cache
def load_name_lists() -> NameLists:
    """Load first names and surnames, once: a quarter of a second.

    >>> lists = load_name_lists()
    >>> "maria" in lists.first_names, "okafor" in lists.surnames, "mri" in lists.surnames
    (True, True, False)
    """
    import faker

    require_installed_package(faker)
    from faker.providers import person

    first_names: set[str] = set()
    surnames: set[str] = set()
    for locale in iter_modules(person.__path__):
        provider = import_module(f"{person.__name__}.{locale.name}").Provider
        for attribute in dir(provider):
            names = getattr(provider, attribute)
            if attribute.startswith("_") or not isinstance(names, tuple | list | dict):
                continue
            if "first_name" in attribute:
                first_names.update(_fold_names(names))
            elif "last_name" in attribute:
                surnames.update(_fold_names(names))
    census_first_names, census_surnames = _read_census()
    return NameLists(frozenset(first_names | census_first_names), frozenset(surnames | census_surnames))


@cache
def load_cities() -> frozenset[str]:
    """Load the names of US cities, once, folded as names are."""
    return frozenset(remove_accents(entry["city"]) for entry in _load_zip_codes())


@cache
def load_area_codes() -> frozenset[str]:
    """Load the area codes of US telephone numbers, once; 555 and the toll-free ones count as well."""
    toll_free = ("555", "800", "833", "844", "855", "866", "877", "888")
    return frozenset(code for entry in _load_zip_codes() for code in entry["area_codes"]) | frozenset(toll_free)


def preload_lists() -> None:
    """Load every list now, so that the first value judged does not wait: about a second."""
    load_name_lists()
    load_cities()


def _load_zip_codes() -> list[dict[str, Any]]:
    # The package is imported here, because most columns are judged without a map.
    import zipcodes

    require_installed_package(zipcodes)
    return zipcodes.list_all()


def _read_census() -> tuple[set[str], set[str]]:
    """Read the first names and surnames of the US census; each line holds a name, its frequency and its rank."""
    import names

    require_installed_package(names)

    def read(file: str) -> set[str]:
        with open(names.FILES[file], encoding="ascii") as lines:
            return {line.split(maxsplit=1)[0].lower() for line in lines}

    return read("first:male") | read("first:female"), read("last")


def _fold_names(names: Iterable[object]) -> set[str]:
    """Fold single names; names of several words are split, their parts of one letter dropped."""
    words = {word for name in names for word in str(name).split()}
    # Most are plain letters, of which only the case is to fold.
    folded = {
        word.lower() if word.isascii() and word.isalpha() else _NOT_LETTERS.sub("", remove_accents(word))
        for word in words
    }
    return {name for name in folded if len(name) > 1}
