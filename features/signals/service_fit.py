"""Service fit: do we offer what is asked for, to this person?

Lives here: the service asked for against what the practice offers, where, and whose insurance it takes.
Does not live here: how far the clinic is (``location_fit``).
"""

import numpy as np

from features.batch import Batch
from features.blocks import Blocks
from features.catalogue import signal
from features.types import FloatArray


@signal(
    family="service_fit", unit="yes/no", needs=("services", "service_requested|message"), blocks=("text",), monotone=+1, group="service_requested",
    reason="Asks for a service we offer", absent="Asks for something that is not on our list", unknown="No service named",
)  # fmt: skip
def service_offered(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the service asked for is on the practice's list. Shape (n,), 1 yes, 0 a service not on the list, NaN none named.

    >>> from features.examples import one_lead, value_of
    >>> value_of(service_offered, one_lead(service_requested="Physio"))
    1.0
    >>> value_of(service_offered, one_lead(service_requested="botox"))
    0.0
    """
    said = np.array([value is not None for value in batch.of_leads("service_requested")], bool)[batch.of_lead]
    return np.where(blocks.text.service >= 0, 1.0, np.where(said, 0.0, np.nan))


@signal(
    family="service_fit", unit="yes/no", needs=("services", "clinics", "preferred_clinic"), blocks=("text", "geo"), monotone=+1,
    reason="The clinic asked for offers the service", absent="The clinic asked for does not offer the service",
    unknown="No clinic and service to compare",
)  # fmt: skip
def offered_at_preferred_clinic(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the clinic asked for offers the service asked for. Shape (n,), 1 yes, 0 no, NaN when either is not known.

    >>> from features.examples import one_lead, value_of
    >>> value_of(offered_at_preferred_clinic, one_lead(service_requested="spine surgery", preferred_clinic="North"))
    0.0
    """
    clinic, service = blocks.geo.preferred, blocks.text.service
    known = (clinic >= 0) & (service >= 0)
    offers = batch.knowledge.geography.offers
    return np.where(known, offers[clinic, service] if offers.size else np.nan, np.nan)


@signal(
    family="service_fit", unit="yes/no", needs=("services", "payer"), blocks=("text",), monotone=+1, group="payer",
    reason="We take this payer for the service", absent="We do not take this payer for the service", unknown="No payer given",
)  # fmt: skip
def payer_accepted(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the payer is accepted for the service asked for (for any service when none is named). Shape (n,), 1 yes, 0 no, NaN not said.

    >>> from features.examples import one_lead, value_of
    >>> value_of(payer_accepted, one_lead(payer="aetna", service_requested="spine surgery"))
    1.0
    >>> value_of(payer_accepted, one_lead(payer="Medicaid", service_requested="spine surgery"))
    0.0
    """
    lists = [{payer.casefold() for payer in service.payers} for service in batch.knowledge.practice.services]
    anywhere = set().union(*lists) if all(lists) else set()
    payers = batch.column("payer")
    accepted = [
        np.nan if payer is None else float(not takes or payer.strip().casefold() in takes)
        for payer, takes in zip(payers, (lists[s] if s >= 0 else anywhere for s in blocks.text.service), strict=True)
    ]
    return np.array(accepted, float)
