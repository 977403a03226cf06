"""The band around a probability: wide enough for the truth, on leads that come later; honest where little is known."""

import numpy as np
import pytest

from training.model.prediction_intervals import PredictionBand, compute_coverage, fit_band, fit_band_of_blocks


def world(leads: int, seed: int, slope: float = 0.85, level: float = 0.15) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Calibrated-looking scores, the truth behind them, and what happened."""
    random = np.random.default_rng(seed)
    score = random.normal(-1.2, 1.0, leads)
    truth = 1 / (1 + np.exp(-(level + slope * score)))
    return score, truth, (random.random(leads) < truth).astype(float)


def test_the_truth_of_later_leads_lies_in_the_band_nineteen_times_in_twenty():
    covered = []
    for seed in range(6):
        score, _, label = world(2000, seed)
        low, high = fit_band(score, label, 80, seed).interpolate((later := world(1500, 100 + seed))[0])
        covered.append(((low <= later[1]) & (later[1] <= high)).mean())

    assert np.mean(covered) >= 0.95


def test_more_leads_make_a_narrower_band():
    widths = []
    for leads in (300, 4000):
        score, _, label = world(leads, 3)
        low, high = fit_band(score, label, 60).interpolate(np.linspace(-3, 1, 50))
        widths.append((high - low).mean())

    assert widths[1] < 0.6 * widths[0]


def test_the_probability_itself_always_lies_in_its_band():
    score, _, label = world(800, 5, slope=0.2, level=-2)
    everywhere = np.linspace(-9, 9, 100)

    low, high = fit_band(score, label, 40).interpolate(everywhere)

    probability = 1 / (1 + np.exp(-everywhere))
    assert (low <= probability).all() and (probability <= high).all() and (low >= 0).all() and (high <= 1).all()


def test_too_few_leads_say_nothing_and_the_band_is_everything():
    score, _, label = world(59, 1)

    low, high = fit_band(score, label).interpolate(score)

    assert (low == 0).all() and (high == 1).all()


def test_a_band_of_another_world_is_found_out():
    score, _, label = world(2000, 1)
    band = fit_band(score, label, 60)

    same, other = world(2000, 2), world(2000, 2, level=1.2)

    assert compute_coverage(band, same[0], same[2]) >= 0.9
    assert compute_coverage(band, other[0], other[2]) < 0.5


@pytest.mark.parametrize("label", [np.zeros(200), np.ones(200)])
def test_leads_that_all_did_alike_give_a_band_that_ends_there(label):
    score = np.random.default_rng(1).normal(0, 1, 200)

    low, high = fit_band(score, label, 40).interpolate(score)

    assert np.isfinite(low).all() and np.isfinite(high).all()


def test_the_band_is_read_between_its_points():
    low, high = PredictionBand((-1.0, 1.0), (0.1, 0.5), (0.4, 0.9)).interpolate(np.array([-5.0, 0.0, 5.0]))

    np.testing.assert_allclose(low, [1 / (1 + np.exp(5)), 0.3, 0.5])
    np.testing.assert_allclose(high, [0.4, 0.65, 1 / (1 + np.exp(-5))])


def test_a_score_is_seldom_the_edge_of_its_own_band():
    score, _, label = world(1200, 8, slope=1.0, level=0.0)
    later = world(2000, 9, slope=1.0, level=0.0)[0]

    low, high = fit_band(score, label, 80).interpolate(later)

    probability = 1 / (1 + np.exp(-later))
    assert ((probability - low < 1e-9) | (high - probability < 1e-9)).mean() < 0.02


def test_blocks_of_other_levels_widen_the_band_and_do_not_move_it():
    blocks = [world(1500, seed, slope=1.0, level=level) for seed, level in ((1, -0.5), (2, 0.5))]
    still = [world(1500, seed, slope=1.0, level=0.0) for seed in (1, 2)]
    scores = np.linspace(-2.5, 0.5, 20)

    moving, steady = (
        fit_band_of_blocks([block[0] for block in each], [block[2] for block in each], 60).interpolate(scores)
        for each in (blocks, still)
    )

    middle = 1 / (1 + np.exp(-scores))
    assert (moving[0] < steady[0]).all() and (moving[1] > steady[1]).all()
    # The levels of both blocks lie within the band.
    assert (moving[0] < 1 / (1 + np.exp(0.4 - scores))).all() and (1 / (1 + np.exp(-0.4 - scores)) < moving[1]).all()
    assert (steady[0] < middle).all() and (middle < steady[1]).all()
