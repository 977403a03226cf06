"""Is a part of the leads that is served worse found, and what is barred refused?"""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import expit

from training.checks.slice_regression import SliceRegression


def held_out(count: int = 1000, seed: int = 3):
    """Labels, and the probabilities that made them."""
    random = np.random.default_rng(seed)
    z = random.normal(-1, 1, count)
    return (random.random(count) < expit(z)).astype(float), z


def test_lc011_finds_the_part_that_is_served_worse_and_no_other():
    label, z = held_out()
    clinic = np.where(np.arange(1000) < 120, "North", "South").astype(object)
    worse = np.where(clinic == "North", -z, z)
    signals = [SimpleNamespace(name="channel")]

    quiet = SliceRegression(signals, label, expit(z + 0.01), expit(z), {"Clinic": clinic}).run()
    result = SliceRegression(signals, label, expit(worse), expit(z), {"Clinic": clinic}).run()

    assert quiet.verdict == "holds"
    assert result.verdict == "fails" and list(result.details) == ["Clinic North"]


@pytest.mark.parametrize("name", ["age_band", "custom:Patient Age", "custom:preferred language"])
def test_lc011_refuses_what_is_barred(name):
    nothing = np.empty(0)

    result = SliceRegression(
        [SimpleNamespace(name="channel"), SimpleNamespace(name=name)], nothing, nothing, nothing, {}
    ).run()

    assert result.verdict == "fails" and list(result.details) == [name]
