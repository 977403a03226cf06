"""Is every fault of a [joined] section found, with what would be right?"""

import pytest

from features.errors import MappingError
from features.mapping.column_mapping import Mapping
from features.mapping.joined_exports import JoinedExport, find_joined_faults

RIGHT = {"becomes": "events", "keys": {"phone": "From"}, "columns": {"occurred_at": "Start"}}


def test_a_right_section_has_no_fault_and_survives_its_plain_values():
    assert find_joined_faults({"calls.csv": RIGHT}) == []
    assert JoinedExport.from_dict(RIGHT).to_dict() == RIGHT


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"becomes": "event"}, "expected events or outcomes"),
        ({"keys": {}}, "has no keys"),
        ({"keys": {"fone": "From"}}, "Did you mean 'phone'"),
        ({"columns": {"occured_at": "Start"}}, "Did you mean 'occurred_at'"),
        ({"columns": {"direction": "Way"}}, "names no date"),
        ({"date_order": "dmy"}, "expected one of day_first"),
        ({"becomes": "outcomes", "booked": ["a"], "not_booked": ["a"]}, "in both booked and not_booked"),
        ({"allow_unmatched": "yes"}, "of the wrong type"),
        ({"columns": {"occurred_at": 3}}, "header of a column in quotes"),
        ({"colums": {}}, "Did you mean 'columns'"),
    ],
)
def test_a_fault_is_one_sentence_with_the_remedy(change, fault):
    with pytest.raises(MappingError, match=fault):
        Mapping.from_dict({"version": 1, "joined": {"calls.csv": RIGHT | change}})
