"""Is a key of a payload read as a header of the export, our name or one of its spellings, and nothing lost?"""

from features.mapping.column_mapping import Mapping
from features.mapping.payload_columns import PayloadColumns
from tests.support.lead_files import mapping_of


def test_a_payload_may_use_the_export_headers_or_our_names():
    mapping = mapping_of(
        file={"missing": ["Select"]}, leads={"source": "Lead Source"}, custom={"Total Visits": "number"}
    )

    from_headers = mapping.rename_payload({"Lead Source": "Google", "Total Visits": 3, "message": "knee"})
    from_names = mapping.rename_payload({"source": "Google", "custom": {"Total Visits": 3}, "message": "knee"})
    prefixed = mapping.rename_payload({"source": "Google", "custom:Total Visits": 3, "message": "knee"})

    assert from_headers == from_names == prefixed == {"source": "Google", "custom:Total Visits": 3, "message": "knee"}


def test_a_payload_loses_markers_label_order_and_what_is_left_out():
    mapping = mapping_of(
        file={"missing": ["Select"]},
        leads={"order_by": "Nr"},
        label={"column": "y", "booked": ["1"], "not_booked": ["0"]},
        leave_out={"Tags": "late"},
    )

    renamed = mapping.rename_payload({"channel": " SELECT ", "payer": "n/a", "y": 1, "Tags": "hot", "Nr": 9})

    assert renamed == {"channel": None, "payer": None}


def test_a_payload_keeps_its_events_and_cutoff_and_treats_unknown_keys_as_custom():
    events = [{"kind": "page_view"}]

    renamed = Mapping.identity().rename_payload({"events": events, "cutoff": "2026-03-01", "Shoe": 9})

    assert renamed == {"events": events, "cutoff": "2026-03-01", "custom:Shoe": 9}


def test_a_key_means_the_same_column_however_many_others_were_asked_for_in_between():
    columns = PayloadColumns({"Lead Source": "source"}, {})

    before = columns.find_column("lead-source")
    for number in range(5_000):
        columns.find_column(f"key {number}")

    assert before == columns.find_column("lead-source") == "source"
    assert len(columns._columns_found) <= 4096


def test_of_two_keys_for_one_column_an_empty_one_never_erases_and_our_name_comes_first():
    columns = PayloadColumns({}, {})

    assert columns.rename({"E-Mail": "a@b.org", "email": ""}, frozenset({""})) == {"email": "a@b.org"}
    assert columns.rename({"email": "a@b.org", "E-Mail": "c@d.org"}, frozenset({""})) == {"email": "a@b.org"}
    assert columns.rename({"email": " ", "E-Mail": "c@d.org"}, frozenset({""})) == {"email": "c@d.org"}
    assert columns.rename({"E-Mail": "c@d.org", "email": "a@b.org"}, frozenset({""})) == {"email": "a@b.org"}
