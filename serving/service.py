"""How does the service start and stop? The BentoML service; nothing else in the project imports BentoML.

Lives here: ``LeadlightService`` (``bentoml serve serving.service:LeadlightService``), ``serve`` for the command line,
telemetry switched off. Does not live here: routes (``api``), the layer in front of them (``gate``), following the
champion (``champion``).

BentoML runs the worker and its own endpoint ``/bento/score``. Our pages and ``/v1`` are mounted beside it, and ``RequestMiddleware``
stands in front of both: BentoML's index page with a third party's script is never shown, and no rejected value reaches
its log. BentoML's own metrics are off: they make a label of every path that anybody asks for."""

import logging
import os

# Before the imports below read them. No dependency may call home; OpenMP threads must not spin while they wait.
os.environ |= {
    "BENTOML_DO_NOT_TRACK": "true",
    "DO_NOT_TRACK": "true",
    "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "passive"),
}

import contextlib
import ipaddress
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import bentoml
import numpy as np

from serving.accounts.sessions import UserSessions
from serving.application import ADDRESSES, Application, read_batch, score_each
from serving.crm.outbound.sender import Sender, create_channels
from serving.crm_settings import CrmSettings
from serving.desk.desk_service import Desk
from serving.errors import ServiceError, StoreError
from serving.http.access_log import configure_json_logging
from serving.http.api_keys import KeyFile
from serving.http.authorization import Authorizer
from serving.http.json_parsing import read_object
from serving.http.middleware import RequestMiddleware
from serving.http.rate_limits import FailedKeyLimiter, RateLimiter, RequestSlots
from serving.http.request_metrics import RequestMetrics
from serving.leads.crm_gateway import KeptOutbox
from serving.leads.lead_service import Intake
from serving.leads.live_context import Records
from serving.runtime.background_jobs import BackgroundJobs
from serving.runtime.connection_timeouts import drop_silent_connections
from serving.runtime.graceful_shutdown import GracefulShutdown
from serving.scoring.model_loader import Champion
from serving.scoring.shadow_scoring import Shadow
from serving.settings import Settings, unknown_variables
from serving.store.store import Store
from training.bundle import find_bundle

__all__ = ["LeadlightService", "serve"]

BENTO_PATH = "/bento/score"
"""BentoML's own endpoint, for its clients: ``bentoml.SyncHTTPClient(address).score(leads=[...])``."""

_OURS = ("/livez", "/healthz", "/readyz", "/metrics", "/", "/docs", "/docs.json")
_METER = RequestMetrics([*ADDRESSES, BENTO_PATH])
_START_SECONDS = 120
_AGAIN_SECONDS, _DAY_SECONDS, _SETTLE_SECONDS, _SOON_SECONDS = 300.0, 86_400.0, 5.0, 1.0
_TURN_SECONDS = 0.0005
"""How long a scoring thread runs on while the event loop waits for its turn. Python's own 5 ms, at every step of a
request, made those that are sent away wait for several tenths of a second."""


class _Mounted:
    """Passes requests on to the application once the service has made it; importing this module makes none."""

    app: Any = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


_mounted = _Mounted()


@bentoml.service(name="leadlight", threads=2, workers=1, traffic={"timeout": 60}, metrics={"enabled": False})
@bentoml.asgi_app(_mounted, path="/", name="leadlight")
class LeadlightService:
    """Scores leads and shows the desk. Configured by the LEADLIGHT_ variables that ``settings`` declares."""

    def __init__(self) -> None:
        """Load the champion, open the store, and start what goes on in the background."""
        settings = _settings()
        configure_json_logging(settings.log_level)
        drop_silent_connections()
        sys.setswitchinterval(_TURN_SECONDS)
        chores = BackgroundJobs()
        GracefulShutdown(_work(), chores).install()
        self._champion = Champion(settings)
        self._champion.load()
        self._shadow = Shadow(settings)
        hooks = CrmSettings.from_environment()
        store = _store(settings)
        people = None if store is None else UserSessions(store, settings.desk_idle_minutes)
        intake = None if store is None else _intake(store, self._champion, hooks, chores, settings.arrival_share)
        self._engines = self._champion if intake is None else intake
        desk = None if store is None else Desk(store, intake, _now, settings.arrival_share)
        if desk is not None:
            chores.run_every(_SETTLE_SECONDS, "desk", desk.actions.settle)
            chores.run_every(_SETTLE_SECONDS, "board", desk.warm_up, first=_SOON_SECONDS)
        _mounted.app = Application(
            self._champion, desk, _now, _METER, self._shadow, _work(), intake, hooks, people=people
        ).asgi

    @bentoml.api(route=BENTO_PATH)
    def score(self, leads: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Score up to 1,000 leads, each answered for itself: ``{"status", "answer", "error"}``."""
        engine, now = self._engines.engine, _now()
        items = score_each(engine, leads, now, uuid.uuid4().hex)
        self._shadow.offer(engine, leads, [item["answer"] for item in items], now)
        return items


def _store(settings: Settings) -> Store | None:
    """The store; None where it cannot be opened, and then only what needs none is answered."""
    try:
        return Store.open(settings)
    except StoreError as fault:
        logging.getLogger("leadlight.store").error("no store: %s", fault)
        return None


def _intake(store: Store, champion: Champion, hooks: CrmSettings, chores: BackgroundJobs, arrival_share: float) -> Intake:
    """The door of the store, with what is done there by itself."""
    records, channels = Records(store, champion), create_channels(hooks)
    intake = Intake(store, records, [one.destination for one in channels], arrival_share)
    chores.start("records", records.run)
    chores.run_every(_AGAIN_SECONDS, "again", intake.score_again, first=_SOON_SECONDS)
    chores.run_every(_DAY_SECONDS, "tidy", store.delete_expired, first=_AGAIN_SECONDS)
    for channel in channels:
        chores.start(f"to-{channel.destination}", Sender(KeptOutbox(store), channel, hooks.attempts).run)
    return intake


@cache
def _settings() -> Settings:
    """What the worker was told by its environment, read when it starts."""
    return Settings.from_environment()


@cache
def _work() -> RequestSlots:
    """What counts the requests in work; one for the gate and the figures."""
    return RequestSlots(_settings().requests_at_once)


def _gate(app: Any) -> RequestMiddleware:
    """The gate in front of everything, made when the service starts: only then are settings read."""
    settings = _settings()
    keys = KeyFile(settings.home)
    guard = Authorizer(keys, RateLimiter(settings.rate, settings.burst, time.monotonic), FailedKeyLimiter(time.monotonic))
    checks = {BENTO_PATH: lambda body: read_batch(read_object(body))}
    return RequestMiddleware(app, _mounted, _OURS, checks, _METER, guard, _work())


LeadlightService.add_asgi_middleware(_gate)


def serve(host: str = "127.0.0.1", port: int = 3000, model: str = "leadlight", home: Path = Path("mlruns")) -> None:
    """Run the service until Ctrl-C. Prints the addresses once it is ready.

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
        If the port is in use, a LEADLIGHT_ variable holds what it cannot mean, or others could reach the service
        and there is no key yet.
    """
    settings = replace(Settings.from_environment(), home=Path(home), model=model)
    _must_be_guarded(settings, host)
    find_bundle(settings.model, settings.home)
    _must_be_free(host, port)
    os.environ |= settings.to_environment()
    address = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else f'[{host}]' if ':' in host else host}:{port}"
    threading.Thread(target=_announce, args=(address, settings.home), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        bentoml.serve(
            "serving.service:LeadlightService", host=host, port=port, working_dir=str(Path.cwd()), blocking=True
        )


def _must_be_guarded(settings: Settings, host: str) -> None:
    """Refuse to be reached by others without a key; says who cannot come in yet, and which variables nobody reads."""
    if unknown := unknown_variables():
        print(
            f"Nothing reads {', '.join(unknown)}; see the table of variables in serving/README.md.",
            file=sys.stderr,
            flush=True,
        )
    live = KeyFile(settings.home).live()
    if not _loopback(host) and not live:
        raise ServiceError(
            f"serve: on {host} others can reach the service, and there is no key yet. Make one first: leadlight key add --role crm --name NAME."
        )
    if not live:
        print(
            "There is no key yet, so no program can ask for scores. Make one: leadlight key add --role crm --name NAME",
            flush=True,
        )
    _say_who_cannot_come_in(settings, "" if _loopback(host) else f", though others can reach it on {host}")


def _say_who_cannot_come_in(settings: Settings, where: str) -> None:
    """Say that nobody can sign in, where that is so."""
    try:
        with Store.open(settings) as store, store.reading() as at:
            anybody = any(person.disabled_at is None for person in at.users.list_all())
    except StoreError as fault:
        print(f"Nobody can sign in to the desk: {fault}", file=sys.stderr, flush=True)
        return
    if not anybody:
        print(
            f"Nobody can sign in to the desk yet{where}. Let somebody in: leadlight user add NAME --role desk",
            flush=True,
        )


def _loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _announce(address: str, home: Path) -> None:
    """Wait until the service answers, then say where."""
    mlflow = f".venv/bin/mlflow ui --backend-store-uri sqlite:///{home}/mlflow.db --host 127.0.0.1 --port 5000"
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2):
                print(
                    f"\nThe desk:            {address}/\nThe API description: {address}/docs\nThe MLflow page:     {mlflow}\nCtrl-C stops.\n",
                    flush=True,
                )
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    print(
        f"The service did not become ready within {_START_SECONDS} seconds; see the messages above.",
        file=sys.stderr,
        flush=True,
    )


def _must_be_free(host: str, port: int) -> None:
    """Refuse a port that somebody else listens on, or a host that is not ours."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as fault:
        why = fault.strerror if isinstance(fault, OSError) else "no such port"
        raise ServiceError(f"serve: cannot listen on {host}:{port} ({why}). Choose another with --port.") from None


def _now() -> np.datetime64:
    """Now, in UTC."""
    return np.datetime64(time.time_ns() // 1000, "us")
