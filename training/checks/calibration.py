"""LC006: did as many leads book as predicted, over all held-out leads and in the newest month?

How it is detected: the calibration error on the held-out leads must not be above 0.02, unless chance explains it: the
same test by which the verdict of a training calls a model borderline. And among the leads of the newest 30 days the
actual rate must match the predicted one, within 10 percentage points or within what chance explains (99%). That bound
is wider because the model tested here was fitted up to a fold earlier, while the final one has learned from that month.
Where the data has dates, the scores are judged as they are served: at the level that followed outcomes as they ripened,
each lead at the level known when it arrived.

Why it matters: the desk reads "31%" and plans its day by it; a number that does not hold is worse than a ranking
without numbers.

What it cannot see: what the world does after the training. The model tested here did not learn from the held-out leads
and the signed one did. On the next 1,500 leads of 11 windows of a course seller's export (600 to 5,000 leads) the error
at the followed level was .041 on average where this check failed and .038 where it held, above .05 in one of four and
one of seven; as trained, on 46 windows of three exports, it was above .10 in four of 22 where it failed and in none of
24 where it held.

What to do: look at the reliability plot and at LC004 and LC014; the next training follows a base rate that moved, but
not a label that changed its meaning.
"""

import numpy as np

from features.array_types import DAY, FloatArray, TimeArray
from training.check_finding import Finding
from training.comparison_digits import format_compared
from training.evaluation.metrics import Bootstrap, chance_of_calibration_error, evaluate
from training.evaluation.readiness import TOLERABLE_CALIBRATION_ERROR

__all__ = ["CalibrationCheck"]

_MAX_NEWEST_GAP = 0.10
_NEWEST = 30 * DAY
_MIN_NEWEST_LEADS = 100
_Z = 2.576
"""Two-sided 99% quantile of a normal distribution."""


class CalibrationCheck:
    """Compares the predicted with the actual rate.

    Parameters
    ----------
    label, probability : float arrays of shape (n,)
        Of held-out leads.
    arrived : datetime64[us] array of shape (n,); NaT without dates
    followed : float array of shape (n,), optional
        Probability at the followed level; it is judged in place of ``probability``.
    """

    code = "LC006"

    def __init__(
        self, label: FloatArray, probability: FloatArray, arrived: TimeArray, followed: FloatArray | None = None
    ) -> None:
        self._label, self._arrived, self._as_trained = label, arrived, probability
        self._probability = probability if followed is None else followed

    def run(self) -> Finding:
        """Fail where either is off by more than is tolerable and by more than chance."""
        label, p = self._label, self._probability
        error, error_as_trained = (_measure_error(label, scores) for scores in (p, self._as_trained))
        chance = chance_of_calibration_error(p)
        fails = error > max(TOLERABLE_CALIBRATION_ERROR, chance)
        bound = "by chance below" if chance >= TOLERABLE_CALIBRATION_ERROR else "at most"
        found, limit = format_compared(error, max(TOLERABLE_CALIBRATION_ERROR, chance))
        sentence = f"Calibration error {found} on {len(label):,} held-out leads ({bound} {limit})"
        if p is not self._as_trained:
            sentence += f" at the followed level, {error_as_trained:.3f} as trained"
        newest = (
            np.flatnonzero(self._arrived > self._arrived.max() - _NEWEST)
            if not np.isnat(self._arrived).any()
            else np.empty(0, np.intp)
        )
        if len(newest) >= _MIN_NEWEST_LEADS:
            predicted, actual = p[newest].mean(), label[newest].mean()
            # The variance of a sum of independent outcomes with these probabilities.
            spread = _Z * float(np.sqrt((p[newest] * (1 - p[newest])).sum())) / len(newest)
            fails |= abs(float(predicted - actual)) > max(_MAX_NEWEST_GAP, spread)
            sentence += (
                f"; newest 30 days: predicted {100 * predicted:.1f}%, actual {100 * actual:.1f}% of {len(newest):,}"
            )
        return Finding(self.code, "fails" if fails else "holds", sentence + ".")


def _measure_error(label: FloatArray, probability: FloatArray) -> float:
    """Return the calibration error."""
    return evaluate(label, probability, np.arange(len(label)), Bootstrap(2))["calibration_error"].value
