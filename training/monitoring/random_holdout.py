"""Do the figures hold where the score did not choose? Leads that were put in front of people in order of arrival,
whatever their score.

Lives here: what was said of those leads when they were first shown, beside what became of them.
Does not live here: which leads are chosen (``serving.random_holdout``), writing down that they were
(``features.logs.prediction_log``).

A score steers calls, and calls make bookings: after a while a model is judged by a world that it has bent. A small
share of leads is worked in order of arrival, so on them the score could not make itself true."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from features.logs.prediction_log import LoggedPrediction, to_log_id
from features.point_in_time.outcomes import resolve_outcome_label
from features.tables.tables import Tables
from training.bundle import Bundle
from training.dataset.labels import label_leads
from training.evaluation.metrics import Interval, evaluate

__all__ = ["HoldoutResult", "evaluate_holdout"]

_MIN_LEADS, _MIN_LEADS_PER_CLASS = 30, 5


@dataclass(frozen=True)
class HoldoutResult:
    """What the share says.

    Parameters
    ----------
    leads : int
        Leads worked in order of arrival whose outcome is known.
    said, happened : float
        Mean probability when first shown, and share that converted.
    auc, calibration_error : Interval or None
        None where there are too few to tell.
    """

    leads: int
    said: float
    happened: float
    auc: Interval | None
    calibration_error: Interval | None

    def words(self) -> str:
        """The share in a sentence."""
        if not self.leads:
            return "No lead that was worked in order of arrival has a known outcome yet."
        start = f"{self.leads:,} leads worked in order of arrival: said {100 * self.said:.1f}, happened {100 * self.happened:.1f} in 100"
        if self.auc is None:
            return f"{start}; too few to judge the order by ({_MIN_LEADS} are needed)."
        return f"{start}; AUC {self.auc}, calibration error {self.calibration_error}. On these the score could not make itself true."


def evaluate_holdout(tables: Tables, bundle: Bundle, requests: Iterable[LoggedPrediction]) -> HoldoutResult:
    """Figures of the leads of these tables that a bundle's scores were first shown for in order of arrival.

    Parameters
    ----------
    requests : iterable of Request
        As the service logged them, oldest first; those of other models count too: the question is whether scores hold,
        whoever made them.
    """
    first: dict[str, float] = {}
    for one in requests:
        if one.arrival and one.lead_id is not None:
            first.setdefault(one.lead_id, one.log_odds)
    labels = label_leads(tables, bundle.practice, resolve_outcome_label(bundle.label))
    known = [
        (first[logged], label)
        for lead, label in zip(tables.leads["lead_id"], labels, strict=True)
        if not np.isnan(label) and (logged := to_log_id(lead)) in first
    ]
    if not known:
        return HoldoutResult(0, np.nan, np.nan, None, None)
    log_odds, label = np.array(known).T
    said = expit(log_odds)
    enough = len(label) >= _MIN_LEADS and min(label.sum(), (1 - label).sum()) >= _MIN_LEADS_PER_CLASS
    found = evaluate(label, said, np.arange(len(label))) if enough else {}
    return HoldoutResult(
        len(label), float(said.mean()), float(label.mean()), found.get("auc"), found.get("calibration_error")
    )
