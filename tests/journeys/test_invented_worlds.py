"""Does the learner lose nothing against simple models, and is the verdict true, in worlds that nobody tuned on?

Two of the worlds of ``tests.bench.invented_worlds`` here, all twenty in ``make soak``."""

import os

import numpy as np
import pytest

from tests.bench.invented_worlds import KINDS, invent_world
from tests.bench.worlds import Outcome, measure, run_world
from training.settings import Settings

SOAK = bool(os.environ.get("LEADLIGHT_SOAK"))
QUICK = Settings(threads=1, resamples=100, most_trees=300)


@pytest.mark.skipif(not SOAK, reason="twenty worlds, some minutes: make soak")
def test_no_regret_in_eighteen_of_twenty_worlds_and_no_false_ready(tmp_path):
    outcomes: list[Outcome] = []
    for kind in KINDS:
        for seed in range(2):
            folder = tmp_path / f"{kind}_{seed}"
            folder.mkdir()
            outcomes.append(run_world(kind, seed, Settings(threads=1, resamples=100), folder))

    regrets = {f"{one.kind}: {one.regret(0):+.3f} / {one.regret(1):+.3f}" for one in outcomes if not one.has_no_regret}
    assert len(regrets) <= 2, regrets
    assert not [one for one in outcomes if one.is_false_ready]


def test_campaigns_of_their_own_worth_are_learned_as_well_as_by_the_best_peer(tmp_path):
    outcome = run_world("codes", 1, QUICK, tmp_path)

    assert outcome.has_no_regret, outcome


def test_a_file_in_which_half_of_the_losses_were_never_entered_is_not_ready(tmp_path):
    outcome = run_world("biased", 0, QUICK, tmp_path)

    assert outcome.metrics["followed"][2] > 0.10 and outcome.verdict != "ready"


def test_a_world_is_the_same_again_and_its_answers_follow_its_truth():
    world, again = invent_world("late", 3), invent_world("late", 3)

    assert world.leads.equals(again.leads)
    signed = (world.leads["signed"] == "y").to_numpy(float)
    assert abs(signed.mean() - world.truth.mean()) < 0.03
    assert world.read_file_of_the_end()["signed"].isna().sum() > 100
    assert measure(world.truth, world.truth)[1] < measure(world.truth, np.full(len(world.truth), signed.mean()))[1]
