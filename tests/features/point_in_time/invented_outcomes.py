"""An invented history of outcomes, for the tests of rates and of the counts behind them."""

import numpy as np

from features.point_in_time.outcome_history import OutcomeHistory

NEVER = np.datetime64("NaT", "us")


def days(*numbers):
    """Noon of days of 2026, counted from the first of January."""
    return np.datetime64("2026-01-01T12:00", "us") + np.array(numbers) * np.timedelta64(1, "D")


def make_history(leads=400, seed=3):
    """A history with a frequent, a rare and an unshared channel; some bookings come long after the end."""
    rng = np.random.default_rng(seed)
    known_at = np.datetime64("2026-01-01", "us") + rng.integers(0, 90 * 86_400, leads) * np.timedelta64(1_000_000, "us")
    late = np.where(rng.random(leads) < 0.3, 20 * 86_400, 0) * np.timedelta64(1_000_000, "us")
    booked_at = np.where(rng.random(leads) < 0.4, known_at + late, NEVER)
    channel = np.array(["web", "phone", "fax"], object)[rng.choice(3, leads, p=[0.7, 0.28, 0.02])]
    channel[0] = "only me"
    columns = {
        "channel": channel,
        "referrer": np.array(["Dr. Lee"] * leads, object),
        "person_id": np.array([f"P{number // 2}" for number in range(leads)], object),
    }
    return OutcomeHistory.of(np.array([f"L{number}" for number in range(leads)], object), columns, known_at, booked_at)


def ask(history, channel, *moments, lead="somebody"):
    """Rate and leads of a channel at each moment."""
    count = len(moments)
    return history.rate(
        "channel", np.full(count, channel, object), np.full(count, lead, object), np.array(moments, "datetime64[us]")
    )
