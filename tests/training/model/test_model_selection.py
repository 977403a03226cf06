"""Which is better, and by more than chance: weights of rows, paired losses, the one-standard-error rule."""

import numpy as np
import pytest

from training.model.model_selection import compare_losses, compute_log_losses, compute_row_weights


def test_a_row_of_a_later_fold_counts_more_and_the_size_of_a_fold_does_not_matter():
    weights = compute_row_weights([4, 2], forward=True)

    assert weights.sum() == pytest.approx(1)
    assert weights[4:].sum() == pytest.approx(2 * weights[:4].sum())
    np.testing.assert_allclose(compute_row_weights([4, 4], forward=False), 1 / 8)


def test_log_losses_stay_finite_far_from_the_truth_and_take_expectations():
    losses = compute_log_losses(np.array([-800.0, 800.0, 0.0]), np.array([1.0, 1.0, 0.5]))

    np.testing.assert_allclose(losses, [800, 0, np.log(2)])


@pytest.mark.parametrize(("behind", "chance"), [(0.001, True), (0.2, False)])
def test_a_small_paired_difference_is_chance_and_a_large_one_is_not(behind, chance):
    random = np.random.default_rng(3)
    best = random.exponential(size=500)
    other = best + behind + random.normal(0, 0.5, 500)

    difference = compare_losses(np.stack([best, other]), best, compute_row_weights([500]))

    assert difference.within_error.tolist() == [True, chance]
    assert difference.error[1] == pytest.approx(0.5 / np.sqrt(500), rel=0.1)
    assert compare_losses(other, best, compute_row_weights([500])).mean == pytest.approx(difference.mean[1])
