"""Is a key of a payload read as a header of the export, our name or one of its spellings, and nothing lost?"""

from features.mapping.column_mapping import Mapping
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
