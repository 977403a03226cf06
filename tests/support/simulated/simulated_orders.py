"""Invented practices in which some leads are called in order of arrival, by chance, and some fit a rule.

Lives here: drawing bookings whose difference by order is known, a score that tells something, a rule that tells less.
It shares no code with the estimators. Does not live here: the rest of a practice (``simulated_practices``)."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Orders", "simulate_orders"]


@dataclass(frozen=True)
class Orders:
    """Leads of a year: month, chance of a booking, whether it came, the order, the score, the rule.

    gain: bookings of 100 more, of the same leads, had all been called by score instead of by arrival. rule_gain: those
    of the leads that fit the rule above the others. top_gain: the booking rate of as many by the score, less that of
    the rule's.
    """

    month: np.ndarray
    booked: np.ndarray
    arrival: np.ndarray
    log_odds: np.ndarray
    fits: np.ndarray
    gain: float
    rule_gain: float
    top_gain: float


def simulate_orders(seed, leads=None, share=None, effect=None):
    """Invent one practice; leads from 1,500 to 12,000, a share from 5 to 25 of 100."""
    rng = np.random.default_rng([seed, 77])
    leads = leads or int(rng.integers(1_500, 12_000))
    share = rng.choice([0.05, 0.1, 0.25]) if share is None else share
    effect = rng.uniform(-0.3, 0.6) if effect is None else effect
    month = np.sort(rng.integers(0, 12, leads))
    season = rng.normal(0, rng.uniform(0, 0.2), 12)[month]
    quality = rng.normal(0, 1, leads)
    level = rng.uniform(-1.6, -0.4)

    def chance_of(by_arrival):
        return 1 / (1 + np.exp(-(level + season + quality + np.where(by_arrival, 0.0, effect))))

    arrival = rng.random(leads) < share
    chance = chance_of(arrival)
    fits = quality + rng.normal(0, rng.uniform(0.5, 3.0), leads) > rng.uniform(0.3, 1.0)
    log_odds = quality + rng.normal(0, rng.uniform(0.3, 2.0), leads)
    booked = rng.random(leads) < chance
    top = np.argsort(-log_odds, kind="stable")[: int(fits.sum())]
    return Orders(
        month,
        booked,
        arrival,
        log_odds,
        fits,
        100 * float((chance_of(np.zeros(leads, bool)) - chance_of(np.ones(leads, bool))).mean()),
        100 * float(chance[fits].mean() - chance[~fits].mean()),
        100 * float(chance[top].mean() - chance[fits].mean()),
    )
