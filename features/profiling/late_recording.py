"""When is a column filled: with the inquiry, or later, when a lead has been worked on or closed?

Lives here: fill and values of closed leads against equally old open ones, fill of the newest leads against older ones,
dates after the inquiry.
Does not live here: how well a column predicts the label (``leakage_detection``).
"""

from typing import Any

import numpy as np

from features.array_types import DAY, FloatArray, IntArray, TimeArray
from features.profiling.labels.date_meaning import measure_quarters
from features.profiling.leakage_detection import SUSPECT_AUC, measure_evidence

__all__ = ["LeadAges"]

FILLED_AFTER = 0.5
"""A column filled this much more often among closed leads than among equally old open ones is filled in when a lead is
closed.
"""

_MIN_LEADS = 30
_NEWEST_SHARE = 0.1
_YOUNG_RATIO = 0.6
_CLEARLY = 4.0
_LATER_DAYS, _LATER_SHARE = 1 / 24, 0.2
_EARLIER_DAYS, _EARLIER_SHARE = 1.0, 0.02
"""An hour after the inquiry is later. Hardly any date that is written down later lies a day before the inquiry; hours
before may be another time zone."""
_USUAL_DELAY = 0.75
_ANY_MINUTE = 0.6
_FEWEST_RECENT = 10
"""That of so many planned days none lies ahead happens by chance once in a thousand columns."""


class LeadAges:
    """Which leads are old or new, closed or open?

    Parameters
    ----------
    label : float array of shape (n,)
        1 booked, 0 not, NaN still open.
    created_at : datetime64[us] array of shape (n,), optional
    """

    def __init__(self, label: FloatArray, created_at: TimeArray | None) -> None:
        self._created_at = created_at
        self.closed, self.still_open = self._find_same_age(label)
        self.newest, self.older = self._split_by_age()

    def find_late_filling(self, filled: np.ndarray) -> str | None:
        """Say so where closed leads have a value and equally old open ones do not."""
        # Equally old ones are compared: older leads are closed more often, and columns of younger years filled more
        # often.
        closed, still_open = filled[self.closed], filled[self.still_open]
        if min(len(closed), len(still_open)) < _MIN_LEADS or closed.mean() - still_open.mean() < FILLED_AFTER:
            return None
        return (
            f"it is filled for {100 * closed.mean():.0f}% of closed leads and for {100 * still_open.mean():.0f}% of "
            "equally old open ones"
        )

    def find_overwriting(self, values: Any, kind: str, missing: frozenset[str]) -> str | None:
        """Say so where the value separates closed leads from equally old open ones: then it is probably overwritten."""
        if min(len(self.closed), len(self.still_open)) < _MIN_LEADS:
            return None
        is_closed = np.full(len(values), np.nan)
        is_closed[self.closed], is_closed[self.still_open] = 1.0, 0.0
        auc = measure_evidence(values, kind, is_closed, missing).auc
        if not auc > SUSPECT_AUC:
            return None
        return (
            f"its value separates closed leads from equally old open ones with AUC {auc:.2f}: it seems to be "
            "overwritten when a lead is closed"
        )

    def find_filling_with_age(self, filled: np.ndarray) -> str | None:
        """Say so where the newest tenth of the leads is filled clearly less often than the older ones."""
        young, old = filled[self.newest], filled[self.older]
        if len(young) < _MIN_LEADS:
            return None
        share = filled.mean()
        # The standard error of a difference of two shares, both taken as the share of all.
        error = np.sqrt(share * (1 - share) * (1 / len(young) + 1 / len(old)))
        if young.mean() > _YOUNG_RATIO * old.mean() or old.mean() - young.mean() < _CLEARLY * error:
            return None
        return (
            f"it is filled for {young.mean():.0%} of the newest tenth of the leads and for {old.mean():.0%} of the "
            "older: it seems to be filled in as a lead grows older"
        )

    def find_recording(self, times: TimeArray) -> str | None:
        """Say so where a program writes dates down after the inquiry: at any minute, or never ahead of the data.

        A day that the person or the desk chooses lies ahead of the newest leads for some of them, and a chosen time is
        on the quarter of an hour; a change, a call or an activity is neither. Whatever it tells of the outcome, it is
        not known when the lead arrives.
        """
        delay = self.measure_delay(times)
        if delay is None or self._created_at is None:
            return None
        has_both = ~np.isnan(delay)
        later = has_both & (delay > _LATER_DAYS)
        if later.sum() < _MIN_LEADS or later.sum() < _LATER_SHARE * has_both.sum():
            return None
        if (delay[has_both] < -_EARLIER_DAYS).mean() > _EARLIER_SHARE:
            return None
        share = f"{later.sum() / has_both.sum():.0%} of its dates lie after the inquiry"
        on_quarter = measure_quarters(times[later])
        if on_quarter is not None and on_quarter <= _ANY_MINUTE:
            return f"{share}, at any minute, as a program writes down what happened"
        # Of the leads that came within the usual delay of the newest one, about half of the planned days lie ahead.
        end = self._created_at[~np.isnat(self._created_at)].max()
        recent = later & (self._created_at + np.quantile(delay[later], _USUAL_DELAY) * DAY > end)
        if on_quarter is None and recent.sum() >= _FEWEST_RECENT and not (times[recent] > end + DAY).any():
            return f"{share}, and none ahead of the newest lead, as dates of what happened and not of what is planned"
        return None

    def measure_delay(self, times: TimeArray) -> FloatArray | None:
        """Return the days from each inquiry to a date, NaN where one is missing; None without inquiry dates. (n,)."""
        if self._created_at is None:
            return None
        days = (times - self._created_at) / DAY
        return np.where(np.isnat(times) | np.isnat(self._created_at), np.nan, days)

    def _find_same_age(self, label: FloatArray) -> tuple[IntArray, IntArray]:
        """Return closed leads no older than the first open one, and the open ones; empty without dates."""
        is_open = np.isnan(label)
        if self._created_at is None or np.isnat(self._created_at[is_open]).all():
            return np.empty(0, np.intp), np.empty(0, np.intp)
        first_open = np.nanmin(self._created_at[is_open])
        return np.flatnonzero(~is_open & (self._created_at >= first_open)), np.flatnonzero(is_open)

    def _split_by_age(self) -> tuple[IntArray, IntArray]:
        """Return the rows of the newest tenth of the leads, and of all older ones; empty without dates."""
        if self._created_at is None or np.isnat(self._created_at).all():
            return np.empty(0, np.intp), np.empty(0, np.intp)
        dated = np.flatnonzero(~np.isnat(self._created_at))
        order = dated[np.argsort(self._created_at[dated], kind="stable")]
        split = int(len(order) * (1 - _NEWEST_SHARE))
        return order[split:], order[:split]
