"""What do the values of a column show about how its dates are written?

Lives here: ``DateEvidence``, counted over a column or over its chunks, which can be added.
Does not live here: the decision that follows (``date_format_decision``), taking a value apart (``date_values``).
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from features.array_types import IntArray
from features.parsing.column_values import as_numpy_array
from features.parsing.dates.date_texts import AMBIGUOUS_ZONE, DateParts, is_no_date
from features.parsing.dates.date_values import PlainTimes, split_date_value, split_plain_times
from features.parsing.dates.written_dates import WrittenDate, resolve_date
from features.parsing.scalars import MISSING, is_missing

__all__ = ["ORDERS", "DateEvidence", "collect_evidence"]

ORDERS = ("day_first", "month_first", "year_first")

_ISO_DAY = r"^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$"
_ISO_MIDNIGHT = r"^.{10}[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d\d:?\d\d)?$"


@dataclass
class DateEvidence:
    """Count what the values of a column show; the counts of two chunks can be added.

    Parameters
    ----------
    rows : int
        Values that are not missing.
    unread : int
        Values that are no date in any order.
    day_first, month_first : int
        Dates that are only possible in this order.
    unordered : int
        Dates such as 03/04/2026 that are possible in both.
    clocks, midnights, days : int
        Dates with a time of day, with a time of day of exactly midnight, and without one.
    ambiguous_zones : int
        Times whose zone's abbreviation stands for several zones.
    zones : Counter
        Dates by whether they have a time zone.
    shorts : int
        Dates of three numbers with two digits.
    valid : Counter
        Order -> how many of ``shorts`` are possible in it.
    spans : dict
        Order -> (first, last) day of those dates whose order is open, as day numbers.
    styles : dict
        How a date is written -> [rows, those that prove an order, the largest number that may be a swapped month].
    """

    rows: int = 0
    unread: int = 0
    day_first: int = 0
    month_first: int = 0
    unordered: int = 0
    clocks: int = 0
    midnights: int = 0
    days: int = 0
    ambiguous_zones: int = 0
    zones: Counter[bool] = field(default_factory=Counter)
    shorts: int = 0
    valid: Counter[str] = field(default_factory=Counter)
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    styles: dict[tuple, list[int]] = field(default_factory=dict)

    def __add__(self, other: "DateEvidence") -> "DateEvidence":
        """Return the evidence of both chunks."""
        sums = {name: getattr(self, name) + getattr(other, name) for name in _COUNTS}
        total = DateEvidence(**sums, zones=self.zones + other.zones, valid=self.valid + other.valid)
        for evidence in (self, other):
            for order, span in evidence.spans.items():
                total._widen(order, *span)
            for style, counts in evidence.styles.items():
                total._count_style(style, *counts)
        return total

    @property
    def has_clock(self) -> bool:
        """Whether some value has a time of day other than midnight."""
        return self.clocks > 0

    @property
    def read_share(self) -> float:
        """Share of the values that are dates; 0 without values."""
        return 1 - self.unread / self.rows if self.rows else 0.0

    def add(self, parts: DateParts | None, rows: int) -> None:
        """Count one value that stands in ``rows`` rows; None if it is no date."""
        self.rows += rows
        if parts is None or not self._add_date(parts, rows):
            self.unread += rows
            return
        if parts.clock is None:
            self.days += rows
        elif parts.clock:
            self.clocks += rows
        else:
            self.midnights += rows
        self.zones[parts.zone is not None] += rows
        self.ambiguous_zones += rows * (parts.zone == AMBIGUOUS_ZONE)

    def _add_date(self, parts: DateParts, rows: int) -> bool:
        """Count what a date says about the order; return whether it exists in any order."""
        written = parts.date
        possible = {order: day for order in ORDERS if (day := _find_day(written, order)) is not None}
        if not possible:
            return False
        first, other, last = written.numbers
        proves = 0
        if written.layout in ("year_last", "short"):
            is_day_first, is_month_first = other <= 12 < first, first <= 12 < other
            self.day_first += rows * is_day_first
            self.month_first += rows * is_month_first
            # 4/4 is the same day in either order and says nothing.
            self.unordered += rows * (max(first, other) <= 12 and first != other)
            proves = rows * (is_day_first or is_month_first)
        if written.layout in ("short", "short_named"):
            self.shorts += rows
            self.valid.update(dict.fromkeys(possible, rows))
        if written.layout != "fixed":
            for order, day in possible.items():
                self._widen(order, day, day)
        padded = written.padded if written.layout in ("year_last", "short") else None
        style = (written.layout, written.separator, parts.clock is None, padded)
        self._count_style(style, rows, proves, last if written.layout == "fixed" else max(first, other) * (not proves))
        return True

    def _widen(self, order: str, first: int, last: int) -> None:
        """Extend the span of an order."""
        low, high = self.spans.get(order, (first, last))
        self.spans[order] = min(low, first), max(high, last)

    def _count_style(self, style: tuple, rows: int, proofs: int, largest: int) -> None:
        """Count rows in one style."""
        counts = self.styles.setdefault(style, [0, 0, 0])
        counts[0] += rows
        counts[1] += proofs
        counts[2] = max(counts[2], largest)


_COUNTS = (
    "rows",
    "unread",
    "day_first",
    "month_first",
    "unordered",
    "clocks",
    "midnights",
    "days",
    "ambiguous_zones",
    "shorts",
)


def collect_evidence(values: Any, missing: frozenset[str] = MISSING) -> DateEvidence:
    """Count what the values of a column show.

    >>> evidence = collect_evidence(["03/04/2026", "25/03/2026 08:05", "soon", ""])
    >>> evidence.rows, evidence.day_first, evidence.unordered, evidence.clocks, evidence.unread
    (3, 1, 1, 1, 1)
    """
    evidence = DateEvidence()
    dtype = getattr(values, "dtype", None)
    if isinstance(dtype, pd.DatetimeTZDtype) or getattr(dtype, "kind", "") == "M":
        _add_native(evidence, pd.Series(values))
        return evidence
    raw = as_numpy_array(values)
    if raw.dtype == object and pd.api.types.infer_dtype(raw, skipna=True) != "string":
        # 1 and True are equal but not the same, so mixed values are counted one by one.
        counts = [(value, 1) for value in raw.tolist()]
    else:
        counts = _add_iso_texts(evidence, pd.Series(raw).value_counts(sort=False))
    alike: Counter[DateParts | None] = Counter()
    for parts, rows in _split_all(counts, missing):
        # All times of a day show the same, but for midnight.
        alike[parts if parts is None or not parts.clock else DateParts(parts.date, 1, parts.zone)] += rows
    for parts, rows in alike.items():
        evidence.add(parts, rows)
    return evidence


def _split_all(counts: list[tuple[Any, int]], missing: frozenset[str]) -> list[tuple[DateParts | None, int]]:
    """Take all values apart that are not missing, each with its rows, in the order in which they are first met."""
    times = split_plain_times([value for value, _ in counts], missing)
    split = _count_plain_times(times, np.array([rows for _, rows in counts], np.int64))
    for position in times.list_others(len(counts)):
        value, rows = counts[position]
        if not is_missing(value, missing) and not (isinstance(value, str) and is_no_date(value.strip())):
            split.append((position, split_date_value(value), rows))
    return [(parts, rows) for _, parts, rows in sorted(split, key=lambda entry: entry[0])]


def _count_plain_times(times: PlainTimes, rows: IntArray) -> list[tuple[int, DateParts | None, int]]:
    """Return (first position, parts, rows) of each day with each kind of time of day: its zone, and whether it is
    midnight.
    """
    kinds = [(int(clock > 0), zone) for clock, zone in times.clocks]
    distinct_kinds = list(dict.fromkeys(kinds))
    kind_codes = np.array([distinct_kinds.index(kind) for kind in kinds], np.intp)[times.clock_codes]
    pairs, first, pair_codes = np.unique(
        times.day_codes * max(len(distinct_kinds), 1) + kind_codes, return_index=True, return_inverse=True
    )
    pair_rows = np.bincount(pair_codes, weights=rows[times.positions], minlength=len(pairs)).astype(np.int64)
    return [
        (position, DateParts(times.days[pair // len(distinct_kinds)], *distinct_kinds[pair % len(distinct_kinds)]), n)
        for position, pair, n in zip(times.positions[first].tolist(), pairs.tolist(), pair_rows.tolist(), strict=True)
    ]


def _add_native(evidence: DateEvidence, values: pd.Series) -> None:
    """Count a column that has a datetime type already."""
    times = values.dropna()
    wall = times.dt.tz_localize(None) if isinstance(times.dtype, pd.DatetimeTZDtype) else times
    midnights = int((wall == wall.dt.normalize()).sum())
    evidence.rows = len(times)
    evidence.midnights, evidence.clocks = midnights, len(times) - midnights
    evidence.zones[wall is not times] = len(times)


def _add_iso_texts(evidence: DateEvidence, counts: pd.Series) -> list[tuple[Any, int]]:
    """Count the texts in ISO 8601 all at once; return all other values with their rows."""
    if len(counts) <= 100 or counts.index.dtype.kind in "iufb":
        return list(counts.items())
    texts = pd.Series(counts.index, dtype="str")
    rows = counts.to_numpy()
    is_iso = texts.str.match(_ISO_DAY).to_numpy(bool)
    # Only what has the shape of ISO 8601 is looked up, and each of its few days once.
    day_codes, distinct_days = pd.factorize(texts[is_iso].str.slice(0, 10))
    days = pd.to_datetime(pd.Series(distinct_days, dtype="str"), format="%Y-%m-%d", errors="coerce")
    day_of_month = np.full(len(texts), np.nan)
    day_of_month[is_iso] = days.dt.day.to_numpy(float)[day_codes]
    is_iso = ~np.isnan(day_of_month)
    has_time = is_iso & (texts.str.len() > 10).to_numpy(bool)
    is_midnight = np.zeros(len(texts), bool)
    is_midnight[has_time] = texts[has_time].str.match(_ISO_MIDNIGHT).to_numpy(bool)
    has_zone = np.zeros(len(texts), bool)
    has_zone[has_time] = texts[has_time].str.match(r".{11}.*[Z+-]").to_numpy(bool)
    if is_iso.any():
        evidence.rows += int(rows[is_iso].sum())
        evidence.days += int(rows[is_iso & ~has_time].sum())
        evidence.midnights += int(rows[is_midnight].sum())
        evidence.clocks += int(rows[has_time & ~is_midnight].sum())
        for zoned in (False, True):
            evidence.zones[zoned] += int(rows[is_iso & (has_zone == zoned)].sum())
        for timed in (False, True):
            of_kind = is_iso & (has_time == timed)
            if of_kind.any():
                evidence._count_style(
                    ("fixed", "-", not timed, None), int(rows[of_kind].sum()), 0, int(day_of_month[of_kind].max())
                )
    others = np.flatnonzero(~is_iso)
    return list(zip(counts.index[others].tolist(), rows[others].tolist(), strict=True))


def _find_day(written: WrittenDate, order: str) -> int | None:
    """Return the day number of a date in an order; None if that day does not exist."""
    if order == "year_first" and written.layout == "year_last":
        return None
    try:
        return date(*resolve_date(written, order)).toordinal()
    except ValueError:
        return None
