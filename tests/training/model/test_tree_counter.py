"""Does each fold get its number of trees from earlier leads alone?"""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from features.point_in_time.scoring_moments import Moments
from features.registry import CATALOGUE
from training.dataset.labels import LearningSet
from training.dataset.time_splits import Fold, Splits
from training.dataset.training_data import TrainingData
from training.model.gradient_boosting import enlarge_steps, limit_trees
from training.model.tree_counter import TreeCounter
from training.settings import Settings

LEADS = 1_200


@pytest.fixture(scope="module")
def data():
    """Leads in order of arrival with one plain signal, in three folds."""
    random = np.random.default_rng(5)
    rows = random.normal(size=(LEADS, 2)).astype(np.float32)
    label = (random.random(LEADS) < 1 / (1 + np.exp(-2 * rows[:, 0]))).astype(float)
    position, every = np.arange(float(LEADS)), np.arange(LEADS)
    cutoff = np.datetime64("2026-01-01", "us") + every * np.timedelta64(1, "h")
    learning = LearningSet(Moments(every, cutoff), label, position, np.ones(LEADS, bool), {})
    folds = tuple(Fold(every[:end], every[end : end + 300]) for end in (300, 600, 900))
    people = np.zeros(LEADS, np.uint64)
    settings = Settings(threads=1, most_trees=60)
    return TrainingData(rows, learning, Splits(folds, True), people, [CATALOGUE["hours_open"]] * 2, settings)


def count_trees_of_folds(data):
    """The number of trees of each fold's booster, and that of all leads."""
    counter = TreeCounter(data)
    boosters = [counter.fit_counting(partial(data.select, fold.train), fold) for fold in data.splits.folds]
    return [booster.num_trees() for booster in boosters], counter.trees_of_all


def count_trees_of_started_folds(data):
    """The same, where all folds begin at once; and how many began with trees enough."""
    counter = TreeCounter(data)
    boosters, enough = [], 0
    starts = [TreeCounter(data).start_fold(partial(data.select, fold.train), fold) for fold in data.splits.folds]
    for fold, start in zip(data.splits.folds, starts, strict=True):
        boosters.append(counter.fit_counting(partial(data.select, fold.train), fold, start))
        enough += start is not None and start.booster.num_trees() >= boosters[-1].num_trees()
    return [booster.model_to_string() for booster in boosters], counter.trees_of_all, enough


@pytest.mark.parametrize("shape", ["forward", "random", "turning", "few labels between"])
def test_folds_that_begin_at_once_have_the_same_trees_as_one_after_the_other(data, shape):
    every, folds = np.arange(LEADS), data.splits.folds
    if shape == "random":
        random = tuple(Fold(every[every % 3 != part], every[every % 3 == part]) for part in range(3))
        data = replace(data, splits=Splits(random, False))
    if shape == "turning":
        # The second fold's trees are stale at once, and the first one says that many suit it.
        data = turn_labels(
            replace(data, settings=replace(data.settings, most_trees=400, learning_rate=0.5)), every[900:]
        )
    if shape == "few labels between":
        data = replace(data, splits=Splits((*folds[:2], replace(folds[2], train=folds[2].train[:610])), True))
    counter = TreeCounter(data)
    expected = [counter.fit_counting(partial(data.select, fold.train), fold) for fold in data.splits.folds]

    texts, of_all, enough = count_trees_of_started_folds(data)

    assert texts == [booster.model_to_string() for booster in expected]
    assert of_all == counter.trees_of_all
    assert enough == {"forward": 3, "random": 3, "turning": 1, "few labels between": 2}[shape]


def turn_labels(data, leads):
    """The same data with other labels for some leads."""
    label = data.learning.label.copy()
    label[leads] = 1 - label[leads]
    return replace(data, learning=replace(data.learning, label=label))


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_held_out_leads_of_a_fold_do_not_say_how_many_trees_it_has(data, number):
    turned = turn_labels(data, data.splits.folds[number].test)

    assert count_trees_of_folds(turned)[0][: number + 1] == count_trees_of_folds(data)[0][: number + 1]


def test_the_leads_between_two_folds_say_how_many_trees_the_second_has_and_the_last_ones_those_of_all(data):
    trees, of_all = count_trees_of_folds(data)

    for number, fold in enumerate(data.splits.folds):
        later, later_of_all = count_trees_of_folds(turn_labels(data, fold.test))
        # Trees that say the opposite of what came next stop at once.
        assert (later[number + 1] if number < 2 else later_of_all) < ([*trees, of_all])[number + 1]


def test_random_folds_count_on_their_own_training_rows_and_all_leads_get_their_mean(data):
    every = np.arange(LEADS)
    folds = tuple(Fold(every[every % 3 != part], every[every % 3 == part]) for part in range(3))
    undated = replace(data, splits=Splits(folds, False), settings=replace(data.settings, most_trees=150))

    trees, of_all = count_trees_of_folds(undated)

    assert np.mean(trees) < of_all < 1.4 * np.mean(trees)


def test_with_few_labels_between_two_folds_the_second_counts_on_its_own_rows(data):
    folds = data.splits.folds
    near = replace(data, splits=Splits((folds[0], replace(folds[1], train=folds[1].train[:310])), True))
    turned = turn_labels(near, np.arange(300, 310))

    assert count_trees_of_folds(near)[0][0] == count_trees_of_folds(turned)[0][0]
    assert count_trees_of_folds(near)[0][1] >= 10


def test_there_are_never_more_trees_than_the_settings_allow(data):
    """Few labels between the folds: the number is scaled from that of the fold's own rows."""
    every = np.arange(LEADS)
    folds = tuple(Fold(every[:600], every[start : start + 15]) for start in (900, 1_000))
    few = replace(data, splits=Splits(folds, True), settings=replace(data.settings, most_trees=12))

    assert count_trees_of_folds(few)[1] == 12


def repeat_leads(data, times):
    """Data of as many leads; nothing but their number is read."""
    arrival = np.ones(times * LEADS, bool)
    return replace(data, learning=replace(data.learning, arrival=arrival))


@pytest.mark.parametrize(
    ("times", "rate", "expected"), [(1, 0.04, 0.04), (3, 0.04, 0.08), (3, 0.08, 0.1), (3, 0.5, 0.5)]
)
def test_with_many_leads_fold_models_take_larger_steps_never_beyond_a_tenth(data, times, rate, expected):
    many = repeat_leads(replace(data, settings=replace(data.settings, learning_rate=rate)), times)

    assert enlarge_steps(many).tree_settings.learning_rate == pytest.approx(expected)
    assert many.tree_settings.learning_rate == rate


def test_trees_that_change_more_are_fewer_and_count_for_as_many_smaller_ones(data):
    large = replace(data, tree_steps=2.0, settings=replace(data.settings, most_trees=150))
    small = replace(large, tree_steps=1.0)

    (trees, of_all), (small_trees, small_of_all) = count_trees_of_folds(large), count_trees_of_folds(small)

    assert limit_trees(large) == limit_trees(small) // 2
    assert np.allclose(2 * np.array(trees), small_trees, rtol=0.4)
    assert of_all == pytest.approx(small_of_all, rel=0.4)
    assert of_all % 2 == 0
