"""Invented journeys whose truth is known: what wakes a wish, what only collects it, two campaigns that are never apart.

Lives here: drawing journeys, and the bookings each channel truly brings. It shares no code with the estimators that it
is there to judge. Does not live here: practices with staff and money (``simulated_practices``)."""

from dataclasses import dataclass

import numpy as np

from serving.insights.attribution.journeys import Journeys

__all__ = ["CHANNELS", "JourneyWorld", "simulate_journeys", "to_journeys"]

CHANNELS = ("brand search", "direct", "news", "radio", "search", "social")
_ADDS = {"brand search": 0.0, "direct": 0.01, "news": 0.03, "radio": 0.05, "search": 0.05, "social": 0.04}
_SHARES = {"direct": 0.2, "news": 0.1, "radio": 0.15, "search": 0.35, "social": 0.2}
_BASE = 0.02


@dataclass
class JourneyWorld:
    """Touches in order of journey and time, and for each channel the bookings that its own effect brought.

    journey, channel, days_before: of each touch. booked: of each journey. brings: channel -> bookings.
    """

    journey: np.ndarray
    channel: np.ndarray
    days_before: np.ndarray
    booked: np.ndarray
    brings: dict


def simulate_journeys(seed, journeys=20_000, multiplies=False, never_apart=False):
    """Draw journeys: one channel wakes the wish; brand search follows three in five of those that radio, social media
    or news woke; search follows one in ten.

    multiplies: whether a touch adds to the log-odds of booking rather than to its chance. never_apart: radio and news
    run together.
    """
    rng = np.random.default_rng(seed)
    woke = rng.choice(list(_SHARES), journeys, p=list(_SHARES.values()))
    had = {name: woke == name for name in CHANNELS}
    if never_apart:
        had["radio"] = had["news"] = had["radio"] | had["news"]
    had["brand search"] = np.isin(woke, ("radio", "social", "news")) & (rng.random(journeys) < 0.6)
    searched = (rng.random(journeys) < 0.1) & (woke != "search")
    had["search"] = had["search"] | searched

    def chance(names):
        if not multiplies:
            return _BASE + sum(_ADDS[name] * had[name] for name in names)
        odds = np.log(_BASE / (1 - _BASE)) + sum(np.log(1 + _ADDS[name] / _BASE) * had[name] for name in names)
        return 1 / (1 + np.exp(-odds))

    whole = chance(CHANNELS)
    booked = rng.random(journeys) < whole
    brings = {name: (whole - chance([other for other in CHANNELS if other != name])).sum() for name in CHANNELS}
    order = {"radio": 0, "news": 0, "social": 0, "direct": 0, "brand search": 1, "search": 2}
    rows = []
    for name in CHANNELS:
        of = np.flatnonzero(had[name])
        position = np.where((woke[of] == name) | (order[name] == 0), 0, order[name])
        rows.append((of, np.full(len(of), name, object), position))
    journey, channel, position = (np.concatenate(part) for part in zip(*rows, strict=True))
    order = np.lexsort((position, journey))
    return JourneyWorld(journey[order], channel[order], 6.0 - 2.0 * position[order], booked, brings)


def to_journeys(world):
    """Return the journeys as the estimators take them; each is its own inquiry."""
    names = tuple(sorted(set(world.channel.tolist())))
    code, every = np.searchsorted(names, world.channel.astype(str)), np.arange(len(world.booked))
    return Journeys(names, world.journey, code, world.days_before, world.booked, every, every)
