"""Do names stay in their own table, are they found and forgotten, and can nothing that trains read them?"""

import pytest
from sqlalchemy import select

from features.errors import DataError
from features.mapping.column_mapping import Mapping
from features.readers.databases import read_raw_tables
from serving.store.database.entities import Lead
from serving.store.database.tables import audit, lead_names, metadata

MARIA = {"first_name": "María José", "last_name": "O'Brien-Lopez"}


@pytest.fixture
def maria(store) -> str:
    """A lead with a name, beside one without."""
    with store.transaction() as at:
        for lead_id in ("L-1", "L-2"):
            at.leads.put(Lead(lead_id, {"channel": "phone"}))
        at.names.put("L-1", MARIA)
    return "L-1"


def test_parts_that_come_one_after_the_other_make_one_name(store, maria):
    with store.transaction() as at:
        changed = (
            at.names.put(maria, {"first_name": "Maria"}),
            at.names.put(maria, {"first_name": "Maria"}),
            at.names.put(maria, {"last_name": "(617) 555-0142"}),
        )
    with store.reading() as at:
        names = at.names.read_names([maria, "L-2"])

    assert changed == (("first_name",), (), ())
    assert names == {maria: "Maria O'Brien-Lopez"}


def test_a_part_that_is_taken_back_is_gone_and_the_last_one_takes_the_row(store, maria):
    with store.transaction() as at:
        at.names.put(maria, {"first_name": None})
        one_left = at.names.get_parts(maria)
        at.names.put(maria, {"last_name": None})
    with store.database.reading() as connection:
        rows = connection.execute(select(lead_names)).all()

    assert one_left == {"last_name": "O'Brien-Lopez"} and rows == []


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("maria", True),
        ("LOPEZ mar", True),
        ("jo", True),
        ("brien", True),
        ("ria", False),
        ("maria smith", False),
        ("%", False),
        ("_aria", False),
        ("'; DROP TABLE leads; --", False),
    ],
)
def test_a_name_is_found_by_the_beginnings_of_its_words(store, maria, query, is_found):
    with store.reading() as at:
        assert at.names.find_leads(query, 10) == ([maria] if is_found else [])


def test_the_audit_knows_which_part_was_set_and_not_the_name(store, maria):
    with store.database.reading() as connection:
        lines = [row.detail for row in connection.execute(select(audit)) if row.action == "lead_named"]
        everything = {
            name: repr(connection.execute(select(table)).all())
            for name, table in metadata.tables.items()
            if name != "lead_names"
        }

    assert len(lines) == 1 and "first_name" in lines[0]
    assert [name for name, rows in everything.items() if "Mar" in rows or "Lopez" in rows] == []


def test_a_person_who_is_forgotten_or_expires_has_no_name_either(store, clock, maria):
    with store.transaction() as at:
        at.names.put("L-2", {"full_name": "Ben Okafor"})
        touched = at.forget(maria)
    clock.forward(days=40)
    with store.transaction() as at:
        at.delete_expired(30, 10, 10)
    with store.database.reading() as connection:
        rows = connection.execute(select(lead_names)).all()

    assert touched["lead_names"] == 1 and rows == []


def test_training_reads_leads_from_the_store_and_no_name(store, maria):
    url = store.database.engine.url.render_as_string(hide_password=False)
    tables = read_raw_tables(url, Mapping.identity())[1]

    assert set(tables) == {"leads", "events", "outcomes", "spend"}
    assert not {"first_name", "last_name", "full_name"} & set(tables["leads"].frame.columns)
    assert "Lopez" not in tables["leads"].frame.to_string()


def test_not_even_a_query_of_the_mapping_reads_a_name(store, maria):
    url = store.database.engine.url.render_as_string(hide_password=False)
    mapping = Mapping(sql={"leads": 'SELECT l.*, n.first_name FROM leads l JOIN "Lead_Names" n USING (lead_id)'})

    with pytest.raises(DataError, match="names of leads, which are for the desk alone"):
        read_raw_tables(url, mapping)
