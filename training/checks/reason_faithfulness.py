"""LC009: do the reasons describe what the model does, and would they be the same had it learned from other leads?

How it is detected, on held-out leads: Faithful: what a reason names is removed from the lead (the values of its signals
are replaced by those of leads that the model learned from, drawn at random), and the score must move the way the reason
claims: a reason says how a lead differs from those, and later leads may all lie on one side of them. Removing the
reasons strongest first must also bring the score to the average faster than removing signals in random order (deletion
curves; Samek et al. 2017, doi:10.1109/TNNLS.2016.2599820). Stable: the model is fitted again to resampled leads, and
the reason must point the same way. Leads are taken at moments at which they were open, not only at arrival: a count of
attempts moves no score among leads that nobody has called yet. What is hidden may be at most 5% of what moves the
scores.

Why it matters: an intake lead who reads "raises: asked for an appointment" acts on it. A reason that the score does not
follow is worse than none.

What to do: nothing for single signals, as those that fail are not shown (they count under "everything else"); where
they carry more than that share, the model is fitted again without them, up to four times, and they are named, unless
leads that no model had seen are clearly worse predicted then. Where the whole check fails, there is too little data for
reasons, or too many signals mean the same: give them one ``group``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from features.array_types import FloatArray, IntArray
from features.registry import Signal
from training.check_finding import Finding
from training.comparison_digits import format_compared

__all__ = ["ReasonFaithfulness", "ReasonSample"]


class ExplainedModel(Protocol):
    """A model whose scores can be computed alone, or as sums (see ``training.bundle.Bundle``)."""

    def predict_raw(self, rows: FloatArray) -> FloatArray:
        """Return the raw score of each row of the matrix."""

    def explain_rows(self, rows: FloatArray) -> tuple[FloatArray, FloatArray, float]:
        """Return raw scores, contributions, base."""


_MIN_FAITHFUL, _MIN_STABLE = 0.75, 0.70
"""A group is hidden when a smaller share of its reasons held."""
_MIN_OVERALL = 0.80
_MAX_HIDDEN = 0.05
"""Share of the absolute contributions at most that no reason names: what moves a score most must be sayable."""
_MIN_REASONS = 15
"""With fewer reasons a group cannot be judged."""
_TOP, _STEPS, _ROUNDS = 5, 8, 5
_MAX_BACKGROUND = 2_000


@dataclass(frozen=True)
class _ReasonCounts:
    """How often the reasons of each group were tested, and how often they held. Shapes (groups,)."""

    confirmed: FloatArray
    tested: FloatArray

    @property
    def overall(self) -> float:
        """Share of all reasons that held."""
        return float(self.confirmed.sum() / max(self.tested.sum(), 1))

    def is_below(self, group: int, minimum: float) -> bool:
        """Whether enough reasons of a group were tested, and too few of them held."""
        return bool(self.tested[group] >= _MIN_REASONS and self.confirmed[group] < minimum * self.tested[group])


@dataclass(frozen=True)
class ReasonSample:
    """How many leads the reasons are tested on, how many replacements are drawn for each, and the seed."""

    leads: int = 150
    draws: int = 12
    seed: int = 7


_DEFAULT_SAMPLE = ReasonSample()


class ReasonFaithfulness:
    """Tests the reasons of a model.

    Parameters
    ----------
    signals : sequence of Signal
        The matrix's columns; those of one ``group`` are one reason.
    model : ExplainedModel
        The model that is to be registered, fitted without the leads of ``rows``.
    refitted : sequence of ExplainedModel
        The same model fitted to resampled leads.
    rows : float array of shape (n, signals)
        Leads it had not seen.
    background : float array of shape (b, signals)
        Leads that it learned from: contributions are differences from their average.
    sample : ReasonSample
    """

    code = "LC009"

    def __init__(
        self,
        signals: Sequence[Signal],
        model: ExplainedModel,
        refitted: Sequence[ExplainedModel],
        rows: np.ndarray,
        background: np.ndarray,
        sample: ReasonSample = _DEFAULT_SAMPLE,
    ) -> None:
        random = np.random.default_rng(sample.seed)
        drawn = np.sort(random.choice(len(rows), min(sample.leads, len(rows)), replace=False))
        self._rows = rows[drawn].astype(np.float64)
        others = random.choice(len(background), min(_MAX_BACKGROUND, len(background)), replace=False)
        self._others = background[others].astype(np.float64)
        self._model, self._refitted, self._draws, self._random = model, refitted, sample.draws, random
        self._names = list(dict.fromkeys(signal.group for signal in signals))
        self._group = np.array([self._names.index(signal.group) for signal in signals], np.intp)

    def run(self) -> tuple[Finding, tuple[str, ...]]:
        """Return the finding, and the groups whose reasons must not be shown."""
        if len(self._rows) < _MIN_REASONS:
            return Finding(
                self.code, "not applicable", f"Only {len(self._rows)} held-out leads: too few to test reasons on."
            ), ()
        raw, parts = self._model.predict_raw(self._rows), self._model.explain_rows(self._rows)[1]
        contributions = self._sum_by_group(parts)
        top = np.argsort(-np.abs(contributions), axis=1, kind="stable")[:, :_TOP]
        faithful, stable = self._test_faithful(raw, contributions, top), self._test_stable(contributions, top)
        by_strength, at_random = self._delete_in_order(raw, contributions)
        hidden = tuple(
            name
            for group, name in enumerate(self._names)
            if faithful.is_below(group, _MIN_FAITHFUL) or stable.is_below(group, _MIN_STABLE)
        )
        sentence = (
            f"Of {int(faithful.tested.sum()):,} reasons of {len(self._rows):,} held-out leads, "
            f"{100 * faithful.overall:.0f}% moved the score as claimed when what they name was removed, and "
            f"{100 * stable.overall:.0f}% point the same way in models fitted to resampled leads."
        )
        # With one group there is one order.
        if len(self._names) > 1:
            sentence += (
                f" Removing reasons strongest first leaves {100 * by_strength:.0f}% of the distance to the average, "
                f"random order {100 * at_random:.0f}%."
            )
        hidden_share = sum(self._measure_shares(contributions, hidden).values())
        if hidden:
            share, limit = format_compared(100 * hidden_share, 100 * _MAX_HIDDEN, digits=1)
            sentence += f" {share}% of what moves the scores is hidden (at most {limit}%)."
        holds = (
            min(faithful.overall, stable.overall) >= _MIN_OVERALL
            and (by_strength < at_random or len(self._names) == 1)
            and hidden_share <= _MAX_HIDDEN
        )
        return Finding(
            self.code,
            "holds" if holds else "fails",
            sentence,
            {
                name: f"its reasons did not hold often enough, and stay hidden: {share:.1%} of what moves the scores"
                for name, share in self._measure_shares(contributions, hidden).items()
            },
        ), hidden

    def _measure_shares(self, contributions: FloatArray, names: Sequence[str]) -> dict[str, float]:
        """Return the share of all absolute contributions, over the sample, of each of these groups."""
        total = np.abs(contributions).sum(axis=0)
        return {name: float(total[self._names.index(name)] / max(total.sum(), 1e-12)) for name in names}

    def _sum_by_group(self, parts: FloatArray) -> FloatArray:
        """Sum the contributions over the signals of each group. Shape (n, groups)."""
        contributions = np.zeros((len(parts), len(self._names)))
        np.add.at(contributions.T, self._group, parts.T)
        return contributions

    def _test_faithful(self, raw: FloatArray, contributions: FloatArray, top: IntArray) -> _ReasonCounts:
        """Test whether the score falls when what raised it is replaced, and rises when what lowered it is."""
        confirmed, tested = np.zeros(len(self._names)), np.zeros(len(self._names))
        for rank in range(top.shape[1]):
            group = top[:, rank]
            replaced = self._score_replaced(group)
            claimed = contributions[np.arange(len(contributions)), group]
            # Where no lead drawn has another value, nothing was taken away, and nothing was tested.
            is_tested = (claimed != 0) & ~np.isnan(replaced)
            right = (np.sign(raw - replaced) == np.sign(claimed)) & is_tested
            np.add.at(confirmed, group, right)
            np.add.at(tested, group, is_tested)
        return _ReasonCounts(confirmed, tested)

    def _score_replaced(self, group: IntArray) -> FloatArray:
        """Return each lead's mean raw score over draws of the background's values for the signals of its group.

        Only draws that change a value count: an equal value moves nothing, so it cannot change on which side of the
        mean a lead lies. Where a value is rare (9 in 10 leads have the other), more draws are made, up to ``_ROUNDS``
        times as many. NaN where none changed a value.
        """
        total, changes = np.zeros(len(self._rows)), np.zeros(len(self._rows))
        columns = self._group == group[:, None]
        for draw in range(self._draws * _ROUNDS):
            drawn = np.arange(len(self._rows)) if draw < self._draws else np.flatnonzero(changes == 0)
            if not len(drawn):
                break
            rows = self._rows[drawn]
            other = self._others[self._random.integers(0, len(self._others), len(drawn))]
            replaced = np.where(columns[drawn], other, rows)
            is_changed = ((replaced != rows) & ~(np.isnan(replaced) & np.isnan(rows))).any(axis=1)
            total[drawn[is_changed]] += self._model.predict_raw(replaced[is_changed])
            changes[drawn[is_changed]] += 1
        return np.divide(total, changes, out=np.full(len(total), np.nan), where=changes > 0)

    def _test_stable(self, contributions: FloatArray, top: IntArray) -> _ReasonCounts:
        """Test whether each reason points the same way in the refitted models."""
        confirmed, tested = np.zeros(len(self._names)), np.zeros(len(self._names))
        rows = np.arange(len(contributions))[:, None]
        for model in self._refitted:
            refitted = self._sum_by_group(model.explain_rows(self._rows)[1])
            np.add.at(confirmed, top, np.sign(refitted[rows, top]) == np.sign(contributions[rows, top]))
            np.add.at(tested, top, 1.0)
        return _ReasonCounts(confirmed, tested)

    def _delete_in_order(self, raw: FloatArray, contributions: FloatArray) -> tuple[float, float]:
        """Return the mean share of the distance to the average that is left while groups are replaced one by one.

        First with the strongest group first, then in random order, each lead with the same other leads in both. What is
        compared with the average is a lead's mean score over these draws: a single draw moves it to another lead, which
        is as far from the average as the first. The average is that of the background, whose values take the place of
        others.
        """
        average = float(self._model.predict_raw(self._others).mean())
        orders = (
            np.argsort(-np.abs(contributions), axis=1, kind="stable"),
            self._random.permuted(np.tile(np.arange(contributions.shape[1]), (len(contributions), 1)), axis=1),
        )
        others = self._random.integers(0, len(self._others), (self._draws, len(self._rows)))
        remaining = []
        for order in orders:
            replaced, distances = np.tile(self._rows, (self._draws, 1)), []
            # The last step replaces all groups, in either order.
            for step in range(min(_STEPS, order.shape[1] - 1)):
                columns = np.tile(self._group == order[:, step][:, None], (self._draws, 1))
                replaced = np.where(columns, self._others[others.ravel()], replaced)
                scores = self._model.predict_raw(replaced).reshape(self._draws, -1).mean(axis=0)
                distances.append(np.abs(scores - average).mean())
            remaining.append(float(np.mean(distances) / max(np.abs(raw - average).mean(), 1e-12)) if distances else 0.0)
        return remaining[0], remaining[1]
