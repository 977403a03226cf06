"""Following the level: planted turns are found, stillness stays still, young silence says nothing, bounds hold."""

import numpy as np
import pytest
from scipy.special import expit

from training.model.level_update import FollowedLevel, LevelFilter, RipenedLeads


def draw_leads(offset, seed=1, leads=3000, share=1.0) -> RipenedLeads:
    """Leads whose outcomes are off by ``offset`` (a number, or one for each), known to this share."""
    random = np.random.default_rng(seed)
    log_odds = random.normal(-1.5, 1.0, leads)
    booked = random.random(leads) < expit(log_odds + offset)
    known = booked & (random.random(leads) < share)
    return RipenedLeads(np.arange(float(leads)), log_odds, known.astype(float), np.broadcast_to(share, leads) * 1.0)


@pytest.fixture
def level_filter() -> LevelFilter:
    """A filter whose folds disagreed by about a third in log-odds."""
    return LevelFilter(variance=0.1, variance_per_lead=0.1 / 2000)


@pytest.mark.parametrize("offset", [-0.8, 0.0, 0.9])
def test_a_lasting_offset_is_found(level_filter, offset):
    level = level_filter.follow(draw_leads(offset))

    assert abs(level.offset - offset) < 3 * level.error and level.leads == 3000


def test_a_turn_is_followed_to_its_end(level_filter):
    level = level_filter.follow(draw_leads(np.where(np.arange(3000) < 1500, 0.0, 1.0)))

    assert level.offset == pytest.approx(1.0, abs=0.25)


def test_late_outcomes_are_not_read_as_refusals(level_filter):
    late = draw_leads(0.0, share=0.3)

    assert abs(level_filter.follow(late).offset) < 0.25
    as_refusals = RipenedLeads(late.order, late.log_odds, late.converted, np.ones(3000))
    assert level_filter.follow(as_refusals).offset < -0.8


def test_leads_too_young_to_say_anything_change_nothing_but_the_certainty(level_filter):
    level = level_filter.follow(draw_leads(1.5, share=0.0))

    assert level.offset == 0.0 and level.error > level_filter.variance**0.5


def test_the_order_of_the_rows_does_not_matter(level_filter):
    leads = draw_leads(0.4)
    leads = RipenedLeads(np.floor(leads.order / 7), leads.log_odds, leads.converted, leads.share_known)

    assert level_filter.follow(leads) == level_filter.follow(leads.take(np.random.default_rng(2).permutation(3000)))


def test_the_offset_is_bounded_and_running_away_is_said(level_filter):
    level = level_filter.follow(draw_leads(5.0))

    assert level.offset == 2.0 and level.has_run_away and "train again" in level.describe()
    assert not level_filter.follow(draw_leads(0.6)).has_run_away
    assert "as trained" in FollowedLevel().describe()


def test_folds_that_moved_make_the_walk_wider_and_delays_become_shares():
    random = np.random.default_rng(5)
    scores = [random.normal(-1, 1, 2000) for _ in range(4)]
    labels = {
        spread: [
            (random.random(2000) < expit(z + spread * sign)).astype(float) for z, sign in zip(scores, (1, -1, 1, -1))
        ]
        for spread in (0.0, 0.6)
    }
    still, moving = (LevelFilter.from_folds(scores, labels[spread], np.arange(100.0)) for spread in (0.0, 0.6))

    assert still.variance < 0.03 and moving.variance == pytest.approx(0.48, abs=0.15)
    assert moving.variance_per_lead == pytest.approx(moving.variance / 2000)
    assert still.compute_share_known(np.array([-1.0, 49.5, 200.0])) == pytest.approx([0.0, 0.5, 1.0], abs=0.01)


def test_answers_that_come_late_for_a_yes_are_not_read_as_fewer_of_them():
    random, leads = np.random.default_rng(9), 4000
    log_odds, days = random.normal(-1, 1, leads), np.linspace(60, 0, leads)
    yes = random.random(leads) < expit(log_odds)
    wait = random.exponential(np.where(yes, 25, 8))
    known = wait <= days
    level = LevelFilter.from_folds([log_odds] * 2, [yes.astype(float)] * 2, np.empty(0), [wait] * 2)

    naive, selected = (
        level.follow(RipenedLeads(np.arange(float(leads)), z, yes.astype(float), np.ones(leads)).take(known))
        for z in (log_odds, log_odds + level.compute_known_odds(days))
    )

    assert naive.offset < -0.15 and abs(selected.offset) < 0.1


def test_answers_that_come_early_for_a_reason_that_the_score_knows_change_nothing():
    """Short notice: known soon and mostly kept, as the score says. Counted by the delays of yes and no alone, the known
    leads would seem to convert more often than they do, and the level would fall.
    """
    random, leads = np.random.default_rng(9), 4000
    short_notice = random.random(leads) < 0.5
    log_odds = np.where(short_notice, 1.5, -1.0) + random.normal(0, 0.5, leads)
    yes = (random.random(leads) < expit(log_odds)).astype(float)
    wait = random.exponential(np.where(short_notice, 3, 40))
    days = np.linspace(60, 0, leads)
    level = LevelFilter.from_folds([log_odds] * 2, [yes] * 2, np.empty(0), [wait] * 2)

    followed = level.follow(
        RipenedLeads(np.arange(float(leads)), log_odds + level.compute_known_odds(days), yes, np.ones(leads)).take(
            wait <= days
        )
    )

    assert abs(followed.offset) < 0.1
    assert len(level.answer_days) == 20 and np.abs(level.answer_log_odds).max() < 0.35
