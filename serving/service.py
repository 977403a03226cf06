"""How does the service start and stop? The BentoML service; nothing else in the project imports BentoML.

Lives here: ``LeadlightService`` (``bentoml serve serving.service:LeadlightService``), what one worker process holds,
``serve`` for the command line, telemetry turned off. Does not live here: routes (``application``), the layer in front
of them (``serving.http.middleware``), following the champion (``serving.scoring.model_loader``).

BentoML makes the application and answers its own endpoint ``/bento/score``; ``serve`` runs it in this process
(``serving.runtime.http_server``) and not under BentoML's supervisor. Our pages and ``/v1`` are mounted beside it, and
``RequestMiddleware`` is in front of both: BentoML's index page with a third party's script is never shown, and no
rejected value reaches its log. BentoML's own metrics are off: they make a label of every path that anybody requests."""

import logging
import os

# Set before the imports below read them: no dependency may call home, and OpenMP threads must not spin while idle.
os.environ |= {
    "BENTOML_DO_NOT_TRACK": "true",
    "DO_NOT_TRACK": "true",
    "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "passive"),
}

import sys
import threading
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import bentoml
import numpy as np
from starlette.applications import Starlette

from features.arrays.text_memory import forget_texts
from features.file_permissions import close_folder, set_private_umask
from features.logs.log_forgetting import delete_old_days, hash_old_ids
from features.privacy.name_lists import preload_lists
from serving.accounts.sessions import UserSessions
from serving.api.scoring_routes import read_batch, score_each
from serving.application import ADDRESSES, Components, create_application
from serving.crm.inbound.delivery_journal import DeliveryJournal
from serving.crm.inbound.hook_proof import HookProof
from serving.crm.outbound.sender import Sender, create_channels, create_hand_off_channels
from serving.crm_settings import CrmSettings
from serving.desk.crm_notes import CrmNotes
from serving.desk.desk_service import Desk
from serving.desk.pages.error_page import render_error_page
from serving.desk.store_insights import StoreReading, find_rows_in_process, run_in_process
from serving.errors import StoreError
from serving.http.access_log import configure_json_logging
from serving.http.api_keys import KeyFile
from serving.http.authorization import Authorizer
from serving.http.hook_keys import read_stored_secrets
from serving.http.json_parsing import read_object
from serving.http.known_sessions import KnownSessions
from serving.http.middleware import App, Receive, RequestMiddleware, Scope, Send
from serving.http.rate_limits import FailedKeyLimiter, RateLimiter, RequestSlots
from serving.http.request_metrics import RequestMetrics
from serving.insights.insight_cache import InsightCache
from serving.leads.crm_gateway import StoreOutbox
from serving.leads.lead_service import LeadService
from serving.leads.live_context import LiveContext
from serving.runtime.background_jobs import BackgroundJobs
from serving.runtime.connection_timeouts import drop_silent_connections
from serving.runtime.graceful_shutdown import GracefulShutdown
from serving.runtime.http_server import bind_port, run_server
from serving.runtime.start_messages import announce_when_ready, require_key
from serving.scoring.model_loader import Champion
from serving.scoring.shadow_scoring import Shadow
from serving.settings import Settings
from serving.store.store import Store, resolve_store_url

__all__ = ["LeadlightService", "serve"]

BENTO_PATH = "/bento/score"
"""BentoML's own endpoint, for its clients: ``bentoml.SyncHTTPClient(address).score(leads=[...])``."""

_OWN_PATHS = frozenset({"/livez", "/healthz", "/readyz", "/metrics", "/", "/docs", "/docs.json"})
"""Paths that BentoML would answer itself; our application answers them."""

_RESCORE_SECONDS, _DAY_SECONDS, _REFRESH_SECONDS, _FIRST_SECONDS = 300.0, 86_400.0, 5.0, 1.0
_CLOCK_SECONDS, _FORGET_SECONDS = 15.0, 600.0
# How long a scoring thread runs on while the event loop waits for the GIL. With Python's own 5 ms, at every step of a
# request, even refused requests waited for several tenths of a second.
_SWITCH_SECONDS = 0.0005


class Worker:
    """What one worker process holds; created when the service starts, not when this module is imported."""

    def __init__(self) -> None:
        self.settings = Settings.from_environment()
        self.crm = read_stored_secrets(CrmSettings.from_environment(), self.settings.home)
        # One for the middleware, which counts, and for /metrics, which shows the count.
        self.slots = RequestSlots(self.settings.requests_at_once)
        self.metrics = RequestMetrics([*ADDRESSES, BENTO_PATH])
        self.application: Starlette | None = None
        self.models: Champion | None = None

    def start(self) -> None:
        """Load the model, open the store, create the application and start the background jobs."""
        settings = self.settings
        set_private_umask()
        # What an earlier version, or a copy from elsewhere, left open to others.
        close_folder(settings.home)
        configure_json_logging(settings.log_level)
        drop_silent_connections()
        sys.setswitchinterval(_SWITCH_SECONDS)
        jobs = BackgroundJobs()
        jobs.run_every(_DAY_SECONDS, "logs", partial(_delete_old_logs, settings), first=_RESCORE_SECONDS)
        jobs.run_every(_FORGET_SECONDS, "texts", forget_texts)
        GracefulShutdown(self.slots, jobs).install()
        if self.models is None:
            self.models = Champion(settings)
            self.models.load()
        models = self.models
        self.shadow = Shadow(settings)
        store, crm = _open_store(settings), self.crm
        users = lead_service = desk = journal = insights = None
        if store is not None:
            journal = DeliveryJournal(settings.home / "deliveries")
            users = UserSessions(store, settings.desk_idle_minutes)
            lead_service = _create_lead_service(store, models, crm, jobs, settings.arrival_share)
            desk = Desk(store, lead_service, _now, settings.arrival_share, CrmNotes(crm.hand_offs))
            url = resolve_store_url(settings)
            insights = _create_insights(url, models, settings.arrival_share)
            jobs.run_every(_REFRESH_SECONDS, "desk", desk.actions.settle)
            jobs.run_every(_REFRESH_SECONDS, "board", desk.warm_up, first=_FIRST_SECONDS)
            jobs.run_every(_REFRESH_SECONDS, "assignment", desk.assign_leads)
        components = Components(
            models,
            _now,
            desk,
            lead_service,
            users,
            self.shadow,
            self.metrics,
            self.slots,
            crm,
            journal=journal,
            insights=insights,
        )
        self.get_engine = components.get_engine
        self.application = create_application(components)
        if journal is not None:
            hooks = self.application.state.hooks
            jobs.start("deliveries", lambda stop: journal.run(stop, hooks.work_off))
            delete = partial(_delete_set_aside, journal, settings)
            jobs.run_every(_DAY_SECONDS, "set-aside deliveries", delete, first=_RESCORE_SECONDS)

    def create_middleware(self, app: App) -> RequestMiddleware:
        """Create the layer in front of BentoML's application and ours."""

        async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
            is_ours = scope["type"] == "http" and scope["path"] in _OWN_PATHS
            await (_answer if is_ours else app)(scope, receive, send)

        keys, settings = KeyFile(self.settings.home), self.settings
        rates, strangers = (RateLimiter(settings.rate, settings.burst, time.monotonic) for _ in range(2))
        authorizer = Authorizer(
            keys,
            rates,
            FailedKeyLimiter(time.monotonic),
            strangers,
            KnownSessions(time.monotonic),
            HookProof(self.crm, lambda: datetime.now(UTC)).check,
        )
        body_checks = {BENTO_PATH: lambda body: read_batch(read_object(body))}
        return RequestMiddleware(dispatch, self.metrics, authorizer, self.slots, body_checks, render_error_page)


@cache
def _get_worker() -> Worker:
    """Return the one worker of this process, created on the first call."""
    return Worker()


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with our application, which exists once the service has started."""
    application = _get_worker().application
    assert application is not None, "BentoML sends no request before the service has started"
    await application(scope, receive, send)


@bentoml.service(name="leadlight", threads=2, workers=1, traffic={"timeout": 60}, metrics={"enabled": False})
@bentoml.asgi_app(_answer, path="/", name="leadlight")
class LeadlightService:
    """Scores leads and shows the desk. Its settings are the LEADLIGHT_ variables of ``serving.settings``."""

    def __init__(self) -> None:
        """Start the worker."""
        self._worker = _get_worker()
        self._worker.start()

    @bentoml.api(route=BENTO_PATH)
    def score(self, leads: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Score up to 1,000 leads, each with its own result: ``{"status", "answer", "error"}``."""
        engine, now = self._worker.get_engine(), _now()
        items = score_each(engine, leads, now, uuid.uuid4().hex)
        self._worker.shadow.offer(engine, leads, [item["answer"] for item in items], now)
        return items


LeadlightService.add_asgi_middleware(lambda app: _get_worker().create_middleware(app))  # type: ignore[attr-defined]


def _delete_old_logs(settings: Settings) -> None:
    """Delete the logs of scores that are older than the settings say."""
    delete_old_days(settings.home, datetime.now(UTC).date() - timedelta(days=settings.log_days))
    # An earlier version wrote ids as they are.
    hash_old_ids(settings.home)


def _delete_set_aside(journal: DeliveryJournal, settings: Settings) -> None:
    """Delete deliveries that could not be worked off and are older than the settings let logs be."""
    journal.delete_set_aside(datetime.now(UTC) - timedelta(days=settings.log_days))


def _open_store(settings: Settings) -> Store | None:
    """Open the store; None if that fails, and then only routes that need none answer."""
    try:
        return Store.open(settings)
    except StoreError as fault:
        logging.getLogger("leadlight.store").error("no store: %s", fault)
        return None


def _create_insights(url: str, models: Champion, arrival_share: float) -> InsightCache:
    """Create the insights of a store. Which leads are called in order of arrival follows from the model in use."""

    def read_store() -> StoreReading:
        engine, _ = models.state
        return StoreReading(url, None if engine is None else (arrival_share, engine.bundle.name))

    return InsightCache(
        lambda practice, scope: run_in_process(read_store(), _now, practice, scope),
        find_rows=lambda as_of, practice, scope, figure: find_rows_in_process(
            read_store(), as_of, practice, scope, figure
        ),
    )


def _create_lead_service(
    store: Store, models: Champion, crm: CrmSettings, jobs: BackgroundJobs, arrival_share: float
) -> LeadService:
    """Create what stores and scores leads, and start its background jobs."""
    records, channels = LiveContext(store, models), create_channels(crm)
    lead_service = LeadService(store, records, [channel.destination for channel in channels], arrival_share)
    jobs.start("records", records.run)
    jobs.run_every(_DAY_SECONDS, "name lists", preload_lists, first=_FIRST_SECONDS)
    jobs.run_every(_RESCORE_SECONDS, "rescore", lead_service.scorer.rescore_old_leads, first=_FIRST_SECONDS)
    jobs.start("reads", store.reads.close_after)
    jobs.run_every(_CLOCK_SECONDS, "clock", store.check_clock, first=_FIRST_SECONDS)
    jobs.run_every(_DAY_SECONDS, "tidy", store.delete_expired, first=_RESCORE_SECONDS)
    for channel in [*channels, *create_hand_off_channels(crm).values()]:
        jobs.start(f"to-{channel.destination}", Sender(StoreOutbox(store), channel, crm.attempts).run)
    return lead_service


def serve(host: str = "127.0.0.1", port: int = 3000, model: str = "leadlight", home: Path = Path("mlruns")) -> None:
    """Run the service until Ctrl-C; print its addresses once it is ready.

    Parameters
    ----------
    model : str
        A bundle's folder, or a registered ``NAME``, ``NAME@ALIAS`` or ``NAME/VERSION``.
    home : Path
        The folder ``mlruns``.

    Raises
    ------
    BundleError
        If there is no such model, or it is damaged.
    ServiceError
        If the port is in use, a LEADLIGHT_ variable is invalid, or the service would be reachable from other machines
        without an API key.
    """
    settings = replace(Settings.from_environment(), home=Path(home), model=model)
    require_key(settings, host)
    # Loaded here, so that a missing or damaged model is one sentence before anything starts.
    models = Champion(settings)
    models.load_or_raise()
    listener = bind_port(host, port)
    # The worker reads its settings from the environment, as it does under `bentoml serve`.
    os.environ |= settings.to_environment()
    _get_worker().models = models
    address = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else f'[{host}]' if ':' in host else host}:{port}"
    threading.Thread(target=announce_when_ready, args=(address, settings.home), daemon=True).start()
    configure_json_logging(settings.log_level)
    run_server(LeadlightService.to_asgi(), listener)  # type: ignore[attr-defined]


def _now() -> np.datetime64:
    """Return the current time, in UTC."""
    return np.datetime64(time.time_ns() // 1000, "us")
