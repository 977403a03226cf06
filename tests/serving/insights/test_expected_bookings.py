"""Does the regression find what was planted?"""

import numpy as np
import pytest
from scipy import sparse

from serving.insights.columns.categories import Categories
from serving.insights.expected_bookings import fit_booking_model, fit_logistic


def make_leads(n=20_000):
    rng = np.random.default_rng(5)
    channel = Categories(rng.integers(0, 3, n), ("a", "b", "c"))
    odds = np.array([-1.0, 0.0, 1.0])[channel.codes]
    booked = rng.random(n) < 1 / (1 + np.exp(-odds))
    return {"channel": channel}, booked, rng.integers(0, 12, n)


def test_the_planted_effects_come_out():
    attributes, booked, month = make_leads()

    model = fit_booking_model(attributes, booked, np.arange(len(booked)), month, np.random.default_rng(0))

    effects = model.get_effects("channel")
    assert effects[2] - effects[0] == pytest.approx(2.0, abs=0.1) and 1 <= model.dispersion < 2.5


def test_counting_by_pairs_gives_the_product_of_the_matrix():
    attributes, booked, month = make_leads(3_000)
    rng = np.random.default_rng(2)
    attributes |= {"rare": Categories(np.arange(3_000) % 200, tuple(map(str, range(200))))}
    attributes |= {"one": Categories(np.zeros(3_000, int), ("same",))}
    model = fit_booking_model(attributes, booked, np.arange(3_000), month, rng)

    width = len(model.coefficients)
    dense = np.zeros((3_000, width))
    dense[:, 0] = 1
    for name in model.names:
        dense[np.arange(3_000), model.groups[name][attributes[name].codes]] = 1
    penalty = np.ones(width)
    penalty[0] = 1e-4
    coefficients, _ = fit_logistic(sparse.csr_matrix(dense), booked.astype(float), penalty, 0)

    np.testing.assert_allclose(model.coefficients, coefficients, atol=1e-9)


def test_rare_values_share_a_coefficient():
    attributes, booked, month = make_leads(1_000)
    codes = attributes["channel"].codes.copy()
    codes[:5], codes[5:9] = 3, 4
    attributes = {"channel": Categories(codes, ("a", "b", "c", "rare", "rarer"))}

    model = fit_booking_model(attributes, booked, np.arange(1_000), month, np.random.default_rng(0))

    assert model.groups["channel"][3] == model.groups["channel"][4] != model.groups["channel"][0]


def test_draws_are_as_wide_as_the_data_leave_the_coefficients():
    few, many = (
        fit_booking_model(*make_leads(n)[:2], np.arange(n), make_leads(n)[2], np.random.default_rng(0))
        for n in (500, 20_000)
    )

    def spread(model):
        # Of a difference: the level of all channels is the intercept's as well.
        effects = np.array([model.get_effects("channel", draw) for draw in range(len(model.draws))])
        return (effects[:, 2] - effects[:, 0]).std()

    assert spread(few) > 3 * spread(many)
