"""Location fit: is one of our clinics near enough?

Lives here: distances from the lead (coordinates, else ZIP code) to clinics that offer the service asked for.
Does not live here: the clinic asked for compared with the service and the location (``consistency``).
"""

import numpy as np

from features.array_types import FloatArray
from features.batch import Batch
from features.blocks import Blocks
from features.registry import signal


@signal(
    family="location_fit",
    unit="km",
    needs=("clinics", "postal_code|latitude"),
    refined_by=("service_requested", "message", "longitude"),
    blocks=("geo",),
    monotone=-1,
    group="distance",
    reason="About {value} from the nearest clinic offering the service",
    unknown="No location given",
    evidence=("clinic:nearest", "place:lead"),
)
def distance_to_offering_clinic(batch: Batch, blocks: Blocks) -> FloatArray:
    """Great-circle distance from the lead to the nearest clinic that offers the service asked for. Shape (n,), km, NaN
    unknown.

    >>> from features.testing import one_lead, value_of
    >>> round(value_of(distance_to_offering_clinic, one_lead(postal_code="02139", service_requested="Physio")))
    4
    """
    return blocks.geo.distance_km


@signal(
    family="location_fit",
    unit="clinics",
    needs=("clinics", "postal_code|latitude"),
    refined_by=("service_requested", "message", "longitude"),
    blocks=("geo",),
    monotone=+1,
    group="distance",
    reason="Lives in the area of {value} offering the service",
    absent="Lives outside the area of every clinic offering the service",
    unknown="No location given",
    evidence=("clinic:in reach", "place:lead"),
)
def clinics_in_reach(batch: Batch, blocks: Blocks) -> FloatArray:
    """Clinics that offer the service and within whose radius the lead lives. Shape (n,), clinics, NaN unknown.

    >>> from features.testing import one_lead, value_of
    >>> value_of(clinics_in_reach, one_lead(postal_code="90210"))
    0.0
    """
    return blocks.geo.clinics_in_reach


@signal(
    family="location_fit",
    unit="km",
    needs=("clinics", "postal_code|latitude"),
    refined_by=("service_requested", "message", "longitude"),
    blocks=("geo",),
    monotone=-1,
    group="distance",
    reason="Lives about {value} outside the area of the nearest clinic offering the service",
    absent="Lives in the area of a clinic offering the service",
    unknown="No location given",
    evidence=("clinic:nearest", "place:lead"),
)
def distance_outside_area(batch: Batch, blocks: Blocks) -> FloatArray:
    """How far beyond the radius of the clinic whose area is nearest, of those offering the service. Shape (n,), km, 0
    inside an area, NaN unknown.

    >>> from features.testing import one_lead, value_of
    >>> [round(value_of(distance_outside_area, one_lead(postal_code=code))) for code in ("02139", "10001")]
    [0, 263]
    """
    return blocks.geo.beyond_km


@signal(
    family="location_fit",
    unit="km",
    needs=("clinics", "postal_code|latitude"),
    refined_by=("service_requested", "message", "longitude"),
    blocks=("geo",),
    monotone=-1,
    reason="The next clinic offering the service is about {value} further",
    absent="Two clinics offering the service are equally near",
    unknown="No second clinic offers the service, or no location given",
    evidence=("clinic:second", "place:lead"),
)
def further_to_second_clinic(batch: Batch, blocks: Blocks) -> FloatArray:
    """How much further the second nearest clinic offering the service is. Shape (n,), km, NaN without a second one or a
    place.

    >>> from features.testing import one_lead, value_of
    >>> round(value_of(further_to_second_clinic, one_lead(postal_code="02139", service_requested="Physio")))
    18
    """
    return blocks.geo.second_km - blocks.geo.distance_km


@signal(
    family="location_fit",
    unit="km",
    needs=("clinics", "services", "postal_code|latitude"),
    refined_by=("service_requested", "message", "longitude"),
    blocks=("geo",),
    monotone=-1,
    reason="The clinic nearest to them does not offer the service, another about {value} further does",
    absent="The clinic nearest to them offers the service",
    unknown="No location given",
    evidence=("clinic:any", "clinic:nearest", "place:lead"),
)
def detour_for_service(batch: Batch, blocks: Blocks) -> FloatArray:
    """How much further the nearest clinic offering the service is than the nearest one of all. Shape (n,), km, 0 when
    it is the same, NaN unknown.

    >>> from features.testing import one_lead, value_of
    >>> round(value_of(detour_for_service, one_lead(postal_code="01960", service_requested="spine surgery")))
    21
    """
    return blocks.geo.distance_km - blocks.geo.any_km


@signal(
    family="location_fit",
    unit="km",
    needs=("clinics", "preferred_clinic", "postal_code|latitude"),
    refined_by=("longitude",),
    blocks=("geo",),
    monotone=-1,
    reason="About {value} from the clinic asked for",
    absent="Lives where the clinic asked for is",
    unknown="No clinic asked for, or no location given",
    evidence=("clinic:preferred", "place:lead"),
)
def distance_to_preferred_clinic(batch: Batch, blocks: Blocks) -> FloatArray:
    """Great-circle distance from the lead to the clinic asked for. Shape (n,), km, NaN unknown.

    >>> from features.testing import one_lead, value_of
    >>> round(value_of(distance_to_preferred_clinic, one_lead(postal_code="02139", preferred_clinic="North")))
    22
    """
    return blocks.geo.preferred_km


@signal(
    family="location_fit",
    unit="yes/no",
    needs=("postal_code",),
    blocks=("fields",),
    reason="Gave a ZIP code that is on the map",
    absent="Gave a ZIP code that is not on the map",
    unknown="No ZIP code given",
    evidence=("field:postal_code",),
)
def zip_on_map(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the ZIP code is one that exists. Shape (n,), 1 yes, 0 no, NaN not given.

    >>> from features.testing import one_lead, value_of
    >>> value_of(zip_on_map, one_lead(postal_code="02139")), value_of(zip_on_map, one_lead(postal_code="00000"))
    (1.0, 0.0)
    """
    return np.where(blocks.fields.is_given("postal_code"), blocks.fields.zip_row >= 0, np.nan)
