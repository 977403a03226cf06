"""Is the share that is called in order of arrival chosen by the id alone, and placed evenly?"""

import numpy as np
import pytest

from serving.random_holdout import interleave_holdout, select_holdout

IDS = [f"L{number:06d}" for number in range(20_000)]


def test_the_share_is_about_what_was_asked_for():
    for share in (0.0, 0.01, 0.05, 0.2, 0.5):
        fraction = select_holdout(IDS, share, "leadlight").mean()

        assert abs(fraction - share) <= 4 * np.sqrt(share * (1 - share) / len(IDS))


def test_a_lead_stays_what_it_is_alone_in_a_crowd_and_in_any_order():
    together = select_holdout(IDS[:500], 0.2, "leadlight")

    assert [bool(select_holdout([lead_id], 0.2, "leadlight")[0]) for lead_id in IDS[:500]] == together.tolist()
    assert select_holdout(IDS[:500][::-1], 0.2, "leadlight").tolist() == together[::-1].tolist()


def test_a_larger_share_keeps_every_lead_of_a_smaller_one():
    small, large = (select_holdout(IDS, share, "leadlight") for share in (0.05, 0.2))

    assert (large | ~small).all() and large.sum() > small.sum()


def test_two_models_do_not_choose_the_same_leads():
    first, second = (select_holdout(IDS, 0.2, name) for name in ("leadlight", "north"))

    assert abs((first & second).mean() - 0.04) < 0.01


@pytest.mark.parametrize("share", [-0.01, 0.51, float("nan"), float("inf")])
def test_what_is_no_share_is_refused(share):
    with pytest.raises(ValueError, match="expected a number from 0 to 0.5"):
        select_holdout(IDS[:3], share, "leadlight")


def test_no_leads_are_no_leads():
    assert select_holdout([], 0.05, "leadlight").tolist() == []
    assert interleave_holdout(np.arange(3), np.array([], int), 0.05).tolist() == [0, 1, 2]
    assert interleave_holdout(np.array([], int), np.arange(3), 0.05).tolist() == [0, 1, 2]


@pytest.mark.parametrize("share", [0.05, 0.1, 0.3, 0.5])
def test_however_far_the_calls_reach_about_the_share_is_in_order_of_arrival(share):
    order = interleave_holdout(np.arange(950), np.arange(1_000, 1_500), share)

    among = np.cumsum(order >= 1_000)
    until_one_runs_out = min(int(950 / (1 - share)), int(500 / share))
    assert (np.abs(among - share * np.arange(1, len(order) + 1)) <= 1)[:until_one_runs_out].all()
    assert sorted(order) == [*range(950), *range(1_000, 1_500)]
    assert order[order >= 1_000].tolist() == list(range(1_000, 1_500)) and order[order < 950].tolist() == list(
        range(950)
    )
