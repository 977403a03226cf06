"""LC006: did as many book as the model said, over all held-out leads and in the newest month?

How it is detected: the calibration error on the held-out leads must not be above 0.05, or chance must explain it; and
of the leads of the newest 30 days as many must have converted as was said, within 10 in 100 or within what chance
explains (99 in 100). There the bound is wider: the model that is judged was fitted up to a fold earlier, and the one
that is signed has learned from that month. Why it matters: the desk reads "31 in 100" and plans its day by it; a number
that does not hold is worse than an order without numbers. What to do: look at the reliability plot and at LC004 and
LC014; a base rate that moved is followed by the next training, a label that changed its meaning is not."""

import numpy as np

from features.array_types import DAY, FloatArray, TimeArray
from training.evaluation.metrics import Bootstrap, chance_of_calibration_error, evaluate
from training.finding import Finding

__all__ = ["CalibrationCheck"]

_MAX_ERROR, _MAX_NEWEST_GAP = 0.05, 0.10
_NEWEST = 30 * DAY
_MIN_NEWEST_LEADS = 100
_Z = 2.576
"""Two-sided 99 in 100 of a normal."""


class CalibrationCheck:
    """Compares what was said with what happened.

    Parameters
    ----------
    label, probability : float arrays of shape (n,)
        Of held-out leads.
    arrived : datetime64[us] array of shape (n,); NaT without dates
    """

    code = "LC006"

    def __init__(self, label: FloatArray, probability: FloatArray, arrived: TimeArray) -> None:
        self._label, self._probability, self._arrived = label, probability, arrived

    def run(self) -> Finding:
        """Fails where either is off by more than is tolerable and by more than chance."""
        label, said = self._label, self._probability
        error = evaluate(label, said, np.arange(len(label)), Bootstrap(2))["calibration_error"].value
        wrong = error > max(_MAX_ERROR, chance_of_calibration_error(said))
        words = f"Calibration error {error:.3f} on {len(label):,} held-out leads ({_MAX_ERROR} is the most)"
        newest = (
            np.flatnonzero(self._arrived > self._arrived.max() - _NEWEST)
            if not np.isnat(self._arrived).any()
            else np.empty(0, np.intp)
        )
        if len(newest) >= _MIN_NEWEST_LEADS:
            gap = float(said[newest].mean() - label[newest].mean())
            chance = _Z * float(np.sqrt((said[newest] * (1 - said[newest])).sum())) / len(newest)
            wrong |= abs(gap) > max(_MAX_NEWEST_GAP, chance)
            words += f"; newest 30 days: said {100 * said[newest].mean():.1f}, happened {100 * label[newest].mean():.1f} in 100 of {len(newest):,}"
        return Finding(self.code, "fails" if wrong else "holds", words + ".")
