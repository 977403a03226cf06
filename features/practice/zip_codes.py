"""Where is this ZIP code, and how far is it from there? Centers and time zones of US ZIP codes, offline.

Lives here: the map of ZIP codes and area codes, great-circle distances.
Does not live here: the clinics of a practice (``clinic_map``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import zipcodes

from features.array_types import FloatArray, IntArray
from features.parsing.postal_codes import normalize_zip
from features.reference_package_check import require_installed_package

__all__ = ["EARTH_RADIUS_KM", "ZipMap", "great_circle_km", "load_zip_map"]

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""


@dataclass(frozen=True)
class ZipMap:
    """Every ZIP code of the offline map, as arrays.

    The last entry of each array is for an unknown ZIP code, so that position -1 finds it.

    Parameters
    ----------
    position_by_code : dict
        ZIP code -> position.
    latitude, longitude : float arrays of shape (codes + 1,)
        Center, degrees, WGS 84; NaN for the map's 872 entries at (0, 0).
    zone : int array of shape (codes + 1,)
        Position in ``zones``; -1 unknown.
    zones : tuple of str
        IANA names.
    position_by_area_code : dict
        Telephone area code -> position in ``area_latitude`` and ``area_longitude``.
    area_latitude, area_longitude : float arrays of shape (area codes + 1,)
        The mean of the ZIP codes that an area code serves; the last entry is NaN.
    """

    position_by_code: dict[str, int]
    latitude: FloatArray
    longitude: FloatArray
    zone: IntArray
    zones: tuple[str, ...]
    position_by_area_code: dict[str, int]
    area_latitude: FloatArray
    area_longitude: FloatArray

    @cached_property
    def code_per_zone(self) -> tuple[str, ...]:
        """A ZIP code of each time zone."""
        code_by_zone = {self.zone[row]: code for code, row in self.position_by_code.items() if self.zone[row] >= 0}
        return tuple(code_by_zone.values())

    def find_positions(self, postal_codes: Iterable[str | None]) -> IntArray:
        """Return the position of each ZIP code, in any spelling; -1 not on the map or missing.

        >>> [
        ...     round(float(load_zip_map().latitude[at]), 1)
        ...     for at in load_zip_map().find_positions(["02139", "02139-4307", "00000", None])
        ... ]
        [42.4, 42.4, nan, nan]
        """
        positions = self.position_by_code
        return np.array(
            [-1 if code is None else positions.get(normalize_zip(code)[0].strip()[:5], -1) for code in postal_codes],
            np.intp,
        )


@cache
def load_zip_map() -> ZipMap:
    """Load the map, once: about a second and 40,000 codes."""
    require_installed_package(zipcodes)
    entries = zipcodes.list_all()
    center = np.array([(float(entry["lat"]), float(entry["long"])) for entry in entries] + [(np.nan, np.nan)])
    center[(center == 0).all(axis=1)] = np.nan
    # A few entries hold no time zone, or the name of a city in its place.
    zones = tuple(sorted({entry["timezone"] for entry in entries if "/" in entry["timezone"]}))
    zone_numbers = {zone: number for number, zone in enumerate(zones)}
    zone = np.array([zone_numbers.get(entry["timezone"], -1) for entry in entries] + [-1], np.intp)
    rows_by_area: dict[str, list[int]] = {}
    for row, entry in enumerate(entries):
        for area in entry["area_codes"]:
            if not np.isnan(center[row, 0]):
                rows_by_area.setdefault(area, []).append(row)
    area_center = np.array([center[rows].mean(axis=0) for rows in rows_by_area.values()] + [(np.nan, np.nan)])
    return ZipMap(
        position_by_code={entry["zip_code"]: row for row, entry in enumerate(entries)},
        latitude=center[:, 0],
        longitude=center[:, 1],
        zone=zone,
        zones=zones,
        position_by_area_code={area: position for position, area in enumerate(rows_by_area)},
        area_latitude=area_center[:, 0],
        area_longitude=area_center[:, 1],
    )


def great_circle_km(
    latitude: FloatArray | float,
    longitude: FloatArray | float,
    to_latitude: FloatArray | float,
    to_longitude: FloatArray | float,
) -> FloatArray:
    """Compute the great-circle distance in km (haversine on a sphere of ``EARTH_RADIUS_KM``).

    Degrees in, broadcasting, NaN unknown.

    >>> round(float(great_circle_km(42.36, -71.06, 40.71, -74.01)))
    306
    """
    low, high = np.radians(latitude), np.radians(to_latitude)
    half = (
        np.sin((high - low) / 2) ** 2
        + np.cos(low) * np.cos(high) * np.sin(np.radians(np.subtract(to_longitude, longitude)) / 2) ** 2
    )
    # For antipodes rounding gives 1.0000000000000002, and arcsin of that is NaN.
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(np.maximum(half, 0), 1)))
