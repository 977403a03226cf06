"""LC013: is the new model at least as good as the champion, on leads that neither had seen?

How it is detected: each model keeps the scores that its own recipe gave to leads it had not seen, and leads that
arrived after the champion's data ended are scored with the champion itself. On the leads that both can score, ranking
(AUC) and probabilities (log loss) are compared, paired by lead; the intervals resample whole weeks, because leads of
one week share its luck. It fails where the new model is certainly worse, or worse by more than the margin whether
certain or not, and where its calibration error has grown.

Why it matters: retraining happens every month and nobody looks at every model. One that is worse must not reach the
desk by routine.

What to do: look at what changed (data, settings, signals); keep the champion, or promote with a waiver that says why.
"""

import numpy as np

from features.array_types import FloatArray, TimeArray
from training.check_finding import Finding
from training.comparison_digits import format_compared
from training.evaluation.metrics import (
    DEFAULT_BOOTSTRAP,
    Bootstrap,
    chance_of_calibration_error,
    compare_scores,
    evaluate,
)

__all__ = ["NonInferiority"]

_MAX_AUC_LOSS, _MAX_LOG_LOSS_INCREASE, _MAX_CALIBRATION_INCREASE = 0.02, 0.02, 0.02
_MIN_LEADS, _MIN_LEADS_PER_CLASS = 100, 20
_WEEK = np.timedelta64(7, "D")


class NonInferiority:
    """Compares two models on the same leads.

    Parameters
    ----------
    label, challenger, champion : float arrays of shape (n,)
        Of leads that both models can score; probabilities.
    arrived : datetime64[us] array of shape (n,); NaT without dates
    """

    code = "LC013"

    def __init__(
        self,
        label: FloatArray,
        challenger: FloatArray,
        champion: FloatArray,
        arrived: TimeArray,
        bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
    ) -> None:
        self._label, self._new, self._old, self._arrived = label, challenger, champion, arrived
        self._bootstrap = bootstrap

    def run(self) -> Finding:
        """Compare ranking, probabilities and calibration, each with its interval."""
        label, count = self._label, len(self._label)
        if count < _MIN_LEADS or min(label.sum(), (1 - label).sum()) < _MIN_LEADS_PER_CLASS:
            needed = f"{_MIN_LEADS} leads, {_MIN_LEADS_PER_CLASS} of each outcome"
            return Finding(
                self.code,
                "not applicable",
                f"Only {count:,} leads have a known outcome and were seen by neither model; {needed} are needed.",
            )
        leads = np.arange(count)
        # Leads of one week go together into a resample: they share campaigns, staff and weather, so alone they would
        # make the interval too narrow.
        blocks = (
            leads if np.isnat(self._arrived).any() else ((self._arrived - self._arrived.min()) // _WEEK).astype(int)
        )
        auc, loss = (
            compare_scores(label, self._new, self._old, blocks, metric, self._bootstrap)
            for metric in ("auc", "log_loss")
        )
        new, old = (evaluate(label, p, leads, Bootstrap(2))["calibration_error"].value for p in (self._new, self._old))
        chance = chance_of_calibration_error(self._new)
        worse = {}
        if auc.high < 0 or auc.value < -_MAX_AUC_LOSS:
            worse["ranking"] = f"AUC {auc.value:+.3f} [{auc.low:+.3f} {auc.high:+.3f}]"
        if loss.low > 0 or loss.value > _MAX_LOG_LOSS_INCREASE:
            worse["probabilities"] = f"log loss {loss.value:+.4f} [{loss.low:+.4f} {loss.high:+.4f}]"
        if new > max(chance, old + _MAX_CALIBRATION_INCREASE):
            new_error, limit = format_compared(new, max(chance, old + _MAX_CALIBRATION_INCREASE))
            worse["calibration"] = f"error {new_error}, the champion's {old:.3f}, at most {limit} is accepted"
        sentence = (
            f"On {count:,} leads that neither had seen, challenger minus champion: "
            f"AUC {auc.value:+.3f} [{auc.low:+.3f} {auc.high:+.3f}], "
            f"log loss {loss.value:+.4f} [{loss.low:+.4f} {loss.high:+.4f}]"
        )
        if worse:
            return Finding(self.code, "fails", f"{sentence}; worse in {' and '.join(worse)}.", worse)
        return Finding(self.code, "holds", f"{sentence}.")
