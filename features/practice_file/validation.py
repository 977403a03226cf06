"""What is wrong with a practice.toml? Every fault with its path, in words, with the nearest right name beside it.

Lives here: settings that each part allows and the whole does not: names, hours, positions, rules.
Does not live here: a setting taken alone (``settings_shape``), the practice itself (``practice.practice``), the lines
of the file (``practice.toml_line_numbers``), the practice's own phrases (``text.custom_phrases``).
"""

import re
from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches
from math import isfinite, isnan
from typing import Any, TypeGuard
from zoneinfo import available_timezones

from features.calendar.opening_hours import find_fault
from features.did_you_mean import suggest_name
from features.practice.practice import PAGE_LANGUAGES
from features.practice.toml_line_numbers import TomlPath
from features.practice_file.scoring_rules import find_rule_faults
from features.practice_file.settings_shape import Fault, find_shape_faults

__all__ = ["find_faults", "format_path"]

MAX_KM_FROM_ZIP = 100.0
"""Coordinates further than this from the center of the same clinic's ZIP code count as a typo, such as a lost minus."""

MAX_QUALIFYING_LINES = 100
"""Lines of the rule for qualified leads: a rule that nobody can read decides nothing."""

_US_ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
)

_PLACEHOLDER = re.compile(r"\{=?\d\}")
"""A part of a text that varies, as in "{1} ready"."""

Entry = tuple[TomlPath, dict[str, Any]]
"""One table of an array, such as a clinic, with its path."""


def format_path(path: TomlPath) -> str:
    """Format a path as people read it.

    >>> format_path(("clinics", 2, "services", 1))
    'clinics[2].services[1]'
    """
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def find_faults(settings: dict[str, Any]) -> list[Fault]:
    """Return every fault of ``settings``: the practice's own, ``clinics``, ``services``, ``rules``, ``qualified``,
    ``team`` and ``desk``.
    """
    clinics, services = list(_list_entries(settings, "clinics")), list(_list_entries(settings, "services"))
    desk, team = settings.get("desk"), list(_list_entries(settings, "team"))
    return [
        *find_shape_faults(settings),
        *_find_zone_faults(settings),
        *_find_hours_faults(("practice", "opening_hours"), settings),
        *_find_hours_faults(("desk", "contact_hours"), desk if isinstance(desk, dict) else {}),
        *(fault for clinic in clinics for fault in _find_clinic_faults(*clinic)),
        *_find_age_faults(services),
        *_find_service_name_faults(clinics, services),
        *_find_unoffered_services(clinics, services),
        *_find_duplicate_names(clinics),
        *_find_duplicate_names(services),
        *_find_scoring_rule_faults(settings),
        *(fault for member in team for fault in _find_hours_faults((*member[0], "hours"), member[1])),
        *_find_team_faults(clinics, team, desk if isinstance(desk, dict) else {}),
        *_find_text_faults(settings.get("texts")),
    ]


def _find_text_faults(texts: Any) -> Iterator[Fault]:
    """Find languages that the desk does not have, and texts with parts that their English one does not have."""
    for language, table in texts.items() if isinstance(texts, dict) else ():
        if language not in PAGE_LANGUAGES:
            yield ("practice", "texts", language), f"is no language of the desk: {' or '.join(PAGE_LANGUAGES)}."
        for english, own in table.items() if isinstance(table, dict) else ():
            strange = set(_PLACEHOLDER.findall(own)) - set(_PLACEHOLDER.findall(english)) if _is_text(own) else set()
            if isinstance(own, str) and not own.strip():
                yield ("practice", "texts", language, english), "is empty. Write a text, or take the line out."
            if strange:
                yield (
                    ("practice", "texts", language, english),
                    f"has {', '.join(sorted(strange))}, which its English text does not have.",
                )


def _list_entries(settings: dict[str, Any], name: str) -> Iterator[Entry]:
    """List the entries of an array of tables, without those of the wrong type."""
    for position, entry in _enumerate(settings.get(name)):
        if isinstance(entry, dict):
            yield (name, position), entry


def _find_zone_faults(settings: dict[str, Any]) -> list[Fault]:
    """Return a fault if the time zone does not exist."""
    zone = settings.get("timezone")
    if not isinstance(zone, str) or zone in available_timezones():
        return []
    fault = f'{zone!r} is not an IANA time zone, such as "America/New_York". {_suggest_zone(zone)}'
    return [(("practice", "timezone"), fault)]


def _suggest_zone(zone: str) -> str:
    """Suggest the zone with the most similar city name, or list the zones of the United States when none is similar."""
    region = zone.rpartition("/")[0]
    names = sorted(available_timezones(), key=lambda name: (name.startswith("America/"), name))
    by_city = {name.rpartition("/")[2].casefold(): name for name in names if name.startswith(region)}
    near = get_close_matches(zone.rpartition("/")[2].replace(" ", "_").casefold(), by_city, n=1, cutoff=0.7)
    if near:
        return f"Did you mean {by_city[near[0]]!r}?"
    return f"Those of the United States are: {', '.join(map(repr, _US_ZONES))}."


def _find_hours_faults(path: TomlPath, table: dict[str, Any]) -> list[Fault]:
    """Return a fault if the hours in ``table``, at the last key of ``path``, cannot be read."""
    lines = table.get(str(path[-1]))
    if not isinstance(lines, (list, tuple)) or not all(isinstance(line, str) and line.strip() for line in lines):
        return []
    fault = find_fault(lines)
    return [] if fault is None else [(path, fault)]


def _find_clinic_faults(path: TomlPath, clinic: dict[str, Any]) -> list[Fault]:
    """Return faults of a clinic's hours, coordinates and ZIP code."""
    faults = _find_hours_faults((*path, "opening_hours"), clinic)
    if ("latitude" in clinic) != ("longitude" in clinic):
        name, other = ("latitude", "longitude") if "latitude" in clinic else ("longitude", "latitude")
        faults.append(((*path, name), f"is given without {other}. Give both or neither."))
    code = clinic.get("postal_code")
    return faults + (_find_postal_code_faults(path, code, clinic) if isinstance(code, str) and code else [])


def _find_postal_code_faults(path: TomlPath, code: str, clinic: dict[str, Any]) -> list[Fault]:
    """Return a fault if the clinic's ZIP code is malformed, unknown, or far from its coordinates."""
    # Reading the map of ZIP codes takes a second, so it is read only for a clinic that has one.
    from features.practice.zip_codes import great_circle_km, load_zip_map

    if not (len(code) == 5 or (len(code) == 10 and code[5] == "-")) or not code.replace("-", "", 1).isdecimal():
        return [((*path, "postal_code"), f'found {code!r}, expected a ZIP code of five digits, such as "02110".')]
    latitude, longitude = clinic.get("latitude"), clinic.get("longitude")
    position = int(load_zip_map().find_positions([code])[0])
    center_latitude, center_longitude = load_zip_map().latitude[position], load_zip_map().longitude[position]
    distance = None
    if _is_number(latitude, 90) and _is_number(longitude, 180):
        distance = float(great_circle_km(center_latitude, center_longitude, latitude, longitude))
    if isnan(center_latitude):
        fault = (
            f"{code!r} is not on the map of US ZIP codes, so distances cannot be computed. "
            "Correct it, or give latitude and longitude."
        )
        return [] if distance is not None else [((*path, "postal_code"), fault)]
    if distance is None or distance <= MAX_KM_FROM_ZIP:
        return []
    fault = (
        f"latitude {latitude} and longitude {longitude} are {distance:,.0f} km from the clinic's ZIP {code}. "
        "Correct one of them."
    )
    return [((*path, "latitude"), fault)]


def _find_age_faults(services: list[Entry]) -> Iterator[Fault]:
    """List age limits with the higher age first."""
    for path, service in services:
        ages = service.get("ages")
        if isinstance(ages, (list, tuple)) and list(map(type, ages)) == [int, int] and ages[0] > ages[1]:
            yield (*path, "ages"), f"found {list(ages)}, expected the lower age first: {sorted(ages)}."


def _find_scoring_rule_faults(settings: dict[str, Any]) -> Iterator[Fault]:
    """List lines of the practice's own score that cannot be read, or that change nothing."""
    for path, rule in _list_entries(settings, "rules"):
        if isinstance(rule.get("when"), str):
            yield from (((*path, "when"), fault) for fault in find_rule_faults(rule["when"]))
        if _is_number(rule.get("points")) and rule["points"] == 0:
            yield (*path, "points"), "found 0, which changes nothing. Give points, or take the rule out."
    yield from _find_qualifying_rule_faults(settings)


def _find_qualifying_rule_faults(settings: dict[str, Any]) -> Iterator[Fault]:
    """List lines of the rule for qualified leads that cannot be read, or that occur twice."""
    lines: set[str] = set()
    rules = list(_list_entries(settings, "qualified"))
    if len(rules) > MAX_QUALIFYING_LINES:
        yield (
            rules[MAX_QUALIFYING_LINES][0],
            f"found {len(rules):,} lines of the rule for qualified leads, expected at most {MAX_QUALIFYING_LINES}: "
            "each is matched with every lead and is a row of the insights. Join lines that ask the same, or take the "
            "rare ones out.",
        )
        return
    for path, rule in rules:
        line = rule.get("when")
        if not isinstance(line, str):
            continue
        yield from (((*path, "when"), fault) for fault in find_rule_faults(line))
        if _fold(line) in lines:
            yield (*path, "when"), f"{line!r} occurs twice; a lead that fits it is qualified once. Take one out."
        lines.add(_fold(line))


def _find_team_faults(clinics: list[Entry], team: list[Entry], desk: dict[str, Any]) -> Iterator[Fault]:
    """List clinics of people that are none, people who occur twice, and a rule without anybody to follow it."""
    names = {_fold(clinic["name"]): clinic["name"] for _, clinic in clinics if _is_text(clinic.get("name"))}
    people: set[str] = set()
    for path, member in team:
        for position, clinic in _enumerate(member.get("clinics")):
            if _is_text(clinic) and _fold(clinic) not in names:
                fault = f"{clinic!r} is not the name of one of the [[clinics]]. {suggest_name(clinic, names.values())}"
                yield (*path, "clinics", position), fault
        person = member.get("person")
        if _is_text(person) and _fold(person) in people:
            yield (*path, "person"), f"{person!r} occurs twice; each person needs one entry. Put both into one."
        elif _is_text(person):
            people.add(_fold(person))
    if desk.get("assignment") in ("round_robin", "fewest_open") and not team:
        fault = f"found {desk['assignment']!r}, but there is no [[team]]. Name the people, or leave the line out."
        yield ("desk", "assignment"), fault


def _find_service_name_faults(clinics: list[Entry], services: list[Entry]) -> Iterator[Fault]:
    """List what clinics offer that is not the name of a service."""
    names = {_fold(service["name"]): service["name"] for _, service in services if _is_text(service.get("name"))}
    synonyms = {
        _fold(other): service.get("name")
        for _, service in services
        for other in _list_texts(service.get("also_called"))
    }
    for path, clinic in clinics:
        for position, offered in _enumerate(clinic.get("services")):
            if not _is_text(offered) or _fold(offered) in names:
                continue
            meant = synonyms.get(_fold(offered))
            advice = f"It is another name of {meant!r}; write that." if meant else suggest_name(offered, names.values())
            fault = f"{offered!r} is not the name of one of the [[services]]. {advice}"
            yield (*path, "services", position), fault


def _find_unoffered_services(clinics: list[Entry], services: list[Entry]) -> Iterator[Fault]:
    """List the services that no clinic offers; a clinic that names no services offers all of them."""
    if not clinics or not all(_list_texts(clinic.get("services")) for _, clinic in clinics):
        return
    offered = {_fold(name) for _, clinic in clinics for name in _list_texts(clinic["services"])}
    for path, service in services:
        if _is_text(service.get("name")) and _fold(service["name"]) not in offered:
            fault = f"{service['name']!r} is offered by no clinic. Add it to the services of a clinic, or take it out."
            yield path, fault


def _find_duplicate_names(entries: list[Entry]) -> Iterator[Fault]:
    """List names that occur twice, and synonyms that mean two entries."""
    counts = Counter(_fold(entry["name"]) for _, entry in entries if _is_text(entry.get("name")))
    owners: dict[str, tuple[int, Any]] = {}
    for number, (path, entry) in enumerate(entries):
        name = entry.get("name")
        if not _is_text(name):
            continue
        if _fold(name) in owners:
            yield (*path, "name"), f"the name {name!r} occurs {counts[_fold(name)]} times; each entry needs its own."
        owners.setdefault(_fold(name), (number, name))
    for number, (path, entry) in enumerate(entries):
        for position, synonym in _enumerate(entry.get("also_called")):
            if not _is_text(synonym):
                continue
            owner, name = owners.setdefault(_fold(synonym), (number, entry.get("name")))
            if owner != number:
                fault = f"{synonym!r} already means {name!r}. A name can lead to one entry only; keep one."
                yield (*path, "also_called", position), fault


def _enumerate(value: Any) -> Iterator[tuple[int, Any]]:
    """Enumerate a list from 1; anything else as if it were empty."""
    return iter(enumerate(value, 1)) if isinstance(value, (list, tuple)) else iter(())


def _list_texts(value: Any) -> list[str]:
    """Return the texts of a list, whatever else is in it."""
    return [text for _, text in _enumerate(value) if _is_text(text)]


def _fold(name: str) -> str:
    """Return a name as it is compared."""
    return name.strip().casefold()


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value.strip())


def _is_number(value: Any, limit: float = float("inf")) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value) and abs(value) <= limit
