"""What do all steps of a training run share? The feature matrix with its labels, splits, signals and settings.

Lives here: the one object that travels through cross-validation, evaluation, refits and the search for settings, and
the rows a model learns from.
Does not live here: building it (``training.pipeline.prepare``), which fields are withheld (``withheld_fields``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from features.array_types import FloatArray, IntArray
from features.registry import Signal
from training.dataset.labels import LearningSet
from training.dataset.time_splits import Splits
from training.settings import Settings

if TYPE_CHECKING:
    import lightgbm

__all__ = ["LabeledRows", "TrainingData", "WithheldRows"]


_WIDE_SHARE = 0.8
"""Share of the columns that a wide tree may use; it has half as many leaves."""

_MAX_WEIGHT = 2.0
"""Where few moments have a copy, a copy counts no more than this."""

_PLENTY_OF_MOMENTS = 2_000
"""With fewer, copies count less, in proportion. On four exports of 900 leads a quarter raised the calibration error of
whole leads from .086 to .105 on average, a tenth to .096, and log loss was as without copies."""


class LabeledRows(NamedTuple):
    """Rows of the feature matrix and their labels.

    Parameters
    ----------
    rows : float32 array of shape (n, signals)
    label : float array of shape (n,), 0 to 1
    weight : float array of shape (n,) or None
        None where every row counts once.
    whole : int or None
        The first rows, whose fields are as the practice has them; the rest are copies with fields withheld. None where
        all are whole.
    bins : lightgbm.Dataset or None
        The same rows in LightGBM's bins, where they have been found (``training.model.gradient_boosting.bin_rows``).
    """

    rows: np.ndarray
    label: FloatArray
    weight: FloatArray | None = None
    whole: int | None = None
    bins: "lightgbm.Dataset | None" = None

    def insert_whole(self, rows: np.ndarray, label: FloatArray) -> "LabeledRows":
        """Return these rows and more whole ones, each of which counts once."""
        end = len(self.rows) if self.whole is None else self.whole
        weight = None if self.weight is None else np.insert(self.weight, end, np.ones(len(rows)))
        return LabeledRows(
            np.concatenate([self.rows[:end], rows, self.rows[end:]]),
            np.concatenate([self.label[:end], label, self.label[end:]]),
            weight,
            None if self.whole is None else end + len(rows),
        )


@dataclass(frozen=True)
class WithheldRows:
    """Copies of c of the n moments, with some of their fields withheld.

    Parameters
    ----------
    rows : float32 array of shape (c, signals)
    of_row : int array of shape (c,), ascending
        The moment that each is a copy of: it is on the same side of every split.
    weight : float
        How much one copy counts, where a whole moment counts 1.
    """

    rows: np.ndarray
    of_row: IntArray
    weight: float

    @classmethod
    def of_moments(cls, rows: np.ndarray, of_row: IntArray, share: float, moments: int) -> "WithheldRows":
        """Return copies that together count ``share`` times as much as all moments, each at most twice one moment.

        With few moments they count less: the trees would take a copy's chance for a second lead that agrees.

        >>> rows, of_row = np.zeros((600, 1)), np.arange(600)
        >>> [WithheldRows.of_moments(rows, of_row, 0.25, moments).weight for moments in (1_000, 2_400)]
        [0.20833333333333334, 1.0]
        """
        share *= min(1.0, moments / _PLENTY_OF_MOMENTS)
        return cls(rows, of_row, min(_MAX_WEIGHT, share * moments / len(of_row)))

    def find_copies(self, rows: IntArray) -> np.ndarray:
        """Return which copies are of these moments. Shape (c,), bool."""
        return np.isin(self.of_row, rows)


@dataclass(frozen=True)
class TrainingData:
    """The data of one run: n ripe moments as rows of the feature matrix.

    Parameters
    ----------
    rows : float32 array of shape (n, signals)
    learning : LearningSet, of the same n moments
    splits : Splits
    people : uint64 array of shape (n,)
        Hash of the person of each moment, 0 unknown; see ``time_splits.hash_people``.
    signals : sequence of Signal, the matrix's columns
    settings : Settings
    withheld : WithheldRows or None
        What a model learns from besides the moments; None for moments alone.
    penalty_by_signal : bool
        Whether each signal of the linear part has its own penalty; see ``training.model.linear.signal_penalties``.
    wide_trees : bool
        Whether trees have few leaves and may use nearly all columns: with few leads, or where later folds prove it.
    tree_steps : float, 1 or more
        How many times more each tree may change than the settings say; see ``gradient_boosting.enlarge_steps``.
    """

    rows: np.ndarray
    learning: LearningSet
    splits: Splits
    people: np.ndarray
    signals: Sequence[Signal]
    settings: Settings
    withheld: WithheldRows | None = None
    penalty_by_signal: bool = False
    wide_trees: bool = False
    tree_steps: float = 1.0

    @property
    def tree_settings(self) -> Settings:
        """Return the settings that trees are fitted with."""
        settings = self.settings
        if self.tree_steps > 1:
            settings = replace(settings, learning_rate=self.tree_steps * settings.learning_rate)
        if not self.wide_trees:
            return settings
        share = max(_WIDE_SHARE, settings.feature_fraction)
        return replace(settings, leaves=max(2, settings.leaves // 2), feature_fraction=share)

    def with_withheld_share(self, share: float) -> "TrainingData":
        """Return the data whose copies together count ``share`` times as much as its moments."""
        if self.withheld is None:
            return self
        copies = WithheldRows.of_moments(self.withheld.rows, self.withheld.of_row, share, len(self.rows))
        return replace(self, withheld=copies)

    def select_columns(self, columns: Sequence[int], signals: Sequence[Signal]) -> "TrainingData":
        """Return the data with these columns of the matrix alone, and their signals."""
        withheld = self.withheld
        if withheld is not None:
            withheld = replace(withheld, rows=withheld.rows[:, list(columns)])
        return replace(self, rows=self.rows[:, list(columns)], signals=signals, withheld=withheld)

    def select(self, train: IntArray | slice = slice(None)) -> LabeledRows:
        """Return what a model learns from these moments: themselves, then their copies with fields withheld.

        A moment that ``train`` repeats has its copy as often.
        """
        rows, label = self.rows[train], self.learning.label[train]
        if self.withheld is None:
            return LabeledRows(rows, label)
        copies = self._find_copies_as_often(train)
        return LabeledRows(
            np.concatenate([rows, self.withheld.rows[copies]]),
            np.concatenate([label, self.learning.label[self.withheld.of_row[copies]]]),
            np.concatenate([np.ones(len(rows)), np.full(len(copies), self.withheld.weight)]),
            len(rows),
        )

    def find_moments(self, train: IntArray | slice = slice(None)) -> IntArray:
        """Return the moment that each row of ``select`` is, or is a copy of."""
        moments = np.arange(len(self.rows))[train]
        if self.withheld is None:
            return moments
        return np.concatenate([moments, self.withheld.of_row[self._find_copies_as_often(train)]])

    def _find_copies_as_often(self, train: IntArray | slice) -> IntArray:
        """Return the copies of these moments, each as often as its moment."""
        assert self.withheld is not None
        times = np.bincount(np.arange(len(self.rows))[train], minlength=len(self.rows))
        return np.repeat(np.arange(len(self.withheld.of_row)), times[self.withheld.of_row])
