"""How long do people wait for us, and how do those who waited book? Time to the first response, missed calls.

Lives here: waiting by channel, hour and weekday, bookings by waiting band on like leads, what became of missed calls.
Does not live here: what leads were expected to bring (``expected_bookings``).

That those who waited longer book less is an association: who waits is not decided by a coin.
"""

from datetime import datetime
from itertools import pairwise

import numpy as np
from scipy.special import expit

from features.array_types import FloatArray, IntArray
from features.practice.display_formats import LocalFormats
from features.practice.practice import Practice
from serving.insights.columns.categories import ALL_LEADS, Categories
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.estimates import Estimate, cannot_tell, estimate_rate, summarize_draws
from serving.insights.expected_bookings import fit_booking_model
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns

__all__ = [
    "BAND_NAMES",
    "band_waiting",
    "estimate_by_band",
    "group_by_part",
    "list_open_hours",
    "select_comparable",
    "split_missed_calls",
    "tabulate_bands",
    "tabulate_missed_calls",
    "tabulate_waiting",
]

BAND_ENDS = np.array([5.0, 60.0, 240.0, 1440.0])
"""Minutes; a wait of exactly five minutes is in the first band."""

BAND_NAMES = ("Up to 5 minutes", "5 minutes to 1 hour", "1 to 4 hours", "4 hours to 1 day", "More than 1 day")
LIVE, NOT_YET = "Answered at once", "No response yet"

MIN_IN_BAND = 30
_FEW_IN_BAND = f"it takes {MIN_IN_BAND} inquiries"
_OPEN = "open"
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CONTEXT = ("channel", "service", "clinic", "payer", "existing", "source")
"""What leads are made alike in when waiting bands are compared."""


def band_waiting(response_minutes: FloatArray, answered_live: np.ndarray) -> Categories:
    """Return each lead's waiting band.

    >>> band_waiting(np.array([0.0, 5.0, 61.0, np.nan]), np.array([True, False, False, False])).codes.tolist()
    [5, 0, 2, 6]
    """
    codes = np.searchsorted(BAND_ENDS, np.nan_to_num(response_minutes), side="left")
    codes = np.where(answered_live, len(BAND_NAMES), codes)
    codes = np.where(np.isnan(response_minutes), len(BAND_NAMES) + 1, codes)
    return Categories(codes, (*BAND_NAMES, LIVE, NOT_YET))


def select_comparable(columns: LeadColumns, ripe_days: float) -> IntArray:
    """Return the ripe leads that we answered while they were open: what bands can be compared on.

    A lead that booked or was lost before our first response did not wait for it.
    """
    response_days = columns.response_minutes / 1440
    open_then = ~(columns.stage_days["booked"] < response_days) & ~(columns.lost_days < response_days)
    return np.flatnonzero(columns.is_ripe(ripe_days) & ~np.isnan(response_days) & open_then)


def estimate_by_band(columns: LeadColumns, rows: IntArray, rng: np.random.Generator) -> dict[str, Estimate]:
    """Estimate how many of all these leads would book if those of each band were like all of them.

    Fitted on who the leads were, the month, and the band; each band's rate is the mean over all leads with the band in
    the place of their own.
    """
    band = band_waiting(columns.response_minutes, columns.answered_live)
    counts = np.bincount(band.codes[rows], minlength=len(band.names))
    month = np.unique(columns.month, return_inverse=True)
    attributes = {name: columns.attributes[name] for name in _CONTEXT if name in columns.attributes}
    attributes |= {"month": Categories(month[1], tuple(map(str, month[0].tolist()))), "band": band}
    if not len(rows):
        return dict.fromkeys(band.names, cannot_tell("no inquiry is old enough and was answered"))
    model = fit_booking_model(attributes, columns.has("booked"), rows, columns.month, rng)
    # The mean over a sample is as good as over all of them, and is taken hundreds of times.
    sample = rng.choice(rows, min(len(rows), 4_000), replace=False)
    subset = {name: Categories(column.codes[sample], column.names) for name, column in attributes.items()}
    draws = np.empty((len(model.draws), len(band.names)))
    for draw in range(len(draws)):
        alone = model.compute_log_odds(subset, draw, without=("band",))
        draws[draw] = [expit(alone + effect).mean() for effect in model.get_effects("band", draw)]
    alone = model.compute_log_odds(subset, without=("band",))
    values = [float(expit(alone + effect).mean()) for effect in model.get_effects("band")]
    return {
        name: summarize_draws(draws[:, i], values[i])
        if counts[i] >= MIN_IN_BAND
        else cannot_tell(f"it takes {MIN_IN_BAND} inquiries; {MIN_IN_BAND - counts[i]} more are needed", _FEW_IN_BAND)
        for i, name in enumerate(band.names)
    }


def tabulate_bands(columns: LeadColumns, ripe_days: float, rng: np.random.Generator) -> FigureTable:
    """Tabulate bookings by waiting band."""
    rows = select_comparable(columns, ripe_days)
    band = band_waiting(columns.response_minutes, columns.answered_live)
    adjusted = estimate_by_band(columns, rows, rng)
    leads = np.bincount(band.codes[rows], minlength=len(band.names))
    booked = np.bincount(band.codes[rows], columns.has("booked")[rows], len(band.names))
    order = [len(BAND_NAMES), *range(len(BAND_NAMES))]
    lines = [
        (band.names[i], leads[i], int(booked[i]), booked[i] / leads[i] if leads[i] else None, adjusted[band.names[i]])
        for i in order
        if leads[i]
    ]
    columns_shown = (
        Column("waited", "Waited for us", "text", "Time from the inquiry to our first call or message."),
        Column("leads", "Inquiries", "count", "Ripe inquiries that were open when we responded.", counts_people=True),
        Column("booked", "Booked", "count", "Of them, booked within the horizon.", counts_people=True),
        Column("rate", "Booked, as they were", "share", "Booked per inquiry of this band."),
        Column(
            "rate_alike",
            "Booked, on like inquiries",
            "share",
            "What all these inquiries would book at the rate of this band: by channel, service, location, insurance "
            "and month.",
        ),
    )
    return FigureTable(
        "response_bands",
        "Bookings by how long people waited",
        columns_shown,
        take_columns(lines),
        (
            "An association: who waits is not decided by a coin, and people who are easy to reach also book more.",
            "Inquiries that booked or were lost before our first response are left out.",
        ),
    )


def group_by_part(columns: LeadColumns, part: str, formats: LocalFormats | None = None) -> Categories:
    """Return the leads by "channel", or by "weekday" or "hour" of their arrival in the practice's time."""
    clock = formats or LocalFormats()
    if part == "channel":
        return columns.categories["channel"]
    if part == "weekday":
        return Categories(columns.weekday, _WEEKDAYS)
    times = [clock.format_time(datetime(2000, 1, 1, hour % 24)) for hour in range(25)]
    return Categories(columns.hour, tuple(f"{begin} to {end}" for begin, end in pairwise(times)))


def list_open_hours(practice: Practice) -> frozenset[int]:
    """List the hours of the day in all of which the practice is open, on any day from Monday to Friday.

    >>> sorted(list_open_hours(Practice()))
    [8, 9, 10, 11, 12, 13, 14, 15, 16]
    """
    return frozenset(
        hour
        for day in practice.open_minutes()[:5]
        for begin, end in day
        for hour in range(24)
        if begin <= 60 * hour and 60 * (hour + 1) <= end
    )


def tabulate_waiting(columns: LeadColumns, rows: IntArray, part: str, practice: Practice) -> FigureTable:
    """Tabulate the time to the first response by "channel", "weekday" or "hour", the total first.

    Of hours it says whether the practice is open: who writes at night waits until morning.
    """
    group = group_by_part(columns, part, practice.formats)
    minutes, live = columns.response_minutes[rows], columns.answered_live[rows]
    waited = ~np.isnan(minutes)
    codes, names = group.codes[rows], group.names
    open_hours = list_open_hours(practice)
    lines: list[tuple[Cell, ...]] = []
    for i, name in enumerate((ALL_LEADS, *names)):
        chosen = codes == i - 1 if i else np.ones(len(rows), bool)
        known, count = minutes[chosen & waited], int(chosen.sum())
        if not count:
            continue
        median, slow = np.quantile(known, [0.5, 0.9]).tolist() if len(known) else (None, None)
        when = (("" if not i else _OPEN if i - 1 in open_hours else "closed"),) if part == "hour" else ()
        lines.append((name, count, int((chosen & live).sum()), median, slow, int((chosen & ~waited).sum()), *when))
    columns_shown = (
        Column(part, f"{part.capitalize()} of the inquiry", "text", "When or how it came, in the practice's time."),
        Column("leads", "Inquiries", "count", "Inquiries of these months.", counts_people=True),
        Column("live", "Answered at once", "count", "Calls and chats that were answered.", counts_people=True),
        Column("median", "Median wait", "minutes", "Half of those we responded to waited no longer than this."),
        Column("slow", "One in ten waited", "minutes", "One in ten of those we responded to waited longer than this."),
        Column("none", "No response yet", "count", "No call or message by us so far.", counts_people=True),
        *([Column("open", "We are", "text", "Open in all of it, from Monday to Friday.")] if part == "hour" else []),
    )
    return FigureTable(
        f"response_by_{part}", f"Time to the first response, by {part}", columns_shown, take_columns(lines), (), True
    )


def split_missed_calls(columns: LeadColumns, rows: IntArray) -> dict[str, IntArray]:
    """Split the leads whose call we missed by what happened first after it: all of them, then the parts."""
    rows = rows[~np.isnan(columns.missed_minutes[rows])]
    back, again = columns.called_back_minutes[rows], columns.came_back_minutes[rows]
    back, again = np.nan_to_num(back, nan=np.inf), np.nan_to_num(again, nan=np.inf)
    booked = columns.has("booked")[rows]
    ours = np.isfinite(back) & (back <= again)
    theirs = np.isfinite(again) & (again < back)
    return {
        "All missed calls": rows,
        "We called back first": rows[ours],
        "They came back by themselves": rows[theirs],
        "Neither, but booked all the same": rows[~ours & ~theirs & booked],
        "Lost from sight": rows[~ours & ~theirs & ~booked],
    }


def tabulate_missed_calls(columns: LeadColumns, rows: IntArray) -> FigureTable:
    """Tabulate what became of leads whose call we missed."""
    parts = split_missed_calls(columns, rows)
    rows = parts["All missed calls"]
    booked = columns.has("booked")
    total = max(len(rows), 1)
    lines = [
        (
            name,
            len(chosen),
            estimate_rate(float(len(chosen)), np.array([float(total)]), 0.0, 1),
            int(booked[chosen].sum()),
        )
        for name, chosen in parts.items()
    ]
    columns_shown = (
        Column("what", "What became of them", "text", "By what happened first after the first missed call."),
        Column("leads", "Callers", "count", "Inquiries with a missed call.", counts_people=True),
        Column("share", "Share", "share", "Of all callers we missed."),
        Column("booked", "Booked", "count", "Of them, booked within the horizon so far.", counts_people=True),
    )
    return FigureTable(
        "missed_calls", "Missed calls", columns_shown, take_columns(lines if len(rows) else []), has_total=True
    )
