"""What do tests of stored leads use? A store in a file, and a client of a service with it."""

import numpy as np
import pytest
from starlette.testclient import TestClient

from serving.application import Components, create_application
from serving.desk.desk_service import Desk
from serving.http.middleware import RequestMiddleware
from serving.http.request_metrics import RequestMetrics
from serving.leads.lead_service import LeadService
from serving.settings import Settings
from serving.store.store import Store


@pytest.fixture
def store(tmp_path):
    """A store in a file."""
    with Store.open(Settings(home=tmp_path / "home")) as made:
        yield made


@pytest.fixture
def client(champion, store):
    """A client of a service with a store."""
    intake, moment = LeadService(store, champion), lambda: np.datetime64("now", "us")
    application = create_application(
        Components(champion, moment, desk=Desk(store, intake, moment), lead_service=intake)
    )
    return TestClient(RequestMiddleware(application, metrics=RequestMetrics(())))
