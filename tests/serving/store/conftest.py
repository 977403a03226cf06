"""What do the store's tests use? One store over each database, a clock that moves when told, and leads as they come."""

import itertools
import os
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy

from serving.settings import Settings
from serving.store.database.entities import Lead
from serving.store.database.migrations import SCHEMA_TABLE, latest_revision
from serving.store.database.tables import metadata
from serving.store.store import Store
from tests.support.postgresql import running_server, why_not

START = datetime(2026, 3, 5, 12, tzinfo=UTC)
_NUMBERS = itertools.count()


class FixedClock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **length: float) -> None:
        """Let time pass."""
        self.now += timedelta(**length)


@pytest.fixture(scope="session")
def server(shared_folder):
    """The URL of a PostgreSQL server of our own."""
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    with running_server(shared_folder) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_url(server, tmp_path_factory) -> str:
    """The URL of a PostgreSQL database with today's schema.

    It is emptied between tests: making one for each takes longer and a gigabyte.
    """
    url = new_database(server)
    Store.open(Settings(tmp_path_factory.mktemp("migrated_url"), database_url=url)).close()
    return url


@pytest.fixture
def postgresql_settings(migrated_url, tmp_path) -> Settings:
    """Settings of a store in PostgreSQL."""
    empty(migrated_url)
    return Settings(home=tmp_path / "home", database_url=migrated_url)


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request) -> Settings:
    """Settings of a store of each kind without a row."""
    return request.getfixturevalue(f"{request.param}_settings")


@pytest.fixture(params=["sqlite", "postgresql"])
def nothing_yet(request, tmp_path) -> Settings:
    """Settings of a database of each kind without a table."""
    return Settings(
        home=tmp_path / "home",
        database_url="" if request.param == "sqlite" else new_database(request.getfixturevalue("server")),
    )


def new_database(server: str, how: str = "") -> str:
    """The URL of a new database, made as ``how`` says."""
    name = f"store_{os.getpid()}_{next(_NUMBERS)}"
    with administrator(server) as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name} {how}"))
    return server.rsplit("/", 1)[0] + f"/{name}"


def empty(url: str) -> None:
    """Take every row out, past the triggers, and put back what a test took off."""
    with administrator(url) as connection:
        for statement in (
            "SET session_replication_role = replica",
            f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY",
            "ALTER TABLE audit ENABLE TRIGGER USER",
            f"UPDATE {SCHEMA_TABLE} SET version_num = '{latest_revision()}'",
        ):
            connection.execute(sqlalchemy.text(statement))


@contextmanager
def administrator(url: str):
    """A connection that asks nobody."""
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        yield connection


@pytest.fixture
def sqlite_settings(tmp_path) -> Settings:
    """Settings of a store in a file."""
    return Settings(home=tmp_path / "home")


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands still until told."""
    return FixedClock()


@pytest.fixture
def store(settings, clock):
    """An empty store over each database."""
    with Store.open(settings, clock) as opened:
        yield opened


@pytest.fixture
def ann(store) -> Lead:
    """A lead that the store knows."""
    lead = Lead(
        "L-1",
        {
            "channel": "web_form",
            "email": "Ann.Lee@Example.org",
            "phone": "(617) 555-0123",
            "message": "My knee hurts",
            "existing_patient": 0.0,
        },
        {"Tier": "gold"},
    )
    with store.transaction() as at:
        at.leads.put(lead)
    return lead
