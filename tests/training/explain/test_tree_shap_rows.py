"""Do the plain loops give what the vectors give, to the bit, and the scores alone what LightGBM gives?"""

import lightgbm
import numpy as np

from training.explain.tree_shap import FastTreeShap
from training.explain.tree_shap_rows import sum_leaves, sweep_row


def test_rows_one_by_one_are_rows_in_a_block_to_the_bit():
    random = np.random.default_rng(3)
    rows = random.normal(size=(300, 4))
    rows[random.random(rows.shape) < 0.2] = np.nan
    label = np.nan_to_num(rows[:, 0]) * np.nan_to_num(rows[:, 1]) + random.normal(size=300) > 0
    settings = {"objective": "binary", "num_leaves": 8, "verbosity": -1, "num_threads": 1, "seed": 3}
    booster = lightgbm.train(settings, lightgbm.Dataset(rows, label, params=settings), 10)
    explainer = FastTreeShap.from_model_text(booster.model_to_string())

    block = explainer.explain(rows)
    parts, raw = np.empty_like(rows), np.empty(300)
    sweep_row(rows, explainer.forest, parts, raw)

    np.testing.assert_array_equal(raw, block.raw)
    np.testing.assert_array_equal(parts, block.parts)
    assert np.abs(parts).max() > 0


def test_scores_alone_are_lightgbms_to_the_bit_whatever_the_values():
    random = np.random.default_rng(4)
    rows = random.normal(size=(700, 4))
    rows[:, 3] = random.integers(0, 40, 700)
    settings = {"objective": "binary", "num_leaves": 9, "verbosity": -1, "num_threads": 1, "min_data_per_group": 5}
    label = (rows[:, 0] > rows[:, 1]) ^ (rows[:, 3] % 3 == 0)
    data = lightgbm.Dataset(rows, label, categorical_feature=[3], params=settings)
    booster = lightgbm.train(settings, data, 15)
    for value in (np.nan, 0.0, 1e-40, np.inf, -np.inf, -1.0, 1e9):
        rows[random.random(rows.shape) < 0.05] = value
    explainer = FastTreeShap.from_model_text(booster.model_to_string())

    raw = np.empty(700)
    sum_leaves(rows, explainer.forest, raw)

    expected = booster.predict(rows, raw_score=True)
    np.testing.assert_array_equal(raw, expected)
    np.testing.assert_array_equal(explainer.predict(rows, threads=2), expected)
    np.testing.assert_array_equal(np.concatenate([explainer.predict(rows[[row]]) for row in range(9)]), expected[:9])
