"""A HubSpot that misbehaves, and a service that is killed on the way: does every contact get its newest score, once, in
order?
"""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime

import httpx
import psutil
import pytest
from sqlalchemy import text

from serving.settings import Settings
from serving.store.store import Store
from tests.serving.conftest import bundle, bundle_folder  # noqa: F401
from tests.support.fake_crms import HubSpotStandIn
from tests.support.running_service import service, wait_until_worked_off

SECRET, TOKEN, PUBLIC = "an invented client secret", "an invented token of hubspot", "https://score.practice.example"
CONTACTS = [str(number) for number in range(101, 107)]
MESSAGES = (
    "How much does it cost?",
    "I need an appointment for back pain, urgent please",
    "not urgent, just looking for information",
    "Could I come in for physio next week?",
)


class WatchedHubSpot(HubSpotStandIn):
    """Notes every score that took effect, in order."""

    def __init__(self):
        super().__init__()
        self.rows = {one: {} for one in CONTACTS}
        self.effects = {one: [] for one in CONTACTS}

    def answer(self, method, path, headers, body):
        before = {one: dict(values) for one, values in self.rows.items()}
        said = super().answer(method, path, headers, body)
        for one, values in self.rows.items():
            if values != before[one]:
                self.effects[one].append((values["leadlight_scored_at"], values["leadlight_probability"]))
        return said


def told(address, changes):
    """Send changes as HubSpot signs them."""
    body = json.dumps(changes).encode()
    stamp = str(int(time.time() * 1000))
    signed = f"POST{PUBLIC}/v1/hooks/hubspot/events".encode() + body + stamp.encode()
    headers = {
        "x-hubspot-signature-v3": base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode(),
        "x-hubspot-request-timestamp": stamp,
        "content-type": "application/json",
    }
    answer = httpx.post(f"{address}/v1/hooks/hubspot/events", content=body, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def change(contact, name, value, at):
    return {
        "eventId": f"{contact}{at}",
        "subscriptionType": "contact.propertyChange",
        "objectId": int(contact),
        "propertyName": name,
        "propertyValue": value,
        "occurredAt": at,
    }


def killed(running):
    """End every process of the service at once, as a power cut would."""
    every = [*psutil.Process(running.process.pid).children(recursive=True), psutil.Process(running.process.pid)]
    for one in every:
        one.kill()
    psutil.wait_procs(every, timeout=20)
    running.process.wait()


def waiting(store):
    with store.reading() as at:
        counts = at.outbox.count_by_state()
    return counts.get("waiting", 0) + counts.get("claimed", 0)


@pytest.fixture
def crm():
    made = WatchedHubSpot()
    yield made
    made.close()


def test_every_contact_gets_its_newest_score_once_and_in_order_though_the_crm_misbehaves_and_the_service_is_killed(
    crm,
    bundle_folder,  # noqa: F811
    tmp_path,
):
    variables = {
        "LEADLIGHT_PUBLIC_URL": PUBLIC,
        "LEADLIGHT_HUBSPOT_SECRET": SECRET,
        "LEADLIGHT_HUBSPOT_URL": crm.address,
        "LEADLIGHT_HUBSPOT_TOKEN": TOKEN,
    }
    crm.behave(None, "slow", (429, {"retry-after": "1"}, {}), None, (500, {}, {}), None, "drop_answer", "drop")
    start = int(time.time() * 1000) - 60_000
    with service(tmp_path, bundle_folder, **variables) as running:
        for turn, message in enumerate(MESSAGES[:3]):
            counts = told(running.address, [change(one, "message", message, start + turn * 1000) for one in CONTACTS])
            told(running.address, [change(CONTACTS[0], "message", "late", start - 1)])
            assert counts == {"received": len(CONTACTS), "kept": True}
            wait_until_worked_off(tmp_path / "home")
            time.sleep(0.7)
        killed(running)
    with (
        Store.open(Settings(home=tmp_path / "home")) as store,
        store.database.writing() as connection,
    ):  # the claim's time passes
        connection.execute(
            text("UPDATE outbox SET claimed_until = :past WHERE state = 'claimed'"),
            {"past": "2026-01-01T00:00:00.000000Z"},
        )
    with service(tmp_path, bundle_folder, **variables) as running:
        told(running.address, [change(one, "message", MESSAGES[3], start + 9000) for one in CONTACTS])
        with Store.open(Settings(home=tmp_path / "home")) as store:
            wait_until_worked_off(tmp_path / "home")
            until = time.monotonic() + 45
            while waiting(store) and time.monotonic() < until:
                time.sleep(0.2)
            with store.reading() as at:
                newest = {one: at.scores.get_latest(one).shown for one in CONTACTS}
                states = at.outbox.count_by_state()

    assert set(states) <= {"done", "set_aside"} and not crm.behaviour
    for one, shown in newest.items():
        assert crm.effects[one][-1] == (shown["scored_at"], str(shown["probability"]))
        assert len(set(crm.effects[one])) == len(crm.effects[one]) and [at for at, _ in crm.effects[one]] == sorted(
            at for at, _ in crm.effects[one]
        )
        assert datetime.fromisoformat(shown["scored_at"]) <= datetime.now(UTC)
