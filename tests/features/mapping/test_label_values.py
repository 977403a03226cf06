"""Do the words for any date, any value and an empty cell mean what they say, and are contradictions named?"""

import pytest

from features.errors import MappingError
from features.mapping.column_mapping import Mapping
from features.mapping.label_values import BLANK, DATED, FILLED, normalize_value

GOOD = {"column": "Booked on", "booked": ["(Date)"], "not_booked": ["(BLANK)"]}


def read_label(**changes):
    """Read a mapping with this [label]."""
    return Mapping.from_dict({"version": 1, "label": GOOD | changes})


def test_the_words_are_read_in_any_case_and_written_back():
    mapping = read_label(known_at="Booked on", open_days=9)

    assert (mapping.booked, mapping.not_booked) == ((DATED,), (BLANK,))
    assert Mapping.from_dict(mapping.to_dict()) == mapping
    assert normalize_value("(Filled)") == FILLED and normalize_value("Filled") == "Filled"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"open_days": 0}, "open_days is 0, expected a whole number of days"),
        ({"open_days": True}, "open_days is True"),
        ({"open_days": 9, "not_booked": ["declined"]}, "how long an empty cell is open, but neither"),
        ({"open_days": 9, "final": True}, "both open_days and final"),
        ({"booked": ["(date)", "(filled)"]}, 'both "\\(date\\)" and "\\(filled\\)"'),
        ({"booked": ["(filled)"], "known_at": "Booked on"}, "known_at is the label itself"),
        ({"not_booked": ["(date)", "(blank)"]}, "both booked and not_booked"),
    ],
)
def test_a_contradiction_is_named(changes, fault):
    with pytest.raises(MappingError, match=fault):
        read_label(**changes)
