"""Does a lead's own outcome stay out of what teaches about it?"""

from dataclasses import replace

import numpy as np

from features.batch import Batch
from features.calendar.timezones import to_utc_times
from features.feature_matrix import compute_matrix
from features.point_in_time.context import Context
from features.point_in_time.outcomes import build_history, read_outcomes
from features.point_in_time.scoring_moments import Moments
from training.dataset.labels import build_learning_set


def test_no_moment_is_learned_from_once_its_own_outcome_is_known(demo_tables, demo_practice):
    learning, outcomes = build_learning_set(demo_tables, demo_practice, "booked"), read_outcomes(demo_tables, "booked")
    everything = Moments.while_open(
        to_utc_times(demo_tables.leads["created_at"]),
        np.full(len(demo_tables.leads), np.datetime64("NaT", "us")),
        demo_tables.as_of,
    )

    for moments in (learning.moments, learning.pending.moments):
        lead = moments.of_lead
        assert not ((outcomes.known_at[lead] < moments.cutoff) | (outcomes.lost_known_at[lead] < moments.cutoff)).any()
    assert (
        outcomes.known_at[everything.of_lead] < everything.cutoff
    ).mean() > 0.02  # there are such moments to leave out


def test_a_lead_s_own_outcome_does_not_move_its_own_rates(demo_tables, demo_practice, trained):
    """Even at the end of the data, when it is known."""
    rates = [signal for signal in trained.bundle.signals if signal.family == "track_record"]
    outcomes = read_outcomes(demo_tables, "booked")
    row = int(np.flatnonzero(~np.isnat(outcomes.known_at) & ~demo_tables.leads["campaign"].isna().to_numpy())[0])
    lead_id = demo_tables.leads["lead_id"].iloc[row]
    gone = replace(
        demo_tables, outcomes=demo_tables.outcomes[demo_tables.outcomes["lead_id"] != lead_id].reset_index(drop=True)
    )
    end = np.full(1, demo_tables.as_of)

    with_outcome, without_outcome = (
        compute_matrix(
            Batch.from_tables(
                tables,
                np.array([row]),
                end,
                Context(demo_practice, history=build_history(tables, demo_practice, "booked")),
            ),
            rates,
        )
        for tables in (demo_tables, gone)
    )

    assert len(rates) > 2
    np.testing.assert_array_equal(with_outcome, without_outcome)


def test_it_does_move_the_rates_of_others(demo_tables, demo_practice, trained):
    rates = [signal for signal in trained.bundle.signals if signal.family == "track_record"]
    outcomes = read_outcomes(demo_tables, "booked")
    row = int(np.flatnonzero(~np.isnat(outcomes.known_at))[0])
    channel = demo_tables.leads["channel"]
    other = int(np.flatnonzero((channel == channel.iloc[row]).to_numpy() & (np.arange(len(channel)) != row))[0])
    gone = replace(
        demo_tables,
        outcomes=demo_tables.outcomes[
            demo_tables.outcomes["lead_id"] != demo_tables.leads["lead_id"].iloc[row]
        ].reset_index(drop=True),
    )
    end = np.full(1, demo_tables.as_of)

    with_it, without_it = (
        compute_matrix(
            Batch.from_tables(
                tables,
                np.array([other]),
                end,
                Context(demo_practice, history=build_history(tables, demo_practice, "booked")),
            ),
            rates,
        )
        for tables in (demo_tables, gone)
    )

    assert (with_it != without_it).any()
