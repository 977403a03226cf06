"""LC011: is any group of leads served worse than by the champion, and does anything barred enter the score?

How it is detected: the columns that the model reads as they stand are searched for words that are barred (age, sex,
language and the like; an eligibility rule may ask for an age, and then only whether it is met enters). Then log loss is
compared with the champion's in every part of 30 leads or more, by clinic, channel, service and age band, on leads that
neither had seen; with so many comparisons some differ by chance, so p-values are corrected (Holm 1979). Why it matters:
a model can be better on the whole and worse for one clinic, or for the old; the whole hides it. What to do: for a
barred column, leave it out of the mapping (or keep it on purpose and sign for it). For a part that is worse, look at
its leads first: often its data changed."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy.special import ndtr

from features.array_types import FloatArray, ObjectArray
from features.mapping.type_inference import find_barred_word
from features.registry import Signal
from features.schema import BARRED_COLUMNS, CUSTOM_PREFIX
from training.evaluation.slice_metrics import MIN_LEADS_PER_SLICE
from training.finding import Finding
from training.model.model_selection import compute_log_losses

__all__ = ["SliceRegression"]

_MIN_LOSS_INCREASE = 0.01
_LEVEL = 0.05


class SliceRegression:
    """Looks into the parts of the leads.

    Parameters
    ----------
    signals : sequence of Signal
    label, challenger, champion : float arrays of shape (n,)
        Of leads that neither model had seen; empty where there is no champion.
    parts : dict
        Title -> part of each lead, shape (n,), None not said.
    """

    code = "LC011"

    def __init__(
        self,
        signals: Sequence[Signal],
        label: FloatArray,
        challenger: FloatArray,
        champion: FloatArray,
        parts: Mapping[str, ObjectArray],
    ) -> None:
        self._signals, self._label, self._parts = signals, label, parts
        odds = [
            np.log(clipped / (1 - clipped))
            for clipped in (np.clip(said, 1e-9, 1 - 1e-9) for said in (challenger, champion))
        ]
        self._more = compute_log_losses(odds[0], label) - compute_log_losses(odds[1], label)

    def run(self) -> Finding:
        """Barred words first, then the parts."""
        barred = [one.name for one in self._signals if self._is_barred(one.name)]
        if barred:
            return Finding(
                self.code,
                "fails",
                f"{', '.join(barred)} must not enter a score.",
                dict.fromkeys(barred, "is read as it stands"),
            )
        if not len(self._label):
            return Finding(
                self.code,
                "holds",
                "No barred column enters the score; there are no leads to compare by part with a champion.",
            )
        found = sorted(self._compared(), key=lambda part: part[1])
        worse, tried = {}, len(found)
        for place, (name, p, said, enough) in enumerate(found):
            if p * (tried - place) > _LEVEL:
                break
            if enough:
                worse[name] = said
        if worse:
            return Finding(
                self.code, "fails", f"Worse than the champion in {len(worse)} of {tried} parts of the leads.", worse
            )
        return Finding(
            self.code,
            "holds",
            f"No barred column enters the score; worse than the champion in none of {tried} parts of at least {MIN_LEADS_PER_SLICE} leads.",
        )

    @staticmethod
    def _is_barred(name: str) -> bool:
        """Whether a column's name is barred, or says a barred word."""
        return (
            name in BARRED_COLUMNS
            or name.startswith(CUSTOM_PREFIX)
            and find_barred_word(name.removeprefix(CUSTOM_PREFIX)) is not None
        )

    def _compared(self) -> Iterator[tuple[str, float, str, bool]]:
        """(part, one-sided p that it is no worse, words, whether it is enough to matter)."""
        for title, of in self._parts.items():
            for value in dict.fromkeys(one for one in of.tolist() if one is not None):
                more = self._more[np.equal(of, value)]
                if len(more) < MIN_LEADS_PER_SLICE:
                    continue
                mean, error = float(more.mean()), float(more.std(ddof=1) / np.sqrt(len(more)))
                p = float(ndtr(-mean / error)) if error > 0 else float(mean <= 0)
                yield f"{title} {value}", p, f"log loss {mean:+.3f} over {len(more):,} leads", mean > _MIN_LOSS_INCREASE
