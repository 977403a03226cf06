"""Which rows lie after the end of the data? Nothing is recorded after the clock, or long after everything else.

Lives here: times in the future and stray times, rejected with their reason; bookings that are dated by their visit.
Does not live here: the end itself (``tables.Tables.as_of``), how a time is read (``features.parsing``).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from features.array_types import DAY, TimeArray
from features.tables.row_validation import RowValidator

__all__ = [
    "VisitCounts",
    "count_visit_dates",
    "date_bookings",
    "drop_planned_labels",
    "find_latest",
    "reject_after_end",
]

_TOLERANCE = np.timedelta64(36 * 3_600_000_000, "us")
"""A time without a zone may be off by half a day and more, and a date counts at the end of its day."""
_GAP = np.timedelta64(180 * 86_400_000_000, "us")
_STRAY_SHARE = 0.002
_FEWEST_ROWS = 100
_FEWEST_BOOKINGS, _VISIT_SHARE = 10, 0.8
_NEVER = np.datetime64("NaT", "us")


@dataclass(frozen=True)
class VisitCounts:
    """Count the bookings that have both dates, and those of them that were recorded before their date."""

    booked: int = 0
    early: int = 0

    def __add__(self, other: "VisitCounts") -> "VisitCounts":
        """Return the counts of both chunks."""
        return VisitCounts(self.booked + other.booked, self.early + other.early)

    @property
    def are_visits(self) -> bool:
        """Whether nearly all bookings are dated by the visit."""
        return self.booked >= _FEWEST_BOOKINGS and self.early >= _VISIT_SHARE * self.booked


def read_clock() -> np.datetime64:
    """Return the current time in UTC."""
    return np.datetime64(datetime.now(UTC).replace(tzinfo=None), "us")


def find_latest() -> np.datetime64:
    """Return the latest time that can have been recorded by now."""
    return read_clock() + _TOLERANCE


def reject_after_end(
    validator: RowValidator, column: str, times: TimeArray, latest: np.datetime64, known_until: np.datetime64 | None
) -> None:
    """Reject rows whose time is later than the clock, or far later than all others.

    Parameters
    ----------
    known_until : datetime64, optional
        A time that other data reach, where stray times are to be found: a year typed as 2025 among those of 2021.
        NaT where only ``times`` tell; None where nothing is known of the other rows.
    """
    future = times > latest
    day = np.datetime_as_string(latest - _TOLERANCE, "D")
    validator.reject(future, column, f"is in the future (after {day})", "A planned date is no record; correct the year")
    if known_until is None:
        return
    stray = _find_stray(np.where(future | ~validator.keep, _NEVER, times), known_until)
    validator.reject(
        stray, column, f"is more than {_GAP // DAY} days after all other data", "Correct the year, or export again"
    )


def _find_stray(times: TimeArray, known_until: np.datetime64) -> np.ndarray:
    """Find the few times behind a gap of more than half a year. Mask of shape (n,)."""
    ordered = np.sort(times[~np.isnat(times)])
    strays_allowed = max(3, int(_STRAY_SHARE * len(ordered)))
    if len(ordered) < _FEWEST_ROWS:
        return np.zeros(len(times), bool)
    last = ordered[-strays_allowed - 1 :]
    gaps = np.flatnonzero(np.diff(last) > _GAP)
    if not len(gaps) or last[gaps[0]] < known_until - _GAP:
        return np.zeros(len(times), bool)
    return times > max(last[gaps[0]], known_until) if not np.isnat(known_until) else times > last[gaps[0]]


def count_visit_dates(occurred: TimeArray, recorded: TimeArray, booked: np.ndarray) -> VisitCounts:
    """Count the bookings with both dates, and those that were recorded before their date."""
    both = booked & ~np.isnat(recorded) & ~np.isnat(occurred)
    return VisitCounts(int(both.sum()), int((both & (recorded < occurred)).sum()))


def date_bookings(
    occurred: TimeArray, recorded: TimeArray, booked: np.ndarray, latest: np.datetime64, counts: VisitCounts
) -> tuple[TimeArray, np.ndarray]:
    """Return (when each outcome happened, which bookings are dated by their visit).

    A booking can be recorded late, but not before it happens: where nearly all are recorded before their date, it is
    the date of the visit, and so is any date in the future.

    Parameters
    ----------
    occurred, recorded : datetime64[us] arrays of shape (n,)
    booked : bool array of shape (n,)
    counts : VisitCounts
        Of the whole table.
    """
    visits = booked & (recorded < occurred) & (counts.are_visits | (occurred > latest))
    return np.where(visits, recorded, occurred), visits


def drop_planned_labels(
    label: np.ndarray,
    known_at: TimeArray,
    header: str,
    latest: np.datetime64,
    validator: RowValidator,
    is_visit: bool = False,
) -> np.ndarray:
    """Return the labels without those that become known after ``latest``; the newest lead's time for days of visits."""
    planned = known_at > latest
    when = "after the newest lead" if is_visit else "in the future"
    validator.note(
        f"leads: {{count}} leads have a {header!r} {when}, so their outcome is not known yet; "
        "they are not used for training.",
        int((planned & ~np.isnan(label)).sum()),
    )
    return np.where(planned, np.nan, label)
