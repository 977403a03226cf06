"""What does a request ask figures of? Months, and filters by channel, clinic and service, as an address names them.

Lives here: reading the filters of an address or of a command, and writing them into an address.
Does not live here: choosing the inquiries (``lead_selection``), which figures a filter leaves out (``insight_report``).

A filter names a channel, a clinic or a service, never a person: it stands in addresses, and addresses stand in logs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from serving.errors import RequestError
from serving.insights.columns.attribute_names import name_dimension
from serving.insights.report_sections import DEFAULT_MONTHS, parse_months

__all__ = ["FILTERS", "ReportScope", "parse_scope", "require_known_names"]

FILTERS = ("channel", "clinic", "service")
"""Dimensions that can be filtered by."""

_MOST_NAMED = 12


@dataclass(frozen=True)
class ReportScope:
    """What a report is about.

    Parameters
    ----------
    months : int
        Months counted, the current one included.
    filters : tuple of (str, str)
        Dimension and name, in the order of ``FILTERS``; an inquiry must match all of them.
    """

    months: int = DEFAULT_MONTHS
    filters: tuple[tuple[str, str], ...] = ()

    def get(self, dimension: str) -> str | None:
        """Return the name that a dimension is filtered by, None without such a filter."""
        return dict(self.filters).get(dimension)

    def to_query(self) -> str:
        """Return the scope as the query of an address; empty for the usual months without a filter.

        >>> ReportScope(6, (("channel", "Phone call"),)).to_query()
        'months=6&channel=Phone%20call'
        """
        pairs = [("months", str(self.months))] if self.months != DEFAULT_MONTHS else []
        return urlencode([*pairs, *self.filters], quote_via=quote)

    def describe(self) -> str:
        """Describe the filters in words; empty without one.

        >>> ReportScope(12, (("channel", "Phone call"), ("clinic", "Plano"))).describe()
        'channel Phone call, location Plano'
        """
        return ", ".join(f"{name_dimension(dimension)} {name}" for dimension, name in self.filters)


def parse_scope(query: Mapping[str, str]) -> ReportScope:
    """Parse what a request asks of the insights: ``months``, ``channel``, ``clinic``, ``service``.

    Parameters
    ----------
    query : mapping
        Of the address; an empty filter is none.

    Raises
    ------
    RequestError
        422 for a number of months that is not offered.

    >>> parse_scope({"months": "6", "clinic": "Plano", "channel": ""})
    ReportScope(months=6, filters=(('clinic', 'Plano'),))
    """
    chosen = tuple((name, query[name]) for name in FILTERS if query.get(name, ""))
    return ReportScope(parse_months(query.get("months")), chosen)


def require_known_names(scope: ReportScope, choices: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse a filter by a name that no inquiry has. What was asked for is not repeated: it may be anything.

    Parameters
    ----------
    choices : mapping
        Dimension -> its names.

    Raises
    ------
    RequestError
        422, with the names that there are.

    >>> require_known_names(ReportScope(12, (("clinic", "Plano"),)), {"clinic": ("Plano",)})
    """
    for dimension, name in scope.filters:
        names = choices.get(dimension, ())
        if name in names:
            continue
        known = ", ".join(names[:_MOST_NAMED]) + (", ..." if len(names) > _MOST_NAMED else "")
        raise RequestError(
            422,
            f"unknown_{dimension}",
            f"No inquiry has the {name_dimension(dimension)} that was asked for. Expected one of: {known}."
            if names
            else f"The inquiries have no {name_dimension(dimension)}: leave this filter out.",
        )
