"""Can a practice's database be read as its files are, without writing to it and without giving a password away?"""

import logging

import numpy as np
import pandas as pd
import pytest
import sqlalchemy

from features.errors import DataError, MappingError
from features.mapping.column_mapping import Mapping
from features.readers.databases import open_database
from features.tables.tables import read_tables
from tests.support.made_once import make_once
from tests.support.postgresql import PASSWORD, running_server, why_not

LEADS = ["('a', '2026-03-01 10:00', 'Google', 3)", "('b', '2026-03-02 10:00', NULL, NULL)"]


@pytest.fixture
def sqlite(tmp_path) -> str:
    """Create a small practice in SQLite."""
    url = f"sqlite:///{tmp_path / 'a practice.db'}"
    fill(
        url,
        "CREATE TABLE leads (lead_id TEXT PRIMARY KEY, created_at TEXT, source TEXT, visits INTEGER)",
        f"INSERT INTO leads VALUES {', '.join(LEADS)}",
        "CREATE TABLE events (lead_id TEXT, occurred_at TEXT, kind TEXT, reached INTEGER)",
        "INSERT INTO events VALUES ('a', '2026-03-01T10:05:00Z', 'outbound_call', 1), "
        "('z', '2026-03-01', 'chat', 0), ('b', '2026-03-03', 'chat', NULL)",
    )
    return url


@pytest.fixture(scope="session")
def postgresql(shared_folder):
    """Yield the URL of a practice in a server of our own, filled once."""
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    with running_server(shared_folder) as url:
        # By its port: a run may have a second server, when all who used the first were done.
        yield make_once(shared_folder / f"practice_{sqlalchemy.make_url(url).port}", lambda: fill_practice(url))


def fill_practice(url: str) -> str:
    """Fill the server's first database with a practice's tables; its URL."""
    fill(
        url,
        "CREATE TABLE leads (lead_id TEXT PRIMARY KEY, created_at TIMESTAMPTZ NOT NULL, person_id UUID, "
        "source TEXT, existing_patient BOOLEAN, paid NUMERIC(10, 2), visits INTEGER, first_seen DATE)",
        "INSERT INTO leads VALUES ('10', '2026-03-08 01:59:59-05', '7b0d1c2e-0000-4000-8000-000000000001', "
        "'Zürich', true, 12.50, 3, '2026-01-31'), "
        "('9', '2026-03-08 03:00:00-04', NULL, NULL, false, NULL, NULL, NULL), "
        "('8', '2026-03-09 12:00:00+00', NULL, '', NULL, 0, 0, NULL)",
        "CREATE TABLE calls (lead TEXT, at TIMESTAMP, what TEXT, took INTERVAL, answered BOOLEAN)",
        "INSERT INTO calls VALUES ('9', '2026-03-08 03:30', 'outbound_call', '90 seconds', true), "
        "('10', '2026-03-08 03:00', '100% :new', NULL, NULL)",
        "CREATE VIEW outcomes AS SELECT '9' AS lead_id, TIMESTAMPTZ '2026-03-10 09:00+01' AS occurred_at, "
        "'booked' AS stage, 120.5::numeric AS value",
        "CREATE ROLE stranger LOGIN PASSWORD 'other'",
    )
    return url


def fill(url: str, *statements: str) -> None:
    """Run statements in a database of the test's own."""
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sqlalchemy.text(statement.replace(":", r"\:")))
    engine.dispose()


def mapping_of(**sections) -> Mapping:
    """Return a mapping with these sections."""
    return Mapping.from_dict({"version": 1, **sections})


def test_a_database_gives_the_tables_that_files_give(sqlite, tmp_path):
    (tmp_path / "leads.csv").write_text(
        "lead_id,created_at,source,visits\na,2026-03-01 10:00,Google,3\nb,2026-03-02 10:00,,\n"
    )
    (tmp_path / "events.csv").write_text(
        "lead_id,occurred_at,kind,reached\na,2026-03-01T10:05:00Z,outbound_call,1\nz,2026-03-01,chat,0\nb,2026-03-03,chat,\n"
    )

    tables, files = read_tables(sqlite), read_tables(tmp_path)

    pd.testing.assert_frame_equal(tables.leads, files.leads)
    pd.testing.assert_frame_equal(tables.events, files.events)
    assert tables.faults == files.faults
    assert tables.rows_read == {"leads": 2, "events": 3}
    assert "leads: 2 rows were read from sqlite database" in tables.report()


def test_a_query_of_the_mapping_takes_the_place_of_a_table(sqlite):
    mapping = mapping_of(
        sql={"leads": "SELECT lead_id, created_at, 'x:y' AS source FROM leads WHERE source LIKE 'G%' ORDER BY lead_id"}
    )

    tables = read_tables(sqlite, mapping)

    assert tables.leads["source"].tolist() == ["x:y"]
    assert Mapping.from_dict(tables.mapping.to_dict()).sql == mapping.sql


@pytest.mark.parametrize(
    ("sections", "match"),
    [
        ({"sql": {"leads": "DELETE FROM leads"}}, "does not begin with SELECT or WITH"),
        ({"sql": {"lead": "SELECT 1"}}, "'lead' is not a known table. Did you mean 'leads'"),
    ],
)
def test_a_query_that_does_not_read_is_refused(sections, match):
    with pytest.raises(MappingError, match=match):
        mapping_of(**sections)


def test_queries_beside_files_are_not_ignored_silently(tmp_path):
    (tmp_path / "leads.csv").write_text("lead_id\na\n")

    tables = read_tables(tmp_path, mapping_of(sql={"leads": "SELECT 1"}))

    assert any("[sql] in the mapping were not used" in note for note in tables.notes)


def test_sqlite_is_opened_for_reading_only_and_never_made(sqlite, tmp_path):
    with open_database(sqlite) as database, pytest.raises(sqlalchemy.exc.OperationalError, match="readonly"):
        database.connection.execute(sqlalchemy.text("DELETE FROM leads"))

    with pytest.raises(DataError, match="sqlite database .* could not be opened"):
        read_tables(f"sqlite:///{tmp_path / 'none.db'}")
    assert not (tmp_path / "none.db").exists()


def test_a_database_without_leads_says_what_it_has(tmp_path):
    fill(f"sqlite:///{tmp_path / 'x.db'}", "CREATE TABLE patients (id INTEGER)")

    with pytest.raises(DataError, match="has no table leads; it has patients"):
        read_tables(f"sqlite:///{tmp_path / 'x.db'}")


def test_a_broken_query_is_a_sentence(sqlite):
    with pytest.raises(DataError, match=r"leads could not be read from sqlite database .* \(OperationalError\)"):
        read_tables(sqlite, mapping_of(sql={"leads": "SELECT nothing FROM nowhere"}))


@pytest.mark.parametrize("url", ["postgresql://:x:y@@/", "nonsense+none://u:hush@h/d", "://"])
def test_a_url_that_is_none_is_a_sentence_without_the_password(url):
    with pytest.raises(DataError, match="sql: ") as caught:
        read_tables(url)

    assert "hush" not in str(caught.value)


def test_postgresql_types_are_read(postgresql):
    tables = read_tables(postgresql, mapping_of(custom={"paid": "number", "visits": "number", "first_seen": "date"}))

    leads = tables.leads.set_index("lead_id")
    assert list(leads.index) == ["10", "8", "9"]  # the order of the primary key, as text
    assert leads["created_at"]["10"] == pd.Timestamp("2026-03-08T06:59:59Z") and leads["created_at"][
        "9"
    ] == pd.Timestamp("2026-03-08T07:00Z")
    assert leads["person_id"].tolist() == ["7b0d1c2e-0000-4000-8000-000000000001", None, None]
    assert leads["source"].tolist() == ["Zürich", None, None]
    np.testing.assert_array_equal(leads["existing_patient"], [1, np.nan, 0])
    np.testing.assert_array_equal(leads["custom:paid"], [12.5, 0, np.nan])
    assert leads["custom:first_seen"]["10"] == pd.Timestamp("2026-01-31T05:00Z")
    assert tables.outcomes["value"].tolist() == [120.5] and tables.outcomes["occurred_at"][0] == pd.Timestamp(
        "2026-03-10T08:00Z"
    )


def test_postgresql_queries_may_hold_casts_percents_and_colons(postgresql):
    query = (
        "SELECT lead AS lead_id, at AS occurred_at, what::text AS kind, took AS duration_s, answered AS reached "
        "FROM calls WHERE what NOT LIKE '100%' AND what <> ' :new' ORDER BY at"
    )

    tables = read_tables(postgresql, mapping_of(sql={"events": query}))

    assert tables.events["duration_s"].tolist() == [90.0] and tables.events["reached"].tolist() == [1.0]
    assert tables.events["occurred_at"][0] == pd.Timestamp(
        "2026-03-08T07:30Z"
    )  # named no zone: the practice's clock, on the day it went forward


def test_postgresql_cannot_be_written_to(postgresql):
    with (
        open_database(postgresql) as database,
        pytest.raises(sqlalchemy.exc.InternalError, match="read-only transaction"),
    ):
        database.connection.execute(sqlalchemy.text("DELETE FROM leads"))

    with pytest.raises(DataError, match="SQLSTATE"):
        read_tables(
            postgresql, mapping_of(sql={"leads": "WITH gone AS (DELETE FROM leads RETURNING *) SELECT * FROM gone"})
        )
    assert len(read_tables(postgresql).leads) == 3


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"password": "wrong-and-never-shown"}, "could not be opened"),
        ({"port": 1}, "could not be opened"),
        ({"database": "none"}, "could not be opened"),
        ({"username": "stranger", "password": "other"}, "has no table leads|could not be read"),
    ],
)
def test_what_cannot_be_read_in_postgresql_is_a_sentence_without_the_password(postgresql, change, match, caplog):
    url = sqlalchemy.make_url(postgresql).set(**change).render_as_string(hide_password=False)

    with caplog.at_level(logging.DEBUG), pytest.raises(DataError, match=match) as caught:
        read_tables(url)

    messages = str(caught.value) + caplog.text
    assert "on 127.0.0.1" in messages
    assert PASSWORD not in messages and "wrong-and-never-shown" not in messages and "practice:" not in messages
