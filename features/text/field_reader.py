"""What does a form field say, read as a message is? Timeframes, reasons for a referral: few texts, many leads.

Lives here: reading each text once, in bulk, and caching the latest ones.
Does not live here: how a text is read (``message_reader``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray, IntArray
from features.text.message_reader import MessageReader

__all__ = ["FormFieldReader", "FormFieldReadings"]

MAX_REMEMBERED = 65_536
"""The cache holds at most this many texts."""


@dataclass(frozen=True)
class FormFieldReadings:
    """The readings of m texts.

    Parameters
    ----------
    days : float array of shape (m,)
        The soonest timeframe; NaN none.
    service : int array of shape (m,)
        The first service named, as its position in ``practice.services``; -1 none.
    services_named : float array of shape (m,)
        NaN where there is no text.
    """

    days: FloatArray
    service: IntArray
    services_named: FloatArray


class FormFieldReader:
    """A message reader with a cache.

    >>> from features.testing import example_context
    >>> readings = FormFieldReader(example_context().reader).read(["Within a week", "PT eval", None])
    >>> readings.days.tolist(), readings.service.tolist()
    ([7.0, nan, nan], [-1, 0, -1])
    """

    def __init__(self, reader: MessageReader) -> None:
        self._reader = reader
        self._cache: dict[str | None, tuple[float, int, float]] = {None: (np.nan, -1, np.nan)}

    def read(self, texts: Sequence[str | None]) -> FormFieldReadings:
        """Read each text; those not in the cache are read together."""
        cache = self._cache
        answers = [cache.get(text) for text in texts]
        if None in answers:
            new = self._read_new(
                list(dict.fromkeys(text for text, answer in zip(texts, answers, strict=True) if answer is None))
            )
            answers = [new[text] if answer is None else answer for text, answer in zip(texts, answers, strict=True)]
            # A new dictionary, because another thread may be reading the old one. A full cache starts again.
            self._cache = {**cache, **new} if len(cache) + len(new) <= MAX_REMEMBERED else {None: cache[None]}
        days, service, services_named = zip(*answers, strict=True) if answers else ((), (), ())
        return FormFieldReadings(np.array(days, float), np.array(service, np.intp), np.array(services_named, float))

    def _read_new(self, texts: list[str | None]) -> dict[str | None, tuple[float, int, float]]:
        """Read texts together; return text -> (days, service, services named)."""
        readings = self._reader.read_all(texts, np.full(len(texts), np.datetime64("NaT"), "datetime64[D]"))
        columns = readings.days.tolist(), readings.service.tolist(), readings.services_named.tolist()
        return dict(zip(texts, zip(*columns, strict=True), strict=True))
