"""LC008: does a score ever move against a policy?

How it is detected: real leads are taken one by one; one signal at a time moves through values that other leads have,
the rest stay; the whole score is computed each time, line and trees together. A score that falls where the policy says
"never lowers it" (or rises where it says "never raises it") is an attack that succeeded. Why it matters: a desk that is
told "one more call answered lowered the chance" stops believing any reason, and rightly. What to do: the fit is bound
to the policy, so a failure is a fault of the program: keep the older model, and report the signal named."""

from collections.abc import Callable, Sequence

import numpy as np

from features.array_types import FloatArray
from features.registry import Signal
from training.finding import Finding

__all__ = ["MonotonePolicy"]

_SLACK = 1e-9


class MonotonePolicy:
    """Searches for a lead whose score moves against a policy.

    Parameters
    ----------
    score : callable, float64 array of shape (n, signals) -> float array of shape (n,)
        Log-odds of rows.
    signals : sequence of Signal
        The matrix's columns; those whose ``monotone`` is not 0 have a policy.
    rows : float array of shape (m, signals)
        Features of real leads.
    leads : int
        How many of the rows are attacked, drawn at random.
    values : int
        At most so many observed values of a signal are tried on each, spread evenly over what is seen, the least and
        the greatest among them.
    """

    code = "LC008"

    def __init__(
        self,
        score: Callable[[FloatArray], FloatArray],
        signals: Sequence[Signal],
        rows: np.ndarray,
        leads: int = 60,
        values: int = 12,
        seed: int = 7,
    ) -> None:
        self._score, self._signals, self._values = score, signals, values
        self._rows = rows.astype(np.float64)
        drawn = np.random.default_rng(seed).permutation(len(rows))[:leads]
        self._attacked = self._rows[np.sort(drawn)]

    def run(self) -> Finding:
        """Try every policy on every lead drawn; name the signals that broke theirs, and by how much at worst."""
        tried, against = 0, {}
        for place, one in enumerate(self._signals):
            tested = self._observed(place) if one.monotone else np.empty(0)
            if len(tested) < 2:
                continue
            tried += 1
            steps = np.diff(self._moved(place, tested), axis=1) * one.monotone
            if (steps < -_SLACK).any():
                lead, step = np.unravel_index(np.argmin(steps), steps.shape)
                said = f"from {tested[step]:g} to {tested[step + 1]:g} the score {'falls' if one.monotone > 0 else 'rises'} by {-steps[lead, step]:.4f}"
                against[one.name] = (
                    f"{said} for one lead, and against the policy for {int((steps < -_SLACK).any(axis=1).sum())} of {len(steps)}"
                )
        if not tried:
            return Finding(self.code, "not applicable", "No signal with a policy takes two values in this data.")
        sentence = f"{tried} signals with a policy moved through observed values on {len(self._attacked)} real leads; {len(against) or 'none'} moved a score against it."
        return Finding(self.code, "fails" if against else "holds", sentence, against)

    def _observed(self, place: int) -> FloatArray:
        """Values that leads have, ascending."""
        known = np.unique(self._rows[:, place][~np.isnan(self._rows[:, place])])
        return (
            known[np.unique(np.linspace(0, len(known) - 1, self._values).round().astype(int))] if len(known) else known
        )

    def _moved(self, place: int, tested: FloatArray) -> FloatArray:
        """The score of each lead attacked with each value: shape (leads, values)."""
        moved = np.repeat(self._attacked, len(tested), axis=0)
        moved[:, place] = np.tile(tested, len(self._attacked))
        return self._score(moved).reshape(len(self._attacked), len(tested))
