"""When did each outcome happen, and when did the practice know it?

Lives here: bookings dated by their visit, planned visits, days without a time, and the time of recording.
Does not live here: what lies after the end of the data (``data_end``), labels (``training.dataset.labels``).
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import DAY, TimeArray
from features.arrays.dictionary_encoding import DictionaryEncoded
from features.calendar.timezones import to_local_time
from features.parsing.dates.timestamps import to_time
from features.tables.column_conversion import ValueFormat, make_empty_column
from features.tables.data_end import (
    VisitCounts,
    count_visit_dates,
    date_bookings,
    reject_after_end,
)
from features.tables.date_columns import join_time_of_day
from features.tables.row_validation import RowValidator

__all__ = ["DataEnd", "date_outcomes"]


@dataclass(frozen=True)
class DataEnd:
    """Hold what is known about the end of the data.

    Parameters
    ----------
    latest : datetime64
        The latest time that can have been recorded by now.
    last_arrival : datetime64 or None
        When the last lead arrived; None when leads are scored.
    timezone : str
        The practice's own.
    visits : VisitCounts, optional
        How many bookings are dated by their visit; counted in the rows at hand if omitted.
    """

    latest: np.datetime64
    last_arrival: np.datetime64 | None
    timezone: str
    visits: VisitCounts | None = None


def date_outcomes(
    columns: dict[str, np.ndarray | DictionaryEncoded],
    arrivals: TimeArray,
    validator: RowValidator,
    value_format: ValueFormat,
    end: DataEnd,
) -> None:
    """Set when each outcome happened and when it was known, and reject those that have not happened yet."""
    stage, occurred = columns["stage"], columns["occurred_at"]
    recorded = columns.get("recorded_at", make_empty_column("time", len(occurred)))
    future = recorded > end.latest
    validator.treat_as_missing(future, "recorded_at", "is in the future", "occurred_at was used; correct the date")
    recorded = np.where(future, np.datetime64("NaT", "us"), recorded)
    booked = stage.find_rows(stage.distinct == "booked")
    counts = count_visit_dates(occurred, recorded, booked) if end.visits is None else end.visits
    occurred, visits = date_bookings(occurred, recorded, booked, end.latest, counts)
    _note_visits(visits, counts, validator)
    if counts.are_visits:
        validator.note(
            "outcomes.recorded_at: PLEASE CHECK: {count} bookings have none, and nearly all others are dated by the "
            "visit; its day counts as the time of the booking, which is too late. Export when they were booked.",
            int((booked & np.isnat(recorded)).sum()),
        )
    reject_after_end(validator, "occurred_at", occurred, end.latest, end.last_arrival)
    days = {name: _find_days(name, validator, value_format, columns) for name in ("occurred_at", "recorded_at")}
    # A day is kept as its start where something happened, and as its end where that became known.
    same_day = days["occurred_at"] & days["recorded_at"] & (recorded == occurred)
    early = ((recorded < occurred) | same_day) & ~visits
    validator.treat_as_missing(
        early, "recorded_at", "is earlier than occurred_at", "occurred_at was used; check the clocks of both systems"
    )
    known_at = np.where(days["occurred_at"] & ~visits, occurred + DAY, occurred)
    columns["recorded_at"] = np.where(early | np.isnat(recorded), known_at, recorded)
    columns["occurred_at"] = _move_days_after_arrival(occurred, days["occurred_at"] & ~visits, arrivals, end.timezone)


def _find_days(
    name: str, validator: RowValidator, value_format: ValueFormat, columns: dict[str, np.ndarray | DictionaryEncoded]
) -> np.ndarray:
    """Find the rows whose date has no time of day. Mask of shape (n,)."""
    headers = [header for header, decision in value_format.dates.items() if decision.column == name]
    if not headers or name not in columns:
        return np.zeros(len(validator.keep), bool)
    decision = value_format.dates[headers[0]]
    values = join_time_of_day(validator.raw.frame, headers[0], decision.date_format)
    starts, ends = (
        to_time(values, value_format.zone, value_format.missing_texts, decision.date_format, day_ends)[0]
        for day_ends in (False, True)
    )
    return starts != ends


def _move_days_after_arrival(occurred: TimeArray, is_day: np.ndarray, arrivals: TimeArray, timezone: str) -> TimeArray:
    """Return when outcomes happened, those with a day only just after the arrival where that was on the same day.

    A day counts from its start, so that no moment after the outcome looks open; but it cannot precede the inquiry.
    """
    day, arrived = (to_local_time(times, timezone).astype("datetime64[D]") for times in (occurred, arrivals))
    after_arrival = arrivals + np.timedelta64(1_000_000, "us")
    return np.where(is_day & (day == arrived) & (arrivals >= occurred), after_arrival, occurred)


def _note_visits(visits: np.ndarray, counts: VisitCounts, validator: RowValidator) -> None:
    """Note how many bookings are dated by their visit, and which is the first of a few."""
    text = "{count} bookings were recorded before occurred_at, which is the date of the visit; recorded_at was used"
    if counts.are_visits:
        validator.note(f"outcomes.occurred_at: {text} as the time of the booking.", int(visits.sum()))
        return
    validator.treat_as_missing(
        visits,
        "occurred_at",
        "is in the future, so it is the date of a planned visit",
        "recorded_at was used as the time of the booking",
    )
