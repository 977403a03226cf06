"""How much of the model's information was sent, and how far may a score still move?"""

import numpy as np

from features.registry import CATALOGUE
from features.signals.sent_columns import build_sent_signals
from training.model.missing_information import (
    InformationSpread,
    WeighedInputs,
    compute_input_weights,
)


def test_the_spread_of_missing_fields_never_narrows_with_less_information():
    random = np.random.default_rng(1)
    coverage = random.random(4_000)

    spread = InformationSpread.fit(coverage, random.normal(0, 1.2 - coverage))

    low, high = spread.interpolate(np.linspace(0, 1, 11))
    assert (np.diff(low) >= 0).all() and (np.diff(high) <= 0).all() and low[0] < -0.8 and high[0] > 0.8
    assert (low[-1], high[-1]) == (0, 0)


def test_a_field_is_worth_what_its_signals_move_and_a_lead_without_it_lacks_that_share():
    signals = [CATALOGUE["valid_phone"], CATALOGUE["valid_email"]]
    signals += build_sent_signals(signals, {"phone", "email"})
    parts = np.array([[0.3, -0.1, 0.0, 0.0], [-0.3, 0.1, 0.0, 0.0]])

    weights = compute_input_weights(signals, parts)
    coverage = WeighedInputs.of(signals, weights).compute_coverage(np.array([[1, 1, 1, 1], [np.nan, 1, 0, 1]]))

    assert weights == {"phone": 0.75, "email": 0.25} and coverage.tolist() == [1.0, 0.25]


def test_without_copies_nothing_widens():
    low, high = InformationSpread().interpolate(np.array([0.0, 1.0]))

    assert low.tolist() == high.tolist() == [0.0, 0.0]
