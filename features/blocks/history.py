"""How did earlier leads like this one do, as known strictly before each cutoff?

Lives here: booking rates per moment, by any field and by the wording of the message.
Does not live here: the record they are looked up in (``point_in_time.outcome_history``), word weights
(``text.word_weights``).
"""

import numpy as np

from features.array_types import FloatArray
from features.arrays.computed_once import computed_once
from features.batch import Batch
from features.point_in_time.outcome_history import RateLookup

__all__ = ["HistoryBlock"]


class HistoryBlock:
    """Booking rates, one entry per moment, each field looked up at most once."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._answers: dict[str, tuple[FloatArray, FloatArray]] = {}

    def rate(self, field: str) -> FloatArray:
        """Return the shrunken booking rate of the lead's value in ``field``. Shape (n,), NaN unknown.

        See ``RateLookup.rate``.
        """
        return self._look_up(field)[0]

    def count_leads(self, field: str) -> FloatArray:
        """Count the earlier leads behind the rate. Shape (n,)."""
        return self._look_up(field)[1]

    def similar_wording_rate(self) -> FloatArray:
        """Return the share of bookings among earlier messages worded like the lead's (see
        ``WordWeights.compute_share``).

        Shape (n,), NaN without a message or weights.
        """
        batch, context = self._batch, self._batch.context
        if context.word_weights is None:
            return np.full(len(batch), np.nan)
        readings = batch.readings
        share = context.word_weights.compute_share(
            context.token_weights, readings.tokens, readings.tokens_from, batch.of_lead, batch.cutoff
        )
        return np.where(np.isnan(readings.word_count)[batch.of_lead], np.nan, share)

    @computed_once
    def _lookup(self) -> RateLookup | None:
        """The moments, looked up in the history once for all fields."""
        batch, history = self._batch, self._batch.context.history
        return None if history is None else history.prepare_lookup(batch.lead_ids[batch.of_lead], batch.cutoff)

    def _look_up(self, field: str) -> tuple[FloatArray, FloatArray]:
        """Return rate and number of leads of one field, from the cache or looked up now."""
        if field not in self._answers:
            batch = self._batch
            if self._lookup is None:
                self._answers[field] = np.full(len(batch), np.nan), np.zeros(len(batch))
            else:
                codes, distinct = batch.encode_column(field)
                self._answers[field] = self._lookup.rate_of(field, codes[batch.of_lead], distinct[:-1])
        return self._answers[field]
