"""How much is asked, by whom, and how fast is it answered? Counts by address, status and role, in Prometheus' text
format.

Lives here: counting, and the names under which addresses are counted: fixed ones, so that no lead's id and nothing a
stranger types becomes a label. Does not live here: where requests pass (``gate``)."""

import threading
from collections import defaultdict
from collections.abc import Iterable

from serving.http.authorization import find_route_template

__all__ = ["BUCKETS_SECONDS", "RequestMetrics"]

BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

_REFUSED = {
    "busy": ("leadlight_shed_total", "Requests refused because too many were in work."),
    "rate_limited": ("leadlight_rate_limited_total", "Requests refused because their key asked too often."),
    "auth": (
        "leadlight_auth_failures_total",
        "Requests refused for want of a key that is taken, or of the right role.",
    ),
}
_AUTH = frozenset({"no_key", "unknown_key", "key_expired", "two_keys", "wrong_role", "too_many_failures"})


class RequestMetrics:
    """Counts requests.

    Parameters
    ----------
    addresses : iterable of str
        Counted under their own names; addresses with an id by their template, everything else is "other".

    >>> meter = RequestMetrics(["/v1/score"])
    >>> meter.count("/v1/score", 200, 0.003, "crm")
    >>> "leadlight_requests_total{address=\\"/v1/score\\",status=\\"200\\",role=\\"crm\\"} 1" in meter.text()
    True
    """

    def __init__(self, addresses: Iterable[str]) -> None:
        self._addresses = frozenset(addresses)
        self._lock = threading.Lock()
        self._requests: dict[tuple[str, int, str], int] = defaultdict(int)
        self._refused = dict.fromkeys(_REFUSED, 0)
        self._seconds: dict[str, float] = defaultdict(float)
        self._within: dict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS_SECONDS) + 1))

    def label_for(self, path: str) -> str:
        """The name under which an address is counted and logged: never anybody's id.

        >>> RequestMetrics(["/v1/score"]).label_for("/leads/L-1001")
        '/leads/{lead_id}'
        """
        return (
            path
            if path in self._addresses
            else found
            if (found := find_route_template(path)) is not None and "{" in found
            else "other"
        )

    def count(self, path: str, status: int, seconds: float, role: str = "none") -> None:
        """Count one request that was answered with ``status`` after ``seconds``."""
        name = self.label_for(path)
        with self._lock:
            self._requests[name, status, role] += 1
            self._seconds[name] += seconds
            within = self._within[name]
            within[-1] += 1
            for place, limit in enumerate(BUCKETS_SECONDS):
                within[place] += seconds <= limit

    def count_refusal(self, code: str) -> None:
        """Count one refusal under its kind, where it has one here."""
        kind = "auth" if code in _AUTH else code
        if kind in self._refused:
            with self._lock:
                self._refused[kind] += 1

    def text(self, in_flight: int = 0) -> str:
        """Everything counted so far, and how many requests are in work now."""
        with self._lock:
            lines = ["# HELP leadlight_requests_total Requests answered.", "# TYPE leadlight_requests_total counter"]
            lines += [
                f'leadlight_requests_total{{address="{name}",status="{status}",role="{role}"}} {n}'
                for (name, status, role), n in sorted(self._requests.items())
            ]
            lines += [
                "# HELP leadlight_request_seconds Time to the answer.",
                "# TYPE leadlight_request_seconds histogram",
            ]
            for name, within in sorted(self._within.items()):
                limits = [*map(str, BUCKETS_SECONDS), "+Inf"]
                lines += [
                    f'leadlight_request_seconds_bucket{{address="{name}",le="{limit}"}} {n}'
                    for limit, n in zip(limits, within, strict=True)
                ]
                lines += [f'leadlight_request_seconds_sum{{address="{name}"}} {self._seconds[name]:.6f}']
                lines += [f'leadlight_request_seconds_count{{address="{name}"}} {within[-1]}']
            for kind, (name, words) in _REFUSED.items():
                lines += [f"# HELP {name} {words}", f"# TYPE {name} counter", f"{name} {self._refused[kind]}"]
        lines += [
            "# HELP leadlight_requests_in_flight Requests in work.",
            "# TYPE leadlight_requests_in_flight gauge",
            f"leadlight_requests_in_flight {in_flight}",
        ]
        return "\n".join(lines) + "\n"
