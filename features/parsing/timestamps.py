"""Which moment in UTC does a raw time mean, alone or in a column?

Lives here: ISO 8601, US and day-first dates, month names, epochs, Excel's day numbers, and time zones with their gaps
and folds; everything becomes datetime64[us] in UTC.
Does not live here: other kinds of values (``scalars``).
"""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

import numpy as np
import pandas as pd

from features.array_types import DAY, TimeArray
from features.parsing.scalars import MISSING, as_numpy_array, is_missing

__all__ = ["detect_day_first", "count_days_above_twelve", "to_known_time", "parse_time", "to_time"]

NEVER = np.datetime64("NaT", "us")
EARLIEST, LATEST = datetime(1990, 1, 1), datetime(2100, 1, 1)
"""A time (in UTC) is bad if it is before EARLIEST, or at or after LATEST."""

_QUARTER = np.timedelta64(15 * 60_000_000, "us")
_MIDNIGHT = time()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXCEL_DAY_ZERO = datetime(1899, 12, 30)
_MONTHS = {name: i for i, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}

_TIME_OF_DAY = (
    r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
)
_ZONE = r"\s*(?P<zone>Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
_ISO_STRICT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_ISO = re.compile(
    rf"(?P<year>\d{{4}})(?P<mark>[-/.]?)(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}}){_TIME_OF_DAY}{_ZONE}", re.ASCII
)
_SLASHED = re.compile(
    rf"(?P<first>\d{{1,2}})(?P<mark>[-/.])(?P<other>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}|\d{{2}}){_TIME_OF_DAY}{_ZONE}",
    re.ASCII,
)
_MONTH_NAME_FIRST = re.compile(
    rf"(?:[A-Za-z]{{3,9}},?\s+)?(?P<name>[A-Za-z]{{3,9}})\.?\s+"
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}}){_TIME_OF_DAY}{_ZONE}",
    re.ASCII,
)
_DAY_THEN_MONTH_NAME = re.compile(
    rf"(?:[A-Za-z]{{3,9}},?\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[ -]"
    rf"(?P<name>[A-Za-z]{{3,9}})\.?[ -](?P<year>\d{{4}}|\d{{2}}){_TIME_OF_DAY}{_ZONE}",
    re.ASCII,
)
_NUMBER = re.compile(r"\d{5,19}(?:\.\d+)?", re.ASCII)
_DAY_AND_MONTH = r"^\s*(\d{1,2})[-/](\d{1,2})[-/](?:\d{4}|\d{2})(?:\D|$)"
_BULK_NAIVE = r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)?$"
_BULK_ZONED = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})$"


def detect_day_first(values: Any) -> bool | None:
    """Return whether dates such as 25/03/2026 in this column have the day first; None if no date proves it.

    Without proof, callers read the month first.

    >>> (
    ...     detect_day_first(["03/04/2026", "25/03/2026"]),
    ...     detect_day_first(["03/25/2026"]),
    ...     detect_day_first(["03/04/2026"]),
    ... )
    (True, False, None)
    """
    first, other = count_days_above_twelve(values)
    return None if first == other else first > other


def count_days_above_twelve(values: Any) -> tuple[int, int]:
    """Count the rows whose first number can only be a day (25/03/2026), and those whose second can (03/25/2026)."""
    codes, distinct = pd.factorize(as_numpy_array(values))
    candidates = [code for code, value in enumerate(distinct) if isinstance(value, str) and value[4:5] != "-"]
    if not candidates:
        return 0, 0
    rows = np.bincount(codes[codes >= 0], minlength=len(distinct))[candidates]
    parts = (
        pd.Series([distinct[code] for code in candidates], dtype="str")
        .str.extract(_DAY_AND_MONTH)
        .astype(float)
        .to_numpy()
    )
    return int(rows[parts[:, 0] > 12].sum()), int(rows[parts[:, 1] > 12].sum())


def parse_time(
    value: Any, zone: tzinfo, missing: frozenset[str] = MISSING, day_leads: bool = False
) -> tuple[np.datetime64, bool, bool]:
    """Return (time in UTC, bad, naive): NaT if missing or bad; naive if ``zone`` was assumed.

    Parameters
    ----------
    zone : tzinfo
        Assumed for a value without a time zone. When clocks go back, the first of the two hours is assumed; a time
        that is skipped when clocks go forward moves forward.
    day_leads : bool
        Whether 03/04/2026 is April 3. Where only one order is possible, that order is used.

    >>> from zoneinfo import ZoneInfo
    >>> parse_time("3/14/2026 3:05 PM", ZoneInfo("America/New_York"))
    (np.datetime64('2026-03-14T19:05:00.000000'), False, True)
    >>> parse_time("2026-03-14T19:05:00Z", ZoneInfo("America/New_York"))
    (np.datetime64('2026-03-14T19:05:00.000000'), False, False)
    """
    if is_missing(value, missing):
        return NEVER, False, False
    try:
        parsed = _parse_datetime(value, day_leads)
        if parsed is None:
            return NEVER, True, False
        naive = parsed.tzinfo is None
        aware = parsed.replace(tzinfo=zone) if naive else parsed
        moment = aware.replace(tzinfo=None) - (aware.utcoffset() or timedelta())
    except (ValueError, OverflowError):
        return NEVER, True, False
    if not EARLIEST <= moment < LATEST:
        return NEVER, True, False
    return np.datetime64(moment, "us"), False, naive


def to_time(
    values: Any, zone: tzinfo, missing: frozenset[str] = MISSING, day_leads: bool | None = None
) -> tuple[TimeArray, np.ndarray, int]:
    """Apply ``parse_time`` to a column: (datetime64[us] in UTC of shape (n,), bad mask, count of naive values).

    If ``day_leads`` is None, ``detect_day_first`` decides from the column.
    """
    native = _convert_native_times(values, zone)
    if native is not None:
        return native
    raw = as_numpy_array(values)
    day_leads = bool(detect_day_first(raw)) if day_leads is None else day_leads
    codes, distinct = _encode_distinct_texts(raw) if len(raw) > 100 else (np.arange(len(raw)), raw)
    times, bad, naive = _parse_each_time(distinct, zone, missing, day_leads)
    return times[codes], bad[codes], int(naive[codes].sum())


def _parse_each_time(
    raw: np.ndarray, zone: tzinfo, missing: frozenset[str], day_leads: bool
) -> tuple[TimeArray, np.ndarray, np.ndarray]:
    """Return (time in UTC, bad, naive) of each value, arrays of shape (n,)."""
    times = np.full(len(raw), NEVER, "datetime64[us]")
    bad, naive = np.zeros(len(raw), bool), np.zeros(len(raw), bool)
    remaining = np.arange(len(raw)) if len(raw) <= 100 else _parse_iso_in_bulk(raw, zone, times, naive)
    parsed = [parse_time(value, zone, missing, day_leads) for value in raw[remaining].tolist()]
    times[remaining] = np.array([moment for moment, _, _ in parsed], "datetime64[us]")
    bad[remaining] = np.array([is_bad for _, is_bad, _ in parsed], bool)
    naive[remaining] = np.array([is_naive for _, _, is_naive in parsed], bool)
    return times, bad, naive


def to_known_time(
    values: Any, zone: tzinfo, missing: frozenset[str] = MISSING, day_leads: bool | None = None
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
    times, bad, naive = to_time(values, zone, missing, day_leads)
    day = _extract_written_midnights(values, day_leads).astype("datetime64[D]")
    dated = ~np.isnat(times) & ~np.isnat(day)
    end = _convert_to_utc((day[dated] + 1).astype("datetime64[us]"), zone)
    times[dated] = np.maximum(times[dated], end)
    return times, bad, naive


def _extract_written_midnights(values: Any, day_leads: bool | None) -> TimeArray:
    """Return the local time of each value as written if it is exactly midnight; NaT elsewhere."""
    dtype = getattr(values, "dtype", None)
    if isinstance(dtype, pd.DatetimeTZDtype):
        wall = values.dt.tz_localize(None).to_numpy("datetime64[us]")
    elif getattr(dtype, "kind", "") == "M":
        wall = np.asarray(values).astype("datetime64[us]")
    else:
        raw = as_numpy_array(values)
        day_leads = bool(detect_day_first(raw)) if day_leads is None else day_leads
        codes, distinct = _encode_distinct_texts(raw)
        wall = np.array([_parse_midnight(value, day_leads) for value in distinct.tolist()], "datetime64[us]")[codes]
    return np.where(wall == wall.astype("datetime64[D]"), wall, NEVER)


def _parse_midnight(value: Any, day_leads: bool) -> np.datetime64:
    """Return the date, as written, of a value without a time of day or at midnight; NaT for any other."""
    try:
        parsed = None if is_missing(value) else _parse_datetime(value, day_leads)
    except (ValueError, OverflowError):
        parsed = None
    return NEVER if parsed is None or parsed.time() != _MIDNIGHT else np.datetime64(parsed.replace(tzinfo=None), "us")


def _convert_native_times(values: Any, zone: tzinfo) -> tuple[TimeArray, np.ndarray, int] | None:
    """Return ``to_time`` of a column that has a datetime type already; None for any other."""
    dtype = getattr(values, "dtype", None)
    if isinstance(dtype, pd.DatetimeTZDtype):
        times, naive = values.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]"), 0
    elif getattr(dtype, "kind", "") == "M":
        local = np.asarray(values).astype("datetime64[us]")
        times, naive = _convert_to_utc(local, zone), int((~np.isnat(local)).sum())
    else:
        return None
    bad = _is_out_of_range(times)
    return np.where(bad, NEVER, times), bad, naive - int(bad.sum()) if naive else 0


def _parse_iso_in_bulk(raw: np.ndarray, zone: tzinfo, times_out: TimeArray, naive: np.ndarray) -> np.ndarray:
    """Parse a column's ISO 8601 texts into ``times_out`` and ``naive``; return the positions of all other values."""
    texts = pd.Series(np.array([value if isinstance(value, str) else None for value in raw], object), dtype="str")
    for pattern, zoned in ((_BULK_NAIVE, False), (_BULK_ZONED, True)):
        positions = np.flatnonzero(texts.str.match(pattern).fillna(False).to_numpy(bool))
        if not len(positions):
            continue
        times = pd.to_datetime(texts.iloc[positions], format="ISO8601", errors="coerce", utc=True)
        parsed = times.dt.tz_localize(None).to_numpy("datetime64[us]")
        times_utc = parsed if zoned else _convert_to_utc(parsed, zone)
        good = ~np.isnat(times_utc) & ~_is_out_of_range(times_utc)
        times_out[positions[good]] = times_utc[good]
        naive[positions[good]] = not zoned
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


def _parse_datetime(value: Any, day_leads: bool) -> datetime | None:
    """Parse one value as a datetime, naive if it has no time zone; None if it is no time.

    Raises ValueError for February 30 and the like.
    """
    if isinstance(value, str):
        return _parse_datetime_text(value.strip(), day_leads)
    if isinstance(value, datetime):
        return value if type(value) is datetime else value.to_pydatetime(warn=False)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, np.datetime64):
        return value.astype("datetime64[us]").item()
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        return None
    return _parse_datetime_number(float(value))


def _parse_datetime_text(text: str, day_leads: bool) -> datetime | None:
    """Parse one text as a datetime; None if it is no time."""
    if _ISO_STRICT.fullmatch(text):
        return datetime.fromisoformat(text)
    if (match := _ISO.fullmatch(text)) and (match["mark"] or len(match["month"]) == 2 == len(match["day"])):
        return _build_datetime(match, int(match["year"]), int(match["month"]), int(match["day"]))
    if match := _SLASHED.fullmatch(text):
        first, other = int(match["first"]), int(match["other"])
        # Dots mean the European order, 14.03.2026. A second number above 12 can only be the day.
        is_day_first = (day_leads or match["mark"] == "." or first > 12) and other <= 12
        month, day = (other, first) if is_day_first else (first, other)
        return _build_datetime(match, _expand_year(match["year"]), month, day)
    if match := _MONTH_NAME_FIRST.fullmatch(text) or _DAY_THEN_MONTH_NAME.fullmatch(text):
        month_number = _MONTHS.get(match["name"][:3].lower())
        if month_number is None:
            return None
        return _build_datetime(match, _expand_year(match["year"]), month_number, int(match["day"]))
    return _parse_datetime_number(float(text)) if _NUMBER.fullmatch(text) else None


def _parse_datetime_number(number: float) -> datetime | None:
    """Parse seconds, milliseconds or microseconds since 1970, or Excel's days since 1900.

    The ranges do not overlap, so at most one unit gives a time in the accepted years; None if no unit does.
    """
    # EARLIEST and LATEST in seconds.
    low, high = 631_152_000, 4_102_444_800
    for unit in (1, 1000, 1_000_000):
        if low <= number / unit < high:
            return _EPOCH + timedelta(microseconds=round(number * (1_000_000 // unit)))
    # The same years in Excel's days: 1990-01-01 to 2100-01-01.
    if 32_874 <= number < 73_051:
        return _EXCEL_DAY_ZERO + timedelta(seconds=round(number * 86_400))
    return None


def _expand_year(text: str) -> int:
    """Return the year of four or two digits: 69 is 2069, 70 is 1970."""
    return int(text) if len(text) == 4 else int(text) + (2000 if int(text) < 70 else 1900)


def _build_datetime(match: re.Match[str], year: int, month: int, day: int) -> datetime:
    """Build a datetime from its parts; fractions beyond microseconds are cut off."""
    hour, half = int(match["hour"] or 0), (match["half"] or "").lower()[:1]
    if half and not 1 <= hour <= 12:
        raise ValueError(f"hour {hour} does not exist on a 12-hour clock")
    hour = hour % 12 + 12 * (half == "p") if half else hour
    micro = int((match["fraction"] or "0").ljust(6, "0")[:6])
    return datetime(
        year, month, day, hour, int(match["minute"] or 0), int(match["second"] or 0), micro, _parse_zone(match["zone"])
    )


def _parse_zone(text: str | None) -> tzinfo | None:
    """Parse a time zone such as Z, UTC or -0400; None if there is none."""
    if not text:
        return None
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    return datetime.strptime(text if len(text) > 3 else f"{text}00", "%z").tzinfo
