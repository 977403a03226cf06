"""How many requests come, from whom, and how fast are they answered? Counts by route, status and role.

Lives here: counting, and the label of a path: a fixed set, so that no lead's id and nothing a stranger types becomes a
label; the text format that Prometheus scrapes. Does not live here: where requests pass (``middleware``), figures of the
model (``serving.runtime.service_metrics``).

The counts are this process's own, in memory. prometheus_client writes the text and does not count: with BentoML's
``PROMETHEUS_MULTIPROC_DIR`` set, its counters would live in files that other services on the machine share, and a
scrape would add theirs to ours."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from serving.http.authorization import find_route_template

__all__ = ["BUCKETS_SECONDS", "RequestMetrics", "render_metrics"]

BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

_REFUSALS = {
    "busy": ("leadlight_shed", "Requests refused because too many were in progress."),
    "rate_limited": ("leadlight_rate_limited", "Requests refused because their key sent too many."),
    "auth": ("leadlight_auth_failures", "Requests refused without a valid key or without the permission."),
}
_AUTH_CODES = frozenset({"no_key", "unknown_key", "key_expired", "two_keys", "wrong_role", "too_many_failures"})


class RequestMetrics(Collector):
    """Counts requests.

    Parameters
    ----------
    addresses : iterable of str
        Counted under their own names; a path with an id by its template, everything else as "other".

    >>> metrics = RequestMetrics(["/v1/score"])
    >>> metrics.count("/v1/score", 200, 0.003, "crm")
    >>> print(render_metrics(metrics).splitlines()[2])
    leadlight_requests_total{address="/v1/score",role="crm",status="200"} 1.0
    """

    def __init__(self, addresses: Iterable[str]) -> None:
        self._addresses = frozenset(addresses)
        self._lock = threading.Lock()
        self._requests: dict[tuple[str, int, str], int] = defaultdict(int)
        self._refusals = dict.fromkeys(_REFUSALS, 0)
        self._seconds: dict[str, float] = defaultdict(float)
        # Per label, requests within each bound of BUCKETS_SECONDS; the last entry counts all of them.
        self._buckets: dict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS_SECONDS) + 1))

    def label_for(self, path: str) -> str:
        """Return the label under which a path is counted and logged: never anybody's id.

        >>> RequestMetrics(["/v1/score"]).label_for("/leads/L-1001")
        '/leads/{lead_id}'
        """
        if path in self._addresses:
            return path
        template = find_route_template(path)
        return template if template is not None and "{" in template else "other"

    def count(self, path: str, status: int, seconds: float, role: str = "none") -> None:
        """Count one request that was answered with ``status`` after ``seconds``."""
        label = self.label_for(path)
        with self._lock:
            self._requests[label, status, role] += 1
            self._seconds[label] += seconds
            buckets = self._buckets[label]
            buckets[-1] += 1
            for index, limit in enumerate(BUCKETS_SECONDS):
                # Cumulative, as Prometheus wants it: 0.03 s counts in every bucket from 0.05 s up.
                buckets[index] += seconds <= limit

    def count_refusal(self, code: str) -> None:
        """Count one refusal by the kind of its code; other codes are not counted."""
        kind = "auth" if code in _AUTH_CODES else code
        if kind in self._refusals:
            with self._lock:
                self._refusals[kind] += 1

    def collect(self) -> Iterator[Metric]:
        """Collect everything counted so far."""
        requests = CounterMetricFamily("leadlight_requests", "Requests answered.", labels=("address", "status", "role"))
        seconds = HistogramMetricFamily("leadlight_request_seconds", "Time to the answer.", labels=("address",))
        with self._lock:
            for (label, status, role), count in sorted(self._requests.items()):
                requests.add_metric((label, str(status), role), count)
            for label, counts in sorted(self._buckets.items()):
                bounds = [*map(str, BUCKETS_SECONDS), "+Inf"]
                seconds.add_metric((label,), list(zip(bounds, counts, strict=True)), self._seconds[label])
            refusals = [CounterMetricFamily(*_REFUSALS[kind], value=count) for kind, count in self._refusals.items()]
        yield from (requests, seconds, *refusals)


def render_metrics(*collectors: Collector) -> str:
    """Render everything that the collectors hold, in Prometheus' text format (version 0.0.4)."""
    registry = CollectorRegistry(auto_describe=False)
    for collector in collectors:
        registry.register(collector)
    return generate_latest(registry).decode("utf-8")
