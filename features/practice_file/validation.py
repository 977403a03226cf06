"""What is wrong with a practice.toml? Every fault with its place, in words, with the nearest right name beside it.

Lives here: settings nobody knows, values of the wrong shape, and what each part allows but the whole does not.
Does not live here: the practice itself (``practice``), the lines of the file (``toml_lines``), the phrases of its own
(``own_phrases``)."""

from collections import Counter
from dataclasses import fields
from difflib import get_close_matches
from math import isfinite, isnan
from typing import Any
from zoneinfo import available_timezones

from features.calendar.opening_hours import find_fault
from features.did_you_mean import suggest_name
from features.practice.practice import LABELS
from features.practice.queue_policy import find_policy_faults
from features.practice.toml_line_numbers import TomlPath
from features.practice_file.scoring_rules import find_rule_faults

__all__ = ["Fault", "find_faults", "format_path"]

MAX_KM_FROM_ZIP = 100.0
"""Coordinates further than this from the centre of the same clinic's ZIP are taken for a slip, such as a lost minus
sign.
"""

_US_ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
)

Fault = tuple[TomlPath, str]

_MEANING_WHEN_ABSENT = {
    "payers": "any payer is accepted",
    "services": "every service is offered",
    "opening_hours": "the usual hours hold",
}
"""What it means when these lists are not there; an empty one might be meant otherwise."""

_SHAPES = {
    str: (str, "text in quotes"),
    int: (int, "a whole number"),
    float: ((int, float), "a number"),
    bool: (bool, "true or false"),
}


def format_path(path: TomlPath) -> str:
    """A place as people read it.

    >>> format_path(("clinics", 2, "services", 1))
    'clinics[2].services[1]'
    """
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def find_faults(settings: dict[str, Any], practice: type, lists: dict[str, type]) -> list[Fault]:
    """Every fault of ``settings``: the practice's own beside the lists ``clinics``, ``services`` and ``rules``, and
    ``desk``.

    Parameters
    ----------
    practice : dataclass
        Whose fields are the known settings and say their types.
    lists : dict
        Name of a list -> dataclass of its entries.
    """
    own = {name: value for name, value in settings.items() if name not in lists and name != "desk"}
    faults = _find_setting_faults(("practice",), own, practice)
    tables: dict[str, list[tuple[TomlPath, dict[str, Any]]]] = {}
    for kind, made in lists.items():
        entries = settings.get(kind, [])
        if not isinstance(entries, (list, tuple)):
            faults.append(((kind,), f"found {_describe_type(entries)}, expected entries that each begin with [[{kind}]]."))
            entries = []
        for number, entry in enumerate(entries, 1):
            place = (kind, number)
            if isinstance(entry, dict):
                tables.setdefault(kind, []).append((place, entry))
                faults += _find_setting_faults(place, entry, made)
            else:
                faults.append((place, f"found {_describe_type(entry)}, expected a table of settings."))
    clinics, services = tables.get("clinics", []), tables.get("services", [])
    return (
        faults
        + _find_practice_faults(own)
        + _find_clinic_faults(clinics)
        + _find_service_faults(services)
        + _find_service_name_faults(clinics, services)
        + _find_duplicate_names(clinics)
        + _find_duplicate_names(services)
        + _find_scoring_rule_faults(tables.get("rules", []))
        + find_policy_faults(settings.get("desk", {}))
    )


def _find_setting_faults(place: TomlPath, entry: dict[str, Any], made: type) -> list[Fault]:
    """Unknown settings, and settings of the wrong shape."""
    apart = ("clinics", "services", "rules", "desk") if place == ("practice",) else ()
    known = {one.name: one.type for one in fields(made) if one.name not in apart}
    faults: list[Fault] = [
        ((*place, name), f"is not known. {suggest_name(name, known)}") for name in entry if name not in known
    ]
    if "name" in known and place != ("practice",) and "name" not in entry:
        faults.append((place, "has no name. Give it the name that the practice uses."))
    for name, value in entry.items():
        if name in known:
            faults += _find_shape_faults((*place, name), known[name], value)
    return faults


def _find_shape_faults(place: TomlPath, declared: Any, value: Any) -> list[Fault]:
    """A fault when a value is not of its declared type."""
    if place[-1] == "phrases":
        return [] if isinstance(value, dict) else [(place, f"found {value!r}, expected the name of a file in quotes.")]
    if declared == tuple[int, int]:
        fits = (
            isinstance(value, (list, tuple))
            and len(value) == 2
            and all(type(age) is int and 0 <= age <= 120 for age in value)
        )
        return (
            []
            if fits
            else [
                (
                    place,
                    f"found {value!r}, expected two ages in years from 0 to 120, the lower first, such as [18, 64].",
                )
            ]
        )
    if declared not in _SHAPES:
        if not isinstance(value, (list, tuple)):
            return [(place, f'found {value!r}, expected a list of texts, such as ["one", "another"].')]
        if not value and place[-1] in _MEANING_WHEN_ABSENT:
            return [(place, f"is an empty list. Leave the line out where {_MEANING_WHEN_ABSENT[place[-1]]}; else name them.")]
        wrong = [(number, one) for number, one in enumerate(value, 1) if not (isinstance(one, str) and one.strip())]
        return [((*place, number), f"found {one!r}, expected text in quotes.") for number, one in wrong]
    kind, words = _SHAPES[declared]
    fits = (
        isinstance(value, kind)
        and not (declared is not bool and isinstance(value, bool))
        and not (isinstance(value, float) and not isfinite(value))
    )
    if fits and place[-1] == "name" and not value.strip():
        return [(place, "is empty. Give the name that the practice uses.")]
    return [] if fits else [(place, f"found {value!r}, expected {words}.")]


def _find_practice_faults(own: dict[str, Any]) -> list[Fault]:
    """What the practice's own settings may be, beyond their type."""
    faults: list[Fault] = []
    zone, label = own.get("timezone"), own.get("label")
    if isinstance(zone, str) and zone not in available_timezones():
        faults.append(
            (
                ("practice", "timezone"),
                f'{zone!r} is not an IANA time zone, such as "America/New_York". {_suggest_zone(zone)}',
            )
        )
    if isinstance(label, str) and label not in LABELS:
        faults.append((("practice", "label"), f"found {label!r}, expected one of {', '.join(LABELS)}."))
    for name, low, high in (("horizon_days", 1, 365), ("response_target_minutes", 1, 10_080)):
        if type(own.get(name)) is int and not low <= own[name] <= high:
            faults.append((("practice", name), f"found {own[name]}, expected {low} to {high}."))
    return faults + _find_hours_faults(("practice",), own)


def _suggest_zone(zone: str) -> str:
    """The zone whose city is spelt most alike, as a question; the zones of the United States where none is near."""
    region = zone.rpartition("/")[0]
    names = sorted(available_timezones(), key=lambda name: (name.startswith("America/"), name))
    of_city = {name.rpartition("/")[2].casefold(): name for name in names if name.startswith(region)}
    near = get_close_matches(zone.rpartition("/")[2].replace(" ", "_").casefold(), of_city, n=1, cutoff=0.7)
    return (
        f"Did you mean {of_city[near[0]]!r}?"
        if near
        else f"Those of the United States are: {', '.join(map(repr, _US_ZONES))}."
    )


def _find_hours_faults(place: TomlPath, entry: dict[str, Any]) -> list[Fault]:
    """What is wrong with opening hours whose shape is right."""
    lines = entry.get("opening_hours")
    if not isinstance(lines, (list, tuple)) or not all(isinstance(line, str) and line.strip() for line in lines):
        return []
    fault = find_fault(lines)
    return [] if fault is None else [((*place, "opening_hours"), fault)]


def _find_clinic_faults(clinics: list[tuple[TomlPath, dict[str, Any]]]) -> list[Fault]:
    """Where a clinic can be."""
    faults: list[Fault] = []
    for place, entry in clinics:
        radius = entry.get("radius_km")
        if _is_number(radius) and radius <= 0:
            faults.append(((*place, "radius_km"), f"found {radius}, expected more than 0 km."))
        faults += _find_hours_faults(place, entry) + _find_coordinate_faults(place, entry)
        code = entry.get("postal_code")
        if isinstance(code, str) and code:
            faults += _find_postal_code_faults((*place, "postal_code"), code, entry)
    return faults


def _find_coordinate_faults(place: TomlPath, entry: dict[str, Any]) -> list[Fault]:
    """Faults of a clinic's latitude and longitude."""
    given = {name: entry[name] for name in ("latitude", "longitude") if name in entry}
    faults: list[Fault] = [
        ((*place, name), f"found {value}, expected degrees from {-bound} to {bound}.")
        for name, bound in (("latitude", 90), ("longitude", 180))
        if _is_number(value := given.get(name)) and abs(value) > bound
    ]
    if len(given) == 1:
        (name,) = given
        faults.append(
            (
                (*place, name),
                f"stands without {'longitude' if name == 'latitude' else 'latitude'}. Give both or neither.",
            )
        )
    return faults


def _find_postal_code_faults(place: TomlPath, code: str, entry: dict[str, Any]) -> list[Fault]:
    """Faults of a clinic's ZIP."""
    from features.practice.zip_codes import great_circle_km, load_zip_map  # the map is opened only where a ZIP is given

    if not (len(code) == 5 or (len(code) == 10 and code[5] == "-")) or not code.replace("-", "", 1).isdecimal():
        return [(place, f'found {code!r}, expected a ZIP code of five digits, such as "02110".')]
    latitude, longitude = entry.get("latitude"), entry.get("longitude")
    both = _is_number(latitude) and _is_number(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180
    at = int(load_zip_map().find_positions([code])[0])
    centre = float(load_zip_map().latitude[at]), float(load_zip_map().longitude[at])
    if isnan(centre[0]):
        said = f"{code!r} is not on the map of US ZIP codes: no distance can be told. Correct it, or give latitude and longitude."
        return [] if both else [(place, said)]
    if both:
        away = float(great_circle_km(*centre, latitude, longitude))
        if away > MAX_KM_FROM_ZIP:
            return [
                (
                    (*place[:-1], "latitude"),
                    f"latitude {latitude} and longitude {longitude} lie {away:,.0f} km from the clinic's ZIP {code}. Correct one of them.",
                )
            ]
    return []


def _find_service_faults(services: list[tuple[TomlPath, dict[str, Any]]]) -> list[Fault]:
    """What a service may say."""
    faults: list[Fault] = []
    for place, entry in services:
        ages = entry.get("ages")
        if (
            isinstance(ages, (list, tuple))
            and len(ages) == 2
            and all(type(age) is int for age in ages)
            and ages[0] > ages[1]
        ):
            faults.append(((*place, "ages"), f"found {list(ages)}, expected the lower age first: {sorted(ages)}."))
        if _is_number(entry.get("value")) and entry["value"] < 0:
            faults.append(
                ((*place, "value"), f"found {entry['value']}, expected what one booking is worth, 0 or more.")
            )
    return faults


def _find_scoring_rule_faults(rules: list[tuple[TomlPath, dict[str, Any]]]) -> list[Fault]:
    """What a rule of the practice's own score must say."""
    faults: list[Fault] = []
    for place, entry in rules:
        lacks = [name for name in ("when", "points") if name not in entry]
        if lacks:
            faults.append(
                (
                    place,
                    f'has no {" and no ".join(lacks)}. Write such as: when = "asks_for_appointment" and points = 3.',
                )
            )
        if isinstance(entry.get("when"), str):
            faults += [((*place, "when"), fault) for fault in find_rule_faults(entry["when"])]
        if _is_number(entry.get("points")) and entry["points"] == 0:
            faults.append(((*place, "points"), "found 0, which changes nothing. Give points, or take the rule out."))
    return faults


def _find_service_name_faults(clinics: list[tuple[TomlPath, dict[str, Any]]], services: list[tuple[TomlPath, dict[str, Any]]]) -> list[Fault]:
    """What clinics offer must be among the services, and every service must be offered somewhere."""
    names = {entry["name"].strip().casefold(): entry["name"] for _, entry in services if _is_text(entry.get("name"))}
    also = {
        other.strip().casefold(): entry.get("name")
        for _, entry in services
        for other in _get_texts(entry.get("also_called"))
    }
    faults: list[Fault] = []
    for place, entry in clinics:
        for number, offered in enumerate(
            entry.get("services", ()) if isinstance(entry.get("services"), (list, tuple)) else (), 1
        ):
            if not _is_text(offered) or offered.strip().casefold() in names:
                continue
            other = also.get(offered.strip().casefold())
            said = f"It is another name of {other!r}; write that." if other else suggest_name(offered, names.values())
            faults.append(
                ((*place, "services", number), f"{offered!r} is not the name of one of the [[services]]. {said}")
            )
    if clinics and all(_get_texts(entry.get("services")) for _, entry in clinics):
        offered_somewhere = {
            offered.strip().casefold() for _, entry in clinics for offered in _get_texts(entry["services"])
        }
        for place, entry in services:
            if _is_text(entry.get("name")) and entry["name"].strip().casefold() not in offered_somewhere:
                faults.append(
                    (
                        place,
                        f"{entry['name']!r} is offered by no clinic. Add it to the services of a clinic, or take it out.",
                    )
                )
    return faults


def _find_duplicate_names(entries: list[tuple[TomlPath, dict[str, Any]]]) -> list[Fault]:
    """Names that stand twice, and other names that mean two entries."""
    counts = Counter(entry["name"].strip().casefold() for _, entry in entries if _is_text(entry.get("name")))
    faults: list[Fault] = []
    owner: dict[str, tuple[int, str]] = {}
    for number, (place, entry) in enumerate(entries):
        name = entry.get("name")
        if not _is_text(name):
            continue
        if name.strip().casefold() in owner:
            faults.append(
                (
                    (*place, "name"),
                    f"the name {name!r} stands {counts[name.strip().casefold()]} times; each entry needs its own.",
                )
            )
        owner.setdefault(name.strip().casefold(), (number, name))
    for number, (place, entry) in enumerate(entries):
        for position, other in enumerate(
            entry.get("also_called", ()) if isinstance(entry.get("also_called"), (list, tuple)) else (), 1
        ):
            if not _is_text(other):
                continue
            whose, name = owner.setdefault(other.strip().casefold(), (number, entry.get("name")))
            if whose != number:
                faults.append(
                    (
                        (*place, "also_called", position),
                        f"{other!r} already means {name!r}. A name can lead to one entry only; keep one.",
                    )
                )
    return faults


def _get_texts(value: Any) -> list[str]:
    """The texts of a list, whatever else stands there."""
    return [one for one in value if _is_text(one)] if isinstance(value, (list, tuple)) else []


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def _describe_type(value: Any) -> str:
    """What kind of thing stands where entries should."""
    return {dict: "a single table", str: "text", list: "a list"}.get(type(value), repr(value))
