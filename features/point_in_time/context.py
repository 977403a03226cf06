"""What is known before any of these leads arrived? The practice, the phrases people use, and the outcomes so far.

Lives here: one object that carries them to the blocks, and the readers built from them once.
Does not live here: how each is built (``practice``, ``text.phrase_lexicon``, ``outcome_history``, ``contact_index``).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from features.array_types import FloatArray, IntArray
from features.calendar.business_time import BusinessTime
from features.point_in_time.contact_index import ContactIndex
from features.point_in_time.outcome_history import OutcomeHistory
from features.point_in_time.source_fields import SourceFields
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
class _ReaderKey:
    """Phrases and a practice, equal to others with the same content."""

    content: str
    phrases: PhraseLexicon = field(compare=False)
    practice: Practice = field(compare=False)


@lru_cache(maxsize=4)
def _build_reader(key: _ReaderKey) -> MessageReader:
    """Build the reader of these phrases, once per process and practice.

    It takes a second, and every model of one practice uses the same reader.
    """
    custom = key.practice.phrases
    return MessageReader.of(add_custom_phrases(key.phrases, custom) if custom else key.phrases, key.practice)


@dataclass(frozen=True)
class Context:
    """What blocks may use besides the leads themselves.

    ``dataclasses.replace`` gives it another history; rebuilding what depends on it takes a few milliseconds.

    Parameters
    ----------
    practice : Practice
    phrases : PhraseLexicon
    history : OutcomeHistory or None
        Outcomes so far, by channel, campaign, service and referrer; each looked up strictly before a cutoff.
    contacts : ContactIndex or None
        Who inquired when. It stays on the practice's own machine and never enters a bundle or MLflow.
    word_weights : WordWeights or None
        Which words led to bookings, as known at the start of each month.
    source_fields : SourceFields
        Which fields the practice's sources never send.
    """

    practice: Practice = field(default_factory=Practice)
    phrases: PhraseLexicon = field(default_factory=PhraseLexicon.load_default)
    history: OutcomeHistory | None = None
    contacts: ContactIndex | None = None
    word_weights: WordWeights | None = None
    source_fields: SourceFields = field(default_factory=SourceFields)

    @cached_property
    def reader(self) -> MessageReader:
        """Reader of messages: the phrases that come with Leadlight, the practice's own, and its services."""
        return _build_reader(
            _ReaderKey(json.dumps([self.phrases.to_dict(), self.practice.to_dict()]), self.phrases, self.practice)
        )

    @cached_property
    def token_weights(self) -> FloatArray:
        """Weight of each of the reader's tokens, shape (months, tokens); see ``WordWeights.align_weights``."""
        return self.word_weights.align_weights(self.reader.number)

    @cached_property
    def form_field_reader(self) -> FormFieldReader:
        """Reader of form fields, which reads them as it reads a message."""
        return FormFieldReader(self.reader)

    def find_form_services(self, texts: Sequence[str | None]) -> IntArray:
        """Return the service that each text of a form names, as its position; -1 none. Of several, the first one.

        A text that is no name of a service is read as a message is, so that "knee replacement please" is found.
        """
        positions = self.geography.find_positions(texts, self.geography.service_names)
        unread = [row for row in np.flatnonzero(positions < 0).tolist() if texts[row] is not None]
        if unread:
            positions[unread] = self.form_field_reader.read([texts[row] for row in unread]).service
        return positions

    @cached_property
    def geography(self) -> ClinicMap:
        """The clinics' locations and what each offers."""
        return ClinicMap.from_practice(self.practice)

    @cached_property
    def rules(self) -> EligibilityRules:
        """The eligibility rules of each service."""
        return EligibilityRules.from_practice(self.practice)

    @cached_property
    def business_time(self) -> BusinessTime:
        """The practice's opening hours."""
        return BusinessTime.of(self.practice.open_minutes())
