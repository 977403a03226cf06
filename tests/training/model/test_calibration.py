"""Calibration: only where earlier folds would have been better for it."""

import numpy as np
import pytest

from training.model.calibration import Calibrator, choose_calibrator


def draw_labels(log_odds: np.ndarray, seed: int) -> np.ndarray:
    """Labels with these log-odds."""
    return (np.random.default_rng(seed).random(len(log_odds)) < 1 / (1 + np.exp(-log_odds))).astype(float)


@pytest.fixture
def raws() -> list[np.ndarray]:
    """Raw scores of four folds."""
    return [np.random.default_rng(fold).normal(-1, 1, 3000) for fold in range(4)]


def test_scores_that_are_right_are_left_alone(raws):
    assert choose_calibrator(raws, [draw_labels(raw, fold) for fold, raw in enumerate(raws)]) == Calibrator()


def test_a_level_that_lasts_is_followed(raws):
    calibrator = choose_calibrator(raws, [draw_labels(raw + 1.0, fold) for fold, raw in enumerate(raws)])

    assert calibrator.calibrate(np.array([-1.0]))[0] == pytest.approx(0.0, abs=0.15)


def test_scores_too_sure_of_themselves_are_drawn_in(raws):
    calibrator = choose_calibrator(raws, [draw_labels(0.4 * raw, fold) for fold, raw in enumerate(raws)])

    assert calibrator.slope == pytest.approx(0.4, abs=0.12)


def test_a_fault_of_one_month_alone_is_not_made_the_rule(raws):
    labels = [
        draw_labels(raw + shift, fold) for fold, (raw, shift) in enumerate(zip(raws, (0, 0, 1.2, 0), strict=True))
    ]

    assert abs(choose_calibrator(raws, labels).intercept) < 0.15


def test_one_fold_alone_repeats_nothing_and_corrects_nothing(raws):
    assert choose_calibrator([], []) == Calibrator()
    assert choose_calibrator(raws[:1], [draw_labels(raws[0] + 1, 9)]) == Calibrator()


def test_what_the_newest_fold_alone_missed_is_not_put_on_a_model_that_has_learned_that_fold(raws):
    shifts = (0.0, 0.1, -0.1, 1.3)
    labels = [draw_labels(raw + shift, fold) for fold, (raw, shift) in enumerate(zip(raws, shifts, strict=True))]

    assert abs(choose_calibrator(raws, labels).intercept) < 0.2


def test_what_is_said_after_a_shift_is_what_happened():
    raw = np.random.default_rng(2).normal(0, 2, 5000)
    label = draw_labels(raw - 1.5, 3)

    shifted = Calibrator.fit_shift(raw, label)

    assert (1 / (1 + np.exp(-shifted.calibrate(raw)))).mean() == pytest.approx(label.mean(), abs=1e-3)
    assert np.isfinite(Calibrator.fit_shift(raw, np.zeros(5000)).intercept)
