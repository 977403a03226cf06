"""Is it told whether another call after a loss went with a booking, and not where it did not?"""

from dataclasses import replace

import numpy as np

from serving.insights.practice_checks.win_back_results import tabulate_win_back_results


def tabulate(columns, seed, of_called, of_others):
    """Half of the lost are called the next day; so large a share of either books ten days after the loss."""
    rng = np.random.default_rng(seed)
    called = rng.random(len(columns)) < 0.5
    won = rng.random(len(columns)) < np.where(called, of_called, of_others)
    planted = replace(
        columns,
        again_days=np.where(called, columns.lost_days + 1, np.nan),
        won_back_days=np.where(won, columns.lost_days + 10, np.nan),
    )
    return tabulate_win_back_results(planted, 12)


def test_a_call_that_goes_with_bookings_is_told(columns):
    table = tabulate(columns, 1, 0.3, 0.1)

    assert table.get("Price, contacted again", "verdict") == "Book more often than those not contacted."
    assert 0.25 < table.get("Price, contacted again", "rate").value < 0.35 and table.managers_only


def test_no_effect_is_invented(columns):
    verdicts = [tabulate(columns, seed, 0.2, 0.2).get("Price, contacted again", "verdict") for seed in range(40)]

    assert (
        sum(
            verdict != "The data cannot tell: the difference is within chance. More months narrow it."
            for verdict in verdicts
        )
        <= 2
    )


def test_a_contact_after_the_booking_is_none(columns):
    late = replace(columns, again_days=columns.lost_days + 20, won_back_days=columns.lost_days + 10)

    assert [row[0] for row in tabulate_win_back_results(late, 12).rows] == ["Price, not contacted again"]
