"""Was a field sent at all? One flag for each column that a model reads.

Lives here: the flags, their words, finding them among a model's signals, how much of a lead was sent.
Does not live here: which leads lack a field (``batch``), fields that a source never sends
(``point_in_time.source_fields``), withholding fields in training (``training.dataset.withheld_fields``).

An unknown value has two causes: the person left the field empty, or the source did not send it. Only the flag tells the
model which. Its contribution belongs to the reason of the field, so the flag has the group of the field's own signal.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from features.array_types import FloatArray
from features.batch import Batch
from features.blocks import Blocks
from features.registry import Signal
from features.schema import CUSTOM_PREFIX

__all__ = [
    "SENT_PREFIX",
    "ColumnSent",
    "build_sent_signals",
    "describe_sent_signal",
    "build_sent_signal",
    "find_sent_columns",
    "label_column",
]

SENT_PREFIX = "sent:"

_COUNTED_BY_US = frozenset(("earlier_enquiries",))
"""Columns that no source has to send: the practice's own record gives them, and 0 is what is not found there."""

_LABELS = {
    "created_at": "Time of arrival",
    "email": "E-mail address",
    "events": "Record of contacts",
    "latitude": "Location",
    "longitude": "Location",
    "message": "Message",
    "payer": "Payer",
    "person_id": "Person's id",
    "phone": "Phone number",
    "postal_code": "ZIP code",
    "relation": "Who it is for",
    "referrer": "Referrer",
    "service_requested": "Service asked for",
    "preferred_clinic": "Clinic asked for",
    "existing_patient": "Whether already a patient",
    "do_not_contact": "Contact permission",
}


@dataclass(frozen=True)
class ColumnSent:
    """Reads whether one column was sent, empty or not.

    Parameters
    ----------
    column : str
        A leads column, or ``events``.
    """

    column: str

    def __call__(self, batch: Batch, blocks: Blocks) -> FloatArray:
        """Return 1 where the column was sent, 0 where not. Shape (n,)."""
        return batch.sent(self.column).astype(float)


def build_sent_signals(signals: Sequence[Signal], collected: Iterable[str]) -> list[Signal]:
    """Build a flag for each column that these signals read and the practice collects ("events" included).

    >>> from features.registry import CATALOGUE
    >>> [flag.name for flag in build_sent_signals([CATALOGUE["valid_phone"]], {"phone", "email"})]
    ['sent:phone']
    """
    collected = set(collected)
    first_reader: dict[str, Signal] = {}
    # A field's own signal needs it; one that it merely refines is asked only where none does.
    for refines in (False, True):
        for signal in signals:
            for column in signal.refined_by if refines else signal.columns:
                is_needed = column not in signal.refined_by
                if column in collected and column not in _COUNTED_BY_US and is_needed is not refines:
                    first_reader.setdefault(column, signal)
    return [build_sent_signal(column, reader.group) for column, reader in first_reader.items()]


def build_sent_signal(column: str, group: str) -> Signal:
    """Build the flag of one column; ``group`` is that of the field's own reason."""
    label = label_column(column).replace("{", "(").replace("}", ")")
    return Signal(
        SENT_PREFIX + column,
        "custom" if column.startswith(CUSTOM_PREFIX) else "specificity",
        "yes/no",
        (),
        (),
        0,
        f"{label} provided by this source",
        f"{label} not provided by this source",
        f"{label} not provided by this source",
        ColumnSent(column),
        group=group,
    )


def describe_sent_signal(signal: Signal) -> dict[str, Any] | None:
    """Return what is needed to build this flag again; None for a signal that is not a flag."""
    return {"sent": signal.compute.column, "group": signal.group} if isinstance(signal.compute, ColumnSent) else None


def find_sent_columns(signals: Sequence[Signal]) -> dict[str, int]:
    """Return column -> the position of its flag among these signals."""
    return {
        signal.compute.column: position
        for position, signal in enumerate(signals)
        if isinstance(signal.compute, ColumnSent)
    }


def label_column(column: str) -> str:
    """Return a column's name as people say it.

    >>> label_column("phone"), label_column("custom:Total Visits"), label_column("preferred_time")
    ('Phone number', 'Total Visits', 'Preferred time')
    """
    if column.startswith(CUSTOM_PREFIX):
        return column.removeprefix(CUSTOM_PREFIX)
    return _LABELS.get(column) or column.replace("_", " ").capitalize()
