"""How is a signal's value worded for the person who calls? Plain words and the practice's own formats.

Lives here: the words of ``reason_words.toml`` filled in, names of columns and values.
Does not live here: which reasons are shown (``reasons``, ``reason_groups``), what a signal means
(``features.signals``).
"""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from features.column_words import head_column, lower_first
from features.explain.plain_names import name_value
from features.practice.display_formats import LocalFormats
from features.practice.practice import Practice
from features.registry import CATALOGUE, SURE_FROM, UNSAID_BELOW, Signal
from features.schema import CUSTOM_PREFIX
from features.signals.sent_columns import SENT_PREFIX, describe_sent

__all__ = ["ReasonWords", "SignalTexts", "load_reason_words"]


class SignalTexts(NamedTuple):
    """What a signal says of a value, of zero (empty: as of any other), of NaN, and of a whole share (the same)."""

    reason: str
    absent: str
    unknown: str
    whole: str = ""


_TIMES = {"1 time": "once", "2 times": "twice"}
_SAID_AS_ZERO = {
    "stated_timeframe": 0.5,
    "chosen_timeframe": 1.0,
    "area_code_distance": 80.0,
    "minutes_to_first_attempt": 1.0,
    "minutes_to_answer": 1.0,
    "longest_call": 0.1,
    "hours_open": 1 / 60,
    "days_since_last_touch": 1 / 1440,
}
"""Signal -> value up to which its words are those of zero: "as soon as possible" is a day on some forms, an area code
covers some 50 miles, and what took less than a minute was right away."""
_DAYS_AWAY = "{value} from the day of scoring"


@cache
def load_reason_words() -> dict[str, dict[str, str]]:
    """Return signal -> its texts by name: reason, absent, unknown."""
    return tomllib.loads((Path(__file__).parent / "reason_words.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class ReasonWords:
    """Words the values of signals for one practice.

    Parameters
    ----------
    formats : LocalFormats
    own_names : mapping
        The practice's own words for columns and values, from ``[practice.words]``.
    """

    formats: LocalFormats = LocalFormats()
    own_names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, practice: Practice) -> "ReasonWords":
        """Return the words of a practice."""
        return cls(practice.formats, practice.words)

    def list_texts(self, signal: Signal) -> SignalTexts:
        """Return a signal's texts, with ``{value}`` where the value stands."""
        texts = load_reason_words().get(signal.name, {})
        return SignalTexts(
            texts.get("reason", signal.reason),
            texts.get("absent", signal.absent),
            texts.get("unknown", signal.unknown),
            texts.get("whole", ""),
        )

    def describe(self, signal: Signal, value: float) -> str:
        """Describe a signal's value in words, as one sentence without a period.

        >>> from features.registry import CATALOGUE
        >>> import features.signals
        >>> words = ReasonWords()
        >>> words.describe(CATALOGUE["distance_to_offering_clinic"], 20.0)
        '12 miles from the nearest location with this service'
        >>> words.describe(CATALOGUE["times_reached"], 1.0), words.describe(CATALOGUE["inbound_touches"], float("nan"))
        ('We spoke once', 'No contact history')
        >>> wish = CATALOGUE["asks_for_appointment"]
        >>> [words.describe(wish, value) for value in (0.9, 0.6, 0.1)]
        ['Wants an appointment', 'Maybe: wants an appointment', "Didn't ask for an appointment"]
        """
        if signal.name.startswith(SENT_PREFIX):
            return describe_sent(signal.name.removeprefix(SENT_PREFIX), value >= 1, self.own_names)
        if signal.name not in CATALOGUE:
            return self._describe_column(signal, value)
        texts = self.list_texts(signal)
        if math.isnan(value):
            return texts.unknown
        if signal.unit == "probability" and UNSAID_BELOW <= value < SURE_FROM:
            return f"Maybe: {lower_first(texts.reason)}"
        is_absent = value < UNSAID_BELOW if signal.unit == "probability" else value <= _SAID_AS_ZERO.get(signal.name, 0)
        if texts.absent and is_absent:
            return texts.absent
        if texts.whole and value >= 1:
            return texts.whole
        text = texts.reason.replace("{value}", self._format_value(signal, value))
        return text[:1].upper() + text[1:]

    def _format_value(self, signal: Signal, value: float) -> str:
        """Format a value with its unit, as the practice writes it."""
        if signal.unit == "km":
            return self.formats.format_distance(value)
        if signal.unit == "share":
            # A rate is never exactly none or all: it leans towards the practice's own (``signals.track_record``).
            if value < 0.005:
                return "under 1%"
            return "over 99%" if 0.995 <= value < 1 else self.formats.format_percent(value)
        if signal.unit == "hour of day":
            return self.formats.format_minute(60 * int(value))
        if signal.name == "opening_hours_waited":
            # Days of 24 open hours would be read as working days.
            if value < 0.5:
                return "less than an open hour"
            return f"{value:,.0f} open {'hour' if round(value) == 1 else 'hours'}"
        if signal.unit == "hours" and value < 1 / 60:
            return "less than a minute"
        if signal.unit == "minutes" and value < 1:
            return f"{60 * value:.0f} seconds"
        if signal.unit == "rules":
            return f"{value:.0f} {'requirement' if value == 1 else 'requirements'}"
        if signal.unit == "clinics":
            return f"{value:.0f} {'location' if value == 1 else 'locations'}"
        text = signal.format_value(value)
        return _TIMES.get(text, text)

    def _describe_column(self, signal: Signal, value: float) -> str:
        """Describe a value of the practice's own column, in words instead of raw names."""
        column = signal.group.removeprefix(CUSTOM_PREFIX)
        label = head_column(column, self.own_names)
        if signal.reason.endswith(_DAYS_AWAY) and not math.isnan(value):
            away = signal.format_value(abs(value))
            return f"{label}: {'today' if value == 0 else f'in {away}' if value > 0 else f'{away} ago'}"
        text = signal.describe_value(value)
        before, separator, after = text.partition(": ")
        if not separator:
            # "Of earlier leads with the same tier, 31 in 100 booked"
            share = f"{self.formats.format_percent(value)} booked" if value == value else "no results yet"
            return f"{label}: of leads with the same, {share}"
        if signal.is_category and not math.isnan(value):
            after = name_value(after, self.own_names, column)
        return f"{label}: {after}"
