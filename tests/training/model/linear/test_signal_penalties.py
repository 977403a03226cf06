"""Are few columns that matter found among many that do not, and do few leads not speak for themselves alone?"""

import numpy as np
import pytest
from scipy.special import expit

from tests.training.model.conftest import column
from training.model.linear.design_matrix import DesignMatrix
from training.model.linear.linear_fit import Penalty, fit_linear
from training.model.linear.signal_penalties import estimate_variances

FREE = (None, None)


def draw(random: np.random.Generator, rows: int, noise: int) -> tuple[np.ndarray, np.ndarray]:
    """Standardized columns of which the first two matter, and labels."""
    design = random.normal(size=(rows, 2 + noise)).astype(np.float32)
    return design, (random.random(rows) < expit(1.2 * design[:, 0] - 0.9 * design[:, 1])).astype(float)


def test_columns_that_matter_may_move_the_score_and_the_others_hardly():
    design, label = draw(np.random.default_rng(3), 600, 40)

    variances = estimate_variances(DesignMatrix.of_numbers(design), label, np.arange(42), [FREE] * 42)

    assert variances[:2].min() > 8 * variances[2:].max()


def test_terms_of_one_signal_have_one_variance():
    design, label = draw(np.random.default_rng(4), 300, 4)

    variances = estimate_variances(DesignMatrix.of_numbers(design), label, np.array([0, 0, 1, 1, 2, 2]), [FREE] * 6)

    assert variances[0] == variances[1] and variances[2] == variances[3] and variances[4] == variances[5]


def test_labels_of_pure_chance_leave_little_to_any_signal():
    random = np.random.default_rng(5)
    design = random.normal(size=(120, 30)).astype(np.float32)

    variances = estimate_variances(
        DesignMatrix.of_numbers(design), (random.random(120) < 0.3).astype(float), np.arange(30), [FREE] * 30
    )

    assert variances.max() < 0.2


def test_a_lead_told_four_times_says_no_more_than_once():
    design, label = draw(np.random.default_rng(6), 150, 30)
    repeated, labels = np.repeat(design, 4, axis=0), np.repeat(label, 4)
    groups, bounds = np.arange(32), [FREE] * 32

    once = estimate_variances(DesignMatrix.of_numbers(design), label, groups, bounds)

    np.testing.assert_allclose(
        estimate_variances(DesignMatrix.of_numbers(repeated), labels, groups, bounds, 4.0), once, rtol=0.1
    )
    assert (
        estimate_variances(DesignMatrix.of_numbers(repeated), labels, groups, bounds)[2:].mean() > 1.5 * once[2:].mean()
    )


def test_a_signal_held_to_one_direction_that_goes_the_other_way_gains_nothing():
    design, label = draw(np.random.default_rng(7), 600, 10)

    variances = estimate_variances(DesignMatrix.of_numbers(design), label, np.arange(12), [(None, 0.0), *[FREE] * 11])

    assert variances[0] < 0.1 < variances[1]


def test_moments_that_are_left_out_are_not_counted_as_if_they_were_there():
    """Four rows of each of 2,000 leads: with every second row, there are two of each."""
    design, label = draw(np.random.default_rng(10), 2_000, 10)
    repeated, labels = np.repeat(design, 4, axis=0), np.repeat(label, 4)
    groups, bounds = np.arange(12), [FREE] * 12

    once = estimate_variances(DesignMatrix.of_numbers(design), label, groups, bounds)

    np.testing.assert_allclose(
        estimate_variances(DesignMatrix.of_numbers(repeated), labels, groups, bounds, 4.0), once, rtol=0.1
    )


@pytest.mark.parametrize("outcome", [0.0, 1.0])
def test_labels_that_are_all_the_same_are_no_failure(outcome):
    design = np.random.default_rng(11).normal(size=(60, 4)).astype(np.float32)

    variances = estimate_variances(DesignMatrix.of_numbers(design), np.full(60, outcome), np.arange(4), [FREE] * 4)

    assert np.isfinite(variances).all() and variances.max() < 0.1


@pytest.mark.parametrize("rows", [40, 12_000])
def test_any_number_of_rows_is_fitted_alike_and_again_the_same(rows):
    design, label = draw(np.random.default_rng(8), rows, 5)

    first, again = (
        estimate_variances(DesignMatrix.of_numbers(design), label, np.arange(7), [FREE] * 7) for _ in range(2)
    )

    assert (first == again).all() and np.isfinite(first).all() and first[0] > first[2:].max()


def test_three_plain_categories_of_six_hundred_leads_are_heard_among_columns_of_noise():
    random = np.random.default_rng(9)

    def invent(rows: int) -> tuple[np.ndarray, np.ndarray]:
        codes, noise = random.integers(0, 5, (rows, 3)), random.normal(size=(rows, 25))
        truth = -1.2 + 1.2 * (codes[:, 0] == 2) + 0.8 * (codes[:, 1] == 1) - 0.8 * (codes[:, 2] == 4)
        return np.column_stack([codes, noise]).astype(np.float32), truth

    signals = [*[column(is_category=True)] * 3, *[column()] * 25]
    matrix, truth = invent(600)
    label = (random.random(600) < expit(truth)).astype(float)
    later, later_truth = invent(5_000)

    shared, own = (
        fit_linear(matrix, label, signals, Penalty(5.0, by_signal)).predict_raw(later.astype(float))
        for by_signal in (False, True)
    )

    assert np.corrcoef(own, later_truth)[0, 1] > np.corrcoef(shared, later_truth)[0, 1] + 0.05


def test_without_any_term_the_score_is_the_average():
    label = np.repeat([0.0, 1.0], [30, 10])

    linear = fit_linear(np.zeros((40, 1), np.float32), label, [column()], Penalty(5.0, by_signal=True))

    assert not linear.terms and round(float(expit(linear.base)), 3) == 0.25
