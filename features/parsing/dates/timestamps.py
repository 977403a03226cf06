"""Which moment in UTC does a raw time mean, alone or in a column?

Lives here: values and columns as datetime64[us] in UTC; time zones with their gaps and folds; a date without a time of
day at the start or the end of its day.
Does not live here: taking a value apart (``date_values``), how a column is written (``date_format_decision``), other
kinds of values (``scalars``).
"""

from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from features.array_types import DAY, IntArray, TimeArray
from features.parsing.column_values import as_numpy_array
from features.parsing.dates.date_format_decision import DateFormat, decide_in_column
from features.parsing.dates.date_texts import AMBIGUOUS_ZONE, DateParts, is_no_date
from features.parsing.dates.date_values import PlainTimes, split_date_value, split_plain_times
from features.parsing.dates.date_words import parse_zone
from features.parsing.dates.written_dates import WrittenDate, resolve_date
from features.parsing.scalars import MISSING, is_missing

__all__ = ["parse_time", "to_known_time", "to_time"]

NEVER = np.datetime64("NaT", "us")
EARLIEST, LATEST = datetime(1990, 1, 1), datetime(2100, 1, 1)
"""A time (in UTC) is bad if it is before EARLIEST, or at or after LATEST."""

_QUARTER = np.timedelta64(15 * 60_000_000, "us")
_AS_WRITTEN = DateFormat(strict=False)
_BULK_NAIVE = r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)?$"
_BULK_ZONED = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})$"


def parse_time(
    value: Any, zone: tzinfo, missing: frozenset[str] = MISSING, date_format: DateFormat = _AS_WRITTEN
) -> tuple[np.datetime64, bool, bool]:
    """Return (time in UTC, bad, naive): NaT if missing or bad; naive if ``zone`` was assumed.

    Parameters
    ----------
    zone : tzinfo
        Assumed for a value without a time zone, unless ``date_format`` has one. When clocks go back, the first of the
        two hours is assumed; a time that is skipped when clocks go forward moves forward.
    date_format : DateFormat
        How the column of the value is written. Without it the month comes first in 03/04/2026; where only one order is
        possible, that order is used.

    >>> from zoneinfo import ZoneInfo
    >>> parse_time("3/14/2026 3:05 PM", ZoneInfo("America/New_York"))
    (np.datetime64('2026-03-14T19:05:00.000000'), False, True)
    >>> parse_time("2026-03-14T19:05:00Z", ZoneInfo("America/New_York"))
    (np.datetime64('2026-03-14T19:05:00.000000'), False, False)
    """
    if is_missing(value, missing) or (isinstance(value, str) and is_no_date(value.strip())):
        return NEVER, False, False
    day, clock, value_zone = _split_local(split_date_value(value), date_format)
    if day is None or value_zone == AMBIGUOUS_ZONE:
        return NEVER, True, False
    moment = day.item() + timedelta(microseconds=clock)
    try:
        # zoneinfo gives the offset of the first of two equal hours (fold=0), and that of before for a skipped one,
        # which moves it forward.
        moment -= moment.replace(tzinfo=value_zone or _get_zone(date_format, zone)).utcoffset() or timedelta()  # type: ignore[call-arg]
    except OverflowError:
        return NEVER, True, False
    if not EARLIEST <= moment < LATEST:
        return NEVER, True, False
    return np.datetime64(moment, "us"), False, value_zone is None and date_format.zone is None


def _get_zone(date_format: DateFormat, zone: tzinfo) -> tzinfo:
    """Return the zone of a time without one."""
    if date_format.zone is None or date_format.time_of_day is False:
        return zone
    return parse_zone(date_format.zone) or zone


def to_time(
    values: Any,
    zone: tzinfo,
    missing: frozenset[str] = MISSING,
    date_format: DateFormat | None = None,
    day_ends: bool = False,
) -> tuple[TimeArray, np.ndarray, int]:
    """Apply ``parse_time`` to a column: (datetime64[us] in UTC of shape (n,), bad mask, count of naive values).

    Parameters
    ----------
    date_format : DateFormat, optional
        Decided from the column if omitted.
    day_ends : bool
        Whether a date without a time of day counts at the end of that day: so late can it have happened.
    """
    raw = values
    if getattr(values, "dtype", None) is None or not _is_datetime_type(values.dtype):
        raw = as_numpy_array(values)
    format_used = decide_in_column(raw, None, missing) if date_format is None else date_format
    native = _convert_native_times(raw, zone, format_used)
    if native is not None:
        times, bad, naive = native
    else:
        codes, distinct = _encode_distinct_texts(raw) if len(raw) > 100 else (np.arange(len(raw)), raw)
        parsed, is_bad, is_naive = _parse_each_time(distinct, zone, missing, format_used)
        times, bad, naive = parsed[codes], is_bad[codes], int(is_naive[codes].sum())
    if day_ends:
        times = _move_to_day_ends(times, _extract_written_days(raw, format_used, with_midnights=False), zone)
    return times, bad, naive


def _parse_each_time(
    raw: np.ndarray, zone: tzinfo, missing: frozenset[str], date_format: DateFormat
) -> tuple[TimeArray, np.ndarray, np.ndarray]:
    """Return (time in UTC, bad, naive) of each value, arrays of shape (n,)."""
    times = np.full(len(raw), NEVER, "datetime64[us]")
    bad, naive = np.zeros(len(raw), bool), np.zeros(len(raw), bool)
    remaining = np.arange(len(raw))
    if len(raw) > 100 and raw.dtype == object:
        # ISO 8601 means one thing in any column, so pandas may parse it; all else goes the careful way.
        remaining = _parse_iso_in_bulk(raw, zone, date_format, times, naive)
    if len(remaining):
        parsed, is_bad, is_naive = _parse_together(raw[remaining].tolist(), zone, missing, date_format)
        times[remaining], bad[remaining], naive[remaining] = parsed, is_bad, is_naive
    return times, bad, naive


def _parse_together(
    values: list[Any], zone: tzinfo, missing: frozenset[str], date_format: DateFormat
) -> tuple[TimeArray, np.ndarray, np.ndarray]:
    """Do what ``parse_time`` does for each value; offsets are looked up for all values of one time zone at once."""
    days, clocks = np.full(len(values), NEVER, "datetime64[us]"), np.zeros(len(values), np.int64)
    bad = np.zeros(len(values), bool)
    plain = split_plain_times(values, missing)
    by_zone = _find_plain_local(plain, date_format, days, clocks)
    bad[plain.positions] = np.isnat(days[plain.positions])
    for row in plain.list_others(len(values)):
        value = values[row]
        if is_missing(value, missing) or (isinstance(value, str) and is_no_date(value.strip())):
            continue
        day, clock, value_zone = _split_local(split_date_value(value), date_format)
        if day is None or value_zone == AMBIGUOUS_ZONE:
            bad[row] = True
            continue
        days[row], clocks[row] = day, clock
        by_zone.setdefault(value_zone, []).append(row)
    local = days + clocks.astype("timedelta64[us]")
    times, naive = np.full(len(values), NEVER, "datetime64[us]"), np.zeros(len(values), bool)
    for value_zone, positions in by_zone.items():
        # One look into the zone's table for all values that are written in it, not one for each.
        rows = np.array(positions, np.intp)
        times[rows] = _convert_to_utc(local[rows], value_zone or _get_zone(date_format, zone))
        naive[rows] = value_zone is None and date_format.zone is None
    outside = ~np.isnat(local) & (np.isnat(times) | _is_out_of_range(times))
    times[outside] = NEVER
    return times, bad | outside, naive & ~outside


def _find_plain_local(
    times: PlainTimes, date_format: DateFormat, days: TimeArray, clocks: IntArray
) -> dict[tzinfo | None, list[int]]:
    """Set the local day and time of day of each text as ``_split_local`` would; return the rows of each time zone.

    A day that does not exist is NaT, and such a row is in no zone.
    """
    found = [_find_day(written, date_format.order, date_format.strict) for written in times.days]
    day_of = np.array([NEVER if day is None else day for day in found], "datetime64[us]")
    days[times.positions] = day_of[times.day_codes]
    clocks[times.positions] = np.array([clock for clock, _ in times.clocks], np.int64)[times.clock_codes]
    # A midnight in a column of days is the day as written, in the practice's zone.
    zones = [None if date_format.time_of_day is False and not clock else zone for clock, zone in times.clocks]
    distinct_zones = list(dict.fromkeys(zones))
    zone_codes = np.array([distinct_zones.index(zone) for zone in zones], np.intp)[times.clock_codes]
    zone_codes[np.isnat(days[times.positions])] = -1
    return {zone: times.positions[zone_codes == code].tolist() for code, zone in enumerate(distinct_zones)}


def _split_local(
    parts: DateParts | None, date_format: DateFormat
) -> tuple[np.datetime64 | None, int, tzinfo | str | None]:
    """Return (local day as written, microseconds since its midnight, its own time zone); None without a day that
    exists.
    """
    day = None if parts is None else _find_day(parts.date, date_format.order, date_format.strict)
    if day is None:
        return None, 0, None
    if date_format.time_of_day is False and not parts.clock:
        # Exports write 2026-03-14T00:00:00Z and mean the day: the day as written, in the practice's zone.
        return day, 0, None
    value_zone = parts.zone
    if value_zone == AMBIGUOUS_ZONE and date_format.zone is not None:
        value_zone = parse_zone(date_format.zone)
    return day, parts.clock or 0, value_zone


@lru_cache(maxsize=50_000)
def _find_day(written: WrittenDate, order: str | None, strict: bool) -> np.datetime64 | None:
    """Return the midnight of a date; None if that day does not exist."""
    try:
        return np.datetime64(datetime(*resolve_date(written, order, strict)), "us")
    except (ValueError, OverflowError):
        return None


def to_known_time(
    values: Any, zone: tzinfo, missing: frozenset[str] = MISSING, date_format: DateFormat | None = None
) -> tuple[TimeArray, np.ndarray, int]:
    """Return when a fact with that date is certainly known: as ``to_time``, but a date without a time counts at the END
    of that day in ``zone``.

    A value at exactly midnight counts as such a date, whatever its offset: exports write ``2026-03-14T00:00:00Z`` and
    mean the day. The day is used as written, and the result is never earlier than the value itself.

    >>> from zoneinfo import ZoneInfo
    >>> to_known_time(["2026-03-14T00:00:00Z", "2026-03-14 09:30"], ZoneInfo("America/New_York"))[0].astype(
    ...     "datetime64[m]"
    ... ).tolist()
    [datetime.datetime(2026, 3, 15, 4, 0), datetime.datetime(2026, 3, 14, 13, 30)]
    """
    format_used = decide_in_column(values, None, missing) if date_format is None else date_format
    times, bad, naive = to_time(values, zone, missing, format_used)
    return _move_to_day_ends(times, _extract_written_days(values, format_used, with_midnights=True), zone), bad, naive


def _move_to_day_ends(times: TimeArray, days: TimeArray, zone: tzinfo) -> TimeArray:
    """Return the times, those with a day in ``days`` at its end in ``zone`` and never earlier than they are."""
    moved = ~np.isnat(times) & ~np.isnat(days)
    end = _convert_to_utc((days[moved].astype("datetime64[D]") + 1).astype("datetime64[us]"), zone)
    times = times.copy()
    times[moved] = np.maximum(times[moved], end)
    return times


def _extract_written_days(values: Any, date_format: DateFormat, with_midnights: bool) -> TimeArray:
    """Return the day as written of each value that has no time of day; NaT elsewhere.

    Midnight is a time of day, unless ``with_midnights``, or the column has no other times.
    """
    midnights = with_midnights or date_format.time_of_day is False
    dtype = getattr(values, "dtype", None)
    if _is_datetime_type(dtype):
        wall = pd.Series(values)
        wall = (wall.dt.tz_localize(None) if isinstance(dtype, pd.DatetimeTZDtype) else wall).to_numpy("datetime64[us]")
        return np.where((wall == wall.astype("datetime64[D]")) & midnights, wall, NEVER)
    codes, distinct = _encode_distinct_texts(as_numpy_array(values))
    days = [_parse_written_day(value, date_format, midnights) for value in distinct.tolist()]
    return np.array(days, "datetime64[us]")[codes]


def _parse_written_day(value: Any, date_format: DateFormat, midnights: bool) -> np.datetime64:
    """Return the date, as written, of a value without a time of day, or at midnight; NaT for any other."""
    parts = None if is_missing(value) else split_date_value(value)
    if parts is None or parts.clock or (parts.clock is not None and not midnights):
        return NEVER
    day = _find_day(parts.date, date_format.order, date_format.strict)
    return NEVER if day is None else day


def _is_datetime_type(dtype: Any) -> bool:
    """Return whether a column of this type holds times already."""
    return isinstance(dtype, pd.DatetimeTZDtype) or getattr(dtype, "kind", "") == "M"


def _convert_native_times(
    values: Any, zone: tzinfo, date_format: DateFormat
) -> tuple[TimeArray, np.ndarray, int] | None:
    """Return ``to_time`` of a column that has a datetime type already; None for any other."""
    dtype = getattr(values, "dtype", None)
    if not _is_datetime_type(dtype):
        return None
    is_zoned = isinstance(dtype, pd.DatetimeTZDtype)
    # Days that were read before are instants already: midnight on the practice's clock is another hour in UTC.
    is_instant = is_zoned and bool((pd.Series(values).dropna().dt.normalize() != pd.Series(values).dropna()).any())
    if is_instant or (is_zoned and date_format.time_of_day is not False):
        times, naive = pd.Series(values).dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]"), 0
    else:
        wall = pd.Series(values).dt.tz_localize(None) if is_zoned else values
        local = np.asarray(wall).astype("datetime64[us]")
        times, naive = _convert_to_utc(local, _get_zone(date_format, zone)), int((~np.isnat(local)).sum())
        naive = 0 if date_format.zone else naive
    bad = _is_out_of_range(times)
    return np.where(bad, NEVER, times), bad, naive - int(bad.sum()) if naive else 0


def _parse_iso_in_bulk(
    raw: np.ndarray, zone: tzinfo, date_format: DateFormat, times_out: TimeArray, naive: np.ndarray
) -> np.ndarray:
    """Parse a column's ISO 8601 texts into ``times_out`` and ``naive``; return the positions of all other values."""
    # Values that are no text become missing, match no pattern, and are left for the careful way.
    texts = pd.Series(np.array([value if isinstance(value, str) else None for value in raw], object), dtype="str")
    zone = _get_zone(date_format, zone)
    for pattern, zoned in ((_BULK_NAIVE, False), (_BULK_ZONED, True)):
        if zoned and date_format.time_of_day is False:
            continue
        positions = np.flatnonzero(texts.str.match(pattern).fillna(False).to_numpy(bool))
        if not len(positions):
            continue
        times = pd.to_datetime(texts.iloc[positions], format="ISO8601", errors="coerce", utc=True)
        parsed = times.dt.tz_localize(None).to_numpy("datetime64[us]")
        times_utc = parsed if zoned else _convert_to_utc(parsed, zone)
        good = ~np.isnat(times_utc) & ~_is_out_of_range(times_utc)
        times_out[positions[good]] = times_utc[good]
        naive[positions[good]] = not zoned and date_format.zone is None
    return np.flatnonzero(np.isnat(times_out))


def _encode_distinct_texts(raw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (each value's position among the distinct texts, those texts and a final None).

    If any value is not a text, every value stays on its own: 1 and True are equal but do not mean the same.
    """
    if pd.api.types.infer_dtype(raw, skipna=True) != "string":
        return np.arange(len(raw)), raw
    codes, distinct = pd.factorize(raw)
    return codes, np.append(distinct.astype(object), None)


def _is_out_of_range(times: TimeArray) -> np.ndarray:
    """Return which times are outside the accepted years."""
    return (times < np.datetime64(EARLIEST, "us")) | (times >= np.datetime64(LATEST, "us"))


def _convert_to_utc(local: TimeArray, zone: tzinfo) -> TimeArray:
    """Convert local times to UTC, as ``parse_time`` does.

    Offsets are looked up once per day, and per quarter of an hour on days when the clock changes.
    """
    in_range = ~np.isnat(local) & (local > np.datetime64("1900-01-01")) & (local < np.datetime64("2200-01-01"))
    utc = np.full(len(local), NEVER, "datetime64[us]")
    days, of_day = np.unique(local[in_range].astype("datetime64[D]"), return_inverse=True)
    starts = _look_up_offsets(days.astype("datetime64[us]"), zone)
    ends = _look_up_offsets(days.astype("datetime64[us]") + DAY - _QUARTER, zone)
    offsets = starts[of_day]
    changing = np.flatnonzero((starts != ends)[of_day])
    # Offsets change at full quarters of an hour only, so the start of the quarter (900 s) has the offset of the whole.
    micros = local[in_range][changing].astype(np.int64) // 900_000_000 * 900_000_000
    quarters, of_quarter = np.unique(micros.astype("datetime64[us]"), return_inverse=True)
    offsets[changing] = _look_up_offsets(quarters, zone)[of_quarter]
    utc[in_range] = local[in_range] - offsets
    return utc


def _look_up_offsets(local: TimeArray, zone: tzinfo) -> np.ndarray:
    """Return the zone's offset from UTC at each local time, the first of the two in a fold."""
    return np.array([moment.replace(tzinfo=zone).utcoffset() for moment in local.tolist()], "timedelta64[us]")
