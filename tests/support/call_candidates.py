"""Which open leads do tests of the working order sort? Leads of one lane, a minute apart, at a moment of our own."""

import numpy as np

from serving.desk.queue.call_candidates import CallCandidates

NOW = np.datetime64("2026-11-20T20:00", "us")  # a Friday, 14:00 in Chicago
MINUTE, HOUR = np.timedelta64(1, "m"), np.timedelta64(1, "h")


def leads(count=3, **others):
    """Leads of the normal lane, one minute apart, the first an hour ago; the earlier the likelier."""
    fields = {
        "lane": ["normal"] * count,
        "probability": np.linspace(0.5, 0.1, count),
        "arrived_at": NOW - HOUR + np.arange(count) * MINUTE,
    }
    return CallCandidates.of(**(fields | others))
