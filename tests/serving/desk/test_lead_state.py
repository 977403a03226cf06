"""Is every number of a form bounded before it is used?"""

from datetime import UTC, datetime

import pytest

from serving.desk.lead_state import STEP_FIELDS

PARSE_PLACE = STEP_FIELDS["order"]["place"][0]
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["0", "00000", "10001", "99999", "0000019999999", "1" * 5000, "-1", "1.0", "²", "٣", "", None]
)
def test_a_place_out_of_bounds_is_none(text):
    assert PARSE_PLACE(text, NOON) is None


@pytest.mark.parametrize(("text", "place"), [("1", 1), ("00007", 7), ("10000", 10_000)])
def test_a_place_within_them_is_a_number(text, place):
    assert PARSE_PLACE(text, NOON) == place
