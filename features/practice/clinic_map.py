"""How far is it to the nearest clinic that offers the service? The clinics of one practice and what each offers, as
arrays.

Lives here: where the clinics are, names of services and clinics as people write them.
Does not live here: the map of ZIP codes and distances (``zip_codes``), running over a batch (``blocks.geo``).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.array_types import FloatArray, IntArray
from features.practice.practice import Practice
from features.practice.zip_codes import great_circle_km, load_zip_map

__all__ = ["ClinicMap"]

_WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True)
class ClinicMap:
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
    def from_practice(cls, practice: Practice) -> "ClinicMap":
        """The map of one practice."""
        places = (
            load_zip_map().find_positions([clinic.postal_code for clinic in practice.clinics])
            if practice.clinics
            else np.empty(0, np.intp)
        )
        of_zip = (
            (load_zip_map().latitude[places], load_zip_map().longitude[places])
            if practice.clinics
            else (np.empty(0), np.empty(0))
        )
        given = np.array([(clinic.latitude, clinic.longitude) for clinic in practice.clinics], float).reshape(-1, 2)
        latitude, longitude = (
            np.where(np.isnan(own), centre, own) for own, centre in zip(given.T, of_zip, strict=True)
        )
        services = _index_names(practice.services)
        offers = np.ones((len(practice.clinics), len(practice.services)), bool)
        for row, clinic in enumerate(practice.clinics):
            if clinic.services:
                offered = {services[name.casefold()] for name in clinic.services}
                offers[row] = [position in offered for position in range(len(practice.services))]
        radius = np.array([clinic.radius_km for clinic in practice.clinics], float)
        return cls(latitude, longitude, radius, offers, services, _index_names(practice.clinics))

    @cached_property
    def clinics_offering(self) -> np.ndarray:
        """Clinics offering each service; the last entry, for no service known, is every clinic.

        Shape (services + 1, clinics), bool.
        """
        return np.vstack([self.offers.T, np.ones((1, len(self.latitude)), bool)])

    def find_services_sharing_word(self, text: str) -> tuple[int, ...]:
        """Services whose names or synonyms share a word with ``text``, as positions in order; words that most services
        share tell nothing."""
        return tuple(
            sorted(
                {
                    service
                    for word in _WORD.findall(text.casefold())
                    for service in self._distinctive_words.get(word, ())
                }
            )
        )

    @cached_property
    def _distinctive_words(self) -> dict[str, frozenset[int]]:
        """Words of service names that at most a third of the services (at least one) have."""
        held: dict[str, set[int]] = {}
        for name, service in self.service_names.items():
            for word in _WORD.findall(name):
                held.setdefault(word, set()).add(service)
        most = max(1, self.offers.shape[1] // 3)
        return {word: frozenset(services) for word, services in held.items() if len(services) <= most}

    @cached_property
    def between_km(self) -> FloatArray:
        """Great-circle distance from each clinic to each; 0 from one to itself wherever it is.

        Shape (clinics, clinics), km.
        """
        km = great_circle_km(self.latitude[:, None], self.longitude[:, None], self.latitude, self.longitude)
        return np.where(np.eye(len(km), dtype=bool), 0.0, km)

    def find_positions(self, values: Iterable[str | None], names: dict[str, int]) -> IntArray:
        """Where each value stands among ``names`` (``service_names`` or ``clinic_names``); -1 unknown or not said."""
        return np.array([-1 if value is None else names.get(value.casefold().strip(), -1) for value in values], np.intp)


def _index_names(entries: tuple) -> dict[str, int]:
    """Every name and synonym in lower case; an entry's own name wins over another's synonym."""
    names = {also.casefold(): position for position, entry in enumerate(entries) for also in entry.also_called}
    return names | {entry.name.casefold(): position for position, entry in enumerate(entries)}
