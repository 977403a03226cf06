"""Where are the leads, and how far is it to the clinics that offer what they ask for?"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.array_types import FloatArray, IntArray
from features.batch import Batch
from features.blocks.form_fields import FormFieldsBlock
from features.blocks.text import TextBlock
from features.practice.zip_codes import great_circle_km, load_zip_map

__all__ = ["GeographyBlock"]


@dataclass(frozen=True)
class GeographyBlock:
    """Places and distances, one entry per moment. A lead is where its coordinates say, else at the centre of its ZIP
    code, else nowhere.

    Parameters
    ----------
    latitude, longitude : float arrays of shape (n,)
        Degrees, WGS 84; NaN unknown.
    all_km : float array of shape (n, clinics)
        To every clinic; NaN where the lead's or the clinic's place is unknown. A practice without clinics has one that
        is nowhere.
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
        """Distances of every lead of the batch to every clinic."""
        geography = batch.context.geography
        latitude, longitude = load_zip_map().latitude[fields.zip_row], load_zip_map().longitude[fields.zip_row]
        if "latitude" in batch.columns and "longitude" in batch.columns:
            north, east = batch.column("latitude"), batch.column("longitude")
            given = ~(np.isnan(north) | np.isnan(east))
            latitude, longitude = np.where(given, north, latitude), np.where(given, east, longitude)
        n = len(batch)
        if not len(geography.latitude):
            nowhere = np.full((n, 1), np.nan)
            return cls(
                latitude,
                longitude,
                nowhere,
                np.zeros((n, 1), bool),
                np.zeros(1),
                np.full((1, 1), np.nan),
                np.full(n, -1, np.intp),
            )
        clinics, place = fields.get_distinct_values("preferred_clinic")
        preferred = geography.find_positions(clinics, geography.clinic_names)[place]
        all_km = great_circle_km(latitude[:, None], longitude[:, None], geography.latitude, geography.longitude)
        offers = geography.clinics_offering[text.service]
        return cls(latitude, longitude, all_km, offers, geography.radius_km, geography.between_km, preferred)

    @cached_property
    def has_location(self) -> np.ndarray:
        """Whether we know where the lead is. Shape (n,), bool."""
        return ~np.isnan(self.latitude)

    @cached_property
    def nearest(self) -> IntArray:
        """The nearest clinic offering the service, as its position in ``practice.clinics``; -1 unknown. Shape (n,)."""
        return np.where(np.isfinite(self._offered_km.min(axis=1)), self._offered_km.argmin(axis=1), -1)

    @cached_property
    def distance_km(self) -> FloatArray:
        """To the nearest clinic offering the service; NaN unknown. Shape (n,)."""
        return _finite(self._offered_km.min(axis=1))

    @cached_property
    def second_km(self) -> FloatArray:
        """To the second nearest clinic offering the service; NaN unknown, or where there is only one. Shape (n,)."""
        if self._offered_km.shape[1] < 2:
            return np.full(len(self._offered_km), np.nan)
        return _finite(np.partition(self._offered_km, 1, axis=1)[:, 1])

    @cached_property
    def any_km(self) -> FloatArray:
        """To the nearest clinic, whatever it offers; NaN unknown. Shape (n,)."""
        return _finite(_infinite(self.all_km).min(axis=1))

    @cached_property
    def beyond_km(self) -> FloatArray:
        """How far outside the area of the clinic whose area is nearest, of those offering the service; 0 inside, NaN
        unknown. Shape (n,)."""
        return _finite((self._offered_km - self.radius_km).min(axis=1)).clip(min=0)

    @cached_property
    def clinics_in_reach(self) -> FloatArray:
        """Clinics offering the service within their radius; NaN unknown. Shape (n,)."""
        return np.where(np.isnan(self.all_km).all(axis=1), np.nan, (self._offered_km <= self.radius_km).sum(axis=1))

    @cached_property
    def preferred_km(self) -> FloatArray:
        """To the clinic asked for; NaN where none was asked for or the place is unknown. Shape (n,)."""
        return np.where(self.preferred >= 0, self.all_km[np.arange(len(self.preferred)), self.preferred], np.nan)

    @cached_property
    def offered_from_preferred_km(self) -> FloatArray:
        """From the clinic asked for to the nearest one offering the service: 0 where it offers it itself; NaN where
        none was asked for. Shape (n,)."""
        from_there = np.where(self.offers, _infinite(self.between_km)[self.preferred], np.inf).min(axis=1)
        return np.where(self.preferred >= 0, _finite(from_there), np.nan)

    @cached_property
    def _offered_km(self) -> FloatArray:
        """To every clinic; infinite where it does not offer the service or a place is unknown."""
        return np.where(self.offers, _infinite(self.all_km), np.inf)


def _infinite(km: FloatArray) -> FloatArray:
    """NaN as infinite, so that it is never the least."""
    return np.where(np.isnan(km), np.inf, km)


def _finite(km: FloatArray) -> FloatArray:
    """Infinite as NaN."""
    return np.where(np.isfinite(km), km, np.nan)
