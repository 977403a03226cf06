"""What does the service know of itself, beside its requests? Receipts, the model in use and the challenger, in
Prometheus' text format.

Lives here: names and words of these figures. Does not live here: counting requests (``metrics``), the figures
themselves (their owners count)."""

from serving.scoring.model_loader import Champion
from serving.scoring.shadow_scoring import Shadow

__all__ = ["gauges_text"]


def gauges_text(champion: Champion, shadow: Shadow) -> str:
    """The figures as they are now."""
    engine, fault = champion.state
    rows = [
        (
            "leadlight_receipts_total",
            "counter",
            "Scores that were written down before they were shown.",
            champion.log.written,
        ),
        (
            "leadlight_receipts_missing_total",
            "counter",
            "Scores that were shown without a receipt, because they could not be written down.",
            champion.log.lost,
        ),
        ("leadlight_model_ready", "gauge", "1 when a model is in use.", int(engine is not None)),
        (
            "leadlight_model_fault",
            "gauge",
            "1 when a newer model could not be taken up and the older one stays in use.",
            int(fault is not None),
        ),
        (
            "leadlight_slow_reasons",
            "gauge",
            "1 while LightGBM itself computes the reasons, many times slower; /readyz says why.",
            int(champion.fallback_reason is not None),
        ),
        (
            "leadlight_shadow_scored_total",
            "counter",
            "Leads that the challenger scored beside the champion, unseen.",
            shadow.scored,
        ),
        (
            "leadlight_shadow_dropped_total",
            "counter",
            "Leads that the challenger was not asked about, because too many were waiting.",
            shadow.dropped,
        ),
        (
            "leadlight_shadow_failed_total",
            "counter",
            "Leads that the challenger could not score, or whose scores could not be written down.",
            shadow.failed,
        ),
    ]
    return "".join(
        f"# HELP {name} {words}\n# TYPE {name} {kind}\n{name} {value}\n" for name, kind, words, value in rows
    )
