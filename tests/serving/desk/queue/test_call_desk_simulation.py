"""Does the call desk that orders are tried on play fair?

A short play on the invented practice; ``python -m tests.bench.call_desk`` plays the long one.
"""

from datetime import date

import numpy as np
import pytest

from features.synthetic.generator import draw_inquiries
from tests.bench.call_desk import ORDERS, ahead, figures, measured, table
from tests.bench.desk_orders import largest, newest, oldest
from tests.bench.desk_play import Dice, play, slots
from tests.bench.desk_world import as_seen

SCARCE = 0.8


@pytest.fixture(scope="module")
def world(demo_tables, trained):
    """The last two months as a desk with the tests' model sees them.

    It was trained on them too: this is about the play, no figure for a model.
    """
    return as_seen(
        demo_tables,
        trained.bundle,
        draw_inquiries(1_500, 11, date(2026, 11, 1), 18),
        date(2026, 9, 1),
        date(2026, 11, 1),
    )


def test_the_same_order_and_dice_give_the_same_play(world):
    when, period = slots(world, SCARCE)

    first, second = (play(world, largest(newest), when, period, Dice.of(world, 3)) for _ in range(2))

    np.testing.assert_array_equal(first.booked, second.booked)
    assert figures(world, first) == figures(world, second)


def test_no_order_calls_more_often_than_the_desk_can_or_anybody_twice_in_a_pause(world):
    when, period = slots(world, SCARCE)
    seen = []

    def record_call(desk, now, part, rows):
        row = largest(oldest)(desk, now, part, rows)
        seen.append((row, now, desk.again[row], world.created[row]))
        return row

    played = play(world, record_call, when, period, Dice.of(world, 3))

    assert played.calls == len(seen) <= len(when)
    assert all(again <= now and created < now for _, now, again, created in seen)
    assert max(np.bincount([row for row, *_ in seen])) <= world.own.max_attempts.max()


def test_what_is_known_orders_the_desk_better_than_arrival_and_nothing_better_than_the_truth(world):
    results = measured(world, ORDERS, SCARCE, seed=3)

    booked = {name: result["a month"] for name, result in results.items()}
    assert booked["true chances"] == max(booked.values())
    assert booked["score"] > booked["oldest first"] and booked["working order"] > booked["oldest first"]
    assert results["working order"]["urgent wait"] <= results["score"]["urgent wait"]
    assert len(table([results, results]).splitlines()) == len(ORDERS) + 1


def test_the_interval_is_that_of_paired_differences():
    results = [{"a": {"a month": 10.0 + lead}, "b": {"a month": float(lead)}} for lead in (1, 5, 30)]

    assert ahead(results, "a", "b") == (10.0, 10.0, 10.0)
