"""Invented spending of two months, day by day, whose click rate and price of a click are known in the long run.

Lives here: drawing it. It shares no code with the estimators. Does not live here: a practice's months of spending
(``simulated_practices``)."""

from dataclasses import dataclass

import numpy as np

__all__ = ["DailyAds", "simulate_daily_ads"]


@dataclass(frozen=True)
class DailyAds:
    """Days before today (0 today), money, impressions, clicks of one source; price and click rate in the long run."""

    days_ago: np.ndarray
    amount: np.ndarray
    impressions: np.ndarray
    clicks: np.ndarray
    price: float
    click_rate: float


def simulate_daily_ads(seed, days=None):
    """Invent one source: six weeks and a half, in two months that differ by 12 of 100 and weeks by up to 20."""
    rng = np.random.default_rng([seed, 31])
    days = days or 45
    price, rate = rng.uniform(0.5, 9.0), rng.uniform(0.005, 0.1)
    days_ago = np.arange(days)
    by_month = np.exp(rng.normal(0, 0.12, (2, 3)) - 0.12**2 / 2)[:, (days_ago + 15) // 30]
    spread = rng.uniform(0, 0.2)
    by_week = np.exp(rng.normal(0, spread, (2, 10)) - spread**2 / 2)[:, days_ago // 7]
    amount = rng.uniform(20, 400) * rng.lognormal(0, 0.18, days)
    clicks = rng.poisson(amount / price * by_month[0] * by_week[0]).astype(float)
    impressions = clicks + rng.poisson(clicks * (1 / rate - 1) * by_month[1] * by_week[1])
    return DailyAds(days_ago, amount, impressions, clicks, price, rate)
