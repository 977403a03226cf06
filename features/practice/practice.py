"""What does this practice offer, where, to whom? ``practice.toml`` as plain frozen objects.

Lives here: clinics, services, the rules of its own score, the time zone, opening hours, the horizon, each with the
values it may have.
Does not live here: reading them from a file (``practice_file.practice_toml``), what can be wrong
(``practice_file.settings_shape``, ``practice_file.validation``), a first draft from the leads
(``practice_file.draft``), the phrases of messages (``text.phrase_lexicon``) and those that the practice adds
(``text.custom_phrases``).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, ClassVar, Literal, get_args
from zoneinfo import ZoneInfo

from annotated_types import Ge, Gt, Interval, Len, Predicate, Unit

from features.calendar.business_time import WeeklyHours
from features.calendar.opening_hours import DEFAULT_HOURS, parse_opening_hours
from features.practice.desk_team import TeamMember
from features.practice.display_formats import LocalFormats
from features.practice.queue_policy import Minutes, QueuePolicy
from features.practice.record_links import format_record_url, is_record_url

__all__ = ["PAGE_LANGUAGES", "LABELS", "ENTRY_TYPES", "Clinic", "Practice", "QualifyingRule", "Rule", "Service"]

Label = Literal["booked", "attended", "treated"]
LABELS = get_args(Label)
"""What a practice may count as a conversion."""

Locale = Literal["en-US", "en-CA", "en-GB", "en-IE", "en-AU"]

Text = Annotated[str, Predicate(str.strip)]
"""A text that is not blank."""

Texts = Annotated[tuple[Text, ...], Len(1)]
"""At least one text: an empty list could be meant as "none" or as "all", so it is left out instead."""

RecordUrl = Annotated[str, Predicate(is_record_url)]
"""An https address with ``{lead_id}`` in its path, query or fragment; or empty."""

Age = Annotated[int, Interval(ge=0, le=120)]


PAGE_LANGUAGES = ("en", "es")
"""Languages that the desk's pages have."""


@dataclass(frozen=True)
class Clinic:
    """One location where patients are seen.

    Parameters
    ----------
    name : str
    postal_code : str
        US ZIP code; the center of its area is the clinic's position.
    services : tuple of str
        Names of the services offered here; empty means all of them.
    radius_km : float
        Within this great-circle distance a lead counts as in the clinic's area.
    also_called : tuple of str
    coordinator : str
        Who takes over a lead that is booked here, such as "Rosa, ext. 14"; empty means ``QueuePolicy.hand_off_to``.
    latitude, longitude : float
        Degrees, WGS 84; where given they are the clinic's position instead of its ZIP code. NaN not given.
    opening_hours : tuple of str
        In the format of the practice's; empty means those of the practice.
    """

    name: Text
    postal_code: str = ""
    services: Texts = ()
    radius_km: Annotated[float, Gt(0), Unit("km")] = 40.0
    also_called: tuple[Text, ...] = ()
    latitude: Annotated[float, Interval(ge=-90, le=90), Unit("degrees")] = float("nan")
    longitude: Annotated[float, Interval(ge=-180, le=180), Unit("degrees")] = float("nan")
    opening_hours: Texts = ()
    coordinator: str = ""


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
    coordinator : str
        Who takes over a lead that is booked for it, at any clinic; empty means that of the clinic.
    """

    name: Text
    also_called: tuple[Text, ...] = ()
    payers: Texts = ()
    ages: tuple[Age, Age] = (0, 120)
    referral_required: bool = False
    value: Annotated[float, Ge(0)] = float("nan")
    coordinator: str = ""


@dataclass(frozen=True)
class Rule:
    """One line of the practice's own score, which a model has to beat.

    Parameters
    ----------
    when : str
        What must hold, such as ``asks_for_appointment`` or ``channel = referral``; see ``scoring_rules``.
    points : float
        What a lead gets for it; negative points lower its score.
    """

    when: str
    points: float


@dataclass(frozen=True)
class QualifyingRule:
    """One line of the practice's rule for leads that marketing calls qualified: one that fits any line is.

    Parameters
    ----------
    when : str
        What must hold, as in ``Rule``.
    """

    when: str


@dataclass(frozen=True)
class Practice:
    """A practice in its own words. Without arguments: a practice with the default settings.

    Parameters
    ----------
    timezone : str
        IANA name; a time without a zone is assumed to be in it.
    locale : {"en-US", "en-CA", "en-GB", "en-IE", "en-AU"}
        How times, distances, money and phone numbers are written; see ``display_formats``.
    horizon_days : int, 1 to 365
        A lead counts as converted when it does so within this many days after the moment it is scored.
    label : {"booked", "attended", "treated"}
        What counts as a conversion: the appointment made, kept, or the treatment begun.
    response_target_minutes : int
        How soon the practice wants a new lead to be called.
    monthly_booking_goal : int
        Bookings a month that the practice aims for; the insights say whether that holds. 0: no goal.
    emergency_sentence : str
        What the desk reads out when a message sounds like an emergency.
    opening_hours : tuple of str
        Lines such as "Mon-Fri 08:00-17:00" in the practice's time zone; the practice is closed on days that no line
        names. See ``calendar.opening_hours``.
    phrases : dict
        What the practice's own phrase file adds to the default phrases, in that file's layout. In practice.toml: the
        name of the file.
    rules : tuple of Rule
        The practice's own score, the sum of its points; empty means the rules that training brings
        (``training.model.rules_baseline.DEFAULT_RULES``).
    qualified : tuple of QualifyingRule
        Which leads the practice's marketing calls qualified; it never enters the score.
    words : dict
        The practice's own words for channels, values and columns of its export: ``google_ads = "Google ad"``.
    texts : dict
        Language of the desk's pages (``PAGE_LANGUAGES``) -> the English text -> what the practice writes instead.
    crm_record_url : str
        Address of a lead's record in the CRM, with ``{lead_id}`` where its id stands; empty for none.
    team : tuple of TeamMember
        Who gets new leads, where ``desk.assignment`` names a rule.
    desk : QueuePolicy
        The order in which open leads are called, and who gets them.

    >>> Practice().horizon_days
    30
    """

    # Read by pydantic, which checks practice.toml against these types: no conversions, no unknown settings, no NaN.
    __pydantic_config__: ClassVar[dict[str, Any]] = {"strict": True, "extra": "forbid", "allow_inf_nan": False}

    name: Text = "Unnamed practice"
    timezone: str = "America/New_York"
    locale: Locale = "en-US"
    horizon_days: Annotated[int, Interval(ge=1, le=365), Unit("days")] = 30
    label: Label = "booked"
    response_target_minutes: Minutes = 15
    monthly_booking_goal: Annotated[int, Interval(ge=0, le=1_000_000)] = 0
    emergency_sentence: str = "If this is an emergency, hang up and call 911."
    opening_hours: Texts = DEFAULT_HOURS
    phrases: Mapping[str, Any] = field(default_factory=dict, hash=False)
    words: Mapping[str, str] = field(default_factory=dict, hash=False)
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)
    crm_record_url: RecordUrl = ""
    clinics: tuple[Clinic, ...] = ()
    services: tuple[Service, ...] = ()
    rules: tuple[Rule, ...] = ()
    qualified: tuple[QualifyingRule, ...] = ()
    team: tuple[TeamMember, ...] = ()
    desk: QueuePolicy = field(default_factory=QueuePolicy)

    @property
    def zone(self) -> ZoneInfo:
        """The practice's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def formats(self) -> LocalFormats:
        """How this practice writes times, distances, money and phone numbers."""
        return LocalFormats(self.locale)

    def format_record_url(self, lead_id: str) -> str:
        """Return the address of a lead's record in the CRM; empty where the practice has named none.

        >>> Practice(crm_record_url="https://localhost/contact/{lead_id}").format_record_url("a/7")
        'https://localhost/contact/a%2F7'
        """
        return format_record_url(self.crm_record_url, lead_id)

    def open_minutes(self, clinic: Clinic | None = None) -> WeeklyHours:
        """Return when the practice (or one of its clinics) is open, in its time zone.

        Minutes since midnight for each weekday, Monday first.

        >>> Practice().open_minutes()[0], Practice().open_minutes()[6]
        (((480, 1020),), ())
        """
        clinic_hours = clinic.opening_hours if clinic is not None else ()
        return parse_opening_hours(clinic_hours or self.opening_hours)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; ``practice_from_dict`` reads them back.

        Empty lists and unknown numbers are left out.
        """
        settings = asdict(self) | {"desk": self.desk.to_dict()}
        return {
            name: [_drop_unset(entry) for entry in value] if name in ENTRY_TYPES else value
            for name, value in _drop_unset(settings).items()
        }


ENTRY_TYPES: dict[str, type] = {
    "clinics": Clinic,
    "services": Service,
    "rules": Rule,
    "qualified": QualifyingRule,
    "team": TeamMember,
}
"""The settings that are arrays of tables, and the type of each entry."""


def _drop_unset(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of ``entry`` without empty and NaN values; tuples become lists."""
    # NaN is the only value that differs from itself.
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in entry.items()
        if value == value and value not in ((), {})
    }
