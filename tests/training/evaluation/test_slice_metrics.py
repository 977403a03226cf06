"""Are the figures of a part those of its leads, and are small parts left unsaid?"""

import numpy as np
import pytest

from training.evaluation.slice_metrics import MIN_LEADS_PER_SLICE, measure_slices


@pytest.fixture
def sliced_leads():
    """400 leads: two channels of which the score promises one too much; clinics of 30 and of 29 leads."""
    random = np.random.default_rng(2)
    channel = np.where(np.arange(400) < 250, "web", "referral").astype(object)
    probability = np.round(random.uniform(0.05, 0.6, 400), 2)
    label = (random.random(400) < np.where(channel == "web", probability / 2, probability)).astype(float)
    clinic = np.array(["North"] * 30 + ["Secret"] * 29 + [None] * 341, object)
    return label, probability, {"Channel": channel, "Clinic asked for": clinic}


def test_a_part_is_counted_and_its_promise_is_held_against_it(sliced_leads):
    result = measure_slices(*sliced_leads)["Channel"]["parts"]

    web = next(part for part in result if part["name"] == "web")
    of_web = sliced_leads[2]["Channel"] == "web"
    assert web["leads"] == 250 and web["happened"] == pytest.approx(sliced_leads[0][of_web].mean(), abs=1e-6)
    assert web["gap"][1] > 0, "the score promised web too much, surely"


def test_a_part_with_too_few_leads_is_counted_and_not_named(sliced_leads):
    result = measure_slices(*sliced_leads)["Clinic asked for"]

    assert [part["name"] for part in result["parts"]] == ["North"] and MIN_LEADS_PER_SLICE == 30
    assert (result["hidden"], result["hidden_leads"], result["not_said"]) == (1, 29, 341)
    assert "Secret" not in str(result)


def test_auc_needs_a_few_of_each_kind():
    label = np.r_[np.ones(4), np.zeros(60)]

    assert (
        measure_slices(label, np.linspace(0, 1, 64), {"Channel": np.full(64, "web", object)})["Channel"]["parts"][0][
            "auc"
        ]
        is None
    )


def test_months_stand_in_their_order_and_shares_of_the_highest_fifth_add_up():
    label, probability = np.tile([0.0, 1.0], 100), np.tile(np.round(np.linspace(0.1, 0.9, 20), 1), 10)
    months = np.repeat(["2026-02", "2026-01"], [120, 80]).astype(object)

    parts = measure_slices(label, probability, {"Month": months})["Month"]["parts"]

    assert [part["name"] for part in parts] == ["2026-01", "2026-02"]
    assert sum(part["top_fifth"] * part["leads"] for part in parts) == pytest.approx(40)
