"""Are the names of an export read where somebody asks for them, and by nobody else?"""

import pandas as pd
import pytest

from features.mapping.column_mapping import Mapping
from features.tables.tables import read_tables


@pytest.fixture
def export(tmp_path):
    """Four leads; one is twice in the file, one has a phone number for a name."""
    frame = pd.DataFrame(
        {
            "lead_id": ["1", "2", "2", "3", "4"],
            "created_at": ["2026-03-01"] * 5,
            "First Name": ["Ann", "Ben", "Other", "", "(617) 555-0142"],
            "Last Name": ["Lee", None, "Row", "", ""],
            "Patient Name": ["", "", "", "Cleo Diaz", ""],
            "Guardian Name": ["Dora", "Dora", "Dora", "Dora", "Dora"],
        }
    )
    frame.to_csv(tmp_path / "leads.csv", index=False)
    return tmp_path / "leads.csv"


def test_names_of_the_leads_that_are_kept_are_read_beside_them(export):
    tables = read_tables(export, scoring=True, with_names=True)

    assert tables.names == {
        "1": {"first_name": "Ann", "last_name": "Lee"},
        "2": {"first_name": "Ben"},
        "3": {"full_name": "Cleo Diaz"},
    }
    assert not {"Ann", "Lee", "Ben", "Cleo Diaz"} & set(map(str, tables.leads.to_numpy().ravel()))


def test_whoever_does_not_ask_gets_none(export):
    assert read_tables(export, scoring=True).names == {}


def test_a_column_that_the_mapping_uses_otherwise_is_no_name(export):
    mapping = Mapping(leads={"referrer": "Patient Name"}, keep_on_purpose=("First Name",))

    tables = read_tables(export, mapping, scoring=True, with_names=True)

    assert tables.names == {"1": {"last_name": "Lee"}}
