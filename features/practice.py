"""What does this practice offer, where, to whom? ``practice.toml`` as plain frozen objects.

Lives here: clinics, services, the time zone, the horizon, and reading them with every fault in one report.
Does not live here: the words people use in messages (``phrases.toml``, read by ``blocks.text``).
"""

import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from features.errors import PracticeError

__all__ = ["LABELS", "Clinic", "Practice", "Service", "read_practice"]

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
    """

    name: str
    postal_code: str = ""
    services: tuple[str, ...] = ()
    radius_km: float = 40.0
    also_called: tuple[str, ...] = ()


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

    >>> Practice().horizon_days
    30
    """

    name: str = "Unnamed practice"
    timezone: str = "America/New_York"
    horizon_days: int = 30
    label: str = "booked"
    response_target_minutes: int = 15
    emergency_sentence: str = "If this is an emergency, hang up and call 911."
    clinics: tuple[Clinic, ...] = ()
    services: tuple[Service, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The practice's time zone."""
        return ZoneInfo(self.timezone)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; ``Practice.from_dict`` takes them back. An unknown value of a service is left out."""
        plain = asdict(self)
        for service in plain["services"]:
            if service["value"] != service["value"]:
                del service["value"]
        return plain

    @classmethod
    def from_dict(cls, plain: dict[str, Any], where: str = "practice") -> "Practice":
        """The practice that ``to_dict`` or practice.toml describes.

        Raises
        ------
        PracticeError
            With every fault at once.
        """
        faults: list[str] = []
        top = {**plain.get("practice", {}), **{key: value for key, value in plain.items() if key != "practice"}}
        clinics = tuple(_made(Clinic, entry, f"clinics[{i}]", faults) for i, entry in enumerate(top.pop("clinics", ()), 1))
        services = tuple(_made(Service, entry, f"services[{i}]", faults) for i, entry in enumerate(top.pop("services", ()), 1))
        practice = _made(cls, top, "practice", faults)
        if practice is not None:
            faults += _contradictions(practice, clinics, services)
        if faults:
            raise PracticeError(f"{where}: {len(faults)} fault(s).\n" + "\n".join(f"  - {fault}" for fault in faults))
        return cls(**{**vars(practice), "clinics": clinics, "services": services})


def read_practice(path: str | Path | None) -> Practice:
    """The practice described in a TOML file, or one about which nothing is said when ``path`` is None.

    Raises
    ------
    PracticeError
        If the file is missing, is not TOML, or contradicts itself: every fault in one report.
    """
    if path is None:
        return Practice()
    try:
        plain = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PracticeError(f"practice: there is no file {str(path)!r}. Name an existing practice.toml, or leave --practice out.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise PracticeError(f"practice: {str(path)!r} is not readable as TOML: {fault}. Mend that line and try again.") from None
    return Practice.from_dict(plain, where=str(path))


def _made(kind: type, entry: Any, where: str, faults: list[str]) -> Any:
    """``kind(**entry)`` with lists as tuples; what does not fit goes to ``faults`` and None comes back."""
    if not isinstance(entry, dict):
        faults.append(f"{where}: found {type(entry).__name__}, expected a table of settings.")
        return None
    known = {f.name: f for f in fields(kind) if f.name not in ("clinics", "services") or kind is Clinic}
    unknown = sorted(set(entry) - set(known))
    faults += [f"{where}: {name!r} is not known. Known are: {', '.join(known)}." for name in unknown]
    if "name" in known and not str(entry.get("name", "x")).strip() or (kind is not Practice and "name" not in entry):
        faults.append(f"{where}: has no name. Give it the name that the practice uses.")
    values = {}
    for name, value in entry.items():
        if name in known:
            values[name] = tuple(value) if isinstance(value, list) else value
            faults += _wrong_type(f"{where}.{name}", known[name].type, values[name])
    return kind(**({"name": "?"} | values)) if not (unknown or faults) else None


_SHAPES = {
    "str": (str, "text in quotes"), "int": (int, "a whole number"), "float": ((int, float), "a number"), "bool": (bool, "true or false"),
}  # fmt: skip


def _wrong_type(where: str, declared: Any, value: Any) -> list[str]:
    """A fault when ``value`` is not of the declared type."""
    name = declared if isinstance(declared, str) else getattr(declared, "__name__", str(declared))
    if str(declared).startswith("tuple[int"):
        fits = isinstance(value, tuple) and len(value) == 2 and all(type(x) is int for x in value) and value[0] <= value[1]
        return [] if fits else [f"{where}: found {value!r}, expected two ages, the lower first, such as [18, 64]."]
    if str(declared).startswith("tuple"):
        fits = isinstance(value, tuple) and all(isinstance(x, str) for x in value)
        return [] if fits else [f"{where}: found {value!r}, expected a list of texts."]
    kind, words = _SHAPES[name]
    fits = isinstance(value, kind) and not (kind is not bool and isinstance(value, bool))
    return [] if fits else [f"{where}: found {value!r}, expected {words}."]


def _contradictions(practice: Practice, clinics: tuple[Clinic, ...], services: tuple[Service, ...]) -> list[str]:
    """What each part allows but the whole does not."""
    faults = []
    try:
        ZoneInfo(practice.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        faults.append(f"practice.timezone: {practice.timezone!r} is not an IANA time zone, such as \"America/New_York\".")
    if not 1 <= practice.horizon_days <= 365:
        faults.append(f"practice.horizon_days: found {practice.horizon_days}, expected 1 to 365.")
    if practice.label not in LABELS:
        faults.append(f"practice.label: found {practice.label!r}, expected one of {', '.join(LABELS)}.")
    offered = {service.name.casefold() for service in services if service}
    for i, clinic in enumerate(clinics, 1):
        if clinic is None:
            continue
        faults += [f"clinics[{i}].services: {name!r} is not among [[services]]." for name in clinic.services if name.casefold() not in offered]
        if clinic.radius_km <= 0:
            faults.append(f"clinics[{i}].radius_km: found {clinic.radius_km}, expected more than 0 km.")
    for kind, entries in (("clinics", clinics), ("services", services)):
        names = [entry.name.casefold() for entry in entries if entry]
        faults += [f"{kind}: the name {name!r} stands {names.count(name)} times; each needs its own." for name in sorted(set(names)) if names.count(name) > 1]
    return faults
