"""How is each column of dates of a table written? Decided once for the whole table, before any row is read.

Lives here: the decision for the mapped columns and the custom ones, the refusal where a person must decide, the notes.
Does not live here: the decision for one column (``parsing.dates.date_format_decision``), reading the values
(``column_conversion``).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import pandas as pd

from features.errors import MappingError
from features.mapping.column_mapping import Mapping
from features.mapping.label_values import DATED
from features.parsing.dates.date_evidence import DateEvidence, collect_evidence
from features.parsing.dates.date_format_decision import DateFormat, decide_format, find_question
from features.parsing.dates.date_headers import find_header_zone
from features.parsing.dates.date_texts import join_date_and_time
from features.schema import CUSTOM_PREFIX, KIND_OF_CUSTOM, TABLES

__all__ = [
    "DateDecision",
    "complete_mapping",
    "decide_dates",
    "find_date_columns",
    "join_time_of_day",
    "refuse_questions",
]


@dataclass(frozen=True)
class DateDecision:
    """Hold how a column's dates are written, and what is to be said about it.

    Parameters
    ----------
    column : str
        Our name, or ``custom:<header>``.
    header : str
    date_format : DateFormat
    question : str, optional
        What a person must decide first.
    notes : tuple of str
        Parts of a sentence that begins with the column.
    """

    column: str
    header: str
    date_format: DateFormat = field(default_factory=DateFormat)
    question: str | None = None
    notes: tuple[str, ...] = ()


def find_date_columns(table: str, headers: Iterable[str], mapping: Mapping) -> dict[str, str]:
    """Return header -> our name, or custom:<header>, of each column of dates."""
    present = list(headers)
    ours = {
        header: name
        for name, header in mapping.match_headers(table, present).items()
        if TABLES[table].column(name).kind == "time"
    }
    if table != "leads":
        return ours
    custom = {
        header: CUSTOM_PREFIX + header
        for header, kind in mapping.custom.items()
        if header in present and KIND_OF_CUSTOM[kind] == "time"
    }
    known_at, column = mapping.label_known_at, mapping.label_column
    label = {known_at: f"label known at {known_at!r}"} if known_at is not None and known_at in present else {}
    if column in present and column is not None and DATED in (*mapping.booked, *mapping.not_booked, *mapping.open):
        label = {column: f"label {column!r}"} | label
    return label | custom | ours


def decide_dates(
    table: str, frame: pd.DataFrame, mapping: Mapping, evidence_of: Callable[[str], DateEvidence] | None = None
) -> dict[str, DateDecision]:
    """Decide how the dates of each column of a table are written: header -> decision.

    Parameters
    ----------
    evidence_of : callable, optional
        Returns the evidence of a column, where ``frame`` has only some of the rows.
    """
    decisions = {}
    for header, column in find_date_columns(table, frame.columns, mapping).items():
        stated = mapping.find_date_format(header, table)
        if evidence_of is not None:
            evidence = evidence_of(header)
        else:
            values = join_time_of_day(frame, header, stated)
            evidence = collect_evidence(values, mapping.missing_texts)
        decisions[header] = _decide(column, header, evidence, stated)
    return decisions


def _decide(column: str, header: str, evidence: DateEvidence, given: DateFormat | None) -> DateDecision:
    """Decide how one column is written, and what is to be said."""
    date_format = decide_format(evidence, given)[0]
    is_stated = given is not None and given.time_of_day is not None
    if date_format.time_of_day and not evidence.has_clock and not is_stated:
        # No value decided it: kept, it would make times of the midnights of the next file.
        date_format = replace(date_format, time_of_day=None)
    notes = []
    zone = None if given is not None and given.zone else find_header_zone(header)
    if zone is not None and date_format.time_of_day and evidence.zones[False]:
        date_format = replace(date_format, zone=zone)
        notes.append(f"its times are in {zone}, as its header says")
    if given is None or given.order is None:
        if date_format.order == "day_first":
            notes.append("the day comes first in dates such as 25/03/2026; some of its days are above 12")
        elif date_format.order == "year_first":
            notes.append("its two-digit years come first, as in 26/03/25; only then all dates lie close together")
        elif date_format.order is None and evidence.unordered:
            notes.append(
                "PLEASE CHECK: the month was assumed to come first in dates such as 03/04/2026, "
                f"because none of {evidence.unordered:,} dates proves it; say order under [dates] in the mapping"
            )
    elif not given.strict:
        first, proofs = ("month", evidence.month_first) if given.order == "day_first" else ("day", evidence.day_first)
        if proofs > evidence.rows - proofs - evidence.unread - evidence.unordered:
            stated = str(given.order == "day_first").lower()
            notes.append(f"the mapping has day_first = {stated}, but its values have the {first} first")
    has_days_only = evidence.days > 0 and not evidence.clocks + evidence.midnights
    if has_days_only or (evidence.rows and date_format.time_of_day is False):
        notes.append("no value has a time of day, so the hour is unknown")
    return DateDecision(column, header, date_format, find_question(evidence, given), tuple(notes))


def refuse_questions(where: dict[str, str], decisions: dict[str, dict[str, DateDecision]]) -> None:
    """Refuse tables with dates that a person must decide about.

    Raises
    ------
    MappingError
        With every question, and how to answer it in the mapping.
    """
    lines = []
    for table, columns in decisions.items():
        for header, decision in columns.items():
            if decision.question is None:
                continue
            key = header if table == "leads" else f"{table}.{header}"
            lines.append(
                f"  - {table}.{decision.column} ({header!r}): {decision.question}. Export it again in one format, or "
                f'decide in the mapping: [dates.{_quote(key)}] with order = "day_first" or "month_first", or with '
                "zone; dates that contradict are then rejected."
            )
    if lines:
        questioned = ", ".join(
            where[table] for table in decisions if any(d.question for d in decisions[table].values())
        )
        raise MappingError(
            f"{questioned}: {len(lines)} column(s) of dates cannot be read with certainty.\n" + "\n".join(lines)
        )


def complete_mapping(mapping: Mapping, decisions: dict[str, dict[str, DateDecision]]) -> Mapping:
    """Return the mapping with every decision, so that a value that comes alone is read as the column was."""
    dates = dict(mapping.dates)
    for table, columns in decisions.items():
        for header, decision in columns.items():
            date_format = decision.date_format
            # An order that is only stated for the file stays there: it allows the other order.
            entry = replace(date_format, strict=True, order=date_format.order if date_format.strict else None)
            if entry.to_dict():
                dates[header if table == "leads" else f"{table}.{header}"] = entry
    return replace(mapping, dates=dates)


def join_time_of_day(frame: pd.DataFrame, header: str, date_format: DateFormat | None) -> pd.Series:
    """Return a column of dates, each joined with its time of day where that is in a column of its own.

    >>> frame = pd.DataFrame({"Date": ["01/06/2026", "01/07/2026"], "Time": ["8:05 AM", ""]})
    >>> join_time_of_day(frame, "Date", DateFormat(time_column="Time")).tolist()
    ['01/06/2026 8:05 AM', '01/07/2026']
    """
    times = None if date_format is None else date_format.time_column
    if times is None or times not in frame:
        return frame[header]
    pairs = zip(frame[header], frame[times], strict=True)
    return pd.Series([join_date_and_time(day, time) for day, time in pairs], dtype=object, index=frame.index)


def _quote(text: str) -> str:
    """Return a key as TOML writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
