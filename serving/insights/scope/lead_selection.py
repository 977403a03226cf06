"""Which leads match the filters? The columns of some leads, with everything that belongs to them.

Lives here: choosing leads, and the touches and the money that go with them; which names can be chosen, and which
sections a filter leaves out.
Does not live here: reading filters (``report_scope``), the columns (``serving.insights.columns``).
"""

from dataclasses import fields, replace
from functools import partial
from typing import Any

import numpy as np

from features.arrays.dictionary_encoding import map_distinct
from features.errors import DataError
from serving.insights.attribution.journeys import ALL_OTHERS, Touches
from serving.insights.columns.attribute_names import name_dimension
from serving.insights.columns.categories import Categories
from serving.insights.columns.lead_columns import LeadColumns, SpendColumns
from serving.insights.columns.phone_calls import PhoneCalls
from serving.insights.scope.report_scope import FILTERS, ReportScope

__all__ = ["group_rare_names", "list_choices", "list_left_out", "select_leads"]

_MAX_NAMES = 40
"""A dimension with more names than this is shown by its most common ones."""


def list_choices(columns: LeadColumns) -> dict[str, tuple[str, ...]]:
    """List the names that each dimension can be filtered by. A dimension that inquiries do not have is absent."""
    return {dimension: columns.categories[dimension].names for dimension in FILTERS if dimension in columns.categories}


def list_left_out(scope: ReportScope, columns: LeadColumns) -> dict[str, str]:
    """List which sections a filter, or what is not on record, leaves out, and why."""
    return _list_unrecorded(columns) | _list_filtered(scope, columns.spend)


def _list_unrecorded(columns: LeadColumns) -> dict[str, str]:
    """List the sections of which the records say nothing at all: a table of zeros would say that nothing happened."""
    reasons = {}
    if columns.label_decided is not None:
        reasons["outlook"] = (
            "The export says who booked and not when, so how long bookings take is not known, nor what is coming. Add "
            "an outcomes table with dates."
        )
    if np.isnan(columns.response_minutes).all() and np.isnan(columns.missed_minutes).all():
        reasons["response"] = (
            "No call or message of ours is on record, so nothing can be said of how long people wait. Put a table of "
            "events (lead_id, occurred_at, kind) beside the leads, such as the call log."
        )
    return reasons


def _list_filtered(scope: ReportScope, spend: SpendColumns) -> dict[str, str]:
    """List the sections that a filter leaves out.

    >>> list(_list_filtered(ReportScope(12, (("clinic", "Plano"),)), SpendColumns(*[np.empty(0)] * 3)))
    ['credit', 'silence', 'money']
    """
    if not scope.filters:
        return {}
    reasons = {
        "credit": "Credit for bookings is divided over all inquiries: a filter by where they came in last would decide "
        "it beforehand. Take the filter away to see it.",
        "silence": "Sources are watched over all inquiries. Take the filter away to see which went silent.",
    }
    if any(dimension != "channel" for dimension, _ in scope.filters):
        reasons["money"] = (
            "Money is on record by channel and campaign, not by location or service: a cost for a part of the "
            "inquiries would divide all of the money by some of the patients. Take this filter away to see it."
        )
    elif "channel" not in spend.names:
        reasons["money"] = "Money is on record without a channel, so nothing can be said of one channel's costs."
    return reasons


def select_leads(columns: LeadColumns, scope: ReportScope) -> LeadColumns:
    """Return the columns of the leads that match all filters, with their touches; money of the channel where it says.

    Raises
    ------
    DataError
        If no lead matches.
    """
    if not scope.filters:
        return columns
    mask = np.ones(len(columns), bool)
    for dimension, name in scope.filters:
        category = columns.categories.get(dimension)
        names = () if category is None else category.names
        if category is None or name not in names:
            words = name_dimension(dimension)
            raise DataError(f"insights: no inquiry has this {words}. Expected one of: {', '.join(names)}.")
        mask &= category.codes == names.index(name)
    if not mask.any():
        raise DataError(f"insights: no inquiry has {scope.describe()}. Leave one of the filters out.")
    selected = {column.name: _select(getattr(columns, column.name), mask) for column in fields(columns)}
    touched = np.flatnonzero(mask[columns.touches.lead])
    position = np.cumsum(mask) - 1
    selected["touches"] = Touches(
        position[columns.touches.lead[touched]],
        columns.touches.days[touched],
        {name: values[touched] for name, values in columns.touches.names.items()},
    )
    # Phones are answered for everybody: how many people that takes is not said of a part of the inquiries.
    selected["calls"] = PhoneCalls.empty()
    selected["spend"] = _select_spend(columns.spend, scope.get("channel"))
    return replace(columns, **selected)


def _select(value: Any, mask: np.ndarray) -> Any:
    """Return the kept leads of an array, of a column of names, or of a dict of these; anything else as it is."""
    if isinstance(value, Categories):
        return Categories(value.codes[mask], value.names)
    if isinstance(value, dict):
        return {name: _select(item, mask) for name, item in value.items()}
    return value[mask] if isinstance(value, np.ndarray) else value


def _select_spend(spend: SpendColumns, channel: str | None) -> SpendColumns:
    """Return the money spent on a channel; all of it without such a filter."""
    if channel is None or "channel" not in spend.names:
        return spend
    rows = np.flatnonzero(spend.names["channel"] == channel)
    names = {name: values[rows] for name, values in spend.names.items()}
    counts = {name: values[rows] for name, values in spend.counts.items()}
    return SpendColumns(spend.month[rows], spend.day[rows], spend.amount[rows], names, counts)


def group_rare_names(columns: LeadColumns) -> LeadColumns:
    """Return the columns with the rarest names of each dimension taken together, of leads, their touches and the money.

    Leads whose own name is that of the rest are part of it.
    """
    categories, touched, paid = dict(columns.categories), dict(columns.touches.names), dict(columns.spend.names)
    for name, category in categories.items():
        if len(category.names) > _MAX_NAMES and name != "form":
            count = category.count()
            count[[text == ALL_OTHERS for text in category.names]] = -1
            frequent = np.argsort(-count, kind="stable")[: _MAX_NAMES - 1]
            names = [category.names[i] for i in sorted(frequent.tolist())]
            position = np.full(len(category.names), len(names))
            position[np.sort(frequent)] = np.arange(len(names))
            categories[name] = type(category)(position[category.codes], (*names, ALL_OTHERS))
            if name in touched:
                common = {text: text for text in names}
                touched[name] = map_distinct(touched[name], partial(_take_common, common), None, object)
            if name in paid:
                # Money of a name that no lead has stays with it: the rest of the leads did not come by it.
                rare = dict.fromkeys(set(category.names) - set(names), ALL_OTHERS)
                paid[name] = map_distinct(paid[name], partial(_take_rest, rare), None, object)
    return replace(
        columns,
        categories=categories,
        touches=replace(columns.touches, names=touched),
        spend=replace(columns.spend, names=paid),
    )


def _take_rest(rare: dict[str, str], name: str) -> str:
    return rare.get(name, name)


def _take_common(common: dict[str, str], name: str) -> str:
    return common.get(name, ALL_OTHERS)
