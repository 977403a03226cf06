"""What do we know before any of these leads arrived? The practice, the words people use, and the record so far.

Lives here: one object that carries them to the blocks, and the readers made from them once.
Does not live here: how each is made (``practice``, ``phrases``, ``history``, ``contacts``).
"""

import json
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from features.array_types import FloatArray
from features.calendar.business_time import OpenTime
from features.point_in_time.contact_index import ContactBook
from features.point_in_time.outcome_history import History
from features.practice.clinic_map import Geography
from features.practice.eligibility_rules import Rules
from features.practice.practice import Practice
from features.text.custom_phrases import with_own
from features.text.field_reader import FieldReader
from features.text.message_reader import Reader
from features.text.phrase_lexicon import Phrases
from features.text.word_weights import Wording

__all__ = ["Knowledge"]


@dataclass(frozen=True)
class _Words:
    """Phrases and a practice, equal to others that say the same."""

    said: str
    phrases: Phrases = field(compare=False)
    practice: Practice = field(compare=False)


@lru_cache(maxsize=4)
def _reader_of(words: _Words) -> Reader:
    """The reader of these phrases, made once in a process: it takes a second, and every model of one practice reads by
    the same.
    """
    own = words.practice.phrases
    return Reader.of(with_own(words.phrases, own) if own else words.phrases, words.practice)


@dataclass(frozen=True)
class Knowledge:
    """What blocks may use beside the leads themselves. ``dataclasses.replace`` gives it another record: what is made
    anew for that takes a few milliseconds.

    Parameters
    ----------
    practice : Practice
    phrases : Phrases
    history : History or None
        Outcomes known so far, by channel, campaign, service and referrer; each answered strictly before a cutoff.
    contacts : ContactBook or None
        Who enquired when. Private to the practice's own machine: it never enters a bundle or MLflow.
    wording : Wording or None
        Which words led to bookings, as known at the start of each month.
    """

    practice: Practice = field(default_factory=Practice)
    phrases: Phrases = field(default_factory=Phrases.shipped)
    history: History | None = None
    contacts: ContactBook | None = None
    wording: Wording | None = None

    @cached_property
    def reader(self) -> Reader:
        """Reads messages with the shipped phrases, those the practice adds, and the practice's own services."""
        return _reader_of(
            _Words(json.dumps([self.phrases.to_dict(), self.practice.to_dict()]), self.phrases, self.practice)
        )

    @cached_property
    def word_weights(self) -> FloatArray:
        """What the reader's words are worth, shape (months, words); see ``Wording.numbered``."""
        return self.wording.numbered(self.reader.number)

    @cached_property
    def field_reader(self) -> FieldReader:
        """Reads what stands in a field of a form as it reads a message."""
        return FieldReader(self.reader)

    @cached_property
    def geography(self) -> Geography:
        """Where the clinics are and what each offers."""
        return Geography.of(self.practice)

    @cached_property
    def rules(self) -> Rules:
        """Whom each service is for."""
        return Rules.of(self.practice)

    @cached_property
    def open_time(self) -> OpenTime:
        """When the practice is open."""
        return OpenTime.of(self.practice.open_minutes())
