"""How far were such forecasts off before? The same forecast as of earlier days, and what came.

Lives here: forecasts of the past, the interval that their errors give.
Does not live here: the forecast (``booking_forecast``), what is shown (``outlook_tables``).

The interval of a window ahead is as wide as the forecasts of windows of the same place and length were wrong, on a
logarithmic scale; of windows that overlap, several count as one. Chance alone is its floor.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from features.array_types import IntArray
from serving.insights.estimates import TAILS, Estimate, cannot_tell
from serving.insights.outlook.booking_forecast import DAYS_AHEAD, BookingForecast, LeadTimes, forecast_bookings

__all__ = ["PastForecast", "Window", "WindowEstimate", "estimate_window", "forecast_the_past"]

DAYS_BETWEEN = 7
MOST_FORECASTS = 78
MIN_SEPARATE = 3.0
"""Windows that do not overlap, without which no interval is given."""


MOST_REACH = 10.0
"""An interval from a tenth to ten times of what is expected tells nobody anything."""


@dataclass(frozen=True)
class Window:
    """Days ahead, from ``first`` up to ``last``, which is not included."""

    first: int
    last: int


@dataclass(frozen=True)
class PastForecast:
    """A forecast as of an earlier moment, ``days_ago``, from what was known then."""

    days_ago: int
    forecast: BookingForecast


@dataclass(frozen=True)
class WindowEstimate:
    """What is expected of a window, and how far off that may be.

    Parameters
    ----------
    expected : float
        Bookings.
    spread : float
        Standard deviation of the logarithm; NaN where too few earlier windows are over.
    separate : float
        How many separate windows it was learned from.
    """

    expected: float
    spread: float
    separate: float

    def to_estimate(self, scale: float = 1.0) -> Estimate:
        """Return the 90% interval, of so much money a booking where a scale is given."""
        if not np.isfinite(self.spread):
            if self.expected <= 0:
                return cannot_tell("no booking is expected")
            return cannot_tell(
                f"{int(self.separate)} of the {MIN_SEPARATE:.0f} earlier periods of this length that it takes are over"
            )
        reach = np.exp(stats.t.ppf(TAILS[1], self.separate) * self.spread)
        if reach > MOST_REACH:
            return cannot_tell("earlier outlooks of this length were off by far too much to go by")
        value = self.expected * scale
        return Estimate(value, float(value / reach), float(value * reach))

    def compute_chance(self, at_least: float) -> float:
        """Compute the chance of at least so many bookings; NaN where nothing is known of the errors."""
        if at_least <= 0:
            return 1.0
        if not np.isfinite(self.spread):
            return float("nan")
        # Half a booking less: 20 are reached by everything that rounds to it.
        return float(stats.t.sf(np.log((at_least - 0.5) / self.expected) / self.spread, self.separate))


def forecast_the_past(times: LeadTimes, day_months: IntArray) -> list[PastForecast]:
    """Forecast as of every seventh day back, as long as the history before it is long enough.

    Parameters
    ----------
    day_months : int array
        Month, 0 to 11, of the days up to ``DAYS_AHEAD`` ahead; its last ``DAYS_AHEAD`` values are those ahead, the one
        before them is today.
    """
    past = []
    today = len(day_months) - DAYS_AHEAD
    for step in range(1, MOST_FORECASTS + 1):
        days_ago = step * DAYS_BETWEEN
        start = today - days_ago
        if start < 0:
            break
        forecast = forecast_bookings(times, -float(days_ago), day_months[start : start + DAYS_AHEAD])
        if forecast is None:
            break
        past.append(PastForecast(days_ago, forecast))
    return past


def estimate_window(
    forecast: BookingForecast, past: list[PastForecast], times: LeadTimes, window: Window, days_ago: int = 0
) -> WindowEstimate:
    """Estimate the bookings of a window.

    Parameters
    ----------
    forecast : BookingForecast
        As of ``days_ago``.
    past : list of PastForecast
        Only those whose window was over by then count.
    """
    expected = forecast.sum_bookings(window.first, window.last)
    over = [earlier for earlier in past if earlier.days_ago >= days_ago + window.last]
    errors = np.array([_measure_error(earlier, times, window) for earlier in over])
    separate = len(errors) / _count_shared(window)
    if separate < MIN_SEPARATE or expected <= 0:
        return WindowEstimate(expected, float("nan"), separate)
    variance = max(float(np.mean(errors**2)), 1 / max(expected, 1.0))
    return WindowEstimate(expected, float(np.sqrt(variance * (1 + 1 / separate))), separate)


def _count_shared(window: Window) -> float:
    """Return how many forecasts a week apart are worth one: they share most of a long window.

    Errors of forecasts k weeks apart are taken to correlate by the share 1 - k / h of the h weeks that they share; the
    mean of their squares varies as that of n / (1 + 2 times the sum of squared correlations) separate ones (Bartlett).
    """
    weeks = max(int(np.ceil(window.last / DAYS_BETWEEN)), 1)
    correlation = 1 - np.arange(1, weeks) / weeks
    return float(1 + 2 * (correlation**2).sum())


def _measure_error(earlier: PastForecast, times: LeadTimes, window: Window) -> float:
    """Return the logarithm of what came over what was forecast."""
    came = times.count_booked(window.first - earlier.days_ago, window.last - earlier.days_ago)
    return float(np.log((came + 0.5) / (earlier.forecast.sum_bookings(window.first, window.last) + 0.5)))
