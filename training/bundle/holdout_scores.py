"""What did a model say of leads it had not seen? Kept with it, so that the next model can be held against it on the
same leads.

Lives here: the kept scores. Does not live here: making them (``held_out``, ``said_after``), the comparison
(``checks.not_worse``).

A model that was fitted to all leads cannot be judged by them. So each bundle keeps what models of its own recipe said
at arrival of the leads that they had not seen: those held out, and, where there was a champion, those that came after
the champion's data ended."""

from dataclasses import dataclass, field

import numpy as np

from features.array_types import FloatArray, ObjectArray
from features.point_in_time.outcome_history import hash_values

__all__ = ["HoldoutScores"]


@dataclass(frozen=True)
class HoldoutScores:
    """Scores at arrival of k leads that the model which said them had not seen.

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
        """Of leads and their scores, shape (k,); of a lead given twice the later one stays.

        >>> HoldoutScores.from_leads(np.array(["a", "b", "a"], object), np.array([0.1, 0.2, 0.3])).look_up(
        ...     np.array(["b", "a", "c"], object)
        ... ).tolist()
        [0.2, 0.3, nan]
        """
        keys, last = np.unique(hash_values(lead_ids)[::-1], return_index=True)
        return cls(keys, np.asarray(probability, float)[::-1][last])

    def look_up(self, lead_ids: ObjectArray) -> FloatArray:
        """What was said of each lead, NaN where it was not one of these. Shape as given."""
        if not len(self.keys):
            return np.full(len(lead_ids), np.nan)
        asked = hash_values(lead_ids)
        place = np.minimum(np.searchsorted(self.keys, asked), len(self.keys) - 1)
        return np.where(self.keys[place] == asked, self.probability[place], np.nan)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Plain arrays for a file."""
        return {"keys": self.keys, "probability": self.probability}
