"""Does the gain count what a call brings now, and what is lost by waiting?"""

import numpy as np

from features.practice.queue_policy import QueuePolicy
from serving.desk.queue.expected_gain import compute_expected_gain
from tests.support.call_candidates import MINUTE, NOW, leads


def test_the_gain_counts_money_and_what_is_lost_by_tomorrow_as_far_as_the_policy_says():
    some_leads = leads(2, probability=[0.4, 0.4], probability_tomorrow=[0.3, 0.2], value=[100.0, np.nan])

    assert compute_expected_gain(some_leads, NOW, QueuePolicy(cooling=0.0)).tolist() == [0.4, 0.4]
    np.testing.assert_allclose(
        compute_expected_gain(some_leads, NOW, QueuePolicy(cooling=0.0, value_weight=0.5)), [4.0, 4.0]
    )
    np.testing.assert_allclose(
        compute_expected_gain(some_leads, NOW, QueuePolicy(cooling=0.0, decay_weight=1.0)), [0.1, 0.2]
    )


def test_a_lead_cools_from_the_moment_it_was_last_heard_of():
    since = leads(
        4,
        probability=[0.4] * 4,
        arrived_at=[NOW, NOW - 45 * MINUTE, NOW - 45 * MINUTE, "NaT"],
        last_heard_at=["NaT", "NaT", NOW, "NaT"],
    )

    np.testing.assert_allclose(compute_expected_gain(since, NOW, QueuePolicy(cooling=0.5)), [0.4, 0.2, 0.4, 0.4])
