"""What do the store's tests use? One store over each database, a clock that moves when told, and leads as they come."""

import itertools
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy

from serving.settings import Settings
from serving.store.records import Lead
from serving.store.store import Store
from tests.features.postgresql import running_server, why_not

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
def server():
    """The URL of a PostgreSQL server of our own."""
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="leadlight-store-") as folder, running_server(Path(folder)) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request, tmp_path) -> Settings:
    """Settings of an empty database of each kind."""
    if request.param == "sqlite":
        return Settings(home=tmp_path / "home")
    server = request.getfixturevalue("server")
    name = f"store_{next(_NUMBERS)}"
    admin = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return Settings(home=tmp_path / "home", database_url=server.rsplit("/", 1)[0] + f"/{name}")


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
        "L-1", {"channel": "web_form", "email": "Ann.Lee@Example.org", "phone": "(617) 555-0123", "message": "My knee hurts", "existing_patient": 0.0},
        {"Tier": "gold"},
    )  # fmt: skip
    with store.transaction() as at:
        at.leads.put(lead)
    return lead
