"""Does the minimization keep its bounds, and is its result the one that scikit-learn finds?"""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from training.model.ridge_logistic import fit_ridge


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
    peer = LogisticRegression(C=1 / penalty, tol=1e-8, max_iter=1000).fit(design, label)

    found = fit_ridge(design, label, np.full(6, penalty), [(None, None)] * 6, np.zeros(7))

    np.testing.assert_allclose(found, [*peer.intercept_, *peer.coef_[0]], atol=3e-3)


def test_each_term_has_its_own_penalty_and_bounds_hold(sample):
    design, label = sample
    penalties = np.array([5.0, 5.0, 1e6, 5.0, 5.0, 5.0])

    found = fit_ridge(design, label, penalties, [(None, 0.0), *[(None, None)] * 5], np.zeros(7))

    assert found[1] == 0.0
    assert abs(found[3]) < 1e-3 < abs(found[2])
