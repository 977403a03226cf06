"""Which names on the page are those of the practice's data? They are never translated, whatever they are spelled like.

Lives here: the names of sources, campaigns, forms, clinics, services and payers, without our words for some of them.
Does not live here: reading the columns (``categories``), translating a page (``serving.desk.translation.translator``).
"""

from collections.abc import Iterable

from features.explain.plain_names import CHANNEL_WORDS, name_value
from features.practice.practice import Practice
from features.schema import CUSTOM_PREFIX
from serving.insights.attribution.journeys import ALL_OTHERS
from serving.insights.columns.categories import ALL_LEADS, FRONT_PAGE, NOT_GIVEN, RARE
from serving.insights.columns.lead_columns import LeadColumns

__all__ = ["list_own_names"]

_OUR_WORDS = frozenset({ALL_LEADS, ALL_OTHERS, FRONT_PAGE, NOT_GIVEN, RARE})
_ORIGINS = ("channel", "source")
"""Dimensions whose values we have words for: "google_ads" reads "Google ad", which is a text of ours."""

_DIMENSIONS = (*_ORIGINS, "campaign", "clinic", "service", "form", "payer")
_COLUMNS = {"clinic": "preferred_clinic", "service": "service_requested"}


def list_own_names(columns: LeadColumns, practice: Practice) -> frozenset[str]:
    """List the names of the data that figures, sentences and notes may hold, as people read them."""
    resolved = {
        "clinic": {clinic.name for clinic in practice.clinics},
        "service": {service.name for service in practice.services},
    }
    names: set[str] = set()
    for dimension in _DIMENSIONS:
        written = set(_list_names(columns, dimension))
        shown = {name_value(name, practice.words, _COLUMNS.get(dimension, dimension)) for name in written}
        ours = _OUR_WORDS.union(CHANNEL_WORDS.values()) if dimension in _ORIGINS else _OUR_WORDS
        # What is none of the practice's clinics or services is called so in words of ours.
        resolved_names = resolved.get(dimension)
        names |= ((written | shown) & resolved_names if resolved_names else written | shown) - ours
    for column, category in columns.own_attributes.items():
        names |= {column.removeprefix(CUSTOM_PREFIX), *category.names} - _OUR_WORDS
    return frozenset(names)


def _list_names(columns: LeadColumns, dimension: str) -> Iterable[str]:
    """List the names of a dimension: of inquiries, of the touches before them and of the money."""
    for group in (columns.categories, columns.attributes, columns.audited):
        if dimension in group:
            yield from group[dimension].names
    for column in (columns.touches.names.get(dimension), columns.spend.names.get(dimension)):
        if column is not None:
            yield from (str(name) for name in set(column.tolist()) if name is not None)
