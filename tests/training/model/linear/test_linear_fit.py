"""Does the linear half find known effects, alike for values given in any unit?"""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.model.conftest import PENALTY, column
from training.model.linear.design_matrix import DesignMatrix
from training.model.linear.linear_fit import LinearProblem, Penalty, fit_linear


def test_parts_and_base_sum_to_the_score_and_the_average_lead_has_none(sample):
    matrix, label, signals = sample
    linear = fit_linear(matrix, label, signals, PENALTY)

    parts = linear.compute_parts(matrix.astype(float))

    np.testing.assert_allclose(linear.base + parts.sum(axis=1), linear.predict_raw(matrix.astype(float)), atol=1e-12)
    np.testing.assert_allclose(parts.mean(axis=0), 0, atol=1e-6)


def test_what_helps_adds_and_what_harms_takes_away(sample):
    matrix, label, signals = sample
    linear = fit_linear(matrix, label, signals, PENALTY)

    low, high = linear.compute_parts(np.array([[-1, 0.5, 0, np.nan], [1, 3.0, 2, np.nan]]))

    assert high[0] - low[0] > 1.2 and high[1] < low[1] and high[2] - low[2] > 0.7
    assert low[3] == high[3] == 0


@pytest.mark.parametrize("direction", [-1, 1])
def test_a_direction_binds_the_weights_of_a_number_and_of_its_logarithm(sample, direction):
    matrix, label, _ = sample
    bound = [column(direction), column(direction), column(is_category=True), column()]

    linear = fit_linear(matrix, label, bound, PENALTY)

    ladder = np.column_stack([np.linspace(-6, 6, 200), np.linspace(-6, 6, 200), np.zeros(200), np.zeros(200)])
    moved = np.diff(linear.compute_parts(ladder), axis=0)[:, :2] * direction
    assert (moved >= -1e-12).all()


def test_an_unseen_code_and_a_far_number_stay_within_what_was_learned(sample):
    matrix, label, signals = sample
    linear = fit_linear(matrix, label, signals, PENALTY)

    raw = linear.predict_raw(np.array([[1e9, 0.1, 77.0, np.nan], [-np.inf, 1e30, -3.0, 5.0]]))

    assert np.isfinite(raw).all() and np.abs(raw).max() < 15


def test_an_expectation_between_no_and_yes_teaches_as_it_is(sample):
    matrix, label, signals = sample

    sure, halfway = (fit_linear(matrix, labels, signals, PENALTY) for labels in (label, 0.5 + 0 * label))

    assert abs(halfway.base) < 1e-6 and np.abs(halfway.compute_parts(matrix.astype(float))).max() < 1e-3
    assert np.abs(sure.compute_parts(matrix.astype(float))).max() > 1


def test_terms_added_by_kind_are_the_terms_added_one_by_one_and_a_row_alone_is_the_row_among_others(sample):
    matrix, label, signals = sample
    linear = fit_linear(matrix, label, signals, PENALTY)
    rows = np.concatenate([matrix[:300], [[np.nan] * 4, [np.inf, 0, 99, 1], [0, 0, -1, 0], [0, 0, 0.5, 0]]]).astype(
        float
    )

    one_by_one = np.zeros(rows.shape)
    for term in linear.terms:
        one_by_one[:, term.signal] += term.weight * (term.transform(rows[:, term.signal]) - term.mean)

    np.testing.assert_allclose(linear.compute_parts(rows), one_by_one, atol=1e-12)
    alone = np.concatenate([linear.compute_parts(rows[row : row + 1]) for row in range(len(rows))])
    np.testing.assert_array_equal(alone, linear.compute_parts(rows))
    assert [linear.predict_raw(rows[row : row + 1])[0] for row in range(len(rows))] == linear.predict_raw(rows).tolist()


@pytest.mark.parametrize("by_signal", [False, True])
def test_leads_drawn_again_count_as_rows_that_are_there_again_wherever_the_fit_starts(sample, by_signal):
    matrix, label, signals = sample
    times = np.random.default_rng(2).poisson(1.0, 1_500)
    problem = LinearProblem.of_rows(matrix[:1_500], signals, True)
    penalty, rows = Penalty(5.0, by_signal), matrix[2_000:].astype(float)
    drawn = np.repeat(np.arange(1_500), times)

    counted = problem.repeat(times).fit(label[:1_500][times > 0], penalty)
    near = problem.repeat(times).fit(label[:1_500][times > 0], penalty, problem.fit(label[:1_500], penalty))
    repeated = replace(problem, design=_list_rows(problem.design, drawn)).fit(label[:1_500][drawn], penalty)

    np.testing.assert_allclose(counted.predict_raw(rows), repeated.predict_raw(rows), atol=1e-4)
    np.testing.assert_allclose(counted.predict_raw(rows), near.predict_raw(rows), atol=1e-5)


def _list_rows(design: DesignMatrix, rows: np.ndarray) -> DesignMatrix:
    """The design with each row as often as it is listed."""
    return DesignMatrix(design.numbers[rows], design.codes[rows], design.code_means)
