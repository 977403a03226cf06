"""What does a signal say about one small lead?

The lead and the practice that docstrings and tests use as their example.
"""

from functools import cache
from typing import Any

import numpy as np

from features.batch import Batch, kind_of
from features.blocks import Blocks
from features.point_in_time.context import Context
from features.point_in_time.outcome_history import OutcomeHistory
from features.practice.practice import Clinic, Practice, Service
from features.registry import Signal
from features.text.word_weights import WordWeights

__all__ = ["example_context", "one_lead", "value_of"]


@cache
def example_context() -> Context:
    """Two clinics, two services, two earlier leads (one by referral that booked, one by form that did not), and what
    two words were worth.
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
    who = np.array(["earlier-1", "earlier-2"], object)
    columns = (
        {"channel": np.array(["referral", "web_form"], object)}
        | {
            name: np.array([None, None], object)
            for name in ("source", "campaign", "service_requested", "preferred_clinic", "referrer", "practice")
        }
        | {"person_id": np.array(["P1", None], object)}
    )
    known_at = np.array(["2026-01-10", "2026-02-10"], "datetime64[us]")
    wording = WordWeights(
        np.array(["2026-02-01"], "datetime64[us]"), ("appointment", "price"), np.array([[0.5, -0.5]]), np.array([-1.0])
    )
    return Context(
        practice=practice,
        word_weights=wording,
        history=OutcomeHistory.of(who, columns, known_at, np.array([known_at[0], "NaT"], "datetime64[us]")),
    )


def one_lead(cutoff: str = "2026-03-05", events: list[tuple] = (), **columns: Any) -> Batch:
    """A batch of one lead. ``events`` holds (time, kind), with reached (1 or 0) and seconds behind where known; a
    column value of None is unknown.

    >>> len(one_lead(message="hello"))
    1
    """

    def value(name: str, given: Any) -> Any:
        return given if given is None or kind_of(name) != "time" else _instant(given)

    payload = {name: value(name, given) for name, given in columns.items()} | {
        "lead_id": "L1",
        "cutoff": _instant(cutoff),
    }
    payload["events"] = [(_instant(time), kind, *said, *[np.nan] * (2 - len(said))) for time, kind, *said in events]
    return Batch.from_payloads(
        [payload], example_context(), {name: kind_of(name) for name in columns}, now=_instant(cutoff)
    )


def value_of(one: Signal, batch: Batch) -> float:
    """The signal's value for a batch of one moment."""
    return float(one.compute(batch, Blocks(batch))[0])


def _instant(text: str) -> np.datetime64:
    """A UTC time as written, with or without a final Z."""
    return np.datetime64(text.removesuffix("Z"), "us")
