"""How long does the desk's first page take with ten thousand open leads, and how large is it? Beside the same page with
a hundred.

    python -m tests.bench.desk_page [--leads 10000]

Lives here: making the leads, asking for the page after every kind of write. Does not live here: the board
(``serving.desk.queue.queue_board``), the load of programs (``load``)."""

import argparse
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from starlette.testclient import TestClient

from features.progress_bar import progress_bar
from serving.application import Components, create_application
from serving.desk.desk_service import Desk
from serving.http.middleware import RequestMiddleware
from serving.http.request_metrics import RequestMetrics
from serving.leads.lead_service import LeadService
from serving.scoring.model_loader import Champion
from serving.settings import Settings
from serving.store.database.entities import Event, Lead, Score
from serving.store.store import Store
from tests.serving.conftest import PASSWORD, made_bundle, people_in

_ROUNDS = 40
_CHANNELS, _TIMES, _CODES = (
    ("web_form", "phone", "referral", "chat"),
    (None, None, "evening", "morning"),
    ("02110", "75201", "94103", None),
)


def filled(store: Store, leads: int, shown: dict, tell) -> None:
    """Open leads, each scored, a third of them called."""
    now, chance = datetime.now(UTC), random.Random(7)
    for first in range(0, leads, 500):
        with store.transaction("bench") as at:
            for number in range(first, min(first + 500, leads)):
                said = {
                    "channel": chance.choice(_CHANNELS),
                    "service_requested": "physio",
                    "postal_code": chance.choice(_CODES),
                    "preferred_time": chance.choice(_TIMES),
                }
                at.leads.put(
                    Lead(f"L{number}", said | {"created_at": now - timedelta(minutes=chance.randint(1, 40_000))})
                )
                if number % 3 == 0:
                    at.events.add(
                        f"L{number}", [Event(now - timedelta(hours=5), "outbound_call", reached=False, event_id="call")]
                    )
                probability = chance.random()
                grade, lane = chance.choice("ABCD"), chance.choice(("normal", "normal", "nurture", "urgent"))
                at.scores.add(
                    Score(
                        f"L{number}",
                        f"r{number}",
                        "b" * 64,
                        "3",
                        now,
                        probability,
                        grade,
                        lane,
                        "arrival",
                        shown | {"score": round(100 * probability)},
                    )
                )
        tell("Making leads", first, leads)


def measured(leads: int) -> dict[str, float]:
    """Return milliseconds on the server and bytes of the first page, over a store written to before every look."""
    home = Path(tempfile.mkdtemp(prefix="leadlight-desk-"))
    made_bundle().write(home / "bundle")
    champion = Champion(Settings(home, str(home / "bundle")))
    champion.load()
    people, store = people_in(home), Store.open(Settings(home))
    shown = champion.engine.score(
        [{"lead_id": "x", "message": "Could I come in next week about my knee?", "channel": "web_form"}],
        np.datetime64("now", "us"),
    )[0].model_dump()
    with progress_bar() as tell:
        filled(store, leads, shown, tell)
    desk = Desk(store, LeadService(store, champion), lambda: np.datetime64(time.time_ns() // 1000, "us"), 0.05)
    application = create_application(Components(champion, lambda: np.datetime64("now", "us"), desk=desk, users=people))
    client = TestClient(
        RequestMiddleware(application, metrics=RequestMetrics(())),
        cookies={"__Host-leadlight": people.sign_in("anna", PASSWORD, "bench").token},
    )
    taken, size = [], 0
    for number in range(_ROUNDS + 1):
        desk.actions.take_step("anna", f"L{number}", "note", {"text": "asks for Tuesday"})
        began = time.perf_counter()
        page = client.get("/")
        taken.append(1e3 * (time.perf_counter() - began))
        assert page.status_code == 200
        size = len(page.content)
    every = np.array(taken[1:])
    return {
        "first look": taken[0],
        "median": float(np.median(every)),
        "worst": float(every.max()),
        "bytes": float(size),
    }


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--leads", type=int, default=10_000)
    leads = asked.parse_args().leads
    table = Table(
        "open leads",
        "first look ms",
        "median ms",
        "worst ms",
        "page kB",
        title="The desk's first page, after a write each time (target: 300 ms, 150 kB)",
    )
    for count in (100, leads):
        found = measured(count)
        table.add_row(
            f"{count:,}",
            *(f"{found[name]:.0f}" for name in ("first look", "median", "worst")),
            f"{found['bytes'] / 1e3:.0f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
