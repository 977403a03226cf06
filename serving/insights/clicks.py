"""How many who saw an ad clicked, what does a click cost, and how many clicks make an enquiry? By channel and campaign.

Lives here: click rate, cost per click, clicks per enquiry, with intervals.
Does not live here: what enquiries and bookings cost (``money``). Who clicked and did not enquire is in no table here.
"""

import numpy as np

from features.array_types import FloatArray
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.estimates import CANNOT_TELL, Estimate, estimate_ratio
from serving.insights.figure_tables import Column, FigureTable, take_columns
from serving.insights.money import sum_spend
from serving.insights.report_sections import DEFAULT_MONTHS

__all__ = ["tabulate_clicks"]


def tabulate_clicks(columns: LeadColumns, dimension: str, months: int = DEFAULT_MONTHS) -> FigureTable:
    """Tabulate impressions and clicks by channel or campaign, the most clicks first.

    A row of spending counts where it says how many clicks there were; for the click rate it must say how many
    impressions, too, and not fewer than clicks. Enquiries are those of months with clicks.
    """
    group, spend = columns.categories[dimension], columns.spend
    clicks = spend.counts["clicks"]
    shown = spend.counts.get("impressions", np.full(len(clicks), np.nan))
    has_clicks = ~np.isnan(clicks)
    # Comparisons with NaN are False: a row without impressions has no click rate, and contradicts nothing.
    has_rate, contradicts = clicks <= shown, clicks > shown

    def by_month(amounts: FloatArray, rows: np.ndarray) -> FloatArray:
        return sum_spend(columns, dimension, group.names, months, np.where(rows, amounts, 0.0))

    clicked, paid = by_month(clicks, has_clicks), by_month(spend.amount, has_clicks)
    rated, impressions = by_month(clicks, has_rate), by_month(shown, has_rate)
    enquiries = _count_leads(columns, dimension, months)
    lines = [
        (
            group.names[i],
            int(impressions[i].sum()),
            int(clicked[i].sum()),
            _estimate(rated[i], impressions[i], rated[i]),
            _estimate(paid[i], clicked[i], clicked[i]),
            _estimate(clicked[i], enquiries[i], enquiries[i]),
        )
        for i in np.argsort(-clicked.sum(axis=1), kind="stable").tolist()
        if clicked[i].sum() > 0
    ]
    notes = [f"The last {months} months, as far as the spending says how often ads were shown and clicked."]
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
            "Clicks per enquiry",
            "ratio",
            "Clicks for each enquiry of the same months, in the long run. An enquiry need not come from a click.",
            rests_on=("leads",),
        ),
    )
    return FigureTable(
        f"clicks_by_{dimension}", f"Ads by {dimension}", columns_shown, take_columns(lines), tuple(notes)
    )


def _estimate(numerator: FloatArray, denominator: FloatArray, events: FloatArray) -> Estimate:
    """Estimate a ratio over the months in which something happened.

    Parameters
    ----------
    numerator, denominator, events : float arrays of shape (months,)
        Chance alone varies the ratio by one over the events.
    """
    active = (numerator > 0) & (denominator > 0)
    if not active.any():
        return CANNOT_TELL
    return estimate_ratio(numerator[active], denominator[active], 1 / max(float(events[active].sum()), 1.0))


def _count_leads(columns: LeadColumns, dimension: str, months: int) -> FloatArray:
    """Count the leads of each group and month, shape (groups, months)."""
    group = columns.categories[dimension]
    month = columns.month - (columns.current_month - months + 1)
    since = month >= 0
    cells = np.bincount(group.codes[since] * months + month[since], minlength=len(group.names) * months)
    return cells.reshape(len(group.names), months).astype(float)
