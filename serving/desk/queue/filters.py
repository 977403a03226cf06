"""Which part of a list is asked for? Filters, as an address has them and as a person saves them.

Lives here: parsing a filter from a query, matching leads, formatting it as a query again.
Does not live here: the list (``queue_board``), storing saved views (``serving.store.repositories.desk_steps``).

A filter holds only values of lists. What identifies a person (a phone number, an address) is sent in a form's body,
never in an address."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

import numpy as np

__all__ = ["ARRIVALS", "GRADES", "LANES_SHOWN", "LISTS", "OWNERS", "SORTS", "QueueFilter"]

GRADES = ("A", "B", "C", "D")
LANES_SHOWN = ("urgent", "callback due", "normal", "nurture")
"""In the order in which the desk calls them."""

LISTS = {
    "call": "Call list",
    "write": "Write to them",
    "missing": "Missing contact",
    "spam": "Spam or test",
    "apart": "Do not contact",
}
"""List of open leads -> its name; each lead is on one of them."""

SORTS = {"": "Best next", "chance": "Likely to book", "newest": "Newest", "oldest": "Waiting longest"}
"""Order of a list -> its name; the first is the working order."""
OWNERS = {"mine": "Mine", "nobody": "Unassigned", "open": "Mine and unassigned"}
"""Whose leads -> words."""
ARRIVALS = {"today": "New today"}
"""When leads came in -> words."""

_MAX_LENGTH = 200
_NOBODY, _MINE, _OPEN = "nobody", "mine", "open"


@dataclass(frozen=True)
class QueueFilter:
    """The part of the queue that is asked for; an empty text means all.

    Parameters
    ----------
    list : str
        One of ``LISTS``; empty means the call list.
    owner : {"", "mine", "nobody", "open"}
        ``open``: mine and nobody's.
    arrived : {"", "today"}
    sort : {"", "chance", "newest", "oldest"}
        Empty for the working order.
    person : str
        Who asks, for ``mine``; not part of the query.
    page : int, 1 or more

    >>> QueueFilter.of({"lane": "urgent", "page": "2", "colour": "red"}, "anna").query
    'lane=urgent&page=2'
    """

    list: str = ""
    lane: str = ""
    grade: str = ""
    channel: str = ""
    clinic: str = ""
    service: str = ""
    owner: str = ""
    arrived: str = ""
    sort: str = ""
    page: int = 1
    person: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str], person: str = "") -> "QueueFilter":
        """Parse the filter of a query; an invalid value asks for everything."""
        values = {name: query.get(name, "")[:_MAX_LENGTH] for name in _QUERY_FIELDS}
        page = query.get("page", "")
        # isdigit alone also accepts digits of other scripts, and int would be slow on a very long number.
        is_number = page.isascii() and page.isdigit() and len(page) < 7
        return cls(**values, page=max(int(page), 1) if is_number else 1, person=person)

    @property
    def query(self) -> str:
        """The filter as an address has it."""
        return urlencode(self.parts | ({"page": str(self.page)} if self.page > 1 else {}))

    @property
    def parts(self) -> dict[str, str]:
        """What the filter asks for: name -> value, without the page."""
        return {name: getattr(self, name) for name in _QUERY_FIELDS if getattr(self, name)}

    @property
    def is_narrowing(self) -> bool:
        """Whether the filter leaves anything out."""
        return bool(replace(self, page=1, list="", sort="").query)

    def with_page(self, page: int) -> "QueueFilter":
        """Return the same filter on another page."""
        return replace(self, page=page)

    def with_value(self, name: str, value: str) -> "QueueFilter":
        """Return the first page of the same filter with another value; an empty one takes the part out.

        >>> QueueFilter.of({"lane": "urgent", "page": "2"}).with_value("owner", "mine").query
        'lane=urgent&owner=mine'
        """
        return replace(self, page=1, **{name: value})

    def match(self, arrays: Mapping[str, np.ndarray], today: np.datetime64) -> np.ndarray:
        """Return which of n leads pass, by their arrays (see ``queue_columns``). Shape (n,), bool.

        Parameters
        ----------
        today : datetime64, UTC
            When the practice's day began.
        """
        wanted_values = {
            "lane": self.lane,
            "grade": self.grade,
            "channel": self.channel,
            "clinic": self.clinic,
            "service": self.service,
        }
        passes = np.ones(len(arrays["lane"]), bool)
        for name, value in wanted_values.items():
            if value:
                passes &= arrays[name] == value
        if self.arrived:
            passes &= arrays["arrived_at"] >= today
        if self.owner:
            is_free, is_mine = np.equal(arrays["owner"], None), arrays["owner"] == self.person
            passes &= {_NOBODY: is_free, _MINE: is_mine, _OPEN: is_free | is_mine}.get(
                self.owner, np.zeros(len(passes), bool)
            )
        return passes

    def sort_rows(self, probability: np.ndarray, arrived_at: np.ndarray) -> np.ndarray:
        """Return the positions of n leads in the order that is asked for, where equal in the working order."""
        if self.sort == "chance":
            return np.argsort(-np.nan_to_num(probability, nan=-1.0), kind="stable")
        arrived = arrived_at.astype(np.int64)
        return np.argsort(-arrived if self.sort == "newest" else arrived, kind="stable")


_QUERY_FIELDS = tuple(field.name for field in fields(QueueFilter) if field.name not in ("page", "person"))
