"""Do the newest two blocks of later leads tell together whether probabilities hold?"""

import numpy as np
import pytest
from scipy.special import expit

from training.evaluation.block_calibration import TOLERABLE_CALIBRATION_ERROR, ServedBlock, measure_blocks


def block(leads: int, shift: float = 0.0, seed: int = 1) -> ServedBlock:
    """Leads whose scores are off by so much, in log-odds."""
    random = np.random.default_rng(seed)
    z = random.normal(-1, 1, leads)
    return ServedBlock((random.random(leads) < expit(z)).astype(float), expit(z + shift))


def test_two_that_hold_are_tolerated_and_one_that_does_not_is_half_of_the_mean():
    held, off = block(2_000), block(2_000, 0.5, seed=2)

    both = measure_blocks([held, off])

    assert measure_blocks([held, held]).holds and not both.holds
    assert both.error == pytest.approx((measure_blocks([held]).error + measure_blocks([off]).error) / 2)
    assert both.errors == measure_blocks([off, held]).errors[::-1]


def test_few_leads_are_given_what_chance_explains_and_many_a_fixed_error():
    few, many = measure_blocks([block(300)]), measure_blocks([block(40_000)])

    assert few.by_chance and few.tolerated > 2 * TOLERABLE_CALIBRATION_ERROR
    assert not many.by_chance and many.tolerated == TOLERABLE_CALIBRATION_ERROR


def test_a_good_block_before_does_not_excuse_a_newest_one_that_is_certainly_bad():
    held, off = block(40_000), block(40_000, 0.16, seed=2)

    newest_off, newest_holds = measure_blocks([off, held]), measure_blocks([held, off])

    assert newest_off.error == newest_holds.error <= newest_off.tolerated
    assert newest_off.errors[0] > newest_off.tolerated_alone and not newest_off.holds
    assert newest_holds.holds
