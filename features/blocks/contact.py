"""Can this person be reached at all? Validity of phone and e-mail, judged by maintained libraries."""

from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray, ObjectArray
from features.batch import Batch

__all__ = ["ContactBlock"]


@dataclass(frozen=True)
class ContactBlock:
    """Contact data, one entry per moment: 1 valid, 0 given but not valid, NaN not given. Shape (n,)."""

    phone: FloatArray
    email: FloatArray

    @classmethod
    def of(cls, batch: Batch) -> "ContactBlock":
        """Judge every phone and e-mail of the batch once per lead: one that has no key has no valid form."""
        return cls(
            *(_valid(batch.of_leads(name), batch.contact_keys.get(name))[batch.of_lead] for name in ("phone", "email"))
        )


def _valid(values: ObjectArray, keys: np.ndarray | None) -> FloatArray:
    """1 valid, 0 given but not valid, NaN not given."""
    return np.where(np.equal(values, None), np.nan, 0.0 if keys is None else (keys != 0).astype(float))
