"""What does a form's field say, read as a message is? Timeframes chosen on a form, reasons for a referral: few texts,
many leads.

Lives here: reading each text once, in bulk, and remembering the latest ones. Does not live here: how a text is read
(``reader``)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray, IntArray
from features.text.message_reader import MessageReader

__all__ = ["FormFieldReader", "FormFieldReadings"]

MAX_REMEMBERED = 65_536
"""More texts than this are not kept in memory."""


@dataclass(frozen=True)
class FormFieldReadings:
    """What m texts say.

    Parameters
    ----------
    days : float array of shape (m,)
        The soonest timeframe named; NaN none.
    service : int array of shape (m,)
        The service named first, as its position in ``practice.services``; -1 none.
    services_named : float array of shape (m,)
        NaN where there is no text.
    """

    days: FloatArray
    service: IntArray
    services_named: FloatArray


class FormFieldReader:
    """A reader with a memory.

    >>> from features.testing import example_context
    >>> said = FormFieldReader(example_context().reader).read(["Within a week", "PT eval", None])
    >>> said.days.tolist(), said.service.tolist()
    ([7.0, nan, nan], [-1, 0, -1])
    """

    def __init__(self, reader: MessageReader) -> None:
        self._reader = reader
        self._known: dict[str | None, tuple[float, int, float]] = {None: (np.nan, -1, np.nan)}

    def read(self, texts: Sequence[str | None]) -> FormFieldReadings:
        """What each text says; those not remembered are read together."""
        known = self._known
        said = [known.get(text) for text in texts]
        if None in said:
            new = list(dict.fromkeys(text for text, answer in zip(texts, said, strict=True) if answer is None))
            read = self._reader.read_all(new, np.full(len(new), np.datetime64("NaT"), "datetime64[D]"))
            answers = dict(
                zip(
                    new,
                    zip(read.days.tolist(), read.service.tolist(), read.services_named.tolist(), strict=True),
                    strict=True,
                )
            )
            said = [answers[text] if answer is None else answer for text, answer in zip(texts, said, strict=True)]
            self._known = {**known, **answers} if len(known) + len(answers) <= MAX_REMEMBERED else {None: known[None]}
        days, service, named = zip(*said, strict=True) if said else ((), (), ())
        return FormFieldReadings(np.array(days, float), np.array(service, np.intp), np.array(named, float))
