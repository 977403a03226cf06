"""What stands in for the rest? A gateway and an outbox in memory, and CRMs on loopback that misbehave as told."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from features.mapping.column_mapping import read_mapping
from serving.crm.change_merging import select_new_changes
from serving.crm.inbound.hubspot_signature import compute_signature_v3
from serving.crm.outbound.http_transport import Transport
from serving.crm.outbound.score_payload import build_score_payload
from serving.crm.outbound.sender import Sender
from serving.crm.ports import Claim, HookRequest
from serving.crm_settings import CRMS, CrmSettings, Secret
from tests.support.fake_crms import DynamicsStandIn, HubSpotStandIn

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
SECRET = "an invented client secret"
KEY = "an invented hook key"
TOKEN = "an invented token"
PUBLIC = "https://score.practice.example"
PAYLOADS = Path(__file__).with_name("payloads")


@dataclass
class MemoryGateway:
    """A ``LeadDoor`` that keeps leads in memory; ``fault`` is raised for a lead in ``faulty``, or for every lead when
    that is empty.
    """

    leads: dict = field(default_factory=dict)
    versions: dict = field(default_factory=dict)
    events: list = field(default_factory=list)
    outcomes: list = field(default_factory=list)
    forgotten: list = field(default_factory=list)
    scored: int = 0
    fault: Exception | None = None
    faulty: tuple = ()
    crm: str = ""
    as_of: datetime | None = None

    def for_crm(self, crm):
        self.crm = crm
        return self

    def upsert_lead(self, payload, as_of=None):
        self.as_of = as_of
        self._may_fail(payload["lead_id"])
        self.leads.setdefault(payload["lead_id"], {}).update(
            {name: value for name, value in payload.items() if name != "lead_id"}
        )
        return self._answer(payload["lead_id"])

    def apply_changes(self, lead_id, changes):
        self._may_fail(lead_id)
        new = select_new_changes(changes, self.versions)
        for change in new:
            self.leads.setdefault(lead_id, {})[change.field] = change.value
            self.versions[lead_id, change.field] = change.occurred_at, change.event_id
        return self._answer(lead_id) if new else None

    def add_events(self, lead_id, events):
        self.events += [(lead_id, event) for event in events if (lead_id, event) not in self.events]

    def add_outcome(self, lead_id, outcome):
        self.outcomes.append((lead_id, outcome))

    def forget_lead(self, lead_id):
        self.leads.pop(lead_id, None)
        self.forgotten.append(lead_id)

    def _may_fail(self, lead_id):
        if self.fault is not None and (not self.faulty or lead_id in self.faulty):
            raise self.fault

    def _answer(self, lead_id):
        self.scored += 1
        return {
            "lead_id": lead_id,
            "score": 31,
            "probability": 0.31,
            "grade": "B",
            "lane": "normal",
            "reason_1": "Asked for an appointment",
            "reason_1_effect": "raises",
            "reasons": [{"text": "Asked for an appointment"}],
            "model_version": "3",
            "scored_at": "2026-03-05T12:00:00Z",
            "receipt": "a" * 20,
            "ignored": [],
        }


class MemoryOutbox:
    """An ``Outbox`` in memory, with a clock that a test moves."""

    def __init__(self, now=NOW):
        self.now, self.rows, self.dead, self.finished, self.superseded = now, [], {}, [], []
        self._lock = threading.Lock()

    def add(self, destination, lead_id, body):
        with self._lock:
            for row in [
                row
                for row in self.rows
                if (row["destination"], row["lead_id"], row["state"]) == (destination, lead_id, "waiting")
            ]:
                self.rows.remove(row)
                self.superseded.append(row["number"])
            number = 1 + sum(map(len, (self.rows, self.dead, self.finished, self.superseded)))
            self.rows.append(
                {
                    "number": number,
                    "destination": destination,
                    "lead_id": lead_id,
                    "body": body,
                    "state": "waiting",
                    "attempt": 0,
                    "next": self.now,
                    "token": "",
                }
            )
            return number

    def claim(self, destination, limit, seconds):
        with self._lock:
            for row in self.rows:
                if row["state"] == "claimed" and row["until"] <= self.now:
                    row["state"] = "waiting"
            busy = {
                row["lead_id"] for row in self.rows if (row["state"], row["destination"]) == ("claimed", destination)
            }
            claims = []
            for row in [row for row in self.rows if row["state"] == "waiting" and row["destination"] == destination]:
                newest = max(
                    other["number"]
                    for other in self.rows
                    if (other["lead_id"], other["destination"]) == (row["lead_id"], destination)
                )
                if row["number"] < newest and row["lead_id"] not in busy:
                    self.rows.remove(row)
                    self.superseded.append(row["number"])
                elif row["lead_id"] not in busy and row["next"] <= self.now and len(claims) < limit:
                    until = self.now + timedelta(seconds=seconds)
                    row.update(
                        state="claimed",
                        attempt=row["attempt"] + 1,
                        until=until,
                        token=f"{row['number']}:{row['attempt'] + 1}",
                    )
                    claims.append(
                        Claim(
                            row["number"], destination, row["lead_id"], row["body"], row["attempt"], row["token"], until
                        )
                    )
            return claims

    def mark_done(self, claim):
        return self._end(claim, lambda row: (self.rows.remove(row), self.finished.append(row["number"])))

    def mark_failed(self, claim, fault, retry_at):
        if retry_at is None:
            return self._end(claim, lambda row: (self.rows.remove(row), self.dead.__setitem__(row["number"], fault)))
        return self._end(claim, lambda row: row.update(state="waiting", next=retry_at, fault=fault))

    def _end(self, claim, act):
        with self._lock:
            rows = [row for row in self.rows if row["token"] == claim.token and row["state"] == "claimed"]
            for row in rows:
                act(row)
            return bool(rows)


@pytest.fixture
def gateway():
    return MemoryGateway()


@pytest.fixture
def outbox():
    return MemoryOutbox()


@pytest.fixture
def hubspot_crm():
    crm = HubSpotStandIn()
    yield crm
    crm.close()


@pytest.fixture
def dynamics_crm():
    crm = DynamicsStandIn()
    yield crm
    crm.close()


@pytest.fixture
def hook_settings():
    """Every CRM set up, with invented secrets."""
    keys = {crm: Secret(KEY) for crm in CRMS if crm != "hubspot"}
    return CrmSettings(
        PUBLIC,
        {"hubspot": Secret(SECRET), **keys},
        "00D7F0000000001",
        {"generic": read_mapping(PAYLOADS / "generic_mapping.toml")},
    )


@pytest.fixture(scope="session")
def payload_of():
    """Bytes of a recorded shape."""
    return lambda name: (PAYLOADS / name).read_bytes()


@pytest.fixture(scope="session")
def sign():
    """Makes a request as HubSpot signs it."""

    def make(body, target="/v1/hooks/hubspot", now=NOW, secret=SECRET):
        timestamp = str(int(now.timestamp() * 1000))
        headers = {
            "x-hubspot-signature-v3": compute_signature_v3(secret, "POST", PUBLIC + target, body, timestamp),
            "x-hubspot-request-timestamp": timestamp,
        }
        return HookRequest("POST", target, headers, body)

    return make


@pytest.fixture(scope="session")
def add_key():
    """Makes a request that carries the hook's key."""
    return lambda body, target="/v1/hooks/generic?code=an%20invented%20hook%20key": HookRequest(
        "POST", target, {}, body
    )


@pytest.fixture(scope="session")
def noon():
    """The moment of these tests."""
    return NOW


@pytest.fixture
def sender_of(outbox):
    """Makes a sender for a stand-in; the wait of a retry is the longest that it can be."""
    senders = []

    def make(crm, channel, attempts=16, breaker=None, seconds=0.6):
        transport = Transport(crm.address, Secret(TOKEN), seconds)
        senders.append(transport)
        clock = lambda: outbox.now  # noqa: E731
        return Sender(outbox, channel(transport, clock), attempts, breaker, clock, max)

    yield make
    for transport in senders:
        transport.close()


@pytest.fixture(scope="session")
def until_empty():
    """Sends until nothing waits, moving the clock whenever nothing is due: ``until_empty(sender, outbox)`` -> what
    became of the scores.
    """

    def send(sender, outbox):
        total = Counter()
        for _ in range(40):
            if not outbox.rows:
                break
            counts = sender.send_due()
            total += counts
            if not counts or counts["retry"]:
                outbox.now += timedelta(hours=7)
        return total

    return send


@pytest.fixture(scope="session")
def make_score():
    """Makes what waits in an outbox for one score: ``make_score(score, minute, **changes)``."""

    def make(score=31, minute=0, **changes):
        answer = {
            "score": score,
            "probability": score / 100,
            "grade": "B",
            "lane": "normal",
            "reason_1": "Asked for an appointment",
            "model_version": "3",
        }
        return build_score_payload(answer | {"scored_at": f"2026-03-05T12:{minute:02}:00Z"} | changes)

    return make
