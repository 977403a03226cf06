"""Where do the people live who inquire? ZIP codes around the clinics, and their distances.

Lives here: the ZIP codes within reach, the pull towards the clinics, distances.
Does not live here: which lead gives which ZIP code (``inquiries``).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import zipcodes

from features.practice.practice import Practice
from features.practice.zip_codes import great_circle_km
from features.reference_package_check import require_installed_package

__all__ = ["CatchmentArea", "build_catchment_area"]

REACH_KM = 150.0
PULL_KM = 19.0
"""The nearer people live, the more often they inquire: a ZIP code's weight falls by a factor e every so many km."""
UNKNOWN_LOCATION = (0.0, 0.0)
FAR_EVERY = 97
"""Of the ZIP codes beyond reach, one in so many stays on the map: homes of people who found us by mistake."""


@dataclass(frozen=True)
class CatchmentArea:
    """ZIP codes and their distances to the clinics.

    Parameters
    ----------
    codes : ndarray of shape (z,), object
    weights : ndarray of shape (z,), float
        Chance that an inquiry comes from there; sums to 1.
    km : ndarray of shape (z, clinics), float
        Great-circle distance to each clinic, km.
    cities : ndarray of shape (z,), object
    area_codes : tuple of str
        Telephone area codes of the country, the practice's own region first.
    """

    codes: np.ndarray
    weights: np.ndarray
    km: np.ndarray
    cities: np.ndarray
    area_codes: tuple[str, ...]


@lru_cache(maxsize=4)
def build_catchment_area(practice: Practice, far_share: float = 0.015) -> CatchmentArea:
    """Build the map of a practice: all ZIP codes within 150 km of a clinic, and a few from the rest of the country.

    ZIP codes at (0, 0), whose location is unknown, are left out.
    """
    require_installed_package(zipcodes)
    entries = [entry for entry in zipcodes.list_all() if entry["zip_code_type"] == "STANDARD" and entry["active"]]
    coordinates = np.array([(float(entry["lat"]), float(entry["long"])) for entry in entries])
    is_located = (coordinates != UNKNOWN_LOCATION).any(axis=1)
    entries, coordinates = (
        [entry for entry, keep in zip(entries, is_located, strict=True) if keep],
        coordinates[is_located],
    )
    by_code = {entry["zip_code"]: location for entry, location in zip(entries, coordinates, strict=True)}
    clinics = np.array([by_code[clinic.postal_code] for clinic in practice.clinics])
    km = great_circle_km(coordinates[:, :1], coordinates[:, 1:], clinics[None, :, 0], clinics[None, :, 1])
    nearest = km.min(axis=1)
    within, far = nearest <= REACH_KM, (nearest > REACH_KM) & (np.arange(len(entries)) % FAR_EVERY == 0)
    weights = np.where(within, np.exp(-nearest / PULL_KM), 0.0)
    weights = (1 - far_share) * weights / weights.sum() + far_share * far / far.sum()
    on_map = within | far
    codes = np.array([entry["zip_code"] for entry in entries], dtype=object)
    cities = np.array([entry["city"] for entry in entries], dtype=object)
    by_distance = dict.fromkeys(
        code for row in np.argsort(nearest, kind="stable") for code in entries[row]["area_codes"] if len(code) == 3
    )
    return CatchmentArea(
        codes[on_map], weights[on_map] / weights[on_map].sum(), km[on_map], cities[on_map], tuple(by_distance)
    )
