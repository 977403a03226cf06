"""Does a model that the sweep cannot explain fall back to LightGBM, and say so?"""

from dataclasses import replace

import lightgbm
import numpy as np
import pytest

from training.errors import UnsupportedTrees
from training.explain import shap_values
from training.explain.shap_values import ShapExplainer
from training.explain.tree_shap import FastTreeShap

AVERAGED = {"boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1}


def booster_of(**settings) -> lightgbm.Booster:
    """A small model of four columns, one of them a category."""
    random = np.random.default_rng(3)
    rows = random.normal(size=(400, 4))
    rows[:, 3] = random.integers(0, 9, 400)
    settings = {"objective": "binary", "num_leaves": 6, "verbosity": -1, "num_threads": 1, **settings}
    data = lightgbm.Dataset(
        rows,
        rows[:, 0] + rows[:, 1] * rows[:, 2] > 0,
        categorical_feature=[] if settings.get("linear_tree") else [3],
        params=settings,
    )
    return lightgbm.train(settings, data, 6)


def test_a_usual_model_is_explained_by_the_sweep():
    explainer = ShapExplainer.from_booster(booster_of())

    assert explainer.fallback_reason is None and explainer.trees is not None


def test_averaged_trees_fall_back_to_lightgbm_and_say_so(caplog):
    booster, rows = booster_of(**AVERAGED), np.random.default_rng(1).normal(size=(5, 4))

    explainer = ShapExplainer.from_booster(booster)

    assert "its trees are averaged" in explainer.fallback_reason
    assert [record.getMessage() for record in caplog.records] == [
        f"contributions are computed by LightGBM, many times slower: {explainer.fallback_reason}"
    ]
    np.testing.assert_array_equal(explainer.explain(rows).raw, booster.predict(rows, raw_score=True))
    np.testing.assert_array_equal(explainer.explain(rows).parts, booster.predict(rows, pred_contrib=True)[:, :-1])


def test_linear_trees_which_nobody_can_explain_are_an_error_when_the_model_is_loaded():
    with pytest.raises(UnsupportedTrees, match="LightGBM computes no contributions for trees of its kind"):
        ShapExplainer.from_booster(booster_of(linear_tree=True))


@pytest.mark.parametrize(
    ("wrong", "message"), [("share", "contributions by"), ("threshold", "scores by"), ("base", "mean score by")]
)
def test_a_sweep_that_differs_is_not_used(monkeypatch, wrong, message):
    booster = booster_of()
    right = FastTreeShap.from_model_text(booster.model_to_string())
    if wrong == "base":
        false = replace(right, base=right.base + 1e-6)
    else:
        nodes = right.forest.nodes.copy()
        nodes[wrong] = nodes[wrong] * 0.9 - 0.01
        false = replace(right, forest=right.forest._replace(nodes=nodes))
    monkeypatch.setattr(FastTreeShap, "from_model_text", classmethod(lambda cls, text: false))

    explainer = ShapExplainer.from_booster(booster)

    assert explainer.trees is None and message in explainer.fallback_reason


def test_the_rows_tried_reach_both_sides_of_the_splits():
    trees = FastTreeShap.from_model_text(booster_of().model_to_string())

    rows = shap_values._build_test_rows(trees)

    assert np.isnan(rows).any() and (rows == 0).any() and (rows == 1e6).any()
    assert len(np.unique(trees.explain(rows).raw)) > len(rows) / 3


def test_no_rows_are_explained_as_none():
    averaged, usual = ShapExplainer.from_booster(booster_of(**AVERAGED)), ShapExplainer.from_booster(booster_of())

    assert averaged.explain(np.empty((0, 4))).parts.shape == usual.explain(np.empty((0, 4))).parts.shape == (0, 4)
