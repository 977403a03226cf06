"""How far is it to the nearest clinic that offers the service? ZIP centres, clinics and what each offers, offline.

Lives here: the map of US ZIP codes, great-circle distances, names of services and clinics as people write them.
Does not live here: running over a batch (``blocks.geo``).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import zipcodes

from features.practice import Practice
from features.types import FloatArray, IntArray

__all__ = ["EARTH_RADIUS_KM", "Geography", "ZipMap", "great_circle_km", "zip_map"]

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

_WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True)
class ZipMap:
    """Every ZIP code of the offline map, as arrays. The last entry of each array stands for "unknown", so that position -1 finds it.

    Parameters
    ----------
    numbers : dict
        ZIP code -> position.
    latitude, longitude : float arrays of shape (codes + 1,)
        Centre, degrees, WGS 84; NaN for the map's 872 entries at (0, 0).
    zone : int array of shape (codes + 1,)
        Position in ``zones``; -1 unknown.
    zones : tuple of str
        IANA names.
    areas : dict
        Telephone area code -> position in ``area_latitude`` and ``area_longitude``.
    area_latitude, area_longitude : float arrays of shape (area codes + 1,)
        The mean of the ZIP codes that an area code serves; the last entry is NaN.
    """

    numbers: dict[str, int]
    latitude: FloatArray
    longitude: FloatArray
    zone: IntArray
    zones: tuple[str, ...]
    areas: dict[str, int]
    area_latitude: FloatArray
    area_longitude: FloatArray

    @cached_property
    def one_of_each_zone(self) -> tuple[str, ...]:
        """A ZIP code of each time zone."""
        return tuple({self.zone[place]: code for code, place in self.numbers.items() if self.zone[place] >= 0}.values())

    def places(self, postal_codes: Iterable[str | None]) -> IntArray:
        """Where each ZIP code (or ZIP+4) stands; -1 not on the map or not given.

        >>> [round(float(zip_map().latitude[place]), 1) for place in zip_map().places(["02139", "02139-4307", "00000", None])]
        [42.4, 42.4, nan, nan]
        """
        numbers = self.numbers
        return np.array([-1 if code is None else numbers.get(code.strip()[:5], -1) for code in postal_codes], np.intp)


@cache
def zip_map() -> ZipMap:
    """The map, read once: about a second and 40,000 codes."""
    entries = zipcodes.list_all()
    centre = np.array([(float(entry["lat"]), float(entry["long"])) for entry in entries] + [(np.nan, np.nan)])
    centre[(centre == 0).all(axis=1)] = np.nan
    # A few entries hold no time zone, or a place's name in its stead.
    zones = tuple(sorted({entry["timezone"] for entry in entries if "/" in entry["timezone"]}))
    number = {zone: place for place, zone in enumerate(zones)}
    zone = np.array([number.get(entry["timezone"], -1) for entry in entries] + [-1], np.intp)
    served: dict[str, list[int]] = {}
    for place, entry in enumerate(entries):
        for area in entry["area_codes"]:
            if not np.isnan(centre[place, 0]):
                served.setdefault(area, []).append(place)
    middle = np.array([centre[places].mean(axis=0) for places in served.values()] + [(np.nan, np.nan)])
    numbers = {entry["zip_code"]: place for place, entry in enumerate(entries)}
    areas = {area: place for place, area in enumerate(served)}
    return ZipMap(numbers, centre[:, 0], centre[:, 1], zone, zones, areas, middle[:, 0], middle[:, 1])


def great_circle_km(latitude: FloatArray, longitude: FloatArray, to_latitude: FloatArray, to_longitude: FloatArray) -> FloatArray:
    """Great-circle distance in km (haversine on a sphere of ``EARTH_RADIUS_KM``); degrees in, broadcasting, NaN unknown.

    >>> round(float(great_circle_km(42.36, -71.06, 40.71, -74.01)))
    306
    """
    low, high = np.radians(latitude), np.radians(to_latitude)
    half = np.sin((high - low) / 2) ** 2 + np.cos(low) * np.cos(high) * np.sin(np.radians(np.subtract(to_longitude, longitude)) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(np.maximum(half, 0), 1)))


@dataclass(frozen=True)
class Geography:
    """Clinics of one practice as arrays.

    Parameters
    ----------
    latitude, longitude, radius_km : float arrays of shape (clinics,)
        Degrees, WGS 84; those given, else the centre of the ZIP; NaN where that is not on the map.
    offers : bool array of shape (clinics, services)
    service_names, clinic_names : dict
        Name or synonym in lower case -> position.
    """

    latitude: FloatArray
    longitude: FloatArray
    radius_km: FloatArray
    offers: np.ndarray
    service_names: dict[str, int]
    clinic_names: dict[str, int]

    @classmethod
    def of(cls, practice: Practice) -> "Geography":
        """The map of one practice."""
        places = zip_map().places([clinic.postal_code for clinic in practice.clinics]) if practice.clinics else np.empty(0, np.intp)
        of_zip = (zip_map().latitude[places], zip_map().longitude[places]) if practice.clinics else (np.empty(0), np.empty(0))
        given = np.array([(clinic.latitude, clinic.longitude) for clinic in practice.clinics], float).reshape(-1, 2)
        latitude, longitude = (np.where(np.isnan(own), centre, own) for own, centre in zip(given.T, of_zip, strict=True))
        services = _names(practice.services)
        offers = np.ones((len(practice.clinics), len(practice.services)), bool)
        for row, clinic in enumerate(practice.clinics):
            if clinic.services:
                offered = {services[name.casefold()] for name in clinic.services}
                offers[row] = [position in offered for position in range(len(practice.services))]
        radius = np.array([clinic.radius_km for clinic in practice.clinics], float)
        return cls(latitude, longitude, radius, offers, services, _names(practice.clinics))

    @cached_property
    def offered(self) -> np.ndarray:
        """Clinics offering each service; the last entry, for no service known, is every clinic. Shape (services + 1, clinics), bool."""
        return np.vstack([self.offers.T, np.ones((1, len(self.latitude)), bool)])

    def services_sharing_a_word(self, text: str) -> tuple[int, ...]:
        """Services whose names or synonyms share a word with ``text``, as positions in order; words that most services share tell
        nothing."""
        return tuple(sorted({service for word in _WORD.findall(text.casefold()) for service in self._telling_words.get(word, ())}))

    @cached_property
    def _telling_words(self) -> dict[str, frozenset[int]]:
        """Words of service names that at most a third of the services (at least one) have."""
        held: dict[str, set[int]] = {}
        for name, service in self.service_names.items():
            for word in _WORD.findall(name):
                held.setdefault(word, set()).add(service)
        most = max(1, self.offers.shape[1] // 3)
        return {word: frozenset(services) for word, services in held.items() if len(services) <= most}

    @cached_property
    def between_km(self) -> FloatArray:
        """Great-circle distance from each clinic to each; 0 from one to itself wherever it is. Shape (clinics, clinics), km."""
        km = great_circle_km(self.latitude[:, None], self.longitude[:, None], self.latitude, self.longitude)
        return np.where(np.eye(len(km), dtype=bool), 0.0, km)

    def positions(self, values: Iterable[str | None], names: dict[str, int]) -> IntArray:
        """Where each value stands among ``names`` (``service_names`` or ``clinic_names``); -1 unknown or not said."""
        return np.array([-1 if value is None else names.get(value.casefold().strip(), -1) for value in values], np.intp)


def _names(entries: tuple) -> dict[str, int]:
    """Every name and synonym in lower case; an entry's own name wins over another's synonym."""
    names = {also.casefold(): position for position, entry in enumerate(entries) for also in entry.also_called}
    return names | {entry.name.casefold(): position for position, entry in enumerate(entries)}
