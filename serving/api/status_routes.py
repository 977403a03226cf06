"""Is the service alive and ready, which model does it use, and what does Prometheus scrape?

Lives here: ``/livez``, ``/healthz``, ``/readyz``, ``/v1/model`` and ``/metrics``. Does not live here: the figures
(``serving.http.request_metrics``, ``serving.runtime.service_metrics``), loading a model
(``serving.scoring.model_loader``)."""

from collections.abc import Callable

from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.http.rate_limits import RequestSlots
from serving.http.request_metrics import render_metrics
from serving.http.responses import json_reply, reply_to_errors
from serving.scoring.model_loader import Champion

__all__ = ["StatusRoutes"]


class StatusRoutes:
    """The routes about the service itself.

    Parameters
    ----------
    models : Champion
    slots : RequestSlots
    has_store : bool
    clock_lag : callable
        Returns how many seconds the clock is behind the last write; 0 for a clock that runs on.
    collectors : sequence of Collector
        Hold the figures that ``/metrics`` shows.
    """

    def __init__(
        self,
        models: Champion,
        slots: RequestSlots,
        has_store: bool,
        clock_lag: Callable[[], float],
        collectors: tuple[Collector, ...],
    ) -> None:
        self._models, self._slots, self._has_store, self._collectors = models, slots, has_store, collectors
        self._clock_lag = clock_lag

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/v1/model", reply_to_errors(self.describe_model), methods=["GET"]),
            Route("/livez", reply_to_errors(self.check_liveness), methods=["GET"]),
            Route("/healthz", reply_to_errors(self.check_liveness), methods=["GET"]),
            Route("/readyz", reply_to_errors(self.check_readiness), methods=["GET"]),
            Route("/metrics", reply_to_errors(self.show_metrics), methods=["GET"]),
        ]

    async def describe_model(self, request: Request) -> Response:
        """Return the model's card."""
        return json_reply(self._models.engine.card())

    async def check_liveness(self, request: Request) -> Response:
        """Say that the process is alive, and whether its clock can be right."""
        return json_reply({"alive": True, "warning": self._describe_clock()})

    async def check_readiness(self, request: Request) -> Response:
        """Say whether scores can be given, by which model, and what is wrong all the same: a newer model that could not
        be loaded, slow reasons.
        """
        engine, fault = self._models.state
        slow = self._models.fallback_reason
        stopping = self._slots.closing
        warnings = [
            "The service is stopping." if stopping else None,
            fault,
            self._describe_clock(),
            f"Reasons are computed by LightGBM itself, many times slower: {slow}" if slow else None,
        ]
        status = {
            "ready": engine is not None and not stopping,
            "model_version": None if engine is None else engine.version,
            "model_sha256": None if engine is None else engine.bundle.sha256[:12],
            "desk": "ready" if self._has_store else "none",
            "warning": " ".join(filter(None, warnings)) or None,
        }
        return json_reply(status, 200 if status["ready"] else 503)

    def _describe_clock(self) -> str | None:
        """Say how far the clock is behind what it said before; None for a clock that runs on."""
        behind = self._clock_lag()
        if not behind:
            return None
        return (
            f"The clock is {behind:,.0f} seconds behind the last write: it was set back. Until it has caught up, "
            "everything is dated as that write. Check the machine's clock."
        )

    async def show_metrics(self, request: Request) -> Response:
        """Return the metrics in Prometheus' text format."""
        return Response(render_metrics(*self._collectors), media_type="text/plain; version=0.0.4")
