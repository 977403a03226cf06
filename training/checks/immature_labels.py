"""LC004: are bookings recorded so late that leads count as "did not book" before the outcome is known?

How it is detected: among leads that are at least two horizons old, the conversions within the horizon are counted, and
the share of them that was recorded only after the horizon had passed. The same share of conversions is still missing
among the leads whose horizon has just ended, and those leads count as negatives.

Why it matters: the newest leads look worse than they are, the model learns that whatever is new does not book, and the
base rate seems to fall.

What to do: record outcomes sooner, or make ``horizon_days`` in practice.toml longer than recording takes.
"""

import numpy as np

from features.array_types import DAY
from features.calendar.timezones import to_utc_times
from features.point_in_time.outcomes import read_outcomes, resolve_outcome_label
from features.practice.practice import Practice
from features.tables.tables import Tables
from training.finding import Finding

__all__ = ["ImmatureLabels"]

_MAX_LATE_SHARE = 0.10
_MIN_CONVERSIONS = 30
"""With fewer conversions the delay cannot be measured."""


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
        """Compute the share recorded late; fail above one in ten."""
        tables = self._tables
        if "created_at" not in tables.leads or tables.label is not None or not len(tables.outcomes):
            return Finding(
                self.code,
                "not applicable",
                "No outcomes with dates, so the recording delay of conversions is unknown.",
            )
        outcomes, arrived = (
            read_outcomes(tables, resolve_outcome_label(self._label)),
            to_utc_times(tables.leads["created_at"]),
        )
        # Two horizons old, so that a booking had one more horizon to be recorded in.
        converted = (arrived + 2 * self._horizon <= tables.as_of) & (outcomes.converted_at <= arrived + self._horizon)
        count = int(converted.sum())
        if count < _MIN_CONVERSIONS:
            return Finding(
                self.code,
                "not applicable",
                f"Only {count} conversions are two horizons old; {_MIN_CONVERSIONS} are needed to measure the "
                "recording delay.",
            )
        late = float((outcomes.known_at[converted] > arrived[converted] + self._horizon).mean())
        delay = (outcomes.known_at[converted] - outcomes.converted_at[converted]) / DAY
        sentence = (
            f"{100 * late:.1f}% of {count:,} conversions were recorded after the horizon "
            f"({self._horizon / DAY:.0f} days) had passed; half within {np.median(delay):.1f} days of the conversion."
        )
        return Finding(self.code, "fails" if late > _MAX_LATE_SHARE else "holds", sentence)
