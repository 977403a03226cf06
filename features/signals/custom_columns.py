"""Custom: what else does the practice's own export say?

Lives here: signals made from a column as it stands: the practice's own columns, and canonical categories such as the
channel. Does not live here: signals with a meaning of their own (the other families), what a column's kind is
(``guesses``).

What training never saw stays harmless: an unseen category is "a rare or new value", an unseen member of a list counts
as named and as nothing else, what cannot be read as the column's kind is unknown. Values are read once each, however
many leads have them."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np

from features.array_types import DAY, FloatArray, ObjectArray
from features.batch import Batch
from features.blocks import Blocks
from features.registry import Signal
from features.schema import CUSTOM_PREFIX, KIND_OF_CUSTOM

__all__ = ["CATEGORY_COLUMNS", "MIN_LEADS_PER_CATEGORY", "ColumnValue", "build_column_signals", "build_signal_from_spec", "describe_signal"]

CATEGORY_COLUMNS = {
    "practice": "track_record",
    "channel": "track_record",
    "source": "track_record",
    "campaign": "track_record",
    "landing_page": "track_record",
    "service_requested": "service_fit",
    "payer": "eligibility",
    "preferred_clinic": "location_fit",
    "timeframe": "urgency",
    "preferred_contact": "reachability",
    "preferred_time": "reachability",
    "relation": "decision",
    "referral_reason": "referral_context",
}
"""Canonical columns that are also read as they stand, and the family each belongs to."""

MIN_LEADS_PER_CATEGORY = 10
"""A value that fewer leads have is "a rare value": it teaches nothing, and it might name a person."""

MAX_MEMBERS = 30
"""Members of a list that get a signal each, the most frequent first."""

_MAX_CATEGORY_LENGTH = 60
_MAX_CATEGORIES = 254
_UNITS = {
    "number": "number",
    "category": "category",
    "crowded_category": "category",
    "date": "days",
    "yes_no": "yes/no",
    "short_text": "words",
}
_PART_UNITS = {"rate": "share", "member": "yes/no", "members": "number"}
_WHOLE_NUMBER = re.compile(r"(-?\d+)\.0+")
_MARKS = re.compile(r"[;|\n]")
_MARKS_AND_COMMAS = re.compile(r"[;|\n,]")
_WRAPPING = "[](){}\"' \t"


@dataclass(frozen=True)
class ColumnValue:
    """Reads one column, or a part of it, as a number.

    Parameters
    ----------
    column : str
        ``channel`` or ``custom:Total Visits``.
    kind : str, one of ``schema.CUSTOM_KINDS``
    categories : tuple of str
        For a category: its values by code, code 0 for any other. For one member of a list: that member.
    part : {"", "rate", "member", "members"}
        The value itself; the booking rate of earlier leads with it; whether a list has a member; how many members a
        list has.
    commas : bool
        Whether a comma parts the members of a list, beside semicolons, bars and line ends.
    """

    column: str
    kind: str
    categories: tuple[str, ...] = ()
    part: str = ""
    commas: bool = False

    def __call__(self, batch: Batch, blocks: Blocks) -> FloatArray:
        """Shape (n,): the number; a category's code; days from the cutoff (from 2000-01-01 without one); 1 or 0; words.

        NaN unknown.
        """
        if self.part == "rate":
            return blocks.history.rate(self.column)
        if KIND_OF_CUSTOM[self.kind] in ("category", "text"):
            codes, distinct = batch.encode_column(self.column)
            return np.array([np.nan if value is None else self._of_one(value) for value in distinct], float)[codes][
                batch.of_lead
            ]
        values = batch.lead_column(self.column)
        if self.kind == "date":
            return self._days(values[batch.of_lead], batch)
        return values.astype(float)[batch.of_lead]

    def _of_one(self, value: str) -> float:
        """One text as a number."""
        if self.kind == "short_text":
            return float(len(value.split()))
        if self.kind != "list":
            return self._codes.get(_comparison_key(value), 0.0)
        members = _cached_members(value, self.commas)
        return float(len(members)) if self.part == "members" else float(_comparison_key(self.categories[0]) in members)

    def _days(self, values: np.ndarray, batch: Batch) -> FloatArray:
        since = np.where(np.isnat(batch.cutoff), np.datetime64("2000-01-01", "us"), batch.cutoff)
        return (values.astype("datetime64[us]") - since) / DAY

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "_codes", {_comparison_key(value): float(code) for code, value in enumerate(self.categories) if code}
        )


def build_column_signals(column: str, kind: str, values: ObjectArray, history: bool = False) -> list[Signal]:
    """The signals that read ``column``; a category and a list learn their vocabulary from ``values``, shape (m,).

    A crowded category (more values than the trees can part well) also has the booking rate of earlier leads with the
    same value, as known strictly before each cutoff, where there is a ``history``. A list has a signal for each of its
    most frequent members, and their number."""
    if kind not in ("category", "crowded_category", "list"):
        return [_build_signal(ColumnValue(column, kind))]
    cells = Counter(value for value in values if value is not None)
    if kind == "list":
        commas = _is_comma_separated(cells)
        counts: Counter[str] = Counter()
        for cell, leads in cells.items():
            counts.update(dict.fromkeys(_split_members(cell, commas).values(), leads))
        read = [ColumnValue(column, kind, (member,), "member", commas) for member in _frequent_values(counts)[:MAX_MEMBERS]]
        return [_build_signal(one) for one in (*read, ColumnValue(column, kind, (), "members", commas))]
    coded = [_build_signal(ColumnValue(column, kind, ("", *_frequent_values(cells)[:_MAX_CATEGORIES])))]
    return [*coded, _build_signal(ColumnValue(column, kind, (), "rate"))] if kind == "crowded_category" and history else coded


def describe_signal(made: Signal) -> dict[str, Any] | None:
    """What to write down to make this signal again; None for a signal that is a function in the catalogue."""
    read = made.compute
    if not isinstance(read, ColumnValue):
        return None
    return {one.name: getattr(read, one.name) for one in fields(read)} | {"categories": list(read.categories)}


def build_signal_from_spec(spec: dict[str, Any]) -> Signal:
    """The signal that ``describe_signal`` described."""
    return _build_signal(ColumnValue(**{**spec, "categories": tuple(spec["categories"])}))


def _build_signal(read: ColumnValue) -> Signal:
    """The signal with its words."""
    label = _escape_braces(read.column.removeprefix(CUSTOM_PREFIX))
    label = label.replace("_", " ").capitalize() if read.column in CATEGORY_COLUMNS else label
    member = _escape_braces(read.categories[0]) if read.part == "member" else ""
    words = {
        "number": (f"{label}: {{value}}", ""),
        "category": (f"{label}: {{value}}", f"{label}: a rare or new value"),
        "crowded_category": (f"{label}: {{value}}", f"{label}: a rare or new value"),
        "date": (f"{label}: {{value}} from the day of scoring", f"{label}: the day of scoring"),
        "yes_no": (f"{label}: yes", f"{label}: no"),
        "short_text": (f"{label}: {{value}} written", f"{label}: nothing written"),
        "rate": (f"Of earlier leads with the same {label}, {{value}} booked", ""),
        "member": (f"{label}: {member}", f"{label}: {member} is not named"),
        "members": (f"{label}: {{value}} named", f"{label}: none named"),
    }
    reason, absent = words[read.part or read.kind]
    name = (
        read.column + {"": "", "rate": " (booking rate)", "member": f" = {member}", "members": " (how many)"}[read.part]
    )
    needs, blocks = ((read.column, "history"), ("history",)) if read.part == "rate" else ((read.column,), ())
    return Signal(
        name,
        CATEGORY_COLUMNS.get(read.column, "custom"),
        _PART_UNITS[read.part] if read.part else _UNITS[read.kind],
        needs,
        blocks,
        +1 if read.part == "rate" else 0,
        reason,
        absent,
        f"{label}: not given",
        read,
        read.categories if not read.part else (),
        group="" if read.part in ("member", "members") else read.column,
    )


def _frequent_values(counts: Mapping[str, int]) -> list[str]:
    """Values that enough leads have, most frequent first, each in its most frequent spelling."""
    spellings: dict[str, Counter[str]] = {}
    for value, count in counts.items():
        if len(value) <= _MAX_CATEGORY_LENGTH:
            spellings.setdefault(_comparison_key(value), Counter())[value.strip()] += count
    counted = {
        key: spelling.total()
        for key, spelling in spellings.items()
        if key and spelling.total() >= MIN_LEADS_PER_CATEGORY
    }
    return [
        min(spellings[key].items(), key=lambda item: (-item[1], item[0]))[0]
        for key in sorted(counted, key=lambda key: (-counted[key], key))
    ]


def _split_members(value: str, commas: bool) -> dict[str, str]:
    """The members of one cell, each once: as compared -> as written.

    >>> _split_members('["MRI", "Back pain"]', commas=True), _split_members("a; B|a", commas=False)
    ({'mri': 'MRI', 'back pain': 'Back pain'}, {'a': 'a', 'b': 'B'})
    """
    written = (member.strip(_WRAPPING) for member in (_MARKS_AND_COMMAS if commas else _MARKS).split(value))
    found: dict[str, str] = {}
    for member in written:
        if member:
            found.setdefault(_comparison_key(member), member)
    return found


_cached_members = lru_cache(maxsize=32_768)(
    _split_members
)  # as many cells as a chunk has leads: each is parted once for all of its members


def _is_comma_separated(cells: Mapping[str, int]) -> bool:
    """Whether the members of a list stand between commas: more cells have a comma alone than one of the other marks."""
    marked = sum(count for cell, count in cells.items() if _MARKS.search(cell))
    return marked < sum(count for cell, count in cells.items() if "," in cell and not _MARKS.search(cell))


def _comparison_key(value: str) -> str:
    """A value as it is compared: case does not count, nor does a whole number's ".0"."""
    folded = value.strip().casefold()
    return _WHOLE_NUMBER.sub(r"\1", folded) if folded.endswith("0") and _WHOLE_NUMBER.fullmatch(folded) else folded


def _escape_braces(words: str) -> str:
    """Words that can stand in a reason."""
    return words.replace("{", "(").replace("}", ")")
