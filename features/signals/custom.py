"""Custom: what else does the practice's own export say?

Lives here: signals made from a column as it stands, not from a function: the practice's own columns, and canonical categories such as the channel.
Does not live here: signals with a meaning of their own (the other families).
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.batch import Batch
from features.blocks import Blocks
from features.catalogue import Signal
from features.distinct import for_each_distinct
from features.schema import CUSTOM_PREFIX
from features.types import DAY, FloatArray, ObjectArray

__all__ = ["CATEGORY_COLUMNS", "MIN_LEADS_PER_CATEGORY", "ColumnValue", "from_column", "from_spec", "spec_of"]

CATEGORY_COLUMNS = {
    "channel": "track_record", "source": "track_record", "campaign": "track_record", "landing_page": "track_record",
    "service_requested": "service_fit", "payer": "service_fit", "preferred_clinic": "location_fit", "timeframe": "intent",
    "preferred_contact": "reachability", "preferred_time": "reachability", "relation": "decision", "referral_reason": "decision",
}  # fmt: skip
"""Canonical columns that are also read as they stand, and the family each belongs to."""

MIN_LEADS_PER_CATEGORY = 10
"""A value that fewer leads have is "a rare value": it teaches nothing, and it might name a person."""

_LONGEST_CATEGORY = 60
_MOST_CATEGORIES = 254
_UNITS = {"number": "number", "category": "category", "date": "days", "yes_no": "yes/no", "short_text": "words"}


@dataclass(frozen=True)
class ColumnValue:
    """Reads one column as a number.

    Parameters
    ----------
    column : str
        ``channel`` or ``custom:Total Visits``.
    kind : str, one of ``schema.CUSTOM_KINDS``
    categories : tuple of str
        For a category: its values by code, code 0 for any other.
    """

    column: str
    kind: str
    categories: tuple[str, ...] = ()

    def __call__(self, batch: Batch, blocks: Blocks) -> FloatArray:
        """Shape (n,): the number; a category's code; days from the cutoff (from 2000-01-01 without one); 1 or 0; words. NaN unknown."""
        values = batch.of_leads(self.column)
        if self.kind == "date":
            return self._days(values[batch.of_lead], batch)
        if self.kind in ("number", "yes_no"):
            return values.astype(float)[batch.of_lead]
        read = self._code if self.kind == "category" else lambda text: float(len(text.split()))
        return for_each_distinct(values, read, np.nan, float)[batch.of_lead]

    def _code(self, value: str) -> float:
        return self._codes.get(value.strip().casefold(), 0.0)

    def _days(self, values: np.ndarray, batch: Batch) -> FloatArray:
        since = np.where(np.isnat(batch.cutoff), np.datetime64("2000-01-01", "us"), batch.cutoff)
        return (values.astype("datetime64[us]") - since) / DAY

    def __post_init__(self) -> None:
        object.__setattr__(self, "_codes", {value.casefold(): float(code) for code, value in enumerate(self.categories) if code})


def from_column(column: str, kind: str, values: ObjectArray) -> Signal:
    """The signal that reads ``column``; a category learns its vocabulary from ``values``, shape (m,)."""
    return _made(column, kind, _vocabulary(values) if kind == "category" else ())


def spec_of(made: Signal) -> dict[str, Any] | None:
    """What to write down to make this signal again; None for a signal that is a function in the catalogue."""
    read = made.compute
    return {"column": read.column, "kind": read.kind, "categories": list(read.categories)} if isinstance(read, ColumnValue) else None


def from_spec(spec: dict[str, Any]) -> Signal:
    """The signal that ``spec_of`` described."""
    return _made(spec["column"], spec["kind"], tuple(spec["categories"]))


def _made(column: str, kind: str, categories: tuple[str, ...]) -> Signal:
    label = column.removeprefix(CUSTOM_PREFIX).replace("{", "(").replace("}", ")")
    label = label.replace("_", " ").capitalize() if column in CATEGORY_COLUMNS else label
    words = {
        "number": (f"{label}: {{value}}", ""),
        "category": (f"{label}: {{value}}", f"{label}: a rare or new value"),
        "date": (f"{label}: {{value}} from the day of scoring", f"{label}: the day of scoring"),
        "yes_no": (f"{label}: yes", f"{label}: no"),
        "short_text": (f"{label}: {{value}} written", f"{label}: nothing written"),
    }
    reason, absent = words[kind]
    family = CATEGORY_COLUMNS.get(column, "custom")
    return Signal(column, family, _UNITS[kind], (column,), (), 0, reason, absent, f"{label}: not given", ColumnValue(column, kind, categories), categories)


def _vocabulary(values: ObjectArray) -> tuple[str, ...]:
    """Values that enough leads have, most frequent first, each in its most frequent spelling; place 0 is kept for all others."""
    spellings: dict[str, Counter] = {}
    for value in values:
        if value is not None and len(value) <= _LONGEST_CATEGORY:
            spellings.setdefault(value.strip().casefold(), Counter())[value.strip()] += 1
    counted = {key: sum(spelling.values()) for key, spelling in spellings.items()}
    frequent = sorted((key for key, count in counted.items() if count >= MIN_LEADS_PER_CATEGORY), key=lambda key: (-counted[key], key))
    return ("", *(min(spellings[key].items(), key=lambda item: (-item[1], item[0]))[0] for key in frequent[:_MOST_CATEGORIES]))
