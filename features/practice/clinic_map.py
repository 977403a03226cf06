"""Where is each clinic, and what does it offer? The clinics of one practice as arrays.

Lives here: positions of the clinics, the services each offers, names of services and clinics as people write them.
Does not live here: the map of ZIP codes and distances (``zip_codes``), running over a batch (``blocks.geography``).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.array_types import FloatArray, IntArray
from features.parsing.unknown_answers import fold_words
from features.parsing.value_spelling import fold_value
from features.practice.practice import Practice
from features.practice.zip_codes import great_circle_km, load_zip_map

__all__ = ["ClinicMap"]

_SEPARATORS = re.compile(r"[;,/|&+\n\u2022]|(?<=\s)[-\u2013](?=\s)")
_CONJUNCTIONS = re.compile(r"\s+(?:and|y|e|und|et|plus|with|or)\s+", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[][^)\]]*[)\]]")
_TOKEN = re.compile(r"\w{3,}")


@dataclass(frozen=True)
class ClinicMap:
    """Clinics of one practice as arrays.

    Parameters
    ----------
    latitude, longitude, radius_km : float arrays of shape (clinics,)
        Degrees, WGS 84; those of practice.toml, else the center of the ZIP code; NaN where it is not on the map.
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
        """Build the map of one practice."""
        coordinates = np.array([(clinic.latitude, clinic.longitude) for clinic in practice.clinics], float)
        latitude, longitude = coordinates.reshape(-1, 2).T
        if practice.clinics:
            zip_codes = load_zip_map()
            at_zip = zip_codes.find_positions([clinic.postal_code for clinic in practice.clinics])
            latitude = np.where(np.isnan(latitude), zip_codes.latitude[at_zip], latitude)
            longitude = np.where(np.isnan(longitude), zip_codes.longitude[at_zip], longitude)
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
        """Clinics offering each service; the last entry, for an unknown service, is every clinic.

        Shape (services + 1, clinics), bool.
        """
        return np.vstack([self.offers.T, np.ones((1, len(self.latitude)), bool)])

    def find_services_sharing_word(self, text: str) -> tuple[int, ...]:
        """Return the services whose names or synonyms share a distinctive word with ``text``, as positions in order."""
        tokens = _TOKEN.findall(text.casefold())
        return tuple(sorted({service for token in tokens for service in self._distinctive_words.get(token, ())}))

    @cached_property
    def _distinctive_words(self) -> dict[str, frozenset[int]]:
        """Words that at most a third of the services (at least one) share, each with its services."""
        services_by_token: dict[str, set[int]] = {}
        for name, service in self.service_names.items():
            for token in _TOKEN.findall(name):
                services_by_token.setdefault(token, set()).add(service)
        limit = max(1, self.offers.shape[1] // 3)
        return {token: frozenset(services) for token, services in services_by_token.items() if len(services) <= limit}

    @cached_property
    def between_km(self) -> FloatArray:
        """Great-circle distance from each clinic to each; 0 to itself, even where its position is unknown.

        Shape (clinics, clinics), km.
        """
        km = great_circle_km(self.latitude[:, None], self.longitude[:, None], self.latitude, self.longitude)
        return np.where(np.eye(len(km), dtype=bool), 0.0, km)

    def find_services(self, text: str | None) -> tuple[int, ...]:
        """Return the services that a form's field names, as positions in the order of the text; one or several.

        The whole text is tried first, then the parts between separators and the word "and". A part may be written
        without accents, with other punctuation, or with a remark in brackets.

        >>> from features.practice.practice import Practice, Service
        >>> clinics = ClinicMap.from_practice(Practice(services=(Service("Knee replacement"), Service("MRI scan"))))
        >>> clinics.find_services("Knee replacement; MRI-Scan"), clinics.find_services("botox")
        ((0, 1), ())
        """
        if text is None:
            return ()
        whole = self._find_service(text)
        if whole is not None:
            return (whole,)
        parts = [part for part in _SEPARATORS.split(text) if part.strip()]
        services = [self._find_service(part) for part in parts]
        if not any(position is not None for position in services):
            services = [self._find_service(part) for piece in parts for part in _CONJUNCTIONS.split(piece)]
        else:
            services = [
                position
                for piece, whole in zip(parts, services, strict=True)
                for position in ([whole] if whole is not None else map(self._find_service, _CONJUNCTIONS.split(piece)))
            ]
        return tuple(dict.fromkeys(position for position in services if position is not None))

    def _find_service(self, text: str) -> int | None:
        """Return the position of the service that a text names, in any spelling."""
        exact = self.service_names.get(text.casefold().strip())
        if exact is not None:
            return exact
        for spelling in (text, _BRACKETS.sub(" ", text)):
            position = self._service_by_spelling.get(_fold_service(spelling))
            if position is not None:
                return position
        return None

    @cached_property
    def _service_by_spelling(self) -> dict[str, int]:
        """Services by their names without accents, punctuation, spaces, and number."""
        spellings = {_fold_service(name): position for name, position in self.service_names.items()}
        return {spelling: position for spelling, position in spellings.items() if spelling}

    def find_positions(self, values: Iterable[str | None], names: dict[str, int]) -> IntArray:
        """Return each value's position in ``names`` (``service_names`` or ``clinic_names``); -1 unknown or missing."""
        if names is self.service_names:
            services = [self.find_services(value) for value in values]
            return np.array([named[0] if named else -1 for named in services], np.intp)
        return np.array([-1 if value is None else names.get(value.casefold().strip(), -1) for value in values], np.intp)


def _index_names(entries: tuple) -> dict[str, int]:
    """Map every name and synonym in lower case to its position; a name wins over another entry's synonym."""
    names = {also.casefold(): position for position, entry in enumerate(entries) for also in entry.also_called}
    return names | {entry.name.casefold(): position for position, entry in enumerate(entries)}


def _fold_service(name: str) -> str:
    """Return the name of a service as it is compared, without punctuation."""
    return fold_words(fold_value(name, "service_requested")).replace(" ", "")
