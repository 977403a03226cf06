"""Does the formula give what a queue that is played gives, and does the patience come back that was planted?"""

import numpy as np
import pytest

from serving.insights.staffing.erlang_a import (
    LONGEST_PATIENCE,
    compute_abandoned,
    estimate_patience,
)
from tests.support.simulated.simulated_phones import play_queue, solve_abandoned


def compute(calls, talk, people, patience):
    return float(compute_abandoned(np.array([calls]), talk, np.array([float(people)]), patience)[0])


@pytest.mark.parametrize(("calls", "talk", "people", "patience"), [(1.0, 3.0, 3, 2.0), (0.4, 5.0, 1, 1.0)])
def test_a_played_queue_loses_as_many_callers(calls, talk, people, patience):
    _, answered = play_queue(calls, talk, people, patience, 150_000.0, np.random.default_rng(1))

    assert compute(calls, talk, people, patience) == pytest.approx(1 - answered.mean(), abs=0.006)


@pytest.mark.parametrize("calls", [0.01, 0.3, 2.0, 6.0])
@pytest.mark.parametrize("patience", [0.1, 2.0, 30.0])
def test_the_balance_of_the_states_gives_the_same(calls, patience):
    for people in (1, 2, 5, 12):
        assert compute(calls, 4.0, people, patience) == pytest.approx(
            solve_abandoned(calls, 4.0, people, patience), abs=1e-7
        )


def test_people_who_are_not_whole_lie_between_their_neighbors():
    shares = compute_abandoned(np.full(3, 0.6), 4.0, np.array([2.0, 2.5, 3.0]), 2.0)

    assert shares[0] > shares[1] > shares[2]


def test_more_impatient_callers_give_up_more_often():
    shares = [compute(0.6, 4.0, 2, patience) for patience in (0.05, 0.5, 2.0, 10.0, 60.0)]

    assert (np.diff(shares) < 0).all()


def test_the_planted_patience_comes_back():
    calls, people = np.array([300.0, 900.0, 500.0]), np.array([2.0, 3.5, 2.0])
    missed = float((calls * compute_abandoned(calls / 900, 3.0, people, 0.7)).sum())

    assert estimate_patience(calls, missed, calls / 900, 3.0, people) == pytest.approx(0.7, rel=1e-4)


def test_what_no_patience_explains_is_not_explained():
    calls, people = np.array([300.0]), np.array([9.0])

    assert np.isnan(estimate_patience(calls, 200.0, calls / 900, 3.0, people))
    assert estimate_patience(calls, 0.0, calls / 900, 3.0, people) == LONGEST_PATIENCE


def test_an_overload_of_any_size_is_a_share():
    """A whole report must not fail since the records of one phone are absurd."""
    for calls, talk, people in ((20.0, 30.0, 1.0), (5.0, 400.0, 0.1), (15.0, 1e6, 2.0), (900.0, 3.0, 40.0)):
        for patience in (0.05, 2.0, 60.0):
            assert compute(calls, talk, people, patience) == pytest.approx(1 - people / (calls * talk), abs=0.002)
        calls_seen = np.array([1_000.0])
        assert np.isfinite(estimate_patience(calls_seen, 500.0, np.array([calls]), talk, np.array([people])))
