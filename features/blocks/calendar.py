"""What time is it, for the practice and for the lead?

Lives here: arrival and cutoff on the practice's clock, the cutoff on the lead's own.
Does not live here: time zones (``calendar.timezones``), opening hours (``calendar.business_time``).
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import HOUR, FloatArray, TimeArray
from features.arrays.computed_once import computed_once
from features.batch import Batch
from features.blocks.form_fields import FormFieldsBlock
from features.calendar.business_time import LocalTimes
from features.calendar.timezones import to_local_time
from features.practice.zip_codes import load_zip_map

__all__ = ["CalendarBlock"]

_UNKNOWN = np.datetime64("NaT", "us")
_HOUR = np.timedelta64(3_600_000_000, "us")


@dataclass(frozen=True)
class CalendarBlock:
    """Local times, one entry per moment. Shape (n,)."""

    batch: Batch
    fields: FormFieldsBlock

    @computed_once
    def arrival(self) -> LocalTimes:
        """Arrival of the lead on the practice's clock."""
        return LocalTimes.of(self.batch.local_time(self.batch.column("created_at")))

    @computed_once
    def now(self) -> LocalTimes:
        """The cutoff, on the practice's clock."""
        return LocalTimes.of(self.batch.local_time(self.batch.cutoff))

    @computed_once
    def timed_arrival(self) -> LocalTimes:
        """Arrival of the lead, unknown where only its day is: exactly midnight means a date without a time of day."""
        return LocalTimes.of(np.where(self.has_time_of_day(self.arrival.local), self.arrival.local, _UNKNOWN))

    @computed_once
    def timed_now(self) -> LocalTimes:
        """The cutoff, unknown where only its day is: whole hours after an arrival without a time of day."""
        waited = self.batch.cutoff - self.batch.column("created_at")
        counted = ~np.isnat(waited) & ~self.timed_arrival.is_known & (waited % _HOUR == np.timedelta64(0, "us"))
        return LocalTimes.of(np.where(counted, _UNKNOWN, self.now.local))

    @staticmethod
    def has_time_of_day(local: TimeArray) -> np.ndarray:
        """Return whether each local time is known and not exactly midnight, which is how a day alone is kept."""
        return ~np.isnat(local) & (local != local.astype("datetime64[D]"))

    @computed_once
    def lead_local_time(self) -> TimeArray:
        """The cutoff on the clock of the lead's ZIP code; NaT where that is unknown."""
        zone, cutoff = load_zip_map().zone[self.fields.zip_row], self.batch.cutoff
        local = np.full(len(zone), np.datetime64("NaT"), "datetime64[us]")
        for zone_number in np.flatnonzero(np.bincount(zone + 1)[1:]):
            local[zone == zone_number] = to_local_time(cutoff[zone == zone_number], load_zip_map().zones[zone_number])
        return local

    @computed_once
    def lead_ahead_hours(self) -> FloatArray:
        """Hours by which the lead's clock is ahead of the practice's; NaN unknown."""
        return (self.lead_local_time - self.now.local) / HOUR
