"""Does one JSON lead mean the same as the same lead in a table?"""

from datetime import UTC
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features.batch import Batch
from features.mapping.column_mapping import Mapping
from features.tables.json_payload import MAX_EVENTS, convert_payload, lead_to_payload

KINDS = {
    "created_at": "time",
    "channel": "category",
    "latitude": "number",
    "relation": "category",
    "custom:Visits": "number",
    "message": "text",
}


def test_names_of_ours_theirs_and_custom_are_taken_side_by_side():
    mapping = Mapping.from_dict({"version": 1, "leads": {"channel": "Lead Origin"}, "custom": {"Visits": "number"}})

    converted, faults, ignored = convert_payload(
        {"Lead Origin": " API ", "custom": {"Visits": "1,200"}, "Shoe": 9}, KINDS, UTC, mapping
    )

    assert converted == {"channel": "API", "custom:Visits": 1200.0}
    assert (faults, ignored) == ([], ["Shoe"])


@pytest.mark.parametrize(
    ("payload", "field", "found", "expected"),
    [
        ({"created_at": "yesterday"}, "created_at", "text", "a time"),
        ({"latitude": 91}, "latitude", "a number", "from -90 to 90"),
        ({"relation": "neighbour"}, "relation", "text", "one of self"),
        ({"custom": {"Visits": "many"}}, "Visits", "text", "a number"),
        ({"message": {"a": 1}}, "message", "an object", "text"),
        ({"events": "none"}, "events", "text", "a list of at most"),
        ({"events": [{"kind": "page_view"}]}, "events[0].occurred_at", "nothing", "a time"),
        ({"events": [{"kind": "dance", "occurred_at": "2026-01-01"}]}, "events[0].kind", "text", "one of page_view"),
        ({"events": [{}] * (MAX_EVENTS + 1)}, "events", "a list of 5,001", "a list of at most"),
        ({"cutoff": "soon"}, "cutoff", "text", "a time"),
    ],
)
def test_what_cannot_be_read_is_named_without_its_value(payload, field, found, expected):
    _, faults, _ = convert_payload(payload, KINDS, UTC)

    assert (faults[0].field, faults[0].found) == (field, found)
    assert expected in faults[0].expected


def test_a_day_first_practice_is_read_day_first():
    mapping = Mapping.from_dict({"version": 1, "file": {"day_first": True}})

    assert convert_payload({"created_at": "03/04/2026"}, KINDS, UTC, mapping)[0]["created_at"] == np.datetime64(
        "2026-04-03"
    )
    assert convert_payload({"created_at": "03/04/2026"}, KINDS, UTC)[0]["created_at"] == np.datetime64("2026-03-04")


def test_a_lead_as_json_equals_the_same_lead_in_the_table(demo_tables, trained):
    bundle, rows = trained.bundle, np.arange(0, 200)
    as_of = demo_tables.as_of
    table = Batch.from_tables(
        demo_tables, np.arange(len(demo_tables.leads)), np.full(len(demo_tables.leads), as_of), bundle.context
    )
    payloads = [lead_to_payload(demo_tables, row, as_of) for row in rows]

    converted = [
        convert_payload(payload, bundle.columns, ZoneInfo(bundle.practice.timezone), bundle.mapping)
        for payload in payloads
    ]
    batch = Batch.from_payloads([lead for lead, _, _ in converted], bundle.context, bundle.columns, as_of)

    assert [faults for _, faults, _ in converted if faults] == []
    np.testing.assert_array_equal(bundle.score(batch).log_odds, bundle.score(table.chunks(200)[0]).log_odds)


def test_a_payload_and_its_events_are_read_as_the_column_of_the_export():
    mapping = Mapping.from_dict({"version": 1, "file": {"day_first": True}})
    payload = {
        "created_at": "05/11/2026 09:00",
        "events": [
            {"occurred_at": "05/11/2026 09:30", "kind": "inbound_call"},
            {"occurred_at": "25/11/2026 09:30", "kind": "inbound_call"},
        ],
    }

    converted, faults, _ = convert_payload(payload, {"created_at": "time"}, UTC, mapping)

    assert faults == []
    assert str(converted["created_at"])[:16] == "2026-11-05T09:00"
    assert [str(event[0])[:16] for event in converted["events"]] == ["2026-11-05T09:30", "2026-11-25T09:30"]


def test_events_in_a_payload_follow_the_order_of_created_at():
    mapping = Mapping.from_dict({"version": 1, "dates": {"created_at": {"order": "day_first"}}})
    events = [{"occurred_at": "05/11/2026", "kind": "chat"}]

    converted, _, _ = convert_payload({"events": events}, {}, UTC, mapping)

    assert str(converted["events"][0][0])[:16] == "2026-11-06T00:00"


def test_events_whose_own_column_proves_no_order_follow_it_too():
    dates = {"created_at": {"order": "day_first"}, "events.occurred_at": {"time_of_day": True}}
    mapping = Mapping.from_dict({"version": 1, "dates": dates})

    converted, _, _ = convert_payload(
        {"events": [{"occurred_at": "05/11/2026 09:30", "kind": "chat"}]}, {}, UTC, mapping
    )

    assert str(converted["events"][0][0])[:16] == "2026-11-05T09:30"


def test_a_date_that_contradicts_the_column_is_a_fault_that_says_the_order():
    mapping = Mapping.from_dict({"version": 1, "dates": {"created_at": {"order": "month_first"}}})

    converted, faults, _ = convert_payload({"created_at": "25/03/2026"}, {"created_at": "time"}, UTC, mapping)

    assert converted == {}
    assert faults[0].expected.startswith("a time with the month first, such as 03/25/2026 15:05")


def test_a_midnight_of_a_column_without_times_is_the_day_in_the_practices_zone():
    mapping = Mapping.from_dict({"version": 1, "dates": {"created_at": {"time_of_day": False}}})
    kinds, zone = {"created_at": "time"}, ZoneInfo("America/New_York")

    moments = [
        convert_payload({"created_at": written}, kinds, zone, mapping)[0]["created_at"]
        for written in ("2026-03-14T00:00:00Z", "2026-03-14", "2026-03-14T04:00:00Z")
    ]

    assert [str(moment)[:16] for moment in moments] == ["2026-03-14T04:00"] * 3


@pytest.mark.parametrize(
    ("settings", "payload", "times"),
    [
        # What the payload itself proves holds for all of its dates.
        ({}, {"created_at": "05/11/2026 09:00",
              "events": ["05/11/2026 09:30", "25/11/2026 09:30"]}, ["05T09:30", "25T09:30"]),
        # The cutoff and the events are written by the program that writes created_at, on its clock.
        (
            {"leads": {"created_at": "Added (UTC)"}, "dates": {"Added (UTC)": {"order": "day_first", "zone": "UTC"}}},
            {"Added (UTC)": "05/11/2026 09:00", "events": ["05/11/2026 09:30"], "cutoff": "05/11/2026 12:00"},
            ["05T09:30"],
        ),
        # The time of day in a field of its own is found in any spelling.
        (
            {
                "leads": {"created_at": "Datum"},
                "dates": {"Datum": {"order": "day_first", "time_column": "Uhrzeit"}},
            },
            {"datum": "05.11.2026", "UHRZEIT": "09:00", "events": ["05.11.2026 09:30"]},
            ["05T09:30"],
        ),
    ],
)  # fmt: skip
def test_dates_of_a_payload_agree_with_each_other(settings, payload, times):
    zone = ZoneInfo("America/New_York") if "leads" in settings and "cutoff" in payload else UTC
    payload |= {"events": [{"occurred_at": time, "kind": "chat"} for time in payload["events"]]}

    converted, faults, ignored = convert_payload(
        payload, {"created_at": "time"}, zone, Mapping.from_dict({"version": 1} | settings)
    )

    assert (faults, ignored) == ([], [])
    assert converted["created_at"] == np.datetime64("2026-11-05T09:00")
    assert [str(event[0])[8:16] for event in converted["events"]] == times
    assert converted.get("cutoff", np.datetime64("2026-11-05T12:00")) == np.datetime64("2026-11-05T12:00")
