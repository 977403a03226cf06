"""Is a clock that was set back said where a machine and a person look?"""

import pytest
from starlette.testclient import TestClient

from serving.application import Components, create_application
from serving.leads.lead_service import LeadService
from serving.settings import Settings
from serving.store.database.entities import Lead
from serving.store.store import Store
from tests.serving.store.conftest import FixedClock


@pytest.fixture
def clock():
    return FixedClock()


@pytest.fixture
def client(champion, tmp_path, clock, now):
    with Store.open(Settings(tmp_path), clock) as store:
        with store.transaction() as at:
            at.leads.put(Lead("L-1"))
        components = Components(champion, lambda: now, lead_service=LeadService(store, champion))
        client = TestClient(create_application(components))
        client.store = store
        yield client


def test_a_clock_that_was_set_back_is_said_until_it_has_caught_up(client, clock):
    said = {}
    for name, hours in (("before", 0), ("back", -2), ("caught up", 3)):
        clock.forward(hours=hours)
        client.store.check_clock()
        ready, alive = (client.get(path) for path in ("/readyz", "/healthz"))
        assert ready.status_code == alive.status_code == 200
        said[name] = ready.json()["warning"], alive.json()["warning"]
        assert f"leadlight_clock_behind_seconds {7200.0 if name == 'back' else 0.0}\n" in client.get("/metrics").text

    assert said["before"] == said["caught up"] == (None, None)
    assert (
        said["back"][0] == said["back"][1] and "7,200 seconds behind the last write: it was set back" in said["back"][1]
    )
