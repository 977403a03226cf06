"""Are open leads expected to bring what such leads bring?"""

import numpy as np
import pytest

from serving.insights.open_lead_outlook import DRAWS, CohortPrior, OpenLeads, build_delay_curve, predict_final


def make_curve(count=2_000):
    rng = np.random.default_rng(4)
    return build_delay_curve(rng.uniform(0, 30, count), 30.0, rng)


def make_prior(rate, correlation=0.01):
    return CohortPrior.from_history(
        rate * 10_000, np.full(10, 1_000.0), np.full(DRAWS, correlation), np.random.default_rng(1)
    )


def test_the_curve_is_the_share_known_by_an_age():
    curve = make_curve()

    np.testing.assert_allclose(
        curve.compute_share_known(np.array([7.5, 15.0, 30.0, 99.0])), [0.25, 0.5, 1, 1], atol=0.05
    )


def test_with_few_outcomes_there_is_no_curve_and_nothing_is_said():
    assert make_curve(29) is None

    estimate, draws = predict_final(OpenLeads(3, np.array([10.0])), make_prior(0.5), None, np.random.default_rng(0))

    assert not estimate.is_known and np.isnan(draws).all()


def test_a_cohort_without_open_leads_is_what_it_is():
    curve = make_curve()

    estimate, draws = predict_final(
        OpenLeads(12, np.zeros(len(curve.share_known))), make_prior(0.3), curve, np.random.default_rng(0)
    )

    assert estimate == (12.0, 12.0, 12.0) and set(draws) == {12}


def test_a_cohort_that_has_just_come_is_expected_to_be_as_earlier_ones():
    curve = make_curve()
    by_bin = np.zeros(len(curve.share_known))
    by_bin[0] = 1_000

    estimate, _ = predict_final(
        OpenLeads(0, by_bin),
        make_prior(0.3, 1e-6),
        curve,
        np.random.default_rng(0),
    )

    assert estimate.value == pytest.approx(300, abs=12) and estimate.low < 285 < 315 < estimate.high


def test_what_is_known_so_far_moves_what_is_expected():
    curve = make_curve()
    by_bin = np.zeros(len(curve.share_known))
    by_bin[np.searchsorted(curve.edges, 15.0)] = 800
    prior = make_prior(0.3, 0.01)

    few, _ = predict_final(OpenLeads(50, by_bin), prior, curve, np.random.default_rng(0))
    many, _ = predict_final(OpenLeads(200, by_bin), prior, curve, np.random.default_rng(0))

    assert few.value - 50 < many.value - 200
