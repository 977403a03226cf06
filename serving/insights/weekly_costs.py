"""What did a booking cost week by week? Money and inquiries of the last weeks, with open inquiries counted in.

Lives here: the weeks, their costs, the table.
Does not live here: costs in the long run, by channel and campaign (``money``).

What a week's money brought is a fact once its inquiries are ripe, and has no interval; until then the interval is that
of what its open inquiries will bring. Where those are few it holds the truth in more than 90 of 100 weeks (96 of 100
over all weeks that are not over, 90 where five bookings or more are to come): bookings are whole, and none can be fewer
than are booked already.
"""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from features.array_types import IntArray
from features.practice.display_formats import LocalFormats
from serving.insights.cohorts import StageRipening, count_cohorts, forecast_groups
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.estimates import Estimate, cannot_tell
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns

__all__ = ["WEEKS_SHOWN", "list_weeks", "name_week", "number_weeks", "tabulate_weeks"]

WEEKS_SHOWN = 13
_MONDAY = 4
"""The first Monday of 1970 was its fifth day."""


def number_weeks(day: IntArray) -> IntArray:
    """Return the number of the week of each day, from Monday to Sunday, by days since January 1, 1970."""
    return (day - _MONDAY) // 7


def name_week(week: int, formats: LocalFormats) -> str:
    """Name a week by its first and last day, such as "Nov 23 to Nov 29"."""
    monday = date(1970, 1, 1) + timedelta(days=7 * week + _MONDAY)
    return f"{formats.format_date(monday)} to {formats.format_date(monday + timedelta(days=6))}"


def list_weeks(columns: LeadColumns) -> list[int]:
    """List the last full weeks, the newest first."""
    newest = int(number_weeks(np.array([columns.next_day]))[0]) - 1
    return [newest - back for back in range(WEEKS_SHOWN)]


def tabulate_weeks(
    columns: LeadColumns, ripening: StageRipening, formats: LocalFormats, rng: np.random.Generator
) -> FigureTable:
    """Tabulate spending and bookings of the last full weeks, the newest first.

    Parameters
    ----------
    ripening : StageRipening
        Of bookings.
    """
    weeks = list_weeks(columns)
    of_lead, of_money = number_weeks(columns.day), number_weeks(columns.spend.day)
    by_week = replace(columns, month=of_lead)
    cohorts = count_cohorts(by_week, ripening, np.zeros(len(columns), np.int64))
    forecast = forecast_groups(cohorts, ripening, 1, rng, since=weeks[-1])
    final = dict(zip(cohorts.month.tolist(), forecast.monthly_estimates, strict=True))
    booked = columns.has("booked")
    lines: list[tuple[Cell, ...]] = []
    for week in weeks:
        money, rows = float(columns.spend.amount[of_money == week].sum()), np.flatnonzero(of_lead == week)
        in_the_end = final.get(week, Estimate(0.0, 0.0, 0.0))
        lines.append(
            (
                name_week(week, formats),
                money,
                len(rows),
                int(booked[rows].sum()),
                in_the_end,
                money / len(rows) if len(rows) and money else None,
                _divide(money, in_the_end),
            )
        )
    if not any(line[1] for line in lines):
        lines = []
    described = (
        Column("week", "Week", "text", "Monday to Sunday, in the practice's time."),
        Column("spend", "Spent", "money", "Money spent in the week."),
        Column("leads", "Inquiries", "count", "Inquiries of the week.", counts_people=True),
        Column("booked", "Booked", "count", "Of these, so far.", counts_people=True),
        Column("in_the_end", "Booked, in the end", "count", "With what the open ones are expected to bring."),
        Column("per_lead", "Per inquiry", "money", "Money of the week for each of its inquiries."),
        Column("per_booking", "Per booking", "money", "Money of the week for each booking in the end."),
    )
    notes: tuple[str, ...] = (
        "What one week's money brings comes partly in later weeks: look at several weeks together. Costs in the long "
        "run stand above.",
    )
    if not lines:
        notes = ("No money was spent in the last weeks.",)
    # Beside a month, the weeks within it would tell how few inquiries came on the days that are left.
    return FigureTable("money_by_week", "Money by week", described, take_columns(lines), notes, managers_only=True)


def _divide(money: float, bookings: Estimate) -> Cell:
    """Return money for each booking."""
    if not money:
        return None
    if not bookings.is_known or bookings.low < 1:
        return cannot_tell("the week may bring no booking" if bookings.is_known else "see the bookings")
    return Estimate(money / bookings.value, money / bookings.high, money / bookings.low)
