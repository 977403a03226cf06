"""Which numbers need heavy work, done once per batch? One block per source, from text to history.

Lives here: ``Blocks``, which computes each block when a signal first asks for it.
Does not live here: what a number means for a lead (``signals``).
"""

from features.arrays.computed_once import computed_once
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
    "text": 5,
    "fields": 2,
    "clock": 1,
    "eligibility": 5,
    "geo": 5,
    "events": 1,
    "contact": 2,
    "history": 1,
}
"""Declared version of each block.

Raise it when a block changes in a way that the example leads (``example_leads``) do not show: models trained with
signals of that block are then refused. Raise a block that is computed from another one (``geo`` from ``text``) with it.
"""


class Blocks:
    """The blocks of one batch, each computed at most once. Every array has one entry per moment: shape (n,)."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    @computed_once
    def text(self) -> TextBlock:
        """The readings of the messages."""
        return TextBlock.of(self._batch)

    @computed_once
    def fields(self) -> FormFieldsBlock:
        """The form's fields."""
        return FormFieldsBlock(self._batch)

    @computed_once
    def clock(self) -> CalendarBlock:
        """Local times of the practice and of the lead."""
        return CalendarBlock(self._batch, self.fields)

    @computed_once
    def eligibility(self) -> EligibilityBlock:
        """Whether the lead meets the rules of the service."""
        return EligibilityBlock(self._batch, self.text, self.fields)

    @computed_once
    def geo(self) -> GeographyBlock:
        """Locations of the leads and their distances to the clinics."""
        return GeographyBlock.of(self._batch, self.text, self.fields)

    @computed_once
    def events(self) -> EventsBlock:
        """The events strictly before each cutoff."""
        return EventsBlock.of(self._batch)

    @computed_once
    def contact(self) -> ContactBlock:
        """Whether phone and e-mail are valid."""
        return ContactBlock.of(self._batch)

    @computed_once
    def history(self) -> HistoryBlock:
        """Booking rates known strictly before each cutoff."""
        return HistoryBlock(self._batch)
