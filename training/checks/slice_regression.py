"""LC011: does the model serve any group of leads worse than the champion, and does anything barred enter the score?

How it is detected: the columns that the model reads directly are searched for barred words (age, sex, language and the
like; an eligibility rule may ask for an age, and then only whether it is met enters). Then log loss is compared with
the champion's in every slice of 30 leads or more, by clinic, channel, service and age band, on leads that neither had
seen. With so many comparisons some differ by chance, so p-values are corrected (Holm 1979).

Why it matters: a model can be better overall and worse for one clinic, or for older people; the total hides it.

What to do: for a barred column, leave it out of the mapping (or keep it on purpose and sign a waiver). For a slice that
is worse, look at its leads first: often its data changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from features.array_types import FloatArray, ObjectArray
from features.mapping.type_inference import find_barred_word
from features.registry import Signal
from features.schema import BARRED_COLUMNS, CUSTOM_PREFIX
from training.check_finding import Finding
from training.evaluation.slice_metrics import MIN_LEADS_PER_SLICE
from training.model.model_selection import compute_log_losses

__all__ = ["SliceRegression"]

_MIN_LOSS_INCREASE = 0.01
_LEVEL = 0.05


@dataclass(frozen=True)
class _SliceComparison:
    """One slice: how much higher the challenger's log loss is on average, and the one-sided p that it is no worse."""

    name: str
    p: float
    mean: float
    leads: int


class SliceRegression:
    """Compares the slices of the leads.

    Parameters
    ----------
    signals : sequence of Signal
    label, challenger, champion : float arrays of shape (n,)
        Of leads that neither model had seen; empty where there is no champion.
    slices : dict
        Title -> slice of each lead, shape (n,), None not given.
    """

    code = "LC011"

    def __init__(
        self,
        signals: Sequence[Signal],
        label: FloatArray,
        challenger: FloatArray,
        champion: FloatArray,
        slices: Mapping[str, ObjectArray],
    ) -> None:
        self._signals, self._label, self._slices = signals, label, slices
        challenger_losses, champion_losses = (
            compute_log_losses(_to_log_odds(probability), label) for probability in (challenger, champion)
        )
        self._loss_increase = challenger_losses - champion_losses

    def run(self) -> Finding:
        """Look for barred words first, then compare the slices."""
        barred = [signal.name for signal in self._signals if self._is_barred(signal.name)]
        if barred:
            return Finding(
                self.code,
                "fails",
                f"{', '.join(barred)} must not enter a score.",
                dict.fromkeys(barred, "is read directly"),
            )
        if not len(self._label):
            return Finding(
                self.code,
                "holds",
                "No barred column enters the score; there are no leads to compare with a champion.",
            )
        comparisons = sorted(self._compare_slices(), key=lambda comparison: comparison.p)
        worse, tests = {}, len(comparisons)
        for rank, comparison in enumerate(comparisons):
            # Holm's step-down: the smallest p is multiplied by the number of tests, the next by one less, and so on.
            if comparison.p * (tests - rank) > _LEVEL:
                break
            if comparison.mean > _MIN_LOSS_INCREASE:
                worse[comparison.name] = f"log loss {comparison.mean:+.3f} over {comparison.leads:,} leads"
        if worse:
            return Finding(
                self.code, "fails", f"Worse than the champion in {len(worse)} of {tests} slices of the leads.", worse
            )
        return Finding(
            self.code,
            "holds",
            f"No barred column enters the score; worse than the champion in none of {tests} slices of at least "
            f"{MIN_LEADS_PER_SLICE} leads.",
        )

    @staticmethod
    def _is_barred(name: str) -> bool:
        """Whether a column's name is barred, or contains a barred word."""
        return (
            name in BARRED_COLUMNS
            or name.startswith(CUSTOM_PREFIX)
            and find_barred_word(name.removeprefix(CUSTOM_PREFIX)) is not None
        )

    def _compare_slices(self) -> Iterator[_SliceComparison]:
        """Yield the comparison of every slice that is large enough."""
        for title, slice_of in self._slices.items():
            for value in dict.fromkeys(value for value in slice_of.tolist() if value is not None):
                increase = self._loss_increase[np.equal(slice_of, value)]
                if len(increase) < MIN_LEADS_PER_SLICE:
                    continue
                mean, error = float(increase.mean()), float(increase.std(ddof=1) / np.sqrt(len(increase)))
                # Without spread there is nothing to test: the sign alone decides.
                p = float(ndtr(-mean / error)) if error > 0 else float(mean <= 0)
                yield _SliceComparison(f"{title} {value}", p, mean, len(increase))


def _to_log_odds(probability: FloatArray) -> FloatArray:
    """Return the log-odds of probabilities, clipped so that 0 and 1 stay finite."""
    clipped = np.clip(probability, 1e-9, 1 - 1e-9)
    return np.log(clipped / (1 - clipped))
