"""How long does a caller wait who does not wait for others? An open-loop client on loopback, in a process of its own.

Requests are due at fixed times, and a latency counts from the time at which its request was due: a slow answer delays
no later request's clock, so none of the waiting is left out ("coordinated omission"). One connection a thread, kept
open; bounded in requests and in time.

Lives here: sending and timing. Does not live here: what is sent, and what is made of the figures (``load``).
"""

import http.client
import json
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

__all__ = ["MOST_REQUESTS", "Plan", "Took", "closed_loop", "open_loop"]

MOST_REQUESTS = 100_000
_LATEST_SECONDS = 60.0
"""A request that is not answered by then counts as lost."""


@dataclass(frozen=True)
class Plan:
    """What to send.

    Parameters
    ----------
    address : str
        ``http://127.0.0.1:PORT``; no other machine is ever asked.
    path : str
    headers : dict
    bodies : list of str
        Sent in turn; those of leads that are kept carry ``{number}`` where the request's number goes.
    rate : float
        Requests a second; 0 to send each when the one before it was answered.
    seconds : float
    threads : int
    """

    address: str
    path: str
    headers: dict[str, str]
    bodies: list[str]
    rate: float
    seconds: float
    threads: int = 16

    def body(self, number: int) -> bytes:
        """The body of one request."""
        return self.bodies[number % len(self.bodies)].replace("{number}", str(number)).encode()


@dataclass(frozen=True)
class Took:
    """When each request was due and answered, seconds from the start, shape (n,), and its status; 0 for one that was
    lost.
    """

    due: np.ndarray
    done: np.ndarray
    status: np.ndarray

    def milliseconds(self, percent: float, *statuses: int) -> float:
        """A percentile of the latencies, of answers with these statuses; of all when none is named. NaN for none."""
        chosen = np.isin(self.status, statuses) if statuses else np.ones(len(self.status), bool)
        return float(np.percentile((self.done - self.due)[chosen], percent) * 1000) if chosen.any() else float("nan")

    def counts(self) -> dict[int, int]:
        """How many answers of each status."""
        return {
            int(status): int(count) for status, count in zip(*np.unique(self.status, return_counts=True), strict=True)
        }


def open_loop(plan: Plan) -> Took:
    """Send at the plan's rate, whatever the answers do."""
    total = int(plan.rate * plan.seconds)
    if not 0 < total <= MOST_REQUESTS or urlsplit(plan.address).hostname != "127.0.0.1":
        raise SystemExit(f"load: {total:,} requests to {plan.address}, expected 1 to {MOST_REQUESTS:,} to 127.0.0.1.")
    due, done, status = np.arange(total) / plan.rate, np.zeros(total), np.zeros(total, int)
    numbers, lock, begun = iter(range(total)), threading.Lock(), time.perf_counter() + 0.2

    def work() -> None:
        connection = _connection(plan)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                connection.close()
                return
            time.sleep(max(0.0, begun + due[number] - time.perf_counter()))
            status[number], connection = _asked(connection, plan, number)
            done[number] = time.perf_counter() - begun

    workers = [threading.Thread(target=work) for _ in range(plan.threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return Took(due, done, status)


def closed_loop(plan: Plan) -> Took:
    """Send each request when the one before it was answered, on one connection: how much one caller gets through."""
    connection, due, done, status = _connection(plan), [], [], []
    begun = time.perf_counter()
    while time.perf_counter() - begun < plan.seconds and len(due) < MOST_REQUESTS:
        due.append(time.perf_counter() - begun)
        answered, connection = _asked(connection, plan, len(status))
        status.append(answered)
        done.append(time.perf_counter() - begun)
    connection.close()
    return Took(np.array(due), np.array(done), np.array(status))


def _connection(plan: Plan) -> http.client.HTTPConnection:
    parts = urlsplit(plan.address)
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=_LATEST_SECONDS)


def _asked(connection: http.client.HTTPConnection, plan: Plan, number: int) -> tuple[int, http.client.HTTPConnection]:
    """(status, the connection to go on with). A connection that broke is made anew, and its request counts as lost."""
    try:
        connection.request("POST", plan.path, plan.body(number), {"Content-Type": "application/json", **plan.headers})
        answer = connection.getresponse()
        answer.read()
        return answer.status, connection
    except (OSError, http.client.HTTPException):
        connection.close()
        return 0, _connection(plan)


def main() -> None:
    """``python -m tests.bench.open_loop PLAN.json OUT.npz``: follow the plan and write what it took."""
    plan = Plan(**json.loads(Path(sys.argv[1]).read_text()))
    took = open_loop(plan) if plan.rate else closed_loop(plan)
    np.savez(sys.argv[2], due=took.due, done=took.done, status=took.status)


if __name__ == "__main__":
    main()
