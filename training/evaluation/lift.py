"""What is the ranking worth at the call desk? Of a day's bookings, how many are among its first N calls.

Lives here: lift by call capacity, day by day; bookings and, where services have a value, money.
Does not live here: metrics that need no calendar (``metrics``), drawing them (``training.plots``).

A day's leads are ranked among themselves, as the desk sees them when it plans its calls; tied leads share a call. All
of it is association: bookings are counted where they happened, whichever leads were called. It shows how many the
ranking captures, not what a call causes.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from features.array_types import FloatArray, IntArray, TimeArray
from training.evaluation.metrics import DEFAULT_BOOTSTRAP, Bootstrap, Interval

__all__ = ["share_called", "capacities", "gain_by_capacity", "lift_by_capacity"]

SHARES = (0.1, 0.2, 0.3, 0.5)
"""Shares of the leads that a desk may be able to call first."""

_MIN_LEADS_PER_DAY = 8.0
"""With fewer leads a day the first calls of a day mean little, so weeks are used instead."""


def share_called(group: IntArray, score: FloatArray, capacity: FloatArray) -> FloatArray:
    """Return how much of each lead is called when every group calls its highest scores first. Shape (n,), 0 to 1.

    Parameters
    ----------
    group : int array of shape (n,), the day (or week) of each lead
    score : float array of shape (n,)
    capacity : float array of shape (n,)
        How many calls the lead's group has; a part of a call counts as that part.

    >>> share_called(np.array([0, 0, 0, 1]), np.array([0.9, 0.5, 0.5, 0.1]), np.array([2.0, 2, 2, 2])).tolist()
    [1.0, 0.5, 0.5, 1.0]
    """
    order = np.lexsort((-score, group))
    ordered_group, ordered = group[order], score[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered_group[1:] != ordered_group[:-1]]))
    ties = np.flatnonzero(
        np.concatenate([[True], (ordered_group[1:] != ordered_group[:-1]) | (ordered[1:] != ordered[:-1])])
    )
    position = np.arange(len(order))
    group_start = starts[np.searchsorted(starts, position, side="right") - 1]
    tie = np.searchsorted(ties, position, side="right") - 1
    sizes = np.diff(np.append(ties, len(order)))
    calls_above = ties[tie] - group_start
    # Tied leads share the calls that are left: with one call left for two of them, each counts as half called.
    share = np.empty(len(order))
    share[order] = np.clip((capacity[order] - calls_above) / sizes[tie], 0, 1)
    return share


def capacities(counts: IntArray) -> list[int]:
    """Return the daily (or weekly) numbers of calls to report: round numbers near 5, 10, 20, 30 and 50% of the leads.

    >>> capacities(np.array([190, 210]))
    [10, 20, 40, 60, 100]
    """
    mean = float(np.mean(counts))
    targets = (max(1.0, mean * share) for share in (0.05, *SHARES))
    return sorted({int(round(calls)) if calls < 15 else int(round(calls, -1)) for calls in targets})


def gain_by_capacity(
    group: IntArray, score: FloatArray, worth: FloatArray, capacity: FloatArray, weights: np.ndarray
) -> tuple[FloatArray, FloatArray]:
    """Compute the value captured by the calls, and its share of all value, for each row of group weights.

    Parameters
    ----------
    group : int array of shape (n,), 0 to groups - 1
    worth : float array of shape (n,), 1 for a booking or its value
    capacity : float array of shape (n,)
    weights : float array of shape (draws, groups)
        How often each day counts.

    Returns
    -------
    captured : float array of shape (draws,), summed
    share : float array of shape (draws,), NaN where there is nothing to capture
    """
    groups = weights.shape[1]
    captured = weights @ np.bincount(group, worth * share_called(group, score, capacity), groups)
    total = weights @ np.bincount(group, worth, groups)
    return captured, captured / np.where(total > 0, total, np.nan)


def lift_by_capacity(
    arrived: TimeArray,
    label: FloatArray,
    scores: Mapping[str, FloatArray],
    value: FloatArray | None = None,
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
) -> dict[str, Any] | None:
    """Compute the share of bookings within the first calls, for every order and capacity; None without dates.

    Parameters
    ----------
    arrived : datetime64[us] array of shape (n,), on the practice's clock
    label : float array of shape (n,), 1 or 0
    scores : dict
        Order -> score of shape (n,); "Leadlight", a probability, among them: the others are compared with it in the
        same resamples.
    value : float array of shape (n,), optional
        What a booking of the lead would be worth; NaN not known.

    Returns
    -------
    dict of JSON values
    """
    if np.isnat(arrived).any() or not label.sum():
        return None
    days = arrived.astype("datetime64[D]")
    a_day = len(days) / max(1, len(np.unique(days)))
    unit = "day" if a_day >= _MIN_LEADS_PER_DAY else "week"
    # Weeks begin on Monday; day 4 since 1970, 5 January, was one.
    period = days if unit == "day" else days - (days.astype(int) - 4) % 7 * np.timedelta64(1, "D")
    group = np.unique(period, return_inverse=True)[1]
    counts = np.bincount(group)
    # Row 0 counts each day once: it gives the estimate, the other rows its interval.
    weights = np.concatenate(
        [
            np.ones((1, len(counts))),
            np.random.default_rng(bootstrap.seed).poisson(1.0, (bootstrap.resamples, len(counts))),
        ]
    )
    capacity_levels = [("calls", calls, np.full(len(group), float(calls))) for calls in capacities(counts)]
    capacity_levels += [("share", share, share * counts[group].astype(float)) for share in SHARES]
    probability = scores["Leadlight"]
    rows = [
        {
            "kind": kind,
            "capacity": size,
            "expected": _gain_per_group(group, probability, probability, capacity, weights),
        }
        | _compare_orders(group, label, scores, capacity, weights)
        for kind, size, capacity in capacity_levels
    ]
    weeks = max(float((days.max() - days.min()) / np.timedelta64(1, "D") + 1) / 7, 1e-9)
    return {
        "unit": unit,
        "groups": len(counts),
        "leads_per_group": round(float(counts.mean()), 1),
        "bookings_per_week": round(float(label.sum()) / weeks, 2),
        "rows": rows,
        "money": _money(group, label, scores, value, counts, weights),
    }


def _compare_orders(
    group: IntArray, worth: FloatArray, scores: Mapping[str, FloatArray], capacity: FloatArray, weights: np.ndarray
) -> dict[str, Any]:
    """Compare the orders at one capacity: bookings a day, share captured, and how far Leadlight is ahead."""
    shares, bookings = {}, {}
    for name, score in scores.items():
        captured, shares[name] = gain_by_capacity(group, score, worth, capacity, weights)
        # A resample may hold no day at all; 0 bookings on no days are 0 a day.
        bookings[name] = captured / weights.sum(axis=1).clip(1)
    ahead = {name: shares["Leadlight"] - share for name, share in shares.items() if name != "Leadlight"}
    return {
        title: {name: _interval(values).to_list() for name, values in draws.items()}
        for title, draws in (("found", shares), ("bookings", bookings), ("ahead", ahead))
    }


def _gain_per_group(
    group: IntArray, score: FloatArray, worth: FloatArray, capacity: FloatArray, weights: np.ndarray
) -> list[float | None]:
    """Compute what the calls capture on an average day (or week)."""
    return _interval(
        gain_by_capacity(group, score, worth, capacity, weights)[0] / weights.sum(axis=1).clip(1)
    ).to_list()


def _money(
    group: IntArray,
    label: FloatArray,
    scores: Mapping[str, FloatArray],
    value: FloatArray | None,
    counts: IntArray,
    weights: np.ndarray,
) -> dict[str, Any] | None:
    """Compare the orders in money at one fifth of the leads, for the bookings whose service has a value."""
    if value is None or not (has_value := ~np.isnan(value) & (label == 1)).any():
        return None
    # A booking without a stated value counts 0: it can be found, and brings nothing that is known.
    comparison = _compare_orders(group, np.where(has_value, value, 0.0), scores, 0.2 * counts[group], weights)
    return {
        "capacity": 0.2,
        "bookings_with_value": int(has_value.sum()),
        "bookings": int(label.sum()),
        "found": comparison["found"],
        "per_group": comparison["bookings"],
        "ahead": comparison["ahead"],
    }


def _interval(values: FloatArray) -> Interval:
    """Return the first value with the 95% interval of the rest, which are its resamples."""
    rest = values[1:][~np.isnan(values[1:])]
    low, high = np.percentile(rest, (2.5, 97.5)) if len(rest) else (np.nan, np.nan)
    return Interval(float(values[0]), float(low), float(high))
