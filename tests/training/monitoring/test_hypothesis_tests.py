"""Do the tests of drift give known p-values?"""

import numpy as np
import pytest
from scipy import stats

from training.monitoring.hypothesis_tests import chi_square_test, holm_correction, kolmogorov_smirnov_test


@pytest.fixture
def random() -> np.random.Generator:
    """The same numbers each time."""
    return np.random.default_rng(3)


def test_the_tests_agree_with_scipys_on_whole_values(random):
    old, new = random.integers(0, 9, 900), random.integers(0, 9, 300) + (random.random(300) < 0.2)
    counts = [np.bincount(values, minlength=10) for values in (old, new)]

    distance, p = kolmogorov_smirnov_test(*counts)

    theirs = stats.ks_2samp(old, new, method="asymp")
    assert distance == pytest.approx(theirs.statistic)
    assert theirs.pvalue <= p < 1.2 * theirs.pvalue
    assert chi_square_test(*counts)[1] == pytest.approx(
        stats.chi2_contingency(np.stack(counts), correction=False).pvalue
    )


def test_holm_multiplies_the_smallest_by_the_number_of_tests():
    corrected = holm_correction(np.array([0.02, 0.001, 0.5]))

    assert corrected.tolist() == pytest.approx([0.04, 0.003, 0.5])
