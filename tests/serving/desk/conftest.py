"""What do the desk's tests use? A store in a file, and a clock that moves when told."""

import pytest

from serving.settings import Settings
from serving.store.store import Store
from tests.serving.store.conftest import FixedClock


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands still until told: noon of the fifth of March 2026."""
    return FixedClock()


@pytest.fixture
def store(tmp_path, clock):
    """An empty store."""
    with Store.open(Settings(home=tmp_path / "home"), clock) as opened:
        yield opened
