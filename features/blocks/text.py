"""What do the messages say? Each message is read once, however many moments its lead has.

Lives here: the readings, one entry per moment.
Does not live here: how a message is read (``text.message_reader``).
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray, IntArray
from features.batch import Batch

__all__ = ["TextBlock"]


@dataclass(frozen=True)
class TextBlock:
    """Readings of the messages, one entry per moment.

    Parameters
    ----------
    counts : dict
        Phrase group -> float array of shape (n,); NaN where there is no message. ``red_flag`` only serves the lane, no
        signal reads it.
    word_count : float array of shape (n,)
    days : float array of shape (n,)
        Stated timeframe in days from the day on which the lead arrived, on the practice's clock; NaN none stated.
    service : int array of shape (n,)
        Position in ``practice.services`` of the service asked for: the form's own field, else the first named in the
        message, else the first that treats the complaint in the message; -1 none.
    named_service : int array of shape (n,)
        Position of the service that the message names first; -1 none.
    services_named : float array of shape (n,)
    """

    counts: dict[str, FloatArray]
    _mentioned: dict[str, FloatArray]
    _labels: dict[str, FloatArray]
    word_count: FloatArray
    days: FloatArray
    service: IntArray
    named_service: IntArray
    services_named: FloatArray

    @classmethod
    def of(cls, batch: Batch) -> "TextBlock":
        """Lay the readings of the batch's messages beside its moments."""
        readings, row = batch.readings, batch.of_lead
        counts = np.where(np.isnan(readings.word_count), np.nan, readings.counts.T)[:, row]
        codes, services = batch.form_services
        form_service = services[codes]
        message_service = np.where(readings.service >= 0, readings.service, readings.treating)
        return cls(
            dict(zip(readings.groups, counts, strict=True)),
            dict(zip(readings.groups, np.minimum(counts, 1.0), strict=True)),
            dict(zip(batch.labels.labels, batch.labels.probability.T[:, row], strict=True)),
            readings.word_count[row],
            batch.labels.days[row],
            np.where(form_service >= 0, form_service, message_service)[row],
            readings.service[row],
            readings.services_named[row],
        )

    def probability(self, label: str) -> FloatArray:
        """Return how probable a label is of the message (``text.label_reader``), NaN without a message."""
        return self._labels[label]

    def mentions(self, *groups: str) -> FloatArray:
        """Return 1 where the message has a phrase of one of the groups, 0 where not, NaN without a message."""
        first, *others = groups
        is_mentioned = self._mentioned[first]
        for group in others:
            is_mentioned = np.maximum(is_mentioned, self._mentioned[group])
        return is_mentioned
