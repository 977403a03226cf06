"""Invented phones: calls, people who answer them, and callers who hang up, one event after another.

Lives here: a queue that is played, and the shares of its states from its balance equations. It shares no code and no
formula with the estimator. Does not live here: the rest of a practice (``simulated_practices``)."""

from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

__all__ = ["Phones", "play_queue", "simulate_phones", "solve_abandoned"]


def solve_abandoned(calls, talk, people, patience, most=400):
    """The share of callers who give up in the long run, from the balance of each state with the next one."""
    weight = np.ones(most)
    for state in range(1, most):
        leaves = min(state, people) / talk + max(state - people, 0) / patience
        weight[state] = weight[state - 1] * calls / leaves
        if weight[state] > 1e200:
            weight /= weight[state]
    share = weight / weight.sum()
    waiting = np.maximum(np.arange(most) - people, 0)
    return float((share * waiting).sum() / patience / calls)


def play_queue(calls, talk, people, patience, minutes, rng):
    """Play a queue: when each caller came, and whether somebody answered."""
    count = rng.poisson(calls * minutes)
    came = np.sort(rng.random(count) * minutes)
    waits, talks = rng.exponential(patience, count), rng.exponential(talk, count)
    free_at, answered = [0.0] * people, np.zeros(count, bool)
    for caller in range(count):
        # First come, first served: whoever is free next answers, unless this caller has given up by then.
        soonest = heappop(free_at)
        start = max(came[caller], soonest)
        if start - came[caller] <= waits[caller]:
            answered[caller] = True
            heappush(free_at, start + talks[caller])
        else:
            heappush(free_at, soonest)
    return came, answered


@dataclass(frozen=True)
class Phones:
    """Calls and missed calls of each week and half hour, and what one more person would bring each week."""

    calls: np.ndarray
    missed: np.ndarray
    people: np.ndarray
    talk: float
    patience: float
    answered_bookings: tuple[int, int]
    missed_bookings: tuple[int, int]
    fewer: np.ndarray
    bookings: np.ndarray


def simulate_phones(seed, weeks=None):
    """Invent one practice: half hours from 8 to 18, Monday to Friday, two to four people, a rush in the morning.

    Each half hour begins with the queue as it is in the long run: it is played for two hours before.
    """
    rng = np.random.default_rng([seed, 41])
    weeks = weeks or int(rng.integers(16, 40))
    talk, patience = rng.uniform(3, 7), rng.uniform(0.5, 5)
    slots = 20
    people = rng.integers(2, 5, slots)
    use = rng.uniform(0.35, 0.9, slots)
    rate = use * people / talk
    calls, missed = np.zeros((weeks, slots)), np.zeros((weeks, slots))
    for slot in range(slots):
        for week in range(weeks):
            for _ in range(5):
                came, answered = play_queue(rate[slot], talk, people[slot], patience, 90.0, rng)
                inside = came >= 60
                calls[week, slot] += inside.sum()
                missed[week, slot] += (inside & ~answered).sum()
    chances = rng.uniform(0.3, 0.5), rng.uniform(0.05, 0.3)
    asked = int(calls.sum() - missed.sum()) // 3, int(missed.sum()) // 3
    bookings = [(int(rng.binomial(count, chance)), count) for count, chance in zip(asked, chances, strict=True)]
    fewer = np.array(
        [
            150
            * rate[i]
            * (solve_abandoned(rate[i], talk, n, patience) - solve_abandoned(rate[i], talk, n + 1, patience))
            for i, n in enumerate(people.tolist())
        ]
    )
    fewer = np.append(fewer, fewer.sum())
    return Phones(
        calls, missed, people.astype(float), talk, patience, *bookings, fewer, fewer * (chances[0] - chances[1])
    )
