"""What does this practice offer, where, to whom? ``practice.toml`` as plain frozen objects.

Lives here: clinics, services, the rules of its own score, the time zone, opening hours, the horizon.
Does not live here: reading them from a file (``practice_toml``), what can be wrong (``practice_faults``), a first draft
from the leads (``practice_draft``), the words people use in messages (``phrases.toml``) and those the practice adds to
them (``own_phrases``)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from features.calendar.business_time import WeeklyHours
from features.calendar.opening_hours import DEFAULT_HOURS, parse_opening_hours
from features.practice.queue_policy import QueuePolicy

__all__ = ["LABELS", "ENTRY_TYPES", "Clinic", "Practice", "Rule", "Service"]

LABELS = ("booked", "attended", "treated")
"""What a practice may count as a conversion."""


@dataclass(frozen=True)
class Clinic:
    """One place where patients are seen.

    Parameters
    ----------
    name : str
    postal_code : str
        US ZIP code; the centre of its area stands for the clinic's position.
    services : tuple of str
        Names of the services offered here; empty means all of them.
    radius_km : float
        Within this great-circle distance a lead counts as in the clinic's area.
    also_called : tuple of str
    latitude, longitude : float
        Degrees, WGS 84; where given they stand for the clinic's position in place of its ZIP. NaN not given.
    opening_hours : tuple of str
        As the practice's; empty means those of the practice.
    """

    name: str
    postal_code: str = ""
    services: tuple[str, ...] = ()
    radius_km: float = 40.0
    also_called: tuple[str, ...] = ()
    latitude: float = float("nan")
    longitude: float = float("nan")
    opening_hours: tuple[str, ...] = ()


@dataclass(frozen=True)
class Service:
    """One thing the practice does.

    Parameters
    ----------
    name : str
    also_called : tuple of str
        Synonyms and common spellings, as people write them.
    payers : tuple of str
        Payers accepted for it; empty means any.
    ages : tuple of two int
        Inclusive years of age it is offered to.
    referral_required : bool
    value : float
        What one booking is worth, in the practice's currency; NaN unknown.
    """

    name: str
    also_called: tuple[str, ...] = ()
    payers: tuple[str, ...] = ()
    ages: tuple[int, int] = (0, 120)
    referral_required: bool = False
    value: float = float("nan")


@dataclass(frozen=True)
class Rule:
    """One line of the practice's own score, the one that a model has to beat.

    Parameters
    ----------
    when : str
        What must hold, such as ``asks_for_appointment`` or ``channel = referral``; see ``score_rules``.
    points : float
        What a lead gets for it; less than 0 takes away.
    """

    when: str
    points: float


@dataclass(frozen=True)
class Practice:
    """A practice in its own words. With no arguments: a practice about which nothing was said.

    Parameters
    ----------
    timezone : str
        IANA name; a time without a zone is taken to be in it.
    horizon_days : int, 1 to 365
        A lead counts as converted when it does so within this many days after the moment it is scored.
    label : {"booked", "attended", "treated"}
        What counts as a conversion: the appointment made, kept, or the treatment begun.
    response_target_minutes : int
        How soon the practice wants a new lead to be called.
    emergency_sentence : str
        What the desk reads out when a message sounds like an emergency.
    opening_hours : tuple of str
        Lines such as "Mon-Fri 08:00-17:00" on the practice's own clock; days that no line names are closed. See
        ``opening_hours``.
    phrases : dict
        What the practice's own phrase file adds to the shipped phrases, in that file's layout. In practice.toml: the
        name of the file.
    rules : tuple of Rule
        The practice's own score, the sum of its points; empty means the rules that training brings
        (``training.model.rules_baseline.DEFAULT_RULES``).
    desk : OrderPolicy
        In which order open leads are called.

    >>> Practice().horizon_days
    30
    """

    name: str = "Unnamed practice"
    timezone: str = "America/New_York"
    horizon_days: int = 30
    label: str = "booked"
    response_target_minutes: int = 15
    emergency_sentence: str = "If this is an emergency, hang up and call 911."
    opening_hours: tuple[str, ...] = DEFAULT_HOURS
    phrases: Mapping[str, Any] = field(default_factory=dict, hash=False)
    clinics: tuple[Clinic, ...] = ()
    services: tuple[Service, ...] = ()
    rules: tuple[Rule, ...] = ()
    desk: QueuePolicy = field(default_factory=QueuePolicy)

    @property
    def zone(self) -> ZoneInfo:
        """The practice's time zone."""
        return ZoneInfo(self.timezone)

    def open_minutes(self, clinic: Clinic | None = None) -> WeeklyHours:
        """When the practice (or one of its clinics) is open: minutes since midnight for each weekday, Monday first, on
        its own clock.

        >>> Practice().open_minutes()[0], Practice().open_minutes()[6]
        (((480, 1020),), ())
        """
        own = clinic.opening_hours if clinic is not None else ()
        return parse_opening_hours(own or self.opening_hours)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; ``practice_from_dict`` takes them back.

        What was not said (empty lists, unknown numbers) is left out.
        """
        plain = asdict(self) | {"desk": self.desk.to_dict()}
        return {
            name: [_drop_unset(entry) for entry in value] if name in ENTRY_TYPES else value for name, value in _drop_unset(plain).items()
        }


ENTRY_TYPES: dict[str, type] = {"clinics": Clinic, "services": Service, "rules": Rule}
"""What stands in lists of its own, and what each entry is."""


def _drop_unset(entry: dict[str, Any]) -> dict[str, Any]:
    """The settings that say something."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in entry.items()
        if value == value and value not in ((), {})
    }
