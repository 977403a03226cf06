"""What does each row of another export say: which event, or which outcomes, and when?

Lives here: the rows of a call log as events, those of an appointment list as outcomes, their dates and durations.
Does not live here: whose rows they are (``lead_contacts``, ``export_join``), the words of call logs (``call_kinds``).
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import tzinfo

import numpy as np
import pandas as pd

from features.array_types import TimeArray
from features.errors import MappingError
from features.joins.call_kinds import is_outbound, name_event
from features.mapping.joined_exports import JoinedExport
from features.parsing.column_values import to_number, to_text
from features.parsing.dates.date_evidence import collect_evidence
from features.parsing.dates.date_format_decision import DateFormat, decide_format, describe_order
from features.parsing.dates.date_headers import find_header_zone
from features.parsing.dates.date_texts import join_date_and_time
from features.parsing.dates.timestamps import to_time
from features.parsing.number_formats import NumberFormat

__all__ = ["ExportRows", "read_rows"]

NO_TIME = "has no time that can be read"
NO_BOOKING = "has a status that is no booking"
UNKNOWN_STATUS = "has a status that is in none of booked, attended and not_booked"

_NEVER = np.datetime64("NaT", "us")


@dataclass(frozen=True)
class ExportRows:
    """The rows of one export, read.

    Parameters
    ----------
    times : datetime64[us] array of shape (n,)
        When each row was known: a lead is looked for among those created by then.
    starts : datetime64[us] array of shape (n,)
        The same, a day without a time of day at its start.
    columns : dict
        Further columns of the table it becomes, each of shape (n,).
    faults : object array of shape (n,)
        Why a row becomes nothing, None where it does.
    visits : datetime64[us] array of shape (n,), or None
        Of an appointment list, when the visit is, and ``attended`` whether it took place.
    counts : Counter
        Rows of each kind of event, or of each status.
    notes : list of str
    undecided : Counter
        Rows of each status that the mapping does not place.
    """

    times: TimeArray
    starts: TimeArray
    columns: dict[str, np.ndarray]
    faults: np.ndarray
    visits: TimeArray | None = None
    attended: np.ndarray | None = None
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    undecided: Counter[str] = field(default_factory=Counter)


def read_rows(
    file: str, frame: pd.DataFrame, export: JoinedExport, zone: tzinfo, missing: frozenset[str]
) -> ExportRows:
    """Read the rows of an export as events or outcomes, without their leads.

    Raises
    ------
    MappingError
        If the dates of a column contradict each other and the mapping does not decide.
    """
    reader = _ExportReader(file, frame, export, zone, missing)
    return reader.read_calls() if export.becomes == "events" else reader.read_appointments()


class _ExportReader:
    """One export while it is read."""

    def __init__(
        self, file: str, frame: pd.DataFrame, export: JoinedExport, zone: tzinfo, missing: frozenset[str]
    ) -> None:
        self._file, self._frame, self._export, self._zone, self._missing = file, frame, export, zone, missing
        self._notes: list[str] = []

    def read_calls(self) -> ExportRows:
        """Read a log of calls and messages."""
        times, starts = self._read_dates("occurred_at")
        kinds, directions, answers = (self._read_texts(name) for name in ("kind", "direction", "answer"))
        events = [name_event(*texts) for texts in zip(kinds, directions, answers, strict=True)]
        faults = np.array([NO_TIME if is_unread else None for is_unread in np.isnat(times)], object)
        if "direction" not in self._export.columns:
            self._notes.append("no column says in which direction a call went; all count as inbound")
        if "answer" not in self._export.columns:
            self._notes.append("no column says whether a call was answered; none counts as missed")
        columns = {
            "kind": np.array([kind for kind, _ in events], object),
            "direction": np.array(["outbound" if is_outbound(text) else "inbound" for text in directions], object),
            "reached": np.array([reached for _, reached in events], float),
            "duration_s": self._read_durations(),
            "campaign": self._read_texts("campaign"),
        }
        counts = Counter(kind for kind, _ in events)
        return ExportRows(times, starts, columns, faults, counts=counts, notes=self._notes)

    def read_appointments(self) -> ExportRows:
        """Read a list of appointments: each was booked at one time, and its visit took place or not."""
        visits, visit_starts = self._read_dates("occurred_at")
        times, starts = visits, visit_starts
        if "recorded_at" in self._export.columns:
            booked_at, booked_starts = self._read_dates("recorded_at")
            unknown = np.isnat(booked_at)
            times, starts = np.where(unknown, visits, booked_at), np.where(unknown, visit_starts, booked_starts)
            if unknown.any():
                self._notes.append(f"{int(unknown.sum()):,} rows have no date of booking; that of the visit was used")
        else:
            self._notes.append(
                "PLEASE CHECK: no column says when an appointment was booked, so it counts on the day of the visit, "
                "and planned visits are not counted yet; export the date of booking too"
            )
        statuses = self._read_texts("status")
        has_status = "status" in self._export.columns
        meanings = {
            **{_fold(text): "not_booked" for text in self._export.not_booked},
            **{_fold(text): "booked" for text in self._export.booked},
            **{_fold(text): "attended" for text in self._export.attended},
        }
        stages = [meanings.get(_fold(text or "")) if has_status else "booked" for text in statuses]
        faults = np.array([_name_fault(meaning) for meaning in stages], object)
        faults = np.where((faults == None) & np.isnat(times), NO_TIME, faults)  # noqa: E711  (each element)
        attended = np.array([meaning == "attended" for meaning in stages], bool) & ~np.isnat(visits)
        counts = Counter(text or "" for text in statuses) if has_status else Counter()
        undecided = Counter(text or "" for text, fault in zip(statuses, faults, strict=True) if fault == UNKNOWN_STATUS)
        return ExportRows(times, starts, {}, faults, visit_starts, attended, counts, self._notes, undecided)

    def _read_dates(self, role: str) -> tuple[TimeArray, TimeArray]:
        """Return the times of a column, a day without a time of day at its end and at its start."""
        header = self._export.columns.get(role)
        if header is None:
            never = np.full(len(self._frame), _NEVER)
            return never, never
        values = self._frame[header]
        clock = self._export.columns.get("time_of_day") if role == "occurred_at" else None
        if clock is not None:
            pairs = zip(values, self._frame[clock], strict=True)
            values = pd.Series([join_date_and_time(day, time) for day, time in pairs], dtype=object)
        evidence = collect_evidence(values, self._missing)
        date_format = DateFormat(order=self._export.date_order, zone=find_header_zone(header))
        decided, question = decide_format(evidence, date_format)
        if question is not None:
            raise MappingError(
                f"{self._file}: {header!r}: {question}. Export it again in one format, or say date_order = "
                f'"day_first" or "month_first" under [joined.{self._file!r}] in the mapping.'
            )
        self._notes.append(f"{header!r}: {describe_order(evidence, decided) or 'dates read as they are written'}")
        ends, starts = (to_time(values, self._zone, self._missing, decided, day_ends)[0] for day_ends in (True, False))
        unread = int((np.isnat(starts)).sum())
        if unread:
            self._notes.append(f"{header!r}: {unread:,} of {len(starts):,} rows have no date that can be read")
        return ends, starts

    def _read_texts(self, role: str) -> np.ndarray:
        """Return the texts of a column, None where it is empty or absent."""
        header = self._export.columns.get(role)
        return (
            np.full(len(self._frame), None, object)
            if header is None
            else to_text(self._frame[header], self._missing)[0]
        )

    def _read_durations(self) -> np.ndarray:
        """Return durations in seconds, also those written with units or colons ("3m 21s", "2:35", "0:02:35")."""
        header = self._export.columns.get("duration_s")
        if header is None:
            return np.full(len(self._frame), np.nan)
        numbers = to_number(self._frame[header], self._missing, NumberFormat(unit="s"))[0]
        return np.where(numbers < 0, np.nan, numbers)


def _fold(text: str) -> str:
    """Return a status for comparison."""
    return " ".join(text.casefold().split())


def _name_fault(meaning: str | None) -> str | None:
    """Return why a row of an appointment list is no outcome."""
    return {"not_booked": NO_BOOKING, None: UNKNOWN_STATUS}.get(meaning)
