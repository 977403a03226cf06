"""What time is it, for us and for them? Arrival and cutoff on the practice's clock, the cutoff on the lead's own."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.array_types import HOUR, FloatArray, TimeArray
from features.batch import Batch
from features.blocks.form_fields import FormFieldsBlock
from features.calendar.business_time import LocalTimes
from features.calendar.timezones import to_local_time
from features.practice.zip_codes import load_zip_map

__all__ = ["CalendarBlock"]


@dataclass(frozen=True)
class CalendarBlock:
    """Clocks, one entry per moment. Shape (n,)."""

    batch: Batch
    fields: FormFieldsBlock

    @cached_property
    def arrival(self) -> LocalTimes:
        """When the lead arrived, on the practice's clock."""
        return LocalTimes.of(self.batch.local_time(self.batch.column("created_at")))

    @cached_property
    def now(self) -> LocalTimes:
        """The cutoff, on the practice's clock."""
        return LocalTimes.of(self.batch.local_time(self.batch.cutoff))

    @cached_property
    def lead_local_time(self) -> TimeArray:
        """The cutoff on the clock of the lead's own ZIP code; NaT where that is not known."""
        zone, cutoff = load_zip_map().zone[self.fields.zip_row], self.batch.cutoff
        local = np.full(len(zone), np.datetime64("NaT"), "datetime64[us]")
        for one in np.flatnonzero(np.bincount(zone + 1)[1:]):
            local[zone == one] = to_local_time(cutoff[zone == one], load_zip_map().zones[one])
        return local

    @cached_property
    def lead_ahead_hours(self) -> FloatArray:
        """How far the lead's clock is ahead of the practice's, hours; NaN unknown."""
        return (self.lead_local_time - self.now.local) / HOUR
