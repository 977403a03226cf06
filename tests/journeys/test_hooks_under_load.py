"""Is a webhook of a hundred contacts acknowledged at once, though the store is busy, and in the store though the
service is killed after the acknowledgment?

Four deliveries here; ``make soak`` sends forty.
"""

import json
import os
import signal
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx
import numpy as np

from serving.settings import Settings
from serving.store.store import Store
from tests.serving.conftest import bundle, bundle_folder  # noqa: F401  (fixtures)
from tests.support.running_service import sent_to_a_hook, service, wait_until_worked_off
from tests.support.whole_service import HOOK_KEY, PUBLIC

DELIVERIES = 40 if os.environ.get("LEADLIGHT_SOAK") else 4
CONTACTS = 100
EVENTS = "/v1/hooks/hubspot/events"
VARIABLES = {"LEADLIGHT_HUBSPOT_SECRET": HOOK_KEY, "LEADLIGHT_PUBLIC_URL": PUBLIC, "LEADLIGHT_RATE_LIMIT": "100000"}


def make_delivery(number: int, start: int) -> bytes:
    """A hundred contacts, each with another message in every delivery."""
    events = [
        {
            "subscriptionType": "contact.propertyChange",
            "objectId": contact,
            "propertyName": "message",
            "propertyValue": f"appointment {number}",
            "occurredAt": start + number,
            "eventId": number,
        }
        for contact in range(1, CONTACTS + 1)
    ]
    return json.dumps(events).encode()


def send(client: httpx.Client, body: bytes) -> tuple[int, float]:
    headers = sent_to_a_hook(EVENTS, body)["headers"] | {"content-type": "application/json"}
    begun = time.perf_counter()
    status = client.post(EVENTS, content=body, headers=headers).status_code
    return status, time.perf_counter() - begun


def test_a_webhook_is_acknowledged_at_once_and_in_the_store_whatever_happens_then(
    bundle_folder,  # noqa: F811
    tmp_path,
):
    home, start, scores, done = tmp_path / "home", int(time.time() * 1000) - 60_000, [], threading.Event()
    with service(tmp_path, bundle_folder, **VARIABLES) as running:

        def keep_scoring():
            with httpx.Client(base_url=running.address, headers={"x-api-key": running.key}, timeout=60) as client:
                while not done.wait(0.1):
                    begun = time.perf_counter()
                    status = client.post("/v1/score", json={"lead_id": "L-1"}).status_code
                    scores.append((status, time.perf_counter() - begun))

        scorer = threading.Thread(target=keep_scoring)
        scorer.start()
        with httpx.Client(base_url=running.address, timeout=60) as crm, ThreadPoolExecutor(4) as together:
            send(crm, b"[]")
            bodies = [make_delivery(number, start) for number in range(DELIVERIES)]
            sent = list(together.map(lambda body: send(crm, body), bodies))
        with (
            httpx.Client(base_url=running.address, timeout=60) as crm,
            closing(sqlite3.connect(home / "leadlight.db", timeout=60, isolation_level=None)) as other,
        ):
            other.execute("BEGIN IMMEDIATE")
            sent.append(send(crm, make_delivery(DELIVERIES, start)))
            time.sleep(1)
            other.execute("ROLLBACK")
        done.set()
        scorer.join()
        os.kill(running.process.pid, signal.SIGKILL)
        running.process.wait(30)
        waiting = len(list((home / "deliveries").glob("*.json")))
    with service(tmp_path, bundle_folder, **VARIABLES):
        wait_until_worked_off(home, 30 + 30 * DELIVERIES)
        with Store.open(Settings(home)) as store, store.reading() as at:
            messages = {at.leads.get(str(contact)).values["message"] for contact in range(1, CONTACTS + 1)}

    acknowledged, scored = ([seconds for _, seconds in answers] for answers in (sent, scores))
    print(
        f"acknowledged after {max(acknowledged):.3f} s at most, scores p99 {np.percentile(scored, 99):.3f} s, "
        f"{waiting} of {len(sent)} deliveries waited when the service was killed"
    )
    assert {status for status, _ in (*sent, *scores)} == {200}
    assert np.percentile(acknowledged, 99) < 0.5
    assert np.percentile(scored, 99) < 1.5
    assert messages == {f"appointment {DELIVERIES}"}
