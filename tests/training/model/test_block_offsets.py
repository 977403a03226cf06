"""The offset of a block of leads, and how far a mean offset repeats."""

import numpy as np
import pytest
from scipy.special import expit

from training.model.block_offsets import Estimate, fit_offset, shrink_mean


def draw_block(offset: float, seed: int, leads: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Scores, and labels that are off by ``offset``."""
    random = np.random.default_rng(seed)
    log_odds = random.normal(-1.5, 1.0, leads)
    return log_odds, (random.random(leads) < expit(log_odds + offset)).astype(float)


@pytest.mark.parametrize("offset", [-2.0, 0.0, 0.7, 3.0])
def test_a_planted_offset_is_found_within_its_error(offset):
    estimate = fit_offset(*draw_block(offset, seed=4))

    assert abs(estimate.value - offset) < 3 * estimate.error


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_a_block_of_one_class_has_a_finite_offset(label):
    estimate = fit_offset(np.full(50, -4.0 if label else 4.0), np.full(50, label))

    assert np.isfinite(estimate.value) and abs(estimate.value) < 15


def test_offsets_that_agree_are_kept_and_offsets_that_disagree_are_not():
    agreeing = [fit_offset(*draw_block(0.5, seed)) for seed in range(4)]
    disagreeing = [fit_offset(*draw_block(offset, seed)) for seed, offset in enumerate((0.9, -0.8, 0.7, -0.6))]

    assert shrink_mean(agreeing) == pytest.approx(0.5, abs=0.06)
    assert shrink_mean(disagreeing) == 0.0


def test_chance_alone_is_no_offset_even_where_the_blocks_agree():
    assert shrink_mean([Estimate(0.05, 0.2), Estimate(0.06, 0.2), Estimate(0.05, 0.2)]) == 0.0
