"""Does the difference of the two orders come out where it is planted, and is nothing proven where there is none?"""

from dataclasses import replace

import numpy as np
import pytest

from serving.insights.figure_tables import Hidden
from serving.insights.practice_checks.score_value import (
    BY_ARRIVAL,
    BY_SCORE,
    estimate_gain,
    select_worked,
    split_by_order,
    tabulate_score_value,
)
from serving.insights.sharing.small_cells import hide_small_cells
from tests.support.simulated.insight_coverage import OrderColumns
from tests.support.simulated.simulated_orders import simulate_orders


def tabulate(seed, **truth):
    columns = OrderColumns(simulate_orders(seed, **truth))
    return tabulate_score_value(columns, np.arange(len(columns)))


def test_an_order_that_helps_is_proven_where_enough_came_in_order_of_arrival():
    tables = [tabulate(seed, leads=12_000, share=0.25, effect=0.6) for seed in range(10)]

    assert all(table.get(BY_SCORE, "verdict") == "The order brings more bookings." for table in tables)
    assert all(table.get(BY_SCORE, "gain").low > 0 for table in tables)


def test_an_order_that_does_nothing_is_proven_as_often_as_chance_allows():
    verdicts = [tabulate(seed, leads=4_000, share=0.1, effect=0.0).get(BY_SCORE, "verdict") for seed in range(60)]

    assert sum("Not proven" not in verdict for verdict in verdicts) <= 12


def test_not_proven_says_how_many_more_it_takes():
    verdict = tabulate(5, leads=2_000, share=0.05, effect=0.0).get(BY_SCORE, "verdict")

    assert verdict.startswith("Not proven: a gain of 3 of 100 shows in 8 of 10 cases with about ")
    assert int(verdict.split("about ")[1].split(" ")[0].replace(",", "")) % 50 == 0


def test_with_few_of_one_order_the_reason_names_the_order():
    gain = tabulate(1, leads=400, share=0.05, effect=0.0).get(BY_SCORE, "gain")

    assert not gain.is_known and gain.reason.startswith("it takes 30 older inquiries in order of arrival; ")
    assert gain.for_outside().reason == "it takes 30 older inquiries in order of arrival"


def test_few_in_order_of_arrival_cannot_be_subtracted_from_all():
    table = tabulate(1, leads=120, share=0.05, effect=0.0)

    (shared,) = hide_small_cells([table])

    assert table.get(BY_ARRIVAL, "leads") < 11
    assert all(isinstance(row[1], Hidden) and isinstance(row[2], Hidden) for row in shared.rows)


def test_without_a_desk_the_reason_is_said(columns):
    table = tabulate_score_value(columns, np.arange(len(columns)))

    assert table.rows == () and "The desk's own store knows it" in table.notes[0]


def test_leads_that_neither_order_places_are_left_out(columns):
    order = np.where(np.arange(len(columns)) % 3 == 0, np.nan, np.arange(len(columns)) % 2)
    placed = replace(columns, in_arrival_order=order.astype(float))
    rows = select_worked(placed, np.arange(len(placed)))

    table = tabulate_score_value(placed, np.arange(len(placed)))

    assert table.get(BY_SCORE, "leads") + table.get(BY_ARRIVAL, "leads") == len(rows) < len(placed)
    assert (split_by_order(placed).codes[rows] == order[rows]).all()


def test_the_gain_is_in_points_of_a_hundred():
    columns = OrderColumns(simulate_orders(2, leads=6_000, share=0.25))
    rows = np.arange(len(columns))
    booked, arrived = columns.has("booked"), columns.in_arrival_order == 1

    gain = estimate_gain(columns, rows)

    assert gain.value == pytest.approx(100 * (booked[~arrived].mean() - booked[arrived].mean()))
