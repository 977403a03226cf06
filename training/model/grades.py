"""Which grade does a probability get, A to D, and where are the grades cut?

Lives here: the lowest probabilities of A, B and C, and the shares of leads that they are cut by.
Does not live here: a grade that a person gave (``serving.desk``), whether grades hold from month to month
(``training.checks.grade_stability``).
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray

__all__ = ["Grades"]

_SHARES_BELOW = {"a": 0.85, "b": 0.60, "c": 0.30}
"""Grade A is the top 15% of leads at arrival, B the next 25%, C the next 30%, D the rest."""


@dataclass(frozen=True)
class Grades:
    """Lowest probability of grades A, B and C; anything below is D."""

    a: float
    b: float
    c: float

    def assign(self, probability: FloatArray) -> np.ndarray:
        """Return the grade of each probability: object array of "A" to "D", shape as given.

        >>> Grades(0.5, 0.3, 0.1).assign(np.array([0.5, 0.2, 0.0])).tolist()
        ['A', 'C', 'D']
        """
        bounds_reached = sum((np.asarray(probability) >= bound).astype(int) for bound in (self.a, self.b, self.c))
        return np.array(["D", "C", "B", "A"], object)[bounds_reached]

    @classmethod
    def cut(cls, probability: FloatArray) -> "Grades":
        """Cut grades at quantiles of the probabilities of known leads, shape (n,), n at least 1.

        >>> Grades.cut(np.linspace(0, 1, 101))
        Grades(a=0.85, b=0.6, c=0.3)
        """
        return cls(**{grade: float(np.quantile(probability, share)) for grade, share in _SHARES_BELOW.items()})
