"""What does a signal compute for one small lead? The lead and the practice of the examples in docstrings and tests."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from features.batch import Batch, get_column_kind
from features.blocks import Blocks
from features.parsing.lead_values import find_meaning
from features.point_in_time.context import Context
from features.point_in_time.outcome_history import OutcomeHistory
from features.point_in_time.period_counts import MIN_LEADS_PER_COUNT
from features.practice.practice import Clinic, Practice, Service
from features.registry import Signal
from features.text.word_weights import WordWeights

__all__ = ["example_context", "one_lead", "value_of"]


@cache
def example_context() -> Context:
    """Return a context with two clinics, two services, two earlier leads, and weights of two words.

    The lead by referral booked, the one by web form did not.
    """
    practice = Practice(
        name="Example practice",
        clinics=(Clinic("Downtown", "02110"), Clinic("North", "01960", services=("physical therapy",))),
        services=(
            Service("physical therapy", also_called=("physio", "pt")),
            Service(
                "spine surgery",
                also_called=("back surgery",),
                payers=("Aetna",),
                ages=(18, 120),
                referral_required=True,
            ),
        ),
    )
    # As many of each channel as a published count holds at least.
    each = MIN_LEADS_PER_COUNT
    lead_ids = np.array([f"earlier-{at}" for at in range(1, 2 * each + 1)], object)
    columns = (
        {"channel": np.array(["referral"] * each + ["web_form"] * each, object)}
        | {
            name: np.full(2 * each, None, object)
            for name in ("source", "campaign", "service_requested", "preferred_clinic", "referrer", "practice")
        }
        | {"person_id": np.array(["P1"] + [None] * (2 * each - 1), object)}
    )
    known_at = np.array(["2026-01-10"] * each + ["2026-02-10"] * each, "datetime64[us]")
    booked_at = np.where(np.arange(2 * each) < each, known_at, np.datetime64("NaT", "us"))
    word_weights = WordWeights(
        np.array(["2026-02-01"], "datetime64[us]"), ("appointment", "price"), np.array([[0.5, -0.5]]), np.array([-1.0])
    )
    return Context(
        practice=practice,
        word_weights=word_weights,
        history=OutcomeHistory.of(lead_ids, columns, known_at, booked_at),
    )


def one_lead(cutoff: str = "2026-03-05", events: Sequence[tuple] = (), **columns: Any) -> Batch:
    """Return a batch of one lead.

    ``events`` are (time, kind), followed by reached (1 or 0) and seconds where known; a column value of None is
    unknown.

    >>> len(one_lead(message="hello"))
    1
    """

    def convert(name: str, value: Any) -> Any:
        if isinstance(value, str) and get_column_kind(name) != "time":
            return find_meaning(name, value).text
        return value if value is None or get_column_kind(name) != "time" else _parse_instant(value)

    payload = {name: convert(name, value) for name, value in columns.items()}
    payload |= {"lead_id": "L1", "cutoff": _parse_instant(cutoff)}
    payload["events"] = [
        (_parse_instant(time), kind, *details, *[np.nan] * (2 - len(details))) for time, kind, *details in events
    ]
    return Batch.from_payloads(
        [payload], example_context(), {name: get_column_kind(name) for name in columns}, now=_parse_instant(cutoff)
    )


def value_of(signal: Signal, batch: Batch) -> float:
    """Compute the signal's value for a batch of one moment."""
    return float(signal.compute(batch, Blocks(batch))[0])


def _parse_instant(text: str) -> np.datetime64:
    """Parse a UTC time, with or without a final Z."""
    return np.datetime64(text.removesuffix("Z"), "us")
