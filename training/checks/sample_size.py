"""LC005: are there enough leads to know how good the model is?

How it is detected: the leads of the rarer outcome (usually those that booked) are counted, among those learned from and
among those held out.

Why it matters: with a handful the model may still be useful, but no metric could tell a good one from a bad one, so
nothing could be promised to the desk.

What to do: wait for more outcomes, take a longer period, or promote it knowingly with a waiver; ``leadlight
learning-curve`` estimates what more data would bring.
"""

import numpy as np

from features.array_types import FloatArray
from training.check_finding import Finding

__all__ = ["SampleSize"]

_MIN_LEARNED, _MIN_HELD_OUT = 60, 30


class SampleSize:
    """Counts the leads of the rarer outcome.

    Parameters
    ----------
    learned, held_out : float arrays, 1 or 0
        Labels of leads at arrival: all that the model learns from, and the held-out ones among them.
    """

    code = "LC005"

    def __init__(self, learned: FloatArray, held_out: FloatArray) -> None:
        self._learned, self._held_out = learned, held_out

    def run(self) -> Finding:
        """Fail below 60 learned from or 30 held out."""
        learned, held_out = (
            int(np.bincount(label.astype(int), minlength=2).min()) for label in (self._learned, self._held_out)
        )
        enough = learned >= _MIN_LEARNED and held_out >= _MIN_HELD_OUT
        sentence = (
            f"{learned:,} leads of the rarer outcome to learn from, {held_out:,} of them held out; "
            f"at least {_MIN_LEARNED} and {_MIN_HELD_OUT} are needed."
        )
        return Finding(self.code, "holds" if enough else "fails", sentence)
