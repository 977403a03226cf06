"""Do clicks count where they are known, does the truth stand in the intervals, and is a contradiction said?"""

from dataclasses import replace

import numpy as np
import pytest

from serving.insights.clicks import tabulate_clicks
from serving.insights.estimates import CANNOT_TELL


def test_the_planted_price_and_click_rate_stand_in_most_intervals(report, world):
    truth, rows = world.truth, report.tables["clicks_by_channel"].rows
    held = [
        estimate.low <= planted[row[0]] <= estimate.high
        for row in rows
        for estimate, planted in ((row[3], truth.click_rate), (row[4], truth.click_price))
    ]

    assert {row[0] for row in rows} == set(truth.click_price) and np.mean(held) >= 0.7


def test_a_channel_that_nobody_clicks_on_has_no_row(report, columns):
    without = set(columns.categories["channel"].names) - {row[0] for row in report.tables["clicks_by_channel"].rows}

    assert len(without) == 1


def test_figures_follow_from_their_counts(columns):
    row = tabulate_clicks(columns, "channel").rows[0]
    spend = columns.spend
    of_row = (spend.names["channel"] == row[0]) & (spend.month > columns.current_month - 12)
    clicks, amount = spend.counts["clicks"][of_row], spend.amount[of_row]
    known = ~np.isnan(clicks)

    assert row[2] == clicks[known].sum() and row[1] > row[2]
    assert row[4].value == pytest.approx(amount[known].sum() / clicks[known].sum())


def test_more_clicks_than_impressions_are_said_and_give_no_click_rate(columns):
    clicks = columns.spend.counts["clicks"]
    contradictory = replace(columns.spend, counts={"clicks": clicks, "impressions": clicks - 1})

    table = tabulate_clicks(replace(columns, spend=contradictory), "channel")

    assert {row[3] for row in table.rows} == {CANNOT_TELL} and all(row[4].is_known for row in table.rows)
    assert f"{int((clicks > clicks - 1).sum()):,} rows of spending have more clicks than impressions" in table.notes[1]


def test_clicks_without_impressions_still_have_a_price(columns):
    unshown = replace(columns.spend, counts={"clicks": columns.spend.counts["clicks"]})

    rows = tabulate_clicks(replace(columns, spend=unshown), "channel").rows

    assert rows and all(row[3] == CANNOT_TELL and row[4].is_known for row in rows)
