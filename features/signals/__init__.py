"""What does each lead's data say about it? One file per question, one small function per signal.

Importing this package fills ``features.catalogue.CATALOGUE`` in the order below, which is the order of the matrix's columns.
"""

from features.signals import (  # noqa: F401  (each import declares its family's signals)
    intent,
    specificity,
    service_fit,
    location_fit,
    engagement,
    reachability,
    trust,
    decision,
    track_record,
)

__all__ = ["decision", "engagement", "intent", "location_fit", "reachability", "service_fit", "specificity", "track_record", "trust"]
