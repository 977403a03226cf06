"""What does the service know of itself, beside its requests? Receipts and the model in use, in Prometheus' text format.

Lives here: names and words of these figures. Does not live here: counting requests (``metrics``), the figures themselves (their owners count).
"""

from serving.champion import Champion

__all__ = ["gauges_text"]


def gauges_text(champion: Champion) -> str:
    """The figures as they are now."""
    engine, fault = champion.state
    rows = [
        ("leadlight_receipts_total", "counter", "Scores that were written down before they were shown.", champion.log.written),
        ("leadlight_receipts_missing_total", "counter", "Scores that were shown without a receipt, because they could not be written down.", champion.log.lost),
        ("leadlight_model_ready", "gauge", "1 when a model is in use.", int(engine is not None)),
        ("leadlight_model_fault", "gauge", "1 when a newer model could not be taken up and the older one stays in use.", int(fault is not None)),
    ]
    return "".join(f"# HELP {name} {words}\n# TYPE {name} {kind}\n{name} {value}\n" for name, kind, words, value in rows)
