"""Does a header say in which order its dates are written?"""

import pytest

from features.parsing.dates.date_headers import find_header_zone, has_date_word


@pytest.mark.parametrize(
    ("header", "zone"),
    [
        ("Submit Date (UTC)", "UTC"),
        ("Start Time [GMT]", "UTC"),
        ("created_at_utc", "UTC"),
        ("Zeit (MEZ)", "Europe/Berlin"),
        ("Created (Eastern Time)", "America/New_York"),
        ("Created (UTC-05:00)", "-05:00"),
        ("Start Time (America/New_York)", "America/New_York"),
        ("Created (local)", None),
        ("Date (mm/dd/yyyy)", None),
        ("Course", None),
    ],
)
def test_a_header_names_its_time_zone(header, zone):
    assert find_header_zone(header) == zone


def test_headers_speak_of_dates_in_several_languages():
    dated = ("Created On", "Fecha de alta", "Créé le jour", "Erstelldatum Zeit", "Data criação", "submittedAt")
    others = ("Order Number", "Source", "Coming on", "Phone")

    assert [has_date_word(header) for header in (*dated, *others)] == [True] * 6 + [False, False, True, False]
