"""How far is it to the nearest clinic that offers the service? ZIP centres, clinics and what each offers, offline.

Lives here: the map of US ZIP codes, great-circle distances, names of services and clinics as people write them.
Does not live here: running over a batch (``blocks.geo``).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import zipcodes

from features.practice import Practice
from features.types import FloatArray, IntArray, ObjectArray

__all__ = ["EARTH_RADIUS_KM", "Geography", "great_circle_km", "zip_centres"]

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""


@cache
def zip_centres() -> dict[str, tuple[float, float]]:
    """ZIP code -> latitude and longitude of its centre, degrees, WGS 84. The map's 872 entries at (0, 0) are left out: unknown.

    >>> len(zip_centres()) > 40_000
    True
    """
    centres = {entry["zip_code"]: (float(entry["lat"]), float(entry["long"])) for entry in zipcodes.list_all()}
    return {code: centre for code, centre in centres.items() if centre != (0.0, 0.0)}


def great_circle_km(latitude: FloatArray, longitude: FloatArray, to_latitude: FloatArray, to_longitude: FloatArray) -> FloatArray:
    """Great-circle distance in km (haversine on a sphere of ``EARTH_RADIUS_KM``); degrees in, broadcasting, NaN unknown.

    >>> round(float(great_circle_km(42.36, -71.06, 40.71, -74.01)))
    306
    """
    low, high = np.radians(latitude), np.radians(to_latitude)
    half = np.sin((high - low) / 2) ** 2 + np.cos(low) * np.cos(high) * np.sin(np.radians(np.subtract(to_longitude, longitude)) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


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
        centres = zip_centres() if practice.clinics else {}
        zips = np.array([centres.get(clinic.postal_code[:5], (np.nan, np.nan)) for clinic in practice.clinics], float).reshape(-1, 2)
        given = np.array([(clinic.latitude, clinic.longitude) for clinic in practice.clinics], float).reshape(-1, 2)
        place = np.where(np.isnan(given), zips, given)
        services = _names(practice.services)
        offers = np.ones((len(practice.clinics), len(practice.services)), bool)
        for row, clinic in enumerate(practice.clinics):
            if clinic.services:
                offered = {services[name.casefold()] for name in clinic.services}
                offers[row] = [position in offered for position in range(len(practice.services))]
        radius = np.array([clinic.radius_km for clinic in practice.clinics], float)
        return cls(place[:, 0], place[:, 1], radius, offers, services, _names(practice.clinics))

    def positions(self, values: ObjectArray, names: dict[str, int]) -> IntArray:
        """Where each value stands among ``names`` (``service_names`` or ``clinic_names``); -1 unknown or not said."""
        return np.array([-1 if value is None else names.get(value.casefold().strip(), -1) for value in values], np.intp)

    def coordinates(self, postal_code: ObjectArray, latitude: FloatArray, longitude: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Degrees for each lead: its coordinates where given, else the centre of its ZIP, else NaN."""
        centres = zip_centres()
        nowhere = (np.nan, np.nan)
        place = np.array([nowhere if code is None else centres.get(code[:5], nowhere) for code in postal_code], float).reshape(-1, 2)
        given = ~(np.isnan(latitude) | np.isnan(longitude))
        return np.where(given, latitude, place[:, 0]), np.where(given, longitude, place[:, 1])


def _names(entries: tuple) -> dict[str, int]:
    """Every name and synonym in lower case; an entry's own name wins over another's synonym."""
    names = {also.casefold(): position for position, entry in enumerate(entries) for also in entry.also_called}
    return names | {entry.name.casefold(): position for position, entry in enumerate(entries)}
