"""Where is each clinic, and what does it offer? The clinics of one practice as arrays.

Lives here: positions of the clinics, the services each offers, names of services and clinics as people write them.
Does not live here: the map of ZIP codes and distances (``zip_codes``), running over a batch (``blocks.geography``).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.array_types import FloatArray, IntArray
from features.arrays.text_memory import TextMemory
from features.parsing.answers.unknown_answers import fold_words
from features.parsing.scalars import parse_yes_no
from features.parsing.value_spelling import fold_value
from features.practice.practice import Practice
from features.practice.zip_codes import great_circle_km, load_zip_map

__all__ = ["ClinicMap"]

_SEPARATORS = (
    # Between entries of a list: a mark of a list, an arrow, or a number such as "2) ".
    re.compile(r"[;|\n~>\u2022\u3001\uff1b\uff0c]|-+>|::|<[^<>]{1,40}>|(?:^|(?<=\s))\d{1,2}[.)]\s+"),
    re.compile(r"[,/]|(?<=\s)[-\u2013](?=\s)"),
    re.compile(
        r"[&+]|\b(?:and then|then|as well as|and also|and|both|y|e|und|et|plus|with|or)\b|(?<=\s)[-\u2013](?=\s)",
        re.IGNORECASE,
    ),
)
"""What separates the services of one field, the clearest first: a part that is a service is not divided any more."""
_ANSWERED = re.compile(r"([^;,|\n:=]+?)\s*[:=]\s*(yes|no|true|false|1|0|x|on|off|checked|unchecked)\b", re.IGNORECASE)
"""A service with the answer to it: "MRI scan: no"."""
_DENIES = re.compile(r"\b(?:no|not|without|except|instead|nor|neither|but|sin|keine?|ohne|sans|pas)\b", re.IGNORECASE)
_TEXTS_KEPT, _LONGEST_KEPT = 65_536, 200
"""Texts of forms whose services are kept, and their most characters: a longer one is a message of its own."""
_SHORT_NAME = 3
"""In letters: "PT" in a longer text is a service only in capitals, "pt" is a patient."""
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

        The whole text is tried first, then its parts, the clearest separators first. A part may be written without
        accents, with other punctuation, or with a remark in brackets. Where none is found so, names inside the text
        count.

        >>> from features.practice.practice import Practice, Service
        >>> clinics = ClinicMap.from_practice(Practice(services=(Service("Knee replacement"), Service("MRI scan"))))
        >>> clinics.find_services("Knee replacement; MRI-Scan"), clinics.find_services("botox")
        ((0, 1), ())
        >>> clinics.find_services("an MRI scan of the knee"), clinics.find_services("MRI scan: no")
        ((1,), ())
        """
        if text is None:
            return ()
        services = self._services_by_text.get(text)
        if services is None:
            services = tuple(dict.fromkeys(self._find_parts(text, _SEPARATORS) or self._find_inside(text)))
            self._services_by_text.keep(text, services)
        return services

    @cached_property
    def _services_by_text(self) -> TextMemory[tuple[int, ...]]:
        """The services of each text that was read lately: a form offers few, and each lead asks several times."""
        return TextMemory(_TEXTS_KEPT, _LONGEST_KEPT)

    def _find_parts(self, text: str, separators: Sequence[re.Pattern[str]]) -> list[int]:
        """Return the services that a text or its parts are, in order."""
        answered = _ANSWERED.fullmatch(text.strip())
        if answered is not None:
            if parse_yes_no(answered[2])[0] != 1:
                return []
            text = answered[1]
        whole = self._find_service(text)
        if whole is not None:
            return [whole]
        if not separators:
            return []
        parts = [part for part in separators[0].split(text) if part.strip()]
        return [service for part in parts for service in self._find_parts(part, separators[1:])]

    def _find_inside(self, text: str) -> list[int]:
        """Return the services whose names stand inside a longer text that denies nothing, in order."""
        if _DENIES.search(text) or _ANSWERED.search(text):
            return []
        matches = {match.start(): match[0] for match in self._names_inside.finditer(text.replace("_", " "))}
        return [
            self.service_names[name.casefold()]
            for _, name in sorted(matches.items())
            if len(name) > _SHORT_NAME or name.isupper()
        ]

    @cached_property
    def _names_inside(self) -> re.Pattern[str]:
        """Return a pattern of all names of services, the longest first, as whole words."""
        names = sorted(self.service_names, key=len, reverse=True)
        listed = "|".join(map(re.escape, names)) if names else "(?!)"
        return re.compile(rf"(?<![^\W_])(?:{listed})(?![^\W_])", re.IGNORECASE)

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
