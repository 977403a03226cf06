"""What does each lead's data say about it? One file per question, one small function per signal.

Importing this package fills ``features.registry.CATALOGUE`` in the order below, which is the order of the matrix's
columns."""

from features.signals import (  # noqa: F401  (each import declares its family's signals)
    consistency,
    decision,
    eligibility,
    engagement,
    intent,
    location_fit,
    reachability,
    referral_context,
    season_and_hours,
    service_fit,
    specificity,
    track_record,
    trust,
    urgency,
)

__all__ = [
    "consistency",
    "decision",
    "eligibility",
    "engagement",
    "intent",
    "location_fit",
    "reachability",
    "referral_context",
    "season_and_hours",
    "service_fit",
    "specificity",
    "track_record",
    "trust",
    "urgency",
]
