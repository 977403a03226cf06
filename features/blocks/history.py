"""How did earlier leads like this one do, as known strictly before each cutoff?"""

from functools import cached_property

import numpy as np

from features.array_types import FloatArray
from features.batch import Batch
from features.point_in_time.outcome_history import RateLookup

__all__ = ["HistoryBlock"]


class HistoryBlock:
    """Booking rates, one entry per moment, each field looked up at most once."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._answers: dict[str, tuple[FloatArray, FloatArray]] = {}

    def rate(self, field: str) -> FloatArray:
        """Shrunken booking rate of the lead's value in ``field`` (see ``History.rate``). Shape (n,), NaN unknown."""
        return self._answer(field)[0]

    def count_leads(self, field: str) -> FloatArray:
        """How many earlier leads stand behind the rate. Shape (n,)."""
        return self._answer(field)[1]

    def similar_wording_rate(self) -> FloatArray:
        """Share of bookings among earlier messages worded like the lead's (see ``Wording.share``).

        Shape (n,), NaN without a message or weights.
        """
        batch, knowledge = self._batch, self._batch.context
        if knowledge.word_weights is None:
            return np.full(len(batch), np.nan)
        read = batch.readings
        share = knowledge.word_weights.share(
            knowledge.token_weights, read.tokens, read.tokens_from, batch.of_lead, batch.cutoff
        )
        return np.where(np.isnan(read.words)[batch.of_lead], np.nan, share)

    @cached_property
    def _asked(self) -> RateLookup | None:
        """The moments, looked up in the record once for all fields."""
        batch, history = self._batch, self._batch.context.history
        return None if history is None else history.asked(batch.lead_ids[batch.of_lead], batch.cutoff)

    def _answer(self, field: str) -> tuple[FloatArray, FloatArray]:
        if field not in self._answers:
            batch = self._batch
            if self._asked is None:
                self._answers[field] = np.full(len(batch), np.nan), np.zeros(len(batch))
            else:
                codes, distinct = batch.coded(field)
                self._answers[field] = self._asked.rate_of(field, codes[batch.of_lead], distinct[:-1])
        return self._answers[field]
