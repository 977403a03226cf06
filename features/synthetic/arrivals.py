"""Who inquires when, by which channel, and who for the second time? The invented practice's arrivals.

Lives here: the simulated days, the arrivals, the second inquiries of the same people.
Does not live here: the seasons themselves (``seasonality``), what is asked (``inquiries``).
"""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from features.practice.practice import Practice
from features.synthetic import inquiries, persons, seasonality

__all__ = ["draw_arrivals", "list_days", "compute_export_time", "flag_recognizable_repeats"]

DUPLICATE_SHARE = 0.085
AFTER_DAYS = 30
MINUTE = 60.0


def compute_export_time(days: list[date], end: int, practice: Practice) -> float:
    """Return midnight at the start of day number ``end``, seconds since 1970 UTC."""
    return float(seasonality.to_utc(np.array([float(end)]), np.zeros(1), days[0], practice.zone)[0])


def list_days(until: date, months: int) -> tuple[list[date], int]:
    """List all simulated days; also return how many of them come before the export."""
    index = until.year * 12 + until.month - 1 - months
    first = date(index // 12, index % 12 + 1, 1) if until.day == 1 else until - timedelta(days=round(months * 30.44))
    return seasonality.days_between(first, until + timedelta(days=AFTER_DAYS)), (until - first).days


def draw_arrivals(leads: int, days: list[date], end: int, practice: Practice, rng: np.random.Generator) -> pd.DataFrame:
    """Draw who inquires when by which channel, in order of time.

    ``leads`` rows come before the export; those of the month after it follow. ``first`` is the row of the same
    person's earlier inquiry, -1 for none.
    """
    weights = seasonality.day_weights(days, rng)
    again = round(leads * DUPLICATE_SHARE)
    later = round(leads * weights[end:].sum() / weights[:end].sum())
    day = np.concatenate(
        [
            rng.choice(end, leads - again, p=weights[:end] / weights[:end].sum()),
            rng.choice(np.arange(end, len(days)), later, p=weights[end:] / weights[end:].sum()),
        ]
    )
    first = np.concatenate([np.full(len(day), -1), rng.choice(leads - again, again)])
    gap = np.minimum(rng.exponential(6.0, again), 28.0)
    day = np.concatenate([day, np.minimum(day[first[len(first) - again :]] + gap.astype(int), end - 1)])
    drift = day >= end - seasonality.DRIFT_DAYS
    channel = np.where(
        drift,
        persons.draw_weighted(rng, inquiries.DRIFT_CHANNELS, len(day)),
        persons.draw_weighted(rng, inquiries.CHANNELS, len(day)),
    )
    rhythm = np.array([inquiries.RHYTHMS.get(name, "web") for name in channel], dtype=object)
    created = seasonality.to_utc(day, seasonality.draw_hours(rhythm, rng), days[0], practice.zone)
    created = _move_after_first(created, first, compute_export_time(days, end, practice), rng)
    channel[(channel == "inbound_call") & ~seasonality.is_open(created, practice.zone)] = "missed_call"
    person = np.where(first < 0, np.arange(len(day)), first)
    return _sort_by_time(
        pd.DataFrame(
            {
                "created": created,
                "channel": channel,
                "person": person,
                "first": first,
                "drift": drift,
                "day": day,
                "month": np.array([d.month for d in days])[day],
            }
        )
    )


def _move_after_first(created: np.ndarray, first: np.ndarray, end: float, rng: np.random.Generator) -> np.ndarray:
    """Return ``created`` with every second inquiry moved after its first, and before the export."""
    again, created = first >= 0, created.copy()
    earlier = created[np.maximum(first, 0)]
    too_soon = again & (created <= earlier + 5 * MINUTE)
    pause = rng.uniform(5 * MINUTE, 300 * MINUTE, len(created))
    created[too_soon] = np.minimum(earlier + pause, (earlier + end) / 2)[too_soon]
    return created


def _sort_by_time(arrivals: pd.DataFrame) -> pd.DataFrame:
    """Sort by time, round to seconds, add ``lead_id``, and let ``first`` follow its row."""
    order = np.argsort(arrivals["created"].to_numpy(), kind="stable")
    rank = np.empty(len(order), dtype=int)
    # The inverse of a permutation: order says which row comes third, rank where row 3 has gone.
    rank[order] = np.arange(len(order))
    first = arrivals["first"].to_numpy()
    ordered = (
        arrivals.assign(first=np.where(first < 0, -1, rank[np.maximum(first, 0)]), created=arrivals["created"].round())
        .iloc[order]
        .reset_index(drop=True)
    )
    return ordered.assign(lead_id=[f"L{i:07d}" for i in range(1, len(ordered) + 1)])


def flag_recognizable_repeats(described: pd.DataFrame) -> np.ndarray:
    """Return whether a lead comes from an earlier person, and its phone number or e-mail address shows it."""
    first = described["first"].to_numpy()
    shown = described[["digits", "email"]].notna().to_numpy()
    return (first >= 0) & (shown & shown[np.maximum(first, 0)]).any(axis=1)
