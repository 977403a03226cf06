"""Which part of a list is asked for? Filters, as they stand in an address and as a person saves them.

Lives here: reading a filter from a query, which leads it keeps, saying it as a query again.
Does not live here: the list (``board``), keeping saved views (``serving.store.repositories.desk_steps``).

A filter holds words of lists only. What finds a person (a phone number, an address) is sent in a form's body, never in
an address."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

import numpy as np

__all__ = ["GRADES", "LANES_SHOWN", "QueueFilter"]

GRADES = ("A", "B", "C", "D")
LANES_SHOWN = ("urgent", "callback due", "normal", "nurture")
"""In the order in which the desk works them."""

_MAX_LENGTH = 200
_NOBODY, _MINE = "nobody", "mine"


@dataclass(frozen=True)
class QueueFilter:
    """What part of the queue is asked for; an empty text means all.

    Parameters
    ----------
    owner : {"", "mine", "nobody"}
    person : str
        Who asks, for ``mine``; no part of the query.
    page : int, 1 or more

    >>> QueueFilter.of({"lane": "urgent", "page": "2", "colour": "red"}, "anna").query
    'lane=urgent&page=2'
    """

    lane: str = ""
    grade: str = ""
    channel: str = ""
    clinic: str = ""
    service: str = ""
    owner: str = ""
    page: int = 1
    person: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str], person: str = "") -> "QueueFilter":
        """The filter of a query; what cannot be read asks for everything."""
        known = {
            one.name: given.get(one.name, "")[:_MAX_LENGTH] for one in fields(cls) if one.name not in ("page", "person")
        }
        page = given.get("page", "")
        return cls(
            **known,
            page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 7 and int(page) else 1,
            person=person,
        )

    @property
    def query(self) -> str:
        """The filter as an address has it."""
        said = {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if one.name not in ("page", "person") and getattr(self, one.name)
        }
        return urlencode(said | ({"page": self.page} if self.page > 1 else {}))

    @property
    def is_narrowing(self) -> bool:
        """Whether anything is left out."""
        return bool(replace(self, page=1).query)

    def with_page(self, page: int) -> "QueueFilter":
        """The same on another page."""
        return replace(self, page=page)

    def match(self, columns: Mapping[str, np.ndarray]) -> np.ndarray:
        """Which of n leads are asked for, by their columns (see ``board``). Shape (n,), bool."""
        wanted = {
            "lane": self.lane,
            "grade": self.grade,
            "channel": self.channel,
            "preferred_clinic": self.clinic,
            "service_requested": self.service,
        }
        kept = np.ones(len(columns["lane"]), bool)
        for name, asked in wanted.items():
            if asked:
                kept &= columns[name] == asked
        if self.owner:
            kept &= (
                np.equal(columns["owner"], None)
                if self.owner == _NOBODY
                else columns["owner"] == (self.person if self.owner == _MINE else "")
            )
        return kept
