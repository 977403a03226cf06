"""LC008: does a search find no lead whose score moves against a policy, and does it find one where the policy was left
off?
"""

from dataclasses import replace

import numpy as np
import pytest

import features.signals  # noqa: F401  (fills the catalogue)
from features.registry import CATALOGUE
from training.checks.monotonicity import MonotonePolicy
from training.model.gradient_boosting import LabeledRows, fit_trees
from training.model.linear.linear_fit import Penalty, fit_linear
from training.model.linear.linear_model import blend_scores
from training.settings import Settings


@pytest.fixture(scope="module")
def wavy():
    """Leads whose label goes up and down with signals that a policy says go one way only; some values unknown."""
    random = np.random.default_rng(4)
    rows = random.normal(size=(1500, 3)).astype(np.float32)
    label = (
        random.random(1500) < 1 / (1 + np.exp(-(2 * np.sin(2 * rows[:, 0]) - rows[:, 0] + rows[:, 1] + rows[:, 2])))
    ).astype(float)
    rows[random.random(rows.shape) < 0.1] = np.nan
    base_signal = replace(CATALOGUE["names_condition"], monotone=0)
    return (
        rows,
        label,
        [
            replace(base_signal, name=name, monotone=monotone)
            for name, monotone in (("up", +1), ("down", -1), ("either", 0))
        ],
    )


def fit_blend(rows, label, signals, policy):
    """Line and trees, half and half."""
    booster = fit_trees(
        LabeledRows(rows, label), signals, Settings(threads=1, feature_fraction=1.0), 60, enforce_monotone=policy
    )
    linear = fit_linear(rows, label, signals, Penalty(5.0), policy)
    return lambda inputs: blend_scores(
        linear.predict_raw(inputs), np.asarray(booster.predict(inputs, raw_score=True, num_threads=1)), 0.5
    )


def test_a_model_fitted_without_the_policy_is_caught(wavy):
    rows, label, signals = wavy

    finding = MonotonePolicy(fit_blend(rows, label, signals, policy=False), signals, rows).run()

    assert finding.verdict == "fails" and set(finding.details) == {signals[0].name, signals[1].name}
    assert (
        "the score falls by" in finding.details[signals[0].name]
        and "the score rises by" in finding.details[signals[1].name]
    )


def test_our_fit_keeps_it_quiet_however_hard_it_is_attacked(wavy):
    rows, label, signals = wavy

    finding = MonotonePolicy(fit_blend(rows, label, signals, policy=True), signals, rows, leads=300, values=60).run()

    assert finding.verdict == "holds"
    assert (
        finding.sentence
        == "2 signals with a policy moved through observed values on 300 real leads; none moved a score against it."
    )


@pytest.fixture(scope="module")
def unknown_elsewhere():
    """Leads in whom another signal's being unknown books often where the bound signal is low, and seldom where it is
    high: a way around a policy.
    """
    random = np.random.default_rng(4)
    rows = random.normal(size=(3000, 3)).astype(np.float32)
    unknown, (low, rare, third) = random.random(3000) < 0.3, rows.T < 0
    share = np.where(
        low, np.where(rare & ~unknown, 0.05, np.where(third, 0.1, 0.6)), np.where(unknown | rare, 0.4, 0.95)
    )
    label = (random.random(3000) < share).astype(float)
    rows[unknown, 1] = np.nan
    base_signal = replace(CATALOGUE["names_condition"], monotone=0)
    signals = [
        replace(base_signal, name=name, monotone=monotone)
        for name, monotone in (("up", 1), ("sometimes_unknown", 0), ("third", 0))
    ]
    return rows, signals, fit_trees(LabeledRows(rows, label), signals, Settings(threads=1), 30)


def test_another_signal_that_is_unknown_is_no_way_around_the_policy(unknown_elsewhere):
    rows, signals, booster = unknown_elsewhere

    finding = MonotonePolicy(
        lambda inputs: np.asarray(booster.predict(inputs, raw_score=True, num_threads=1)),
        signals,
        rows,
        leads=1000,
        values=30,
    ).run()

    assert (finding.verdict, finding.details) == ("holds", {})


def leaves(node):
    """What the leaves under a node say."""
    return [node["leaf_value"]] if "leaf_value" in node else leaves(node["left_child"]) + leaves(node["right_child"])


def splits_on(node, column):
    """The nodes of a tree that split on a column."""
    below = (
        []
        if "leaf_value" in node
        else [*splits_on(node["left_child"], column), *splits_on(node["right_child"], column)]
    )
    return below + [node] * (node.get("split_feature") == column)


def test_no_leaf_left_of_a_bound_split_says_more_than_one_to_its_right(unknown_elsewhere):
    bound = [
        split
        for tree in unknown_elsewhere[2].dump_model()["tree_info"]
        for split in splits_on(tree["tree_structure"], 0)
    ]

    assert len(bound) > 30
    assert [split for split in bound if max(leaves(split["left_child"])) > min(leaves(split["right_child"]))] == []


@pytest.mark.parametrize("left_off", ["line", "trees"])
def test_it_looks_at_both_parts_of_the_blend(wavy, left_off):
    rows, label, signals = wavy
    booster = fit_trees(
        LabeledRows(rows, label), signals, Settings(threads=1), 60, enforce_monotone=left_off != "trees"
    )
    linear = fit_linear(rows, label, signals, Penalty(5.0), enforce_monotone=left_off != "line")

    finding = MonotonePolicy(
        lambda inputs: blend_scores(
            linear.predict_raw(inputs), np.asarray(booster.predict(inputs, raw_score=True, num_threads=1)), 0.5
        ),
        signals,
        rows,
    ).run()

    assert finding.verdict == "fails"


def test_without_a_policy_the_check_does_not_apply(wavy):
    rows, label, signals = wavy
    free = [replace(signal, monotone=0) for signal in signals]

    assert MonotonePolicy(lambda inputs: inputs[:, 0], free, rows).run().verdict == "not applicable"


def test_every_training_run_is_attacked(trained):
    finding = next(signal for signal in trained.findings if signal.code == "LC008")

    assert finding.verdict == "holds" and "none moved a score against it" in finding.sentence
