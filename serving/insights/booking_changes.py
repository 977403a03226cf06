"""Why did bookings change? A month against an earlier one, in parts that add up: volume, who the leads were, waiting,
conversion at equal leads, and what is still open.

Lives here: the parts and their intervals.
Does not live here: what leads were expected to bring (``expected_bookings``), what open ones will bring
(``open_lead_outlook``).

With N leads, R bookings in the end per lead, and of each lead what it was expected to bring by who it was (e) and by
how long it waited besides (w), each a mean over the month's leads:

    N1 R1 - N0 R0 = (N1 - N0) R        volume, at the mean R of both months
                  + N (e1 - e0)        who the leads were, at the mean N of both months
                  + N ((w1 - e1) - (w0 - e0))   waiting
                  + N ((R1 - w1) - (R0 - w0))   conversion at equal leads

exactly; and what is counted today differs from it by what is still open.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from features.array_types import FloatArray, IntArray
from serving.insights.columns.categories import Categories
from serving.insights.columns.lead_columns import LeadColumns, format_month
from serving.insights.estimates import Estimate, summarize_draws
from serving.insights.expected_bookings import BookingModel, fit_booking_model
from serving.insights.figure_tables import Column, FigureTable, take_columns
from serving.insights.open_lead_outlook import DRAWS, MIN_OUTCOMES
from serving.insights.response import band_waiting

__all__ = [
    "PARTS",
    "BookingChange",
    "build_change_attributes",
    "expect_bookings",
    "explain_change",
    "find_months",
    "fit_change_model",
    "tabulate_change",
]

PARTS = ("volume", "mix", "response", "conversion", "ripeness")
PART_WORDS = {
    "volume": ("Number of inquiries", "More or fewer inquiries, at the mean booking rate of both months."),
    "mix": ("Who they were", "Inquiries of other channels, services, insurance and so on than before."),
    "response": ("How long they waited", "Inquiries that waited longer or shorter; an association."),
    "conversion": ("Conversion at equal inquiries", "More or fewer bookings from like inquiries with like waits."),
    "ripeness": ("Still open", "Bookings that open inquiries are still expected to bring, which today's count lacks."),
}
MIN_LEADS_A_MONTH = 30
_SAMPLE = 3_000
_BANDS_KNOWN = 0.3
"""Waiting is a part of its own where a first response is known of at least this share of the leads."""


@dataclass(frozen=True)
class BookingChange:
    """Why bookings of ``month`` differ from those of ``before``.

    Parameters
    ----------
    month, before : int
        Months since January 1970.
    parts : dict
        Part -> its share of the change, in bookings. The values add up to ``counted``.
    in_the_end : Estimate
        The change once everything is known: all parts but ripeness.
    counted : float
        The change as counted today.
    bookings, bookings_before : Estimate
        In the end.
    """

    month: int
    before: int
    parts: dict[str, Estimate]
    in_the_end: Estimate
    counted: float
    bookings: Estimate
    bookings_before: Estimate


@dataclass(frozen=True)
class _Month:
    """Draws of what one month was, and its value. Arrays of shape (draws,)."""

    leads: FloatArray
    rate: FloatArray
    who: FloatArray
    waited: FloatArray
    open_leads: FloatArray


def explain_change(
    columns: LeadColumns,
    model: BookingModel,
    final_draws: dict[int, FloatArray],
    months: tuple[int, int],
    rng: np.random.Generator,
) -> BookingChange | None:
    """Explain the change from an earlier month to a later one; None with too few leads in either.

    Parameters
    ----------
    model : BookingModel
        Of ``fit_change_model``.
    final_draws : dict
        Month -> bookings in the end, as uncertain as they are, shape (draws,).
    months : tuple of int
        The later one, the earlier one.
    """
    if any((columns.month == month).sum() < MIN_LEADS_A_MONTH or month not in final_draws for month in months):
        return None
    attributes = build_change_attributes(columns)
    dispersion = estimate_volume_dispersion(columns)
    known = {month: float(columns.has("booked")[columns.month == month].sum()) for month in months}
    draws, values = {}, {}
    # The same coefficients for both months: what is wrong with them is wrong with both.
    chosen = rng.integers(0, len(model.draws), DRAWS)
    for month in months:
        if not np.isfinite(final_draws[month]).all():
            return None
        draws[month] = _draw_month(columns, model, attributes, (month, final_draws[month], dispersion, chosen), rng)
        values[month] = _value_month(columns, model, attributes, month, float(final_draws[month].mean()))
    drawn = _decompose(draws[months[0]], draws[months[1]])
    exact = _decompose(values[months[0]], values[months[1]])
    still_open = {month: final_draws[month] - known[month] for month in months}
    drawn["ripeness"] = still_open[months[1]] - still_open[months[0]]
    exact["ripeness"] = drawn["ripeness"].mean(keepdims=True)
    parts = {name: summarize_draws(drawn[name], float(exact[name][0])) for name in PARTS}
    total = sum((drawn[name] for name in PARTS if name != "ripeness"), np.zeros(DRAWS))
    return BookingChange(
        months[0],
        months[1],
        parts,
        summarize_draws(total, float(sum(exact[name][0] for name in PARTS if name != "ripeness"))),
        known[months[0]] - known[months[1]],
        summarize_draws(final_draws[months[0]]),
        summarize_draws(final_draws[months[1]]),
    )


def fit_change_model(columns: LeadColumns, ripe: IntArray, rng: np.random.Generator) -> BookingModel:
    """Fit what leads bring by who they were, how long they waited, and the month, on all ripe leads."""
    month = np.unique(columns.month, return_inverse=True)
    attributes = build_change_attributes(columns)
    attributes["month"] = Categories(month[1], tuple(map(str, month[0].tolist())))
    return fit_booking_model(attributes, columns.has("booked"), ripe, columns.month, rng)


def build_change_attributes(columns: LeadColumns) -> dict[str, Categories]:
    """Return what leads are made alike in: who they were, and the waiting band where it is known."""
    attributes = dict(columns.attributes)
    if (~np.isnan(columns.response_minutes)).mean() >= _BANDS_KNOWN:
        attributes["band"] = band_waiting(columns.response_minutes, columns.answered_live)
    return attributes


def estimate_volume_dispersion(columns: LeadColumns) -> float:
    """Estimate how much more daily leads vary than chance, around the weekday's mean of four weeks; at least 1."""
    last_day = columns.as_of_day
    days = columns.day - int(columns.day.min())
    counts = np.bincount(days)[: last_day - int(columns.day.min())].astype(float)
    day = np.arange(len(counts)) + int(columns.day.min())
    weekday = day % 7
    block = np.arange(len(counts)) // 28
    cell = np.unique(block * 7 + weekday, return_inverse=True)[1]
    size, total = np.bincount(cell), np.bincount(cell, counts)
    mean = (total / size)[cell]
    usable = (mean > 0) & (size[cell] >= 3)
    if not usable.any():
        return 1.0
    freedom = (1 - 1 / size[cell[usable]]).sum()
    return float(max(1.0, ((counts[usable] - mean[usable]) ** 2 / mean[usable]).sum() / freedom))


def _value_month(
    columns: LeadColumns, model: BookingModel, attributes: dict[str, Categories], month: int, final: float
) -> _Month:
    """Return what a month was, at the fitted coefficients."""
    rows = np.flatnonzero(columns.month == month)
    who, waited = expect_bookings(model, attributes, rows, None)
    leads = len(rows)
    return _Month(*(np.array([number]) for number in (leads, final / leads, who.mean(), waited.mean(), 0.0)))


def _draw_month(
    columns: LeadColumns,
    model: BookingModel,
    attributes: dict[str, Categories],
    of_month: tuple[int, FloatArray, float, IntArray],
    rng: np.random.Generator,
) -> _Month:
    """Draw what a month may have been: its arrivals, its rate, and what was expected of its leads."""
    month, final, dispersion, chosen = of_month
    rows = np.flatnonzero(columns.month == month)
    n = len(rows)
    who, waited = expect_bookings(model, attributes, rows, None)
    # Who arrives varies from lead to lead, and so does what becomes of it, together: the same leads carry both.
    outcome = columns.has("booked")[rows].astype(float)
    spread = np.cov(np.stack([outcome, who, waited])) / n
    rate = float(final.mean()) / n
    # Open leads vary less so far than they will in the end.
    spread[0, 0] = max(spread[0, 0], rate * (1 - rate) / n)
    sampled = rng.multivariate_normal(np.zeros(3), spread, DRAWS, method="svd")
    # How wrong the coefficients are shows in a sample of the leads as well as in all of them.
    sample = rows if n <= _SAMPLE else np.sort(rng.choice(rows, _SAMPLE, replace=False))
    at_sample = [part.mean() for part in expect_bookings(model, attributes, sample, None)]
    means = np.array(
        [[part.mean() for part in expect_bookings(model, attributes, sample, draw)] for draw in range(len(model.draws))]
    )
    means += np.array([who.mean(), waited.mean()]) - at_sample
    return _Month(
        np.maximum(n + np.sqrt(dispersion * n) * rng.standard_normal(DRAWS), 1.0),
        final / n + sampled[:, 0],
        means[chosen, 0] + sampled[:, 1],
        means[chosen, 1] + sampled[:, 2],
        np.zeros(DRAWS),
    )


def expect_bookings(
    model: BookingModel, attributes: dict[str, Categories], rows: IntArray, draw: int | None
) -> tuple[FloatArray, FloatArray]:
    """Return what each lead was expected to bring by who it was, and by how long it waited besides."""
    subset = {name: Categories(column.codes[rows], column.names) for name, column in attributes.items()}
    month_effect = model.get_effects("month", draw).mean()
    names = {"month"}
    waited_odds = _log_odds(model, subset, len(rows), draw, names) + month_effect
    if "band" not in attributes:
        return expit(waited_odds), expit(waited_odds)
    band = attributes["band"]
    usual = np.bincount(band.codes, minlength=len(band.names)) / len(band.codes)
    effects = model.get_effects("band", draw)
    alone = _log_odds(model, subset, len(rows), draw, names | {"band"}) + month_effect
    who = sum(
        (weight * expit(alone + effect) for weight, effect in zip(usual, effects, strict=True)), np.zeros(len(rows))
    )
    return who, expit(waited_odds)


def _log_odds(
    model: BookingModel, subset: dict[str, Categories], leads: int, draw: int | None, without: set[str]
) -> FloatArray:
    """Return the log-odds of some leads without some attributes. An export may tell nothing of its leads."""
    coefficients = model.coefficients if draw is None else model.draws[draw]
    total = np.full(leads, coefficients[0])
    for name, column in subset.items():
        if name not in without:
            total += coefficients[model.groups[name]][column.codes]
    return total


def _decompose(now: _Month, before: _Month) -> dict[str, FloatArray]:
    """Return the parts of the change in the end."""
    leads, rate = (now.leads + before.leads) / 2, (now.rate + before.rate) / 2
    return {
        "volume": (now.leads - before.leads) * rate,
        "mix": leads * (now.who - before.who),
        "response": leads * ((now.waited - now.who) - (before.waited - before.who)),
        "conversion": leads * ((now.rate - now.waited) - (before.rate - before.waited)),
    }


def tabulate_change(change: BookingChange | None, name: str, title: str, is_recorded: bool = True) -> FigureTable:
    """Tabulate the parts of a change.

    Parameters
    ----------
    is_recorded : bool
        Whether both months are on record as a whole.
    """
    columns_shown = (
        Column("part", "Because of", "text", "What differs between the two months."),
        Column("bookings", "Bookings", "signed", "How many more or fewer bookings it accounts for; the parts add up."),
        Column("meaning", "What that is", "text", "What the part means."),
    )
    if change is None:
        reason = (
            f"The data cannot tell why: it takes {MIN_LEADS_A_MONTH} inquiries in each of the two months, and "
            f"{MIN_OUTCOMES} bookings of older ones."
        )
        if not is_recorded:
            reason = "The data cannot tell why: bookings are not on record as a whole in both months."
        return FigureTable(name, title, columns_shown, (), (reason,))
    lines: list[tuple] = [(PART_WORDS[part][0], change.parts[part], PART_WORDS[part][1]) for part in PARTS]
    lines.append(("As counted today", change.counted, "The sum of the parts."))
    lines.append(("In the end", change.in_the_end, "The change once open inquiries are over: all parts but the last."))
    months = f"{format_month(change.month)} against {format_month(change.before)}, by month of inquiry."
    # With the bookings of one month, the change tells those of the other.
    bookings = tuple(("month", format_month(month), "booked") for month in (change.month, change.before))
    return FigureTable(name, title, columns_shown, take_columns(lines), (months,), hidden_with=bookings)


def find_months(columns: LeadColumns, years: int = 0) -> tuple[int, int]:
    """Return the last full month, and the month before it or the same month of an earlier year."""
    last = columns.last_full_month
    return last, last - (12 * years if years else 1)
