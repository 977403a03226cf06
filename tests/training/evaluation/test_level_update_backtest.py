"""Held-out leads at the level of their arrival: a world that turns is followed, and nothing is known too early."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit

from features.array_types import DAY
from features.point_in_time.scoring_moments import Moments
from training.dataset.labels import LearningSet
from training.dataset.time_splits import Fold
from training.evaluation.level_update_backtest import fit_level_filter, predict_followed
from training.model.calibration import Calibrator
from training.model.level_update import LevelFilter

LEADS, HORIZON = 6000, 20


@pytest.fixture(scope="module")
def turning() -> tuple[LearningSet, np.ndarray]:
    """Leads of 300 days, one moment each, whose rate rises in the last third; and their scores."""
    random = np.random.default_rng(12)
    cutoff = np.datetime64("2025-01-01", "us") + (np.arange(LEADS) * 300 / LEADS * DAY).astype("timedelta64[us]")
    log_odds = random.normal(-1.2, 1, LEADS)
    label = (random.random(LEADS) < expit(log_odds + np.where(np.arange(LEADS) > 4000, 1.0, 0.0))).astype(float)
    booked_at = cutoff + (random.uniform(0, HORIZON, LEADS) * DAY).astype("timedelta64[us]")
    recorded = np.where(label == 1, booked_at, np.datetime64("NaT", "us"))
    learning = LearningSet(
        Moments.single(cutoff),
        label,
        cutoff.astype(np.int64).astype(float),
        np.ones(LEADS, bool),
        {},
        cutoff + HORIZON * DAY,
        converted_known_at=recorded,
    )
    return learning, log_odds


LEVEL = LevelFilter(0.1, 0.1 / 1000, tuple(np.arange(1, 21) * HORIZON / 20))


def log_loss(label, probability):
    return float(-(label * np.log(probability) + (1 - label) * np.log(1 - probability)).mean())


def test_a_turn_is_followed(turning):
    learning, log_odds = turning
    rows = np.arange(3500, LEADS)

    followed = predict_followed(log_odds[rows], learning, rows, LEVEL)

    label = learning.label[rows]
    assert log_loss(label, followed) < log_loss(label, expit(log_odds[rows])) - 0.02
    assert logit(followed[-1]) - log_odds[-1] == pytest.approx(1.0, abs=0.3)


def test_what_becomes_known_later_changes_no_earlier_score(turning):
    learning, log_odds = turning
    rows, cutoff = np.arange(3500, LEADS), learning.moments.cutoff
    middle = cutoff[4700]
    unknown = np.where(learning.converted_known_at > middle, np.datetime64("NaT", "us"), learning.converted_known_at)

    full = predict_followed(log_odds[rows], learning, rows, LEVEL)
    cut = predict_followed(log_odds[rows], replace(learning, converted_known_at=unknown), rows, LEVEL)

    np.testing.assert_array_equal(full[cutoff[rows] < middle], cut[cutoff[rows] < middle])


def test_without_dates_nothing_is_followed(turning):
    learning, log_odds = turning
    undated = replace(learning, moments=Moments.single(np.full(LEADS, np.datetime64("NaT", "us"))))

    assert predict_followed(log_odds, undated, np.arange(LEADS), LEVEL) is None


def test_folds_teach_how_far_the_level_moves_and_how_late_bookings_are_known(turning):
    learning, log_odds = turning
    blocks = np.array_split(np.arange(LEADS), 4)
    folds = [Fold(before, block) for before, block in zip(blocks, blocks[1:], strict=False)]

    level = fit_level_filter(log_odds, learning, folds, Calibrator())

    assert level.variance > 0.1 and level.delay_days[9] == pytest.approx(HORIZON / 2, abs=1)
    assert fit_level_filter(log_odds, learning, (), Calibrator()).variance_per_lead == 0.0
