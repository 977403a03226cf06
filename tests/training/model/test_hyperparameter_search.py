"""Does the search keep to its time, to its seed and to the leads it may see, and leave settings to train with again?"""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("optuna")

from training.dataset.time_splits import make_splits  # noqa: E402
from training.errors import TrainingError  # noqa: E402
from training.model.hyperparameter_search import select_search_folds, tune  # noqa: E402
from training.pipeline import prepare  # noqa: E402
from training.settings import format_settings_toml, read_settings  # noqa: E402


class TickingClock:
    """Each look at it takes ten seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 10.0
        return self.now


@pytest.fixture(scope="module")
def few(quick_settings):
    """Few trees and one moment a lead, so that a trial is quick."""
    return replace(quick_settings, most_trees=20, moments_hours=(0.0,), resamples=10)


@pytest.fixture(scope="module")
def made(demo_tables, demo_practice, few):
    """Rows, labels and folds of the invented practice."""
    return prepare(demo_tables, demo_practice, few)


def searched(made, settings, **options):
    """A search over what was prepared."""
    return tune(made.rows, made.learning, made.splits, made.signals, settings, options.pop("minutes", 60), **options)


def test_the_same_seed_tries_the_same_settings(made, few):
    first, again = (searched(made, few, most_trials=4) for _ in range(2))

    assert [(one.settings, one.state, one.log_loss) for one in first.trials] == [
        (one.settings, one.state, one.log_loss) for one in again.trials
    ]
    assert first.trials[0].settings["leaves"] == few.leaves and first.trials[1].settings != first.trials[0].settings


def test_the_held_out_leads_change_nothing(made, few):
    spoilt = made.learning.label.copy()
    spoilt[made.splits.folds[-1].test] = 1 - spoilt[made.splits.folds[-1].test]

    honest = searched(made, few, most_trials=2)
    blind = tune(made.rows, replace(made.learning, label=spoilt), made.splits, made.signals, few, 60, most_trials=2)

    assert [one.log_loss for one in blind.trials] == [one.log_loss for one in honest.trials]


def test_no_label_that_was_not_known_when_the_held_out_leads_arrived_judges_a_trial(made):
    begin = np.datetime64(int(made.learning.position[made.splits.folds[-1].test].min()), "us")

    for fold in select_search_folds(made.splits):
        assert (made.learning.known_at[fold.test] <= begin).all()


def test_the_time_is_kept_to_within_one_trial_and_the_first_is_always_finished(made, few):
    tuning = searched(made, few, minutes=0.5, clock=TickingClock())

    assert tuning.trials[0].state == "complete" and len(tuning.trials) <= 2
    assert searched(made, few, minutes=1e-9).figures()["trials"] == 1


def test_settings_that_chance_may_explain_are_not_taken(made, few):
    tuning = searched(made, few, most_trials=3)

    if tuning.gain > tuning.error:
        assert tuning.best and tuning.settings != few
    else:
        assert tuning.best == 0 and tuning.settings == few


def test_a_bad_start_is_left_for_something_better(made, few):
    bad = replace(
        few,
        leaves=64,
        leads_per_leaf=10,
        learning_rate=0.15,
        line_penalty=0.001,
        feature_fraction=1.0,
        l2=0.1,
        most_trees=200,
    )

    tuning = searched(made, bad, most_trials=6)

    assert tuning.best > 0 and tuning.gain > tuning.error
    assert tuning.trials[tuning.best].log_loss < tuning.trials[0].log_loss


def test_what_was_chosen_can_be_read_again(made, few, tmp_path):
    chosen = replace(few, learning_rate=0.0213, moments_hours=(0, 24.5))
    (tmp_path / "tuned.toml").write_text(format_settings_toml(chosen, "found by a search"))

    assert read_settings(tmp_path / "tuned.toml") == chosen


def test_without_an_order_in_time_nothing_is_searched(made, few):
    timeless = replace(made.learning, position=np.full(len(made.learning), np.nan))

    with pytest.raises(TrainingError, match="no order in time"):
        tune(made.rows, timeless, make_splits(timeless, 4, 30, seed=1), made.signals, few, 1)


def test_one_fold_alone_is_held_out_so_nothing_is_searched(made):
    with pytest.raises(TrainingError, match="it is held out"):
        select_search_folds(replace(made.splits, folds=made.splits.folds[-1:]))


def test_every_trial_is_a_run_under_the_training_run(made, few, trained, tmp_path):
    import mlflow

    from training.registry.mlflow_tracking import log_training_run

    tuning = searched(made, few, most_trials=3)
    bundle = trained.bundle.write(tmp_path / "bundle")
    log_training_run(replace(trained, bundle=bundle, tuning=tuning), tmp_path / "bundle", [], tuning.settings, tmp_path / "home")

    client = mlflow.MlflowClient(f"sqlite:///{tmp_path / 'home' / 'mlflow.db'}")
    runs = client.search_runs([client.get_experiment_by_name("leadlight").experiment_id])
    parents = {run.data.tags["mlflow.parentRunId"] for run in runs if "mlflow.parentRunId" in run.data.tags}
    assert len(runs) == 4 and len(parents) == 1
    assert {run.data.metrics["tuning_log_loss"] for run in runs if run.info.run_id not in parents} == {
        one.log_loss for one in tuning.trials
    }
