"""Do the rules divide as they say, and is Shapley's value what its definition gives?"""

import math
from itertools import combinations

import numpy as np
import pytest

from serving.insights.attribution.credit_rules import RULES, divide_by_rules
from serving.insights.attribution.journeys import Journeys
from tests.support.simulated.simulated_journeys import simulate_journeys, to_journeys


def build(*paths):
    """Journeys from (names in order with days before the inquiry, whether booked)."""
    names = tuple(sorted({name for path, _ in paths for name, _ in path}))
    touches = [(i, names.index(name), days) for i, (path, _) in enumerate(paths) for name, days in path]
    journey, code, days = (np.array(part) for part in zip(*touches, strict=True))
    nothing = np.zeros(len(paths), int)
    booked = np.array([booked for _, booked in paths])
    return Journeys(names, journey, code, days.astype(float), booked, nothing, nothing)


def test_each_rule_divides_one_booking_as_it_says():
    journeys = build(((("a", 14), ("b", 7), ("b2", 7), ("c", 0)), True), ((("b", 0),), False))

    credit = divide_by_rules(journeys)

    assert credit["first"].tolist() == [1, 0, 0, 0]
    assert credit["last"].tolist() == [0, 0, 0, 1]
    assert credit["position"] == pytest.approx([0.4, 0.1, 0.1, 0.4])
    assert credit["time"] == pytest.approx(np.array([0.25, 0.5, 0.5, 1.0]) / 2.25)
    assert credit["shapley"] == pytest.approx([0.25] * 4)


def test_two_touches_share_by_position_half_each():
    assert divide_by_rules(build(((("a", 3), ("b", 0)), True)))["position"] == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("rule", RULES)
def test_every_division_adds_up_to_the_bookings(rule):
    journeys = to_journeys(simulate_journeys(4, 3_000))

    credit = divide_by_rules(journeys)[rule]

    assert credit.sum() == pytest.approx(journeys.booked.sum()) and (credit >= -1e-9).all()


def test_shapley_is_the_average_of_what_a_name_adds_in_every_order():
    journeys = to_journeys(simulate_journeys(4, 500))
    sets = [set(journeys.code[journeys.journey == i].tolist()) for i in np.flatnonzero(journeys.booked)]
    count = len(journeys.names)

    def worth(names):
        return sum(one <= names for one in sets)

    def value(name):
        total = 0.0
        for size in range(count):
            weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
            others = [other for other in range(count) if other != name]
            total += sum(weight * (worth({*group, name}) - worth({*group})) for group in combinations(others, size))
        return total

    assert divide_by_rules(journeys)["shapley"] == pytest.approx([value(name) for name in range(count)])


def test_markov_removal_is_that_of_walks_counted_by_hand():
    # Two of three journeys book; without b only the one through a alone is left, and the other way round.
    journeys = build(((("a", 1),), True), ((("b", 1),), True), ((("a", 1),), False))

    # Removal: a 1/3, b 1/3 of 2/3; so both get half of the bookings.
    assert divide_by_rules(journeys)["markov"] == pytest.approx([1.0, 1.0])


def test_the_rules_give_brand_search_credit_for_what_it_only_collects():
    world = simulate_journeys(3)
    credit = divide_by_rules(to_journeys(world))

    # That is why their range stands beside an interval that knows better (test_touch_removal).
    assert world.brings["brand search"] == 0.0
    assert min(credit[rule][0] for rule in RULES if rule != "first") > 100
