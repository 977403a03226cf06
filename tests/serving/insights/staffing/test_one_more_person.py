"""Does the interval hold what one more person truly brings, and does it say when the model does not fit?"""

import numpy as np
import pytest

from serving.insights.staffing.one_more_person import BookingRates, estimate_gains
from serving.insights.staffing.phone_load import PhoneLoad
from tests.support.simulated.simulated_phones import simulate_phones

RATES = BookingRates((200, 500), (40, 200))


def make_load(calls, missed, people, weeks=12):
    calls, missed = (np.tile(np.array(each, float), (weeks, 1)) for each in (calls, missed))
    return PhoneLoad(np.arange(len(people)) + 18, calls, missed, np.array(people, float), np.ones(len(people)), 5.0)


@pytest.fixture(scope="module")
def phones():
    return [simulate_phones(seed, weeks=16) for seed in range(4)]


def test_the_planted_truth_stands_in_most_intervals(phones):
    held, busiest = [], []
    for seed, truth in enumerate(phones):
        load = PhoneLoad(np.arange(20), truth.calls, truth.missed, truth.people, np.ones(20), truth.talk)
        rates = BookingRates(truth.answered_bookings, truth.missed_bookings)
        gains = estimate_gains(load, rates, np.random.default_rng(seed))
        held += [e.low <= t <= e.high for e, t in zip(gains.fewer_missed, truth.fewer, strict=True)]
        held += [e.low <= t <= e.high for e, t in zip(gains.bookings, truth.bookings, strict=True)]
        busiest.append(np.argmax([e.value for e in gains.fewer_missed[:-1]]) in np.argsort(-truth.fewer[:-1])[:3])

    assert np.mean(held) >= 0.75 and sum(busiest) >= 3


@pytest.mark.parametrize(
    ("load", "reason"),
    [
        (make_load([60], [0], [2]), "no call was missed"),
        (make_load([60], [50], [9]), "more calls were missed than impatience explains"),
        (make_load([60], [1], [1]), "there are enough people"),
        (make_load([60], [20], [1], weeks=3), "3 of the 6 weeks of calls"),
    ],
)
def test_what_the_model_cannot_explain_is_said(load, reason):
    assert reason in estimate_gains(load, RATES, np.random.default_rng(0))


def test_without_callers_whose_bookings_are_known_only_calls_are_estimated():
    gains = estimate_gains(make_load([30], [10], [1]), BookingRates((3, 9), (1, 4)), np.random.default_rng(0))

    assert gains.fewer_missed[0].is_known and "30 older callers" in gains.bookings[0].reason


def test_a_half_hour_in_which_somebody_was_away_is_said_and_moves_no_other():
    quiet = simulate_phones(11, weeks=16)
    missed = quiet.missed.copy()
    missed[:, 9] = np.maximum(missed[:, 9], np.floor(0.7 * quiet.calls[:, 9]))
    loads = [
        PhoneLoad(np.arange(20), quiet.calls, each, quiet.people, np.ones(20), quiet.talk)
        for each in (quiet.missed, missed)
    ]

    plain, at_lunch = (estimate_gains(load, RATES, np.random.default_rng(0)) for load in loads)

    assert all(estimate.is_known for estimate in plain.fewer_missed)
    assert [i for i, estimate in enumerate(at_lunch.fewer_missed) if not estimate.is_known] == [9]
    assert at_lunch.fewer_missed[9].reason.startswith("more calls were missed than impatience explains")
    assert at_lunch.patience_minutes.value == pytest.approx(plain.patience_minutes.value, rel=0.15)
