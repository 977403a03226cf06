"""Which signals are there, and what does each promise? ``@signal``, the catalogue, and the words the desk reads.

Lives here: the declaration of a signal, describing a value in words, the catalogue in a fixed order.
Does not live here: the signals themselves (``signals``), computing them over a batch (``feature_matrix``), whether they
still mean the same (``signal_fingerprint``).
"""

import inspect
import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from importlib import import_module
from typing import Any, NamedTuple, TypedDict, Unpack

import numpy as np

from features.array_types import FloatArray
from features.column_words import lower_first
from features.errors import SignalError

__all__ = ["CATALOGUE", "FAMILIES", "UNITS", "Signal", "signal", "sort_by_family"]

FAMILIES = {
    "intent": "Does the person want care?",
    "urgency": "How soon do they want it?",
    "specificity": "How precisely does the person say what they need?",
    "service_fit": "Do we offer what is asked for?",
    "eligibility": "May this person have it here, by the service's own rules?",
    "location_fit": "Is one of our clinics near enough?",
    "consistency": "Does what they say fit together?",
    "engagement": "How warm is the conversation right now?",
    "reachability": "Can we reach this person?",
    "trust": "Is this a real, new inquiry?",
    "decision": "Who is asking, and can they decide?",
    "referral_context": "Who sent them, and why?",
    "track_record": "How did leads like this do before?",
    "season_and_hours": "When did they come, and what time is it for them and for us?",
    "custom": "What else does the practice's own export say?",
}

UNITS = {
    "yes/no": ("", "", 0.0, 1.0),
    "probability": ("", "", 0.0, 1.0),
    "share": ("", "", 0.0, 1.0),
    "times": ("time", "times", 0.0, math.inf),
    "words": ("word", "words", 0.0, math.inf),
    "clinics": ("clinic", "clinics", 0.0, math.inf),
    "rules": ("rule", "rules", 0.0, math.inf),
    "ways": ("way", "ways", 0.0, math.inf),
    "touches": ("touch", "touches", 0.0, math.inf),
    "pages": ("page", "pages", 0.0, math.inf),
    "minutes": ("minute", "minutes", 0.0, math.inf),
    "hours": ("hour", "hours", 0.0, math.inf),
    "days": ("day", "days", -math.inf, math.inf),
    "km": ("km", "km", 0.0, math.inf),
    "hour of day": ("", "", 0.0, 24.0),
    "day of week": ("", "", 0.0, 6.0),
    "month": ("", "", 1.0, 12.0),
    "number": ("", "", -math.inf, math.inf),
    "category": ("", "", 0.0, math.inf),
}
"""Unit -> (singular, plural, lowest, highest); bounds inclusive."""

SAID_FROM, SURE_FROM, UNSAID_BELOW = 0.5, 0.8, 0.2
"""A probability counts as yes from one half on. In words it is a plain yes from ``SURE_FROM`` on and a no below the
last; between them, perhaps."""

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_SOURCE = re.compile(r"(?:words|event|clinic|field|form|record|clock|rule|service|place):[a-z_, ]+")


@dataclass(frozen=True)
class Signal:
    """One number per moment, and the words for it.

    Parameters
    ----------
    name : str
        The model's column. Full words, with its unit when it has one.
    family : str, one of ``FAMILIES``
    unit : str, one of ``UNITS``
    needs : tuple of str
        Columns, ``events``, ``clinics``, ``services`` or ``history`` without which the signal is unknown and dropped.
        ``a|b`` means one of the two is enough. The signal is unknown for a lead whose source did not send them.
    blocks : tuple of str
    monotone : {-1, 0, 1}
        Policy: +1, more never lowers the score; -1, more never raises it.
    reason : str
        Shown to the intake lead about the lead when the value is not zero. ``{value}`` is the value with its unit.
    absent : str
        Shown instead when the value is zero, or a probability is low; when empty, ``reason`` serves for zero too.
    unknown : str
        Shown when the value is NaN.
    compute : callable (Batch, Blocks) -> float array of shape (n,)
    categories : tuple of str
        A category signal's values by code; code 0 is "another value".
    group : str
        Signals of one group are one reason (the channel and the channel's booking rate); the signal's own name when
        empty.
    evidence : tuple of str
        What the value rests on, each a source that ``evidence`` can show for one lead: ``words:urgency``, ``event:last
        inbound``, ``clinic:nearest``, ``field:payer``. Empty for a column used as it is: it rests on itself.
    version : int
        Increase it when the signal means something else in a way that the example leads (``example_leads``) do not
        show: models trained with the earlier version are refused then.
    reads : tuple of str
        Columns that change the value but are not needed. Where the practice has such a column and the lead's source did
        not send it, the signal is unknown too: what was not sent must not count as a no.
    refined_by : tuple of str
        Columns that make the value more exact; where one was not sent, the value is computed from the others.
    """

    name: str
    family: str
    unit: str
    reason: str
    unknown: str
    compute: Callable[..., FloatArray]
    needs: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    monotone: int = 0
    absent: str = ""
    categories: tuple[str, ...] = ()
    group: str = ""
    evidence: tuple[str, ...] = ()
    version: int = 1
    reads: tuple[str, ...] = ()
    refined_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.family not in FAMILIES or self.unit not in UNITS or self.monotone not in (-1, 0, 1):
            raise SignalError(
                f"signal {self.name!r}: family {self.family!r}, unit {self.unit!r}, monotone {self.monotone!r}. "
                f"Expected a family of {sorted(FAMILIES)}, a unit of {sorted(UNITS)}, and -1, 0 or 1; "
                "fix the declaration."
            )
        if not self.reason or not self.unknown:
            missing = "reason" if not self.reason else "unknown"
            raise SignalError(
                f"signal {self.name!r}: has no {missing} text. An unknown value is an answer too; write one."
            )
        wrong = [source for source in self.evidence if not _SOURCE.fullmatch(source)]
        if wrong:
            raise SignalError(
                f"signal {self.name!r}: evidence {wrong} is not a source. Expected for example 'words:urgency'; "
                "see features/explain/evidence.py."
            )
        object.__setattr__(self, "group", self.group or self.name)

    def __reduce__(self) -> tuple[Callable[..., "Signal"], tuple[dict[str, Any]]]:
        """Pickle a declared function by its signal: in its module its name is the signal, and pickle takes no other."""
        state = {field.name: getattr(self, field.name) for field in fields(self)}
        location = _Place(getattr(self.compute, "__module__", ""), getattr(self.compute, "__name__", ""))
        declared = getattr(sys.modules.get(location.module), location.name, None)
        if isinstance(declared, Signal) and declared.compute is self.compute:
            state["compute"] = location
        return _restore_signal, (state,)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of everything that may change the value, each once, in the order of the declaration."""
        needed = (name for need in self.needs for name in need.split("|"))
        return tuple(dict.fromkeys((*needed, *self.reads, *self.refined_by)))

    @property
    def is_category(self) -> bool:
        """Whether the values are codes of ``categories``."""
        return self.unit == "category"

    def is_yes(self, values: FloatArray) -> np.ndarray:
        """Return where a value means yes: from one half on for a probability, else anything but zero. NaN is no."""
        with np.errstate(invalid="ignore"):
            return np.asarray(values >= SAID_FROM if self.unit == "probability" else np.nan_to_num(values) != 0)

    @property
    def question(self) -> str:
        """First paragraph of the signal's docstring, on one line."""
        return " ".join((inspect.getdoc(self.compute) or "").partition("\n\n")[0].split())

    def describe_value(self, value: float) -> str:
        """Describe the value in words, as one sentence without a period.

        >>> wish = CATALOGUE["asks_for_appointment"].describe_value
        >>> wish(0.9), wish(0.6), wish(0.1)
        ('Wants to be seen', 'Perhaps wants to be seen', 'Does not ask to be seen')
        >>> CATALOGUE["attempts_made"].describe_value(2.0)
        'Called or written to 2 times so far'
        >>> CATALOGUE["distance_to_offering_clinic"].describe_value(float("nan"))
        'No location given'
        >>> CATALOGUE["days_since_last_touch"].describe_value(62 / 1440)
        'Last heard from 62 minutes ago'
        """
        if math.isnan(value):
            return self.unknown
        if self.unit == "probability" and UNSAID_BELOW <= value < SURE_FROM:
            return f"Perhaps {lower_first(self.reason)}"
        if self.absent and (value == 0 or (self.unit == "probability" and value < UNSAID_BELOW)):
            return self.absent
        return self.reason.replace("{value}", self.format_value(value))

    def format_value(self, value: float) -> str:
        """Format the value with its unit, rounded as people say it: whole from two on, with one decimal below.

        >>> days = CATALOGUE["days_since_last_touch"].format_value
        >>> days(9.8), days(2.4), days(1.5), days(1234.5)
        ('10 days', '2 days', '1.5 days', '3 years')
        """
        if self.is_category:
            return self.categories[int(value)] if 0 < int(value) < len(self.categories) else "a rare or new value"
        if self.unit == "share":
            return f"{100 * value:.0f} in 100"
        if self.unit == "day of week":
            return _WEEKDAYS[int(value)]
        if self.unit == "month":
            return _MONTHS[int(value) - 1]
        if self.unit == "hour of day":
            return f"{int(value):02d}:00"
        singular, plural = UNITS[self.unit][:2]
        is_made_smaller = False
        for rule in _UNIT_CONVERSIONS:
            if rule.unit == self.unit and rule.lowest <= abs(value) < rule.below:
                value, singular, plural = value / rule.divisor, rule.singular, rule.plural
                is_made_smaller = rule.divisor < 1
                break
        # Nobody says "9.8 days ago". Numbers of a practice's own columns keep their decimals: 3.5 may be a grade.
        first_whole = 10 if self.unit == "number" else 1 if is_made_smaller else 2
        is_whole = abs(value) >= first_whole
        text = f"{value:,.0f}" if is_whole else f"{value:.1f}".removesuffix(".0")
        # By the text and not the value: 1.04 days are shown as 1, so "1 day".
        return f"{text} {singular if text == '1' else plural}".strip()


class _Place(NamedTuple):
    """Where a signal is declared."""

    module: str
    name: str


def _restore_signal(state: dict[str, Any]) -> Signal:
    """Return the signal that ``Signal.__reduce__`` pickled."""
    location = state["compute"]
    compute = (
        getattr(import_module(location.module), location.name).compute if isinstance(location, _Place) else location
    )
    return Signal(**state | {"compute": compute})


class _UnitConversion(NamedTuple):
    """How a value from ``lowest`` up to ``below`` of one unit is shown in another."""

    unit: str
    lowest: float
    below: float
    divisor: float
    singular: str
    plural: str


_UNIT_CONVERSIONS = (
    _UnitConversion("minutes", 120, 2880, 60, "hour", "hours"),
    _UnitConversion("minutes", 2880, math.inf, 1440, "day", "days"),
    _UnitConversion("hours", 0, 2, 1 / 60, "minute", "minutes"),
    _UnitConversion("hours", 48, math.inf, 24, "day", "days"),
    _UnitConversion("days", 0, 1 / 12, 1 / 1440, "minute", "minutes"),
    _UnitConversion("days", 1 / 12, 1, 1 / 24, "hour", "hours"),
    _UnitConversion("days", 60, 730.5, 30.44, "month", "months"),
    _UnitConversion("days", 730.5, math.inf, 365.25, "year", "years"),
)
"""3,000 minutes reads as "2 days", a hundredth of a day as "14 minutes"."""

CATALOGUE: dict[str, Signal] = {}
"""Every declared signal by name, in the order of declaration. ``features.signals`` fills it."""


def sort_by_family() -> None:
    """Put the catalogue in the order of ``FAMILIES``, inside a family in the order of declaration."""
    order = {family: position for position, family in enumerate(FAMILIES)}
    by_family = sorted(CATALOGUE.values(), key=lambda signal: order[signal.family])
    CATALOGUE.clear()
    CATALOGUE.update({signal.name: signal for signal in by_family})


class SignalOptions(TypedDict, total=False):
    """What a declaration may say besides; see ``Signal`` for each."""

    absent: str
    needs: tuple[str, ...]
    blocks: tuple[str, ...]
    monotone: int
    group: str
    version: int
    reads: tuple[str, ...]
    refined_by: tuple[str, ...]


def signal(
    *,
    family: str,
    unit: str,
    reason: str,
    unknown: str,
    evidence: tuple[str, ...],
    **options: Unpack[SignalOptions],
) -> Callable[[Callable[..., FloatArray]], Signal]:
    """Declare a function as a signal. Its name becomes the model's column; see ``Signal`` for the arguments.

    Raises
    ------
    SignalError
        If the name is taken, or the declaration breaks a rule of ``Signal``.
    """

    def declare(compute: Callable[..., FloatArray]) -> Signal:
        if compute.__name__ in CATALOGUE:
            raise SignalError(
                f"signal {compute.__name__!r}: is declared twice. Names are the model's columns; rename one of them."
            )
        if not evidence:
            raise SignalError(
                f"signal {compute.__name__!r}: rests on nothing. Name its evidence, such as ('field:payer',); "
                "see features/explain/evidence.py."
            )
        declared = Signal(
            name=compute.__name__,
            family=family,
            unit=unit,
            reason=reason,
            unknown=unknown,
            evidence=evidence,
            compute=compute,
            **options,
        )
        CATALOGUE[declared.name] = declared
        return declared

    return declare
