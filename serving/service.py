"""How does the service start and stop? The BentoML service; nothing else in the project imports BentoML.

Lives here: ``LeadlightService`` (``bentoml serve serving.service:LeadlightService``), ``serve`` for the command line, telemetry switched off.
Does not live here: routes (``api``), the layer in front of them (``gate``), following the champion (``champion``).

BentoML runs the worker and its own endpoint ``/bento/score``. Our pages and ``/v1`` are mounted beside it, and ``Gate`` stands in front of
both: BentoML's index page with a third party's script is never shown, and no rejected value reaches its log. BentoML's own metrics are off:
they make a label of every path that anybody asks for.
"""

import logging
import os

# Before the imports below read them. No dependency may call home; OpenMP threads must not spin while they wait.
os.environ |= {"BENTOML_DO_NOT_TRACK": "true", "DO_NOT_TRACK": "true", "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "passive")}

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

from serving.api import ADDRESSES, Application, batch_of, score_each
from serving.champion import Champion
from serving.connections import drop_silent_connections
from serving.desk.warming import Desk
from serving.errors import ServiceError, StoreError
from serving.gate import Gate
from serving.guard import Guard
from serving.hooks.settings import HookSettings
from serving.intake import Intake, keep_scores_new
from serving.keys import KeyFile
from serving.limits import Failures, Rates, Work
from serving.logs import write_json_lines
from serving.metrics import Meter
from serving.settings import Settings, unknown_variables
from serving.shadow import Shadow
from serving.stopping import Stopping
from serving.store.store import Store
from serving.wire import read_object
from training.bundle import find_bundle

__all__ = ["LeadlightService", "serve"]

BENTO_PATH = "/bento/score"
"""BentoML's own endpoint, for its clients: ``bentoml.SyncHTTPClient(address).score(leads=[...])``."""

_OURS = ("/livez", "/healthz", "/readyz", "/metrics", "/", "/docs", "/docs.json")
_METER = Meter([*ADDRESSES, BENTO_PATH])
_START_SECONDS = 120
_TURN_SECONDS = 0.0005
"""How long a scoring thread runs on while the event loop waits for its turn. Python's own 5 ms, at every step of a request, made those that are sent
away wait for several tenths of a second."""


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
        """Load the champion and start scoring the desk's leads in the background."""
        settings = Settings.from_environment()
        write_json_lines(settings.log_level)
        drop_silent_connections()
        sys.setswitchinterval(_TURN_SECONDS)
        Stopping(_work()).install()
        self._champion = Champion(settings)
        self._champion.load()
        desk = Desk(settings, self._champion)
        self._shadow = Shadow(settings)
        intake = _intake(settings, self._champion)
        _mounted.app = Application(self._champion, desk, _now, _METER, self._shadow, _work(), intake, HookSettings.from_environment()).asgi
        if intake is not None:
            threading.Thread(target=keep_scores_new, args=(intake,), name="leadlight-again", daemon=True).start()
        threading.Thread(target=desk.warm, name="leadlight-desk", daemon=True).start()

    @bentoml.api(route=BENTO_PATH)
    def score(self, leads: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Score up to 1,000 leads, each answered for itself: ``{"status", "answer", "error"}``."""
        engine, now = self._champion.engine, _now()
        items = score_each(engine, leads, now, uuid.uuid4().hex)
        self._shadow.offer(engine, leads, [item["answer"] for item in items], now)
        return items


def _intake(settings: Settings, champion: Champion) -> Intake | None:
    """The door of the store; None where it cannot be opened, and then only what needs no store is answered."""
    try:
        return Intake(Store.open(settings), champion)
    except StoreError as fault:
        logging.getLogger("leadlight.store").error("no store: %s", fault)
        return None


@cache
def _work() -> Work:
    """What counts the requests in work; one for the gate and the figures."""
    return Work(Settings.from_environment().requests_at_once)


def _gate(app: Any) -> Gate:
    """The gate in front of everything, made when the service starts: only then are settings read."""
    settings = Settings.from_environment()
    keys = KeyFile(settings.home)
    guard = Guard(keys, Rates(settings.rate, settings.burst, time.monotonic), Failures(time.monotonic), settings.desk_open)
    checks = {BENTO_PATH: lambda body: batch_of(read_object(body))}
    return Gate(app, _mounted, _OURS, checks, _METER, guard, _work())


LeadlightService.add_asgi_middleware(_gate)


def serve(host: str = "127.0.0.1", port: int = 3000, model: str = "leadlight", home: Path = Path("mlruns"), desk_data: Path | None = None) -> None:
    """Run the service until Ctrl-C. Prints the addresses once it is ready.

    Parameters
    ----------
    model : str
        A bundle's folder, or a registered ``NAME``, ``NAME@ALIAS`` or ``NAME/VERSION``.
    home : Path
        The folder ``mlruns``.
    desk_data : Path, optional
        Folder or file of the leads that the desk shows.

    Raises
    ------
    BundleError
        If there is no such model, or it is damaged.
    ServiceError
        If the port is in use, the desk's data is not there, a LEADLIGHT_ variable holds what it cannot mean, or others could reach the service
        and there is no key yet.
    """
    settings = replace(Settings.from_environment(), home=Path(home), model=model, desk_data=None if desk_data is None else Path(desk_data))
    settings = _guarded(settings, host)
    find_bundle(settings.model, settings.home)
    _must_be_free(host, port)
    if settings.desk_data is not None and not settings.desk_data.exists():
        raise ServiceError(f"serve: there is nothing at {str(settings.desk_data)!r}. Name the folder or file of leads that the desk shows.")
    os.environ |= settings.to_environment()
    address = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else f'[{host}]' if ':' in host else host}:{port}"
    threading.Thread(target=_announce, args=(address, settings.home), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        bentoml.serve("serving.service:LeadlightService", host=host, port=port, working_dir=str(Path.cwd()), blocking=True)


def _guarded(settings: Settings, host: str) -> Settings:
    """The settings with the desk open or closed as the address asks for; says what is open, and which variables nobody reads."""
    if unknown := unknown_variables():
        print(f"Nothing reads {', '.join(unknown)}; see the table of variables in serving/README.md.", file=sys.stderr, flush=True)
    live = KeyFile(settings.home).live()
    if not _loopback(host) and not live:
        raise ServiceError(f"serve: on {host} others can reach the service, and there is no key yet. Make one first: leadlight key add --role crm --name NAME.")
    if not os.environ.get("LEADLIGHT_DESK_OPEN"):
        settings = replace(settings, desk_open=_loopback(host))
    if settings.desk_open:
        print("The desk's pages are open to this machine without a key (LEADLIGHT_DESK_OPEN=loopback); everything else needs one.", flush=True)
    if not live:
        print("There is no key yet, so no program can ask for scores. Make one: leadlight key add --role crm --name NAME", flush=True)
    return settings


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
                print(f"\nThe desk:            {address}/\nThe API description: {address}/docs\nThe MLflow page:     {mlflow}\nCtrl-C stops.\n", flush=True)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    print(f"The service did not become ready within {_START_SECONDS} seconds; see the messages above.", file=sys.stderr, flush=True)


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
