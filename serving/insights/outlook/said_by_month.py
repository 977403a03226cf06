"""What was said of a month when it ended, and what became of it? Bookings and their cost, then and now.

Lives here: saying again, from what was known then, what open inquiries would bring; the table.
Does not live here: how open inquiries are judged (``serving.insights.cohorts``), outlooks of coming weeks
(``outlook_tables``).

Nothing has to be stored for it: what was known at the end of a month is what was recorded by then, so the same figure
is made again. A record that was changed afterwards changes what was said, too.
"""

from dataclasses import replace

import numpy as np

from features.array_types import IntArray
from serving.insights.cohorts import StageRipening, count_cohorts, find_ripe_days, forecast_groups
from serving.insights.columns.lead_columns import LeadColumns, format_month
from serving.insights.estimates import Estimate
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns
from serving.insights.open_lead_outlook import build_delay_curve

__all__ = ["MONTHS_SHOWN", "list_months_over", "say_at_the_end", "tabulate_said"]

MONTHS_SHOWN = 12


def list_months_over(columns: LeadColumns, ripe_days: float) -> list[int]:
    """List the months all of whose bookings are known, the newest first."""
    is_open = ~columns.is_ripe(ripe_days)
    newest = int(columns.month[is_open].min()) if is_open.any() else columns.last_full_month + 1
    months = np.unique(columns.month)
    return months[months < min(newest, columns.last_full_month + 1)][::-1][:MONTHS_SHOWN].tolist()


def say_at_the_end(columns: LeadColumns, month: int, rng: np.random.Generator) -> Estimate | None:
    """Say what was expected of a month's inquiries when it ended, from what was recorded by then; None without an
    inquiry of the month.
    """
    of_month = columns.day[columns.month == month]
    if not len(of_month):
        return None
    next_month = np.datetime64(month + 1, "M").astype("datetime64[D]").astype(int)
    # By the calendar: the next inquiry may be weeks away, and by then more is known. Days are those of the practice.
    first_later = columns.day[columns.month > month].min(initial=columns.as_of_day + 1)
    days_ago = columns.as_of_day + columns.day_share - float(np.clip(next_month, of_month.max() + 1, first_later))
    age = columns.age_days - days_ago
    booked_days = columns.known_days["booked"]
    was_known = np.where(booked_days <= age, booked_days, np.nan)
    at_the_end = replace(columns, age_days=age, known_days=columns.known_days | {"booked": was_known})
    ripe_days = find_ripe_days(at_the_end, "booked")
    outcomes = was_known[(age >= ripe_days) & ~np.isnan(was_known)]
    ripening = StageRipening("booked", ripe_days, build_delay_curve(outcomes, ripe_days, rng), len(outcomes))
    arrived: IntArray = np.flatnonzero((age >= 0) & (columns.month <= month))
    cohorts = count_cohorts(at_the_end, ripening, np.zeros(len(columns), np.int64), arrived)
    forecast = forecast_groups(cohorts, ripening, 1, rng, since=month)
    return forecast.monthly_estimates[int(np.flatnonzero(cohorts.month == month)[0])]


def tabulate_said(columns: LeadColumns, ripe_days: float, rng: np.random.Generator, has_money: bool) -> FigureTable:
    """Tabulate what was said of the last months when each ended, and what is known now.

    Parameters
    ----------
    has_money : bool
        Whether the money spent is that of these leads.
    """
    described = (
        Column("month", "Month of inquiry", "text", "When the inquiry arrived, in the practice's time."),
        Column("said", "Said when it ended", "count", "Bookings in the end, by what was on record then."),
        Column("booked", "Came", "count", "Bookings of the month's inquiries, as known now.", counts_people=True),
        Column("held", "Held", "text", "Whether the interval held what came."),
        Column("spend", "Spent", "money", "Money spent in the month."),
        Column("cost_said", "Per booking, as said", "money", "Money of the month for each booking that was expected."),
        Column("cost", "Per booking", "money", "Money of the month for each booking that came."),
    )
    rows: list[tuple[Cell, ...]] = []
    held = 0
    for month in list_months_over(columns, ripe_days):
        said = say_at_the_end(columns, month, rng)
        if said is None or not said.is_known:
            break
        came = int(columns.has("booked")[columns.month == month].sum())
        is_held = said.low <= came <= said.high
        held += is_held
        money = float(columns.spend.amount[columns.spend.month == month].sum()) if has_money else 0.0
        cost_said = Estimate(*(money / end for end in (said.value, said.high, said.low))) if said.low >= 1 else None
        costs = (money, cost_said, money / came if came else None) if money else (None, None, None)
        rows.append((format_month(month), said, came, "yes" if is_held else "no", *costs))
    note = (
        f"Of {len(rows)} earlier intervals, {held} held what came; of 10, 9 should."
        if rows
        else "No month is old enough to be compared with what came of it."
    )
    title = "What was said of a month, and what became of it"
    return FigureTable("said_by_month", title, described, take_columns(rows), (note,))
