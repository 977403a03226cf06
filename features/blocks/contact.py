"""Can this person be reached at all? Validity of phone and e-mail, judged by maintained libraries."""

from dataclasses import dataclass

import numpy as np

from features.batch import Batch
from features.contacts import normal_email, normal_phone
from features.types import FloatArray

__all__ = ["ContactBlock"]


@dataclass(frozen=True)
class ContactBlock:
    """Contact data, one entry per moment: 1 valid, 0 given but not valid, NaN not given. Shape (n,)."""

    phone: FloatArray
    email: FloatArray

    @classmethod
    def of(cls, batch: Batch) -> "ContactBlock":
        """Judge every phone and e-mail of the batch once per lead."""
        phone = [np.nan if value is None else float(normal_phone(value) is not None) for value in batch.of_leads("phone")]
        email = [np.nan if value is None else float(normal_email(value) is not None) for value in batch.of_leads("email")]
        return cls(np.array(phone, float)[batch.of_lead], np.array(email, float)[batch.of_lead])
