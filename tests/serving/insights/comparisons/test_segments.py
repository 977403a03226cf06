"""Do the groups that are shown stand out again on inquiries that had no say in their choice?"""

from dataclasses import replace

import numpy as np
import pytest

from serving.insights.columns.categories import Categories
from serving.insights.comparisons.segments import MIN_LEADS, find_segments, tabulate_segments
from tests.support.simulated.practice_columns import to_columns
from tests.support.simulated.simulated_practices import simulate

LEADS = 6_000
PLANTED = (("a0", "value 0"), ("a1", "value 1"))


def invent(seed, effect=0.0, until=LEADS):
    """Inquiries with six attributes of five values; up to a row, those with both planted values book more often."""
    rng = np.random.default_rng(seed)
    names = tuple(f"value {value}" for value in range(5))
    attributes = {f"a{i}": Categories(rng.integers(0, 5, LEADS), names) for i in range(6)}
    planted = (attributes["a0"].codes == 0) & (attributes["a1"].codes == 1) & (np.arange(LEADS) < until)
    booked = rng.random(LEADS) < 0.3 + effect * planted
    return attributes, booked, np.arange(LEADS, dtype=float), np.arange(LEADS), np.arange(LEADS) // 500


def test_a_planted_group_is_found_in_its_two_words():
    segments, _ = find_segments(*invent(1, effect=0.35))

    assert segments[0].values == PLANTED
    assert (segments[0].rows >= LEADS // 2).all() and len(segments[0].rows) >= MIN_LEADS


def test_nothing_is_invented_where_nothing_is():
    found = [len(find_segments(*invent(seed))[0]) for seed in range(30)]

    # A group must stand out by three errors, then by two in the same direction.
    assert sum(found) <= 2


def test_what_does_not_hold_in_the_later_half_is_counted_and_not_shown():
    segments, lost = find_segments(*invent(1, effect=0.35, until=LEADS // 2))

    assert PLANTED not in [segment.values for segment in segments] and lost >= 1


def test_the_later_half_has_no_say_in_the_choice():
    attributes, booked, arrived, rows, month = invent(1, effect=0.35)
    before = find_segments(attributes, booked, arrived, rows, month)
    later = booked.copy()
    later[LEADS // 2 :] = np.random.default_rng(3).permutation(later[LEADS // 2 :])

    segments, lost = find_segments(attributes, later, arrived, rows, month)

    # As many were chosen; with outcomes that say nothing of them, those that held are lost.
    assert len(segments) + lost == len(before[0]) + before[1] and len(segments) < len(before[0])


def test_two_names_for_the_same_inquiries_are_one_finding():
    attributes, booked, arrived, rows, month = invent(1, effect=0.35)
    attributes["copy"] = Categories(attributes["a0"].codes, tuple(f"copy {value}" for value in range(5)))

    segments, _ = find_segments(attributes, booked, arrived, rows, month)

    assert len([segment for segment in segments if ("a1", "value 1") in segment.values]) == 1


def test_few_inquiries_tell_nothing():
    attributes, booked, arrived, _, month = invent(1, effect=0.35)

    assert find_segments(attributes, booked, arrived, np.arange(300), month) == ([], 0)


def test_a_source_that_came_in_good_months_is_no_group_that_books_more_often():
    rng = np.random.default_rng(9)
    month = np.arange(LEADS) // 500
    is_good = month % 2 == 1
    source = Categories((rng.random(LEADS) < np.where(is_good, 0.4, 0.1)).astype(int), ("other", "radio"))
    booked = rng.random(LEADS) < np.where(is_good, 0.5, 0.2)

    assert find_segments({"source": source}, booked, np.arange(LEADS, dtype=float), np.arange(LEADS), month)[0] == []


@pytest.fixture(scope="module")
def columns():
    return to_columns(simulate(4, leads_a_month=500))


def test_the_table_shows_rates_of_the_later_half(columns):
    rows = np.flatnonzero(columns.age_days >= 45)

    table = tabulate_segments(columns, rows, lambda value, name: f"{name} is {value}")

    assert table.rows
    for words, leads, booked, rate, others, verdict in table.rows:
        assert " is " in words and rate.value == pytest.approx(booked / leads) and rate.low <= rate.value <= rate.high
        assert verdict == ("Book more often." if rate.value > others else "Book less often.")


def test_without_anything_that_stands_out_the_table_says_so(columns):
    table = tabulate_segments(columns, np.arange(50), lambda value, name: value)

    assert table.rows == () and table.notes[0].startswith("No group of inquiries stands out")


def test_a_column_of_the_exports_own_tells_groups_apart_with_a_warning(columns):
    has_flag = Categories(np.where(columns.has("booked"), 1, 0), ("no", "yes"))
    table = tabulate_segments(
        replace(columns, own_attributes={"custom:Newsletter": has_flag}),
        np.flatnonzero(columns.age_days >= 45),
        lambda value, name: f"{name}: {value}",
    )

    assert table.get("custom:Newsletter: yes", "others") == 0
    assert any("[leave_out]" in note for note in table.notes)
