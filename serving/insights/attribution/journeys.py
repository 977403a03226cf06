"""Which touches did people have before they booked, or did not? Inquiries and touches as journeys of people.

Lives here: who is one person, where a journey starts and ends, its touches in order.
Does not live here: reading the tables (``serving.insights.columns``), who gets credit (``credit_rules``,
``touch_removal``).
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from features.array_types import FloatArray, IntArray, ObjectArray, TimeArray
from features.point_in_time.contact_index import ContactIndex, compute_contact_keys, find_shared_contacts
from serving.insights.columns.categories import read_text_column

__all__ = [
    "ALL_OTHERS",
    "LOOKBACK_DAYS",
    "Inquiries",
    "JourneySpans",
    "Journeys",
    "Touches",
    "build_journeys",
    "find_people",
    "find_spans",
]

LOOKBACK_DAYS = 90.0
"""A touch this long before the last inquiry of a journey, and an inquiry this long before the next, belongs to it."""

MOST_NAMES = 12
"""Rarer names are taken together."""

ALL_OTHERS = "All others"


@dataclass(frozen=True)
class Touches:
    """Contacts of people with our marketing before they inquired.

    Parameters
    ----------
    lead : int array of shape (t,)
        Row of the lead.
    days : float array of shape (t,)
        From its arrival; at most 0.
    names : dict
        Dimension, such as "campaign" -> object array of shape (t,), None where the touch names none.
    """

    lead: IntArray
    days: FloatArray
    names: dict[str, ObjectArray] = field(default_factory=dict)


@dataclass(frozen=True)
class Inquiries:
    """The inquiries that journeys are made of.

    Parameters
    ----------
    person : int array of shape (n,)
        Who inquired, from ``find_people``.
    arrived : float array of shape (n,)
        Days, from any day on.
    booked_after : float array of shape (n,)
        Days from arrival to the booking, NaN without one.
    name : object array of shape (n,)
        Channel, campaign or source of the inquiry, None where not given.
    """

    person: IntArray
    arrived: FloatArray
    booked_after: FloatArray
    name: ObjectArray


@dataclass(frozen=True)
class JourneySpans:
    """Which of n inquiries are one journey, of m.

    Parameters
    ----------
    journey : int array of shape (n,)
        The number of its journey.
    first, last : int arrays of shape (m,)
        Rows of inquiries.
    booked : bool array of shape (m,)
    """

    journey: IntArray
    first: IntArray
    last: IntArray
    booked: np.ndarray


@dataclass(frozen=True)
class Journeys:
    """The n journeys of people: t touches, in order of journey and time.

    A touch right after one of the same name is the same touch.

    Parameters
    ----------
    names : tuple of str
    journey : int array of shape (t,)
    code : int array of shape (t,)
        Position in ``names``.
    days_before : float array of shape (t,)
        Days from the touch until the last inquiry of its journey.
    booked : bool array of shape (n,)
    first_inquiry, last_inquiry : int arrays of shape (n,)
        Rows of inquiries.
    """

    names: tuple[str, ...]
    journey: IntArray
    code: IntArray
    days_before: FloatArray
    booked: np.ndarray
    first_inquiry: IntArray
    last_inquiry: IntArray

    def __len__(self) -> int:
        """Return the number of journeys."""
        return len(self.booked)

    def count_touches(self) -> IntArray:
        """Count the touches of each journey, shape (n,)."""
        return np.bincount(self.journey, minlength=len(self))

    def build_incidence(self) -> sparse.csr_matrix:
        """Build the matrix of which journey had which name: 1 where it had, shape (n, names)."""
        pairs = np.unique(self.journey * len(self.names) + self.code)
        rows, columns = np.divmod(pairs, len(self.names))
        return sparse.csr_matrix((np.ones(len(pairs)), (rows, columns)), (len(self), len(self.names)))

    def select(self, kept: np.ndarray) -> "Journeys":
        """Return some of the journeys: a bool array of shape (n,)."""
        position = np.cumsum(kept) - 1
        rows = kept[self.journey]
        return Journeys(
            self.names,
            position[self.journey[rows]],
            self.code[rows],
            self.days_before[rows],
            self.booked[kept],
            self.first_inquiry[kept],
            self.last_inquiry[kept],
        )


def find_people(leads: pd.DataFrame, arrived_at: TimeArray) -> IntArray:
    """Find which leads are of one person, or of people around one patient: they share an id, a phone or an e-mail.

    A contact that ten leads had within 30 days is nobody's (``features.point_in_time.contact_index``).

    Returns
    -------
    int array of shape (n,)
        The same number for the same people.

    >>> leads = pd.DataFrame({"phone": ["617-555-0123", "(617) 555-0123", None], "email": [None, "a@b.org", "a@b.org"]})
    >>> find_people(leads, np.array(["2026-01-01", "2026-01-02", "2026-01-03"], "datetime64[us]")).tolist()
    [0, 0, 0]
    """
    columns = {name: read_text_column(leads, name) for name in ("person_id", "phone", "email") if name in leads}
    keys = compute_contact_keys(columns)
    if not keys:
        return np.arange(len(leads))
    recent_leads = ContactIndex.of_keys(keys, arrived_at).count_recent_leads(keys, arrived_at)
    shared = find_shared_contacts(recent_leads)
    rows, values = [], []
    for name, key in keys.items():
        ever_shared = np.unique(key[shared[name]]) if name in shared else np.empty(0, key.dtype)
        own = (key != 0) & ~np.isin(key, ever_shared)
        rows.append(np.flatnonzero(own))
        values.append(key[own])
    row, value = np.concatenate(rows), np.unique(np.concatenate(values), return_inverse=True)[1]
    count = len(leads)
    size = count + (int(value.max()) + 1 if len(value) else 0)
    graph = sparse.coo_matrix((np.ones(len(row), np.int8), (row, count + value)), (size, size))
    people = connected_components(graph, directed=False)[1][:count]
    return np.unique(people, return_inverse=True)[1].astype(np.int64)


def build_journeys(
    inquiries: Inquiries, touches: Touches, dimension: str, spans: JourneySpans | None = None
) -> Journeys:
    """Build the journeys of everybody who inquired, by one dimension.

    A journey goes on while its next inquiry comes within 90 days and before a booking, and ends with its last inquiry.
    Touches up to 90 days before that count, the inquiry itself is one. Journeys without a named touch are absent.

    Parameters
    ----------
    touches : Touches
        Of these inquiries.
    dimension : str
        A name of ``touches.names``; without it, inquiries are the only touches.
    spans : JourneySpans, optional
        From ``find_spans``; the same whatever the dimension.
    """
    spans = spans or find_spans(inquiries)
    journey_of_inquiry, first, last, booked = spans.journey, spans.first, spans.last, spans.booked

    names = touches.names.get(dimension, np.empty(0, object))
    lead = touches.lead if dimension in touches.names else np.empty(0, np.int64)
    when = inquiries.arrived[lead] + touches.days[: len(lead)]
    name = np.concatenate([inquiries.name, names])
    journey = np.concatenate([journey_of_inquiry, journey_of_inquiry[lead]])
    when = np.concatenate([inquiries.arrived, when])
    is_inquiry = np.arange(len(name)) < len(inquiries.name)
    days_before = inquiries.arrived[last[journey]] - when
    given = np.array([value is not None for value in name.tolist()], bool)
    kept = np.flatnonzero(given & (days_before <= LOOKBACK_DAYS))
    kept = kept[np.lexsort((is_inquiry[kept], when[kept], journey[kept]))]
    codes, texts = pd.factorize(name[kept], sort=True)
    starts = np.ones(len(kept), bool)
    starts[1:] = (codes[1:] != codes[:-1]) | (journey[kept][1:] != journey[kept][:-1])
    codes, texts = _group_rare(codes, [str(text) for text in texts], starts)
    starts[1:] = (codes[1:] != codes[:-1]) | (journey[kept][1:] != journey[kept][:-1])
    kept, codes = kept[starts], codes[starts]
    whole = Journeys(tuple(texts), journey[kept], codes, days_before[kept], booked, first, last)
    return whole.select(whole.count_touches() > 0)


def find_spans(inquiries: Inquiries) -> JourneySpans:
    """Find which inquiries are one journey; their names do not matter."""
    journey = _find_journeys(inquiries)
    count = int(journey.max()) + 1 if len(journey) else 0
    order = np.lexsort((inquiries.arrived, journey))
    first, last = np.zeros(count, np.int64), np.zeros(count, np.int64)
    # Written in order of time: the last one stays; written backwards, the first one does.
    last[journey[order]] = order
    first[journey[order[::-1]]] = order[::-1]
    booked = np.zeros(count, bool)
    booked[journey[~np.isnan(inquiries.booked_after)]] = True
    return JourneySpans(journey, first, last, booked)


def _find_journeys(inquiries: Inquiries) -> IntArray:
    """Return the number of the journey that each inquiry belongs to, shape (n,)."""
    n = len(inquiries.person)
    order = np.lexsort((inquiries.arrived, inquiries.person))
    person, arrived = inquiries.person[order], inquiries.arrived[order]
    # One scale on which persons follow each other, so that one search counts the bookings of each person before a day.
    span = (arrived.max() - arrived.min() if n else 0.0) + np.nanmax(np.r_[inquiries.booked_after, 0.0]) + 1.0
    start = arrived - (arrived.min() if n else 0.0)
    booked = np.flatnonzero(~np.isnan(inquiries.booked_after[order]))
    bookings = np.sort(person[booked] * span + start[booked] + inquiries.booked_after[order][booked])
    booked_before = np.searchsorted(bookings, person * span + start, side="left")
    starts = np.ones(n, bool)
    starts[1:] = (
        (person[1:] != person[:-1])
        | (arrived[1:] - arrived[:-1] > LOOKBACK_DAYS)
        | (booked_before[1:] != booked_before[:-1])
    )
    journeys = np.empty(n, np.int64)
    journeys[order] = np.cumsum(starts) - 1
    return journeys


def _group_rare(codes: IntArray, names: list[str], counted: np.ndarray) -> tuple[IntArray, list[str]]:
    """Take the rarest names together, where there are more than a page can compare."""
    if len(names) <= MOST_NAMES:
        return codes, names
    count = np.bincount(codes[counted], minlength=len(names))
    # Names that were taken together before are not one name: they stay with the rest.
    count[[name == ALL_OTHERS for name in names]] = 0
    common = np.sort(np.argsort(-count, kind="stable")[: MOST_NAMES - 1])
    position = np.full(len(names), len(common))
    position[common] = np.arange(len(common))
    return position[codes], [*(names[i] for i in common.tolist()), ALL_OTHERS]
