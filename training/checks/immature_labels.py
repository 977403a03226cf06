"""LC004: are outcomes recorded so late, or for so few leads, that what is known is not what happened?

How it is detected: among leads that are at least two horizons old, the conversions within the horizon are counted, and
the share of them that was recorded only after the horizon had passed. The same share of conversions is still missing
among the leads whose horizon has just ended, and those leads count as negatives. In a file with a label column, the
leads are counted that are older than 99 in 100 outcomes took (or than the horizon, where no column says when an outcome
was known) and have no outcome still; a lead whose own column says that its outcome is yet to come (a visit next week)
is not one of them.

Why it matters: the newest leads look worse than they are, the model learns that whatever is new does not book, and the
base rate seems to fall. Leads that never get an outcome are not like the others: where only bookings are entered with
care, a model learns that nearly everybody books, and no held-out lead with an outcome shows it.

What to do: record outcomes sooner, or make ``horizon_days`` in practice.toml longer than recording takes. Where a blank
outcome means "did not book", say so in the mapping: ``not_booked = ["Lost", ""]``.
"""

import numpy as np

from features.array_types import DAY, FloatArray, TimeArray
from features.calendar.timezones import to_utc_times
from features.point_in_time.outcomes import read_outcomes, resolve_outcome_label
from features.practice.practice import Practice
from features.tables.tables import Tables
from training.check_finding import Finding

__all__ = ["ImmatureLabels"]

_MAX_LATE_SHARE = 0.10
_MAX_BLANK_SHARE = 0.10
"""Were they all losses, or all bookings, the rate of old leads would be off by up to this share."""
_USUAL_WAIT = 0.99
"""Share of the known outcomes that took less time than the age of a lead whose blank outcome counts as missing."""
_MIN_CONVERSIONS = 30
"""With fewer conversions the delay cannot be measured."""


class ImmatureLabels:
    """Counts conversions that were recorded after their horizon, and old leads without any outcome.

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
        if "created_at" in tables.leads and tables.label is not None and tables.label.isna().any():
            return self._count_blank(tables.label.to_numpy(float), tables.created_at)
        if "created_at" not in tables.leads or tables.label is not None or not len(tables.outcomes):
            return Finding(
                self.code,
                "not applicable",
                "No outcomes with dates, so the recording delay of conversions is unknown.",
            )
        outcomes, arrived = (
            read_outcomes(tables, resolve_outcome_label(self._label)),
            tables.created_at,
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

    def _count_blank(self, label: FloatArray, arrived: TimeArray) -> Finding:
        """Compute the share of old leads without an outcome; fail above one in ten."""
        tables, days = self._tables, float(self._horizon / DAY)
        is_to_come = np.zeros(len(label), bool)
        if tables.label_known_at is not None:
            known_at = to_utc_times(tables.label_known_at)
            waits = (known_at - arrived)[~np.isnan(label)] / DAY
            days = float(np.nanquantile(waits, _USUAL_WAIT)) if np.isfinite(waits).any() else days
            is_to_come = known_at > tables.as_of
        old = ((tables.as_of - arrived) / DAY >= days) & ~is_to_come
        count, blank = int(old.sum()), int((old & np.isnan(label)).sum())
        if count < _MIN_CONVERSIONS:
            return Finding(
                self.code,
                "not applicable",
                f"Only {count} leads are older than {days:.0f} days, after which an outcome should be known.",
            )
        sentence = f"{100 * blank / count:.1f}% of {count:,} leads older than {days:.0f} days have no outcome."
        if blank <= _MAX_BLANK_SHARE * count:
            return Finding(self.code, "holds", sentence)
        return Finding(
            self.code,
            "fails",
            f"{sentence} What became of them is not known, so nothing can be promised about the probability of all "
            'leads. If a blank outcome means "did not book", say so in the mapping.',
        )
