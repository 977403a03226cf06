"""What is the order worth at the call desk? Of the bookings among a day's leads, how many stand within the first calls.

Lives here: lift by call capacity, day by day; bookings and, where services have a value, money.
Does not live here: figures that need no calendar (``evaluate``), drawing them (``plots``).

A day's leads are ordered among themselves, as the desk sees them when it plans its calls; whoever ties shares a place.
All of it is association: bookings are counted where they happened, whoever was called then. It says how the order would
have found them, not what a call does."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from features.array_types import FloatArray, IntArray, TimeArray
from training.evaluation.metrics import Interval

__all__ = ["share_called", "capacities", "gain_by_capacity", "lift_by_capacity"]

SHARES = (0.1, 0.2, 0.3, 0.5)
"""Parts of the leads that a desk may be able to call first."""

_MIN_LEADS_PER_DAY = 8.0
"""Below so many leads a day the first calls of a day mean little, and whole weeks are looked at."""


def share_called(group: IntArray, score: FloatArray, capacity: FloatArray) -> FloatArray:
    """How much of each lead is called when every group calls its highest scores first. Shape (n,), 0 to 1.

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
    place = np.arange(len(order))
    group_start = starts[np.searchsorted(starts, place, side="right") - 1]
    tie = np.searchsorted(ties, place, side="right") - 1
    sizes = np.diff(np.append(ties, len(order)))
    before = ties[tie] - group_start
    share = np.empty(len(order))
    share[order] = np.clip((capacity[order] - before) / sizes[tie], 0, 1)
    return share


def capacities(counts: IntArray) -> list[int]:
    """Calls of a day (or week) that are worth looking at, from how many leads come: round numbers at about 5, 10, 20,
    30 and 50 in 100.

    >>> capacities(np.array([190, 210]))
    [10, 20, 40, 60, 100]
    """
    mean = float(np.mean(counts))
    wanted = (max(1.0, mean * share) for share in (0.05, *SHARES))
    return sorted({int(round(one)) if one < 15 else int(round(one, -1)) for one in wanted})


def gain_by_capacity(
    group: IntArray, score: FloatArray, worth: FloatArray, capacity: FloatArray, weights: np.ndarray
) -> tuple[FloatArray, FloatArray]:
    """Worth found among the leads that are called, and share of all worth, for each row of group weights.

    Parameters
    ----------
    group : int array of shape (n,), 0 to groups - 1
    worth : float array of shape (n,), 1 for a booking or its value
    capacity : float array of shape (n,)
    weights : float array of shape (draws, groups)
        How often each day counts.

    Returns
    -------
    found : float array of shape (draws,), summed
    share : float array of shape (draws,), NaN where there is nothing to find
    """
    groups = weights.shape[1]
    found = weights @ np.bincount(group, worth * share_called(group, score, capacity), groups)
    every = weights @ np.bincount(group, worth, groups)
    return found, found / np.where(every > 0, every, np.nan)


def lift_by_capacity(
    arrived: TimeArray,
    label: FloatArray,
    scores: Mapping[str, FloatArray],
    value: FloatArray | None = None,
    resamples: int = 300,
    seed: int = 7,
) -> dict[str, Any] | None:
    """Share of the bookings within the first calls, for every order and capacity, as JSON values; None without dates.

    Parameters
    ----------
    arrived : datetime64[us] array of shape (n,), on the practice's clock
    label : float array of shape (n,), 1 or 0
    scores : dict
        Order -> score of shape (n,); "Leadlight", a probability, among them: the others are compared with it in the
        same resamples.
    value : float array of shape (n,), optional
        What a booking of the lead would be worth; NaN not known.
    """
    if np.isnat(arrived).any() or not label.sum():
        return None
    days = arrived.astype("datetime64[D]")
    a_day = len(days) / max(1, len(np.unique(days)))
    unit = "day" if a_day >= _MIN_LEADS_PER_DAY else "week"
    opened = (
        days if unit == "day" else days - (days.astype(int) - 4) % 7 * np.timedelta64(1, "D")
    )  # 1970-01-05 was a Monday
    group = np.unique(opened, return_inverse=True)[1]
    counts = np.bincount(group)
    weights = np.concatenate(
        [np.ones((1, len(counts))), np.random.default_rng(seed).poisson(1.0, (resamples, len(counts)))]
    )
    wanted = [("calls", one, np.full(len(group), float(one))) for one in capacities(counts)]
    wanted += [("share", one, one * counts[group].astype(float)) for one in SHARES]
    said = scores["Leadlight"]
    rows = [
        {"kind": kind, "capacity": size, "expected": _gain_per_group(group, said, said, capacity, weights)}
        | _compare_orders(group, label, scores, capacity, weights)
        for kind, size, capacity in wanted
    ]
    weeks = max(float((days.max() - days.min()) / np.timedelta64(1, "D") + 1) / 7, 1e-9)
    found = {
        "unit": unit,
        "groups": len(counts),
        "leads_per_group": round(float(counts.mean()), 1),
        "bookings_per_week": round(float(label.sum()) / weeks, 2),
        "rows": rows,
    }
    return found | {"money": _money(group, label, scores, value, counts, weights)}


def _compare_orders(
    group: IntArray, worth: FloatArray, scores: Mapping[str, FloatArray], capacity: FloatArray, weights: np.ndarray
) -> dict[str, Any]:
    """Every order at one capacity: bookings a day, share found, and how far Leadlight is ahead."""
    shares, bookings = {}, {}
    for name, score in scores.items():
        found, shares[name] = gain_by_capacity(group, score, worth, capacity, weights)
        bookings[name] = found / weights.sum(axis=1).clip(1)
    ahead = {name: shares["Leadlight"] - share for name, share in shares.items() if name != "Leadlight"}
    return {
        title: {name: _interval(values).plain() for name, values in made.items()}
        for title, made in (("found", shares), ("bookings", bookings), ("ahead", ahead))
    }


def _gain_per_group(
    group: IntArray, score: FloatArray, worth: FloatArray, capacity: FloatArray, weights: np.ndarray
) -> list[float | None]:
    """What is found on an average day (or week)."""
    return _interval(gain_by_capacity(group, score, worth, capacity, weights)[0] / weights.sum(axis=1).clip(1)).plain()


def _money(
    group: IntArray,
    label: FloatArray,
    scores: Mapping[str, FloatArray],
    value: FloatArray | None,
    counts: IntArray,
    weights: np.ndarray,
) -> dict[str, Any] | None:
    """The same in money at one fifth of the leads, for the bookings whose service has a value."""
    if value is None or not (known := ~np.isnan(value) & (label == 1)).any():
        return None
    made = _compare_orders(group, np.where(known, value, 0.0), scores, 0.2 * counts[group], weights)
    return {
        "capacity": 0.2,
        "bookings_with_value": int(known.sum()),
        "bookings": int(label.sum()),
        "found": made["found"],
        "per_group": made["bookings"],
        "ahead": made["ahead"],
    }


def _interval(values: FloatArray) -> Interval:
    """The first value with the 95% interval of the rest."""
    rest = values[1:][~np.isnan(values[1:])]
    low, high = np.percentile(rest, (2.5, 97.5)) if len(rest) else (np.nan, np.nan)
    return Interval(float(values[0]), float(low), float(high))
