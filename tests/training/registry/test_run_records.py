"""Is a run found by its tags, compared by a few metrics with their bounds, and all of it kept as a table?"""

from types import SimpleNamespace

from training.evaluation.metrics import Interval
from training.registry.run_records import (
    describe_verdict,
    list_fold_metrics,
    list_headline_metrics,
    list_parameters,
    list_tags,
    tabulate,
)
from training.settings import Settings

FIGURES = {
    "held_out": "the last 2 months",
    "verdict": {"verdict": "borderline", "why": "LC006 failed.", "beats": {"The rules": (0.1, 0.05, None)}},
    "provenance": {"code_sha256": "c0de", "data_sha256": {"leads": "1ead", "events": "e7e7"}},
    "rules": {"own": False},
    "period": ["2025-05-01", "2026-10-31"],
    "value": {"rows": [{"kind": "share", "capacity": 0.2, "found": {"The rules": (0.4, 0.3, 0.5)}}]},
    "band_held": 0.95,
    "folds": [{"leads": 40, "auc": 0.7}, {"leads": 50}],
    "trees": 90,
    "withheld_share": 0.25,
}
BUNDLE = SimpleNamespace(
    sha256="5ha", label="booked", fingerprint="f1", figures=FIGURES, horizon_days=30, signals=(), linear_weight=0.5
)


def test_tags_tell_data_code_and_verdict_in_words():
    tags = list_tags(BUNDLE)

    assert tags["data_sha256.leads"] == "1ead" and tags["rules"] == "usual"
    assert tags["period"] == "2025-05-01 to 2026-10-31" and all(isinstance(text, str) for text in tags.values())
    assert describe_verdict(BUNDLE).startswith("Borderline. LC006 failed. ")


def test_the_metrics_that_runs_are_compared_by_have_bounds_and_the_rest_is_a_table():
    unknown = float("nan")
    headline = {
        "auc": Interval(0.8, 0.7, unknown),
        "log_loss": Interval(0.5, 0.4, 0.6),
        "calibration_error": Interval(0.02, 0.01, 0.03),
        "brier": Interval(0.1, 0.09, 0.11),
    }
    evaluation = SimpleNamespace(
        new_people=None, figures={"Leadlight": headline, "The rules": {"auc": Interval(0.6, 0.5, 0.7)}}
    )
    trained = SimpleNamespace(evaluation=evaluation, bundle=BUNDLE)

    metrics, table = list_headline_metrics(trained), tabulate(trained)

    assert len(metrics) == 8 and metrics["auc_low"] == 0.7 and "auc_high" not in metrics and "brier" not in metrics
    rows = list(zip(*table.values(), strict=True))
    assert list(table) == ["scorer", "metric", "value", "low", "high"]
    assert ("Leadlight", "brier", 0.1, 0.09, 0.11) in rows and ("Leadlight", "auc", 0.8, 0.7, None) in rows
    assert ("The rules", "auc", 0.6, 0.5, 0.7) in rows and ("Leadlight", "ahead: The rules", 0.1, 0.05, None) in rows
    assert ("The rules", "found by the first 20%", 0.4, 0.3, 0.5) in rows
    assert ("Leadlight", "band held", 0.95, None, None) in rows


def test_folds_are_one_curve_for_each_metric():
    assert list_fold_metrics(BUNDLE) == [
        ("fold_leads", 40.0, 1),
        ("fold_auc", 0.7, 1),
        ("fold_leads", 50.0, 2),
    ]


def test_parameters_read_as_a_settings_file_with_what_was_chosen():
    parameters = list_parameters(BUNDLE, Settings(moments_hours=(0.0, 1.0, 24.0)))

    assert parameters["moments_hours"] == "0, 1, 24" and parameters["label"] == "booked"
    assert parameters["withheld_share"] == "0.25, as the folds chose" and parameters["trees"] == 90
