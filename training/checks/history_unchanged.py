"""LC015: does the data still say what the service saw, or was the past written anew?

How it is detected: the newest requests that the champion answered are computed again from the present data, at the
moments they were answered. Where more than one in twenty comes out with other features, something was filled in,
back-dated or overwritten after the lead had arrived. Why it matters: a confirmation that is stamped with the time of
the enquiry, a status that is overwritten when a lead is closed: in the export it looks as if it had been known at
arrival. Every figure gets better, every live score worse; no look at the export alone can find it, because the export
says it was always so. What to do: ask what the system writes into the named signals and when; map the time it was
written, or leave it out. A few corrected numbers are no fault."""

from collections.abc import Sequence

from features.logs.prediction_log import LoggedPrediction
from features.tables.tables import Tables
from training.bundle import Bundle
from training.checks.serving_parity import ServingParity, equal_features
from training.finding import Finding

__all__ = ["REPLAYED_ANSWERS", "HistoryUnchanged"]

REPLAYED_ANSWERS = 400
"""Answers that are enough to see it by."""

_MIN_ANSWERS = 30
_MAX_CHANGED_SHARE = 0.05


class HistoryUnchanged:
    """Computes again what the champion answered.

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
        """Fails where more than one in twenty requests comes out otherwise; names the signals."""
        known, _ = self._parity.known()
        if len(known) < _MIN_ANSWERS:
            return Finding(
                self.code,
                "not applicable",
                f"The service logged {len(known)} answers of the champion about leads of this data; {_MIN_ANSWERS} are needed.",
            )
        served, now = self._parity.features(known)
        other = float((~equal_features(served, now)).any(axis=1).mean())
        said = f"{100 * other:.1f} in 100 of the {len(known):,} newest answers come out with other features from the present data (at most {100 * _MAX_CHANGED_SHARE:.0f})"
        if other > _MAX_CHANGED_SHARE:
            return Finding(
                self.code, "fails", f"The past was written anew: {said}.", self._parity.differing(known, served, now)
            )
        return Finding(self.code, "holds", f"{said}.")
