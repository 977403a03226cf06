"""What does a message say, as numbers? The reading of one message or a million, and the spans that counted.

Lives here: readings, by phrases, dates and service names.
Does not live here: how they are read (``message_reader``), labels (``label_reader``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from features.array_types import FloatArray, IntArray
from features.text.tokenization import TokenizedMessages

if TYPE_CHECKING:
    from features.text.times.time_model import TimeModel

__all__ = ["EvidenceSpan", "MessageReading", "MessageReadings", "StatedTime", "StatedTimes"]


@dataclass(frozen=True)
class MessageReading:
    """The reading of one message.

    Parameters
    ----------
    counts : dict
        Group -> how often one of its phrases occurs, negated ones not counted.
    word_count : int
        Words in the message.
    days : float
        The soonest stated timeframe in days; NaN without one.
    services : tuple of int
        Positions in ``practice.services`` of those named, first named first.
    """

    counts: dict[str, int]
    word_count: int
    days: float
    services: tuple[int, ...]


class StatedTime(NamedTuple):
    """A time that a message states.

    Parameters
    ----------
    days : float
    is_called_off : bool
        Whether words before it in its sentence cancel it, or tell that it is what the person has: "cancel Friday".
    is_led_to : bool
        Whether a word before it leads to it: "move it to Friday".
    is_not_before : bool
        Whether it is the earliest that the person can come: "after the 14th".
    is_date : bool
        Whether it is counted on the calendar, and no fixed phrase: "Friday", not "as soon as possible".
    """

    days: float
    is_called_off: bool
    is_led_to: bool = False
    is_not_before: bool = False
    is_date: bool = False


class StatedTimes(NamedTuple):
    """Every time that m messages state, wish or not, in the order of their words.

    Parameters
    ----------
    rows : int64 array of shape (t, 4)
        Message, first token and end in ``MessageReadings.tokens``, kind (``kernels.date_parser``).
    days : float array of shape (t,)
    """

    rows: IntArray
    days: FloatArray


class TimeLister(Protocol):
    """Anything that finds the times that words state: the reader that made the readings."""

    @property
    def number(self) -> Mapping[str, int]:
        """The number of each word that it knows."""

    label_words: dict[str, str]
    """What the practice changes of the weights of words (``text.taught.label_words``)."""

    @property
    def time_model(self) -> "TimeModel":
        """What tells by the words around a time whether it is wished for."""

    @property
    def time_words(self) -> IntArray:
        """The row of ``time_model`` for each of those words."""

    @property
    def bounds(self) -> Sequence[int]:
        """The words behind which the earliest day stands on which somebody can come: "after"."""

    def list_times(self, ids: IntArray, written: int) -> list[StatedTime]:
        """List the times in the words of one message, by their numbers, written on a day since 1970."""


@dataclass(frozen=True)
class MessageReadings:
    """The readings of m messages.

    Parameters
    ----------
    groups : tuple of str
        The phrase groups.
    counts : int16 array of shape (m, groups)
        How often one of the group's phrases occurs, negated ones not counted; 0 without a message.
    word_count : float array of shape (m,), NaN without a message
    days : float array of shape (m,)
        The soonest stated timeframe in days; NaN without one, and where a phrase tells that it is no wish.
    stated_days : float array of shape (m,)
        The soonest stated timeframe in days, wish or not.
    service : int array of shape (m,)
        Position in ``practice.services`` of the first one named; -1 none.
    treating : int array of shape (m,)
        Position of the first service that treats the complaint in the message ("my shoulder hurts"); -1 none.
    services_named : float array of shape (m,), NaN without a message
    tokens : int64 array
        The intended words of all messages, by their numbers in ``MessageReader.words``.
    tokens_from : int64 array of shape (m + 1,)
        Those of message ``i`` are ``tokens[tokens_from[i]:tokens_from[i + 1]]``.
    batches : tuple of TokenizedMessages
        The words as they are written, but for slips, so that nobody has to split the messages again.
    label_offsets : dict
        What the practice adds to the log-odds of labels.
    reader : TimeLister
    written : int64 array of shape (m,); days since 1970
    times : StatedTimes
    """

    groups: tuple[str, ...]
    counts: np.ndarray
    word_count: FloatArray
    days: FloatArray
    stated_days: FloatArray
    service: IntArray
    treating: IntArray
    services_named: FloatArray
    tokens: IntArray
    tokens_from: IntArray
    batches: tuple[TokenizedMessages, ...]
    label_offsets: dict[str, float]
    reader: TimeLister
    written: IntArray
    times: StatedTimes

    def list_times(self, row: int) -> list[StatedTime]:
        """List every time that one message states, in the order of its words."""
        ids = self.tokens[self.tokens_from[row] : self.tokens_from[row + 1]]
        return self.reader.list_times(ids, int(self.written[row]))

    def holds_any(self, words: Sequence[int]) -> np.ndarray:
        """Return whether one of the words, by their numbers, occurs in each message. Shape (m,), bool."""
        counts = np.concatenate([[0], np.cumsum(np.isin(self.tokens, words))])
        return np.asarray(counts[self.tokens_from[1:]] > counts[self.tokens_from[:-1]])

    def mentions(self, *groups: str) -> np.ndarray:
        """Return whether a phrase of one of the groups occurs in each message. Shape (m,), bool.

        A group that the practice's own phrase file lacks is never mentioned.
        """
        columns = [self.groups.index(group) for group in groups if group in self.groups]
        return np.asarray((self.counts[:, columns] > 0).any(axis=1))


@dataclass(frozen=True)
class EvidenceSpan:
    """A span of a message that counted, to show it as evidence.

    Parameters
    ----------
    meaning : str
        A phrase group, ``days`` for a date or timeframe, ``service`` for a service of the practice.
    start, stop : int
        Characters of the message as written, half-open.
    """

    meaning: str
    start: int
    stop: int
