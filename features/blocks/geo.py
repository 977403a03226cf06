"""Where are the leads, and how far is it to the clinics that offer what they ask for?"""

from dataclasses import dataclass

import numpy as np

from features.batch import Batch
from features.blocks.text import TextBlock
from features.geography import great_circle_km
from features.types import FloatArray, IntArray

__all__ = ["GeoBlock"]


@dataclass(frozen=True)
class GeoBlock:
    """Distances, one entry per moment.

    Parameters
    ----------
    distance_km : float array of shape (n,)
        To the nearest clinic offering the service asked for (any clinic when no service is known); NaN where the lead's place is unknown.
    preferred_km : float array of shape (n,)
        To the clinic asked for; NaN where none was asked for or the place is unknown.
    in_reach : float array of shape (n,)
        Clinics offering the service within their radius.
    nearest, preferred : int arrays of shape (n,)
        Position in ``practice.clinics``; -1 unknown.
    """

    distance_km: FloatArray
    preferred_km: FloatArray
    in_reach: FloatArray
    nearest: IntArray
    preferred: IntArray

    @classmethod
    def of(cls, batch: Batch, text: TextBlock) -> "GeoBlock":
        """Distances of every lead of the batch to every clinic: shape (n, clinics), then reduced."""
        geography, row = batch.knowledge.geography, batch.of_lead
        preferred = geography.positions(batch.of_leads("preferred_clinic"), geography.clinic_names)[row]
        n, clinics = len(batch), len(geography.latitude)
        if not clinics:
            unknown, nowhere = np.full(n, np.nan), np.full(n, -1, np.intp)
            return cls(unknown, unknown, unknown, nowhere, nowhere)
        latitude, longitude = geography.coordinates(batch.of_leads("postal_code"), batch.of_leads("latitude"), batch.of_leads("longitude"))
        all_km = great_circle_km(latitude[:, None], longitude[:, None], geography.latitude, geography.longitude)[row]
        offers = np.where((text.service >= 0)[:, None], geography.offers.T[text.service] if geography.offers.size else True, True)
        offered_km = np.where(offers & ~np.isnan(all_km), all_km, np.inf)
        nearest = offered_km.argmin(axis=1)
        distance = offered_km[np.arange(n), nearest]
        known = np.isfinite(distance)
        in_reach = np.where(np.isnan(all_km).all(axis=1), np.nan, (offered_km <= geography.radius_km).sum(axis=1))
        preferred_km = np.where(preferred >= 0, all_km[np.arange(n), preferred], np.nan)
        return cls(np.where(known, distance, np.nan), preferred_km, in_reach, np.where(known, nearest, -1), preferred)
