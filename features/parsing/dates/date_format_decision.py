"""How are the dates of one column written? One decision for the whole column, with its evidence.

Lives here: ``DateFormat``, what a mapping carries; the decision, and when it is a question instead.
Does not live here: the evidence (``date_evidence``), moments in UTC (``timestamps``).
"""

from dataclasses import dataclass, replace
from typing import Any

from features.parsing.dates.date_evidence import ORDERS, DateEvidence, collect_evidence
from features.parsing.scalars import MISSING

__all__ = ["DateFormat", "decide_format", "decide_in_column", "describe_order", "find_question"]

_ORDER_WORDS = {"day_first": "day first", "month_first": "month first", "year_first": "two-digit year first"}
_OUTLIER_SHARE = 0.005
"""At most this share of the dates that prove an order may prove the other one; such dates are then not read."""
_FEWEST_STYLED = 8
"""Rows in which Excel's swap shows: that none of eight days is above 12 happens by chance once in 2,000 columns."""
_LONG_SPAN_DAYS = 5 * 365


@dataclass(frozen=True)
class DateFormat:
    """Describe how the dates of a column are written.

    Parameters
    ----------
    order : {"day_first", "month_first", "year_first"}, optional
        Of dates such as 03/04/26. Without one, the month comes first.
    strict : bool
        Whether a date that is only possible in another order is unreadable; otherwise that other order is used.
    zone : str, optional
        Time zone of times without one, such as ``UTC``, ``-05:00`` or ``America/New_York``; the practice's own without
        it.
    time_of_day : bool, optional
        Whether the column has times of day, which its values show if omitted. If not, a date is the day as written,
        whatever its offset.
    time_column : str, optional
        Header of the column with the time of day.
    """

    order: str | None = None
    strict: bool = True
    zone: str | None = None
    time_of_day: bool | None = None
    time_column: str | None = None

    @classmethod
    def from_dict(cls, settings: dict[str, Any]) -> "DateFormat":
        """Build the format from the settings of a mapping file."""
        return cls(**settings)

    def to_dict(self) -> dict[str, Any]:
        """Return what differs from the default, as a mapping file has it.

        >>> DateFormat(order="day_first", time_of_day=False).to_dict()
        {'order': 'day_first', 'time_of_day': False}
        """
        names = ("order", "zone", "time_of_day", "time_column")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


def decide_format(evidence: DateEvidence, stated: DateFormat | None = None) -> tuple[DateFormat, str | None]:
    """Decide the format of a column; return it with a question where the evidence contradicts itself.

    Parameters
    ----------
    stated : DateFormat, optional
        What a mapping says about the column; its order and zone answer the questions.

    >>> decide_format(collect_evidence(["03/04/2026", "25/03/2026"]))[0].order
    'day_first'
    >>> decide_format(collect_evidence(["03/25/2026", "25/03/2026"]))[1]
    'day and month are mixed: 1 of its dates has the day first for certain, 1 the month first'
    """
    decided = replace(stated or DateFormat(), time_of_day=_decide_time_of_day(evidence, stated))
    if decided.order is None:
        decided = replace(decided, order=_decide_order(evidence))
    return decided, find_question(evidence, stated)


def _decide_time_of_day(evidence: DateEvidence, stated: DateFormat | None) -> bool:
    """Return whether a column has times of day: it has some, or stands beside a column of them."""
    if stated is not None and stated.time_of_day is not None:
        return stated.time_of_day
    return evidence.has_clock or not evidence.days + evidence.midnights


def decide_in_column(values: Any, mapped: DateFormat | None = None, missing: frozenset[str] = MISSING) -> DateFormat:
    """Decide the format of a column from its values; see ``decide_format``."""
    return decide_format(collect_evidence(values, missing), mapped)[0]


def find_question(evidence: DateEvidence, mapped: DateFormat | None = None) -> str | None:
    """Return what a person must decide about a column; None if nothing."""
    mapped = mapped or DateFormat()
    day, month = evidence.day_first, evidence.month_first
    if evidence.ambiguous_zones and mapped.zone is None:
        return (
            f"{evidence.ambiguous_zones:,} of its times have a time zone whose abbreviation stands for several, "
            "such as IST: India, Israel, Ireland"
        )
    if mapped.order in ("day_first", "month_first"):
        stated, other = (day, month) if mapped.order == "day_first" else (month, day)
        # A few typing errors are no reason to ask; twice as many against as for the stated order are.
        if mapped.strict and other > 2 * stated:
            return (
                f"the mapping reads the {_ORDER_WORDS[mapped.order]}, but {other:,} of its dates are only possible "
                f"the other way round, and {stated:,} only this way"
            )
        return None
    if mapped.order is None and _find_best_short_order(evidence) != "year_first":
        if min(day, month) > _OUTLIER_SHARE * (day + month):
            verb = "has" if day == 1 else "have"
            return (
                f"day and month are mixed: {day:,} of its dates {verb} the day first for certain, "
                f"{month:,} the month first"
            )
        return _find_swap(evidence)
    return None


def _decide_order(evidence: DateEvidence) -> str | None:
    """Decide the order of day, month and two-digit year; None if nothing shows it."""
    best = _find_best_short_order(evidence)
    if best is not None:
        return best
    if evidence.day_first != evidence.month_first:
        return "day_first" if evidence.day_first > evidence.month_first else "month_first"
    return None


def _find_best_short_order(evidence: DateEvidence) -> str | None:
    """Return the order of dates with a two-digit year; None without such dates, or if no order stands out.

    It is the only order in which they all exist. Or it is the year first, if they lie close together in it and span
    years in all others: 25/01/06, 25/01/07, ... are days of one month, or the 25th of January of many years.
    """
    if not evidence.shorts:
        return None
    possible = [order for order in ORDERS if evidence.valid[order] >= (1 - _OUTLIER_SHARE) * evidence.shorts]
    if len(possible) == 1:
        return possible[0]
    spans = {order: evidence.spans[order][1] - evidence.spans[order][0] for order in possible}
    year_first = spans.pop("year_first", None)
    is_close = year_first is not None and all(span > max(4 * year_first, _LONG_SPAN_DAYS) for span in spans.values())
    return "year_first" if is_close else None


def _find_swap(evidence: DateEvidence) -> str | None:
    """Return the question if Excel has swapped day and month of some dates.

    Excel in another language reads those dates in which it can swap them, writes them in its own style, and leaves the
    others as they were. Then all dates of one style have a day above 12, and no date of another style has.
    """
    styles = [(counts, style) for style, counts in evidence.styles.items() if not _lacks_small_numbers(style)]
    proving = [counts for counts, _ in styles if counts[1]]
    others = [counts for counts, _ in styles if not counts[1]]
    proofs, rows = sum(counts[1] for counts in proving), sum(counts[0] for counts in others)
    if (
        # Without a day above 12 in every row of the one style, or with one in the other, nothing was swapped: people
        # mixed styles.
        proofs < _FEWEST_STYLED
        or rows < _FEWEST_STYLED
        or proofs < sum(counts[0] for counts in proving)
        or max(counts[2] for counts in others) > 12
    ):
        return None
    return (
        f"it seems that Excel swapped day and month of {rows:,} dates: all {proofs:,} dates that it could not swap "
        "are written in another style"
    )


def _lacks_small_numbers(style: tuple) -> bool:
    """Return whether a style says nothing about how numbers below ten are written, while others of its kind do."""
    return style[0] in ("year_last", "short") and style[3] is None


def describe_order(evidence: DateEvidence, decided: DateFormat) -> str:
    """Describe the order of a column's dates with its evidence; empty where nothing was to be decided.

    >>> evidence = collect_evidence(["03/04/2026", "25/03/2026"])
    >>> describe_order(evidence, decide_format(evidence)[0])
    'day first: 1 of its dates proves it'
    """
    if decided.order is None:
        if not evidence.unordered:
            return ""
        return f"PLEASE CHECK: month first assumed, none of {evidence.unordered:,} dates proves it"
    orders = _ORDER_WORDS[decided.order]
    proofs = {"day_first": evidence.day_first, "month_first": evidence.month_first}.get(decided.order, 0)
    others = evidence.day_first + evidence.month_first - proofs
    if decided.order == "year_first":
        return f"{orders}: only then all dates lie close together"
    if not proofs:
        return f"{orders}, as the mapping says or other dates of the file prove"
    contradicting = f", {others:,} contradict and are not read" if others else ""
    return f"{orders}: {proofs:,} of its dates {'proves' if proofs == 1 else 'prove'} it{contradicting}"
