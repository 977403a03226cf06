"""Invented practices for the statistics: thousands of leads in a second, without a word of text, whose truth is known.

Lives here: drawing a practice, its leads and what becomes of them, and the true value of each figure. It shares no code
with the estimators that it is there to judge. Does not live here: the demo practice with messages
(``features.synthetic``)."""

from dataclasses import dataclass, field

import numpy as np

__all__ = ["Practice", "Truth", "simulate"]

CHANNELS = ("call", "chat", "form", "partner", "referral")
SERVICES = ("back", "hip", "knee", "spine")
PAYERS = ("plan a", "plan b", "self")
STAFF = ("ana", "ben", "cy", "dee", "eli", "fay")
BANDS = np.array([5.0, 60.0, 240.0, 1440.0])
"""Minutes to the first response that divide the waiting bands."""


def expit(x):
    return 1 / (1 + np.exp(-x))


@dataclass
class Truth:
    """What is true of an invented practice.

    click_price, click_rate: money for a click and clicks for an impression of each channel that is clicked on.
    channel_rate: long-run booking rate of each channel. channel_cost: money per booking in the long run, and the same
    per treated patient. final: booked and treated in the end, per lead. staff: bookings above the team's average for
    the same leads, per lead. band_rate: booking rate if all leads had waited so long. expected: arrivals and mean
    chances of the last two full months.
    """

    channel_rate: dict = field(default_factory=dict)
    channel_cost: dict = field(default_factory=dict)
    treated_cost: dict = field(default_factory=dict)
    lead_cost: dict = field(default_factory=dict)
    returned: dict = field(default_factory=dict)
    final_booked: np.ndarray = None
    final_treated: np.ndarray = None
    staff: dict = field(default_factory=dict)
    band_rate: np.ndarray = None
    change: dict = field(default_factory=dict)
    click_price: dict = field(default_factory=dict)
    click_rate: dict = field(default_factory=dict)


@dataclass
class Practice:
    """Raw arrays, times in days since the first day; as_of is the last day."""

    arrived: np.ndarray
    month: np.ndarray
    channel: np.ndarray
    service: np.ndarray
    payer: np.ndarray
    staff: np.ndarray
    response_minutes: np.ndarray
    booked_days: np.ndarray
    attended_days: np.ndarray
    treated_days: np.ndarray
    recording_days: np.ndarray
    lost_days: np.ndarray
    value: np.ndarray
    spend_month: np.ndarray
    spend_channel: np.ndarray
    spend_amount: np.ndarray
    impressions: np.ndarray
    clicks: np.ndarray
    as_of: float
    months: int
    truth: Truth


MONTH = 30.0


def simulate(seed, months=15, leads_a_month=None, staff_spread=None):
    """Invent one practice: 15 months of 30 days, the last one half over."""
    rng = np.random.default_rng(seed)
    staff_spread = rng.uniform(0, 0.5) if staff_spread is None else staff_spread
    leads_a_month = leads_a_month or int(rng.integers(150, 600))
    n_channels = len(CHANNELS)
    share = rng.dirichlet(np.full(n_channels, 6.0))
    level = rng.normal(-0.9, 0.5) + rng.normal(0, 0.5, n_channels)
    service_effect, payer_effect = rng.normal(0, 0.45, len(SERVICES)), rng.normal(0, 0.3, len(PAYERS))
    month_sd, channel_month_sd = rng.uniform(0, 0.25), rng.uniform(0, 0.15)
    volume_sd = rng.uniform(0.02, 0.2)
    daily_shape = rng.uniform(3, 30)
    band_effect = np.sort(rng.normal(0, 0.3, 5))[::-1]
    staff_effect = rng.normal(0, staff_spread, len(STAFF))
    hard = rng.integers(0, len(STAFF))
    service_mix = np.stack([rng.dirichlet(np.full(len(SERVICES), 5.0)) for _ in CHANNELS])
    payer_mix = np.stack([rng.dirichlet(np.full(len(PAYERS), 5.0)) for _ in CHANNELS])
    band_mix = np.stack([rng.dirichlet(np.full(5, 4.0)) for _ in CHANNELS])
    # In half of the practices people wait differently in the last full month.
    band_mix_then = np.stack([rng.dirichlet(np.full(5, 4.0)) for _ in CHANNELS]) if rng.random() < 0.5 else band_mix
    hidden_sd = 0.6
    month_effect = rng.normal(0, month_sd, months)
    channel_month = rng.normal(0, channel_month_sd, (n_channels, months))
    volume = np.exp(rng.normal(0, volume_sd, (n_channels, months)) - volume_sd**2 / 2)

    # Arrivals by day, more on weekdays, clumped.
    days = np.arange(int(months * MONTH - MONTH / 2))
    weekday = np.where(days % 7 < 5, 1.15, 0.625)
    day_month = (days // MONTH).astype(int)
    rate = leads_a_month / MONTH * share[:, None] * volume[:, day_month] * weekday
    clump = rng.gamma(daily_shape, 1 / daily_shape, rate.shape)
    counts = rng.poisson(rate * clump)
    channel = np.repeat(np.repeat(np.arange(n_channels), len(days)), counts.ravel())
    arrived = np.repeat(np.tile(days, n_channels), counts.ravel()) + rng.random(counts.sum())
    order = np.argsort(arrived)
    channel, arrived = channel[order], arrived[order]
    n = len(arrived)
    month = (arrived // MONTH).astype(int)

    def draw_by(mix, rows):
        return (rng.random(len(rows))[:, None] > np.cumsum(mix[rows], axis=1)[:, :-1]).sum(axis=1)

    service, payer, band = draw_by(service_mix, channel), draw_by(payer_mix, channel), draw_by(band_mix, channel)
    band = np.where(month == months - 2, draw_by(band_mix_then, channel), band)
    hidden = rng.normal(0, hidden_sd, n)
    staff_weights = rng.dirichlet(np.full(len(STAFF), 4.0))
    staff = rng.choice(len(STAFF), n, p=staff_weights)
    # One member gets most of the hardest service.
    hardest = int(np.argmin(service_effect))
    staff = np.where((service == hardest) & (rng.random(n) < 0.6), hard, staff)

    who = level[channel] + service_effect[service] + payer_effect[payer] + hidden
    lasting = who + band_effect[band]
    season = month_effect[month] + channel_month[channel, month]
    chance = expit(lasting + season + staff_effect[staff])
    booked = rng.random(n) < chance
    attended = booked & (rng.random(n) < 0.83)
    treated = attended & (rng.random(n) < 0.6)
    top = [5.0, 60.0, 240.0, 1440.0, 4000.0]
    bottom = [0.0, 5.0, 60.0, 240.0, 1440.0]
    response = rng.uniform(np.array(bottom)[band], np.array(top)[band])
    # People book once we have answered.
    booked_days = np.where(booked, np.minimum(response / 1440 + 0.001 + rng.gamma(0.6, 6.0, n), 29.5), np.nan)
    attended_days = np.where(attended, booked_days + rng.gamma(2.0, 4.0, n).clip(0, 29), np.nan)
    treated_days = np.where(treated, attended_days + rng.gamma(1.5, 5.0, n).clip(0, 29), np.nan)
    recording = np.where(rng.random(n) < 0.7, 0.01, rng.exponential(1.0, n).clip(0, 8))
    lost = ~booked & (rng.random(n) < 0.8)
    lost_days = np.where(lost, response / 1440 + rng.gamma(1.5, 5.0, n), np.nan)

    price = rng.uniform(20, 300, n_channels)
    spend_mean = price * share * leads_a_month
    spend = spend_mean[:, None] * np.exp(rng.normal(0, 0.15, (n_channels, months)) - 0.15**2 / 2)
    part = np.ones(months)
    part[-1] = 0.5
    spend = spend * part

    truth = Truth(final_booked=booked, final_treated=treated)
    # Long-run rates: many new leads in many new months.
    m = 60_000
    for c, name in enumerate(CHANNELS):
        rows = np.full(m, c)
        s, p, b = draw_by(service_mix, rows), draw_by(payer_mix, rows), draw_by(band_mix, rows)
        member = rng.choice(len(STAFF), m, p=staff_weights)
        member = np.where((s == hardest) & (rng.random(m) < 0.6), hard, member)
        x = level[c] + service_effect[s] + payer_effect[p] + rng.normal(0, hidden_sd, m) + band_effect[b]
        x = x + rng.normal(0, month_sd, m) + rng.normal(0, channel_month_sd, m) + staff_effect[member]
        truth.channel_rate[name] = float(expit(x).mean())
        bookings = share[c] * leads_a_month * truth.channel_rate[name]
        truth.channel_cost[name] = float(spend_mean[c] / bookings)
        truth.lead_cost[name] = float(price[c])
        truth.returned[name] = float(bookings * 0.83 * 0.6 * np.exp(7 + 0.5**2 / 2) / spend_mean[c])
        truth.treated_cost[name] = float(spend_mean[c] / bookings / (0.83 * 0.6))
    # Each member against the team's average on the same leads; the weights are how often each one answers.
    weights = np.bincount(staff, minlength=len(STAFF)) / n
    lone = lasting + season
    team = sum(w * expit(lone + e) for w, e in zip(weights, staff_effect, strict=True))
    for j, name in enumerate(STAFF):
        truth.staff[name] = float((chance - team)[staff == j].mean())
    truth.band_rate = np.array([expit(who + effect + season + staff_effect[staff]).mean() for effect in band_effect])
    # The last full month against the one before.
    last, before = months - 2, months - 3
    numbers, mean, mean_who, mean_wait = {}, {}, {}, {}
    usual = np.bincount(band, minlength=5) / n
    typical_month = rng.normal(0, np.hypot(month_sd, channel_month_sd), 40)
    for label, t in (("now", last), ("before", before)):
        weekdays = weekday[day_month == t].sum()
        numbers[label] = float(leads_a_month / MONTH * (share * volume[:, t]).sum() * weekdays)
        mix = share * volume[:, t] / (share * volume[:, t]).sum()
        rows = rng.choice(n_channels, m, p=mix)
        s, p, b = draw_by(service_mix, rows), draw_by(payer_mix, rows), draw_by(band_mix, rows)
        if t == last:
            b = draw_by(band_mix_then, rows)
        member = rng.choice(len(STAFF), m, p=staff_weights)
        member = np.where((s == hardest) & (rng.random(m) < 0.6), hard, member)
        w = level[rows] + service_effect[s] + payer_effect[p] + rng.normal(0, hidden_sd, m) + staff_effect[member]
        mean[label] = float(expit(w + band_effect[b] + month_effect[t] + channel_month[rows, t]).mean())
        season = rng.choice(typical_month, m)
        mean_wait[label] = float(expit(w + band_effect[b] + season).mean())
        mean_who[label] = float(sum(u * expit(w + e + season).mean() for u, e in zip(usual, band_effect, strict=True)))
    rate_between = (mean["now"] + mean["before"]) / 2
    number_between = (numbers["now"] + numbers["before"]) / 2
    truth.change = {
        "volume": (numbers["now"] - numbers["before"]) * rate_between,
        "mix": number_between * (mean_who["now"] - mean_who["before"]),
        "response": number_between
        * ((mean_wait["now"] - mean_who["now"]) - (mean_wait["before"] - mean_who["before"])),
        "conversion": number_between * ((mean["now"] - mean_wait["now"]) - (mean["before"] - mean_wait["before"])),
        "total": numbers["now"] * mean["now"] - numbers["before"] * mean["before"],
    }
    as_of = float(len(days))
    return Practice(
        arrived,
        month,
        channel,
        service,
        payer,
        staff,
        response,
        booked_days,
        attended_days,
        treated_days,
        recording,
        lost_days,
        np.where(treated, rng.lognormal(7, 0.5, n), np.nan),
        np.tile(np.arange(months), n_channels),
        np.repeat(np.arange(n_channels), months),
        spend.ravel(),
        *draw_clicks(spend, seed, truth),
        as_of,
        months,
        truth,
    )


def draw_clicks(spend, seed, truth):
    """Draw impressions and clicks of each channel and month; nobody clicks on the last channel's ads."""
    rng = np.random.default_rng([seed, 13])
    price, rate = rng.uniform(0.5, 9.0, len(spend)), rng.uniform(0.005, 0.1, len(spend))
    price[-1] = np.nan
    truth.click_price = dict(zip(CHANNELS[:-1], price.tolist(), strict=False))
    truth.click_rate = dict(zip(CHANNELS[:-1], rate.tolist(), strict=False))
    spread = np.exp(rng.normal(0, 0.12, (2, *spend.shape)) - 0.12**2 / 2)
    clicks = rng.poisson(np.nan_to_num(spend / price[:, None] * spread[0])).astype(float)
    impressions = clicks + rng.poisson(clicks * (1 / rate[:, None] - 1) * spread[1])
    clicks[-1] = impressions[-1] = np.nan
    return impressions.ravel(), clicks.ravel()
