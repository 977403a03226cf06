"""Which numbers need heavy work, done once per batch? One block per source, from text to history.

Lives here: ``Blocks``, which makes each block when a signal first asks for it.
Does not live here: what a number means for a lead (``signals``).
"""

from functools import cached_property

from features.batch import Batch
from features.blocks.calendar import CalendarBlock
from features.blocks.contact import ContactBlock
from features.blocks.eligibility import EligibilityBlock
from features.blocks.events import EventsBlock
from features.blocks.form_fields import FormFieldsBlock
from features.blocks.geography import GeographyBlock
from features.blocks.history import HistoryBlock
from features.blocks.text import TextBlock

__all__ = ["BLOCK_VERSIONS", "Blocks"]

BLOCK_VERSIONS = {
    "text": 1,
    "fields": 1,
    "clock": 1,
    "eligibility": 1,
    "geo": 1,
    "events": 1,
    "contact": 1,
    "history": 1,
}
"""Declared version of each block. Raise it when a block computes something else that the example leads
(``example_leads``) do not show: models trained with signals of that block are refused then. A block made from another
one (``geo`` from ``text``) is raised with it."""


class Blocks:
    """The blocks of one batch, each computed at most once. Every array has one entry per moment: shape (n,)."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    @cached_property
    def text(self) -> TextBlock:
        """What the messages say."""
        return TextBlock.of(self._batch)

    @cached_property
    def fields(self) -> FormFieldsBlock:
        """What the form's fields say."""
        return FormFieldsBlock(self._batch)

    @cached_property
    def clock(self) -> CalendarBlock:
        """What time it is, for us and for them."""
        return CalendarBlock(self._batch, self.fields)

    @cached_property
    def eligibility(self) -> EligibilityBlock:
        """Whether the rules of the service are met."""
        return EligibilityBlock(self._batch, self.text, self.fields)

    @cached_property
    def geo(self) -> GeographyBlock:
        """Where the leads are, and how far from which clinics."""
        return GeographyBlock.of(self._batch, self.text, self.fields)

    @cached_property
    def events(self) -> EventsBlock:
        """What happened strictly before each cutoff."""
        return EventsBlock.of(self._batch)

    @cached_property
    def contact(self) -> ContactBlock:
        """Whether phone and e-mail are valid."""
        return ContactBlock.of(self._batch)

    @cached_property
    def history(self) -> HistoryBlock:
        """Booking rates known strictly before each cutoff."""
        return HistoryBlock(self._batch)
