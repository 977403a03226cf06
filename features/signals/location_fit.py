"""Location fit: is one of our clinics near enough?

Lives here: distances from the lead to clinics that offer the service asked for.
Does not live here: whether the clinic asked for offers it (``service_fit``).
"""

import numpy as np

from features.batch import Batch
from features.blocks import Blocks
from features.catalogue import signal
from features.types import FloatArray


@signal(
    family="location_fit", unit="km", needs=("clinics", "postal_code|latitude"), blocks=("geo",), monotone=-1, group="distance",
    reason="About {value} from the nearest clinic offering the service", unknown="No location given",
)  # fmt: skip
def distance_to_offering_clinic(batch: Batch, blocks: Blocks) -> FloatArray:
    """Great-circle distance from the lead to the nearest clinic that offers the service asked for. Shape (n,), km, NaN unknown.

    >>> from features.examples import one_lead, value_of
    >>> round(value_of(distance_to_offering_clinic, one_lead(postal_code="02139", service_requested="Physio")))
    4
    """
    return blocks.geo.distance_km


@signal(
    family="location_fit", unit="clinics", needs=("clinics", "postal_code|latitude"), blocks=("geo",), monotone=+1, group="distance",
    reason="Lives in the area of {value} offering the service", absent="Lives outside the area of every clinic offering the service",
    unknown="No location given",
)  # fmt: skip
def clinics_in_reach(batch: Batch, blocks: Blocks) -> FloatArray:
    """Clinics that offer the service and within whose radius the lead lives. Shape (n,), clinics, NaN unknown.

    >>> from features.examples import one_lead, value_of
    >>> value_of(clinics_in_reach, one_lead(postal_code="90210"))
    0.0
    """
    return blocks.geo.in_reach


@signal(
    family="location_fit", unit="km", needs=("clinics", "preferred_clinic", "postal_code|latitude"), blocks=("geo",), monotone=-1,
    reason="About {value} further to the clinic asked for than to the nearest one", absent="Asks for the clinic nearest to them",
    unknown="No clinic and location to compare",
)  # fmt: skip
def detour_to_preferred_clinic(batch: Batch, blocks: Blocks) -> FloatArray:
    """How much further the clinic asked for is than the nearest one offering the service. Shape (n,), km, 0 when it is the nearest, NaN unknown.

    >>> from features.examples import one_lead, value_of
    >>> value_of(detour_to_preferred_clinic, one_lead(postal_code="02139", preferred_clinic="Downtown"))
    0.0
    """
    return np.maximum(blocks.geo.preferred_km - blocks.geo.distance_km, 0)
