"""Are our contributions LightGBM's own, on every kind of tree that the sweep takes?"""

import lightgbm
import numpy as np
import pytest

from training.errors import UnsupportedTrees
from training.explain.lightgbm_parser import read_trees
from training.explain.simd import WIDTH
from training.explain.tree_shap import FastTreeShap

ROWS, COLUMNS, CATEGORY = 700, 7, 6


def rows_of(seed: int, count: int = ROWS) -> np.ndarray:
    """Numbers, whole numbers with many ties, zeros, missing values, and a category in the last column."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count, COLUMNS))
    rows[:, 1:3] = random.integers(0, 5, (count, 2))
    rows[random.random(rows.shape) < 0.15] = np.nan
    rows[random.random(rows.shape) < 0.15] = 0.0
    rows[:, CATEGORY] = random.integers(0, 70, count)
    return rows


def booster_of(seed: int, trees: int = 12, **settings) -> lightgbm.Booster:
    """A small model on ``rows_of(seed)``."""
    rows = rows_of(seed)
    z = np.nan_to_num(rows[:, 0]) + np.nan_to_num(rows[:, 1]) * np.nan_to_num(rows[:, 3]) + (rows[:, CATEGORY] % 3 == 0)
    label = (z + np.random.default_rng(seed).normal(size=len(rows)) > 0.8).astype(float)
    if settings.get("objective") == "cross_entropy":
        label = np.clip(label * 0.8 + 0.1, 0, 1)
    start = settings.pop("init_score", None)
    settings = {
        "objective": "binary",
        "num_leaves": 8,
        "min_data_in_leaf": 5,
        "verbosity": -1,
        "num_threads": 1,
        "seed": seed,
        **settings,
    }
    data = lightgbm.Dataset(
        rows,
        label,
        categorical_feature=[CATEGORY],
        init_score=None if start is None else np.full(len(rows), start),
        params=settings,
    )
    return lightgbm.train(settings, data, trees)


KINDS = {
    "binary": {},
    "cross entropy": {"objective": "cross_entropy"},
    "255 leaves": {"num_leaves": 255, "min_data_in_leaf": 1, "min_sum_hessian_in_leaf": 0, "trees": 4},
    "zero is missing": {"zero_as_missing": True},
    "nothing is missing": {"use_missing": False},
    "monotone": {"monotone_constraints": [1, -1, 0, 1, 0, 0, 0], "monotone_constraints_method": "intermediate"},
    "start score": {"init_score": 0.7},
    "no average first": {"boost_from_average": False},
    "single leaves": {"min_data_in_leaf": 600, "trees": 3},
    "bagged": {"bagging_fraction": 0.5, "bagging_freq": 1},
    "dropped trees": {"boosting": "dart"},
}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_contributions_and_scores_are_those_of_lightgbm(kind, seed):
    booster, rows = booster_of(seed, **KINDS[kind]), rows_of(seed + 50, 300)

    explained = FastTreeShap.from_model_text(booster.model_to_string()).explain(rows)

    theirs = booster.predict(rows, pred_contrib=True)
    np.testing.assert_allclose(explained.parts, theirs[:, :-1], rtol=0, atol=1e-9)
    np.testing.assert_allclose(explained.base, theirs[:, -1], rtol=0, atol=1e-9)
    np.testing.assert_array_equal(explained.raw, booster.predict(rows, raw_score=True))
    np.testing.assert_allclose(explained.base + explained.parts.sum(axis=1), explained.raw, rtol=0, atol=1e-9)


def test_contributions_are_those_of_shap():
    shap = pytest.importorskip("shap")
    booster, rows = booster_of(3), rows_of(4, 100)

    explained = FastTreeShap.from_model_text(booster.model_to_string()).explain(rows)

    np.testing.assert_allclose(explained.parts, shap.TreeExplainer(booster).shap_values(rows), rtol=0, atol=1e-9)


NEARLY_ZERO = float(np.float32(1e-35))
HOSTILE = [
    np.inf,
    -np.inf,
    np.nan,
    -0.0,
    1e-36,
    NEARLY_ZERO,
    -NEARLY_ZERO,
    1e300,
    2.0**31,
    -1.0,
    -0.5,
    0.5,
    69.9,
    1e6,
    -(2.0**40),
]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("kind", ["binary", "zero is missing", "nothing is missing"])
def test_hostile_values_go_where_lightgbm_sends_them(kind, value):
    booster, rows = booster_of(5, **KINDS[kind]), rows_of(6, 2 * COLUMNS)
    rows[np.arange(2 * COLUMNS), np.arange(2 * COLUMNS) % COLUMNS] = value
    rows[0] = value

    explained = FastTreeShap.from_model_text(booster.model_to_string()).explain(rows)

    np.testing.assert_array_equal(explained.raw, booster.predict(rows, raw_score=True))
    np.testing.assert_allclose(explained.parts, booster.predict(rows, pred_contrib=True)[:, :-1], rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", ["binary", "255 leaves"])
def test_a_row_alone_equals_the_row_in_a_crowd_to_the_bit(kind):
    trees, rows = FastTreeShap.from_model_text(booster_of(7, **KINDS[kind]).model_to_string()), rows_of(8, 600)

    batch, shared = trees.explain(rows), trees.explain(rows, threads=2)

    for row in (0, 1, 255, 256, 599):
        alone = trees.explain(rows[row : row + 1])
        np.testing.assert_array_equal(alone.parts[0], batch.parts[row])
        np.testing.assert_array_equal(alone.raw[0], batch.raw[row])
    np.testing.assert_array_equal(trees.explain(rows[300:303]).parts, batch.parts[300:303])
    np.testing.assert_array_equal(shared.parts, batch.parts)


def test_paths_of_more_columns_than_a_vector_has_points_are_exact():
    steps = np.repeat(np.arange(41), 20)
    rows = (steps[:, None] > np.arange(40)).astype(float)
    settings = {
        "objective": "regression",
        "num_leaves": 41,
        "min_data_in_leaf": 1,
        "verbosity": -1,
        "num_threads": 1,
        "boost_from_average": False,
    }
    booster = lightgbm.train(
        settings, lightgbm.Dataset(rows, 2.6 ** (steps - 40.0), params={"enable_bundle": False}), 1
    )
    trees = FastTreeShap.from_model_text(booster.model_to_string())

    batch = trees.explain(rows[::7])

    assert trees.forest.trees["points"].max() > WIDTH
    np.testing.assert_allclose(batch.parts, booster.predict(rows[::7], pred_contrib=True)[:, :-1], rtol=0, atol=1e-9)
    np.testing.assert_array_equal(trees.explain(rows[7:8]).parts[0], batch.parts[1])


def test_a_column_without_a_split_moves_nothing_and_no_rows_are_answered():
    trees = FastTreeShap.from_model_text(
        booster_of(9, trees=1, num_leaves=2).model_to_string(), names=[f"signal {i}" for i in range(COLUMNS)]
    )

    explained, nothing = trees.explain(rows_of(9, 4)), trees.explain(np.empty((0, COLUMNS)))

    assert [part != 0.0 for part in explained.get_row_parts(0).values()] == [True] + [False] * (COLUMNS - 1)
    assert nothing.parts.shape == (0, COLUMNS) and nothing.raw.shape == (0,)


def test_rows_of_another_width_are_an_error():
    trees = FastTreeShap.from_model_text(booster_of(9, trees=1).model_to_string())

    with pytest.raises(ValueError, match="rows have the shape .2, 3., the model has 7 columns"):
        trees.explain(np.zeros((2, 3)))


def many_classes() -> str:
    """The text of a model of three classes."""
    rows = rows_of(1)
    settings = {"objective": "multiclass", "num_class": 3, "num_leaves": 4, "verbosity": -1}
    return lightgbm.train(settings, lightgbm.Dataset(rows, np.arange(len(rows)) % 3), 2).model_to_string()


def test_other_kinds_of_model_are_refused():
    forest = booster_of(1, trees=2, boosting="rf", bagging_fraction=0.5, bagging_freq=1).model_to_string()
    linear = booster_of(1, trees=2, linear_tree=True).model_to_string()

    for text, message in (
        (many_classes(), "num_class is '3', expected '1'"),
        (forest, "trees are averaged"),
        (linear, "is linear"),
        ("", "version is None"),
    ):
        with pytest.raises(UnsupportedTrees, match=message):
            read_trees(text)


@pytest.mark.parametrize(
    ("line", "becomes", "message"),
    [
        ("left_child=", "left_child=99", "a child that is missing"),
        ("split_feature=", "split_feature=99", "a column outside"),
        ("leaf_value=", "leaf_value=nan", "is not a number"),
        ("internal_count=", "internal_count=1", "are not those of its two children"),
        ("threshold=", "threshold=x", "is not written as expected"),
        ("num_leaves=", "num_leaves=9", "arrays of other lengths"),
    ],
)
def test_trees_that_would_lead_a_loop_astray_are_refused(line, becomes, message):
    lines = booster_of(2, trees=1, num_leaves=4).model_to_string().split("\n")
    at = next(number for number, text in enumerate(lines) if text.startswith(line))
    rest = lines[at].split("=", 1)[1].split(" ")[1:]
    lines[at] = " ".join([becomes, *rest])

    with pytest.raises(UnsupportedTrees, match=message):
        read_trees("\n".join(lines))
