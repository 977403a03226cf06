"""How many callers hang up before somebody is free? The queue with impatient callers, Erlang A.

Lives here: the share of callers who give up, the patience that explains a share that was seen.
Does not live here: a practice's calls (``phone_load``), what a call is worth (``staffing_table``).

Calls come at random at a rate, take an exponential time, and callers wait an exponential time before they give up (Palm
1957; the formulas are those of Mandelbaum and Zeltyn 2007, "Service Engineering in Action: The Palm/Erlang-A Queue",
section 3.2). Erlang's loss formula is continued to numbers of people that are not whole (Jagerman 1974), since a person
who also calls out answers a part of the time.
"""

import numpy as np
from scipy import optimize, special

from features.array_types import FloatArray

__all__ = ["LONGEST_PATIENCE", "SHORTEST_PATIENCE", "compute_abandoned", "estimate_patience"]

SHORTEST_PATIENCE, LONGEST_PATIENCE = 1 / 20, 60.0
"""Minutes: 3 seconds, and an hour."""

_TINY = 1e-290


def compute_abandoned(
    calls_per_minute: FloatArray, talk_minutes: float, people: FloatArray, patience_minutes: float
) -> FloatArray:
    """Compute the share of callers who give up before they are answered.

    Parameters
    ----------
    calls_per_minute, people : float arrays of shape (k,), greater than 0
    talk_minutes, patience_minutes : float, greater than 0
        Means.

    Returns
    -------
    float array of shape (k,), 0 to 1

    Notes
    -----
    With x = people * patience / talk and y = calls * patience, their function A(x, y) is Kummer's 1F1(1; x + 1; y).

    >>> compute_abandoned(np.array([1.0, 1.0]), 3.0, np.array([3.0, 4.0]), 2.0).round(3)
    array([0.245, 0.122])
    """
    load = calls_per_minute * talk_minutes
    below = special.gammaincc(people + 1, load)
    # With so many calls the function is 0 to the last digit: everybody is busy, and what is above that is lost.
    crowded = np.maximum(1 - people / load, 0.0)
    exact = np.exp(people * np.log(load) - load - special.gammaln(people + 1)) / np.maximum(below, _TINY)
    blocked = np.where(below > _TINY, exact, crowded)
    growth = special.hyp1f1(1.0, people * patience_minutes / talk_minutes + 1, calls_per_minute * patience_minutes)
    # One over it stays a number where the function itself is too large to be one.
    shrink = 1 / growth
    waits = blocked / np.maximum(shrink + (1 - shrink) * blocked, _TINY)
    use = load / people
    gives_up = shrink / use + 1 - 1 / use
    # With hardly any load the two parts of the difference are equal to the last digit.
    share: FloatArray = np.clip(waits * np.clip(gives_up, 0.0, 1.0), 0.0, 1.0)
    return share


def estimate_patience(
    calls: FloatArray, missed: float, calls_per_minute: FloatArray, talk_minutes: float, people: FloatArray
) -> float:
    """Estimate the mean patience with which as many calls are missed as were, in minutes.

    Parameters
    ----------
    calls : float array of shape (k,)
        Calls of each period.
    missed : float
        Of all of them.

    Returns
    -------
    float
        NaN where even the most impatient callers would not explain that so many were missed; the longest patience where
        hardly any was.

    >>> calls, people = np.array([300.0, 600.0]), np.array([2.0, 3.0])
    >>> missed = float((calls * compute_abandoned(calls / 600, 3.0, people, 2.0)).sum())
    >>> round(estimate_patience(calls, missed, calls / 600, 3.0, people), 6)
    2.0
    """

    def exceed(log_patience: float) -> float:
        share = compute_abandoned(calls_per_minute, talk_minutes, people, float(np.exp(log_patience)))
        return float((calls * share).sum()) - missed

    low, high = np.log(SHORTEST_PATIENCE), np.log(LONGEST_PATIENCE)
    if exceed(low) < 0:
        return float("nan")
    if exceed(high) > 0:
        return LONGEST_PATIENCE
    return float(np.exp(optimize.brentq(exceed, low, high, xtol=1e-6)))
