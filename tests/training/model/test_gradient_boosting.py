"""How large may a tree be, and how much may it see? By rows and by columns."""

from types import SimpleNamespace

import numpy as np
import pytest

from training.model.gradient_boosting import LabeledRows, compute_column_share, compute_max_leaves, fit_trees
from training.settings import Settings

SETTINGS = Settings(threads=1, leads_per_leaf=5)


def make_sample(rows: int, columns: int) -> tuple[LabeledRows, list[SimpleNamespace]]:
    """Numbers that each matter a little."""
    random = np.random.default_rng(3)
    matrix = random.normal(size=(rows, columns)).astype(np.float32)
    log_odds = matrix.sum(axis=1)
    label = (random.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(float)
    return LabeledRows(matrix, label), [SimpleNamespace(monotone=0, is_category=False)] * columns


@pytest.mark.parametrize("rows, leaves", [(2_000, 16), (22_500, 24)])
def test_a_tree_of_many_rows_may_have_more_leaves(rows, leaves):
    sample, signals = make_sample(rows, 3)

    trees = fit_trees(sample, signals, SETTINGS, 2).dump_model()["tree_info"]

    assert [tree["num_leaves"] for tree in trees] == [leaves, leaves]


def test_with_few_columns_a_tree_may_see_all_of_them():
    sample, signals = make_sample(6_000, 8)

    trees = fit_trees(sample, signals, SETTINGS, 5)

    frame = trees.trees_to_dataframe()
    assert frame.groupby("tree_index")["split_feature"].nunique().max() > 4  # 0.4 of eight would be three


def test_a_larger_setting_is_not_made_smaller():
    assert compute_column_share(0.9, 5) == 1.0 and compute_column_share(0.9, 50) == 0.9
    assert compute_max_leaves(200, 100) == 200
