"""What do we know before any of these leads arrived? The practice, the words people use, and the record so far.

Lives here: one object that carries them to the blocks, and the readers made from them once.
Does not live here: how each is made (``practice``, ``phrases``, ``history``, ``contacts``).
"""

import json
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from features.array_types import FloatArray
from features.calendar.business_time import BusinessTime
from features.point_in_time.contact_index import ContactIndex
from features.point_in_time.outcome_history import OutcomeHistory
from features.practice.clinic_map import ClinicMap
from features.practice.eligibility_rules import EligibilityRules
from features.practice.practice import Practice
from features.text.custom_phrases import add_custom_phrases
from features.text.field_reader import FormFieldReader
from features.text.message_reader import MessageReader
from features.text.phrase_lexicon import PhraseLexicon
from features.text.word_weights import WordWeights

__all__ = ["Context"]


@dataclass(frozen=True)
class _Words:
    """Phrases and a practice, equal to others that say the same."""

    said: str
    phrases: PhraseLexicon = field(compare=False)
    practice: Practice = field(compare=False)


@lru_cache(maxsize=4)
def _reader_of(words: _Words) -> MessageReader:
    """The reader of these phrases, made once in a process: it takes a second, and every model of one practice reads by
    the same.
    """
    own = words.practice.phrases
    return MessageReader.of(add_custom_phrases(words.phrases, own) if own else words.phrases, words.practice)


@dataclass(frozen=True)
class Context:
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
    word_weights : Wording or None
        Which words led to bookings, as known at the start of each month.
    """

    practice: Practice = field(default_factory=Practice)
    phrases: PhraseLexicon = field(default_factory=PhraseLexicon.load_default)
    history: OutcomeHistory | None = None
    contacts: ContactIndex | None = None
    word_weights: WordWeights | None = None

    @cached_property
    def reader(self) -> MessageReader:
        """Reads messages with the shipped phrases, those the practice adds, and the practice's own services."""
        return _reader_of(
            _Words(json.dumps([self.phrases.to_dict(), self.practice.to_dict()]), self.phrases, self.practice)
        )

    @cached_property
    def token_weights(self) -> FloatArray:
        """What the reader's words are worth, shape (months, words); see ``Wording.numbered``."""
        return self.word_weights.align_weights(self.reader.number)

    @cached_property
    def form_field_reader(self) -> FormFieldReader:
        """Reads what stands in a field of a form as it reads a message."""
        return FormFieldReader(self.reader)

    @cached_property
    def geography(self) -> ClinicMap:
        """Where the clinics are and what each offers."""
        return ClinicMap.from_practice(self.practice)

    @cached_property
    def rules(self) -> EligibilityRules:
        """Whom each service is for."""
        return EligibilityRules.from_practice(self.practice)

    @cached_property
    def business_time(self) -> BusinessTime:
        """When the practice is open."""
        return BusinessTime.of(self.practice.open_minutes())
