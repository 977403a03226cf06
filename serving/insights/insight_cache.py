"""How do the desk and the API get the figures without holding up a score? Computed one at a time, and kept for a
quarter of an hour.

Lives here: starting the computation, waiting for it, keeping its report.
Does not live here: the figures (``insight_report``), the process they are computed in
(``serving.desk.store_insights``), who may see them (``serving.desk.pages``, ``serving.api``).
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from features.errors import LeadlightError
from features.practice.practice import Practice
from serving.errors import RequestError
from serving.insights.insight_report import InsightReport

__all__ = ["InsightCache"]

FRESH_SECONDS = 900.0
WAIT_SECONDS = 20.0

log = logging.getLogger("leadlight.insights")

Compute = Callable[[Practice, int], InsightReport]


@dataclass
class _Entry:
    """A report that is kept, or is being computed."""

    practice: Practice
    report: InsightReport | None = None
    computed_at: float = 0.0
    fault: str | None = None
    running: threading.Event | None = None


class InsightCache:
    """The reports of a service. Safe to use from many threads.

    Parameters
    ----------
    compute : callable
        Practice, months -> report; takes long, and is called in a thread of its own.
    fresh_seconds : float
        A report older than this is computed again when somebody asks; meanwhile it is shown, with its time.
    wait_seconds : float
        How long the first request waits for it.
    """

    def __init__(
        self, compute: Compute, fresh_seconds: float = FRESH_SECONDS, wait_seconds: float = WAIT_SECONDS
    ) -> None:
        self._compute, self._fresh_seconds, self._wait_seconds = compute, fresh_seconds, wait_seconds
        self._entries: dict[int, _Entry] = {}
        self._lock, self._turn = threading.Lock(), threading.Lock()

    def get_report(self, practice: Practice, months: int) -> InsightReport:
        """Return the report over some months.

        Raises
        ------
        RequestError
            503 while it is being computed for the first time; 409 when the records do not allow any figure.
        """
        with self._lock:
            entry = self._entries.get(months)
            if entry is None or entry.practice != practice:
                entry = self._entries[months] = _Entry(practice)
            is_fresh = entry.computed_at and time.monotonic() - entry.computed_at < self._fresh_seconds
            if not is_fresh and entry.running is None:
                entry.running = threading.Event()
                threading.Thread(target=self._run, args=(entry, months), daemon=True, name="leadlight-insights").start()
            running, report = entry.running, entry.report
        if report is None and running is not None:
            running.wait(self._wait_seconds)
        if entry.report is not None:
            return entry.report
        if entry.fault is not None:
            raise RequestError(409, "no_insights", entry.fault)
        raise RequestError(
            503,
            "computing",
            "The figures are being computed, which takes up to some minutes. This page looks again by itself.",
            retryable=True,
        )

    def _run(self, entry: _Entry, months: int) -> None:
        """Compute an entry's report; one at a time."""
        with self._turn:
            try:
                report, fault = self._compute(entry.practice, months), None
            except LeadlightError as error:
                report, fault = None, str(error)
            except Exception:
                log.exception("insights could not be computed")
                report, fault = (
                    None,
                    "The figures could not be computed; whoever runs the service finds why in its log.",
                )
        with self._lock:
            entry.report, entry.fault, entry.computed_at = report, fault, time.monotonic()
            running, entry.running = entry.running, None
        if running is not None:
            running.set()
