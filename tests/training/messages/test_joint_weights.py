"""Are words and phrases joined as they deserve?"""

import numpy as np
import pytest

from training.messages.joint_weights import _choose_threshold, _fit_floor, _fit_label


def test_a_label_leans_on_what_tells_it():
    random = np.random.default_rng(3)
    truth = random.random(4_000) < 0.5
    words = np.stack([truth * 4.0 - 2 + random.normal(size=4_000), random.normal(size=4_000)], axis=1)
    phrases = np.stack([truth & (random.random(4_000) < 0.5), random.random(4_000) < 0.5], axis=1).astype(float)

    own, of_phrases, _ = _fit_label(words, phrases, truth)

    assert own[0] > 5 * abs(own[1]) and of_phrases[0] > 5 * abs(of_phrases[1])


def test_a_threshold_is_half_of_the_highest_f1_or_where_precision_is_reached():
    log_odds = np.array([3.0, 2.5, 2.0, 0.5, 0.2, 0.0, -2.0, -3.0])
    truth = np.array([1, 1, 1, 0, 1, 1, 0, 0], bool)

    best, precise = (_choose_threshold(log_odds, truth, least) for least in (None, 0.99))

    assert best == pytest.approx(5 / 11) and precise == 1 / (1 + np.exp(-2.0))


def test_a_veto_only_lowers_the_floor():
    labels = ("change_visit", "spam", "test", "not_a_lead")
    random = np.random.default_rng(0)
    log_odds = random.normal(-2, 3, (3_000, len(labels)))
    # Moving a visit speaks against the wish; advertising, absurdly, for it.
    wish = (random.random(3_000) < np.where(log_odds[:, 0] > 1, 0.2, np.where(log_odds[:, 1] > 1, 0.99, 0.9))).astype(
        float
    )

    floor = _fit_floor(log_odds, labels, np.ones(3_000, bool), wish)

    assert floor[1] > 0.3 and floor[2] == 0 and (floor[1:] >= 0).all()
