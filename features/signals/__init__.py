"""What does each lead's data say about it? One file per question, one small function per signal.

Importing this package fills ``features.registry.CATALOGUE``, family by family in the order of ``FAMILIES``, which is
the order of the matrix's columns.
"""

from features.registry import sort_by_family
from features.signals import (  # noqa: F401  (each import declares its family's signals)
    consistency,
    decision,
    eligibility,
    engagement,
    intent,
    location_fit,
    reachability,
    referral_context,
    response,
    season_and_hours,
    service_fit,
    specificity,
    track_record,
    trust,
    urgency,
)

# The order of columns is part of a model, so it must not hang on the order of the import lines above.
sort_by_family()

__all__ = [
    "consistency",
    "decision",
    "eligibility",
    "engagement",
    "intent",
    "location_fit",
    "reachability",
    "referral_context",
    "response",
    "season_and_hours",
    "service_fit",
    "specificity",
    "track_record",
    "trust",
    "urgency",
]
