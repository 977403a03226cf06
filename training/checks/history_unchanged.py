"""LC015: does the data still show what the service saw, or was the past rewritten?

How it is detected: the newest requests that the champion answered are recomputed from the present data, as of the
moments they were answered. Where more than one in twenty has different features, something was filled in, back-dated or
overwritten after the lead had arrived.

Why it matters: a confirmation stamped with the time of the inquiry, or a status overwritten when a lead is closed,
looks in the export as if it had been known at arrival. Every metric gets better and every live score worse, and no look
at the export alone can find it.

What to do: ask what the system writes into the named signals and when; map the time it was written, or leave it out. A
few corrected numbers are normal.
"""

from collections.abc import Sequence

from features.logs.prediction_log import LoggedPrediction
from features.tables.tables import Tables
from training.bundle import Bundle
from training.check_finding import Finding
from training.checks.serving_parity import ServingParity, equal_features
from training.comparison_digits import format_compared

__all__ = ["REPLAYED_ANSWERS", "HistoryUnchanged"]

REPLAYED_ANSWERS = 400
"""Newest answers that are recomputed; enough to detect it."""

_MIN_ANSWERS = 30
_MAX_CHANGED_SHARE = 0.05


class HistoryUnchanged:
    """Recomputes what the champion answered.

    Parameters
    ----------
    tables : Tables
        The data that the challenger learned from.
    champion : Bundle
    requests : sequence of Request
        The newest that it answered, oldest first; see ``REPLAYED_ANSWERS``.
    """

    code = "LC015"

    def __init__(self, tables: Tables, champion: Bundle, requests: Sequence[LoggedPrediction]) -> None:
        self._parity = ServingParity(tables, champion, requests)

    def run(self) -> Finding:
        """Fail where more than one in twenty requests has different features; name the signals."""
        requests, _ = self._parity.select_requests()
        if len(requests) < _MIN_ANSWERS:
            return Finding(
                self.code,
                "not applicable",
                f"The service logged {len(requests)} answers of the champion about leads of this data; "
                f"{_MIN_ANSWERS} are needed.",
            )
        served, recomputed = self._parity.compute_features(requests)
        share = float((~equal_features(served, recomputed)).any(axis=1).mean())
        changed, limit = format_compared(100 * share, 100 * _MAX_CHANGED_SHARE, digits=1)
        sentence = (
            f"{changed}% of the {len(requests):,} newest answers have different features in the present data "
            f"(at most {limit}%)"
        )
        if share > _MAX_CHANGED_SHARE:
            differences = self._parity.describe_differences(requests, served, recomputed)
            return Finding(self.code, "fails", f"The past was rewritten: {sentence}.", differences)
        return Finding(self.code, "holds", f"{sentence}.")
