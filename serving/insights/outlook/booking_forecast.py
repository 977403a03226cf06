"""How many bookings will the next weeks bring, from open leads and from new ones? Day by day, as of any moment.

Lives here: the forecast at one moment, from what was known then.
Does not live here: how far such forecasts were off (``outlook_errors``), what is shown (``outlook_tables``).
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray, IntArray
from serving.insights.columns.lead_columns import LeadColumns

__all__ = ["DAYS_AHEAD", "BookingForecast", "LeadTimes", "forecast_bookings", "take_lead_times"]

DAYS_AHEAD = 56

MIN_HISTORY_DAYS = 112
MIN_BOOKINGS = 30
"""Without so long a history and so many bookings of old leads, nothing is forecast."""

_LEVEL_DAYS = 182
_HALF_LIFE_DAYS = 35.0
_PSEUDO_LEADS = 30.0
"""A channel's booking rate is drawn to that of all leads by so many leads."""

_MAX_SEASON = 2.0


@dataclass(frozen=True)
class LeadTimes:
    """When leads arrived and when their bookings became known, in days; sorted by arrival.

    Parameters
    ----------
    arrived, booked : float arrays of shape (n,)
        The same clock; NaN where no booking is known yet.
    group : int array of shape (n,)
        Of the channel.
    month : int array of shape (n,)
        Of arrival, 0 to 11.
    ripe_days : float
        Age from which a booking is known.
    """

    arrived: FloatArray
    booked: FloatArray
    group: IntArray
    month: IntArray
    ripe_days: float

    def count_booked(self, start: float, end: float) -> int:
        """Count the bookings that became known after ``start`` and by ``end``."""
        return int(((self.booked > start) & (self.booked <= end)).sum())


@dataclass(frozen=True)
class BookingForecast:
    """What is expected of each of the next days.

    Parameters
    ----------
    inquiries, from_open, from_new : float arrays of shape (DAYS_AHEAD,)
        New inquiries; bookings of leads that are open now, and of those still to come.
    """

    inquiries: FloatArray
    from_open: FloatArray
    from_new: FloatArray

    def sum_bookings(self, first: int, last: int) -> float:
        """Sum the bookings of the days from ``first`` up to ``last``, which is not included."""
        return float((self.from_open + self.from_new)[first:last].sum())


def take_lead_times(columns: LeadColumns, ripe_days: float) -> LeadTimes:
    """Return the times of all leads, in days before the moment of the report."""
    order = np.argsort(-columns.age_days, kind="stable")
    arrived = -columns.age_days[order]
    channel = columns.categories.get("channel")
    group = np.zeros(len(columns), np.int64) if channel is None else channel.codes
    booked = arrived + columns.known_days["booked"][order]
    return LeadTimes(arrived, booked, group[order], columns.month[order] % 12, ripe_days)


def forecast_bookings(times: LeadTimes, now: float, months_ahead: IntArray) -> BookingForecast | None:
    """Forecast from what was known at one moment.

    Parameters
    ----------
    now : float
        The moment, on the clock of ``times``. Nothing later is used.
    months_ahead : int array of shape (DAYS_AHEAD,)
        Month of each of the next days, 0 to 11.

    Returns
    -------
    BookingForecast or None
        None where the history is too short.
    """
    end = int(np.searchsorted(times.arrived, now, side="right"))
    if not end or now - times.arrived[0] < MIN_HISTORY_DAYS + times.ripe_days:
        return None
    start = int(np.searchsorted(times.arrived, now - _LEVEL_DAYS - times.ripe_days))
    age = now - times.arrived[start:end]
    delay = times.booked[start:end] - times.arrived[start:end]
    # A booking that became known later is not known yet.
    delay = np.where(times.booked[start:end] <= now, delay, np.nan)
    ripe = age >= times.ripe_days
    if (ripe & ~np.isnan(delay)).sum() < MIN_BOOKINGS:
        return None
    share = _ShareKnown(np.sort(delay[ripe & ~np.isnan(delay)]), times.ripe_days)
    rates = _estimate_rates(times.group[start:end], age, delay, share)
    inquiries = _forecast_inquiries(times, now, end, months_ahead)
    ahead = np.arange(DAYS_AHEAD + 1.0)
    return BookingForecast(
        inquiries,
        _forecast_open(rates[times.group[start:end]], age, delay, share, ahead),
        _forecast_new(inquiries, _mean_rate(rates, times.group[start:end], age), share),
    )


@dataclass(frozen=True)
class _ShareKnown:
    """Share of the bookings that come which are known by an age."""

    delays: FloatArray
    ripe_days: float

    def at(self, age: FloatArray) -> FloatArray:
        """Return the share at each age, 0 to 1; all of them from ``ripe_days`` on."""
        share = np.searchsorted(self.delays, age, side="right") / (len(self.delays) + 1.0)
        return np.where(age >= self.ripe_days, 1.0, share)


def _weigh_by_age(age: FloatArray) -> FloatArray:
    return 0.5 ** (age / _HALF_LIFE_DAYS)


def _estimate_rates(group: IntArray, age: FloatArray, delay: FloatArray, share: _ShareKnown) -> FloatArray:
    """Estimate the booking rate of each group, the latest leads weighing most. Shape (groups,)."""
    weight = _weigh_by_age(age)
    booked, exposed = weight * ~np.isnan(delay), weight * share.at(age)
    size = int(group.max()) + 1
    overall = (booked.sum() + 0.5) / (exposed.sum() + 1.0)
    by_group = np.bincount(group, booked, size) + _PSEUDO_LEADS * overall
    return np.clip(by_group / (np.bincount(group, exposed, size) + _PSEUDO_LEADS), 1e-6, 1 - 1e-6)


def _mean_rate(rates: FloatArray, group: IntArray, age: FloatArray) -> float:
    """Return the rate of leads as they come lately."""
    weight = _weigh_by_age(age)
    return float((rates[group] * weight).sum() / weight.sum())


def _forecast_open(
    rate: FloatArray, age: FloatArray, delay: FloatArray, share: _ShareKnown, ahead: FloatArray
) -> FloatArray:
    """Forecast the bookings of open leads by day: a lead without one by now has not booked yet or never will."""
    is_open = np.isnan(delay) & (age < share.ripe_days)
    # Leads of one rate and nearly one age are counted together: an eighth of a day moves no booking to another day.
    eighths = np.floor(age[is_open] * 8)
    pairs, count = np.unique(np.stack([rate[is_open], eighths]), axis=1, return_counts=True)
    rate, age = pairs[0], (pairs[1] + 0.5) / 8
    chance = count * rate / (1 - rate * share.at(age))
    by_day = np.array([(chance * share.at(age + days)).sum() for days in ahead])
    return np.diff(by_day)


def _forecast_new(inquiries: FloatArray, rate: float, share: _ShareKnown) -> FloatArray:
    """Forecast the bookings of leads that are still to come by day: each arrives in the middle of its day."""
    known = share.at(np.arange(DAYS_AHEAD) + 0.5)
    new_share = np.diff(known, prepend=0.0)
    return rate * np.convolve(inquiries, new_share)[:DAYS_AHEAD]


def _forecast_inquiries(times: LeadTimes, now: float, end: int, months_ahead: IntArray) -> FloatArray:
    """Forecast the inquiries of each day: the level of the last weeks, times the season where two years show one."""
    arrived, month = times.arrived[:end], times.month[:end]
    season = _estimate_season(now - arrived, month)
    recent = now - arrived < _LEVEL_DAYS
    weight = _weigh_by_age(now - arrived[recent])
    span = min(float(now - arrived[0]), _LEVEL_DAYS)
    # The weights of a day's leads, had one come each moment: the integral of the weights over the span.
    whole = _HALF_LIFE_DAYS / np.log(2) * (1 - 0.5 ** (span / _HALF_LIFE_DAYS))
    level = float((weight / season[month[recent]]).sum() / whole)
    return level * season[months_ahead]


def _estimate_season(age: FloatArray, month: IntArray) -> FloatArray:
    """Estimate how much more the leads of a month are than those of a year's average month. Shape (12,); 1 where less
    than two years are known.
    """
    years = int(age.max() // 365.25) if len(age) else 0
    if years < 2:
        return np.ones(12)
    counts = np.zeros(12)
    for year in range(years):
        of_year = (age >= year * 365.25) & (age < (year + 1) * 365.25)
        by_month = np.bincount(month[of_year], minlength=12)
        counts += by_month / max(by_month.mean(), 1e-9)
    season = counts / years
    spread = season.var()
    chance = 12.0 / max(float((age < years * 365.25).sum()), 1.0)
    # Months differ by chance, too: that much is taken out.
    shrunk = 1 + (season - 1) * max(spread - chance, 0.0) / max(spread, 1e-9)
    return np.clip(shrunk, 1 / _MAX_SEASON, _MAX_SEASON)
