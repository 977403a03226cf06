"""Do names stand for what was given, and for nothing about our people?"""

from serving.insights.columns.column_reading import read_lead_columns


def test_the_staff_of_a_lead_never_tell_what_it_was_expected_to_bring(export):
    tables, practice = export
    columns = read_lead_columns(tables, practice)

    assert columns.staff is not None and "staff" not in columns.attributes and "age_band" not in columns.attributes
