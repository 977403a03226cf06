"""How is the service itself? Its receipts, the model in use, the challenger and the requests in progress, as metrics.

Lives here: names and help texts of these figures. Does not live here: counting requests
(``serving.http.request_metrics``), the figures themselves (their owners count)."""

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from serving.http.rate_limits import RequestSlots
from serving.scoring.engine import Engine
from serving.scoring.model_loader import Champion
from serving.scoring.shadow_scoring import Shadow

__all__ = ["ServiceMetrics"]


class ServiceMetrics(Collector):
    """Collects the figures as they are at the moment of a scrape.

    Parameters
    ----------
    models : Champion
    shadow : Shadow
    slots : RequestSlots
    get_engine : callable
        Return the engine that answers, at its followed level; RequestError while there is none.
    clock_lag : callable
        Returns how many seconds the clock is behind the last write.
    """

    def __init__(
        self,
        models: Champion,
        shadow: Shadow,
        slots: RequestSlots,
        get_engine: Callable[[], Engine],
        clock_lag: Callable[[], float],
    ) -> None:
        self._models, self._shadow, self._slots, self._get_engine = models, shadow, slots, get_engine
        self._clock_lag = clock_lag

    def collect(self) -> Iterator[Metric]:
        """Collect every figure."""
        engine, fault = self._models.state
        log, shadow = self._models.log, self._shadow
        yield CounterMetricFamily(
            "leadlight_receipts", "Scores whose receipt was written before they were shown.", log.written
        )
        yield CounterMetricFamily(
            "leadlight_receipts_missing",
            "Scores shown without a receipt, because it could not be written.",
            log.lost,
        )
        yield GaugeMetricFamily("leadlight_model_ready", "1 when a model is in use.", int(engine is not None))
        yield GaugeMetricFamily(
            "leadlight_model_fault",
            "1 when a newer model could not be loaded and the older one stays in use.",
            int(fault is not None),
        )
        yield GaugeMetricFamily(
            "leadlight_slow_reasons",
            "1 while LightGBM itself computes the reasons, many times slower; /readyz says why.",
            int(self._models.fallback_reason is not None),
        )
        yield CounterMetricFamily(
            "leadlight_shadow_scored", "Leads that the challenger scored beside the champion.", shadow.scored
        )
        yield CounterMetricFamily(
            "leadlight_shadow_dropped", "Leads skipped by the challenger because too many were queued.", shadow.dropped
        )
        yield CounterMetricFamily(
            "leadlight_shadow_failed",
            "Leads that the challenger could not score, or whose scores could not be written.",
            shadow.failed,
        )
        if engine is not None:
            level = self._get_engine().level
            yield GaugeMetricFamily(
                "leadlight_level_offset",
                "Log-odds by which outcomes since training move every score.",
                level.offset,
            )
            yield GaugeMetricFamily(
                "leadlight_level_run_away",
                "1 when the level of the scores is so far from the training that the model must be trained again.",
                int(level.has_run_away),
            )
        yield GaugeMetricFamily(
            "leadlight_clock_behind_seconds",
            "Seconds by which the clock is behind the last write: it was set back.",
            self._clock_lag(),
        )
        yield GaugeMetricFamily("leadlight_requests_in_flight", "Requests in progress.", self._slots.in_flight)
