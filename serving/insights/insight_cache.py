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

import numpy as np

from features.errors import DataError, LeadlightError
from features.practice.practice import Practice
from serving.errors import RequestError
from serving.insights.evidence.figure_rows import FigureRows
from serving.insights.insight_report import InsightReport
from serving.insights.scope.report_scope import ReportScope, require_known_names

__all__ = ["InsightCache"]

FRESH_SECONDS = 900.0
RETRY_SECONDS = 30.0
"""After a failure the figures are computed again this much later, when somebody asks."""

WAIT_SECONDS = 20.0

_MOST_FILTERED = 24
"""Reports with a filter that are kept."""

log = logging.getLogger("leadlight.insights")

Compute = Callable[[Practice, ReportScope], InsightReport]
FindRows = Callable[[np.datetime64, Practice, ReportScope, tuple[str, str, str]], FigureRows]


@dataclass
class _Entry:
    """A report that is kept, or is being computed.

    ``fault`` is why the last attempt gave no report; the report of an earlier attempt is kept beside it.
    """

    practice: Practice
    report: InsightReport | None = None
    fault: RequestError | None = None
    next_at: float = 0.0
    running: threading.Event | None = None
    started_at: float = 0.0


class InsightCache:
    """The reports of a service. Safe to use from many threads.

    Parameters
    ----------
    compute : callable
        Practice, scope -> report; takes long, and is called in a thread of its own.
    fresh_seconds : float
        A report older than this is computed again when somebody asks; meanwhile it is shown, with its time.
    wait_seconds : float
        How long the first request waits for it.
    retry_seconds : float
        How long after a failure it is computed again; meanwhile the last report is shown, with its time.
    find_rows : callable, optional
        Moment, practice, scope and figure -> the inquiries that it counts; takes some seconds.
    """

    def __init__(
        self,
        compute: Compute,
        fresh_seconds: float = FRESH_SECONDS,
        wait_seconds: float = WAIT_SECONDS,
        retry_seconds: float = RETRY_SECONDS,
        find_rows: FindRows | None = None,
    ) -> None:
        self._compute, self._fresh_seconds, self._wait_seconds = compute, fresh_seconds, wait_seconds
        self._retry_seconds = retry_seconds
        self._entries: dict[ReportScope, _Entry] = {}
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._find_rows, self._rows_turn = find_rows, threading.Lock()

    def get_report(self, practice: Practice, scope: ReportScope) -> InsightReport:
        """Return the report over some months, of all inquiries or of those that match filters.

        Raises
        ------
        RequestError
            503 while it is being computed for the first time, or when that failed; 409 when the records do not allow
            any figure; 422 for a filter by a name that no inquiry has.
        """
        if scope.filters:
            # Whoever asks for names that do not exist starts no computation.
            require_known_names(scope, self.get_report(practice, ReportScope(scope.months)).choices)
        with self._lock:
            entry = self._entries.get(scope)
            if entry is None or entry.practice != practice:
                entry = self._entries[scope] = _Entry(practice)
                self._forget_filtered(scope)
            if time.monotonic() >= entry.next_at and entry.running is None:
                entry.running, entry.started_at = threading.Event(), time.monotonic()
                threading.Thread(target=self._run, args=(entry, scope), daemon=True, name="leadlight-insights").start()
            running, report = entry.running, entry.report
        if report is None and running is not None:
            running.wait(self._wait_seconds)
        if entry.report is not None:
            return entry.report
        if entry.fault is not None:
            # The same object for every request: without the trail of the earlier ones.
            raise entry.fault.with_traceback(None)
        seconds = round(time.monotonic() - entry.started_at)
        raise RequestError(
            503,
            "computing",
            f"The figures are being computed, for {seconds} seconds so far. The first time takes up to some minutes, "
            "later ones are quick. This page looks again by itself.",
            retryable=True,
        )

    def find_rows(self, practice: Practice, report: InsightReport, figure: tuple[str, str, str]) -> FigureRows:
        """Find the inquiries that a figure of a report counts, one figure at a time.

        Parameters
        ----------
        figure : (str, str, str)
            The table, the name of the row, and the column.

        Raises
        ------
        RequestError
            409 where the records do not hold the figure any more, 503 where they cannot be read.
        """
        if self._find_rows is None:
            raise _make_failure()
        try:
            with self._rows_turn:
                return self._find_rows(report.as_of, practice, report.scope, figure)
        except DataError as error:
            raise RequestError(409, "no_figure", str(error)) from None
        except LeadlightError as error:
            log.error("the inquiries of a figure could not be found: %s", error)
            raise _make_failure() from None

    def _forget_filtered(self, newest: ReportScope) -> None:
        """Forget the filtered reports that were asked for first, where there are more than are kept."""
        filtered = [scope for scope in self._entries if scope.filters and scope != newest]
        for scope in filtered[: max(len(filtered) - _MOST_FILTERED + 1, 0)]:
            del self._entries[scope]

    def _run(self, entry: _Entry, scope: ReportScope) -> None:
        """Compute an entry's report; one at a time. A report that there is outlives an attempt that fails."""
        report, fault = None, None
        with self._turn:
            try:
                report = self._compute(entry.practice, scope)
            except DataError as error:
                fault = RequestError(409, "no_insights", str(error))
            except LeadlightError as error:
                log.error("insights could not be computed: %s", error)
                fault = _make_failure()
            except Exception:
                log.exception("insights could not be computed")
                fault = _make_failure()
        with self._lock:
            entry.report, entry.fault = report or entry.report, fault
            entry.next_at = time.monotonic() + (self._fresh_seconds if fault is None else self._retry_seconds)
            running, entry.running = entry.running, None
        if running is not None:
            running.set()


def _make_failure() -> RequestError:
    """Return what a page says of a failure: nothing of its cause."""
    return RequestError(
        503,
        "insights_failed",
        "The figures could not be computed; whoever runs the service finds why in its log. They are computed "
        "again when somebody looks in half a minute.",
        retryable=True,
    )
