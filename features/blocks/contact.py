"""Can this person be reached at all? Whether phone and e-mail are valid, as maintained libraries see it.

Lives here: one answer per moment, from the keys of the batch.
Does not live here: the check itself (``parsing.phone_validation``, ``parsing.email_addresses``).
"""

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
        """Check every phone and e-mail of the batch once per lead: without a key, a value has no valid form."""
        return cls(
            *(
                _check_validity(batch.lead_column(name), batch.contact_keys.get(name))[batch.of_lead]
                for name in ("phone", "email")
            )
        )


def _check_validity(values: ObjectArray, keys: np.ndarray | None) -> FloatArray:
    """Return 1 for valid, 0 for given but not valid, NaN for not given."""
    return np.where(np.equal(values, None), np.nan, 0.0 if keys is None else (keys != 0).astype(float))
