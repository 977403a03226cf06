"""Do the tables say which days, which goal and which earlier outlooks held, and nothing where too little is known?"""

from dataclasses import replace

import numpy as np
import pytest

from features.practice.display_formats import LocalFormats
from serving.insights.cohorts import build_ripening
from serving.insights.estimates import Estimate
from serving.insights.figure_tables import Hidden
from serving.insights.outlook.outlook_tables import NEXT_FOUR_WEEKS, build_outlook, tabulate_outlook
from serving.insights.sharing.small_cells import hide_small_cells
from tests.support.simulated.practice_columns import to_columns
from tests.support.simulated.simulated_practices import simulate


@pytest.fixture(scope="module")
def columns():
    return to_columns(simulate(11, leads_a_month=400))


@pytest.fixture(scope="module")
def outlook(columns):
    return build_outlook(columns, build_ripening(columns, np.random.default_rng(1))["booked"].ripe_days, LocalFormats())


def tabulate(outlook, columns, goal=0, worth=1_000.0):
    return {table.name: table for table in tabulate_outlook(outlook, np.full(len(columns), worth), columns, goal)}


def test_the_weeks_add_up_to_what_the_long_periods_say(outlook, columns):
    table = tabulate(outlook, columns)["outlook"]
    weeks = table.rows[2:]

    assert len(weeks) == 8 and all(" to " in week[0] for week in weeks)
    for column in (2, 3):
        assert sum(week[column] for week in weeks) == pytest.approx(table.rows[1][column], abs=0.5)
        assert sum(week[column] for week in weeks[:4]) == pytest.approx(table.rows[0][column], abs=0.5)
    assert table.rows[0][4].value == pytest.approx(sum(table.rows[0][2:4]), abs=0.2)


def test_without_a_goal_it_is_said_how_to_set_one(outlook, columns):
    without, with_goal = (tabulate(outlook, columns, goal)["outlook"].notes for goal in (0, 50))

    assert "monthly_booking_goal under [practice]" in without[-1] and with_goal == without[:-1]


def test_worth_is_that_of_the_bookings_or_unknown(outlook, columns):
    known, unknown = tabulate(outlook, columns), tabulate(outlook, columns, worth=np.nan)

    bookings, worth = (known["outlook"].get(NEXT_FOUR_WEEKS, name) for name in ("bookings", "worth"))
    assert worth.value == pytest.approx(1_000 * bookings.value) and worth.high == pytest.approx(1_000 * bookings.high)
    assert unknown["outlook"].get(NEXT_FOUR_WEEKS, "worth") is None


def test_earlier_outlooks_stand_beside_what_came(outlook, columns):
    past = tabulate(outlook, columns)["outlook_past"]

    assert len(past.rows) >= 4
    for _, said, came, held in past.rows:
        assert isinstance(said, Estimate) and held == ("yes" if said.low <= came <= said.high else "no")
    counted = sum(row[3] == "yes" for row in past.rows)
    assert past.notes == (f"Of {len(past.rows)} earlier intervals, {counted} held what came; of 10, 9 should.",)


def test_a_goal_is_judged_by_what_is_booked_and_what_is_to_come(outlook, columns):
    assert "outlook_goal" not in tabulate(outlook, columns)
    easy, hard = (tabulate(outlook, columns, goal)["outlook_goal"].rows[0] for goal in (1, 5_000))

    month, so_far, goal, in_the_end, chance = easy
    assert (so_far, goal) == (hard[1], 1) and in_the_end == hard[3] and in_the_end.low >= so_far
    assert chance > 0.99 and hard[4] < 0.01


@pytest.mark.parametrize("hours", [0.0, 9.0, 15.0, 23.9])
def test_bookings_so_far_are_those_of_the_month_at_any_hour(outlook, columns, hours):
    # The clock of the report shows some hour of the 20th day of a month.
    first = int(np.datetime64("2026-03-01", "D").astype(int))
    moment = first + 19 + hours / 24
    times = replace(outlook.times, booked=np.array([first - 0.01, first, first + 0.01, moment - 0.01]) - moment)
    earlier = replace(outlook, today=first + 18 + (hours > 12), moment=moment, times=times)

    assert tabulate(earlier, columns, 100)["outlook_goal"].rows[0][:2] == ("Mar 2026", 3)


def test_a_short_history_is_said_and_nothing_else(columns):
    young = replace(columns, age_days=columns.age_days / 10)

    (table,) = tabulate_outlook(build_outlook(young, 45.0, LocalFormats()), np.ones(len(columns)), columns, 100)

    assert table.rows == () and table.notes[0].startswith("Nothing can be said before there are 16 weeks")


def test_few_bookings_so_far_stay_in_the_house(outlook, columns):
    table = tabulate(outlook, columns, 100)["outlook_goal"]
    few = replace(table, rows=((table.rows[0][0], 4, *table.rows[0][2:]),))

    (hidden,) = hide_small_cells([few])

    assert [isinstance(cell, Hidden) for cell in hidden.rows[0]] == [False, True, True, True, True]


def test_days_are_written_as_the_practice_writes_them(outlook, columns):
    british = tabulate(replace(outlook, formats=LocalFormats("en-GB")), columns)["outlook"].rows[2][0]
    american = tabulate(outlook, columns)["outlook"].rows[2][0]

    swapped = " to ".join(" ".join(reversed(day.split())) for day in american.split(" to "))
    assert american != british == swapped
