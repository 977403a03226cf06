"""Under which names are leads counted? Columns of names as numbers, in the practice's own words.

Lives here: encoding a column, the dimensions that figures are broken down by, what tells who a lead was.
Does not live here: what became of a lead (``lead_history``), the arrays together (``lead_columns``).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.array_types import FloatArray, IntArray, ObjectArray
from features.arrays.dictionary_encoding import map_distinct

__all__ = [
    "ALL_LEADS",
    "Categories",
    "DIMENSIONS",
    "FRONT_PAGE",
    "NOT_GIVEN",
    "Namer",
    "RARE",
    "Resolver",
    "encode_names",
    "read_attributes",
    "read_dimensions",
    "read_flag",
    "read_own_attributes",
    "read_text_column",
    "rename_values",
]

DIMENSIONS = ("channel", "source", "campaign", "clinic", "service", "patient", "form")
"""By what figures are broken down."""

NOT_GIVEN = "Not given"

ALL_LEADS = "All leads"
"""The row of a table that counts all of them. No name of the data is this one."""

FRONT_PAGE = "Front page"

RARE = "All others"
"""Values of too few inquiries, compared together."""

_MOST_OWN_VALUES = 100
"""Values of a column of an export's own; one with more is no group but a text."""

Resolver = Callable[[Iterable[str | None]], list[str]]
"""Texts as people typed them -> names of the practice."""

Namer = Callable[[str, str], str]
"""A value and the dimension it is a value of -> how people read it."""


@dataclass(frozen=True)
class Categories:
    """A column of names, as numbers.

    Parameters
    ----------
    codes : int array of shape (n,)
        Position in ``names``.
    names : tuple of str
    """

    codes: IntArray
    names: tuple[str, ...]

    def has_name(self, name: str) -> np.ndarray:
        """Return which leads have a name, shape (n,), bool; none where it is no name of the column.

        >>> Categories(np.array([0, 1, 0]), ("no", "yes")).has_name("no").tolist()
        [True, False, True]
        """
        return np.array([other == name for other in self.names], bool)[self.codes]

    def count(self, weights: FloatArray | None = None) -> FloatArray:
        """Count the leads of each name, or sum their weights. Shape (names,)."""
        return np.bincount(self.codes, weights, minlength=len(self.names)).astype(float)


def read_text_column(leads: pd.DataFrame, name: str) -> ObjectArray:
    """Return a text column, None where it is missing. Shape (n,)."""
    if name not in leads:
        return np.full(len(leads), None, object)
    values: ObjectArray = leads[name].to_numpy(object)
    missing: np.ndarray = leads[name].isna().to_numpy()
    values = values.copy()
    values[missing] = None
    return values


def read_flag(leads: pd.DataFrame, name: str) -> np.ndarray:
    """Return where a yes/no column says yes. Shape (n,), bool."""
    return leads[name].to_numpy(float) == 1 if name in leads else np.zeros(len(leads), bool)


def encode_names(values: Sequence[str | None] | ObjectArray) -> Categories:
    """Encode the names of a column, in the order of the alphabet; missing ones are ``NOT_GIVEN``.

    >>> encode_names(["Radio", None, "All leads"]).names
    ('All leads (a name)', 'Not given', 'Radio')
    """
    codes, values_found = pd.factorize(np.asarray(values, object), sort=False)
    texts = [_name_apart(str(value)) for value in values_found]
    if (codes < 0).any():
        # Code -1 is the last of them.
        texts.append(NOT_GIVEN)
    names = sorted(set(texts))
    position = {name: i for i, name in enumerate(names)}
    return Categories(np.array([position[text] for text in texts], np.int64)[codes], tuple(names))


def _name_apart(name: str) -> str:
    """Return a name that is not that of the row of all leads."""
    return f"{ALL_LEADS} (a name)" if name == ALL_LEADS else name


def _resolve(leads: pd.DataFrame, name: str, resolver: Resolver | None) -> Categories:
    """Encode a column of free texts by the practice's own names."""
    values = read_text_column(leads, name)
    if resolver is None:
        return encode_names(values)
    codes, texts = pd.factorize(values)
    names = resolver([*texts, None])
    return encode_names([names[code] for code in codes.tolist()])


def _name_form(value: str, dimension: str) -> str:
    """Return a form by the page that it stands on; "/" alone is read as a slip of the pen."""
    return FRONT_PAGE if value == "/" else value


def rename_values(values: ObjectArray, dimension: str, name_value: Namer) -> ObjectArray:
    """Return a column in the words that people read."""
    return map_distinct(values, lambda value: _name_apart(name_value(str(value), dimension)), None, object)


def read_dimensions(leads: pd.DataFrame, resolvers: dict[str, Resolver], name_value: Namer) -> dict[str, Categories]:
    """Read by what figures can be broken down: the columns that were given."""
    columns = {"clinic": "preferred_clinic", "service": "service_requested", "form": "landing_page"}
    dimensions = {}
    for name in DIMENSIONS:
        column = columns.get(name, name)
        if name == "patient":
            if "existing_patient" in leads:
                existing = leads["existing_patient"].to_numpy(float)
                texts = np.where(existing == 1, "Existing patient", np.where(existing == 0, "New patient", NOT_GIVEN))
                dimensions[name] = encode_names(texts.astype(object))
        elif name in ("channel", "source", "campaign") and name in leads:
            dimensions[name] = encode_names(rename_values(read_text_column(leads, name), name, name_value))
        elif name == "form" and column in leads:
            dimensions[name] = encode_names(rename_values(read_text_column(leads, column), name, _name_form))
        elif column in leads:
            dimensions[name] = _resolve(leads, column, resolvers.get(name))
    return dimensions


def read_attributes(leads: pd.DataFrame, resolvers: dict[str, Resolver], name_value: Namer) -> dict[str, Categories]:
    """Read what tells who a lead was. Nothing about the person beyond their wish, and nothing about our people.

    Values stay as they were given. Those that people read as one are one, the first of the alphabet.
    """
    given = ("channel", "source", "payer", "relation", "referral_reason", "timeframe", "preferred_contact")
    attributes = {name: encode_names(read_text_column(leads, name)) for name in given if name in leads}
    columns = {"clinic": "preferred_clinic", "service": "service_requested"}
    for name, column in columns.items():
        if column in leads:
            attributes[name] = _resolve(leads, column, resolvers.get(name))
    for name, category in attributes.items():
        attributes[name] = _join_read_alike(category, columns.get(name, name), name_value)
    if "existing_patient" in leads:
        attributes["existing"] = encode_names(leads["existing_patient"].map({1.0: "yes", 0.0: "no"}).to_numpy(object))
    for name in ("postal_code", "phone", "email", "referrer"):
        if name in leads:
            attributes[f"gave {name}"] = encode_names(np.where(leads[name].isna(), "no", "yes").astype(object))
    return attributes


def read_own_attributes(leads: pd.DataFrame, custom: Mapping[str, str]) -> dict[str, Categories]:
    """Read the columns of an export that are its own, where they hold a few values or yes and no.

    Parameters
    ----------
    custom : mapping
        ``custom:<name>`` -> its kind.
    """
    attributes = {}
    for name, kind in custom.items():
        if name not in leads or kind not in ("category", "yes_no"):
            continue
        values = read_text_column(leads, name)
        if kind == "yes_no":
            values = map_distinct(values, lambda value: "yes" if float(value) == 1 else "no", None, object)
        category = encode_names(values)
        if len(category.names) <= _MOST_OWN_VALUES:
            attributes[name] = category
    return attributes


def _join_read_alike(category: Categories, column: str, name_value: Namer) -> Categories:
    """Return a column of names in which those that people read as one are one."""
    read = [name_value(name, column) for name in category.names]
    first = {text: position for position, text in reversed([*enumerate(read)])}
    kept = sorted(first.values())
    position = np.searchsorted(kept, [first[text] for text in read])
    return Categories(position[category.codes], tuple(category.names[i] for i in kept))
