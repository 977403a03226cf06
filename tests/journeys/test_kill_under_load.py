"""The service is killed while programs write to it. Is every acknowledged lead there once, and the audit whole?"""

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import numpy as np
import psutil
import pytest

from serving.http.api_keys import KeyFile
from serving.settings import Settings
from serving.store.store import Store
from training.bundle.alias_pointers import Pointer, write_pointer

ROOT = Path(__file__).parents[2]
KILLS = 20 if os.environ.get("LEADLIGHT_SOAK") else 2
WRITERS = 4


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


@pytest.fixture
def home(trained, tmp_path) -> Path:
    """A folder with a champion, as training leaves it."""
    bundle = trained.bundle.write(tmp_path / "home" / "bundle")
    write_pointer(tmp_path / "home", Pointer("leadlight", "champion", "1", "bundle", bundle.sha256))
    return tmp_path / "home"


def started(home: Path, port: int) -> subprocess.Popen:
    """The service as a process group of its own, ready."""
    told = {**os.environ, "LEADLIGHT_HOME": str(home), "PYTHONPATH": str(ROOT), "LEADLIGHT_RATE_LIMIT": "1000/1000"}
    code = "from serving.cli.main import main; main()"
    service = subprocess.Popen(
        [sys.executable, "-c", code, "serve", "--port", str(port)],
        env=told,
        cwd=home,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(600):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200:
                return service
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError("the service was not ready within two minutes")


def killed(service: subprocess.Popen) -> None:
    """Kill the service and its workers, which have process groups of their own, at one stroke."""
    every = [*psutil.Process(service.pid).children(recursive=True), psutil.Process(service.pid)]
    for one in every:
        one.kill()
    psutil.wait_procs(every, timeout=20)
    service.wait()
    assert not [one for one in every if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def write(port: int, key: str, writer: int, life: int, stop: threading.Event, acknowledged: dict[str, str]) -> None:
    """Send leads until told to stop; note each that was acknowledged."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"X-API-Key": key}, timeout=5) as client:
        for number in range(10_000):
            if stop.is_set():
                return
            lead_id = f"L{life}-{writer}-{number}"
            try:
                answer = client.post(
                    "/v1/leads", json={"lead_id": lead_id, "channel": "web_form"}, headers={"Idempotency-Key": lead_id}
                )
            except httpx.TransportError:
                continue
            if answer.status_code == 201:
                acknowledged[lead_id] = answer.json()["receipt"]


def test_no_acknowledged_write_is_lost_or_doubled(home):
    key, random, acknowledged = KeyFile(home).add("crm", "writer", None)[0], np.random.default_rng(5), {}
    for life in range(KILLS):
        port, stop = free_port(), threading.Event()
        service = started(home, port)
        writers = [
            threading.Thread(target=write, args=(port, key, writer, life, stop, acknowledged))
            for writer in range(WRITERS)
        ]
        for one in writers:
            one.start()
        before = len(acknowledged)
        until = time.monotonic() + 60
        while len(acknowledged) < before + 5 and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(float(random.uniform(0.0, 1.0)))
        killed(service)
        stop.set()
        for one in writers:
            one.join()

    with Store.open(Settings(home=home)) as store, store.reading() as at:
        kept = {lead_id: at.scores.list_for(lead_id) for lead_id in acknowledged}
        assert len(acknowledged) >= 5 * KILLS
        assert [
            lead_id for lead_id, scores in kept.items() if [one.receipt for one in scores] != [acknowledged[lead_id]]
        ] == []
        assert at.leads.count() >= len(acknowledged)
        audit = store.verify_audit()
        assert audit.broken is None and audit.rows >= 2 * len(acknowledged)
