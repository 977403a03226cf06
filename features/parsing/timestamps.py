"""When was that? Raw times in whatever form -> datetime64[us] in UTC; one definition for a column and for one value.

Lives here: ISO 8601, US and day-first dates, month names, epochs, Excel's day numbers; time zones with their gaps and
folds. Does not live here: other kinds of values (``values``)."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

import numpy as np
import pandas as pd

from features.array_types import DAY, TimeArray
from features.parsing.scalars import MISSING, is_missing, as_numpy_array

__all__ = ["detect_day_first", "count_days_above_twelve", "to_known_time", "parse_time", "to_time"]

NEVER = np.datetime64("NaT", "us")
EARLIEST, LATEST = datetime(1990, 1, 1), datetime(2100, 1, 1)
"""A time (in UTC) before the first, or at or after the second, is bad."""

_QUARTER = np.timedelta64(15 * 60_000_000, "us")
_MIDNIGHT = time()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXCEL_DAY_ZERO = datetime(1899, 12, 30)
_MONTHS = {name: i for i, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}

_TIME_OF_DAY = r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
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
    rf"(?:[A-Za-z]{{3,9}},?\s+)?(?P<name>[A-Za-z]{{3,9}})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}}){_TIME_OF_DAY}{_ZONE}",
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
    """Whether dates such as 25/03/2026 in this column have the day first; None when nothing proves it (then the month
    comes first).

    >>> detect_day_first(["03/04/2026", "25/03/2026"]), detect_day_first(["03/25/2026"]), detect_day_first(["03/04/2026"])
    (True, False, None)
    """
    first, other = count_days_above_twelve(values)
    return None if first == other else first > other


def count_days_above_twelve(values: Any) -> tuple[int, int]:
    """Dates such as 25/03/2026 whose first number can only be a day, and those whose second can; counted over all rows."""
    codes, distinct = pd.factorize(as_numpy_array(values))
    chosen = [code for code, value in enumerate(distinct) if isinstance(value, str) and value[4:5] != "-"]
    if not chosen:
        return 0, 0
    rows = np.bincount(codes[codes >= 0], minlength=len(distinct))[chosen]
    parts = (
        pd.Series([distinct[code] for code in chosen], dtype="str").str.extract(_DAY_AND_MONTH).astype(float).to_numpy()
    )
    return int(rows[parts[:, 0] > 12].sum()), int(rows[parts[:, 1] > 12].sum())


def parse_time(
    value: Any, zone: tzinfo, missing: frozenset[str] = MISSING, day_leads: bool = False
) -> tuple[np.datetime64, bool, bool]:
    """(time in UTC, bad, naive): NaT when not given or bad; naive when the value named no zone and ``zone`` was taken.

    Parameters
    ----------
    zone : tzinfo
        Of a value that names none. In the fold of autumn the first of the two hours is meant; a time in the gap of
        spring moves forward.
    day_leads : bool
        Whether 03/04/2026 is the third of April. Where only one reading is possible it is taken.

    >>> from zoneinfo import ZoneInfo
    >>> parse_time("3/14/2026 3:05 PM", ZoneInfo("America/New_York"))
    (np.datetime64('2026-03-14T19:05:00.000000'), False, True)
    >>> parse_time("2026-03-14T19:05:00Z", ZoneInfo("America/New_York"))
    (np.datetime64('2026-03-14T19:05:00.000000'), False, False)
    """
    if is_missing(value, missing):
        return NEVER, False, False
    try:
        found = _parse_datetime(value, day_leads)
        naive = found is not None and found.tzinfo is None
        if naive:
            found = found.replace(tzinfo=zone)
        moment = found and found.replace(tzinfo=None) - found.utcoffset()
    except (ValueError, OverflowError):
        return NEVER, True, False
    if moment is None or not EARLIEST <= moment < LATEST:
        return NEVER, True, False
    return np.datetime64(moment, "us"), False, naive


def to_time(
    values: Any, zone: tzinfo, missing: frozenset[str] = MISSING, day_leads: bool | None = None
) -> tuple[TimeArray, np.ndarray, int]:
    """``parse_time`` for a column: (datetime64[us] in UTC of shape (n,), bad mask, how many were naive).

    ``day_leads`` None: decided from the column by ``detect_day_first``.
    """
    native = _convert_native_times(values, zone)
    if native is not None:
        return native
    raw = as_numpy_array(values)
    day_leads = bool(detect_day_first(raw)) if day_leads is None else day_leads
    codes, distinct = _encode_distinct_texts(raw) if len(raw) > 100 else (np.arange(len(raw)), raw)
    found, bad, naive = _parse_each_time(distinct, zone, missing, day_leads)
    return found[codes], bad[codes], int(naive[codes].sum())


def _parse_each_time(
    raw: np.ndarray, zone: tzinfo, missing: frozenset[str], day_leads: bool
) -> tuple[TimeArray, np.ndarray, np.ndarray]:
    """(time in UTC, bad, naive) of each value, arrays of shape (n,)."""
    found = np.full(len(raw), NEVER, "datetime64[us]")
    bad, naive = np.zeros(len(raw), bool), np.zeros(len(raw), bool)
    rest = np.arange(len(raw)) if len(raw) <= 100 else _parse_iso_in_bulk(raw, zone, found, naive)
    read = [parse_time(value, zone, missing, day_leads) for value in raw[rest].tolist()]
    found[rest] = np.array([one[0] for one in read], "datetime64[us]")
    bad[rest], naive[rest] = (np.array([one[k] for one in read], bool) for k in (1, 2))
    return found, bad, naive


def to_known_time(
    values: Any, zone: tzinfo, missing: frozenset[str] = MISSING, day_leads: bool | None = None
) -> tuple[TimeArray, np.ndarray, int]:
    """When something of that date is known for sure; as ``to_time``, but a date without a time of day counts at the END
    of that day in ``zone``.

    A value written at midnight exactly is taken for such a date, whatever offset it names: exports write
    ``2026-03-14T00:00:00Z`` and mean the day. The day as it is written counts, and the answer is never earlier than the
    value itself.

    >>> from zoneinfo import ZoneInfo
    >>> to_known_time(["2026-03-14T00:00:00Z", "2026-03-14 09:30"], ZoneInfo("America/New_York"))[0].astype(
    ...     "datetime64[m]"
    ... ).tolist()
    [datetime.datetime(2026, 3, 15, 4, 0), datetime.datetime(2026, 3, 14, 13, 30)]
    """
    found, bad, naive = to_time(values, zone, missing, day_leads)
    day = _extract_written_midnights(values, day_leads).astype("datetime64[D]")
    dated = ~np.isnat(found) & ~np.isnat(day)
    end = _convert_to_utc((day[dated] + 1).astype("datetime64[us]"), zone)
    found[dated] = np.maximum(found[dated], end)
    return found, bad, naive


def _extract_written_midnights(values: Any, day_leads: bool | None) -> TimeArray:
    """The clock on which each value is written, where it stands at midnight exactly; NaT elsewhere."""
    dtype = getattr(values, "dtype", None)
    if isinstance(dtype, pd.DatetimeTZDtype):
        wall = values.dt.tz_localize(None).to_numpy("datetime64[us]")
    elif getattr(dtype, "kind", "") == "M":
        wall = np.asarray(values).astype("datetime64[us]")
    else:
        raw = as_numpy_array(values)
        leads = bool(detect_day_first(raw)) if day_leads is None else day_leads
        codes, distinct = _encode_distinct_texts(raw)
        wall = np.array([_parse_midnight(value, leads) for value in distinct.tolist()], "datetime64[us]")[codes]
    return np.where(wall == wall.astype("datetime64[D]"), wall, NEVER)


def _parse_midnight(value: Any, day_leads: bool) -> np.datetime64:
    """The date of a value without a time of day (or at midnight), as written; NaT for any other."""
    try:
        found = None if is_missing(value) else _parse_datetime(value, day_leads)
    except (ValueError, OverflowError):
        found = None
    return NEVER if found is None or found.time() != _MIDNIGHT else np.datetime64(found.replace(tzinfo=None), "us")


def _convert_native_times(values: Any, zone: tzinfo) -> tuple[TimeArray, np.ndarray, int] | None:
    """A column that is one of times already; None when it is not."""
    dtype = getattr(values, "dtype", None)
    if isinstance(dtype, pd.DatetimeTZDtype):
        found, naive = values.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]"), 0
    elif getattr(dtype, "kind", "") == "M":
        local = np.asarray(values).astype("datetime64[us]")
        found, naive = _convert_to_utc(local, zone), int((~np.isnat(local)).sum())
    else:
        return None
    bad = _is_out_of_range(found)
    return np.where(bad, NEVER, found), bad, naive - int(bad.sum()) if naive else 0


def _parse_iso_in_bulk(raw: np.ndarray, zone: tzinfo, found: TimeArray, naive: np.ndarray) -> np.ndarray:
    """Read the plain ISO 8601 texts of a long column at once; the places of all others come back."""
    texts = pd.Series(np.array([value if isinstance(value, str) else None for value in raw], object), dtype="str")
    for pattern, zoned in ((_BULK_NAIVE, False), (_BULK_ZONED, True)):
        places = np.flatnonzero(texts.str.match(pattern).fillna(False).to_numpy(bool))
        if not len(places):
            continue
        times = pd.to_datetime(texts.iloc[places], format="ISO8601", errors="coerce", utc=True)
        plain = times.dt.tz_localize(None).to_numpy("datetime64[us]")
        times_utc = plain if zoned else _convert_to_utc(plain, zone)
        good = ~np.isnat(times_utc) & ~_is_out_of_range(times_utc)
        found[places[good]] = times_utc[good]
        naive[places[good]] = not zoned
    return np.flatnonzero(np.isnat(found))


def _encode_distinct_texts(raw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each value stands among the distinct texts, the last of which is None; every value by itself when some are
    no texts (1 and True are equal, and not the same)."""
    if pd.api.types.infer_dtype(raw, skipna=True) != "string":
        return np.arange(len(raw)), raw
    codes, distinct = pd.factorize(raw)
    return codes, np.append(distinct.astype(object), None)


def _is_out_of_range(times: TimeArray) -> np.ndarray:
    """Which times lie outside the years we believe."""
    return (times < np.datetime64(EARLIEST, "us")) | (times >= np.datetime64(LATEST, "us"))


def _convert_to_utc(local: TimeArray, zone: tzinfo) -> TimeArray:
    """Local times in UTC, as ``parse_time`` would.

    Offsets are looked up once a day, each quarter of an hour where the clock changes.
    """
    known = ~np.isnat(local) & (local > np.datetime64("1900-01-01")) & (local < np.datetime64("2200-01-01"))
    utc = np.full(len(local), NEVER, "datetime64[us]")
    days, of_day = np.unique(local[known].astype("datetime64[D]"), return_inverse=True)
    starts = _look_up_offsets(days.astype("datetime64[us]"), zone)
    ends = _look_up_offsets(days.astype("datetime64[us]") + DAY - _QUARTER, zone)
    offsets = starts[of_day]
    changing = np.flatnonzero((starts != ends)[of_day])
    micros = local[known][changing].astype(np.int64) // 900_000_000 * 900_000_000
    quarters, of_quarter = np.unique(micros.astype("datetime64[us]"), return_inverse=True)
    offsets[changing] = _look_up_offsets(quarters, zone)[of_quarter]
    utc[known] = local[known] - offsets
    return utc


def _look_up_offsets(local: TimeArray, zone: tzinfo) -> np.ndarray:
    """The zone's offset from UTC at each local time, the first of the two in a fold."""
    return np.array([moment.replace(tzinfo=zone).utcoffset() for moment in local.tolist()], "timedelta64[us]")


def _parse_datetime(value: Any, day_leads: bool) -> datetime | None:
    """One value as a datetime, naive when it names no zone; None when it is no time.

    ValueError for 30 February and the like.
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
    """One text as a datetime."""
    if _ISO_STRICT.fullmatch(text):
        return datetime.fromisoformat(text)
    if (match := _ISO.fullmatch(text)) and (match["mark"] or len(match["month"]) == 2 == len(match["day"])):
        return _build_datetime(match, int(match["year"]), int(match["month"]), int(match["day"]))
    if match := _SLASHED.fullmatch(text):
        first, other = int(match["first"]), int(match["other"])
        leads = (day_leads or match["mark"] == "." or first > 12) and other <= 12
        return _build_datetime(match, _expand_year(match["year"]), other if leads else first, first if leads else other)
    if match := _MONTH_NAME_FIRST.fullmatch(text) or _DAY_THEN_MONTH_NAME.fullmatch(text):
        month = _MONTHS.get(match["name"][:3].lower())
        return None if month is None else _build_datetime(match, _expand_year(match["year"]), month, int(match["day"]))
    return _parse_datetime_number(float(text)) if _NUMBER.fullmatch(text) else None


def _parse_datetime_number(number: float) -> datetime | None:
    """Seconds, milli- or microseconds since 1970, or Excel's days since 1900, when one of them falls into the years we
    believe.
    """
    low, high = 631_152_000, 4_102_444_800  # EARLIEST and LATEST in seconds
    for unit in (1, 1000, 1_000_000):
        if low <= number / unit < high:
            return _EPOCH + timedelta(microseconds=round(number * (1_000_000 // unit)))
    if 32_874 <= number < 73_051:
        return _EXCEL_DAY_ZERO + timedelta(seconds=round(number * 86_400))
    return None


def _expand_year(text: str) -> int:
    """The year meant by four or two digits: 69 is 2069, 70 is 1970."""
    return int(text) if len(text) == 4 else int(text) + (2000 if int(text) < 70 else 1900)


def _build_datetime(match: re.Match[str], year: int, month: int, day: int) -> datetime:
    """A datetime of its parts; fractions beyond microseconds are cut."""
    hour, half = int(match["hour"] or 0), (match["half"] or "").lower()[:1]
    if half and not 1 <= hour <= 12:
        raise ValueError("no such hour on a clock of twelve")
    hour = hour % 12 + 12 * (half == "p") if half else hour
    micro = int((match["part"] or "0").ljust(6, "0")[:6])
    return datetime(
        year, month, day, hour, int(match["minute"] or 0), int(match["second"] or 0), micro, _parse_zone(match["zone"])
    )


def _parse_zone(text: str | None) -> tzinfo | None:
    """The zone a text names."""
    if not text:
        return None
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    return datetime.strptime(text if len(text) > 3 else f"{text}00", "%z").tzinfo
