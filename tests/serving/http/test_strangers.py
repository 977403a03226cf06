"""Can somebody without a key or a session stop those who have one? Half-sent bodies, and hooks that nobody signed.

Short here; ``make soak`` holds 200 slow connections and sends 50 unsigned hook calls a second for half a minute.
"""

import json
import os
import socket
import threading
import time

import httpx
import numpy as np
import pytest

from tests.support.running_service import sent_to_a_hook, service
from tests.support.whole_service import HOOK_KEY, PUBLIC

SOAK = bool(os.environ.get("LEADLIGHT_SOAK"))
SLOW, BAD_A_SECOND, SECONDS = (200, 50, 30) if SOAK else (60, 50, 4)
EVENTS = "/v1/hooks/hubspot/events"
TARGETS = ("/sign-in", "/sign-in", "/livez", "/v1/hooks/hubspot", "/v1/hooks/generic", "/v1/score")


@pytest.fixture(scope="module")
def few_places(bundle_folder, tmp_path_factory):
    """A service with eight places and its usual limits of rate, every hook set up."""
    with service(
        tmp_path_factory.mktemp("few"),
        bundle_folder,
        LEADLIGHT_REQUESTS_AT_ONCE="8",
        LEADLIGHT_HUBSPOT_SECRET=HOOK_KEY,
        LEADLIGHT_PUBLIC_URL=PUBLIC,
    ) as running:
        yield running


def half_sent(running, path: str) -> socket.socket:
    """A connection that has sent the headers and a byte, and then waits."""
    kind = "application/x-www-form-urlencoded" if path == "/sign-in" else "application/json"
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{running.port}",
        f"Content-Type: {kind}",
        "Content-Length: 50",
        "X-HubSpot-Signature-v3: " + "A" * 43 + "=",
        f"X-HubSpot-Request-Timestamp: {time.time_ns() // 1_000_000}",
    ]
    connection = socket.create_connection(("127.0.0.1", running.port), timeout=20)
    connection.sendall("\r\n".join([*lines, "", "{"]).encode())
    return connection


def attack(running, stop: threading.Event) -> None:
    """Keep slow connections open, and send hook calls that nobody signed."""
    slow = [half_sent(running, TARGETS[number % len(TARGETS)]) for number in range(SLOW)]
    number = 0
    with httpx.Client(base_url=running.address, timeout=20) as client:
        while not stop.wait(1 / BAD_A_SECOND):
            stamp = str(time.time_ns() // 1_000_000)
            headers = {"x-hubspot-signature-v3": "B" * 43 + "=", "x-hubspot-request-timestamp": stamp}
            client.post(EVENTS, json=[], headers=headers)
            slow[number % SLOW].close()
            slow[number % SLOW] = half_sent(running, TARGETS[number % len(TARGETS)])
            number += 1
    for connection in slow:
        connection.close()


def ask_politely(running, seconds: float) -> dict[str, list[tuple[int, float]]]:
    """What a program and HubSpot are answered meanwhile: (status, seconds) of each, ten a second."""
    answers: dict[str, list[tuple[int, float]]] = {"key": [], "hook": []}
    until = time.monotonic() + seconds
    with httpx.Client(base_url=running.address, timeout=20) as client:
        while time.monotonic() < until:
            begun = time.perf_counter()
            scored = client.post("/v1/score", json={"lead_id": "L-1"}, headers={"x-api-key": running.key})
            answers["key"].append((scored.status_code, time.perf_counter() - begun))
            body = json.dumps([{"note": time.time_ns()}]).encode()
            proof, begun = sent_to_a_hook(EVENTS, body), time.perf_counter()
            headers = proof["headers"] | {"content-type": "application/json"}
            taken = client.post(EVENTS, content=body, headers=headers)
            answers["hook"].append((taken.status_code, time.perf_counter() - begun))
            time.sleep(0.08)
    return answers


def test_half_sent_bodies_and_unsigned_hooks_stop_nobody_who_is_known(few_places):
    ask_politely(few_places, 1)
    quiet, stop = ask_politely(few_places, SECONDS), threading.Event()
    attacker = threading.Thread(target=attack, args=(few_places, stop))
    attacker.start()
    time.sleep(1)
    busy = ask_politely(few_places, SECONDS)
    stop.set()
    attacker.join()

    figures = {
        f"{who}, {when}": float(np.percentile([seconds for _, seconds in answers[who]], 99)) * 1000
        for when, answers in (("quiet", quiet), ("attacked", busy))
        for who in ("key", "hook")
    }
    print("p99 in ms:", {name: round(value, 1) for name, value in figures.items()})
    for who in ("key", "hook"):
        assert {status for status, _ in busy[who]} == {200}, who
        if SOAK:
            assert figures[f"{who}, attacked"] < 2 * figures[f"{who}, quiet"] + 5, figures
