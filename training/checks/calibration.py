"""LC006: did as many leads book as predicted, over all held-out leads and in the newest month?

How it is detected: the mean calibration error of the held-out leads and of the block before them, each predicted by a
model of earlier leads, must not be above 0.02, unless chance explains it, nor that of the held-out leads alone a
quarter above this: the same test by which the verdict of a training calls a model borderline
(``training.evaluation.block_calibration`` says why two). And among the leads of the newest 30 days the actual rate must
match the predicted one, within 10 percentage points or within what chance explains (99%). That bound is wider because
the model tested here was fitted up to a fold earlier, while the final one has learned from that month.
Where the data has dates, the scores are judged as they are served: at the level that followed outcomes as they ripened,
each lead at the level known when it arrived.

Why it matters: the desk reads "31%" and plans its day by it; a number that does not hold is worse than a ranking
without numbers.

What it cannot see: what the world does after the training. The model tested here did not learn from the held-out leads
and the signed one did. On the leads that followed 55 windows of public files (400 to 33,000 leads, as trained) the
error was .069 on average where the mean of two blocks failed and .043 where it held; above .05 in ten of 19 and six of
36, above .10 in five and two (both of files without dates, which have random blocks).

What to do: look at the reliability plot and at LC004 and LC014; the next training follows a base rate that moved, but
not a label that changed its meaning.
"""

from collections.abc import Sequence

import numpy as np

from features.array_types import DAY, FloatArray, TimeArray
from training.check_finding import Finding
from training.comparison_digits import format_compared
from training.evaluation.block_calibration import ServedBlock, measure_blocks

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
    blocks : sequence of ServedBlock
        The held-out leads, n, then the block before them, where there is one.
    as_trained : float array of shape (n,)
        Probability of the held-out leads without a followed level.
    arrived : datetime64[us] array of shape (n,)
        NaT without dates.
    """

    code = "LC006"

    def __init__(self, blocks: Sequence[ServedBlock], as_trained: FloatArray, arrived: TimeArray) -> None:
        self._blocks, self._as_trained, self._arrived = blocks, as_trained, arrived

    def run(self) -> Finding:
        """Fail where either is off by more than is tolerable and by more than chance."""
        label, p = self._blocks[0]
        calibration = measure_blocks(self._blocks)
        fails = not calibration.holds
        bound = "by chance below" if calibration.by_chance else "at most"
        mean, limit = format_compared(calibration.error, calibration.tolerated)
        parts = [
            f"{error:.3f} on {len(block.label):,}"
            for error, block in zip(calibration.errors, self._blocks, strict=True)
        ]
        sentence = f"Calibration error {mean} on {len(label):,} held-out leads ({bound} {limit})"
        if len(parts) > 1:
            sentence = f"Calibration error {mean} ({bound} {limit}): {parts[0]} held-out leads, {parts[1]} before them"
        if not calibration.newest_holds:
            sentence += f"; the held-out leads alone at most {calibration.tolerated_alone:.3f}"
        if p is not self._as_trained:
            as_trained = measure_blocks([ServedBlock(label, self._as_trained)]).error
            sentence += f"; at the followed level, the held-out leads as trained {as_trained:.3f}"
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
