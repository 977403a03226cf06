"""Is an export with a row for each step of a lead told from one with a row for each lead?"""

import numpy as np
import pandas as pd
import pytest

from features.errors import DataError
from features.parsing.parsed_columns import ParsedColumns
from features.profiling.column_matching import match_columns
from features.profiling.export_profile import profile_export
from features.profiling.values.repeated_leads import find_repeated_leads
from features.readers.frame_writer import write_frame
from features.tables.tables import read_tables


def steps(header="Lead ID", leads=40, of_lead=3):
    """Return an export with rows in a lead, each with a status of its own and the lead's own arrival."""
    rows = [
        {
            header: f"A{lead}",
            "Created": f"2026-01-{1 + lead % 28:02} {7 + lead % 12:02}:{lead:02}",
            "Source": "Ads",
            "New Status": ("New", "Called", "Booked" if lead % 2 else "Lost")[step],
        }
        for lead in range(leads)
        for step in range(3 - of_lead, 3)
    ]
    return pd.DataFrame(rows)


def test_rows_of_one_lead_are_asked_about_and_its_first_row_alone_is_read(tmp_path):
    path = tmp_path / "steps.csv"
    write_frame(steps(), path)

    profile = profile_export(path)

    assert profile.mapping.leads["lead_id"] == "Lead ID"
    assert "120 rows of 40 leads, with the same 'Created'" in profile.date_doubts[0]
    with pytest.raises(DataError, match="80 of 120 rows cannot be used"):
        read_tables(path, profile.mapping)


@pytest.mark.parametrize(
    "frame",
    [
        steps(of_lead=1),
        steps(header="Contact ID"),
        steps(header="Patient number"),
        steps().drop(columns="Created"),
        steps().assign(
            Created=lambda rows: [f"2026-02-{1 + n % 28:02} {n % 24}:{n % 60:02}" for n in range(len(rows))]
        ),
    ],
    ids=["one row a lead", "a person's", "a patient's", "nothing is the same", "each row came by itself"],
)
def test_ids_that_may_repeat_are_not_asked_about(frame):
    assert find_repeated_leads(ParsedColumns(frame, frozenset())) is None


def test_a_number_of_the_row_is_no_lead_where_the_leads_own_id_repeats():
    frame = steps(header="Enquiry No").assign(**{"Log id": np.arange(120) + 1})

    assert match_columns(ParsedColumns(frame, frozenset()), dict.fromkeys(frame, "category"))["lead_id"] == "Enquiry No"


def test_a_record_of_its_own_in_each_row_is_the_lead_though_another_id_repeats():
    frame = steps(header="Lead No").assign(**{"Deal ID": np.arange(120) + 7000})

    assert match_columns(ParsedColumns(frame, frozenset()), dict.fromkeys(frame, "category"))["lead_id"] == "Deal ID"
