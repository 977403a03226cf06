"""What does the page say about the coming weeks? Bookings and their worth, the practice's goal, and earlier outlooks.

Lives here: which days are looked at, the tables.
Does not live here: the forecast (``booking_forecast``), how far it may be off (``outlook_errors``).
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from features.array_types import FloatArray
from features.practice.display_formats import LocalFormats
from serving.insights.columns.lead_columns import LeadColumns, format_month
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns
from serving.insights.outlook.booking_forecast import (
    DAYS_AHEAD,
    MIN_BOOKINGS,
    MIN_HISTORY_DAYS,
    BookingForecast,
    LeadTimes,
    forecast_bookings,
    take_lead_times,
)
from serving.insights.outlook.outlook_errors import (
    DAYS_BETWEEN,
    MOST_FORECASTS,
    PastForecast,
    Window,
    estimate_window,
    forecast_the_past,
)

__all__ = [
    "NEXT_FOUR_WEEKS",
    "Outlook",
    "build_outlook",
    "find_month_begin",
    "name_past_weeks",
    "tabulate_outlook",
]

NEXT_FOUR_WEEKS = "The next 4 weeks"
_LONG = {NEXT_FOUR_WEEKS: Window(0, 28), "The next 8 weeks": Window(0, DAYS_AHEAD)}
MOST_PAST_SHOWN = 12
_INSTANT = 1e-6
"""Days: a booking at the first instant of a month is one of the month."""


@dataclass(frozen=True)
class Outlook:
    """The forecast as of the report, and those of earlier weeks.

    Parameters
    ----------
    today : int
        Days since January 1, 1970, in the practice's time; the first day ahead is the one after.
    moment : float
        Of the report, in days since then, too: where the clock of ``times`` is at 0.
    forecast : BookingForecast or None
        None where the history is too short.
    """

    today: int
    moment: float
    times: LeadTimes
    forecast: BookingForecast | None
    past: list[PastForecast]
    formats: LocalFormats


def build_outlook(columns: LeadColumns, ripe_days: float, formats: LocalFormats) -> Outlook:
    """Build the outlook; ``ripe_days`` is the age from which an inquiry's bookings are known."""
    times, today = take_lead_times(columns, ripe_days), columns.next_day - 1
    behind = np.arange(today + 1 - MOST_FORECASTS * DAYS_BETWEEN, today + 1 + DAYS_AHEAD)
    day_months = behind.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    forecast = forecast_bookings(times, 0.0, day_months[-DAYS_AHEAD:])
    past = [] if forecast is None else forecast_the_past(times, day_months)
    return Outlook(today, columns.as_of_day + columns.day_share, times, forecast, past, formats)


_NO_GOAL = (
    "Whether a goal holds is said here for all inquiries once practice.toml has monthly_booking_goal under [practice]."
)


def tabulate_outlook(outlook: Outlook, worth: FloatArray, columns: LeadColumns, monthly_goal: int) -> list[FigureTable]:
    """Tabulate the coming weeks, the goal where the practice has one, and what became of earlier outlooks.

    Parameters
    ----------
    worth : float array of shape (n,)
        What a booking of each lead is worth, NaN unknown.
    monthly_goal : int
        Bookings a month; 0 without one.
    """
    tables = [_tabulate_weeks(outlook, _compute_worth(worth, columns), bool(monthly_goal))]
    if outlook.forecast is not None:
        if monthly_goal:
            tables.append(_tabulate_goal(outlook, outlook.forecast, monthly_goal))
        tables.append(_tabulate_past(outlook))
    return tables


def _compute_worth(worth: FloatArray, columns: LeadColumns) -> float:
    """Return the mean worth of a booking lately, NaN unknown."""
    lately = columns.has("booked") & (columns.month > columns.current_month - 6) & np.isfinite(worth)
    return float(worth[lately].mean()) if lately.any() else float("nan")


def _tabulate_weeks(outlook: Outlook, worth: float, has_goal: bool) -> FigureTable:
    described = (
        Column("period", "Period", "text", "Days, the first and the last one included."),
        Column("inquiries", "New inquiries", "count", "Inquiries still to come, by the level of the last weeks."),
        Column("from_open", "From open ones", "count", "Bookings that inquiries which are open today will bring."),
        Column("from_new", "From new ones", "count", "Bookings that the new inquiries will bring within the period."),
        Column("bookings", "Bookings", "count", "All bookings that will become known in the period."),
        Column("worth", "Their worth", "money", "At what those who booked in the last 6 months are worth on average."),
    )
    title = "What the coming weeks will bring"
    if outlook.forecast is None:
        reason = (
            f"Nothing can be said before there are {MIN_HISTORY_DAYS // 7} weeks of inquiries whose bookings are "
            f"known, with at least {MIN_BOOKINGS} bookings."
        )
        return FigureTable("outlook", title, described, (), (reason,))
    windows = _LONG | {
        _format_days(outlook.today + 1 + 7 * week, outlook.today + 7 + 7 * week, outlook.formats): Window(
            7 * week, 7 * week + 7
        )
        for week in range(DAYS_AHEAD // 7)
    }
    rows: list[tuple[Cell, ...]] = []
    for name, window in windows.items():
        estimate = estimate_window(outlook.forecast, outlook.past, outlook.times, window)
        days = slice(window.first, window.last)
        rows.append(
            (
                name,
                round(float(outlook.forecast.inquiries[days].sum())),
                round(float(outlook.forecast.from_open[days].sum()), 1),
                round(float(outlook.forecast.from_new[days].sum()), 1),
                estimate.to_estimate(),
                estimate.to_estimate(worth) if np.isfinite(worth) else None,
            )
        )
    notes: tuple[str, ...] = (
        "The level of the last weeks goes on, with the season where two years show one. It does not know of planned "
        "campaigns and holidays.",
        "The intervals are as wide as the same forecast was off as of earlier weeks; below is what became of those.",
    )
    if not has_goal:
        notes += (_NO_GOAL,)
    return FigureTable("outlook", title, described, take_columns(rows), notes)


def _tabulate_goal(outlook: Outlook, forecast: BookingForecast, goal: int) -> FigureTable:
    """Tabulate whether the goal holds: in the month of tomorrow, and in the next one where its end is in sight."""
    rests = ("so_far",)
    described = (
        Column("month", "Month", "text", "By when a booking became known."),
        Column("so_far", "So far", "count", "Bookings of the month by now.", counts_people=True),
        Column("goal", "Goal", "count", "monthly_booking_goal in practice.toml."),
        Column("in_the_end", "In the end", "count", "So far, and what the rest of the month will bring.", False, rests),
        Column("chance", "Chance", "share", "How likely the goal is reached, as the forecast goes.", False, rests),
    )
    rows: list[tuple[Cell, ...]] = []
    month = _month_of(outlook.today + 1)
    while True:
        first, last = _first_day(month) - outlook.today - 1, _first_day(month + 1) - outlook.today - 1
        if last > DAYS_AHEAD:
            break
        # Whole days are near enough for what is to come; what has come is counted from the month's first instant on.
        begun = find_month_begin(outlook, month)
        so_far = outlook.times.count_booked(begun, 0.0) if begun < 0 else 0
        rest = estimate_window(forecast, outlook.past, outlook.times, Window(max(first, 0), last))
        estimate = rest.to_estimate()
        in_the_end = estimate.shift(so_far)
        rows.append((format_month(month), so_far, goal, in_the_end, rest.compute_chance(goal - so_far)))
        month += 1
    return FigureTable("outlook_goal", "Does the goal hold?", described, take_columns(rows))


def _tabulate_past(outlook: Outlook) -> FigureTable:
    """Tabulate what the outlook of four weeks said at earlier times, and what came."""
    described = (
        Column("period", "Four weeks", "text", "Days, the first and the last one included."),
        Column("said", "Said the day before", "count", "By what was known then, with the errors known then."),
        Column("came", "Came", "count", "Bookings that became known in these weeks.", counts_people=True),
        Column("held", "Held", "text", "Whether the interval held what came."),
    )
    window, held = _LONG[NEXT_FOUR_WEEKS], 0
    rows: list[tuple[Cell, ...]] = []
    for earlier in outlook.past:
        if earlier.days_ago % window.last or len(rows) == MOST_PAST_SHOWN:
            continue
        said = estimate_window(earlier.forecast, outlook.past, outlook.times, window, earlier.days_ago).to_estimate()
        if not said.is_known:
            break
        came = outlook.times.count_booked(-earlier.days_ago, window.last - earlier.days_ago)
        is_held = said.low <= came <= said.high
        held += is_held
        rows.append((name_past_weeks(outlook, earlier.days_ago), said, came, "yes" if is_held else "no"))
    note = (
        f"Of {len(rows)} earlier intervals, {held} held what came; of 10, 9 should."
        if rows
        else "No earlier outlook is old enough to be compared with what came."
    )
    return FigureTable("outlook_past", "What became of earlier outlooks", described, take_columns(rows), (note,))


def find_month_begin(outlook: Outlook, month: int) -> float:
    """Find the begin of a month, on the clock of ``outlook.times``."""
    return _first_day(month) - outlook.moment - _INSTANT


def name_past_weeks(outlook: Outlook, days_ago: int) -> str:
    """Name the four weeks that began so many days ago."""
    first = outlook.today + 1 - days_ago
    return _format_days(first, first + _LONG[NEXT_FOUR_WEEKS].last - 1, outlook.formats)


def _month_of(day: int) -> int:
    """Return the month of a day, since January 1970."""
    return int(np.datetime64(day, "D").astype("datetime64[M]").astype(np.int64))


def _first_day(month: int) -> int:
    """Return the first day of a month."""
    return int(np.datetime64(month, "M").astype("datetime64[D]").astype(np.int64))


def _format_days(first: int, last: int, formats: LocalFormats) -> str:
    """Format a period of days.

    >>> _format_days(20788, 20794, LocalFormats())
    'Dec 1 to Dec 7'
    """
    return " to ".join(formats.format_date(date(1970, 1, 1) + timedelta(days=day)) for day in (first, last))
