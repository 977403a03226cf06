"""What do all steps of a training run share? The feature matrix with its labels, splits, signals and settings.

Lives here: the one object that travels through cross-validation, evaluation, refits and the search for settings.
Does not live here: building it (``training.pipeline.prepare``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.registry import Signal
from training.dataset.labels import LearningSet
from training.dataset.time_splits import Splits
from training.settings import Settings

__all__ = ["TrainingData"]


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
    """

    rows: np.ndarray
    learning: LearningSet
    splits: Splits
    people: np.ndarray
    signals: Sequence[Signal]
    settings: Settings
