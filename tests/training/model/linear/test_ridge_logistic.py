"""Does the minimization keep its bounds, and is its result the one that scikit-learn finds?"""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from training.model.linear.design_matrix import DesignMatrix
from training.model.linear.ridge_logistic import RidgeProblem, fit_ridge


@pytest.fixture
def sample():
    """Six standardized columns and 800 labels."""
    random = np.random.default_rng(2)
    design = random.normal(size=(800, 6)).astype(np.float32)
    truth = design @ np.array([1.0, -0.8, 0.4, 0.0, 0.0, 0.2])
    return design, (random.random(800) < expit(truth - 0.7)).astype(float)


@pytest.mark.parametrize("penalty", [0.5, 5.0, 200.0])
def test_the_weights_are_those_of_scikit_learn(sample, penalty):
    design, label = sample
    peer = LogisticRegression(C=1 / penalty, tol=1e-12, max_iter=10_000).fit(design.astype(float), label)

    found = fit_ridge(DesignMatrix.of_numbers(design), label, np.full(6, penalty), [(None, None)] * 6, np.zeros(7))

    np.testing.assert_allclose(found, [*peer.intercept_, *peer.coef_[0]], atol=1e-5)


def test_each_term_has_its_own_penalty_and_bounds_hold(sample):
    design, label = sample
    penalties = np.array([5.0, 5.0, 1e6, 5.0, 5.0, 5.0])

    found = fit_ridge(
        DesignMatrix.of_numbers(design), label, penalties, [(None, 0.0), *[(None, None)] * 5], np.zeros(7)
    )

    assert found[1] == 0.0
    assert abs(found[3]) < 1e-3 < abs(found[2])


def test_the_result_is_the_minimum_wherever_it_starts(sample):
    design, label = sample
    bounds = [(None, 0.0), (None, 0.0), (0.0, None), *[(None, None)] * 3]
    starts = np.zeros(7), np.random.default_rng(3).normal(size=7) * 3

    cold, warm = (fit_ridge(DesignMatrix.of_numbers(design), label, np.full(6, 5.0), bounds, start) for start in starts)

    np.testing.assert_allclose(cold, warm, atol=1e-7)
    slope = design.T @ (expit(cold[0] + design @ cold[1:]) - label) + 5.0 * cold[1:]
    assert cold[1] == 0.0 and slope[0] < 0
    np.testing.assert_allclose(slope[1:], 0, atol=1e-3)


def test_a_column_given_twice_and_hardly_any_penalty_are_no_failure(sample):
    design, label = sample
    twice = np.concatenate([design, design], axis=1)

    once, shared = (
        fit_ridge(
            DesignMatrix.of_numbers(columns), label, np.full(terms, 1e-6), [(None, None)] * terms, np.zeros(1 + terms)
        )
        for columns, terms in ((design, 6), (twice, 12))
    )

    np.testing.assert_allclose(once[1:], shared[1:7] + shared[7:], atol=1e-4)


def test_the_last_step_gains_no_more_than_the_tolerance(sample):
    design, label = sample
    problem = RidgeProblem.of_bounds(DesignMatrix.of_numbers(design), label, np.full(6, 5.0), [(None, None)] * 6)

    def compute_loss(weights):
        return problem.compute_loss(weights, problem.design.multiply(weights))

    least, near, first = (compute_loss(problem.minimize(np.zeros(7), tolerance=gain)) for gain in (1e-11, 0.1, 1e9))

    assert least < near < least + 0.1 < first
