"""Does the history of outcomes answer as of a moment, from published counts only?"""

import numpy as np

from features.point_in_time.outcome_history import PRIVATE_FIELDS, OutcomeHistory

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


def test_the_future_does_not_change_a_count():
    whole = make_history()
    until = np.datetime64("2026-02-10", "us")
    past = OutcomeHistory.merge_chunks([whole], until - np.timedelta64(1, "us"))
    moments = np.arange("2026-01-01", "2026-02-11", dtype="datetime64[D]")

    for channel in ("web", "phone", "fax", "only me"):
        np.testing.assert_array_equal(ask(whole, channel, *moments), ask(past, channel, *moments))


def test_a_file_and_the_practices_own_records_give_together_what_the_records_give():
    whole = make_history()
    known_early = OutcomeHistory.merge_chunks([whole], np.datetime64("2026-02-10T13:00", "us"))
    model = OutcomeHistory.from_arrays(known_early.to_arrays())

    together = model.merge_newer(whole)

    for name, counts in whole.counts.items():
        for part, array in counts.to_arrays("").items():
            np.testing.assert_array_equal(together.counts[name].to_arrays("")[part], array)
    moments = np.arange("2026-01-01", "2026-04-30", dtype="datetime64[D]")
    np.testing.assert_array_equal(ask(whole, "web", *moments, lead="L9"), ask(together, "web", *moments, lead="L9"))


def test_a_file_has_no_row_of_a_lead_and_nothing_of_people():
    history = make_history()

    arrays = history.to_arrays()

    restored = OutcomeHistory.from_arrays(arrays)
    assert not any(name in key for key in arrays for name in (*PRIVATE_FIELDS, "lead_keys"))
    assert len(restored.lead_keys) == 0 and restored.names == ("channel",)
    written = np.concatenate([array.astype(np.uint64) for array in arrays.values()])
    assert not np.isin(history.lead_keys, written).any()
    assert not any(np.isin(history.fields[name], written).any() for name in PRIVATE_FIELDS)


def test_the_newest_day_is_not_in_a_file_because_it_may_not_be_over():
    history = OutcomeHistory.of(
        np.array([f"L{number}" for number in range(10)], object),
        {"channel": np.full(10, "web", object)},
        days(0, 0, 0, 0, 0, 9, 9, 9, 9, 9),
        np.full(10, NEVER),
    )

    restored = OutcomeHistory.from_arrays(history.to_arrays())

    assert ask(restored, "web", "2026-03-01")[1].tolist() == [5]
