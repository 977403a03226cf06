"""Which reasons speak for a lead, and how strongly? Reasons as bars to one scale.

Lives here: a bar's length and direction. Does not live here: which reasons there are
(``serving.scoring.reason_groups``), the page around them (``lead_page``).
"""

from dataclasses import dataclass

from features.explain.reasons import Reason
from serving.desk.lead_details import LeadDetails

__all__ = ["build_reason_bars"]

_BAR_WIDTH = 100.0
"""Length of the longest bar, in units of the drawing."""


@dataclass(frozen=True)
class Bar:
    """One reason as a bar that grows to the right when it raises the score and to the left when it lowers it."""

    text: str
    effect: str
    left: float
    width: float
    signals: str = ""


def build_reason_bars(view: LeadDetails) -> list[tuple[str, list[Bar]]]:
    """Return what speaks for the lead, what against it, and the context, as bars to one scale; empty parts left out."""
    grouped = view.grouped
    rest = [("Other factors", grouped.other)]
    if level := view.shown.get("level_log_odds", 0.0):
        rest.append(("Results of the last weeks", level))
    parts = [
        ("For", [(reason.text, reason.log_odds, ",".join(reason.signals)) for reason in grouped.speak_for]),
        ("Against", [(reason.text, reason.log_odds, ",".join(reason.signals)) for reason in grouped.speak_against]),
        (
            "Context",
            [(reason.text, reason.log_odds, ",".join(reason.signals)) for reason in grouped.context]
            + [(text, size, "") for text, size in rest if size],
        ),
    ]
    # Parts that are all zero would divide by zero; any length shows them alike.
    longest = max((abs(size) for _, part in parts for _, size, _ in part), default=1.0) or 1.0
    return [
        (title, [_build_bar(text, size, longest, signals) for text, size, signals in part])
        for title, part in parts
        if part
    ]


def _build_bar(text: str, log_odds: float, longest: float, signals: str) -> Bar:
    """Return one bar; even the shortest can be seen."""
    effect = Reason("", log_odds, ()).effect
    width = max(_BAR_WIDTH * abs(log_odds) / longest, 1.0)
    return Bar(text, effect, _BAR_WIDTH if effect == "raises" else _BAR_WIDTH - width, width, signals)
