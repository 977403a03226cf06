"""LC014: is the export complete, or did something stop being recorded?

How it is detected: the newest 28 days are compared with each of the months before. It looks for a column that used to
be filled and is now empty (or the other way round), a kind of event that has vanished, a month with hardly any leads,
and ripe leads of which hardly any booked. Each must lie far outside everything seen before, not only be rare. What
people ask for may change freely: this check looks at what is recorded, not at its content.

Why it matters: a broken form or a failed export teaches the model a world that does not exist, and the next scores are
wrong for everybody.

What to do: look at the export of that month first. Where the change is real (a form lost a field on purpose), promote
with a waiver that says so.
"""

from collections.abc import Iterator

import numpy as np

from features.array_types import DAY, FloatArray, IntArray
from features.calendar.timezones import to_utc_times
from features.point_in_time.outcomes import read_outcomes, resolve_outcome_label
from features.practice.practice import Practice
from features.tables.tables import Tables
from training.check_finding import Finding

__all__ = ["ExportCompleteness"]

_MONTH = 28 * DAY
_MIN_MONTHS, _MIN_LEADS = 3, 40
_MIN_FILL_CHANGE = 0.25
"""How far outside the range of the earlier months a filled share must lie."""
_MAX_REMAINING_SHARE = 0.25
"""Less than this share of the smallest earlier month is "hardly any"."""
_MIN_EVENTS_PER_LEAD = 0.2
"""Events of a kind per lead that every earlier month must have for a missing kind to count."""


class ExportCompleteness:
    """Compares the newest month with the earlier ones.

    Parameters
    ----------
    label : str
        The outcome that counts as a conversion.
    """

    code = "LC014"

    def __init__(self, tables: Tables, practice: Practice, label: str) -> None:
        self._tables, self._practice, self._label = tables, practice, label

    def run(self) -> Finding:
        """Name what stopped or started being recorded."""
        if "created_at" not in self._tables.leads:
            return Finding(
                self.code, "not applicable", "The data has no dates, so no month can be compared with another."
            )
        arrived = self._tables.created_at
        age = ((arrived.max() - arrived) // _MONTH).astype(int)
        # The oldest month (age.max()) is left out: it is not complete.
        months = [np.flatnonzero(age == month) for month in range(int(age.max()))]
        earlier = [rows for rows in months[1:] if len(rows) >= _MIN_LEADS]
        if len(earlier) < _MIN_MONTHS or not len(months[0]):
            return Finding(
                self.code,
                "not applicable",
                f"Found {len(earlier)} complete months of at least {_MIN_LEADS} leads before the newest; "
                f"{_MIN_MONTHS} are needed.",
            )
        broken = dict(self._find_breaks(months[0], earlier, arrived))
        compared = f"The newest 28 days ({len(months[0]):,} leads) against {len(earlier)} earlier months"
        if broken:
            return Finding(
                self.code,
                "fails",
                f"{compared}: {', '.join(broken)} changed in a way only a broken export or form explains.",
                broken,
            )
        return Finding(
            self.code, "holds", f"{compared}: every column, kind of event and outcome is recorded as before."
        )

    def _find_breaks(self, newest: IntArray, earlier: list[IntArray], arrived: np.ndarray) -> Iterator[tuple[str, str]]:
        """Yield (what, why) for everything that stopped or started being recorded."""
        smallest = min(len(rows) for rows in earlier)
        if len(newest) < _MAX_REMAINING_SHARE * smallest:
            yield "leads", f"{len(newest):,} arrived, at least {smallest:,} in every earlier month"
        if len(newest) < _MIN_LEADS:
            return
        for name in self._tables.leads.columns:
            filled = self._tables.leads[name].notna().to_numpy()
            share, earlier_shares = filled[newest].mean(), [filled[rows].mean() for rows in earlier]
            low, high = min(earlier_shares), max(earlier_shares)
            if share < low - _MIN_FILL_CHANGE or share > high + _MIN_FILL_CHANGE:
                yield (
                    name,
                    f"filled for {100 * share:.0f}% of leads; {100 * low:.0f} to {100 * high:.0f}% in earlier months",
                )
        for kind, counts in self._events_by_kind(arrived).items():
            mean, smallest_mean = counts[newest].mean(), min(counts[rows].mean() for rows in earlier)
            if smallest_mean >= _MIN_EVENTS_PER_LEAD and mean < _MAX_REMAINING_SHARE * smallest_mean:
                yield (
                    f"events of kind {kind}",
                    f"{mean:.2f} per lead in its first day, {smallest_mean:.2f} or more in every earlier month",
                )
        yield from self._find_missing_outcomes(arrived)

    def _events_by_kind(self, arrived: np.ndarray) -> dict[str, FloatArray]:
        """Count the events of each lead up to a day after it arrived, by kind."""
        events = self._tables.events
        if not len(events):
            return {}
        ids = self._tables.leads["lead_id"].to_numpy(object)
        row = dict(zip(ids.tolist(), range(len(ids)), strict=True))
        # -1 for an event of no known lead; `arrived[-1]` is read for it too, and the mask drops it.
        lead = np.array([row.get(lead_id, -1) for lead_id in events["lead_id"].tolist()])
        soon = (lead >= 0) & (to_utc_times(events["occurred_at"]) < arrived[lead] + DAY)
        kinds = events["kind"].to_numpy(object)
        return {
            kind: np.bincount(lead[soon & (kinds == kind)], minlength=len(ids)).astype(float)
            for kind in dict.fromkeys(kinds.tolist())
        }

    def _find_missing_outcomes(self, arrived: np.ndarray) -> Iterator[tuple[str, str]]:
        """Yield a fault where hardly any of the newest leads whose horizon is over converted."""
        tables, horizon = self._tables, self._practice.horizon_days * DAY
        if tables.label is not None or not len(tables.outcomes):
            return
        booked = ~np.isnat(read_outcomes(tables, resolve_outcome_label(self._label)).converted_at)
        ripe = arrived.max() - horizon
        age = np.where(arrived <= ripe, (ripe - arrived) // _MONTH, -1).astype(int)
        months = [np.flatnonzero(age == month) for month in range(int(age.max()))]
        months = [rows for rows in months if len(rows) >= _MIN_LEADS]
        if len(months) < 1 + _MIN_MONTHS:
            return
        newest, *earlier = months
        rate, smallest = booked[newest].mean(), min(booked[rows].mean() for rows in earlier)
        # Beyond three standard errors too, so that a small month of a low rate raises no alarm by chance.
        standard_error = np.sqrt(smallest * (1 - smallest)) / np.sqrt(len(newest))
        if rate < _MAX_REMAINING_SHARE * smallest and smallest - rate > 3 * standard_error:
            yield (
                "outcomes",
                f"{100 * rate:.1f}% of ripe leads booked, {100 * smallest:.1f}% or more in every earlier month",
            )
