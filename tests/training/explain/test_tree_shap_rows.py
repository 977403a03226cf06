"""Do the plain loops give what the vectors give, to the bit?"""

import lightgbm
import numpy as np

from training.explain.tree_shap import FastTreeShap
from training.explain.tree_shap_rows import sweep_row


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
