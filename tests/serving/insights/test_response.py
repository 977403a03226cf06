"""Who waits, and how do those who waited book?"""

from dataclasses import replace

import numpy as np

from features.practice.practice import Practice
from serving.insights.columns.categories import ALL_LEADS
from serving.insights.response import (
    BAND_NAMES,
    band_waiting,
    select_comparable,
    tabulate_missed_calls,
    tabulate_waiting,
)


def test_a_wait_of_exactly_five_minutes_is_in_the_first_band():
    band = band_waiting(np.array([5.0, 5.1, 1440.0, 1441.0]), np.zeros(4, bool))

    assert [band.names[code] for code in band.codes] == [BAND_NAMES[i] for i in (0, 1, 3, 4)]


def test_who_booked_before_our_response_did_not_wait_for_it(columns):
    waited = replace(columns, response_minutes=np.full(len(columns), 6 * 1440.0))

    rows = select_comparable(waited, 38.0)

    booked = columns.stage_days["booked"][rows]
    assert len(rows) and not (booked < 6).any() and (booked > 6).any()


def test_longer_waits_book_less_where_that_was_planted(report, world):
    table = report.tables["response_bands"]
    rates = [table.get(name, "rate_alike").value for name in BAND_NAMES]

    assert rates[0] > rates[-1] and world.truth.band_rate[0] > world.truth.band_rate[-1]


def test_the_parts_of_a_week_add_up(columns):
    for part in ("channel", "weekday", "hour"):
        table = tabulate_waiting(columns, np.arange(len(columns)), part, Practice())
        assert table.get(ALL_LEADS, "leads") == sum(row[1] for row in table.rows[1:]) == len(columns)


def test_every_missed_caller_is_in_exactly_one_part(columns):
    n = len(columns)
    rng = np.random.default_rng(3)
    missed = replace(
        columns,
        missed_minutes=np.where(rng.random(n) < 0.2, 0.0, np.nan),
        called_back_minutes=np.where(rng.random(n) < 0.5, rng.uniform(0, 900, n), np.nan),
        came_back_minutes=np.where(rng.random(n) < 0.3, rng.uniform(0, 900, n), np.nan),
    )

    table = tabulate_missed_calls(missed, np.arange(n))

    assert table.rows[0][1] == sum(row[1] for row in table.rows[1:]) == (~np.isnan(missed.missed_minutes)).sum()
    assert table.rows[0][3] == sum(row[3] for row in table.rows[1:])
