"""How does the service bear callers? Latency at a steady rate, throughput, ten times overload and the start, beside a
floor and a peer of the same run.

    make bench                                    with everything else
    python -m tests.bench.load                    this alone, about three minutes
    python -m tests.bench.load --seconds 3        shorter, to see that it runs

The floor is an empty route of BentoML (``empty_service``), the peer ``mlflow models serve`` with the same model: it
answers a probability, without reasons, interval or receipt. Servers run one at a time, in processes of their own, on
127.0.0.1; so does the client (``open_loop``)."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import click
import numpy as np
import psutil

from features.mapping.column_mapping import Mapping
from features.practice_file.practice_toml import read_practice
from features.synthetic.generator import invent
from features.tables.tables import Tables, read_tables
from serving.http.api_keys import KeyFile
from tests.bench.open_loop import Plan, Took
from tests.support.running_service import free_port

Row = tuple[str, str, str]
LINE = "{:<82}{:>30}{:>26}"
STEADY, KEPT_RATE, BATCH = 50, 20, 100
PAYLOADS = 400
START_SECONDS = 180


@click.command()
@click.option(
    "--seconds",
    default=20.0,
    show_default=True,
    help="Of each measurement; leads that are kept take three times as long.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Keep the model here and use what is there; a temporary folder when left out.",
)
def load(seconds: float, folder: Path | None) -> None:
    """All figures, as one table."""
    with tempfile.TemporaryDirectory(prefix="leadlight-load-") as temporary:
        home = folder or Path(temporary) / "home"
        if not (home / "leads.json").exists():
            prepare(home)
        click.echo(LINE.format("Measured", "Value", "Floor or target"))
        for row in load_rows(home, Path(temporary), seconds):
            click.echo(LINE.format(*row))


def prepare(home: Path) -> None:
    """A model trained on a small invented practice, registered, and leads of that practice as a CRM sends them."""
    from training.pipeline import train
    from training.registry.mlflow_tracking import log_training_run, move_alias
    from training.settings import Settings

    home.mkdir(parents=True, exist_ok=True)
    invent(4_000, seed=7).write(home / "practice")
    tables, practice = (
        read_tables(home / "practice", Mapping.identity()),
        read_practice(home / "practice" / "practice.toml"),
    )
    trained = train(tables, practice, Settings(resamples=20, folds=4, threads=1), tables.mapping)
    bundle = trained.bundle.write(home / "made")
    run_id = log_training_run(replace(trained, bundle=bundle), home / "made", [], Settings(), home)
    move_alias(home, bundle.name, run_id)
    (home / "leads.json").write_text(json.dumps(list_as_sent(tables, PAYLOADS)))


def load_rows(home: Path, folder: Path, seconds: float) -> Iterator[Row]:
    """Every figure as (what, value, floor or target), as soon as it is measured."""
    leads = json.loads((home / "leads.json").read_text())
    key = KeyFile(home).add("admin", "bench", None, replace=True)[0]
    with server(
        "empty", [sys.executable, "-m", "bentoml", "serve", "tests.bench.empty_service:Empty"], "/livez", folder
    ) as (address, _, _):
        floor = measured(Plan(address, "/empty", {}, ["{}"], STEADY, seconds), folder)
    yield f"Empty route of BentoML at {STEADY} requests a second, p50 and p99", _both(floor), ""
    told = {
        "LEADLIGHT_HOME": str(home),
        "LEADLIGHT_RATE_LIMIT": "100000/100000",
        "LEADLIGHT_DATABASE_URL": f"sqlite:///{folder}/kept.db",
    }
    command = [sys.executable, "-c", "from serving.cli.main import main; main()", "serve"]
    with server("warming", command, "/readyz", folder, told):
        pass  # the first start on a machine compiles; what is measured is a later one
    with server("leadlight", command, "/readyz", folder, told) as (address, process, ready):
        yield "Start to ready, compiled code at hand", f"{ready:.1f} s", "10 s"
        yield from service_rows(address, {"X-API-Key": key}, leads, floor, process, folder, seconds)
    yield peer_row(home, leads, folder, seconds)
    from tests.bench.scoring_cost import list_cost_rows

    yield from list_cost_rows(home)


def service_rows(
    address: str,
    known: dict[str, str],
    leads: list[dict],
    floor: Took,
    process: psutil.Process,
    folder: Path,
    seconds: float,
) -> Iterator[Row]:
    """The service's own figures."""
    one = Plan(address, "/v1/score", known, [json.dumps(lead) for lead in leads], STEADY, seconds)
    batches = [
        json.dumps({"leads": [leads[(first + k) % len(leads)] for k in range(BATCH)]})
        for first in range(0, PAYLOADS, 40)
    ]
    batch = Plan(address, "/v1/score/batch", known, batches, 0, seconds)
    kept = Plan(
        address,
        "/v1/leads",
        known,
        [json.dumps(lead | {"lead_id": "kept-{number}"}) for lead in leads],
        KEPT_RATE,
        3 * seconds,
    )
    measured(replace(one, seconds=2), folder)
    single = measured(one, folder)
    times = single.milliseconds(50) / floor.milliseconds(50)
    yield (
        f"One lead at {STEADY} a second, p50 and p99; p50 over the floor",
        f"{_both(single)} {_said(single)}",
        f"{times:.1f} (3), p99 50 ms",
    )
    durable = measured(kept, folder)
    yield (
        f"A lead that is kept, at {KEPT_RATE} a second, p50 and p99",
        f"{_both(durable)} {_said(durable)}",
        "p99 250 ms",
    )
    many = measured(batch, folder)
    yield (
        f"Batches of {BATCH} with reasons, one caller",
        f"{BATCH * many.counts().get(200, 0) / many.done[-1]:,.0f} leads/s {_said(many)}",
        "5,000 leads/s",
    )
    yield from overload_rows(batch, one, process, folder, seconds)


def overload_rows(batch: Plan, one: Plan, process: psutil.Process, folder: Path, seconds: float) -> Iterator[Row]:
    """Ten times what two callers get through: what is answered, how fast the rest is sent away, memory, and how soon
    all is as before.
    """
    measured(replace(batch, rate=20.0, seconds=3, threads=16), folder)
    alone = measured(replace(batch, seconds=3), folder)
    rate = min(10 * len(alone.done) / alone.done[-1], 800.0)
    before, normal = _resident(process), measured(replace(one, seconds=3), folder)
    took = measured(replace(batch, rate=rate, seconds=seconds / 2, threads=96), folder)
    after = _resident(process)
    back = _recovery(one, 3 * normal.milliseconds(50) / 1000)
    yield f"Ten times overload ({rate:,.0f} batches a second): answers by status", _said(took), "only 200 and 429"
    yield (
        "    sent away (429) within, p50 and p99 from when it was due",
        f"{took.milliseconds(50, 429):.0f} / {took.milliseconds(99, 429):.0f} ms",
        "100 ms",
    )
    yield (
        "    answered (200) within, p50 and p99",
        f"{took.milliseconds(50, 200):.0f} / {took.milliseconds(99, 200):.0f} ms",
        "",
    )
    yield "    memory before and after", f"{before / 1e6:,.0f} / {after / 1e6:,.0f} MB", "steady"
    yield "    as before again after", f"{back:.1f} s", "5 s"


def peer_row(home: Path, leads: list[dict], folder: Path, seconds: float) -> Row:
    """``mlflow models serve`` with the same model and the same leads."""
    frames = [json.dumps({"dataframe_records": [lead]}) for lead in leads]
    words = [
        str(Path(sys.executable).with_name("mlflow")),
        "models",
        "serve",
        "--model-uri",
        "models:/leadlight@champion",
        "--env-manager",
        "local",
    ]
    store = f"sqlite:///{home.resolve()}/mlflow.db"
    told = {"MLFLOW_TRACKING_URI": store, "MLFLOW_REGISTRY_URI": store, "MLFLOW_DISABLE_TELEMETRY": "true"}
    told |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}  # it starts uvicorn by name
    with server("peer", words, "/ping", folder, told) as (address, _, _):
        measured(Plan(address, "/invocations", {}, frames, STEADY, 2), folder)
        took = measured(Plan(address, "/invocations", {}, frames, STEADY, seconds), folder)
    return (
        f"mlflow models serve, the same model and leads at {STEADY} a second, p50 and p99",
        f"{_both(took)} {_said(took)}",
        "peer, without reasons",
    )


@contextmanager
def server(
    name: str, command: list[str], ready: str, folder: Path, told: dict[str, str] | None = None
) -> Iterator[tuple[str, psutil.Process, float]]:
    """(address, process, seconds until it was ready) of a server, ended with the block."""
    port = free_port()
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "BENTOML_HOME": str(folder / "bento"),
        "BENTOML_DO_NOT_TRACK": "true",
        "DO_NOT_TRACK": "true",
    }
    begun = time.perf_counter()
    with open(folder / f"{name}.log", "wb") as log:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            stdout=log,
            stderr=log,
            env=environment | (told or {}),
            cwd=folder,
        )
    try:
        while not _answers(f"http://127.0.0.1:{port}{ready}"):
            if process.poll() is not None or time.perf_counter() - begun > START_SECONDS:
                raise SystemExit(
                    f"load: {name} was not ready within {START_SECONDS} seconds; it said:\n"
                    + (folder / f"{name}.log").read_text(errors="replace")[-2000:]
                )
            time.sleep(0.02)
        taken = time.perf_counter() - begun
        yield f"http://127.0.0.1:{port}", psutil.Process(process.pid), taken
    finally:
        every = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        for one in psutil.wait_procs(every, timeout=10)[1]:
            one.kill()


def measured(plan: Plan, folder: Path) -> Took:
    """What a plan took, followed by a process of its own."""
    (folder / "plan.json").write_text(json.dumps(asdict(plan)))
    subprocess.run(
        [sys.executable, "-m", "tests.bench.open_loop", str(folder / "plan.json"), str(folder / "took.npz")],
        check=True,
        cwd=Path(__file__).parents[2],
    )
    with np.load(folder / "took.npz") as took:
        return Took(took["due"], took["done"], took["status"])


def _recovery(one: Plan, normal: float) -> float:
    """Seconds until ten single leads in a row are answered within ``normal`` seconds; 30 at most."""
    begun, row = time.perf_counter(), 0
    while row < 10 and time.perf_counter() - begun < 30:
        sent = time.perf_counter()
        asked = urllib.request.Request(
            one.address + one.path, one.body(row), {"Content-Type": "application/json", **one.headers}
        )
        row = row + 1 if _answers(asked) and time.perf_counter() - sent < normal else 0
    return time.perf_counter() - begun


def _answers(asked: str | urllib.request.Request) -> bool:
    try:
        with urllib.request.urlopen(asked, timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _resident(process: psutil.Process) -> int:
    """Bytes of a server and its workers."""
    return sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))


def _both(took: Took) -> str:
    return f"{took.milliseconds(50):.1f} / {took.milliseconds(99):.1f} ms"


def _said(took: Took) -> str:
    """How many answers of each status, where not all are good."""
    counts = took.counts()
    return (
        ""
        if set(counts) <= {200, 201}
        else ", ".join(f"{count:,} x {status or 'lost'}" for status, count in counts.items())
    )


def list_as_sent(tables: Tables, count: int) -> list[dict]:
    """The newest leads of the tables as a CRM sends them: what is known, as JSON."""
    frame = tables.leads.sort_values("created_at").tail(count)
    rows = json.loads(frame.to_json(orient="records", date_format="iso"))
    return [{name.removeprefix("custom:"): value for name, value in row.items() if value is not None} for row in rows]


if __name__ == "__main__":
    load()
