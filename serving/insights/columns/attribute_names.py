"""How do people read what was known of an inquiry? "Insurance: Aetna", "Phone number given".

Lives here: naming an attribute with its value.
Does not live here: reading attributes (``categories``), words for columns and values (``features.column_words``,
``features.explain.plain_names``).
"""

from collections.abc import Callable
from functools import partial

from features.column_words import head_column, name_column
from features.explain.plain_names import name_value
from features.practice.practice import Practice

__all__ = ["name_attribute_of"]

_ATTRIBUTE_COLUMNS = {"clinic": "preferred_clinic", "service": "service_requested"}


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
