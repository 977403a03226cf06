"""Are the buckets of a database those of its tables, in constant memory, and whole or refused in words?"""

from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd
import pyarrow.parquet as parquet
import pytest
from sqlalchemy import make_url

from features.chunks import database_export
from features.chunks.bucket_writer import write_buckets
from features.chunks.database_export import _to_arrow, export_database
from features.errors import DataError
from features.mapping.column_mapping import Mapping
from features.readers.databases import _digest_source
from features.tables.tables import read_tables
from tests.features.chunks.test_bucket_writer import ignore, open_reader, read_all
from tests.features.readers.test_databases import fill, mapping_of, postgresql, sqlite  # noqa: F401  (fixtures)

CALLS = {
    "sql": {"events": "SELECT lead, at AS occurred_at, what AS kind, answered AS reached FROM calls"},
    "events": {"lead_id": "lead"},
}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, monkeypatch):
    """A database's URL and the mapping of its columns; its rows come one at a time."""
    monkeypatch.setattr("features.readers.databases._ROWS_PER_FETCH", 1)
    url = request.getfixturevalue(request.param)
    return url, mapping_of(**(CALLS if request.param == "postgresql" else {}))


def test_buckets_of_a_database_are_its_tables(database, tmp_path):
    url, mapping = database
    expected = read_tables(url, mapping, scoring=True)

    manifest = write_buckets(url, mapping, tmp_path / "b", ignore, buckets=3)

    for name in ("leads", "events"):
        rows, report = read_all(open_reader(tmp_path / "b", mapping), name)
        by = list(rows.columns[:2])
        wanted = getattr(expected, name).sort_values(by, ignore_index=True)
        pd.testing.assert_frame_equal(rows.sort_values(by, ignore_index=True), wanted, check_dtype=False)
    assert "rows were read from" in report and "were not used: the data are files" not in report
    assert "://" not in manifest.data and not list(tmp_path.glob(".*"))
    with pytest.raises(DataError, match="is complete, and a database may have changed since"):
        write_buckets(url, mapping, tmp_path / "b", ignore, buckets=3)


def test_a_killed_run_reads_a_complete_export_no_second_time(sqlite, tmp_path, monkeypatch):  # noqa: F811
    export_database(sqlite, Mapping.identity(), _make(tmp_path / ".b.export"), ignore)
    monkeypatch.setattr(database_export, "_export_table", None)

    manifest = write_buckets(sqlite, Mapping.identity(), tmp_path / "b", ignore)

    assert sum(manifest.tables["leads"].rows) == 2 and not (tmp_path / ".b.export").exists()


def test_another_version_exports_again(sqlite, tmp_path, monkeypatch):  # noqa: F811
    folder = _make(tmp_path / ".b.export")
    export_database(sqlite, Mapping.identity(), folder, ignore)
    written = (folder / "leads.parquet").stat().st_mtime_ns
    monkeypatch.setattr(database_export, "digest_code", lambda: "an upgrade")

    export = export_database(sqlite, Mapping.identity(), folder, ignore)

    assert export.code == "an upgrade" and (folder / "leads.parquet").stat().st_mtime_ns > written


def test_a_complete_export_of_another_database_is_not_used(tmp_path):
    """Two servers of one host, and two schemas of one server, have one name."""
    urls = [f"sqlite:///file:{tmp_path / 'p.db'}?uri=true&mode={mode}" for mode in ("ro", "rw")]
    fill(f"sqlite:///{tmp_path / 'p.db'}", "CREATE TABLE leads (lead_id)", "INSERT INTO leads VALUES (1)")
    folder = _make(tmp_path / "export")
    first = export_database(urls[0], Mapping.identity(), folder, ignore)
    fill(f"sqlite:///{tmp_path / 'p.db'}", "INSERT INTO leads VALUES (2)")

    second = export_database(urls[1], Mapping.identity(), folder, ignore)

    assert first.name == second.name and (first.rows, second.rows) == ({"leads": 1}, {"leads": 2})


def test_a_password_is_in_no_digest_of_a_database():
    parts = [f"postgresql+psycopg://nurse:{secret}@localhost:5432/p?sslpassword={secret}" for secret in "ab"]

    assert len({_digest_source(make_url(part)) for part in parts}) == 1
    assert _digest_source(make_url(parts[0])) != _digest_source(make_url(parts[0].replace("5432", "5433")))


def test_a_folder_of_something_else_is_refused_before_the_database_is_read(sqlite, tmp_path):  # noqa: F811
    _make(tmp_path / "b")
    (tmp_path / "b" / "notes.txt").write_text("mine")

    with pytest.raises(DataError, match="is not empty, and what it holds was not made of these files"):
        write_buckets(sqlite, Mapping.identity(), tmp_path / "b", ignore)
    assert not (tmp_path / ".b.export").exists()


def test_a_killed_export_begins_anew(sqlite, tmp_path):  # noqa: F811
    folder = _make(tmp_path / "export")
    (folder / ".leads").mkdir()
    (folder / ".leads" / "000009.parquet").write_text("half a file")

    assert export_database(sqlite, Mapping.identity(), folder, ignore).rows == {"leads": 2, "events": 3}


def test_a_column_that_begins_without_values_has_the_type_of_those_that_follow(tmp_path, monkeypatch):
    monkeypatch.setattr("features.readers.databases._ROWS_PER_FETCH", 1)
    url = f"sqlite:///{tmp_path / 'p.db'}"
    fill(url, "CREATE TABLE leads (lead_id, age, empty)", "INSERT INTO leads VALUES (1, NULL, NULL), (2, 40, NULL)")
    fill(url, "INSERT INTO leads VALUES (3, 40.5, NULL)")

    export_database(url, Mapping.identity(), _make(tmp_path / "export"), ignore)

    table = parquet.read_table(tmp_path / "export" / "leads.parquet")
    assert table.to_pydict() == {"lead_id": [1, 2, 3], "age": [None, 40, 40.5], "empty": [None, None, None]}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ("(1, 'forty'), (2, 40)", "column 'age' of leads has int64 and string, expected one kind"),
        ("(1, 9007199254740993), (2, 1.5)", "column 'age' of leads has fractions and whole numbers beyond 2.53"),
        ("(1, X'00')", "column 'age' of leads has values that are no text, number or time"),
    ],
)
def test_a_column_of_several_kinds_is_refused(tmp_path, monkeypatch, values, words):
    monkeypatch.setattr("features.readers.databases._ROWS_PER_FETCH", 1)
    url = f"sqlite:///{tmp_path / 'p.db'}"
    fill(url, "CREATE TABLE leads (lead_id, age)", f"INSERT INTO leads VALUES {values}")

    with pytest.raises(DataError, match=words):
        export_database(url, Mapping.identity(), _make(tmp_path / "export"), ignore)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([date(2026, 3, 1), datetime(2026, 3, 1, 15)], "times of several kinds"),
        ([datetime(2026, 3, 1), datetime(2026, 3, 1, tzinfo=UTC)], "times of several kinds"),
        ([Decimal(12345678901234567890)], "decimal numbers of more than 15 digits"),
        (["\ud800"], "values of several kinds"),
    ],
    ids=["hour", "zone", "digits", "half a character"],
)
def test_what_arrow_would_change_or_cannot_hold_is_refused(values, words):
    with pytest.raises(DataError, match=f"column 'age' of leads has {words}"):
        _to_arrow(pd.Series(values, dtype=object), "leads", "age")


def test_the_desks_own_store_is_refused(tmp_path):
    url = f"sqlite:///{tmp_path / 'p.db'}"
    fill(url, "CREATE TABLE leads (lead_id)", "CREATE TABLE leadlight_schema (version)")

    with pytest.raises(DataError, match="is the desk's own store, which keeps for each lead what its source left"):
        export_database(url, Mapping.identity(), _make(tmp_path / "export"), ignore)


def _make(folder):
    """Make a folder, as its lock does."""
    folder.mkdir()
    return folder
