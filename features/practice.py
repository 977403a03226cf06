"""What does this practice offer, where, to whom? ``practice.toml`` as plain frozen objects.

Lives here: clinics, services, the rules of its own score, the time zone, opening hours, the horizon, and reading them with every fault and its line in one report.
Does not live here: what can be wrong (``practice_faults``), a first draft from the leads (``practice_draft``), the words people use in
messages (``phrases.toml``, read by ``blocks.text``) and those the practice adds to them (``own_phrases``).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from features.desk_policy import OrderPolicy
from features.errors import PracticeError
from features.open_time import Week
from features.opening_hours import USUAL, week_of
from features.practice_faults import LABELS, Fault, faults_of, spoken
from features.toml_lines import Path as Place
from features.toml_lines import line_of, lines_of

__all__ = ["LABELS", "Clinic", "Practice", "Rule", "Service", "read_practice"]


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
        Lines such as "Mon-Fri 08:00-17:00" on the practice's own clock; days that no line names are closed. See ``opening_hours``.
    phrases : dict
        What the practice's own phrase file adds to the shipped phrases, in that file's layout. In practice.toml: the name of the file.
    rules : tuple of Rule
        The practice's own score, the sum of its points; empty means the rules that training brings (``training.rules.USUAL_RULES``).
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
    opening_hours: tuple[str, ...] = USUAL
    phrases: Mapping[str, Any] = field(default_factory=dict, hash=False)
    clinics: tuple[Clinic, ...] = ()
    services: tuple[Service, ...] = ()
    rules: tuple[Rule, ...] = ()
    desk: OrderPolicy = field(default_factory=OrderPolicy)

    @property
    def zone(self) -> ZoneInfo:
        """The practice's time zone."""
        return ZoneInfo(self.timezone)

    def open_minutes(self, clinic: Clinic | None = None) -> Week:
        """When the practice (or one of its clinics) is open: minutes since midnight for each weekday, Monday first, on its own clock.

        >>> Practice().open_minutes()[0], Practice().open_minutes()[6]
        (((480, 1020),), ())
        """
        own = clinic.opening_hours if clinic is not None else ()
        return week_of(own or self.opening_hours)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; ``Practice.from_dict`` takes them back. What was not said (empty lists, unknown numbers) is left out."""
        plain = asdict(self) | {"desk": self.desk.to_dict()}
        return {name: [_said(entry) for entry in value] if name in _LISTS else value for name, value in _said(plain).items()}

    @classmethod
    def from_dict(cls, plain: dict[str, Any], where: str = "practice") -> "Practice":
        """The practice that ``to_dict`` or practice.toml describes.

        Raises
        ------
        PracticeError
            With every fault at once.
        """
        settings = _settings_of(plain)
        _must_hold([_reported(fault, where, {}) for fault in faults_of(settings, cls, _LISTS)], where)
        return _built(settings)


_LISTS: dict[str, type] = {"clinics": Clinic, "services": Service, "rules": Rule}
"""What stands in lists of its own, and what each entry is."""


def read_practice(path: str | Path | None) -> Practice:
    """The practice described in a TOML file, or one about which nothing is said when ``path`` is None.

    Raises
    ------
    PracticeError
        If the file, or the phrase file it names, is missing, is not TOML, or contradicts itself: every fault in one report, with its line.
    """
    if path is None:
        return Practice()
    path = Path(path)
    text = _text_of(path, f"practice: there is no file {str(path)!r}. Name an existing practice.toml, or leave --practice out.")
    plain, lines = _parsed(text, path.name), lines_of(text)
    settings = _settings_of(plain)
    phrases, faults = _phrases_beside(path, settings.get("phrases"), lines)
    faults += [_reported(fault, path.name, lines) for fault in faults_of(settings | {"phrases": phrases}, Practice, _LISTS)]
    _must_hold(faults, str(path))
    return _built(settings | {"phrases": phrases})


_Report = tuple[str, int, str]
"""File, line (0 not known) and sentence of one fault."""


def _must_hold(reports: list[_Report], where: str) -> None:
    """Raise PracticeError with every fault in the order of the lines; nothing happens where there is none."""
    if reports:
        said = "\n".join(f"  - {sentence}" for _, _, sentence in sorted(reports))
        raise PracticeError(
            f"{where}: {len(reports)} {'fault. Mend it' if len(reports) == 1 else 'faults. Mend them'} and try again.\n{said}"
        )


def _reported(fault: Fault, where: str, lines: Mapping[Place, int]) -> _Report:
    """A fault with the line of what it is about."""
    place, words = fault
    other = place[1:] if place[:1] == ("practice",) else ("practice", *place)  # settings may stand in [practice] or before any section
    line = lines.get(place) or lines.get(other) or line_of(place, lines) or line_of(other, lines)
    return where, line or 0, f"{where}{f' line {line}' if line else ''}: {spoken(place)}: {words}"


def _settings_of(plain: dict[str, Any]) -> dict[str, Any]:
    """The settings of [practice] beside clinics and services."""
    own = plain.get("practice", {})
    others = {name: value for name, value in plain.items() if name != "practice"}
    return {**own, **others} if isinstance(own, dict) else {**others, "practice": own}


def _phrases_beside(path: Path, named: Any, lines: Mapping[Place, int]) -> tuple[dict[str, Any], list[_Report]]:
    """What the phrase file named in a practice.toml says, and what is wrong with it."""
    if not isinstance(named, str):
        wrong = ("practice", "phrases"), f"found {named!r}, expected the name of a file beside this one, in quotes."
        return {}, [] if named is None else [_reported(wrong, path.name, lines)]
    file = path.parent / named
    if not file.is_file():
        return {}, [
            _reported(
                (("practice", "phrases"), f"there is no file {named!r} beside {path.name}. Write one, or take the line out."),
                path.name,
                lines,
            )
        ]
    from features.own_phrases import faults_of as phrase_faults  # reads messages, and whoever does that reads practices

    text = _text_of(file, f"phrases: {named!r} cannot be read.")
    plain, there = _parsed(text, file.name), lines_of(text)
    return plain, [_reported(fault, file.name, there) for fault in phrase_faults(plain)]


def _text_of(path: Path, absent: str) -> str:
    """A file's text in UTF-8, with or without a byte order mark."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError):
        raise PracticeError(absent) from None
    except UnicodeDecodeError as fault:
        raise PracticeError(f"{path.name}: is not text in UTF-8 (byte {fault.start}). Save it as UTF-8 and try again.") from None


def _parsed(text: str, where: str) -> dict[str, Any]:
    """TOML as plain values. tomllib stops at the first fault of spelling, and names its line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise PracticeError(
            f"{where}: is not readable as TOML: {fault}. Mend that line and try again; "
            "further faults can be told only when the whole file can be read."
        ) from None


def _built(settings: dict[str, Any]) -> Practice:
    """The practice that settings without a fault describe."""
    lists = {name: tuple(_made(kind, entry) for entry in settings.get(name, ())) for name, kind in _LISTS.items()}
    own = {name: value for name, value in settings.items() if name not in _LISTS and name != "desk"}
    return Practice(**{**vars(_made(Practice, own)), **lists, "desk": OrderPolicy.of(settings.get("desk", {}))})


def _made(kind: type, entry: dict[str, Any]) -> Any:
    """``kind(**entry)`` with lists as tuples and numbers as their type says."""
    types = {one.name: one.type for one in fields(kind)}
    return kind(
        **{
            name: tuple(value) if isinstance(value, list) else float(value) if types[name] is float else value
            for name, value in entry.items()
        }
    )


def _said(entry: dict[str, Any]) -> dict[str, Any]:
    """The settings that say something."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in entry.items()
        if value == value and value not in ((), {})
    }
