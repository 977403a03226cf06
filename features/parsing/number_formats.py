"""How are the numbers of one column written? One decision for the whole column, with its evidence.

Lives here: ``NumberFormat``, what a mapping carries; decimal comma or point, thousands, currency, percent, brackets,
K and M, units; the evidence of a column and the decision.
Does not live here: missing values and numbers that are numbers already (``scalars``).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

__all__ = [
    "AS_WRITTEN",
    "NumberEvidence",
    "NumberFormat",
    "collect_number_evidence",
    "decide_number_format",
    "read_written_number",
]

NAN = float("nan")

_DECIMALS = ("point", "comma", "mixed")
_MIXED_SHARE = 0.005
"""At most this share of the numbers that prove one decimal sign may prove the other one."""

_CURRENCY = r"US\$|C\$|CA\$|A\$|AU\$|R\$|[$€£¥₹₽₩]|(?:USD|EUR|GBP|CHF|CAD|AUD|NZD|INR|JPY|BRL|MXN|SEK|NOK|DKK|PLN)|"
_CURRENCY += r"Fr\.|Rs\.?|kr\.?"
_NUMBER = re.compile(
    rf"(?P<sign>[+-]?)\s*(?:(?P<currency>{_CURRENCY})\s*)?(?P<late_sign>[+-]?)\s*"
    rf"(?P<digits>[0-9][0-9.,' ]*|[.,][0-9]+)\s*(?:[.,]-{{2}}|(?P<end_sign>-))?\s*(?P<suffix>[^\d\s].{{0,20}})?",
    re.IGNORECASE,
)
_SCALES = {"k": 1e3, "thousand": 1e3, "tsd": 1e3, "tsd.": 1e3, "M": 1e6, "mn": 1e6, "mio": 1e6, "mio.": 1e6}
_SCALES |= {"million": 1e6, "millions": 1e6, "mln": 1e6, "B": 1e9, "bn": 1e9, "billion": 1e9}

_UNITS: dict[str, tuple[str, float, str]] = {}
"""Unit in lower case -> (what it measures, how many of the base unit, its name)."""
for _measure, _factor, _names in (
    ("time", 0.001, "ms msec millisecond milliseconds"),
    ("time", 1, "s sec secs second seconds sek segundos seg sekunden"),
    ("time", 60, "min mins minute minutes minuten minuto minutos m"),
    ("time", 3600, "h hr hrs hour hours std stunden hora horas"),
    ("time", 86_400, "d day days tag tage dia dias día días"),
    ("time", 604_800, "w wk wks week weeks woche wochen semana semanas"),
    ("time", 2_629_746, "mo mos month months monat monate mes meses"),
    ("time", 31_556_952, "y yr yrs year years jahr jahre año años"),
    ("length", 1, "km kilometer kilometers kilometre kilometres"),
    ("length", 1.609344, "mi mile miles milla millas"),
    ("weight", 1, "kg kgs kilogram kilograms"),
    ("weight", 0.45359237, "lb lbs pound pounds"),
    ("share", 1, "% percent pct"),
    ("visits", 1, "visit visits"),
    ("calls", 1, "call calls"),
    ("pages", 1, "page pages"),
    ("points", 1, "point points pts"),
    ("times", 1, "x times"),
):
    _UNITS |= {name: (_measure, float(_factor), _names.split()[0]) for name in _names.split()}

_SPAN = re.compile(
    r"(?:(\d{1,4})\s?(?:h|hrs?|hours?|std|stunden?|horas?)\.?,?)?\s?(?:(\d{1,4})\s?(?:m|mins?|minutes?|minutos?|minuten)"
    r"\.?,?)?\s?(?:(\d{1,2})\s?(?:s|secs?|seconds?|sek|sekunden|seg|segundos?)\.?)?",
    re.IGNORECASE,
)
"""3m 21s, as call trackers write the length of a call."""
_CLOCK_SPAN = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):([0-5]\d)")
"""0:03:21 and 3:21, as others write it; hours and minutes of a time of day look alike, see ``type_inference``."""
_FEWEST_PARTS = 2
_COUNTS = frozenset(("share", "visits", "calls", "pages", "points", "times"))
"""Measures of one unit only, so that nothing is lost without it."""

_POINT = re.compile(
    r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+|[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+|(?: [0-9]{3})+|(?:'[0-9]{3})+)(?:\.[0-9]*)?|"
    r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]*)?"
)
_COMMA = re.compile(
    r"[0-9]+(?:,[0-9]*)?|,[0-9]+|[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?: [0-9]{3})+|(?:'[0-9]{3})+)(?:,[0-9]*)?"
)


@dataclass(frozen=True)
class NumberFormat:
    """Describe how the numbers of a column are written.

    Parameters
    ----------
    decimal : {"point", "comma", "mixed"}, optional
        The decimal sign of numbers such as 2,350 and 2.350, which can be read in two ways. Without one, the comma
        separates thousands; if mixed, such numbers are not read at all.
    unit : str, optional
        The unit in which the column counts, such as "min" or "km" or a currency.
    """

    decimal: str | None = None
    unit: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what differs from the default, as a mapping file has it.

        >>> NumberFormat(decimal="comma").to_dict(), NumberFormat(decimal="point").to_dict()
        ({'decimal': 'comma'}, {})
        """
        decimal = {} if self.decimal in (None, "point") else {"decimal": self.decimal}
        return decimal | ({} if self.unit is None else {"unit": self.unit})

    def find_fault(self) -> str | None:
        """Return what is wrong with these settings, if anything."""
        if self.decimal is not None and self.decimal not in _DECIMALS:
            return f"decimal is {self.decimal!r}, expected one of {', '.join(_DECIMALS)}"
        return None


AS_WRITTEN = NumberFormat()


@dataclass
class NumberEvidence:
    """Count what the numbers of a column show.

    Parameters
    ----------
    points, commas : int
        Numbers that can only be read with this decimal sign.
    unclear : int
        Numbers such as 2,350 or 2.350.
    units : Counter
        Unit -> rows.
    """

    points: int = 0
    commas: int = 0
    unclear: int = 0
    units: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class _WrittenNumber:
    """One number taken apart: its readings with a decimal point and a decimal comma (None: not possible), its unit."""

    with_point: float | None
    with_comma: float | None
    unit: str | None


def read_written_number(text: str, number_format: NumberFormat = AS_WRITTEN) -> float:
    """Return the number that a text means in a column of this format; NaN if it is none, or cannot be told.

    >>> [
    ...     read_written_number(text)
    ...     for text in ("1,234.5", "$12", "(1,200)", "45%", "12,5", "1.234,56", "3K", "12-", "1'234", "1\u202f234")
    ... ]
    [1234.5, 12.0, -1200.0, 45.0, 12.5, 1234.56, 3000.0, -12.0, 1234.0, 1234.0]
    >>> read_written_number("2,350"), read_written_number("2,350", NumberFormat(decimal="comma"))
    (2350.0, 2.35)
    >>> read_written_number("2 h", NumberFormat(unit="min")), read_written_number("3 min")
    (120.0, nan)
    """
    written = _split_number(text)
    if written is None:
        return NAN
    number = _choose_reading(written, number_format.decimal)
    factor = _convert_unit(written.unit, number_format.unit)
    if number is None or factor is None:
        return NAN
    return number if factor == 1 else number * factor


def is_written_number(text: str) -> bool:
    """Return whether a text is a number in a column of some format.

    >>> is_written_number("2,350 min"), is_written_number("Boston")
    (True, False)
    """
    return _split_number(text) is not None


def collect_number_evidence(counts: Iterable[tuple[str, int]]) -> NumberEvidence:
    """Count what texts show, each with its number of rows.

    >>> evidence = collect_number_evidence([("2,350", 3), ("12,5", 1), ("about", 1)])
    >>> evidence.unclear, evidence.commas, evidence.points
    (3, 1, 0)
    """
    evidence = NumberEvidence()
    for text, rows in counts:
        written = _split_number(text)
        if written is None:
            continue
        if written.unit is not None:
            evidence.units[written.unit] += rows
        # Only readable one way round: a proof. "2,350" can be read both ways and proves nothing.
        if written.with_comma is None:
            evidence.points += rows
        elif written.with_point is None:
            evidence.commas += rows
        elif written.with_point != written.with_comma:
            evidence.unclear += rows
    return evidence


def decide_number_format(evidence: NumberEvidence) -> NumberFormat:
    """Decide the format of a column from its evidence.

    >>> decide_number_format(NumberEvidence(commas=2, unclear=5)).decimal
    'comma'
    """
    proofs = evidence.points + evidence.commas
    if not proofs:
        decimal = None
    elif min(evidence.points, evidence.commas) > _MIXED_SHARE * proofs:
        decimal = "mixed"
    else:
        decimal = "comma" if evidence.commas > evidence.points else "point"
    return NumberFormat(decimal, evidence.units.most_common(1)[0][0] if evidence.units else None)


def _choose_reading(written: _WrittenNumber, decimal: str | None) -> float | None:
    """Return the reading with this decimal sign, or the only possible one; None if it cannot be told."""
    first, second = written.with_point, written.with_comma
    if first is None or second is None:
        return second if first is None else first
    if decimal == "mixed" and first != second:
        return None
    return second if decimal == "comma" else first


def _convert_unit(unit: str | None, column_unit: str | None) -> float | None:
    """Return by how much to multiply; None if the units cannot be compared."""
    if unit is None or unit == column_unit:
        return 1.0
    if unit not in _UNITS:
        # A currency alone is no more than a way to write an amount.
        return 1.0 if column_unit is None else None
    measure, factor, _ = _UNITS[unit]
    if measure in _COUNTS and column_unit is None:
        return 1.0
    if column_unit not in _UNITS or _UNITS[column_unit][0] != measure:
        return None
    return factor / _UNITS[column_unit][1]


@lru_cache(maxsize=65_536)
def _split_number(text: str) -> _WrittenNumber | None:
    """Take a text apart; None if it is no number."""
    text = unicodedata.normalize("NFKC", text).replace("\u2212", "-").replace("\u2019", "'").strip()
    # Excel's mark for "this is text", which exports carry along: '0012.
    text = text[1:].strip() if text.startswith("'") else text
    is_bracketed = text.startswith("(") and text.endswith(")")
    if is_bracketed:
        text = text[1:-1].strip()
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    seconds = _read_span(text)
    if seconds is not None:
        return _WrittenNumber(seconds, seconds, "s")
    signs = match["sign"] + match["late_sign"] + (match["end_sign"] or "")
    suffix = _read_suffix((match["suffix"] or "").strip())
    # One sign at most: "-(5)" could be 5 or -5, and nobody should guess which.
    if len(signs) + is_bracketed > 1 or suffix is None:
        return None
    scale, unit = suffix
    currency = match["currency"]
    if currency is not None and unit is not None:
        return None
    factor = -scale if is_bracketed or signs == "-" else scale
    digits = match["digits"].strip()
    with_point, with_comma = _read_digits(digits, _POINT, ".", factor), _read_digits(digits, _COMMA, ",", factor)
    if with_point is None and with_comma is None:
        return None
    return _WrittenNumber(with_point, with_comma, unit if currency is None else _name_currency(currency))


def _read_span(text: str) -> float | None:
    """Return the seconds of a span of time in two or three units; None for anything else.

    >>> _read_span("1h 3m 21s"), _read_span("3 min 5 sec"), _read_span("3 min"), _read_span("1:03:21")
    (3801.0, 185.0, None, 3801.0)
    """
    clock = _CLOCK_SPAN.fullmatch(text)
    match = clock or _SPAN.fullmatch(text)
    if match is None or sum(part is not None for part in match.groups()) < _FEWEST_PARTS:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(3600 * hours + 60 * minutes + seconds)


def _read_digits(digits: str, pattern: re.Pattern[str], decimal: str, factor: float) -> float | None:
    """Return the digits as a number with this decimal sign; None if they cannot be read so."""
    if not pattern.fullmatch(digits):
        return None
    thousands = ",' " if decimal == "." else ".' "
    decimal_text = digits.translate(str.maketrans("", "", thousands)).replace(decimal, ".")
    number = float(decimal_text)
    return number if factor == 1 else number * factor


def _read_suffix(suffix: str) -> tuple[float, str | None] | None:
    """Return (scale, unit) of what stands behind the digits; None if it is neither.

    >>> _read_suffix("K"), _read_suffix("min"), _read_suffix("€"), _read_suffix("bananas")
    ((1000.0, None), (1.0, 'min'), (1.0, '€'), None)
    """
    if not suffix:
        return 1.0, None
    scale = _SCALES.get(suffix, _SCALES.get(suffix.lower()))
    if scale is not None:
        return scale, None
    unit = _UNITS.get(suffix.lower().rstrip("."))
    if unit is not None:
        return 1.0, unit[2]
    if re.fullmatch(_CURRENCY, suffix, re.IGNORECASE):
        return 1.0, _name_currency(suffix)
    scaled = re.fullmatch(rf"(?P<scale>[A-Za-z]+\.?)\s*(?P<currency>{_CURRENCY})", suffix)
    if scaled is not None and _SCALES.get(scaled["scale"], _SCALES.get(scaled["scale"].lower())):
        return _SCALES.get(scaled["scale"]) or _SCALES[scaled["scale"].lower()], _name_currency(scaled["currency"])
    return None


def _name_currency(text: str) -> str:
    """Return one name of a currency, however it is written."""
    name = text.upper().rstrip(".")
    return {"US$": "$", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "RS": "₹", "FR": "CHF"}.get(
        name, name
    )
