"""Does LightGBM get every text that training writes, and no other?"""

import re

import lightgbm
import numpy as np
import pytest

from training.bundle.model_text_check import check_model_text
from training.errors import BundleError


def trained_text(objective="binary", **settings) -> str:
    """A model on three columns, the last of them a category."""
    random = np.random.default_rng(7)
    rows = np.column_stack([random.normal(size=400), random.normal(size=400), random.integers(0, 40, 400)])
    wish = (rows[:, 0] + (rows[:, 2] % 3 == 0) > 0.3).astype(float)
    defaults = {
        "objective": objective,
        "num_leaves": 6,
        "min_data_in_leaf": 5,
        "verbose": -1,
        "num_threads": 1,
        "min_data_per_group": 1,
        "cat_smooth": 1,
        "max_cat_to_onehot": 1,
    }
    return lightgbm.train(
        defaults | settings, lightgbm.Dataset(rows, wish, categorical_feature=[2]), 4
    ).model_to_string()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"objective": "cross_entropy"},
        {"monotone_constraints": [1, -1, 0]},
        {"min_data_in_leaf": 400},
        {"bagging_freq": 1, "bagging_fraction": 0.5},
    ],
    ids=["categories", "cross entropy", "directions", "one leaf", "bagging"],
)
def test_what_training_writes_passes(settings):
    check_model_text(trained_text(**settings), 3)


def test_the_pipelines_own_models_pass(trained):
    columns = len(trained.bundle.signals)

    check_model_text(trained.bundle.model_text, columns)
    check_model_text(trained.bundle.reach.model_text, columns)


@pytest.mark.parametrize(
    ("line", "becomes", "fault"),
    [
        (r"cat_boundaries=0", "cat_boundaries=5", "outside of their bits"),
        (r"cat_threshold=\d+", "cat_threshold=99999999999", "is not written as"),
        (r"left_child=.*", "left_child=1 1 1 1 1", "named twice"),
        (r"decision_type=\d+", "decision_type=255", "not known"),
        (r"split_feature=\d+", "split_feature=3", "outside of the model's 3"),
        (r"feature_names=.*", "feature_names=a b", "other columns than the 3"),
        (r"threshold=", "threshold=nan ", "is not written as"),
        (r"leaf_value=\S+ ", "leaf_value=", "numbers under leaf_value"),
        (r"\n\nfeature_importances", "\n\nfeature importances", "does not end"),
    ],
)
def test_what_training_could_not_have_written_is_refused_with_its_place(line, becomes, fault):
    text = re.sub(line, becomes, trained_text(), count=1)
    trees = [
        piece for piece in re.split(r"(?=Tree=\d)", text[text.index("Tree=0") : text.index("end of trees")]) if piece
    ]
    text = re.sub(r"tree_sizes=.*", "tree_sizes=" + " ".join(str(len(tree)) for tree in trees), text)

    with pytest.raises(BundleError, match=fault):
        check_model_text(text, 3)


def test_sizes_that_do_not_fit_and_foreign_letters_are_refused():
    text = trained_text()

    with pytest.raises(BundleError, match="a tree 0 with other lines"):
        check_model_text(re.sub(r"tree_sizes=\d+", "tree_sizes=10", text), 3)
    with pytest.raises(BundleError, match="outside of ASCII"):
        check_model_text(text + "é", 3)
