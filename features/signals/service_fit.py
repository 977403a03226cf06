"""Service fit: do we offer what is asked for?

Lives here: the service asked for against the practice's list, and how widely it is offered.
Does not live here: rules on who may have it (``eligibility``), how far the clinic is (``location_fit``), whether the
clinic asked for offers it (``consistency``).
"""

import numpy as np

from features.array_types import FloatArray
from features.batch import Batch
from features.blocks import Blocks
from features.registry import signal


@signal(
    family="service_fit",
    unit="yes/no",
    needs=("services", "service_requested|message"),
    blocks=("text", "fields"),
    monotone=+1,
    group="service_requested",
    reason="Asks for a service we offer",
    absent="Asks for something that is not on our list",
    unknown="No service named",
    evidence=("field:service_requested", "words:service"),
)
def service_offered(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the service asked for is on the practice's list. Shape (n,), 1 yes, 0 a service not on the list, NaN none
    named. Of several services in one field, one that is on the list is enough.

    >>> from features.testing import one_lead, value_of
    >>> value_of(service_offered, one_lead(service_requested="Physio"))
    1.0
    >>> value_of(service_offered, one_lead(service_requested="botox"))
    0.0
    >>> value_of(service_offered, one_lead(service_requested="Physical Therapy; back surgery"))
    1.0
    >>> value_of(service_offered, one_lead(service_requested="Not sure yet"))
    nan
    """
    return np.where(blocks.text.service >= 0, 1.0, np.where(blocks.fields.names_other_service, 0.0, np.nan))


@signal(
    family="service_fit",
    unit="clinics",
    needs=("services", "clinics", "service_requested|message"),
    blocks=("text", "geo"),
    reason="The service is offered at {value}",
    absent="No clinic of ours offers the service",
    unknown="No service of ours named",
    evidence=("service:asked", "clinic:offering"),
)
def clinics_offering_service(batch: Batch, blocks: Blocks) -> FloatArray:
    """How many clinics offer the service asked for, wherever the lead lives. Shape (n,), clinics, NaN when no service
    is known.

    >>> from features.testing import one_lead, value_of
    >>> value_of(clinics_offering_service, one_lead(service_requested="back surgery"))
    1.0
    """
    return np.where(blocks.text.service >= 0, blocks.geo.offers.sum(axis=1), np.nan)
