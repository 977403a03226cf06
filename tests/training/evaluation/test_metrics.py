"""Are the figures the ones that everybody else computes?"""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from training.evaluation.metrics import Bootstrap, evaluate
from training.model.calibration import Calibrator


@pytest.fixture(scope="module")
def world():
    random = np.random.default_rng(3)
    truth = 1 / (1 + np.exp(-random.normal(-1, 1.2, 4000)))
    return (random.random(4000) < truth).astype(float), np.round(truth, 2), np.arange(4000)


def test_figures_agree_with_scikit_learn_ties_included(world):
    label, probability, lead = world

    result = evaluate(label, probability, lead, Bootstrap(20))

    assert result["auc"].value == pytest.approx(roc_auc_score(label, probability), abs=1e-12)
    assert result["average_precision"].value == pytest.approx(average_precision_score(label, probability), abs=1e-12)
    assert result["log_loss"].value == pytest.approx(log_loss(label, np.clip(probability, 1e-12, 1)), abs=1e-9)
    assert result["brier"].value == pytest.approx(brier_score_loss(label, probability), abs=1e-12)


def test_a_true_probability_is_calibrated_and_a_shifted_one_is_not(world):
    label, probability, lead = world

    assert evaluate(label, probability, lead, Bootstrap(50))["calibration_error"].value < 0.03
    assert evaluate(label, np.clip(probability + 0.2, 0, 1), lead, Bootstrap(50))["calibration_error"].low > 0.1


def test_lift_counts_tied_leads_in_proportion():
    label = np.array([1.0, 0, 1, 0, 0, 0, 0, 0, 0, 0])

    assert evaluate(label, np.full(10, 0.2), np.arange(10), Bootstrap(5))["lift_10"].value == pytest.approx(1.0)
    assert evaluate(label, label, np.arange(10), Bootstrap(5))["lift_10"].value == pytest.approx(5.0)


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    random = np.random.default_rng(5)
    truth = 1 / (1 + np.exp(-random.normal(-1, 1.2, 200_000)))
    label = (random.random(200_000) < truth).astype(float)
    estimate = roc_auc_score(label, truth)

    covered = 0
    for part in np.array_split(np.arange(200_000), 200)[:100]:
        result = evaluate(label[part], truth[part], part, Bootstrap(200))["auc"]
        covered += result.low <= estimate <= result.high

    assert 88 <= covered <= 100


def test_moments_of_one_lead_widen_the_interval(world):
    label, probability, lead = world
    times_five = np.repeat(np.arange(800), 5)

    alone = evaluate(label, probability, lead)["auc"]
    together = evaluate(np.repeat(label[:800], 5), np.repeat(probability[:800], 5), times_five)["auc"]

    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_a_ranking_has_no_calibration(world):
    label, probability, lead = world

    assert "log_loss" not in evaluate(label, probability * 50, lead, Bootstrap(5), is_probability=False)


def test_calibration_finds_the_line_back():
    random = np.random.default_rng(1)
    raw = random.normal(0, 1.5, 20_000)
    label = (random.random(20_000) < 1 / (1 + np.exp(-(0.6 * raw - 0.8)))).astype(float)

    result = Calibrator.fit(raw, label)

    assert result.slope == pytest.approx(0.6, abs=0.04)
    assert result.intercept == pytest.approx(-0.8, abs=0.05)


def test_a_handful_of_leads_cannot_turn_the_scores_around():
    assert Calibrator.fit(np.array([3.0, -3.0, 1.0]), np.array([0.0, 1.0, 0.0])).slope > 0
