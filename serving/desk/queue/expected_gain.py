"""What is a call now expected to bring? The chance, how fast it cools, and what a booking is worth.

Lives here: the gain that part 3 of the working order is sorted by. Does not live here: the order (``working_order``),
the weights (``features.practice.queue_policy``).
"""

import numpy as np

from features.array_types import HOUR, FloatArray
from features.practice.queue_policy import QueuePolicy
from serving.desk.queue.call_candidates import CallCandidates

__all__ = ["compute_expected_gain"]

_QUARTER_HOUR = 0.25
"""Hours: a lead cools fastest in the first quarter of an hour."""
_MIN_LOSS = 0.02
"""Share of the chance lost by tomorrow where the model predicts no loss: every lead cools in the end."""


def compute_expected_gain(leads: CallCandidates, now: np.datetime64, policy: QueuePolicy) -> FloatArray:
    """Compute what a call now is expected to bring. Shape (n,), to be compared only.

    chance x (1 + quarters of an hour since the person last got in touch) ** -cooling x value ** value_weight x share of
    the chance lost by tomorrow ** decay_weight. A lead that arrived at an unknown time counts as cool as the median of
    the others.

    >>> leads = CallCandidates.of(["normal"] * 2, [0.4, 0.3], ["2026-11-20T09:00", "2026-11-20T11:45"])
    >>> compute_expected_gain(leads, np.datetime64("2026-11-20T12:45"), QueuePolicy(cooling=0.5)).round(3).tolist()
    [0.1, 0.134]
    """
    gain = np.nan_to_num(leads.probability)
    if policy.cooling:
        # fmax and not maximum: a lead that was never heard from again counts from its arrival, not as unknown.
        hours = (np.datetime64(now, "us") - np.fmax(leads.arrived_at, leads.last_heard_at)) / HOUR
        gain = gain * (1 + np.maximum(_fill_with_median(hours, 0.0), 0) / _QUARTER_HOUR) ** -policy.cooling
    if policy.value_weight:
        gain = gain * _fill_with_median(leads.value, 1.0) ** policy.value_weight
    if policy.decay_weight:
        loss = 1 - np.divide(
            leads.probability_tomorrow, leads.probability, out=np.full(len(leads), np.nan), where=leads.probability > 0
        )
        gain = gain * np.clip(_fill_with_median(loss, 1.0), _MIN_LOSS, 1.0) ** policy.decay_weight
    return gain


def _fill_with_median(values: FloatArray, default: float) -> FloatArray:
    """Replace unknown values by the median of the known ones, or by ``default`` where none is known."""
    known_values = values[~np.isnan(values)]
    return np.where(np.isnan(values), np.median(known_values) if len(known_values) else default, values)
