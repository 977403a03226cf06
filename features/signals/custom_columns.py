"""Custom: what else does the practice's own export say?

Lives here: signals made directly from a column: the practice's own columns, and canonical categories such as the
channel.
Does not live here: signals with a meaning of their own (the other families), the kind of a column (``profiling``).

Values that training never saw stay harmless: a new category is "a rare or new value", a new member of a list counts
towards their number only, a value that does not fit the column's kind is unknown. Each distinct value is converted
once, however many leads have it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from features.array_types import DAY, FloatArray, ObjectArray
from features.arrays.text_memory import remember_texts
from features.batch import Batch
from features.blocks import Blocks
from features.parsing.value_spelling import fold_value
from features.privacy.category_levels import select_showable
from features.registry import Signal
from features.schema import CUSTOM_PREFIX, KIND_OF_CUSTOM
from features.signals.sent_columns import ColumnSent, build_sent_signal, describe_sent_signal

__all__ = [
    "CATEGORY_COLUMNS",
    "MIN_LEADS_PER_CATEGORY",
    "ColumnValue",
    "build_column_signals",
    "build_signal_from_spec",
    "describe_signal",
    "find_new_values",
    "list_categories",
]

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
"""Canonical columns whose values are also used directly, and the family of each."""

MIN_LEADS_PER_CATEGORY = 10
"""A value that fewer leads have is "a rare value": a model learns nothing from it, and it might name a person."""

_MIN_LEADS_PER_SPELLING = 5

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
_SEPARATORS = re.compile(r"[;|\n]")
_SEPARATORS_AND_COMMAS = re.compile(r"[;|\n,]")
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
        The value itself; the booking rate of earlier leads with it; whether a list has a member; how many members it
        has.
    commas : bool
        Whether a comma separates the members of a list, beside semicolons, bars and line ends.
    """

    column: str
    kind: str
    categories: tuple[str, ...] = ()
    part: str = ""
    commas: bool = False

    def __call__(self, batch: Batch, blocks: Blocks) -> FloatArray:
        """Return the number; a category's code; days from the cutoff (from 2000-01-01 without one); 1 or 0; words.

        Shape (n,), NaN unknown.
        """
        if self.part == "rate":
            return blocks.history.rate(self.column)
        if KIND_OF_CUSTOM[self.kind] in ("category", "text"):
            codes, distinct = batch.encode_column(self.column)
            return np.array([np.nan if value is None else self._to_number(value) for value in distinct], float)[codes][
                batch.of_lead
            ]
        values = batch.lead_column(self.column)
        if self.kind == "date":
            return self._days(values[batch.of_lead], batch)
        return values.astype(float)[batch.of_lead]

    def _to_number(self, value: str) -> float:
        """Convert one text to a number."""
        if self.kind == "short_text":
            return float(len(value.split()))
        if self.kind != "list":
            return self._codes.get(fold_value(value, self.column), 0.0)
        members = _split_members_cached(value, self.commas)
        return float(len(members)) if self.part == "members" else float(fold_value(self.categories[0]) in members)

    def _days(self, values: np.ndarray, batch: Batch) -> FloatArray:
        since = np.where(np.isnat(batch.cutoff), np.datetime64("2000-01-01", "us"), batch.cutoff)
        return (values.astype("datetime64[us]") - since) / DAY

    @cached_property
    def _codes(self) -> dict[str, float]:
        """The code of each category, by its comparison key."""
        return {fold_value(value, self.column): float(code) for code, value in enumerate(self.categories) if code}


def build_column_signals(
    column: str, kind: str, values: ObjectArray, history: bool = False, kept: bool = False
) -> list[Signal]:
    """Build the signals that read ``column``; a category and a list learn their vocabulary from ``values``, shape (m,).

    A crowded category (more values than the trees can separate well) also has the booking rate of earlier leads with
    the same value, as known strictly before each cutoff, where there is a ``history``. A list has a signal for each of
    its most frequent members, and one for their number. No value that identifies a person is in a vocabulary; with
    ``kept`` (the column is kept on purpose) names may be, but no address, e-mail address or phone number.
    """
    if kind not in ("category", "crowded_category", "list"):
        return [_build_signal(ColumnValue(column, kind))]
    cells = Counter(value for value in values if value is not None)
    if kind == "list":
        commas = _is_comma_separated(cells)
        counts: Counter[str] = Counter()
        for cell, leads in cells.items():
            counts.update(dict.fromkeys(_split_members(cell, commas).values(), leads))
        members = _select_levels(column, counts, kept)[:MAX_MEMBERS]
        columns = [ColumnValue(column, kind, (member,), "member", commas) for member in members]
        return [_build_signal(value) for value in (*columns, ColumnValue(column, kind, (), "members", commas))]
    categories = ("", *_select_levels(column, cells, kept)[:_MAX_CATEGORIES])
    signals = [_build_signal(ColumnValue(column, kind, categories))]
    if kind == "crowded_category" and history:
        signals.append(_build_signal(ColumnValue(column, kind, (), "rate")))
    return signals


def list_categories(signals: Iterable[Signal]) -> tuple[ColumnValue, ...]:
    """List the columns that these signals read as a category of learned values."""
    values = (signal.compute for signal in signals)
    return tuple(
        value
        for value in values
        if isinstance(value, ColumnValue) and not value.part and KIND_OF_CUSTOM[value.kind] == "category"
    )


def find_new_values(categories: Iterable[ColumnValue], batch: Batch) -> dict[str, np.ndarray]:
    """Find the leads whose category a model has not learned: never seen in training, or too rare there.

    Returns column -> bool array of shape (m,), for the columns with such leads.

    Parameters
    ----------
    categories : iterable of ColumnValue
        Of the model's signals (``list_categories``).
    """
    new = {}
    for value in categories:
        codes, distinct = batch.encode_column(value.column)
        is_new = np.array([text is not None and value._to_number(text) == 0 for text in distinct], bool)[codes]
        if is_new.any():
            new[value.column] = is_new
    return new


def describe_signal(signal: Signal) -> dict[str, Any] | None:
    """Return what is needed to build this signal again; None for a signal that is a function in the catalogue."""
    value = signal.compute
    if isinstance(value, ColumnSent):
        return describe_sent_signal(signal)
    if not isinstance(value, ColumnValue):
        return None
    return {field.name: getattr(value, field.name) for field in fields(value)} | {"categories": list(value.categories)}


def build_signal_from_spec(spec: dict[str, Any]) -> Signal:
    """Build the signal that ``describe_signal`` described."""
    if "sent" in spec:
        return build_sent_signal(spec["sent"], spec["group"])
    return _build_signal(ColumnValue(**{**spec, "categories": tuple(spec["categories"])}))


def _build_signal(value: ColumnValue) -> Signal:
    """Build the signal of a column or a part of it, with its texts."""
    label = _escape_braces(value.column.removeprefix(CUSTOM_PREFIX))
    label = label.replace("_", " ").capitalize() if value.column in CATEGORY_COLUMNS else label
    member = _escape_braces(value.categories[0]) if value.part == "member" else ""
    reason, absent = _get_texts(value.part or value.kind, label, member)
    suffixes = {"": "", "rate": " (booking rate)", "member": f" = {member}", "members": " (how many)"}
    is_rate = value.part == "rate"
    return Signal(
        name=value.column + suffixes[value.part],
        family=CATEGORY_COLUMNS.get(value.column, "custom"),
        unit=_PART_UNITS[value.part] if value.part else _UNITS[value.kind],
        needs=(value.column, "history") if is_rate else (value.column,),
        blocks=("history",) if is_rate else (),
        monotone=+1 if is_rate else 0,
        reason=reason,
        absent=absent,
        unknown=f"{label}: not given",
        compute=value,
        categories=value.categories if not value.part else (),
        group="" if value.part in ("member", "members") else value.column,
    )


def _get_texts(kind: str, label: str, member: str) -> tuple[str, str]:
    """Return the reason of a kind of column or part, and its text where the value is 0."""
    texts = {
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
    return texts[kind]


def _select_levels(column: str, counts: Mapping[str, int], kept: bool) -> list[str]:
    """Return the frequent values of a column that do not identify a person, most frequent first."""
    return select_showable(column.removeprefix(CUSTOM_PREFIX), _list_frequent_values(counts, column), kept)


def _list_frequent_values(counts: Mapping[str, int], column: str = "") -> list[str]:
    """List the values that enough leads have, most frequent first, each in its most frequent spelling."""
    spellings: dict[str, Counter[str]] = {}
    for value, count in counts.items():
        if len(value) <= _MAX_CATEGORY_LENGTH:
            spellings.setdefault(fold_value(value, column), Counter())[value.strip()] += count
    leads = {
        key: spelling.total()
        for key, spelling in spellings.items()
        if key and spelling.total() >= MIN_LEADS_PER_CATEGORY
    }
    return [_choose_spelling(key, spellings[key]) for key in sorted(leads, key=lambda key: (-leads[key], key))]


def _choose_spelling(key: str, spellings: Mapping[str, int]) -> str:
    """Return the most frequent spelling of a value; what all of them share where few leads wrote it that way.

    Remarks do not tell two values apart, and a remark of few may name a person.

    >>> _choose_spelling("aetna", {"Aetna (Ann Lee)": 1, "Aetna (Bo Cho)": 1}), _choose_spelling("ab", {"A-B": 1})
    ('aetna', 'A-B')
    """
    spelling, leads = min(spellings.items(), key=lambda item: (-item[1], item[0]))
    return spelling if leads >= _MIN_LEADS_PER_SPELLING or fold_value(spelling) == key else key


def _split_members(value: str, commas: bool) -> dict[str, str]:
    """Split one cell into its members, each once: as compared -> as written.

    >>> _split_members('["MRI", "Back pain"]', commas=True), _split_members("a; B|a", commas=False)
    ({'mri': 'MRI', 'backpain': 'Back pain'}, {'a': 'a', 'b': 'B'})
    """
    members: dict[str, str] = {}
    for part in (_SEPARATORS_AND_COMMAS if commas else _SEPARATORS).split(value):
        member = part.strip(_WRAPPING)
        if member:
            members.setdefault(fold_value(member), member)
    return members


# As many cells as a chunk has leads: each is split once for all of its members.
_split_members_cached = remember_texts(32_768)(_split_members)


def _is_comma_separated(cells: Mapping[str, int]) -> bool:
    """Return whether commas separate the members of a list: more cells have commas alone than another separator."""
    separated = sum(count for cell, count in cells.items() if _SEPARATORS.search(cell))
    return separated < sum(count for cell, count in cells.items() if "," in cell and not _SEPARATORS.search(cell))


def _escape_braces(text: str) -> str:
    """Return a text that can be part of a reason, where braces mark the value."""
    return text.replace("{", "(").replace("}", ")")
