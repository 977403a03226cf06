"""Is what a run is found by, and every metric with its bounds, recorded under names that MLflow takes?"""

import re
from types import SimpleNamespace

from training.evaluation.metrics import Interval
from training.registry.run_records import describe_verdict, list_metrics, list_tags

FIGURES = {
    "held_out": "the last 2 months",
    "verdict": {"verdict": "borderline", "why": "LC006 failed.", "beats": {"The rules": (0.1, 0.05, None)}},
    "provenance": {"code_sha256": "c0de", "data_sha256": {"leads": "1ead", "events": "e7e7"}},
    "rules": {"own": False},
    "period": ["2025-05-01", "2026-10-31"],
    "value": {"rows": [{"kind": "share", "capacity": 0.2, "found": {"The rules": (0.4, 0.3, 0.5)}}]},
    "band_held": 0.95,
}
BUNDLE = SimpleNamespace(sha256="5ha", label="booked", fingerprint="f1", figures=FIGURES)


def test_tags_tell_data_code_and_verdict_in_words():
    tags = list_tags(BUNDLE)

    assert tags["data_sha256.leads"] == "1ead" and tags["rules"] == "usual"
    assert tags["period"] == "2025-05-01 to 2026-10-31" and all(isinstance(text, str) for text in tags.values())
    assert describe_verdict(BUNDLE).startswith("Borderline. LC006 failed. ")


def test_each_metric_has_its_bounds_and_none_is_recorded_that_is_not_known():
    unknown = float("nan")
    evaluation = SimpleNamespace(
        new_people=None,
        figures={"Leadlight": {"auc": Interval(0.8, 0.7, unknown)}, "The rules": {"auc": Interval(0.6, 0.5, 0.7)}},
    )
    metrics = list_metrics(SimpleNamespace(evaluation=evaluation, bundle=BUNDLE))

    assert (metrics["auc"], metrics["auc_low"], metrics["the_rules/auc_high"]) == (0.8, 0.7, 0.7)
    assert "auc_high" not in metrics and "ahead/The_rules_high" not in metrics and metrics["band_held"] == 0.95
    assert metrics["found_by_first_20_percent/the_rules_low"] == 0.3
    assert all(re.fullmatch(r"[\w./ -]+", name) for name in metrics)
