"""Times as programs write them are taken apart at once, and mean what the careful way says."""

import pytest

from features.parsing.dates.date_texts import _split_any_text, split_date_text


@pytest.mark.parametrize("zone", ["", "Z", "+02:00", "-11:30", "+14:00", "+14:30", "-00:00"])
@pytest.mark.parametrize("clock", ["14:05", "14:05:06", "14:05:06.7", "00:00:00.000", "23:59:59.123456789", "24:00:00"])
@pytest.mark.parametrize("day", ["2026-03-14", "2026-02-30", "0000-00-00"])
def test_a_plain_iso_time_says_what_the_careful_way_says(day, clock, zone):
    assert split_date_text(f"{day}T{clock}{zone}") == _split_any_text(f"{day}T{clock}{zone}")
