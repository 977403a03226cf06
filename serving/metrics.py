"""How much is asked, and how fast is it answered? Counts by address and status, in Prometheus' text format.

Lives here: counting, and the names under which addresses are counted: fixed ones, so that no lead's id and nothing a stranger types
becomes a label.
Does not live here: where requests pass (``gate``).
"""

import threading
from collections import defaultdict
from collections.abc import Iterable

__all__ = ["BUCKETS_SECONDS", "Meter"]

BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Meter:
    """Counts requests.

    Parameters
    ----------
    addresses : iterable of str
        Counted under their own names; ``/leads/...`` is one, everything else is "other".

    >>> meter = Meter(["/v1/score"])
    >>> meter.count("/v1/score", 200, 0.003)
    >>> "leadlight_requests_total{address=\\"/v1/score\\",status=\\"200\\"} 1" in meter.text()
    True
    """

    def __init__(self, addresses: Iterable[str]) -> None:
        self._addresses = frozenset(addresses)
        self._lock = threading.Lock()
        self._requests: dict[tuple[str, int], int] = defaultdict(int)
        self._seconds: dict[str, float] = defaultdict(float)
        self._within: dict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS_SECONDS) + 1))

    def count(self, path: str, status: int, seconds: float) -> None:
        """Count one request that was answered with ``status`` after ``seconds``."""
        name = path if path in self._addresses else "/leads" if path.startswith("/leads/") else "other"
        with self._lock:
            self._requests[name, status] += 1
            self._seconds[name] += seconds
            within = self._within[name]
            within[-1] += 1
            for place, limit in enumerate(BUCKETS_SECONDS):
                within[place] += seconds <= limit

    def text(self) -> str:
        """Everything counted so far."""
        with self._lock:
            lines = ["# HELP leadlight_requests_total Requests answered.", "# TYPE leadlight_requests_total counter"]
            lines += [f'leadlight_requests_total{{address="{name}",status="{status}"}} {n}' for (name, status), n in sorted(self._requests.items())]
            lines += ["# HELP leadlight_request_seconds Time to the answer.", "# TYPE leadlight_request_seconds histogram"]
            for name, within in sorted(self._within.items()):
                limits = [*map(str, BUCKETS_SECONDS), "+Inf"]
                lines += [f'leadlight_request_seconds_bucket{{address="{name}",le="{limit}"}} {n}' for limit, n in zip(limits, within, strict=True)]
                lines += [f'leadlight_request_seconds_sum{{address="{name}"}} {self._seconds[name]:.6f}']
                lines += [f'leadlight_request_seconds_count{{address="{name}"}} {within[-1]}']
        return "\n".join(lines) + "\n"
