"""Is what was said of a month made from what was known then, and set beside what came?"""

from dataclasses import replace

import numpy as np
import pytest

from serving.insights.columns.lead_columns import format_month
from serving.insights.outlook.said_by_month import list_months_over, say_at_the_end, tabulate_said
from tests.support.simulated.practice_columns import to_columns
from tests.support.simulated.simulated_practices import simulate


@pytest.fixture(scope="module")
def table(columns):
    return tabulate_said(columns, 38.0, np.random.default_rng(0), True)


def test_months_that_are_over_stand_with_what_came_and_cost(table, columns):
    months = list_months_over(columns, 38.0)

    assert len(table.rows) >= 6 and table.rows[0][0] == format_month(months[0])
    for month, row in zip(months, table.rows, strict=False):
        name, said, came, held, spend, cost_said, cost = row
        assert came == columns.has("booked")[columns.month == month].sum()
        assert held == ("yes" if said.low <= came <= said.high else "no")
        assert cost == pytest.approx(spend / came) and cost_said.value == pytest.approx(spend / said.value)


def test_what_came_later_does_not_change_what_was_said(columns):
    month = list_months_over(columns, 38.0)[2]
    days_ago = columns.as_of_day - columns.day[columns.month > month].min()
    came_later = columns.known_days["booked"] > columns.age_days - days_ago
    unbooked = {"booked": np.where(came_later, np.nan, columns.known_days["booked"])}
    forgetful = replace(columns, known_days=columns.known_days | unbooked)

    said = [say_at_the_end(each, month, np.random.default_rng(1)) for each in (columns, forgetful)]

    assert came_later.sum() > 50 and said[0] == said[1]


def test_intervals_held_what_came_about_as_often_as_they_say():
    held = [
        row[3] == "yes"
        for seed in range(12)
        for row in tabulate_said(to_columns(simulate(seed)), 38.0, np.random.default_rng(seed), False).rows
    ]

    assert len(held) > 60 and 0.78 <= np.mean(held) <= 0.99


def test_without_money_there_is_no_cost_and_without_history_no_row(columns):
    assert {row[4:] for row in tabulate_said(columns, 38.0, np.random.default_rng(0), False).rows} == {(None,) * 3}
    young = replace(columns, age_days=columns.age_days - 400)
    assert tabulate_said(young, 38.0, np.random.default_rng(0), True).notes[0].startswith("No month")


def test_a_month_ends_by_the_calendar_and_not_with_the_next_inquiry(columns):
    """Nobody comes for six weeks after the month: what became known in that time was not known when it ended."""
    month = list_months_over(columns, 38.0)[4]
    end = int(np.datetime64(month + 1, "M").astype("datetime64[D]").astype(int))
    day = np.where(columns.month == month, np.minimum(columns.day, end - 1), columns.day)
    day = np.where(columns.month == month + 1, end + 45, day)
    paused = replace(columns, day=day, age_days=columns.as_of_day - day - 0.5)
    came_later = paused.known_days["booked"] > paused.age_days - (paused.as_of_day - end)
    forgetful = replace(
        paused,
        known_days=paused.known_days | {"booked": np.where(came_later, np.nan, paused.known_days["booked"])},
    )

    said = [say_at_the_end(each, month, np.random.default_rng(1)) for each in (paused, forgetful)]

    assert came_later[columns.month == month].any() and said[0] == said[1]
