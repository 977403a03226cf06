"""LC008: does a score ever move against a monotone policy?

How it is detected: real leads are taken one by one; one signal at a time moves through values that other leads have,
while the rest stay; the complete score is computed each time, linear part and trees together. A score that falls where
the policy says "never lowers it" (or rises where it says "never raises it") is a violation.

Why it matters: a desk that reads "one more answered call lowered the chance" stops believing any reason, and rightly.

What to do: the fit enforces the policy, so a failure is a bug: keep the older model, and report the signal named.
"""

from collections.abc import Callable, Sequence

import numpy as np

from features.array_types import FloatArray
from features.registry import Signal
from training.check_finding import Finding

__all__ = ["MonotonePolicy"]

_SLACK = 1e-9


class MonotonePolicy:
    """Searches for a lead whose score moves against a monotone policy.

    Parameters
    ----------
    score : callable, float64 array of shape (n, signals) -> float array of shape (n,)
        Computes the log-odds of rows.
    signals : sequence of Signal
        The matrix's columns; those whose ``monotone`` is not 0 have a policy.
    rows : float array of shape (m, signals)
        Features of real leads.
    leads : int
        How many of the rows are tested, drawn at random.
    values : int
        How many observed values of a signal are tried on each at most, spread evenly, the smallest and the largest
        among them.
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
        # A permutation and not a draw, so that no lead is tested twice.
        drawn = np.random.default_rng(seed).permutation(len(rows))[:leads]
        self._tested = self._rows[np.sort(drawn)]

    def run(self) -> Finding:
        """Try every policy on every lead drawn; name the signals that violate theirs, and by how much at worst."""
        tested, violations = 0, {}
        for column, signal in enumerate(self._signals):
            values = self._observed_values(column) if signal.monotone else np.empty(0)
            if len(values) < 2:
                continue
            tested += 1
            # With the policy's sign every step must be upward; a step down is a violation.
            steps = np.diff(self._score_with(column, values), axis=1) * signal.monotone
            if (steps < -_SLACK).any():
                violations[signal.name] = self._describe_violation(signal, values, steps)
        if not tested:
            return Finding(self.code, "not applicable", "No signal with a policy takes two values in this data.")
        sentence = (
            f"{tested} signals with a policy moved through observed values on {len(self._tested)} real leads; "
            f"{len(violations) or 'none'} moved a score against it."
        )
        return Finding(self.code, "fails" if violations else "holds", sentence, violations)

    @staticmethod
    def _describe_violation(signal: Signal, values: FloatArray, steps: FloatArray) -> str:
        """Describe the worst step against the policy, and how many leads have one."""
        lead, step = np.unravel_index(np.argmin(steps), steps.shape)
        direction = "falls" if signal.monotone > 0 else "rises"
        leads = int((steps < -_SLACK).any(axis=1).sum())
        return (
            f"from {values[step]:g} to {values[step + 1]:g} the score {direction} by {-steps[lead, step]:.4f} for one "
            f"lead, and against the policy for {leads} of {len(steps)}"
        )

    def _observed_values(self, column: int) -> FloatArray:
        """Return values that leads have, ascending, at most as many as asked for."""
        values = np.unique(self._rows[:, column][~np.isnan(self._rows[:, column])])
        if not len(values):
            return values
        return values[np.unique(np.linspace(0, len(values) - 1, self._values).round().astype(int))]

    def _score_with(self, column: int, values: FloatArray) -> FloatArray:
        """Return the score of each tested lead with each value in the column: shape (leads, values)."""
        rows = np.repeat(self._tested, len(values), axis=0)
        rows[:, column] = np.tile(values, len(self._tested))
        return self._score(rows).reshape(len(self._tested), len(values))
