"""Where are the leads, and how far is it to the clinics that offer what they ask for?

Lives here: coordinates and distances per moment.
Does not live here: the clinics (``practice.clinic_map``), ZIP codes and the distance formula (``practice.zip_codes``).
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray, IntArray
from features.arrays.computed_once import computed_once
from features.batch import Batch
from features.blocks.form_fields import FormFieldsBlock
from features.blocks.text import TextBlock
from features.practice.zip_codes import great_circle_km, load_zip_map

__all__ = ["GeographyBlock"]


@dataclass(frozen=True)
class GeographyBlock:
    """Locations and distances, one entry per moment.

    A lead's location is its coordinates, else the center of its ZIP code, else unknown.

    Parameters
    ----------
    latitude, longitude : float arrays of shape (n,)
        Degrees, WGS 84; NaN unknown.
    all_km : float array of shape (n, clinics)
        To every clinic; NaN where the lead's or the clinic's location is unknown. A practice without clinics has one
        clinic of unknown location, so that every array has a column.
    offers : bool array of shape (n, clinics)
        Whether the clinic offers the service asked for (every clinic does when no service is known).
    radius_km : float array of shape (clinics,)
    between_km : float array of shape (clinics, clinics)
    preferred : int array of shape (n,)
        The clinic asked for, as its position in ``practice.clinics``; -1 unknown.
    """

    latitude: FloatArray
    longitude: FloatArray
    all_km: FloatArray
    offers: np.ndarray
    radius_km: FloatArray
    between_km: FloatArray
    preferred: IntArray

    @classmethod
    def of(cls, batch: Batch, text: TextBlock, fields: FormFieldsBlock) -> "GeographyBlock":
        """Compute the distances of every lead of the batch to every clinic."""
        geography = batch.context.geography
        latitude, longitude = load_zip_map().latitude[fields.zip_row], load_zip_map().longitude[fields.zip_row]
        if "latitude" in batch.columns and "longitude" in batch.columns:
            north, east = batch.column("latitude"), batch.column("longitude")
            has_coordinates = ~(np.isnan(north) | np.isnan(east))
            # Coordinates of the lead's own are nearer to it than the center of its ZIP code; half a pair is none.
            latitude, longitude = np.where(has_coordinates, north, latitude), np.where(has_coordinates, east, longitude)
        n = len(batch)
        if not len(geography.latitude):
            unknown_km, offers, radius_km = np.full((n, 1), np.nan), np.zeros((n, 1), bool), np.zeros(1)
            return cls(
                latitude, longitude, unknown_km, offers, radius_km, np.full((1, 1), np.nan), np.full(n, -1, np.intp)
            )
        clinics, codes = fields.get_distinct_values("preferred_clinic")
        preferred = geography.find_positions(clinics, geography.clinic_names)[codes]
        all_km = great_circle_km(latitude[:, None], longitude[:, None], geography.latitude, geography.longitude)
        # Service -1, for none named, reads the last row: every clinic offers it.
        offers = geography.clinics_offering[text.service]
        return cls(latitude, longitude, all_km, offers, geography.radius_km, geography.between_km, preferred)

    @computed_once
    def has_location(self) -> np.ndarray:
        """Whether the lead's location is known. Shape (n,), bool."""
        return ~np.isnan(self.latitude)

    @computed_once
    def nearest(self) -> IntArray:
        """The nearest clinic offering the service, as its position in ``practice.clinics``; -1 unknown. Shape (n,)."""
        return np.where(np.isfinite(self._offered_km.min(axis=1)), self._offered_km.argmin(axis=1), -1)

    @computed_once
    def distance_km(self) -> FloatArray:
        """Distance to the nearest clinic offering the service; NaN unknown. Shape (n,)."""
        return _replace_infinite(self._offered_km.min(axis=1))

    @computed_once
    def second_km(self) -> FloatArray:
        """Distance to the second nearest clinic offering the service; NaN unknown or only one. Shape (n,)."""
        if self._offered_km.shape[1] < 2:
            return np.full(len(self._offered_km), np.nan)
        return _replace_infinite(np.partition(self._offered_km, 1, axis=1)[:, 1])

    @computed_once
    def any_km(self) -> FloatArray:
        """Distance to the nearest clinic, whatever it offers; NaN unknown. Shape (n,)."""
        return _replace_infinite(_replace_nan(self.all_km).min(axis=1))

    @computed_once
    def beyond_km(self) -> FloatArray:
        """Distance outside the area of the clinic whose area is nearest, of those offering the service. Shape (n,).

        0 inside, NaN unknown.
        """
        return _replace_infinite((self._offered_km - self.radius_km).min(axis=1)).clip(min=0)

    @computed_once
    def clinics_in_reach(self) -> FloatArray:
        """Number of clinics offering the service within their radius; NaN unknown. Shape (n,)."""
        return np.where(np.isnan(self.all_km).all(axis=1), np.nan, (self._offered_km <= self.radius_km).sum(axis=1))

    @computed_once
    def preferred_km(self) -> FloatArray:
        """Distance to the preferred clinic; NaN where none is named or a location is unknown. Shape (n,)."""
        return np.where(self.preferred >= 0, self.all_km[np.arange(len(self.preferred)), self.preferred], np.nan)

    @computed_once
    def offered_from_preferred_km(self) -> FloatArray:
        """Distance from the preferred clinic to the nearest one offering the service. Shape (n,).

        0 where the preferred clinic offers it itself; NaN where no clinic is preferred.
        """
        from_preferred = np.where(self.offers, _replace_nan(self.between_km)[self.preferred], np.inf).min(axis=1)
        return np.where(self.preferred >= 0, _replace_infinite(from_preferred), np.nan)

    @computed_once
    def _offered_km(self) -> FloatArray:
        """Distance to every clinic; infinite where it does not offer the service or a location is unknown."""
        return np.where(self.offers, _replace_nan(self.all_km), np.inf)


def _replace_nan(km: FloatArray) -> FloatArray:
    """Return NaN as infinite, so that it is never the minimum."""
    return np.where(np.isnan(km), np.inf, km)


def _replace_infinite(km: FloatArray) -> FloatArray:
    """Return infinite as NaN."""
    return np.where(np.isfinite(km), km, np.nan)
