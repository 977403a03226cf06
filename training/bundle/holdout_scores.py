"""What did a model predict for leads it had not seen? Kept in its bundle, so that the next one can be compared with it.

Lives here: the stored scores.
Does not live here: computing them (``training.evaluation.out_of_fold``, ``training.evaluation.refit_as_of``), the
comparison (``training.checks.non_inferiority``).

A model that was fitted to all leads cannot be evaluated on them. So each bundle keeps what models with its own settings
predicted at arrival for leads they had not seen: those held out, and, where there was a champion, those that came after
the champion's data ended."""

from dataclasses import dataclass, field

import numpy as np

from features.array_types import FloatArray, ObjectArray
from features.point_in_time.outcome_history import hash_values

__all__ = ["HoldoutScores"]


@dataclass(frozen=True)
class HoldoutScores:
    """Scores at arrival of k leads that the scoring model had not seen.

    Parameters
    ----------
    keys : uint64 array of shape (k,), ascending
        A hash of each lead's id.
    probability : float array of shape (k,)
    """

    keys: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))
    probability: FloatArray = field(default_factory=lambda: np.empty(0))

    @classmethod
    def from_leads(cls, lead_ids: ObjectArray, probability: FloatArray) -> "HoldoutScores":
        """Build from leads and their scores, shape (k,); where a lead occurs twice the later score counts.

        >>> HoldoutScores.from_leads(np.array(["a", "b", "a"], object), np.array([0.1, 0.2, 0.3])).look_up(
        ...     np.array(["b", "a", "c"], object)
        ... ).tolist()
        [0.2, 0.3, nan]
        """
        # np.unique keeps the first of equal keys; reversed, that is the later score.
        keys, rows = np.unique(hash_values(lead_ids)[::-1], return_index=True)
        return cls(keys, np.asarray(probability, float)[::-1][rows])

    def look_up(self, lead_ids: ObjectArray) -> FloatArray:
        """Return the score of each lead, NaN where there is none. Shape as given."""
        if not len(self.keys):
            return np.full(len(lead_ids), np.nan)
        keys = hash_values(lead_ids)
        position = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[position] == keys, self.probability[position], np.nan)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return plain arrays for a file."""
        return {"keys": self.keys, "probability": self.probability}
