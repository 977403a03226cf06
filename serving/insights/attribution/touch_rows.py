"""Can the touches carry any credit? The inquiries and journeys that credit is divided among, and a verdict on them.

Lives here: which inquiries and journeys count, how many say where they came from, when nothing is credited.
Does not live here: journeys (``journeys``), dividing and the tables (``attribution_tables``).
"""

from dataclasses import dataclass, replace

import numpy as np

from features.array_types import DAY, MINUTE, IntArray
from serving.insights.attribution.journeys import Inquiries, Journeys, JourneySpans, build_journeys
from serving.insights.columns.categories import NOT_GIVEN
from serving.insights.columns.lead_columns import LeadColumns

__all__ = ["TouchData", "TouchRows", "find_touch_rows", "list_inquiries"]

MAX_WITHOUT = 0.5
"""Share of inquiries without a name above which nothing is credited."""

MIN_SEVERAL = 0.05
"""Share of journeys with several names below which every rule says the same, and nothing can be told apart."""

MAX_CONTRADICTING = 0.2
_JUST_BEFORE_MINUTES = 30.0
"""A touch so shortly before the inquiry should name what the inquiry names."""


@dataclass(frozen=True)
class TouchData:
    """What the touches are worth as data.

    Parameters
    ----------
    leads, unnamed : int
        Inquiries, and those without a name.
    journeys, several : int
        Journeys, and those with several different names.
    touched, contradicting : int
        Inquiries with a name and a touch just before them, and those where every such touch names something else.
    """

    leads: int
    unnamed: int
    journeys: int
    several: int
    touched: int
    contradicting: int

    @property
    def refusal(self) -> str | None:
        """Why nothing is credited, None where it is. It tells no number: it leaves the house."""
        if self.unnamed > MAX_WITHOUT * self.leads or not self.leads:
            return "More than half of the inquiries do not say where they came from: no credit is given."
        if self.several < MIN_SEVERAL * self.journeys or not self.journeys:
            return (
                "Hardly any journey has touches of different names: every rule says the same, and nothing can be told "
                "apart. Record visits before the inquiry as events with a channel, source or campaign."
            )
        return None

    @property
    def contradicts(self) -> bool:
        """Whether many inquiries and their last touch name different things."""
        return self.contradicting > MAX_CONTRADICTING * self.touched


@dataclass(frozen=True)
class TouchRows:
    """The inquiries and journeys of the months of the report, by one dimension.

    Parameters
    ----------
    journeys : Journeys
        Those that are old enough.
    counted, unnamed, touched, contradicting : int arrays
        Rows of inquiries, as in ``TouchData``.
    """

    journeys: Journeys
    counted: IntArray
    unnamed: IntArray
    touched: IntArray
    contradicting: IntArray

    def select_several(self) -> IntArray:
        """Return the journeys with several different names."""
        return np.flatnonzero(np.asarray(self.journeys.build_incidence().sum(axis=1)).ravel() > 1)

    def count(self) -> TouchData:
        """Count the rows."""
        rows = (self.counted, self.unnamed, self.journeys, self.select_several(), self.touched, self.contradicting)
        return TouchData(*(len(part) for part in rows))


def find_touch_rows(
    columns: LeadColumns, dimension: str, ripe_days: float, months: int, spans: JourneySpans | None = None
) -> TouchRows | None:
    """Find what credit is divided among; None where the inquiries have no such column.

    Parameters
    ----------
    ripe_days : float
        Age of an inquiry from which its bookings are known.
    months : int
        Months of the last inquiry of a journey, the current one included.
    spans : JourneySpans, optional
        From ``find_spans``.
    """
    category = columns.categories.get(dimension)
    if category is None:
        return None
    names = np.array([None if name == NOT_GIVEN else name for name in category.names], object)[category.codes]
    inquiries = replace(list_inquiries(columns), name=names)
    all_journeys = build_journeys(inquiries, columns.touches, dimension, spans)
    last = all_journeys.last_inquiry
    first_month = columns.current_month - months
    journeys = all_journeys.select(columns.is_ripe(ripe_days)[last] & (columns.month[last] > first_month))
    counted = columns.month > first_month
    has_name = np.array([name is not None for name in names.tolist()], bool)
    touched_leads, contradicting = np.zeros(len(has_name), bool), np.zeros(len(has_name), bool)
    if dimension in columns.touches.names:
        lead, touched = columns.touches.lead, columns.touches.names[dimension]
        near = columns.touches.days * (DAY / MINUTE) >= -_JUST_BEFORE_MINUTES
        near &= counted[lead] & has_name[lead] & np.array([name is not None for name in touched.tolist()], bool)
        touched_leads[lead[near]] = True
        contradicting[lead[near]] = True
        contradicting[lead[near][touched[near] == names[lead[near]]]] = False
    rows = (counted, counted & ~has_name, touched_leads, contradicting)
    return TouchRows(journeys, *map(np.flatnonzero, rows))


def list_inquiries(columns: LeadColumns) -> Inquiries:
    """List the inquiries without names."""
    booked_after = np.where(columns.has("booked"), columns.stage_days["booked"], np.nan)
    arrived = (columns.arrived_at - columns.arrived_at.min()) / DAY
    return Inquiries(columns.person, arrived, booked_after, np.empty(0, object))
