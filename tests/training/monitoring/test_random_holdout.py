"""Are only leads that were worked in order of arrival counted, by what was said of them first?"""

from dataclasses import replace

import numpy as np

from features.logs.prediction_log import LoggedPrediction
from training.dataset.labels import label_leads
from training.monitoring.random_holdout import evaluate_holdout


def shown(lead_id: str, log_odds: float, arrival: bool = True) -> LoggedPrediction:
    """One logged line."""
    return LoggedPrediction(
        lead_id,
        np.datetime64("2026-03-01", "us"),
        "0" * 64,
        True,
        np.zeros(1, np.float32),
        log_odds,
        None,
        arrival=arrival,
    )


def test_the_first_score_of_each_lead_of_the_share_is_held_against_what_became_of_it(demo_tables, trained):
    label = label_leads(demo_tables, trained.bundle.practice, "booked")
    ids = demo_tables.leads["lead_id"].to_numpy(object)
    has_outcome = np.flatnonzero(~np.isnan(label))[:120]
    lines = [shown(ids[row], 2.0 * label[row] - 1) for row in has_outcome]
    later, others = (
        [shown(ids[row], 9.0) for row in has_outcome],
        [shown(ids[row], -9.0, arrival=False) for row in has_outcome],
    )

    result = evaluate_holdout(demo_tables, trained.bundle, [*others, *lines, *later])

    assert result.leads == 120 and result.actual == label[has_outcome].mean() and result.auc.value == 1.0
    assert (
        "120 leads worked in order of arrival" in result.describe()
        and "could not be self-fulfilling" in result.describe()
    )


def test_too_few_are_said_and_none_are_said(demo_tables, trained):
    row = int(np.flatnonzero(~np.isnan(label_leads(demo_tables, trained.bundle.practice, "booked")))[0])
    result = evaluate_holdout(demo_tables, trained.bundle, [shown(demo_tables.leads["lead_id"][row], 0.0)])

    assert (result.leads, result.auc) == (1, None) and "too few" in result.describe()
    assert "No lead" in evaluate_holdout(demo_tables, replace(trained.bundle), []).describe()
