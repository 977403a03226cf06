"""Was a field sent at all? One flag for each column that a model reads.

Lives here: the flags, their words, finding them among a model's signals, how much of a lead was sent.
Does not live here: which leads lack a field (``batch``), fields that a source never sends
(``point_in_time.source_fields``), withholding fields in training (``training.dataset.withheld_fields``).

An unknown value has two causes: the person left the field empty, or the source did not send it. Only the flag tells the
model which. Its contribution belongs to the reason of the field, so the flag has the group of the field's own signal.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from features.array_types import FloatArray
from features.batch import Batch
from features.blocks import Blocks
from features.column_words import name_column
from features.registry import Signal
from features.schema import CUSTOM_PREFIX

__all__ = [
    "SENT_PREFIX",
    "ColumnSent",
    "build_sent_signals",
    "describe_sent",
    "describe_sent_signal",
    "build_sent_signal",
    "find_sent_columns",
]

SENT_PREFIX = "sent:"

_COUNTED_BY_US = frozenset(("earlier_enquiries",))
"""Columns that no source has to send: the practice's own record gives them, and 0 is what is not found there."""


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
    given, absent = (describe_sent(column, is_sent).replace("{", "(").replace("}", ")") for is_sent in (True, False))
    return Signal(
        name=SENT_PREFIX + column,
        family="custom" if column.startswith(CUSTOM_PREFIX) else "specificity",
        unit="yes/no",
        reason=given,
        absent=absent,
        unknown=absent,
        compute=ColumnSent(column),
        group=group,
    )


def describe_sent(column: str, is_sent: bool, own_words: Mapping[str, str] = MappingProxyType({})) -> str:
    """Say whether a source sends a column, in the practice's own word for it where there is one.

    >>> describe_sent("phone", False), describe_sent("payer", True, {"payer": "Plan"})
    ('Phone number not provided by this source', 'Plan provided by this source')
    """
    return f"{name_column(column, own_words)}{'' if is_sent else ' not'} provided by this source"


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
