"""What only a real server shows: slow clients are dropped, a crowd is shed with steady memory, no other port is open, a
stop fails nobody and is no failure, the log is JSON.
"""

import json
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest

from tests.support.running_service import memory_of, service

BODY = b'{"lead_id": "L1", "channel": "web_form"}'


@pytest.fixture(scope="module")
def running(bundle_folder, tmp_path_factory):
    """A service in its own process that takes four requests at once."""
    with service(
        tmp_path_factory.mktemp("real"), bundle_folder, LEADLIGHT_REQUESTS_AT_ONCE="4", LEADLIGHT_RATE_LIMIT="100000"
    ) as service_process:
        yield service_process


def head(running, length: int) -> bytes:
    lines = (
        "POST /v1/score HTTP/1.1",
        f"Host: 127.0.0.1:{running.port}",
        f"X-API-Key: {running.key}",
        "Content-Type: application/json",
        f"Content-Length: {length}",
    )
    return "\r\n".join((*lines, "", "")).encode()


def begun_request(running) -> socket.socket:
    """A request whose body is not yet whole."""
    connection = socket.create_connection(("127.0.0.1", running.port), timeout=30)
    connection.sendall(head(running, len(BODY)) + BODY[:5])
    return connection


def seconds_until_dropped(connection: socket.socket, drip: bytes) -> float:
    """How long a client that sends ``drip`` twice a second is listened to."""
    connection.settimeout(0.5)
    begun = time.monotonic()
    while time.monotonic() - begun < 30:
        try:
            if drip:
                connection.sendall(drip)
            if not connection.recv(4096):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - begun


def test_clients_that_drip_are_dropped_whatever_they_drip(running):
    def silent():
        return socket.create_connection(("127.0.0.1", running.port)), b""

    def dripping_headers():
        connection = socket.create_connection(("127.0.0.1", running.port))
        connection.sendall(b"GET /livez HTTP/1.1\r\nX-A: ")
        return connection, b"a"

    def dripping_after_an_answer():
        connection = socket.create_connection(("127.0.0.1", running.port))
        connection.sendall(f"GET /livez HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n\r\n".encode())
        connection.recv(4096)
        connection.sendall(b"GET /livez HTTP/1.1\r\nX-A: ")
        return connection, b"a"

    def dripping_body():
        connection = socket.create_connection(("127.0.0.1", running.port))
        connection.sendall(head(running, 1000))
        return connection, b" "

    def dripping_body_of_a_stranger():
        connection = socket.create_connection(("127.0.0.1", running.port))
        connection.sendall(
            f"POST /v1/score HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        return connection, b"1\r\na\r\n"

    ways = (silent, dripping_headers, dripping_after_an_answer, dripping_body, dripping_body_of_a_stranger)
    with ThreadPoolExecutor(len(ways)) as together:
        durations = list(together.map(lambda connect: seconds_until_dropped(*connect()), ways))

    assert all(8 < seconds < 15 for seconds in durations), durations
    assert running.answers()


def test_headers_without_an_end_are_refused(running):
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nX-A: " + b"a" * 200_000)
        try:
            answer = connection.recv(4096)
        except OSError:
            answer = b""

    assert answer == b"" or answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))


def test_ten_times_too_many_get_an_answer_or_a_429_and_memory_is_steady(running):
    leads = {
        "leads": [{"lead_id": f"L{number}", "message": "Could I come in for physio next week?"} for number in range(50)]
    }
    process = running.process.pid

    def ask(client: httpx.Client) -> tuple[int, str | None]:
        answer = client.post("/v1/score/batch", json=leads, headers={"x-api-key": running.key})
        return answer.status_code, answer.headers.get("retry-after")

    def crowd(times: int) -> list[tuple[int, str | None]]:
        with (
            httpx.Client(base_url=running.address, timeout=30, limits=httpx.Limits(max_connections=40)) as client,
            ThreadPoolExecutor(40) as together,
        ):
            return list(together.map(lambda _: ask(client), range(times)))

    crowd(200)
    memory_before = memory_of(process)
    answers = crowd(400)
    grown = memory_of(process) - memory_before

    assert {status for status, _ in answers} == {200, 429}
    assert {retry_after for status, retry_after in answers if status == 429} == {"1"}
    assert grown < 60_000_000
    assert (
        httpx.post(
            f"{running.address}/v1/score",
            content=BODY,
            headers={"x-api-key": running.key, "content-type": "application/json"},
        ).status_code
        == 200
    )


def test_who_comes_when_every_place_is_taken_is_told_so_at_once(running):
    leads, done, waits = {"leads": [{"lead_id": f"L{number}"} for number in range(1000)]}, threading.Event(), []
    headers = {"x-api-key": running.key}

    def keep_busy():
        with httpx.Client(base_url=running.address, timeout=60, headers=headers) as client:
            while not done.is_set():
                client.post("/v1/score/batch", json=leads)

    with (
        ThreadPoolExecutor(6) as together,
        httpx.Client(base_url=running.address, timeout=60, headers=headers) as client,
    ):
        for _ in range(6):
            together.submit(keep_busy)
        until = time.monotonic() + 20
        while len(waits) < 60 and time.monotonic() < until:
            begun = time.perf_counter()
            if client.post("/v1/score", json={}).status_code == 429:
                waits.append(time.perf_counter() - begun)
        done.set()

    assert len(waits) > 20
    assert sorted(waits)[len(waits) // 2] < 0.1


def test_the_worker_writes_json_lines(running):
    request_id = running.visitor().get("/docs", headers={"x-request-id": "reader-7"}).headers["x-leadlight-request-id"]
    httpx.get(f"{running.address}/v1/model", headers={"x-api-key": running.key}, timeout=60)
    time.sleep(0.3)

    lines = [json.loads(line) for line in running.printed.read_text().splitlines() if line.startswith("{")]

    assert any(
        (line.get("request_id"), line.get("address"), line.get("key"), line.get("role"))
        == (request_id, "/docs", "anna", "desk")
        for line in lines
    )
    assert running.key not in running.printed.read_text() and "reader-7" not in running.printed.read_text()
    assert any(line.get("key") == running.key[4:12] and line["role"] == "admin" for line in lines)


def listening_ports(pid: int) -> set[int]:
    """Every port on which the process or one of its descendants accepts connections or datagrams."""
    process = psutil.Process(pid)
    connections = [found for one in [process, *process.children(recursive=True)] for found in one.net_connections()]
    return {
        connection.laddr.port
        for connection in connections
        if connection.status == psutil.CONN_LISTEN or connection.type == socket.SOCK_DGRAM
    }


def test_no_port_but_the_services_own_is_open(running):
    children = psutil.Process(running.process.pid).children()

    assert (listening_ports(running.process.pid), children) == ({running.port}, [])


def test_a_stop_finishes_what_runs_and_takes_nothing_new(running):
    connection = begun_request(running)
    probe = httpx.Client(base_url=running.address, timeout=10)
    assert probe.get("/readyz").status_code == 200

    running.process.send_signal(signal.SIGTERM)
    readiness = wait_for(lambda: probe.get("/readyz"), lambda answer: answer.status_code == 503)
    refused = probe.post(
        "/v1/score", content=BODY, headers={"x-api-key": running.key, "content-type": "application/json"}
    )
    alive = probe.get("/livez").status_code
    connection.sendall(BODY[5:])
    finished = b"".join(iter(lambda: connection.recv(65_536), b""))
    running.process.wait(20)

    assert (readiness.json()["ready"], readiness.json()["warning"]) == (False, "The service is stopping.")
    assert (refused.status_code, refused.json()["code"], refused.json()["retryable"], alive) == (
        503,
        "stopping",
        True,
        200,
    )
    assert finished.startswith(b"HTTP/1.1 200") and b'"lead_id":"L1"' in finished and finished.endswith(b"}")
    assert "Traceback" not in running.printed.read_text()
    assert running.process.returncode == 0 and not running.answers()


def test_a_stop_does_not_wait_for_ever(bundle_folder, tmp_path):
    with service(tmp_path, bundle_folder) as service_process:
        connection = begun_request(service_process)
        drip = threading.Thread(target=seconds_until_dropped, args=(connection, b" "), daemon=True)
        drip.start()
        time.sleep(0.5)
        begun = time.monotonic()

        service_process.process.send_signal(signal.SIGTERM)
        service_process.process.wait(20)

    assert time.monotonic() - begun < 15


def wait_for(ask, is_expected):
    """The first answer that is wanted, within five seconds."""
    until = time.monotonic() + 5
    while not is_expected(answer := ask()) and time.monotonic() < until:
        time.sleep(0.05)
    return answer
