"""Tests of the sections of a mapping file: every setting comes back as it was written."""

from dataclasses import fields

from features.mapping.column_mapping import Mapping
from features.mapping.mapping_sections import format_sections, parse_sections

_EVERY_SETTING = {
    "version": 1,
    "keep_on_purpose": ["Agent"],
    "file": {
        "separator": ";",
        "encoding": "cp1252",
        "sheet": "Leads",
        "day_first": True,
        "missing": ["Select"],
        "allow_unmatched": True,
        "leads": "deals.csv",
    },
    "dates": {"Created": {"order": "day_first"}},
    "numbers": {"Income": {"decimal": "comma"}},
    "answers": {"Insurance": {"none": "no insurance"}},
    "leads": {"source": "Lead Source", "order_by": "No", "order_newest_first": True},
    "label": {
        "column": "IsWon",
        "booked": ["true"],
        "not_booked": ["false"],
        "open": ["pending"],
        "known_at": "Closed on",
        "final": False,
        "open_days": 12,
        "decided_by": "IsClosed",
    },
    "custom": {"Income": "number"},
    "leave_out": {"Score": "of another system"},
    "events": {"lead_id": "Lead"},
    "outcomes": {"lead_id": "Deal"},
    "spend": {"source": "Channel"},
    "sql": {"leads": "SELECT 1"},
}


def test_every_setting_comes_back_as_it_was_written():
    assert format_sections(parse_sections(_EVERY_SETTING)) == _EVERY_SETTING


def test_sections_name_every_field_of_a_mapping_and_no_other():
    assert set(parse_sections({"version": 1})) == {entry.name for entry in fields(Mapping)}


def test_a_mapping_without_settings_has_no_sections():
    assert Mapping(**parse_sections({"version": 1})) == Mapping.identity()
    assert format_sections(parse_sections({"version": 1})) == {"version": 1}
