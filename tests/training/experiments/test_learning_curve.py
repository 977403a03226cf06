"""Is the curve the training run's own at its end, and is what it promises of more leads true of a curve we drew?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.practice.practice import Practice
from features.tables.tables import Tables
from training.errors import TrainingError
from training.evaluation.fold_scores import score_folds, score_linear_folds, try_all
from training.evaluation.metrics import Interval
from training.evaluation.out_of_fold import evaluate_model
from training.experiments.learning_curve import CurvePoint, LearningCurve, _estimate_gain, compute_learning_curve
from training.model.binned_folds import BinnedFolds
from training.model.blending import blend_out_of_fold
from training.pipeline import prepare


@pytest.fixture(scope="module")
def small_settings(quick_settings):
    """Few trees and one moment a lead."""
    return replace(quick_settings, most_trees=20, moments_hours=(0.0,), resamples=40)


@pytest.fixture(scope="module")
def curve(demo_tables, demo_practice, small_settings):
    """The curve of the synthetic practice."""
    return compute_learning_curve(demo_tables, demo_practice, small_settings)


def test_the_last_point_is_what_a_training_run_says(curve, demo_tables, demo_practice, small_settings):
    data = prepare(demo_tables, demo_practice, small_settings).data
    linear, trees = score_linear_folds([data], try_all)[0], score_folds(data, BinnedFolds())
    raw = blend_out_of_fold(linear.whole, trees.whole, data.learning.label, data.splits.folds, forward=True)

    run = evaluate_model(data, raw)

    figures = run.figures["Leadlight"]
    assert curve.points[-1].auc == figures["auc"] and curve.points[-1].log_loss == figures["log_loss"]
    assert curve.held_out_leads == len(run.label)


def test_shares_grow_evenly_and_hold_one_another(curve):
    leads = np.array([point.leads for point in curve.points])

    np.testing.assert_allclose(leads / leads[-1], [0.2, 0.4, 0.6, 0.8, 1.0], atol=0.01)


def test_it_says_a_plain_sentence(curve):
    assert curve.describe().startswith(
        f"Twice the leads ({2 * curve.points[-1].leads:,} with known outcomes) would bring about +0."
    )
    assert curve.auc_gain.low >= 0 and curve.log_loss_gain.low >= 0


def test_the_interval_holds_the_truth_of_a_curve_with_noise():
    leads, random = np.array([200.0, 400, 600, 800, 1000]), np.random.default_rng(3)
    truth = 0.5 * (1000**-0.5 - 2000**-0.5)
    covered = 0
    for turn in range(20):
        losses = 0.4 + 0.5 * leads**-0.5 + random.normal(size=(1, 5)) * 0.001 + random.normal(size=(101, 1)) * 0.01
        interval = _estimate_gain(losses, leads, turn)
        covered += interval.low <= truth <= interval.high

    assert covered >= 16


def test_a_gain_that_may_be_nothing_is_called_so():
    point = CurvePoint(100, Interval(0.7, 0.6, 0.8), Interval(0.5, 0.4, 0.6))
    curve = LearningCurve((point,), Interval(0.002, 0.0, 0.01), Interval(0.001, 0.0, 0.01), 50)

    assert "That may be nothing" in curve.describe()
    assert "may be nothing" not in replace(curve, auc_gain=Interval(0.01, 0.002, 0.02)).describe()


def test_without_an_order_there_is_no_curve(quick_settings):
    random = np.random.default_rng(2)
    visits = random.integers(0, 12, 300).astype(float)
    nothing = {
        name: pd.DataFrame(columns=["lead_id", "occurred_at", "kind", "stage", "recorded_at", "day"])
        for name in ("events", "outcomes", "spend")
    }
    leads = pd.DataFrame({"lead_id": np.array([f"L{i}" for i in range(300)], object), "custom:Visits": visits})
    label = pd.Series((random.random(300) < visits / 14).astype(float))

    with pytest.raises(TrainingError, match="learning curve: the leads have no order in time"):
        compute_learning_curve(
            Tables(leads, **nothing, custom={"custom:Visits": "number"}, label=label), Practice(), quick_settings
        )


def test_mlflow_keeps_the_curve_by_leads(curve, tmp_path, copy_new_homes):
    import mlflow

    from training.registry.mlflow_tracking import log_learning_curve

    (tmp_path / "learning_curve.json").write_text("{}")
    log_learning_curve(curve, [tmp_path / "learning_curve.json"], tmp_path / "home")

    client = mlflow.MlflowClient(f"sqlite:///{tmp_path / 'home' / 'mlflow.db'}")
    run = client.search_runs([client.get_experiment_by_name("leadlight").experiment_id])[0]
    history = sorted((metric.step, metric.value) for metric in client.get_metric_history(run.info.run_id, "auc"))
    assert history == [(point.leads, point.auc.value) for point in curve.points]
    assert [file.path for file in client.list_artifacts(run.info.run_id)] == ["learning_curve.json"]
    assert run.data.tags["mlflow.note.content"] == curve.describe()
