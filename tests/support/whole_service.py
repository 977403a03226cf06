"""A whole service in this process: gate, keys, store, hooks and the application, as ``serving.service`` puts them
together.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
from starlette.testclient import TestClient

from serving.application import ADDRESSES, Components, create_application
from serving.crm.inbound.hook_proof import HookProof
from serving.crm_settings import CRMS, CrmSettings, Secret
from serving.desk.desk_service import Desk
from serving.desk.store_insights import StoreReading, compute_from_store
from serving.http.api_keys import KeyFile
from serving.http.authorization import Authorizer
from serving.http.hook_keys import read_stored_secrets
from serving.http.middleware import RequestMiddleware
from serving.http.rate_limits import FailedKeyLimiter, RateLimiter
from serving.http.request_metrics import RequestMetrics
from serving.insights.insight_cache import InsightCache
from serving.leads.lead_service import LeadService
from serving.scoring.model_loader import Champion
from serving.settings import Settings
from serving.store.store import Store, resolve_store_url

HOOK_KEY = "an invented hook key"
PUBLIC = "https://score.practice.example"


@dataclass
class Whole:
    """The service: its ASGI application, a client that carries an admin's key, that key, the store, the home."""

    app: RequestMiddleware
    client: TestClient
    key: str
    store: Store
    home: Path


@contextmanager
def whole_service(home: Path, bundle_folder: str, accepts_keys: bool = False) -> Iterator[Whole]:
    """A service with everything set up, and no limit of requests in the way; ``accepts_keys``: hooks take API keys as
    well, and what proves a call is looked at before it is read.
    """
    settings = Settings(home, bundle_folder)
    key, _ = KeyFile(home).add("admin", "tests", None)
    champion = Champion(settings)
    champion.load()
    hooks = CrmSettings(
        PUBLIC,
        {crm: Secret(HOOK_KEY) for crm in CRMS},
        "00D7F0000000001",
    )
    if accepts_keys:
        hooks = read_stored_secrets(hooks, home)
    proof = HookProof(hooks, lambda: datetime.now(UTC)).check if accepts_keys else None
    metrics, guard = (
        RequestMetrics(ADDRESSES),
        Authorizer(KeyFile(home), RateLimiter(1e6, 1e6, lambda: 0.0), FailedKeyLimiter(lambda: 0.0), check_hook=proof),
    )
    with Store.open(settings) as store:
        intake, moment = LeadService(store, champion), lambda: np.datetime64("now", "us")
        application = create_application(
            Components(
                champion,
                moment,
                desk=Desk(store, intake, moment),
                metrics=metrics,
                lead_service=intake,
                crm=hooks,
                insights=InsightCache(partial(compute_from_store, StoreReading(resolve_store_url(settings)), moment)),
            )
        )
        gate = RequestMiddleware(application, metrics=metrics, authorizer=guard)
        yield Whole(gate, TestClient(gate, headers={"x-api-key": key}, raise_server_exceptions=False), key, store, home)
