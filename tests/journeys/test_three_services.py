"""Three services on one PostgreSQL, and kills among them: is nothing lost or done twice, and nobody called by two?

At full length only (``make soak``): each start takes some seconds.
"""

import json
import os
import shutil
import threading
import time
from collections import Counter
from contextlib import ExitStack

import httpx
import numpy as np
import pytest

from serving.accounts.password_hashing import Passwords
from serving.http.api_keys import KeyFile
from serving.settings import Settings
from serving.store.store import Store
from tests.journeys.test_scores_go_back import CONTACTS, PUBLIC, SECRET, TOKEN, WatchedHubSpot, change, killed, told
from tests.serving.conftest import bundle, bundle_folder  # noqa: F401
from tests.support.postgresql import new_database, why_not
from tests.support.running_service import PASSWORD, service, wait_until_worked_off

pytestmark = pytest.mark.skipif(
    not os.environ.get("LEADLIGHT_SOAK"), reason="three services and their kills take minutes: make soak"
)
SERVICES, KILLS, WRITERS = 3, 6, 4
PEOPLE = ("anna", "ben", "cara")
MESSAGES = ("How much is it?", "I need an appointment for back pain", "Could I come in next week?", "Not urgent")


class Cluster:
    """Services with homes of their own, one key of the installation, and one database."""

    def __init__(self, stack, folder, bundle_folder, **variables):  # noqa: F811
        self._stack, self._folder, self._bundle, self._variables = stack, folder, bundle_folder, variables
        self.homes = [folder / f"machine{number}" / "home" for number in range(SERVICES)]
        for home in self.homes:
            home.mkdir(parents=True)
        self.store = Store.open(Settings(self.homes[0], database_url=variables["LEADLIGHT_DATABASE_URL"]))
        with self.store.transaction("tests") as at:
            for name in PEOPLE:
                at.users.add(name, name.title(), "desk", Passwords(memory_kib=8, passes=1).hash(PASSWORD))
        for home in self.homes[1:]:
            shutil.copy2(self.homes[0] / "installation.key", home / "installation.key")
        self.running = [self._begin(number) for number in range(SERVICES)]

    def _begin(self, number):
        keys = KeyFile(self.homes[number])
        for key in keys.list_active():
            keys.revoke(key.prefix)
        return self._stack.enter_context(service(self.homes[number].parent, self._bundle, **self._variables))

    def kill_and_begin_again(self, number):
        """A power cut of one machine."""
        killed(self.running[number])
        self.running[number] = self._begin(number)


@pytest.fixture
def database(shared_folder):
    """The URL of a new database of the run's server."""
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    with new_database(shared_folder, "three") as url:
        yield url.replace("+psycopg", "")


@pytest.fixture
def crm():
    made = WatchedHubSpot()
    yield made
    made.close()


@pytest.fixture
def cluster(database, crm, bundle_folder, tmp_path):  # noqa: F811
    variables = {
        "LEADLIGHT_DATABASE_URL": database,
        "LEADLIGHT_PUBLIC_URL": PUBLIC,
        "LEADLIGHT_HUBSPOT_SECRET": SECRET,
        "LEADLIGHT_HUBSPOT_URL": crm.address,
        "LEADLIGHT_HUBSPOT_TOKEN": TOKEN,
        "LEADLIGHT_RATE_LIMIT": "1000/1000",
    }
    with ExitStack() as stack:
        yield Cluster(stack, tmp_path, bundle_folder, **variables)


def send(cluster, random, path, body, key):
    """Send until some service acknowledges, as a program does: the same key of idempotency, another machine."""
    until, refusals = time.monotonic() + 180, []
    while time.monotonic() < until:
        running = cluster.running[random.integers(SERVICES)]
        headers = {"X-API-Key": running.key, "Idempotency-Key": key}
        try:
            answer = httpx.post(f"{running.address}{path}", json=body, headers=headers, timeout=10)
        except httpx.TransportError as fault:
            refusals.append(type(fault).__name__)
            time.sleep(0.05)
            continue
        if answer.status_code in (200, 201):
            return answer.json()
        assert answer.status_code in (429, 503), answer.text
        refusals.append(answer.json()["error"]["code"])
        time.sleep(0.05)
    raise AssertionError(f"no service took a write: {Counter(refusals)}")


def write(cluster, writer, stop, acknowledged):
    """Write leads with an outcome each, which is sent to two machines."""
    random = np.random.default_rng(writer)
    for number in range(100_000):
        if stop.is_set():
            return
        lead_id = f"L{writer}-{number}"
        answer = send(cluster, random, "/v1/leads", {"lead_id": lead_id, "channel": "web_form"}, lead_id)
        outcome = {"stage": "reached", "outcome_id": f"O-{lead_id}", "occurred_at": "2026-03-01T10:00:00Z"}
        for attempt in range(2):
            send(cluster, random, f"/v1/leads/{lead_id}/outcomes", outcome, f"{lead_id}-{attempt}")
        acknowledged[lead_id] = answer["receipt"]


def press_next(cluster, random, person, claimed):
    """Press "Call next" on some machine with a session of another one."""
    first, second = random.choice(SERVICES, 2, replace=False)
    begun = httpx.post(
        f"{cluster.running[first].address}/sign-in", data={"name": person, "password": PASSWORD}, timeout=20
    )
    with httpx.Client(base_url=cluster.running[second].address, timeout=20, cookies=begun.cookies) as client:
        page = client.get("/").text
        token = page.split('name="csrf" value="', 1)[1].split('"', 1)[0]
        answer = client.post("/next", data={"csrf": token}, headers={"sec-fetch-site": "same-origin"})
        claimed.append((person, answer.headers["location"]))


def test_nothing_is_lost_or_done_twice_and_nobody_is_called_by_two(cluster, crm):
    random, acknowledged, stop = np.random.default_rng(7), {}, threading.Event()
    writers = [threading.Thread(target=write, args=(cluster, number, stop, acknowledged)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    start = int(time.time() * 1000) - 600_000
    for turn in range(KILLS):
        time.sleep(float(random.uniform(0.5, 2.0)))
        changes = [change(one, "message", MESSAGES[turn % 4] + f" {turn}", start + turn * 1000) for one in CONTACTS]
        for one in changes:
            told(cluster.running[random.integers(SERVICES)].address, [one])
        cluster.kill_and_begin_again(turn % SERVICES)
    stop.set()
    for writer in writers:
        writer.join()
    for home in cluster.homes:
        wait_until_worked_off(home)
    for number in range(len(PEOPLE)):  # called first, whatever the hour at which this runs
        emergency = {"lead_id": f"E{number}", "phone": "(617) 555-0123", "message": "chest pain and I can't breathe"}
        send(cluster, random, "/v1/leads", emergency, f"E{number}")
    claimed = []
    callers = [
        threading.Thread(target=press_next, args=(cluster, np.random.default_rng(row), person, claimed))
        for row, person in enumerate(PEOPLE)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    until = time.monotonic() + 600  # a claim of a killed worker ends by itself
    while _count_waiting(cluster.store) and time.monotonic() < until:
        time.sleep(0.5)

    with cluster.store.reading() as at:
        scores = {lead_id: at.scores.list_for(lead_id) for lead_id in acknowledged}
        outcomes = {lead_id: at.outcomes.list_for(lead_id) for lead_id in acknowledged}
        newest = {one: at.scores.get_latest(one).shown for one in CONTACTS}
        states = at.outbox.count_by_state()
    assert len(acknowledged) >= 5 * KILLS
    assert [one for one, rows in scores.items() if acknowledged[one] not in {row.receipt for row in rows}] == []
    assert [one for one, rows in scores.items() if sum(row.cause == "arrival" for row in rows) != 1] == []
    assert [one for one, rows in outcomes.items() if len(rows) != 1] == []
    assert len({where for _, where in claimed}) == len(PEOPLE) and all("/leads/" in where for _, where in claimed)
    assert set(states) <= {"done", "set_aside"}
    for one, shown in newest.items():
        moments = [at for at, _ in crm.effects[one]]
        assert crm.effects[one][-1] == (shown["scored_at"], str(shown["probability"])) and moments == sorted(moments)
        assert len(set(crm.effects[one])) == len(crm.effects[one])
    audit = cluster.store.verify_audit()
    assert audit.broken is None and audit.rows >= 3 * len(acknowledged)
    print(json.dumps({"leads": len(acknowledged), "kills": KILLS, "states": states}))


def _count_waiting(store):
    with store.reading() as at:
        counts = at.outbox.count_by_state()
    return counts.get("waiting", 0) + counts.get("claimed", 0)
