"""Does the search keep to its time, to its seed and to the leads it may see, and leave settings to train with again?"""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("optuna")

from tests.support.unpickling_workers import UnpicklingWorkers
from training.dataset.time_splits import make_splits  # noqa: E402
from training.errors import TrainingError  # noqa: E402
from training.model.hyperparameter_search import select_search_folds, tune  # noqa: E402
from training.pipeline import prepare  # noqa: E402
from training.settings import format_settings_toml, read_settings  # noqa: E402
from training.workers.fit_workers import open_fit_workers


class TickingClock:
    """Each look at it takes ten seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 10.0
        return self.now


@pytest.fixture(scope="module")
def small_settings(quick_settings):
    """Few trees and one moment a lead, so that a trial is quick."""
    return replace(quick_settings, most_trees=20, moments_hours=(0.0,), resamples=10)


@pytest.fixture(scope="module")
def data(demo_tables, demo_practice, small_settings):
    """Rows, labels and folds of the synthetic practice."""
    return prepare(demo_tables, demo_practice, small_settings).data


def search(data, settings, **options):
    """A search over the prepared data."""
    return tune(replace(data, settings=settings), options.pop("minutes", 60), **options)


def test_the_same_seed_tries_the_same_settings_also_by_workers(data, small_settings, tmp_path):
    first = search(data, small_settings, max_trials=4)
    with open_fit_workers(UnpicklingWorkers(), tmp_path) as workers:
        again = search(data, small_settings, max_trials=4, workers=workers)

    assert [(trial.settings, trial.state, trial.log_loss) for trial in first.trials] == [
        (trial.settings, trial.state, trial.log_loss) for trial in again.trials
    ]
    assert (
        first.trials[0].settings["leaves"] == small_settings.leaves
        and first.trials[1].settings != first.trials[0].settings
    )


def test_the_held_out_leads_change_nothing(data, small_settings):
    label, held_out = data.learning.label.copy(), data.splits.folds[-1].test
    label[held_out] = 1 - label[held_out]

    honest = search(data, small_settings, max_trials=2)
    spoiled = replace(data, learning=replace(data.learning, label=label))
    blind = search(spoiled, small_settings, max_trials=2)

    assert [trial.log_loss for trial in blind.trials] == [trial.log_loss for trial in honest.trials]


def test_no_label_that_was_not_known_when_the_held_out_leads_arrived_judges_a_trial(data):
    begin = np.datetime64(int(data.learning.position[data.splits.folds[-1].test].min()), "us")

    for fold, whole in zip(select_search_folds(data.splits), data.splits.folds, strict=False):
        assert (data.learning.known_at[fold.test] <= begin).all()
        np.testing.assert_array_equal(fold.unripe, whole.unripe)


def test_the_time_is_kept_to_within_one_trial_and_the_first_is_always_finished(data, small_settings):
    tuning = search(data, small_settings, minutes=0.5, clock=TickingClock())

    assert tuning.trials[0].state == "complete" and len(tuning.trials) <= 2
    assert search(data, small_settings, minutes=1e-9).to_figures()["trials"] == 1


def test_settings_that_chance_may_explain_are_not_taken(data, small_settings):
    tuning = search(data, small_settings, max_trials=3)

    if tuning.gain > tuning.error:
        assert tuning.best and tuning.settings != small_settings
    else:
        assert tuning.best == 0 and tuning.settings == small_settings


def test_a_bad_start_is_left_for_something_better(data, small_settings):
    bad = replace(
        small_settings,
        leaves=64,
        leads_per_leaf=10,
        learning_rate=0.15,
        line_penalty=0.001,
        feature_fraction=1.0,
        l2=0.1,
        most_trees=200,
    )

    # With a penalty for each signal and few trees of few leads, this start is no longer bad.
    tuning = search(replace(data, penalty_by_signal=False, wide_trees=False), bad, max_trials=6)

    assert tuning.best > 0 and tuning.gain > tuning.error
    assert tuning.trials[tuning.best].log_loss < tuning.trials[0].log_loss


def test_the_shared_penalty_is_searched_only_where_it_is_read(data, small_settings):
    by_signal = search(replace(data, penalty_by_signal=True), small_settings, max_trials=2)
    shared = search(replace(data, penalty_by_signal=False), small_settings, max_trials=2)

    assert set(shared.trials[1].settings) - set(by_signal.trials[1].settings) == {"line_penalty"}


def test_what_was_chosen_can_be_read_again(data, small_settings, tmp_path):
    settings = replace(small_settings, learning_rate=0.0213, moments_hours=(0, 24.5))
    (tmp_path / "tuned.toml").write_text(format_settings_toml(settings, "found by a search"))

    assert read_settings(tmp_path / "tuned.toml") == settings


def test_without_an_order_in_time_nothing_is_searched(data):
    timeless = replace(data.learning, position=np.full(len(data.learning), np.nan))

    with pytest.raises(TrainingError, match="no order in time"):
        tune(replace(data, learning=timeless, splits=make_splits(timeless, 4, 30, seed=1)), 1)


def test_one_fold_alone_is_held_out_so_nothing_is_searched(data):
    with pytest.raises(TrainingError, match="it is held out"):
        select_search_folds(replace(data.splits, folds=data.splits.folds[-1:]))


def test_every_trial_is_a_run_under_the_training_run(data, small_settings, trained, tmp_path, copy_new_homes):
    import mlflow

    from training.registry.mlflow_tracking import log_training_run

    tuning = search(data, small_settings, max_trials=3)
    bundle = trained.bundle.write(tmp_path / "bundle")
    tuned = replace(trained, bundle=bundle, tuning=tuning)
    log_training_run(tuned, tmp_path / "bundle", [], tuning.settings, tmp_path / "home")

    client = mlflow.MlflowClient(f"sqlite:///{tmp_path / 'home' / 'mlflow.db'}")
    runs = client.search_runs([client.get_experiment_by_name("leadlight").experiment_id])
    parents = {run.data.tags["mlflow.parentRunId"] for run in runs if "mlflow.parentRunId" in run.data.tags}
    assert len(runs) == 4 and len(parents) == 1
    assert {run.data.metrics["tuning_log_loss"] for run in runs if run.info.run_id not in parents} == {
        trial.log_loss for trial in tuning.trials
    }
