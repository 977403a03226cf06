"""Are events in the order of their leads and times, wherever they come from?"""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from features.arrays.event_arrays import EventArrays, read_payload_events, read_table_events
from features.schema import EVENT_KINDS

DAYS = np.array(["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"], "datetime64[us]")
CHAT, CALL = EVENT_KINDS.index("chat"), EVENT_KINDS.index("inbound_call")


def test_events_are_sorted_by_lead_and_then_by_time():
    lead = np.array([1, 0, 1, 0])
    events = EventArrays.of(lead, DAYS[::-1], np.arange(4, dtype=np.int8), np.arange(4.0), np.zeros(4), 3)

    assert events.starts.tolist() == [0, 2, 4, 4]
    assert events.time.tolist() == DAYS[[0, 2, 1, 3]].tolist() and events.reached.tolist() == [3, 1, 2, 0]


def test_a_slice_counts_from_its_first_event():
    events = EventArrays.of(np.array([0, 1, 1, 2]), DAYS, np.zeros(4, np.int8), np.zeros(4), np.zeros(4), 3)
    part = events.between(1, 3)

    assert part.starts.tolist() == [0, 2, 3] and part.time.tolist() == DAYS[1:].tolist()
    assert len(EventArrays.empty(2).time) == 0 and EventArrays.empty(2).starts.tolist() == [0, 0, 0]


def test_payloads_and_a_table_give_the_same_events():
    payloads = [{"events": [(DAYS[1], "chat", 1.0, 60.0), (DAYS[0], "inbound_call", 0.0, np.nan)]}, {}]
    table = pd.DataFrame(
        {
            "lead_id": ["a", "a"],
            "occurred_at": pd.to_datetime(DAYS[:2]).tz_localize("UTC"),
            "kind": ["inbound_call", "chat"],
            "reached": [0.0, 1.0],
            "duration_s": [np.nan, 60.0],
        }
    )
    sent, read = read_payload_events(payloads), read_table_events(SimpleNamespace(events=table), np.array(["a", "b"]))

    for name in ("starts", "time", "kind", "reached", "duration_s"):
        np.testing.assert_array_equal(getattr(sent, name), getattr(read, name))
    assert sent.kind.tolist() == [CALL, CHAT]
