"""Invented waiting, tries and missed calls, of which the differences and the long-run shares are known.

It shares no code with the estimators that it is there to judge."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Tries", "Waits", "simulate_missed", "simulate_tries", "simulate_waits"]


@dataclass
class Waits:
    """group, stratum, soon: arrays of shape (n,). difference: of the first group from all others that came alike."""

    group: np.ndarray
    stratum: np.ndarray
    soon: np.ndarray
    difference: float


def simulate_waits(seed):
    """Invent one practice: six channels and months, three groups who come by them in different shares."""
    rng = np.random.default_rng([seed, 71])
    leads = int(rng.integers(400, 6_000))
    stratum = rng.integers(0, int(rng.integers(4, 60)), leads)
    level = rng.uniform(0.2, 0.8, stratum.max() + 1)
    mix = rng.dirichlet(np.ones(3), stratum.max() + 1)
    group = (rng.random(leads)[:, None] > np.cumsum(mix[stratum], axis=1)[:, :-1]).sum(axis=1)
    difference = float(rng.choice([0.0, rng.uniform(-0.15, 0.15)]))
    soon = rng.random(leads) < level[stratum] + difference * (group == 0)
    return Waits(group, stratum, soon, difference)


@dataclass
class Tries:
    """month, days (n, 6), booked_days: arrays of n leads. rates: long-run chance of a booking after each try."""

    month: np.ndarray
    days: np.ndarray
    booked_days: np.ndarray
    rates: np.ndarray


def simulate_tries(seed):
    """Invent one practice: leads tried up to six times, each try with a chance of its own, months that differ."""
    rng = np.random.default_rng([seed, 72])
    leads, months = int(rng.integers(600, 6_000)), 12
    month = rng.integers(0, months, leads)
    rates = np.sort(rng.uniform(0.02, 0.3, 6))[::-1]
    spread = rng.uniform(0, 0.25)
    in_month = rng.normal(0, spread, months)
    days = np.full((leads, 6), np.nan)
    booked_days = np.full(leads, np.nan)
    goes_on, at = np.ones(leads, bool), rng.uniform(0.01, 0.5, leads)
    many = rng.normal(0, spread, 20_000)
    true = np.empty(6)
    for number in range(6):
        odds = np.log(rates[number] / (1 - rates[number]))
        true[number] = (1 / (1 + np.exp(-odds - many))).mean()
        days[goes_on, number] = at[goes_on]
        books = goes_on & (rng.random(leads) < 1 / (1 + np.exp(-odds - in_month[month])))
        booked_days[books] = at[books] + 0.01
        goes_on = goes_on & ~books & (rng.random(leads) < 0.8)
        at = at + rng.uniform(0.5, 3.0, leads)
    return Tries(month, days, booked_days, true)


def simulate_missed(seed):
    """Invent calls of ten half hours: (half hour, day, missed, long-run share missed of each half hour)."""
    rng = np.random.default_rng([seed, 73])
    calls = int(rng.integers(800, 8_000))
    half_hour, day = rng.integers(0, 10, calls), rng.integers(0, 336, calls)
    level, spread = rng.normal(-1.2, 0.6, 10), rng.uniform(0, 0.3)
    season = rng.normal(0, spread, (10, 12))
    missed = rng.random(calls) < 1 / (1 + np.exp(-level[half_hour] - season[half_hour, day // 28]))
    many = rng.normal(0, spread, (20_000, 1))
    return half_hour, day, missed, (1 / (1 + np.exp(-level - many))).mean(axis=0)
