"""Single values of JSON leads: kept where they say something, faults named without the value, categories read once."""

from datetime import UTC

import numpy as np
import pytest

from features.mapping.column_mapping import Mapping
from features.tables.json_payload import convert_payload
from features.tables.payloads import column_reader
from features.tables.payloads.column_reader import ColumnReader


def reader_of(name: str, kind: str, **mapping: object) -> ColumnReader:
    return ColumnReader(name, kind, UTC, Mapping.from_dict({"version": 1, **mapping}))


def test_a_text_that_was_read_before_means_the_same_again():
    reader = reader_of("existing_patient", "yes_no")

    first, again = ([reader.read(text) for text in ("Yes", "perhaps", " ")] for _ in range(2))

    assert first == again
    assert first[0] == (1.0, None, True) and first[2] == (None, None, True)
    assert first[1][1].found == "text"


def test_a_number_and_a_truth_value_that_are_equal_are_not_taken_for_one_another():
    reader = reader_of("custom:Tier", "category")

    assert [reader.read(value)[0] for value in ("1", 1, True, 1.0)] == ["1", "1", "True", "1"]


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(column_reader, "_TEXTS_KEPT", 3)
    reader = reader_of("custom:Tier", "category")

    assert [reader.read(f"tier {number}")[0] for number in range(8)] == [f"tier {number}" for number in range(8)]
    assert len(reader._known) <= 3


@pytest.mark.parametrize("name", ["lead_id", "cutoff"])
def test_an_id_or_a_moment_that_is_empty_is_left_out(name):
    reader = reader_of(name, {"lead_id": "id", "cutoff": "time"}[name])

    value, fault, is_kept = reader.read(None)

    assert (value, fault, is_kept) == (None, None, False)


def test_a_marker_of_the_export_is_a_field_left_empty_and_a_refusal_is_not_sent():
    reader = reader_of("phone", "text", file={"missing": ["Not stated"]})

    assert reader.read("not  stated") == (None, None, True)
    assert reader.read("withheld")[2] is False


def test_a_time_is_read_as_its_column_is_written():
    reader = reader_of("created_at", "time", dates={"created_at": {"order": "day_first"}})

    value, fault, _ = reader.read("05/03/2026 14:00")
    assert (value, fault) == (np.datetime64("2026-03-05T14:00", "us"), None)
    assert "day first" in reader.read("03/25/2026")[1].expected


def test_lists_and_objects_are_read_as_the_cells_of_an_export():
    kinds = {"custom:Services": "text", "message": "text", "payer": "category", "custom:Tier": "category"}
    payload = {
        "message": {"text": "My knee hurts"},
        "payer": {"label": "Aetna", "value": 7},
        "custom": {"Services": ["Implants", "Veneers"], "Tier": ["gold"]},
    }

    converted, faults, _ = convert_payload(payload, kinds, UTC)

    assert converted == {
        "message": "My knee hurts",
        "payer": "Aetna",
        "custom:Services": "Implants; Veneers",
        "custom:Tier": "gold",
    }
    assert faults == []


def test_an_object_without_a_text_is_said_and_not_read():
    converted, (fault,), _ = convert_payload({"payer": {"a": 1, "b": 2}}, {"payer": "category"}, UTC)

    assert converted == {} and (fault.field, fault.found) == ("payer", "an object")
