"""LC009: do the reasons say what the model does, and would they be the same reasons had it learned from other leads?

How it is detected, on leads that were held out. Faithful: what a reason names is taken from the lead (the values of its
signals are replaced by those of other leads, drawn at random); the score must move the way the reason said it would.
Taking the reasons away strongest first must also bring the score to the average faster than taking signals away in a
random order (deletion curves; Samek et al. 2017, doi:10.1109/TNNLS.2016.2599820). Stable: the model is fitted again to
resampled leads, and the reason must point the same way. Why it matters: an intake lead who reads "raises: asked for an
appointment" acts on it. A sentence that the score does not follow is worse than none. What to do: nothing is needed for
single signals, as those that fail are not shown (they count under "everything else"). Where the whole check fails, the
data is too small for reasons, or too many signals say the same: give them one ``group``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray, IntArray
from features.registry import Signal
from training.finding import Finding

__all__ = ["ReasonFaithfulness"]

Explainer = Callable[[FloatArray], tuple[FloatArray, FloatArray, float]]
"""Rows of the matrix -> raw scores, parts, base."""

_MIN_FAITHFUL, _MIN_STABLE = 0.75, 0.70
"""A group is not shown when fewer of its reasons than this held."""
_MIN_OVERALL = 0.80
_MIN_REASONS = 15
"""Fewer reasons of a group than this say nothing about it."""
_TOP, _STEPS = 5, 8


@dataclass(frozen=True)
class _ReasonCounts:
    """How often the reasons of each group held, and how often they were given. Shapes (groups,)."""

    held: FloatArray
    given: FloatArray

    @property
    def overall(self) -> float:
        """Share of all reasons that held."""
        return float(self.held.sum() / max(self.given.sum(), 1))


class ReasonFaithfulness:
    """Tries the reasons of a model.

    Parameters
    ----------
    signals : sequence of Signal
        The matrix's columns; those of one ``group`` are one reason.
    explains : callable
        Of the model that is to be signed.
    refitted : sequence of callables
        Of the same model fitted to resampled leads.
    rows : float array of shape (n, signals)
        Leads it had not seen.
    """

    code = "LC009"

    def __init__(
        self,
        signals: Sequence[Signal],
        explains: Explainer,
        refitted: Sequence[Explainer],
        rows: np.ndarray,
        leads: int = 150,
        draws: int = 12,
        seed: int = 7,
    ) -> None:
        random = np.random.default_rng(seed)
        chosen = np.sort(random.choice(len(rows), min(leads, len(rows)), replace=False))
        self._rows, self._others = rows[chosen].astype(np.float64), rows.astype(np.float64)
        self._explains, self._refitted, self._draws, self._random = explains, refitted, draws, random
        self._names = list(dict.fromkeys(one.group for one in signals))
        self._group = np.array([self._names.index(one.group) for one in signals], np.intp)

    def run(self) -> tuple[Finding, tuple[str, ...]]:
        """The finding, and the groups whose reasons must not be shown."""
        if len(self._rows) < _MIN_REASONS:
            return Finding(
                self.code, "not applicable", f"Only {len(self._rows)} held-out leads: too few to try reasons on."
            ), ()
        raw, parts, base = self._explains(self._rows)
        moved = self._by_group(parts)
        top = np.argsort(-np.abs(moved), axis=1, kind="stable")[:, :_TOP]
        faithful, stable = self._faithful(raw, moved, top), self._stable(moved, top)
        ours, random = self._deleted(raw, base, moved)
        hidden = tuple(
            name
            for place, name in enumerate(self._names)
            if any(
                one.given[place] >= _MIN_REASONS and one.held[place] < least * one.given[place]
                for one, least in ((faithful, _MIN_FAITHFUL), (stable, _MIN_STABLE))
            )
        )
        said = (
            f"Of {int(faithful.given.sum()):,} reasons of {len(self._rows):,} held-out leads, {100 * faithful.overall:.0f} in 100 moved the score as they said when what they name was "
            f"taken away, and {100 * stable.overall:.0f} in 100 point the same way in models fitted to resampled leads. Taking reasons away strongest first leaves "
            f"{100 * ours:.0f} in 100 of the way to the average, random order {100 * random:.0f}."
        )
        fine = faithful.overall >= _MIN_OVERALL and stable.overall >= _MIN_OVERALL and ours < random
        return Finding(
            self.code,
            "holds" if fine else "fails",
            said,
            {name: "its reasons did not hold often enough; they are not shown" for name in hidden},
        ), hidden

    def _by_group(self, parts: FloatArray) -> FloatArray:
        """Parts summed over the signals of each group. Shape (n, groups)."""
        moved = np.zeros((len(parts), len(self._names)))
        np.add.at(moved.T, self._group, parts.T)
        return moved

    def _faithful(self, raw: FloatArray, moved: FloatArray, top: IntArray) -> _ReasonCounts:
        """Whether the score falls when what raised it is replaced, and rises when what lowered it is."""
        held, given = np.zeros(len(self._names)), np.zeros(len(self._names))
        for place in range(top.shape[1]):
            group = top[:, place]
            after = self._replaced(group)
            said = moved[np.arange(len(moved)), group]
            right = (np.sign(raw - after) == np.sign(said)) & (said != 0)
            np.add.at(held, group, right)
            np.add.at(given, group, said != 0)
        return _ReasonCounts(held, given)

    def _replaced(self, group: IntArray) -> FloatArray:
        """Mean raw score of each lead over draws of other leads' values for the signals of its group."""
        total = np.zeros(len(self._rows))
        columns = self._group == group[:, None]
        for _ in range(self._draws):
            other = self._others[self._random.integers(0, len(self._others), len(self._rows))]
            total += self._explains(np.where(columns, other, self._rows))[0]
        return total / self._draws

    def _stable(self, moved: FloatArray, top: IntArray) -> _ReasonCounts:
        """Whether each reason points the same way in the refitted models."""
        held, given = np.zeros(len(self._names)), np.zeros(len(self._names))
        rows = np.arange(len(moved))[:, None]
        for explains in self._refitted:
            again = self._by_group(explains(self._rows)[1])
            np.add.at(held, top, np.sign(again[rows, top]) == np.sign(moved[rows, top]))
            np.add.at(given, top, 1.0)
        return _ReasonCounts(held, given)

    def _deleted(self, raw: FloatArray, base: float, moved: FloatArray) -> tuple[float, float]:
        """Mean share of the distance to the average that is left while groups are replaced one after another: strongest
        first, and at random.
        """
        orders = (
            np.argsort(-np.abs(moved), axis=1, kind="stable"),
            self._random.permuted(np.tile(np.arange(moved.shape[1]), (len(moved), 1)), axis=1),
        )
        left = []
        for order in orders:
            rows, way = self._rows.copy(), []
            other = self._others[self._random.integers(0, len(self._others), len(rows))]
            for step in range(min(_STEPS, order.shape[1])):
                rows = np.where(self._group == order[:, step][:, None], other, rows)
                way.append(np.abs(self._explains(rows)[0] - base).mean())
            left.append(float(np.mean(way) / max(np.abs(raw - base).mean(), 1e-12)))
        return left[0], left[1]
