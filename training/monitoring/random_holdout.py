"""Do the metrics hold where the score did not decide? Leads that were worked in order of arrival, whatever their score.

Lives here: the predictions for those leads when they were first shown, compared with their outcomes.
Does not live here: which leads are chosen (``serving.random_holdout``), recording that they were
(``features.logs.prediction_log``).

A score steers calls, and calls make bookings: after a while a model is measured in a world that it has changed. A small
share of leads is worked in order of arrival, so on them the score could not be self-fulfilling.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from features.logs.prediction_log import LoggedPrediction
from features.point_in_time.outcomes import resolve_outcome_label
from features.tables.tables import Tables
from training.bundle import Bundle
from training.dataset.labels import label_leads
from training.evaluation.metrics import Interval, evaluate

__all__ = ["HoldoutResult", "evaluate_holdout"]

_MIN_LEADS, _MIN_LEADS_PER_CLASS = 30, 5


@dataclass(frozen=True)
class HoldoutResult:
    """The result for that share of leads.

    Parameters
    ----------
    leads : int
        Leads worked in order of arrival whose outcome is known.
    predicted, actual : float
        Mean probability when first shown, and conversion rate.
    auc, calibration_error : Interval or None
        None where there are too few leads.
    """

    leads: int
    predicted: float
    actual: float
    auc: Interval | None
    calibration_error: Interval | None

    def describe(self) -> str:
        """Describe the result in a sentence."""
        if not self.leads:
            return "No lead that was worked in order of arrival has a known outcome yet."
        rates = (
            f"{self.leads:,} leads worked in order of arrival: "
            f"predicted {100 * self.predicted:.1f}%, actual {100 * self.actual:.1f}%"
        )
        if self.auc is None:
            return f"{rates}; too few to measure the ranking ({_MIN_LEADS} are needed)."
        return (
            f"{rates}; AUC {self.auc}, calibration error {self.calibration_error}. "
            "On these leads the score could not be self-fulfilling."
        )


def evaluate_holdout(tables: Tables, bundle: Bundle, requests: Iterable[LoggedPrediction]) -> HoldoutResult:
    """Compute the metrics of the leads that were first shown in order of arrival.

    Parameters
    ----------
    requests : iterable of LoggedPrediction
        Oldest first, with the ids of their leads (``name_leads``); those of other models count too: the question is
        whether scores hold, whichever model made them.
    """
    first: dict[str, float] = {}
    for request in requests:
        if request.arrival and request.lead_id is not None:
            # The first score only: a later one may already know about the call.
            first.setdefault(request.lead_id, request.log_odds)
    labels = label_leads(tables, bundle.practice, resolve_outcome_label(bundle.label))
    pairs = [
        (first[lead_id], label)
        for lead_id, label in zip(tables.leads["lead_id"], labels, strict=True)
        if not np.isnan(label) and lead_id in first
    ]
    if not pairs:
        return HoldoutResult(0, np.nan, np.nan, None, None)
    log_odds, label = np.array(pairs).T
    probability = expit(log_odds)
    is_enough = len(label) >= _MIN_LEADS and min(label.sum(), (1 - label).sum()) >= _MIN_LEADS_PER_CLASS
    metrics = evaluate(label, probability, np.arange(len(label))) if is_enough else {}
    return HoldoutResult(
        len(label),
        float(probability.mean()),
        float(label.mean()),
        metrics.get("auc"),
        metrics.get("calibration_error"),
    )
