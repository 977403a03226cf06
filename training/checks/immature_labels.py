"""LC004: are bookings recorded so late that leads teach "did not book" before it is known?

How it is detected: among leads that are at least two horizons old, the conversions that fell within the horizon are
taken, and the share of them that was recorded only after the horizon had passed. As many conversions are still missing
among the leads whose horizon has just ended, and stand there as negatives. Why it matters: the newest leads look worse
than they are, the model learns that whatever is new does not book, and the base rate seems to fall. What to do: record
outcomes sooner, or give ``horizon_days`` in practice.toml more room than the recording takes."""

import numpy as np

from features.array_types import DAY
from features.calendar.timezones import to_utc_times
from features.point_in_time.outcomes import resolve_outcome_label, read_outcomes
from features.practice.practice import Practice
from features.tables.tables import Tables
from training.finding import Finding

__all__ = ["ImmatureLabels"]

_MAX_LATE_SHARE = 0.10
_MIN_CONVERSIONS = 30
"""Fewer conversions than this say nothing about how late they are recorded."""


class ImmatureLabels:
    """Counts conversions that were recorded after their horizon.

    Parameters
    ----------
    label : str
        The outcome that counts as a conversion.
    """

    code = "LC004"

    def __init__(self, tables: Tables, practice: Practice, label: str) -> None:
        self._tables, self._horizon, self._label = tables, practice.horizon_days * DAY, label

    def run(self) -> Finding:
        """The share recorded late; fails above one in ten."""
        tables = self._tables
        if "created_at" not in tables.leads or tables.label is not None or not len(tables.outcomes):
            return Finding(
                self.code,
                "not applicable",
                "No outcomes with dates, so nothing says how late a conversion is recorded.",
            )
        found, arrived = read_outcomes(tables, resolve_outcome_label(self._label)), to_utc_times(tables.leads["created_at"])
        judged = (arrived + 2 * self._horizon <= tables.as_of) & (found.converted_at <= arrived + self._horizon)
        if judged.sum() < _MIN_CONVERSIONS:
            return Finding(
                self.code,
                "not applicable",
                f"Only {int(judged.sum())} conversions are two horizons old; {_MIN_CONVERSIONS} are needed to say how late they are recorded.",
            )
        late = float((found.known_at[judged] > arrived[judged] + self._horizon).mean())
        delay = (found.known_at[judged] - found.converted_at[judged]) / DAY
        said = f"{100 * late:.1f} in 100 of {int(judged.sum()):,} conversions were recorded after the horizon ({self._horizon / DAY:.0f} days) had passed; half within {np.median(delay):.1f} days of happening."
        return Finding(self.code, "fails" if late > _MAX_LATE_SHARE else "holds", said)
