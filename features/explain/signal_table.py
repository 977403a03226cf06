"""Which signals are there? The catalog as a table for a terminal or a README.

Lives here: laying the catalog out.
Does not live here: what a signal declares (``registry``), one lead's values (``evidence``).
"""

from collections.abc import Iterable
from typing import Any

import features.signals  # noqa: F401  (fills the catalogue)
from features.errors import DataError
from features.registry import CATALOGUE, FAMILIES, Signal

__all__ = [
    "POLICY",
    "format_lines",
    "group_by_family",
    "list_declarations",
    "render_family_table",
    "render_signal_table",
]

POLICY = {1: "more never lowers", -1: "more never raises", 0: ""}
"""A signal's direction in words."""


def group_by_family(family: str | None = None) -> dict[str, list[Signal]]:
    """Return family -> its signals, families in their order; only the named one when a family is named.

    The family of the practice's own columns has no declared signals.

    >>> [signal.name for signal in group_by_family("urgency")["urgency"]]
    ['wants_it_soon', 'stated_timeframe', 'chosen_timeframe', 'says_no_hurry']

    Raises
    ------
    DataError
        If there is no such family.
    """
    if family is not None and family not in FAMILIES:
        raise DataError(f"signals: there is no family {family!r}. Expected one of {', '.join(FAMILIES)}.")
    return {
        name: [signal for signal in CATALOGUE.values() if signal.family == name]
        for name in ([family] if family else FAMILIES)
    }


def list_declarations(family: str | None = None) -> list[dict[str, Any]]:
    """List what each signal declares, for programs.

    >>> list_declarations("urgency")[0]["name"]
    'wants_it_soon'
    """
    shown = ("name", "family", "group", "unit", "monotone", "needs", "reads", "evidence", "reason", "unknown")
    return [
        {name: getattr(signal, name) for name in shown}
        for signals in group_by_family(family).values()
        for signal in signals
    ]


def render_signal_table(family: str | None = None) -> str:
    """Render the catalog as a Markdown table, the one in the README."""
    rows = ["| family | signal | unit | policy | says | rests on |", "| --- | --- | --- | --- | --- | --- |"]
    rows += [
        f"| {signal.family} | `{signal.name}` | {signal.unit} | {POLICY[signal.monotone]} | {signal.reason} "
        f"| {'; '.join(signal.evidence)} |"
        for signals in group_by_family(family).values()
        for signal in signals
    ]
    return "\n".join(rows)


def render_family_table() -> str:
    """Render every family with its question and number of signals as a Markdown table."""
    rows = ["| family | question | signals |", "| --- | --- | --- |"]
    rows += [
        f"| {name} | {FAMILIES[name]} | {len(signals) or 'the columns themselves'} |"
        for name, signals in group_by_family().items()
    ]
    return "\n".join(rows)


def format_lines(family: str | None = None) -> Iterable[str]:
    """Yield the catalog as lines for a terminal.

    Each family's question, then each signal with its question, unit, policy and needs.
    """
    for name, signals in group_by_family(family).items():
        yield f"{name}: {FAMILIES[name]}"
        yield from (f"  {signal.name}\n      {signal.question}\n      {_format_terms(signal)}" for signal in signals)
        yield from ("  The practice's own columns, read as they stand.",) * (not signals)
        yield ""


def _format_terms(signal: Signal) -> str:
    """Join unit, policy and needs in one line."""
    needs = ", ".join(need.replace("|", " or ") for need in signal.needs)
    rests_on = f"rests on {', '.join(signal.evidence)}"
    terms = (signal.unit, POLICY[signal.monotone], f"needs {needs}" if needs else "", rests_on)
    return "; ".join(term for term in terms if term)
