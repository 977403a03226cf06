"""Does cross-validation keep what later folds prove away from earlier dates?"""

from dataclasses import replace

import numpy as np
import pytest

from training.dataset.labels import build_learning_set
from training.dataset.time_splits import make_splits
from training.dataset.training_data import TrainingData
from training.evaluation.cross_validation import Choices, choose_among_tried, cross_validate
from training.evaluation.out_of_fold import evaluate_model
from training.evaluation.refit_as_of import count_folds_over
from training.model.gradient_boosting import fit_trees
from training.model.linear.linear_fit import fit_linear_part
from training.preparation import prepare
from training.settings import Settings


@pytest.fixture(scope="module")
def data(demo_tables, demo_practice):
    """The synthetic practice in four folds, one moment a lead, without signals."""
    learning = build_learning_set(demo_tables, demo_practice, "booked", (0.0,))
    people = np.zeros(len(learning), np.uint64)
    return TrainingData(
        np.zeros((len(learning), 1)), learning, make_splits(learning, 4, 30, 1), people, (), Settings(seed=1)
    )


def test_a_refit_as_of_a_date_fits_as_the_folds_over_by_then_chose(data):
    choices = Choices([False, False, False, True], [0.25, 0.25, 1.0, 0.25], [False, True, True, False])
    ends = [data.learning.known_at[fold.test].max() for fold in data.splits.folds]

    assert len(ends) == len(choices.share) - 1
    assert [count_folds_over(data, end, 30) for end in ends] == [1, 2, 3]
    assert count_folds_over(data, ends[0] - 1, 30) == 0
    as_of = choices.apply(data, count_folds_over(data, ends[0], 30))
    assert (as_of.penalty_by_signal, as_of.wide_trees) == (False, True)
    shipped = choices.apply(data)
    assert (shipped.penalty_by_signal, shipped.wide_trees) == (True, False)


def test_without_dates_no_fold_is_over(data):
    moments = replace(data.learning.moments, cutoff=np.full(len(data.learning), np.datetime64("NaT", "us")))
    undated = replace(data, learning=replace(data.learning, moments=moments))

    assert count_folds_over(undated, np.datetime64("2100-01-01", "us"), 30) == 0


def test_what_became_known_after_the_held_out_leads_began_to_arrive_changes_nothing_that_they_are_judged_by(
    demo_tables, demo_practice
):
    learning = build_learning_set(demo_tables, demo_practice, "booked", (0.0,))
    splits = make_splits(learning, 4, 30, 1)
    fold = splits.folds[-1]
    began = learning.moments.cutoff[fold.test].min()
    late = np.setdiff1d(np.flatnonzero(learning.known_at >= began), fold.test)
    other = learning.label.copy()
    other[late] = 1 - other[late]
    raw, rows = np.random.default_rng(2).normal(-1, 1, len(learning)), np.zeros((len(learning), 1), np.float32)

    evaluations = []
    for label in (learning.label, other):
        data = TrainingData(
            rows,
            replace(learning, label=label),
            splits,
            np.zeros(len(learning), np.uint64),
            (),
            Settings(resamples=2),
        )
        evaluations.append(evaluate_model(data, raw))

    before = splits.folds[-2].test
    np.testing.assert_array_equal(evaluations[0].before.label, learning.label[before])
    np.testing.assert_array_equal(evaluations[0].blocks[0].probability, evaluations[0].followed)
    assert len(late) > 20 and not np.isin(late, fold.train).any()
    np.testing.assert_array_equal(*(evaluation.probability for evaluation in evaluations))
    np.testing.assert_array_equal(*(evaluation.followed for evaluation in evaluations))


def test_the_newest_parts_are_those_of_a_fit_to_the_last_fold_as_all_folds_choose(
    demo_tables, demo_practice, bare_settings
):
    run = prepare(demo_tables, demo_practice, bare_settings)
    validation = cross_validate(run.data, run.rules, demo_practice.horizon_days)

    fold = run.data.splits.folds[-1]
    chosen = Choices([validation.penalty_by_signal], [validation.withheld_share], [validation.wide_trees])
    data, newest = chosen.apply(run.data), validation.newest
    trees = fit_trees(data.select(fold.train), data.signals, data.tree_settings, 5)

    rows, linear = data.rows[fold.test].astype(float), fit_linear_part(data, fold.train)
    # The fold's fit begins where the one before it ended; both end at the minimum.
    np.testing.assert_allclose(newest.linear.predict_raw(rows), linear.predict_raw(rows), atol=1e-5)
    np.testing.assert_array_equal(
        newest.trees.predict(rows, raw_score=True, num_iteration=5), trees.predict(rows, raw_score=True)
    )


def test_what_was_given_up_is_chosen_by_no_later_fold_nor_by_all():
    assert choose_among_tried([1, 1, 1, 1], tried=2, folds=3) == [1, 1, 0, 0]
    assert choose_among_tried([0, 1, 1, 1], tried=3, folds=3) == [0, 1, 1, 1]


def test_no_label_that_was_open_when_a_fold_began_changes_how_it_is_predicted(demo_tables, demo_practice):
    """Neither its own labels nor those of earlier leads that ripened while it ran: to the bit."""
    settings = Settings(most_trees=10, resamples=2, folds=4, moments_hours=(0.0,), threads=1)
    run = prepare(demo_tables, demo_practice, settings)
    # Penalties, shares of copies and wide trees are all chosen, as with many leads.
    data = replace(run.data, penalty_by_signal=False)
    folds, fold = data.splits.folds, data.splits.folds[-1]
    late = np.flatnonzero(data.learning.known_at >= data.learning.moments.cutoff[fold.test].min())
    other = data.learning.label.copy()
    other[late] = np.random.default_rng(5).integers(0, 2, len(late))

    validations = []
    for label in (data.learning.label, other):
        labeled = replace(data, learning=replace(data.learning, label=label))
        validations.append(cross_validate(labeled, run.rules, demo_practice.horizon_days))

    assert len(fold.unripe) > 30 and np.isin(late, folds[-2].test).sum() > 30
    for scores in ("linear_raw", "trees_raw", "raw"):
        np.testing.assert_array_equal(*(getattr(validation, scores) for validation in validations))
    first, second = (validation.evaluation for validation in validations)
    np.testing.assert_array_equal(first.probability, second.probability)
    for scorer in first.scores:
        np.testing.assert_array_equal(first.scores[scorer], second.scores[scorer])
