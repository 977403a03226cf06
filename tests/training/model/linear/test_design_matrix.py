"""Are the products of a design those of its terms written out in full?"""

import numpy as np
import pytest

from training.model.linear.design_matrix import DesignMatrix, order_terms
from training.model.linear.linear_model import LinearTerm

ROWS = 20_000


@pytest.fixture(scope="module")
def terms():
    """A number, two categories of three and two codes, and whether the number is unknown."""
    return order_terms(
        [
            LinearTerm(0, "unknown", 0.0, 1.0, 0.0, 0.25),
            LinearTerm(0, "number", 3.0, 2.0, 0.1, 0.02),
            *(LinearTerm(1, "code", code, 1.0, 0.0, 0.2) for code in (1.0, 4.0, 7.0)),
            *(LinearTerm(2, "code", code, 1.0, 0.0, 0.4) for code in (0.0, 2.0)),
        ]
    )


@pytest.fixture(scope="module")
def matrix():
    """Rows with unknown values, and codes that no term has."""
    random = np.random.default_rng(3)
    values = np.column_stack(
        [random.normal(3, 2, ROWS), random.integers(0, 9, ROWS), random.integers(0, 4, ROWS)]
    ).astype(np.float32)
    values[random.random(values.shape) < 0.2] = np.nan
    return values


@pytest.fixture(scope="module")
def full(matrix, terms):
    """The constant and every term of every row."""
    columns = [term.transform(matrix[:, term.signal].astype(float)) - term.mean for term in terms]
    return np.column_stack([np.ones(ROWS), *columns])


def test_codes_stand_after_all_other_terms_and_keep_their_order(terms):
    assert [(term.signal, term.kind) for term in terms[:2]] == [(0, "unknown"), (0, "number")]
    assert [(term.signal, term.center) for term in terms[2:]] == [(1, 1.0), (1, 4.0), (1, 7.0), (2, 0.0), (2, 2.0)]


def test_products_are_those_of_the_full_matrix(matrix, terms, full):
    design, random = DesignMatrix.from_terms(matrix, terms), np.random.default_rng(4)
    weights, values, row_weights = random.normal(size=8), random.normal(size=ROWS), random.random(ROWS)

    np.testing.assert_allclose(design.multiply(weights), full @ weights, atol=1e-6)
    np.testing.assert_allclose(design.multiply_transposed(values), values @ full, atol=1e-3)
    np.testing.assert_allclose(
        design.compute_second_moments(row_weights), (full * row_weights[:, None]).T @ full, rtol=1e-4, atol=0.1
    )


def test_every_third_row_is_a_design_of_every_third_row(matrix, terms, full):
    design, weights = DesignMatrix.from_terms(matrix, terms).take_every(3), np.arange(8.0)

    assert len(design) == len(full[::3])
    np.testing.assert_allclose(design.multiply(weights), full[::3] @ weights, atol=1e-5)


def test_a_design_may_have_no_codes_or_nothing_but_codes(matrix, terms):
    for kept in (terms[:2], terms[2:], []):
        design = DesignMatrix.from_terms(matrix[:50], kept)

        assert design.columns == 1 + len(kept) == len(design.multiply_transposed(np.ones(50)))
        assert design.compute_second_moments(np.ones(50)).shape == (design.columns, design.columns)
