"""Is a mapping file read correctly, and is every fault in it reported at once?"""

import tomllib

import pytest

from features.errors import MappingError
from features.mapping.column_mapping import Mapping, read_mapping

FULL_MAPPING = """
version = 1
keep_on_purpose = ["age"]

[file]
separator = ";"
encoding = "cp1252"
missing = ["Select"]
day_first = true

[leads]
lead_id = "Lead Number"
source = "Lead Source"
order_by = "Lead Number"
order_newest_first = true

[label]
column = "Converted"
booked = [1]
not_booked = ["0"]

[custom]
"Total Visits" = "number"
age = "number"

[leave_out]
"Tags" = "set after contact"

[events]
occurred_at = "When"
"""


def mapping_of(**sections):
    """Return a mapping with these sections."""
    return Mapping.from_dict({"version": 1, **sections})


def test_a_mapping_file_is_read_as_it_is_written(tmp_path):
    (tmp_path / "m.toml").write_text(FULL_MAPPING)

    mapping = read_mapping(tmp_path / "m.toml")

    assert (mapping.separator, mapping.encoding, mapping.missing, mapping.day_first) == (
        ";",
        "cp1252",
        ("Select",),
        True,
    )
    assert mapping.leads == {"lead_id": "Lead Number", "source": "Lead Source"}
    assert (mapping.order_by, mapping.order_newest_first) == ("Lead Number", True)
    assert (mapping.label_column, mapping.booked, mapping.not_booked) == ("Converted", ("1",), ("0",))
    assert mapping.events == {"occurred_at": "When"}
    assert mapping.keep_on_purpose == ("age",)


def test_to_dict_and_back_is_the_same_mapping():
    mapping = Mapping.from_dict(tomllib.loads(FULL_MAPPING))

    assert Mapping.from_dict(mapping.to_dict()) == mapping
    assert Mapping.from_dict(Mapping.identity().to_dict()) == Mapping.identity()


def test_without_a_file_our_own_names_are_used():
    assert read_mapping(None) == Mapping.identity()
    assert Mapping.identity().match_headers("leads", ["lead_id", "source", "Shoe"]) == {
        "lead_id": "lead_id",
        "source": "source",
    }


def test_a_missing_file_and_broken_toml_get_one_message(tmp_path):
    (tmp_path / "broken.toml").write_text("version = \n")

    with pytest.raises(MappingError, match="there is no file .*leadlight inspect"):
        read_mapping(tmp_path / "absent.toml")
    with pytest.raises(MappingError, match="is not readable as TOML"):
        read_mapping(tmp_path / "broken.toml")


FAULTS = {
    "unknown section": ({"led": {}}, "'led' is not a section of a mapping. Did you mean 'leads'"),
    "wrong version": ({"version": 2}, "version is 2, expected `version = 1`"),
    "section of the wrong shape": ({"custom": ["a"]}, r"\[custom\] is list, expected a \[section\]"),
    "unknown setting": (
        {"file": {"seperator": ","}},
        r"\[file\] 'seperator' is not a known setting. Did you mean 'separator'",
    ),
    "setting of the wrong type": (
        {"file": {"missing": "Select"}},
        r"\[file\] missing is 'Select', expected a list of texts",
    ),
    "unknown column of ours": (
        {"leads": {"sorce": "x"}},
        r"\[leads\] 'sorce' is not a known column. Did you mean 'source'",
    ),
    "two of ours on one of theirs": (
        {"leads": {"source": "x", "channel": "x"}},
        r"source, channel are all mapped to 'x'",
    ),
    "custom and left out": (
        {"custom": {"x": "number"}, "leave_out": {"x": "why"}},
        r"'x' is in both \[custom\] and \[leave_out\]",
    ),
    "custom and ours": (
        {"custom": {"x": "number"}, "leads": {"source": "x"}},
        r"'x' is in both \[custom\] and \[leads\] \(as source\)",
    ),
    "left out and ours": (
        {"leave_out": {"x": "why"}, "leads": {"source": "x"}},
        r"'x' is in both \[leave_out\] and \[leads\]",
    ),
    "left out and kept": (
        {"leave_out": {"x": "why"}, "keep_on_purpose": ["x"]},
        r"'x' is in both keep_on_purpose and \[leave_out\]",
    ),
    "unknown kind": ({"custom": {"x": "numeric"}}, r"\[custom\] 'x' is of kind 'numeric'. Did you mean 'number'"),
    "label without values": ({"label": {"column": "y"}}, r"\[label\] has no booked"),
    "label without column": ({"label": {"booked": ["1"], "not_booked": ["0"]}}, r"\[label\] has no column"),
    "value on both sides": (
        {"label": {"column": "y", "booked": ["1"], "not_booked": [1]}},
        r"'1' is both booked and not_booked",
    ),
    "label of another type": (
        {"label": {"column": ["y"], "booked": ["1"], "not_booked": ["0"], "decided_by": ["closed"]}},
        r"column is \['y'\], expected a text in quotes(.|\n)*decided_by is \['closed'\], expected a text in quotes",
    ),
    "label as input": (
        {"label": {"column": "y", "booked": ["1"], "not_booked": ["0"]}, "custom": {"y": "number"}},
        "'y' is the label and cannot also be an input",
    ),
    "order of the wrong type": (
        {"leads": {"order_newest_first": "yes"}},
        r"order_newest_first is 'yes', expected true or false",
    ),
    "header that is no text": ({"events": {"kind": 3}}, r"\[events\] kind is 3, expected the header of a column"),
}


@pytest.mark.parametrize("settings, message", FAULTS.values(), ids=FAULTS)
def test_each_fault_of_a_mapping_is_reported(settings, message):
    with pytest.raises(MappingError, match=message):
        Mapping.from_dict({"version": 1, **settings})


def test_all_faults_are_in_one_report():
    with pytest.raises(MappingError, match="3 fault") as caught:
        mapping_of(leads={"sorce": "x"}, custom={"y": "numeric"}, led={})

    assert str(caught.value).count("\n  - ") == 3


def test_missing_columns_are_listed_with_the_nearest_header():
    mapping = mapping_of(leads={"source": "Lead Sorce", "order_by": "Nr"}, custom={"Visits": "number"})

    with pytest.raises(MappingError, match=r"3 fault(.|\n)*Did you mean 'Lead Source'") as caught:
        mapping.check_headers("leads", ["Lead Source", "Number"], "leads.csv")

    assert "custom.'Visits'" in str(caught.value)


def test_leads_to_be_scored_need_only_what_identifies_them():
    mapping = mapping_of(
        leads={"lead_id": "Id", "source": "Src", "order_by": "Nr"},
        label={"column": "y", "booked": ["1"], "not_booked": ["0"]},
        leave_out={"Tags": "late"},
    )

    mapping.check_headers("leads", ["Id"], "open.csv", scoring=True)

    with pytest.raises(MappingError, match="leads.lead_id names the column 'Id'"):
        mapping.check_headers("leads", ["Src"], "open.csv", scoring=True)


def test_an_export_header_wins_over_one_of_our_names():
    mapping = mapping_of(custom={"campaign": "number"})

    assert mapping.rename_payload({"campaign": 2}) == {"custom:campaign": 2}


def test_a_value_given_twice_is_not_lost_to_an_empty_one():
    mapping = mapping_of(leads={"source": "Lead Source"})

    assert mapping.rename_payload({"source": "Google", "Lead Source": ""}) == {"source": "Google"}
