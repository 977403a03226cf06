"""Which signals are there, on a page? The catalogue as a table for a terminal or a README.

Lives here: laying the catalogue out. Does not live here: what a signal promises (``catalogue``), one lead's values
(``evidence``)."""

from collections.abc import Iterable

import features.signals  # noqa: F401  (fills the catalogue)
from features.errors import DataError
from features.registry import CATALOGUE, FAMILIES, Signal

__all__ = ["POLICY", "render_family_table", "group_by_family", "format_lines", "render_signal_table"]

POLICY = {1: "more never lowers", -1: "more never raises", 0: ""}
"""A signal's direction in words."""


def group_by_family(family: str | None = None) -> dict[str, list[Signal]]:
    """Family -> its signals, families in their order; one family only when it is named. Families of columns read as
    they stand have none.

    >>> [one.name for one in group_by_family("urgency")["urgency"]]
    ['urgency_phrases', 'stated_timeframe', 'chosen_timeframe', 'says_no_hurry']

    Raises
    ------
    DataError
        If there is no such family.
    """
    if family is not None and family not in FAMILIES:
        raise DataError(f"signals: there is no family {family!r}. Expected one of {', '.join(FAMILIES)}.")
    return {
        name: [one for one in CATALOGUE.values() if one.family == name] for name in ([family] if family else FAMILIES)
    }


def render_signal_table(family: str | None = None) -> str:
    """The catalogue as a Markdown table; the README's own."""
    rows = ["| family | signal | unit | policy | says | rests on |", "| --- | --- | --- | --- | --- | --- |"]
    rows += [
        f"| {one.family} | `{one.name}` | {one.unit} | {POLICY[one.monotone]} | {one.reason} | {'; '.join(one.evidence)} |"
        for signals in group_by_family(family).values()
        for one in signals
    ]
    return "\n".join(rows)


def render_family_table() -> str:
    """Every family with its question and the number of its signals, as a Markdown table."""
    rows = ["| family | question | signals |", "| --- | --- | --- |"]
    rows += [
        f"| {name} | {FAMILIES[name]} | {len(signals) or 'the columns themselves'} |"
        for name, signals in group_by_family().items()
    ]
    return "\n".join(rows)


def format_lines(family: str | None = None) -> Iterable[str]:
    """The catalogue for a terminal: each family's question, then a signal a line with its question, unit, policy and
    needs.
    """
    for name, signals in group_by_family(family).items():
        yield f"{name}: {FAMILIES[name]}"
        yield from (f"  {one.name}\n      {one.question}\n      {_terms(one)}" for one in signals)
        yield from ("  The practice's own columns, read as they stand.",) * (not signals)
        yield ""


def _terms(one: Signal) -> str:
    """Unit, policy and needs in one line."""
    needs = ", ".join(need.replace("|", " or ") for need in one.needs)
    terms = (one.unit, POLICY[one.monotone], f"needs {needs}" if needs else "", f"rests on {', '.join(one.evidence)}")
    return "; ".join(term for term in terms if term)
