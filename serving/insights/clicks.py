"""How many who saw an ad clicked, what does a click cost, and how many clicks make an inquiry? By channel and campaign.

Lives here: click rate, cost per click, clicks per inquiry, with intervals.
Does not live here: what inquiries and bookings cost (``money``). Who clicked and did not inquire is in no table here.

Months show how much months vary; with fewer than three of them, weeks are counted, and the interval is wider by what
months may differ.
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray, IntArray
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.estimates import MIN_MONTHS, Estimate, cannot_tell, estimate_ratio
from serving.insights.figure_tables import Column, FigureTable, take_columns
from serving.insights.money import describe_wait, sum_by_period
from serving.insights.report_sections import DEFAULT_MONTHS

__all__ = ["MIN_WEEKS", "tabulate_clicks"]

MIN_WEEKS = 6
"""Weeks with clicks, where there are fewer than three months."""

_MONTHS_DIFFER = 0.09
"""How far a month's ratio is taken to be from the long run's, as a share of it, where no months show it."""

_WEEKS_A_MONTH = 30.44 / 7


@dataclass(frozen=True)
class _Periods:
    """Months or weeks back from the current one.

    Parameters
    ----------
    count : int
    of_spend, of_lead : int arrays of shapes (m,) and (n,)
        The period of each row, negative before the first one.
    is_week : bool
    """

    count: int
    of_spend: IntArray
    of_lead: IntArray
    is_week: bool

    @classmethod
    def by_month(cls, columns: LeadColumns, months: int) -> "_Periods":
        """Return the last months, the current one included."""
        first = columns.current_month - months + 1
        return cls(months, columns.spend.month - first, columns.month - first, False)

    @classmethod
    def by_week(cls, columns: LeadColumns, months: int) -> "_Periods":
        """Return the seven days up to the day of the report, and the weeks before, within the last months."""
        first_day = int(np.datetime64(columns.current_month - months + 1, "M").astype("datetime64[D]").astype(np.int64))
        count = (columns.as_of_day - first_day) // 7 + 1

        def number(day: IntArray) -> IntArray:
            return count - 1 - (columns.as_of_day - day) // 7

        return cls(count, number(columns.spend.day), number(columns.day), True)


def tabulate_clicks(columns: LeadColumns, dimension: str, months: int = DEFAULT_MONTHS) -> FigureTable:
    """Tabulate impressions and clicks by channel or campaign, the most clicks first.

    A row of spending counts where it says how many clicks there were; for the click rate it must say how many
    impressions, too, and not fewer than clicks. Inquiries are those of months (or weeks) with clicks.
    """
    group, spend = columns.categories[dimension], columns.spend
    clicks = spend.counts["clicks"]
    shown = spend.counts.get("impressions", np.full(len(clicks), np.nan))
    by_month = _Periods.by_month(columns, months)
    in_months = _sum_ads(columns, dimension, by_month)
    in_weeks = _sum_ads(columns, dimension, _Periods.by_week(columns, months))
    is_active = in_months.clicked > 0
    lines, is_weekly = [], False
    for i in np.argsort(-in_months.clicked.sum(axis=1), kind="stable").tolist():
        if not is_active[i].any():
            continue
        use_weeks = is_active[i].sum() < MIN_MONTHS and (in_weeks.clicked[i] > 0).sum() >= MIN_WEEKS
        is_weekly |= bool(use_weeks)
        wait = "" if use_weeks else describe_wait(is_active[i], columns.current_month - months + 1)
        total = int(in_months.impressions[i].sum()), int(in_months.clicked[i].sum())
        lines.append((group.names[i], *total, *(in_weeks if use_weeks else in_months).estimate(i, wait)))
    notes = [f"The last {months} months, as far as the spending says how often ads were shown and clicked."]
    if is_weekly:
        notes.append(
            f"Where there are fewer than {MIN_MONTHS} months, {MIN_WEEKS} weeks or more are counted; how months differ "
            f"is not seen yet, and taken as {_MONTHS_DIFFER:.0%}."
        )
    # Comparisons with NaN are False: a row without impressions has no click rate, and contradicts nothing.
    contradicts = clicks > shown
    if contradicts.any():
        notes.append(
            f"{int(contradicts.sum()):,} rows of spending have more clicks than impressions; the click rate leaves "
            "them out. Export them again."
        )
    columns_shown = (
        Column(dimension, dimension.capitalize(), "text", f"The {dimension} that the ads were for."),
        Column("impressions", "Shown", "count", "Times that ads were shown, where clicks are known too."),
        Column("clicks", "Clicks", "count", "Times that ads were clicked."),
        Column("click_rate", "Click rate", "share", "Clicks for each time that an ad was shown, in the long run."),
        Column("per_click", "Per click", "price", "Money for each click, in the long run."),
        Column(
            "clicks_per_lead",
            "Clicks per inquiry",
            "ratio",
            "Clicks for each inquiry of the same months, in the long run. An inquiry need not come from a click.",
            rests_on=("leads",),
        ),
    )
    return FigureTable(
        f"clicks_by_{dimension}", f"Ads by {dimension}", columns_shown, take_columns(lines), tuple(notes)
    )


@dataclass(frozen=True)
class _Ads:
    """What ads cost and brought by group and period, each of shape (groups, periods)."""

    clicked: FloatArray
    paid: FloatArray
    rated: FloatArray
    impressions: FloatArray
    inquiries: FloatArray
    is_week: bool

    def estimate(self, i: int, wait: str) -> tuple[Estimate, Estimate, Estimate]:
        """Estimate the click rate, the price of a click and the clicks of an inquiry of a group.

        Parameters
        ----------
        wait : str
            What is missing; empty where nothing is.
        """
        if wait:
            unknown = cannot_tell(wait)
            return unknown, unknown, unknown
        return (
            self._estimate(
                self.rated[i], self.impressions[i], self.rated[i], "no row has impressions beside its clicks"
            ),
            self._estimate(self.paid[i], self.clicked[i], self.clicked[i], "no row has money beside its clicks"),
            self._estimate(self.clicked[i], self.inquiries[i], self.inquiries[i], "no inquiry beside the clicks"),
        )

    def _estimate(self, numerator: FloatArray, denominator: FloatArray, events: FloatArray, absent: str) -> Estimate:
        """Estimate a ratio over the periods in which something happened.

        Parameters
        ----------
        numerator, denominator, events : float arrays of shape (periods,)
            Chance alone varies the ratio by one over the events.
        absent : str
            Why nothing happened in any.
        """
        active = (numerator > 0) & (denominator > 0)
        if not active.any():
            return cannot_tell(absent)
        extra = _MONTHS_DIFFER**2 / max(active.sum() / _WEEKS_A_MONTH, 1.0) if self.is_week else 0.0
        floor = 1 / max(float(events[active].sum()), 1.0)
        period = "weeks" if self.is_week else "months"
        return estimate_ratio(numerator[active], denominator[active], floor, extra, period)


def _sum_ads(columns: LeadColumns, dimension: str, periods: _Periods) -> _Ads:
    """Sum the clicks, and what belongs to them, by group and period."""
    spend, group = columns.spend, columns.categories[dimension]
    clicks = spend.counts["clicks"]
    shown = spend.counts.get("impressions", np.full(len(clicks), np.nan))

    def sum_rows(amounts: FloatArray, rows: np.ndarray) -> FloatArray:
        of_rows = np.where(rows, amounts, 0.0)
        return sum_by_period(spend, dimension, group.names, (periods.of_spend, periods.count), of_rows)

    since = (periods.of_lead >= 0) & (periods.of_lead < periods.count)
    cell = group.codes[since] * periods.count + periods.of_lead[since]
    inquiries = np.bincount(cell, minlength=len(group.names) * periods.count).astype(float)
    has_clicks, has_rate = ~np.isnan(clicks), clicks <= shown
    return _Ads(
        sum_rows(clicks, has_clicks),
        sum_rows(spend.amount, has_clicks),
        sum_rows(clicks, has_rate),
        sum_rows(shown, has_rate),
        inquiries.reshape(len(group.names), periods.count),
        periods.is_week,
    )
