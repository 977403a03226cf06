"""Which rows are rejected, and why? Counts every fault and keeps every rejected row with its reason.

Lives here: ``TableFault``, ``Note``, and the ``RowValidator`` that one table's rows go through; merging the reports of
several chunks of a table.
Does not live here: which rows are at fault (``column_conversion``, ``leads_table``, ``tables``), faults of a single
JSON lead (``features.errors.Fault``).
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

import numpy as np
import pandas as pd

from features.arrays.dictionary_encoding import DictionaryEncoded
from features.readers.raw_files import RawFrame
from features.tables.lead_join import LeadJoin

__all__ = ["REJECTED_COLUMNS", "Note", "RowValidator", "TableFault", "ValueCounts", "merge_chunk_reports"]

ValueCounts = tuple[tuple[str, int], ...]
"""(value, how often it occurs), each."""

_SHOWN_VALUES = 3

REJECTED_COLUMNS = ("table", "file", "row", "lead_id", "column", "fault", "remedy", "raw")


@dataclass(frozen=True)
class TableFault:
    """One kind of fault in one column of a table, counted over its rows.

    Parameters
    ----------
    table : str
    column : str
        Empty when the whole row or table is meant.
    problem : str
        What is wrong, without any personal value.
    rows : int
        How many rows have it.
    remedy : str
        What to do about it.
    rejects : bool
        Whether the rows were rejected (True) or only the value was treated as missing (False).
    example_row : int
        1-based line of data of the first of them in its file; 0 when no row is meant.
    example_file : str
        The part it comes from, where the table has several.
    step : int
        Number of the check that found it, among the checks of its table; faults of two chunks with the same step are
        the same fault.
    values : tuple of (str, int)
        The values that have it, with how often; only where they can be repeated.
    """

    table: str
    column: str
    problem: str
    rows: int
    remedy: str
    rejects: bool
    example_row: int = 0
    example_file: str = ""
    step: int = 0
    values: ValueCounts = ()

    @property
    def problem_with_values(self) -> str:
        """What is wrong, with the commonest values where they can be repeated."""
        commonest = sorted(self.values, key=lambda entry: (-entry[1], entry[0]))[:_SHOWN_VALUES]
        if not commonest:
            return self.problem
        return f"{self.problem} ({', '.join(f'{value!r} {count:,} times' for value, count in commonest)})"

    def format_line(self) -> str:
        """Format the fault as one line of a report.

        >>> TableFault("leads", "lead_id", "is empty", 2, "Give each lead an id", True, 7).format_line()
        'leads.lead_id is empty: 2 rows rejected (first: row 7). Give each lead an id.'
        """
        where = f"{self.table}.{self.column}" if self.column else self.table
        rows = f"{self.rows:,} {'row' if self.rows == 1 else 'rows'}"
        effect = f"{rows} rejected" if self.rejects else f"treated as missing in {rows}"
        file = f" of {self.example_file}" if self.example_file else ""
        first = f" (first: row {self.example_row:,}{file})" if self.example_row else ""
        return f"{where} {self.problem_with_values}: {effect}{first}. {self.remedy.rstrip('.')}."

    def merge(self, other: "TableFault") -> "TableFault":
        """Count this fault together with the same one in another chunk of the table."""
        values = Counter(dict(self.values))
        values.update(dict(other.values))
        first = min(self, other, key=lambda fault: (fault.example_file, fault.example_row))
        return replace(first, rows=self.rows + other.rows, values=tuple(values.items()))


class Note(str):
    """One sentence about what was decided; ``{count}`` in its text is how many rows it is about.

    >>> Note("{count} times had no time zone.", 1200)
    '1,200 times had no time zone.'
    """

    text: str
    count_of: int
    step: int
    table: str

    def __new__(cls, text: str, count: int = 0, step: int = 0, table: str = "") -> "Note":
        """Create the sentence, which keeps its count."""
        note = super().__new__(cls, text.replace("{count}", f"{count:,}"))
        note.text, note.count_of, note.step, note.table = text, count, step, table
        return note


class ChunkReport(Protocol):
    """What one chunk of one table reports about its rows."""

    @property
    def faults(self) -> list[TableFault]:
        """Faults, in the order of the checks."""

    @property
    def notes(self) -> list[Note]:
        """Notes, in the order of the checks."""


def merge_chunk_reports(chunks: Sequence[ChunkReport]) -> tuple[list[TableFault], list[Note]]:
    """Merge the faults and notes of a table's chunks, in their order, to those of one table."""
    faults: dict[tuple, TableFault] = {}
    notes: dict[tuple, Note] = {}
    for chunk in chunks:
        for fault in chunk.faults:
            key = (fault.step, fault.problem)
            faults[key] = faults[key].merge(fault) if key in faults else fault
        for note in chunk.notes:
            key = (note.step, note.text)
            earlier = notes[key].count_of if key in notes else 0
            notes[key] = Note(note.text, note.count_of + earlier, note.step, note.table)
    # By step, because a later chunk may be the first to have an early check's fault.
    return (
        [faults[key] for key in sorted(faults, key=lambda key: key[0])],
        [notes[key] for key in sorted(notes, key=lambda key: key[0])],
    )


class RowValidator:
    """The rows of one table on their way in; what does not pass is kept with its reason.

    Parameters
    ----------
    table : str
    raw : RawFrame
    """

    def __init__(self, table: str, raw: RawFrame) -> None:
        self.table = table
        self.raw = raw
        self.faults: list[TableFault] = []
        self.notes: list[Note] = []
        self.rows_lost = 0
        self.join: LeadJoin | None = None
        self.lead_ids: np.ndarray | DictionaryEncoded = np.full(len(raw.frame), None, object)
        self.keep = np.ones(len(raw.frame), bool)
        self.unread: dict[str, np.ndarray] = {}
        self._reasons: list[tuple[np.ndarray, str, str, str]] = []
        self._step = 0
        if raw.ragged:
            remedy = "Quote fields that hold the separator or a line break, and export again"
            problem = "has a line with too many or too few fields"
            example = (raw.ragged[0][0], raw.get_ragged_file(0))
            self.faults.append(TableFault(table, "", problem, len(raw.ragged), remedy, True, *example))

    @property
    def rows_read(self) -> int:
        """Rows of data in the file, ragged ones included."""
        return len(self.keep) + len(self.raw.ragged)

    def note(self, text: str, count: int = 1) -> None:
        """Note what was decided about ``count`` rows; nothing when there are none."""
        # The step counts also where nothing is noted: chunks of one table must number their checks alike.
        self._step += 1
        if count:
            self.notes.append(Note(text, count, self._step, self.table))

    def reject(self, mask: np.ndarray, column: str, problem: str, remedy: str, values: ValueCounts = ()) -> None:
        """Reject the rows of ``mask``."""
        self._step += 1
        if mask.any():
            self.keep &= ~mask
            self.faults.append(self._count_fault(mask, column, problem, remedy, True, values))
            self._reasons.append((mask, column, self.faults[-1].problem_with_values, remedy))

    def treat_as_missing(
        self, mask: np.ndarray, column: str, problem: str, remedy: str, values: ValueCounts = ()
    ) -> None:
        """Count the rows of ``mask``, whose value is treated as missing."""
        self._step += 1
        if mask.any():
            self.unread[column] = mask | self.unread[column] if column in self.unread else mask
            self.faults.append(self._count_fault(mask, column, problem, remedy, False, values))

    def treat_as_left_empty(self, column: str, mask: np.ndarray) -> None:
        """Note that the missing values of ``mask`` say as much as empty cells: they are not unread."""
        if column in self.unread:
            self.unread[column] &= ~mask

    def report_missing_column(self, column: str, problem: str, remedy: str) -> None:
        """Count a whole column as missing."""
        self._step += 1
        if len(self.keep):
            self.faults.append(TableFault(self.table, column, problem, len(self.keep), remedy, False, step=self._step))

    def list_rejected(self) -> pd.DataFrame:
        """Return one line for each rejected row and reason, in the order of the file; the raw row as JSON text."""
        raw = self.raw
        records = [
            (self.table, raw.get_file(i), raw.rows[i], self.lead_ids[i], column, problem, remedy, self._row_as_json(i))
            for mask, column, problem, remedy in self._reasons
            for i in np.flatnonzero(mask).tolist()
        ]
        if raw.ragged:
            fault = self.faults[0]
            for position, (row, text) in enumerate(raw.ragged):
                line = json.dumps({"line": text}, ensure_ascii=False)
                file = raw.get_ragged_file(position)
                records.append((self.table, file, row, None, "", fault.problem, fault.remedy, line))
        frame = pd.DataFrame(records, columns=list(REJECTED_COLUMNS), dtype=object).astype({"row": "int64"})
        return frame.sort_values(["file", "row"], kind="stable", ignore_index=True)

    def _count_fault(
        self, mask: np.ndarray, column: str, problem: str, remedy: str, rejects: bool, values: ValueCounts
    ) -> TableFault:
        """Return the fault of the rows of ``mask``, with the first of them as its example."""
        first = int(np.argmax(mask))
        return TableFault(
            self.table,
            column,
            problem,
            int(mask.sum()),
            remedy,
            rejects,
            int(self.raw.rows[first]),
            self.raw.get_file(first),
            self._step,
            values,
        )

    def _row_as_json(self, i: int) -> str:
        """Return one raw row as JSON text, under the file's own headers."""
        return json.dumps(
            dict(zip(self.raw.frame.columns, map(_to_json_value, self.raw.frame.iloc[i]), strict=True)),
            ensure_ascii=False,
        )


def _to_json_value(cell: object) -> str | int | float | bool | None:
    """Convert a cell to a type that JSON has."""
    if cell is None or cell is pd.NA or cell != cell:
        return None
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, np.generic):
        return cell.item()
    return cell if isinstance(cell, (str, int, float, bool)) else str(cell)
