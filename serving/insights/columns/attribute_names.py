"""How do people read what was known of an inquiry? "Insurance: Aetna", "Phone number given", "by location".

Lives here: naming an attribute with its value, and what tables count by.
Does not live here: reading attributes (``categories``), words for columns and values (``features.column_words``,
``features.explain.plain_names``).
"""

from collections.abc import Callable
from functools import partial

from features.column_words import head_column, name_column
from features.explain.plain_names import name_value
from features.practice.practice import Practice

__all__ = ["name_attribute_of", "name_dimension"]

_DIMENSION_WORDS = {"clinic": "location", "payer": "insurance"}
"""What programs and files call a dimension -> what people read on every page, where the two differ."""

_ATTRIBUTE_COLUMNS = {"clinic": "preferred_clinic", "service": "service_requested"}


def name_dimension(dimension: str) -> str:
    """Name what inquiries are counted by, as it stands inside a sentence; addresses and files keep its name.

    >>> name_dimension("clinic"), name_dimension("channel")
    ('location', 'channel')
    """
    return _DIMENSION_WORDS.get(dimension, dimension)


def name_attribute_of(practice: Practice) -> Callable[[str, str], str]:
    """Return what names an attribute of an inquiry and its value, as people of this practice read both."""
    return partial(_name_attribute, practice)


def _name_attribute(practice: Practice, value: str, attribute: str) -> str:
    """Name what was known of an inquiry, as people read it: "Insurance: Aetna", "Phone number given"."""
    if attribute.startswith("gave "):
        return f"{name_column(attribute.removeprefix('gave '), practice.words)} {'' if value == 'yes' else 'not '}given"
    column = _ATTRIBUTE_COLUMNS.get(attribute, attribute)
    if attribute == "existing":
        return "Been here before" if value == "yes" else "Not been here before"
    return f"{head_column(column, practice.words)}: {name_value(value, practice.words, column)}"
