"""Is the verdict the one that the comparisons give, and does it say why?"""

import numpy as np
import pytest

from training.check_finding import Finding
from training.evaluation.block_calibration import ServedBlock
from training.evaluation.metrics import Bootstrap, chance_of_calibration_error, compare_scores, evaluate
from training.evaluation.readiness import (
    BORDERLINE,
    READY,
    SERVED,
    USE_THE_RULES,
    assess_readiness,
    confirm_verdict,
    mention_rule_gaps,
)


def world(leads=2000, strength=1.5, seed=1):
    """Labels, the true probability, and rules that know a little of it."""
    random = np.random.default_rng(seed)
    z = random.normal(-1, strength, leads)
    truth = 1 / (1 + np.exp(-z))
    label = (random.random(leads) < truth).astype(float)
    scores = {
        "Leadlight": truth,
        "Rules score": np.round(z + random.normal(0, 3, leads)),
        "Newest first": np.arange(float(leads)),
        "Base rate": np.full(leads, label.mean()),
    }
    return label, scores


def test_a_model_that_knows_more_than_the_rules_is_ready():
    result = assess_readiness(*world(), None, True, bootstrap=Bootstrap(80))

    assert result["verdict"] == READY and result["why"].startswith(
        "On later leads the model beats the rules, the order of arrival and the base rate"
    )
    assert result["beats"]["AUC against rules score"][1] > 0


def test_a_model_behind_the_rules_gives_way_to_them():
    label, scores = world()
    scores["Leadlight"], scores["Rules score"] = (
        np.clip(scores["Rules score"] / 30 + 0.4, 0.01, 0.99),
        scores["Leadlight"],
    )

    result = assess_readiness(label, scores, None, True, bootstrap=Bootstrap(80))

    assert result["verdict"] == USE_THE_RULES and "not ahead of the rules" in result["why"]


def test_an_interval_that_touches_makes_it_borderline():
    label, scores = world(leads=120)
    scores["Rules score"] = np.log(scores["Leadlight"]) + np.random.default_rng(0).normal(0, 0.15, 120)

    result = assess_readiness(label, scores, None, True, bootstrap=Bootstrap(80))

    assert result["verdict"] == BORDERLINE and "not certain to be ahead" in result["why"]


def test_probabilities_that_do_not_hold_make_it_borderline():
    label, scores = world()
    scores["Leadlight"] = np.clip(scores["Leadlight"] + 0.08, 0, 0.99)

    result = assess_readiness(label, scores, None, True, bootstrap=Bootstrap(80))

    assert result["verdict"] == BORDERLINE and "more than chance explains" in result["why"]


def test_a_score_without_signal_is_said_in_words():
    label, scores = world()
    scores = {"Leadlight": np.random.default_rng(6).uniform(0.2, 0.3, len(label)), "Base rate": scores["Base rate"]}

    result = assess_readiness(label, scores, None, True, bootstrap=Bootstrap(80))

    assert result["verdict"] == USE_THE_RULES and "holds no signal" in result["why"]


def test_few_leads_without_a_proven_signal_are_not_called_data_without_one():
    label, scores = world(leads=120)
    weak = np.log(scores["Leadlight"]) + np.random.default_rng(4).normal(0, 3.0, 120)
    scores = {"Leadlight": 1 / (1 + np.exp(1.5 - 0.3 * (weak - weak.mean()))), "Base rate": scores["Base rate"]}

    result = assess_readiness(label, scores, None, True, bootstrap=Bootstrap(80))

    assert result["verdict"] == USE_THE_RULES
    assert "Too few leads to tell" in result["why"] and "such leads would tell" in result["why"]


def test_a_logistic_regression_that_is_certainly_ahead_is_not_passed_over():
    label, scores = world()
    z = np.log(scores["Leadlight"] / (1 - scores["Leadlight"]))
    scores["Logistic regression"] = scores["Leadlight"]
    scores["Leadlight"] = 1 / (1 + np.exp(-0.75 * (z + np.random.default_rng(3).normal(0, 0.9, len(z)))))

    result = assess_readiness(label, scores | {SERVED: scores["Logistic regression"]}, None, True, Bootstrap(80))

    assert result["verdict"] == BORDERLINE and "logistic regression" in result["why"]
    assert result["peers"]["AUC against logistic regression"][2] < 0


def test_calibration_is_judged_as_served():
    label, scores = world()
    off = np.clip(scores["Leadlight"] + 0.08, 0, 0.99)

    followed = assess_readiness(label, scores | {"Leadlight": off, SERVED: scores["Leadlight"]}, None, True)

    assert followed["verdict"] == READY


def test_probabilities_have_to_hold_over_the_block_before_too():
    label, scores = world()
    before = ServedBlock(label, np.clip(scores["Leadlight"] + 0.12, 0, 0.99))

    result = assess_readiness(label, scores, None, True, Bootstrap(80), before)

    assert result["verdict"] == BORDERLINE and "on average of two blocks" in result["why"]
    assert result["calibration_errors"][0] < 0.05 < result["calibration_errors"][1]
    steady = assess_readiness(label, scores, None, True, Bootstrap(80), ServedBlock(label, scores["Leadlight"]))
    assert steady["verdict"] == READY


def test_a_good_block_before_does_not_excuse_the_newest():
    random = np.random.default_rng(4)
    truth = random.uniform(0.05, 0.6, 20_000)
    label = (random.random(len(truth)) < truth).astype(float)
    off = {"Leadlight": truth + 0.03, "Base rate": np.full(len(label), label.mean())}

    result = assess_readiness(label, off, None, True, Bootstrap(40), ServedBlock(label, truth))

    assert np.mean(result["calibration_errors"]) < result["calibration_error_tolerated"]
    assert result["verdict"] == BORDERLINE
    assert "on the newest block" in result["why"]


def test_ready_is_never_said_beside_a_check_that_blocks():
    ready = assess_readiness(*world(), None, True, bootstrap=Bootstrap(80))
    failing = [Finding("LC009", "fails", "Reasons did not hold.")]

    assert confirm_verdict(ready, []) == ready
    confirmed = confirm_verdict(ready, failing)
    assert confirmed["verdict"] == BORDERLINE and confirmed["why"].endswith(
        "But LC009 must be settled first: Reasons did not hold."
    )
    assert confirm_verdict(ready | {"verdict": USE_THE_RULES}, failing)["verdict"] == USE_THE_RULES


def test_without_rules_and_dates_the_verdict_says_so():
    label, scores = world()
    bare = {name: scores[name] for name in ("Leadlight", "Base rate")}
    result = assess_readiness(label, bare, None, False, Bootstrap(40))
    result = mention_rule_gaps(result, "no rule could be applied to this data")

    assert (
        result["verdict"] == READY
        and "there are no dates" in result["why"]
        and "no rule could be applied" in result["why"]
    )


def test_pairing_makes_the_interval_of_a_difference_narrower_than_that_of_either():
    label, scores = world()
    close = scores["Leadlight"] + np.random.default_rng(5).normal(0, 0.02, len(label))

    ahead = compare_scores(label, scores["Leadlight"], close, np.arange(len(label)), "auc", bootstrap=Bootstrap(100))
    alone = evaluate(label, scores["Leadlight"], np.arange(len(label)), bootstrap=Bootstrap(100))["auc"]

    assert ahead.high - ahead.low < (alone.high - alone.low) / 3


@pytest.mark.parametrize("seed", range(3))
def test_a_calibrated_score_stays_below_what_chance_allows(seed):
    label, scores = world(leads=600, seed=seed)

    error = evaluate(label, scores["Leadlight"], np.arange(600), bootstrap=Bootstrap(5))["calibration_error"].value

    assert error < 1.3 * chance_of_calibration_error(scores["Leadlight"])
