"""Are isotonic rates with one more lead those that scipy computes one by one?"""

import numpy as np
from scipy.optimize import isotonic_regression

from training.model.isotonic import compute_isotonic_ends


def test_rates_are_those_of_scipy_at_every_point_of_every_resample():
    random = np.random.default_rng(4)
    total = random.poisson(2.0, (6, 25)).astype(float)  # some bins without any lead
    booked = random.binomial(total.astype(int), np.linspace(0.1, 0.8, 25)).astype(float)
    points = np.array([0, 7, 12, 24])

    ends = compute_isotonic_ends(booked, total, points)

    for resample in range(6):
        for k, point in enumerate(points):
            for extra in (0, 1):
                weight = np.maximum(total[resample], 1e-9) + (np.arange(25) == point)
                rate = (booked[resample] + extra * (np.arange(25) == point)) / weight
                expected = isotonic_regression(rate, weights=weight).x[point]
                np.testing.assert_allclose(ends[resample, k, extra], expected, rtol=1e-12)


def test_equal_rates_are_one_block_and_a_lone_bin_is_its_own():
    equal = compute_isotonic_ends(np.array([[1.0, 1.0]]), np.array([[2.0, 2.0]]), np.array([0]))
    lone = compute_isotonic_ends(np.array([[0.0]]), np.array([[0.0]]), np.array([0]))

    np.testing.assert_allclose(equal[0, 0], [1 / 3, 3 / 5])  # pooled: (1 + 1 + 1) / 5 with a booking
    np.testing.assert_allclose(lone[0, 0], [0.0, 1.0], atol=1e-6)
