"""LC014: is the export whole, or did something stop being written?

How it is detected: the newest 28 days are held against each of the months before. A column that was filled and is empty
now (or the other way round), a kind of event that has vanished, a month with hardly any leads, or ripe leads of which
hardly any booked: each must lie far outside everything seen before, not only be rare. What people ask for may change as
it likes: this check looks at what is written down, not at what it says. Why it matters: a broken form or a failed
export teaches the model a world that is not there, and the next scores are wrong for everybody. What to do: look at the
export of that month before anything else. Where the change is real (a form lost a field on purpose), promote with a
waiver that says so."""

from collections.abc import Iterator

import numpy as np

from features.array_types import DAY, FloatArray, IntArray
from features.calendar.timezones import to_utc_times
from features.point_in_time.outcomes import resolve_outcome_label, read_outcomes
from features.practice.practice import Practice
from features.tables.tables import Tables
from training.finding import Finding

__all__ = ["ExportCompleteness"]

_MONTH = 28 * DAY
_MIN_MONTHS, _MIN_LEADS = 3, 40
_MIN_FILL_CHANGE = 0.25
"""How far beyond every earlier month a filled share must lie."""
_MAX_REMAINING_SHARE = 0.25
"""Less than this part of the least earlier month is "hardly any"."""
_MIN_EVENTS_PER_LEAD = 0.2
"""Events of a kind for each lead, in every earlier month, for it to be missed."""


class ExportCompleteness:
    """Holds the newest month against the earlier ones.

    Parameters
    ----------
    label : str
        The outcome that counts as a conversion.
    """

    code = "LC014"

    def __init__(self, tables: Tables, practice: Practice, label: str) -> None:
        self._tables, self._practice, self._label = tables, practice, label

    def run(self) -> Finding:
        """Name what stopped or started being written."""
        if "created_at" not in self._tables.leads:
            return Finding(
                self.code, "not applicable", "The data has no dates, so no month can be held against another."
            )
        arrived = to_utc_times(self._tables.leads["created_at"])
        age = ((arrived.max() - arrived) // _MONTH).astype(int)
        months = [np.flatnonzero(age == month) for month in range(int(age.max()))]  # the oldest is not whole
        earlier = [rows for rows in months[1:] if len(rows) >= _MIN_LEADS]
        if len(earlier) < _MIN_MONTHS or not len(months[0]):
            return Finding(
                self.code,
                "not applicable",
                f"Found {len(earlier)} whole months of at least {_MIN_LEADS} leads before the newest; {_MIN_MONTHS} are needed.",
            )
        broken = dict(self._broken(months[0], earlier, arrived))
        said = f"The newest 28 days ({len(months[0]):,} leads) beside {len(earlier)} earlier months"
        if broken:
            return Finding(
                self.code, "fails", f"{said}: {', '.join(broken)} changed as only a broken export or form does.", broken
            )
        return Finding(
            self.code, "holds", f"{said}: every column, kind of event and outcome is written down as before."
        )

    def _broken(self, newest: IntArray, earlier: list[IntArray], arrived: np.ndarray) -> Iterator[tuple[str, str]]:
        """(what, why) of everything that stopped or started being written."""
        least = min(len(rows) for rows in earlier)
        if len(newest) < _MAX_REMAINING_SHARE * least:
            yield "leads", f"{len(newest):,} arrived, at least {least:,} in every earlier month"
        if len(newest) < _MIN_LEADS:
            return
        for name in self._tables.leads.columns:
            filled = self._tables.leads[name].notna().to_numpy()
            now, before = filled[newest].mean(), [filled[rows].mean() for rows in earlier]
            if now < min(before) - _MIN_FILL_CHANGE or now > max(before) + _MIN_FILL_CHANGE:
                yield (
                    name,
                    f"filled for {100 * now:.0f} in 100 leads, for {100 * min(before):.0f} to {100 * max(before):.0f} in every earlier month",
                )
        for kind, each in self._events_by_kind(arrived).items():
            now, before = each[newest].mean(), [each[rows].mean() for rows in earlier]
            if min(before) >= _MIN_EVENTS_PER_LEAD and now < _MAX_REMAINING_SHARE * min(before):
                yield (
                    f"events of kind {kind}",
                    f"{now:.2f} for each lead in its first day, {min(before):.2f} or more in every earlier month",
                )
        yield from self._outcomes(arrived)

    def _events_by_kind(self, arrived: np.ndarray) -> dict[str, FloatArray]:
        """Events of each lead up to a day after it arrived, by kind."""
        events = self._tables.events
        if not len(events):
            return {}
        ids = self._tables.leads["lead_id"].to_numpy(object)
        row = dict(zip(ids.tolist(), range(len(ids)), strict=True))
        lead = np.array([row.get(one, -1) for one in events["lead_id"].tolist()])
        soon = (lead >= 0) & (to_utc_times(events["occurred_at"]) < arrived[lead] + DAY)
        kinds = events["kind"].to_numpy(object)
        return {
            kind: np.bincount(lead[soon & (kinds == kind)], minlength=len(ids)).astype(float)
            for kind in dict.fromkeys(kinds.tolist())
        }

    def _outcomes(self, arrived: np.ndarray) -> Iterator[tuple[str, str]]:
        """Conversions of the newest leads whose horizon is over."""
        tables, horizon = self._tables, self._practice.horizon_days * DAY
        if tables.label is not None or not len(tables.outcomes):
            return
        booked = ~np.isnat(read_outcomes(tables, resolve_outcome_label(self._label)).converted_at)
        ripe = arrived.max() - horizon
        age = np.where(arrived <= ripe, (ripe - arrived) // _MONTH, -1).astype(int)
        newest, *earlier = [
            rows for month in range(int(age.max())) if len(rows := np.flatnonzero(age == month)) >= _MIN_LEADS
        ] or [np.empty(0, np.intp)]
        if len(earlier) < _MIN_MONTHS:
            return
        now, before = booked[newest].mean(), [booked[rows].mean() for rows in earlier]
        if now < _MAX_REMAINING_SHARE * min(before) and (min(before) - now) * np.sqrt(len(newest)) > 3 * np.sqrt(
            min(before) * (1 - min(before))
        ):
            yield (
                "outcomes",
                f"{100 * now:.1f} in 100 ripe leads booked, {100 * min(before):.1f} or more in every earlier month",
            )
