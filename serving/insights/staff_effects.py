"""Who books more than their leads were expected to bring? People compared on like leads.

Lives here: bookings above what the same leads bring in the team's hands, drawn toward the average as far as the data
cannot tell people apart.
Does not live here: what leads were expected to bring (``expected_bookings``).

The spread between people is not known either. It is integrated over, not plugged in: intervals with a plugged-in spread
hold the truth in 79 to 85 of 100 cases where they promise 90.
"""

import numpy as np
from scipy.special import expit

from features.array_types import FloatArray, IntArray
from serving.insights.columns.categories import NOT_GIVEN, Categories
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.estimates import CANNOT_TELL, TAILS, Estimate
from serving.insights.expected_bookings import fit_booking_model
from serving.insights.figure_tables import Column, FigureTable, take_columns

__all__ = ["MIN_LEADS", "compare_staff", "shrink_effects", "summarize_work", "tabulate_staff"]

MIN_LEADS = 60
"""Nothing is said of anybody with fewer ripe leads."""

_SPREAD_SCALE = 0.08
"""Scale of the half-normal prior of the spread between people, in bookings per lead: 8 of 100 leads is a lot."""

_GRID = 81
_DRAWS = 4_000
_VARIANCE_DRAWS = 100


def shrink_effects(differences: FloatArray, variances: FloatArray, rng: np.random.Generator) -> list[Estimate]:
    """Draw differences toward their mean, as far as chance explains how they differ.

    Parameters
    ----------
    differences, variances : float arrays of shape (k,)
        Each person's difference per lead, and its sampling variance.

    >>> estimates = shrink_effects(np.array([0.1, -0.1]), np.array([0.01, 0.01]), np.random.default_rng(0))
    >>> 0 < estimates[0].value < 0.05 and estimates[0].low < 0 < estimates[0].high
    True
    """
    spreads = np.linspace(0, 4 * _SPREAD_SCALE, _GRID)
    weight = 1 / (spreads[:, None] ** 2 + variances)
    mean = (weight * differences).sum(axis=1) / weight.sum(axis=1)
    log_likelihood = (
        0.5 * np.log(weight).sum(axis=1)
        - 0.5 * (weight * (differences - mean[:, None]) ** 2).sum(axis=1)
        - 0.5 * np.log(weight.sum(axis=1))
        - 0.5 * (spreads / _SPREAD_SCALE) ** 2
    )
    probability = np.exp(log_likelihood - log_likelihood.max())
    chosen = rng.choice(_GRID, _DRAWS, p=probability / probability.sum())
    center = mean[chosen] + rng.standard_normal(_DRAWS) / np.sqrt(weight[chosen].sum(axis=1))
    kept = spreads[chosen, None] ** 2 / (spreads[chosen, None] ** 2 + variances)
    noise = np.sqrt(kept * variances) * rng.standard_normal((_DRAWS, len(differences)))
    draws = center[:, None] + kept * (differences - center[:, None]) + noise
    low, high = np.quantile(draws, TAILS, axis=0)
    return [Estimate(float(v), float(a), float(b)) for v, a, b in zip(draws.mean(axis=0), low, high, strict=True)]


def compare_staff(
    columns: LeadColumns, ripe: IntArray, rng: np.random.Generator, min_leads: int = MIN_LEADS
) -> list[tuple[str, int, int, float, Estimate]]:
    """Compare people on their ripe leads: those they booked or closed, and those they worked on first where no outcome
    names anybody.

    Returns
    -------
    list of (name, leads, bookings, expected bookings, effect per 100 leads)
    """
    staff = columns.staff
    if staff is None:
        return []
    ripe = ripe[np.array(staff.names, object)[staff.codes[ripe]] != NOT_GIVEN]
    counts = np.bincount(staff.codes[ripe], minlength=len(staff.names))
    if not (counts >= min_leads).any():
        return [(name, int(count), 0, np.nan, CANNOT_TELL) for name, count in zip(staff.names, counts) if count]
    booked = columns.has("booked")
    month = _number(columns.month)
    attributes = columns.attributes | {"month": month, "staff": staff}
    model = fit_booking_model(attributes, booked, ripe, columns.month, rng)
    subset = {name: Categories(column.codes[ripe], column.names) for name, column in attributes.items()}
    codes, weights = staff.codes[ripe], counts / counts.sum()

    def compute_effects(draw: int | None) -> tuple[FloatArray, FloatArray]:
        """Return each person's mean difference from the team's average, and the expected bookings."""
        alone, effects = model.compute_log_odds(subset, draw, without=("staff",)), model.get_effects("staff", draw)
        team = np.zeros(len(alone))
        for member in np.flatnonzero(counts):
            team += weights[member] * expit(alone + effects[member])
        own = expit(alone + effects[codes])
        size = np.maximum(counts, 1)
        sums = np.bincount(codes, own - team, len(counts)), np.bincount(codes, team, len(counts)).astype(float)
        return sums[0] / size, sums[1]

    _, expected = compute_effects(None)
    bookings = np.bincount(codes, booked[ripe], len(counts))
    shown = counts >= min_leads
    differences = (bookings - expected) / np.maximum(counts, 1)
    variances = np.var([compute_effects(draw)[0] for draw in range(_VARIANCE_DRAWS)], axis=0)
    estimates = dict(
        zip(np.flatnonzero(shown).tolist(), shrink_effects(differences[shown], np.maximum(variances[shown], 1e-9), rng))
    )
    return [
        (name, int(counts[i]), int(bookings[i]), float(expected[i]), _per_hundred(estimates.get(i, CANNOT_TELL)))
        for i, name in enumerate(staff.names)
        if counts[i]
    ]


def summarize_work(columns: LeadColumns, ripe: IntArray) -> dict[str, tuple[float | None, float | None]]:
    """Return each person's tries and minutes talked for each of their ripe leads; None where nothing is recorded."""
    staff = columns.staff
    if staff is None:
        return {}
    talked = np.bincount(columns.calls.lead, np.nan_to_num(columns.calls.minutes), minlength=len(columns))
    is_timed = bool(np.isfinite(columns.calls.minutes).any())
    effort: dict[str, tuple[float | None, float | None]] = {}
    for code, name in enumerate(staff.names):
        rows = ripe[staff.codes[ripe] == code]
        if len(rows):
            minutes = float(talked[rows].mean()) if is_timed else None
            effort[name] = float(columns.attempts[rows].mean()), minutes
    return effort


def tabulate_staff(columns: LeadColumns, ripe: IntArray, rng: np.random.Generator) -> FigureTable:
    """Tabulate people against what their leads were expected to bring, in the order of their names."""
    compared = compare_staff(columns, ripe, rng)
    effort = summarize_work(columns, ripe)
    lines = [
        (name, leads, bookings, expected, effect, *effort[name], _describe(effect))
        if effect.is_known
        else (name, leads, None, None, None, None, None, f"too few inquiries to say ({leads} of {MIN_LEADS})")
        for name, leads, bookings, expected, effect in compared
    ]
    columns_shown = (
        Column(
            "person",
            "Person",
            "text",
            "Who booked the inquiry or closed it as lost, where the outcome names them; "
            "otherwise who worked on it first.",
        ),
        Column("leads", "Inquiries", "count", "Their ripe inquiries.", counts_people=True),
        Column("booked", "Booked", "count", "Of them, booked within the horizon.", counts_people=True),
        Column(
            "expected",
            "Expected",
            "count",
            "What the same inquiries bring on average over the whole team, by "
            "channel, service, location, insurance and the like, and month.",
        ),
        Column(
            "effect",
            "More or fewer, per 100",
            "points",
            "Bookings above or below that, per 100 inquiries, drawn "
            "toward the average as far as chance explains the difference.",
        ),
        Column("attempts", "Tries each", "ratio", "Calls and messages of ours for each of their inquiries."),
        Column(
            "talk",
            "Minutes talked each",
            "ratio",
            "On the phone, for each of their inquiries, by whomever; only where calls say how long they took.",
        ),
        Column("reading", "What can be said", "text", "In words."),
    )
    notes = (
        "Like is compared with like only as far as the records tell inquiries apart. It is no ranking: who is above "
        "whom within overlapping intervals cannot be told.",
        "Where outcomes name who booked but not who lost, whoever books looks better than whoever calls first: let "
        "every outcome name a person, or none.",
        "Use it to ask what works, and whether work is shared fairly; never alone to judge anybody.",
    )
    return FigureTable(
        "people",
        "People, on the inquiries they were given",
        columns_shown,
        take_columns(lines),
        notes,
        managers_only=True,
    )


def _describe(effect: Estimate) -> str:
    """Say in words what an effect shows.

    >>> _describe(Estimate(3.0, 1.0, 5.0)), _describe(Estimate(1.0, -2.0, 4.0))
    ('more than like inquiries bring on average', 'no difference that can be told from chance')
    """
    if effect.low > 0:
        return "more than like inquiries bring on average"
    return (
        "fewer than like inquiries bring on average"
        if effect.high < 0
        else "no difference that can be told from chance"
    )


def _per_hundred(estimate: Estimate) -> Estimate:
    """Return an effect per lead as one per 100 leads."""
    return estimate.scale(100.0)


def _number(values: IntArray) -> Categories:
    """Return a column of numbers as categories."""
    distinct, codes = np.unique(values, return_inverse=True)
    return Categories(codes, tuple(map(str, distinct.tolist())))
