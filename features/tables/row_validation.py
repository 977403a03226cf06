"""Which rows are set aside, and what is said about it? Every fault counted, every rejected row kept with its reason.

Lives here: ``Fault``, ``Note`` and the ``RowValidator`` through which one table's rows go; counting what several pieces of a
table say as one. Does not live here: which rows are at fault (``typed``, ``tables``)."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from features.arrays.dictionary_encoding import DictionaryEncoded
from features.parsing.scalars import as_numpy_array
from features.parsing.timestamps import detect_day_first
from features.readers.raw_files import RawFrame

__all__ = ["REJECTED_COLUMNS", "Fault", "Note", "RowValidator", "merge_chunk_reports"]

_VALUES_SAID = 3

REJECTED_COLUMNS = ("table", "file", "row", "lead_id", "column", "fault", "remedy", "raw")


@dataclass(frozen=True)
class Fault:
    """One kind of fault, counted.

    Parameters
    ----------
    table : str
    column : str
        Empty when the whole row or table is meant.
    what : str
        What was found, without any personal value.
    rows : int
        How many rows have it.
    remedy : str
        What to do about it.
    rejects : bool
        Whether the rows were set aside (True) or only the value was taken as not given (False).
    example_row : int
        1-based line of data of the first of them in its file; 0 when no row is meant.
    example_file : str
        The part it stands in, where the table has several.
    step : int
        When it was looked for, among everything that is looked for in its table; faults of two pieces with the same
        step are the same fault.
    values : tuple of (str, int)
        The values it was found in, with how often; only where they can be repeated.
    """

    table: str
    column: str
    what: str
    rows: int
    remedy: str
    rejects: bool
    example_row: int = 0
    example_file: str = ""
    step: int = 0
    values: tuple[tuple[str, int], ...] = ()

    @property
    def found(self) -> str:
        """What was found, with the commonest values where they can be repeated."""
        commonest = sorted(self.values, key=lambda one: (-one[1], one[0]))[:_VALUES_SAID]
        return self.what + (
            f" ({', '.join(f'{value!r} {count:,} times' for value, count in commonest)})" if commonest else ""
        )

    def sentence(self) -> str:
        """The fault as one line of a report.

        >>> Fault("leads", "lead_id", "is empty", 2, "Give each lead an id", True, 7).sentence()
        'leads.lead_id is empty: 2 rows set aside (first: row 7). Give each lead an id.'
        """
        where = f"{self.table}.{self.column}" if self.column else self.table
        rows = f"{self.rows:,} {'row' if self.rows == 1 else 'rows'}"
        done = f"{rows} set aside" if self.rejects else f"taken as not given in {rows}"
        file = f" of {self.example_file}" if self.example_file else ""
        first = f" (first: row {self.example_row:,}{file})" if self.example_row else ""
        return f"{where} {self.found}: {done}{first}. {self.remedy.rstrip('.')}."

    def and_in(self, other: "Fault") -> "Fault":
        """This fault, counted together with the same one in another piece of the table."""
        values = Counter(dict(self.values))
        values.update(dict(other.values))
        first = min(self, other, key=lambda one: (one.example_file, one.example_row))
        return replace(first, rows=self.rows + other.rows, values=tuple(values.items()))


class Note(str):
    """One sentence about what was decided; ``{count}`` in its text is how many rows it is about.

    >>> Note("{count} times named no zone.", 1200)
    '1,200 times named no zone.'
    """

    def __new__(cls, text: str, count: int = 0, step: int = 0, table: str = "") -> "Note":
        """The sentence, which still knows its count."""
        made = super().__new__(cls, text.replace("{count}", f"{count:,}"))
        made.text, made.count_of, made.step, made.table = text, count, step, table
        return made


def merge_chunk_reports(pieces: Sequence["RowValidator"]) -> tuple[list[Fault], list[Note]]:
    """The faults and notes of a table's pieces, read in their order, as of one table."""
    faults: dict[tuple, Fault] = {}
    notes: dict[tuple, Note] = {}
    for piece in pieces:
        for fault in piece.faults:
            key = (fault.step, fault.what)
            faults[key] = faults[key].and_in(fault) if key in faults else fault
        for note in piece.notes:
            key = (note.step, note.text)
            notes[key] = Note(
                note.text, note.count_of + (notes[key].count_of if key in notes else 0), note.step, note.table
            )
    return [faults[key] for key in sorted(faults, key=lambda key: key[0])], [
        notes[key] for key in sorted(notes, key=lambda key: key[0])
    ]


class RowValidator:
    """The rows of one table on their way in; what does not pass is kept with its reason.

    Parameters
    ----------
    table : str
    raw : RawFrame
    day_first : dict, optional
        Header -> what the whole column proves about its dates, where ``raw`` is a piece of a table.
    """

    def __init__(self, table: str, raw: RawFrame, day_first: Mapping[str, bool | None] | None = None) -> None:
        self._day_first = day_first or {}
        self.table = table
        self.faults: list[Fault] = []
        self.notes: list[Note] = []
        self.lost = 0
        self.lead_ids: np.ndarray | DictionaryEncoded = np.full(len(raw.frame), None, object)
        self.keep = np.ones(len(raw.frame), bool)
        self._raw = raw
        self._reasons: list[tuple[np.ndarray, str, str, str]] = []
        self._step = 0
        if raw.ragged:
            remedy = "Quote fields that hold the separator or a line break, and export again"
            found, place = "has a line with too many or too few fields", (raw.ragged[0][0], raw.ragged_file(0))
            self.faults.append(Fault(table, "", found, len(raw.ragged), remedy, True, *place))

    @property
    def read(self) -> int:
        """Rows of data in the file, ragged ones included."""
        return len(self.keep) + len(self._raw.ragged)

    def note(self, text: str, count: int = 1) -> None:
        """Say what was decided about ``count`` rows; about none, nothing is said."""
        self._step += 1
        if count:
            self.notes.append(Note(text, count, self._step, self.table))

    def reject(
        self, mask: np.ndarray, column: str, found: str, remedy: str, values: tuple[tuple[str, int], ...] = ()
    ) -> None:
        """Set the rows of ``mask`` aside."""
        self._step += 1
        if mask.any():
            self.keep &= ~mask
            self.faults.append(self._fault(mask, column, found, remedy, True, values))
            self._reasons.append((mask, column, self.faults[-1].found, remedy))

    def not_given(
        self, mask: np.ndarray, column: str, found: str, remedy: str, values: tuple[tuple[str, int], ...] = ()
    ) -> None:
        """Count rows whose value was taken as not given."""
        self._step += 1
        if mask.any():
            self.faults.append(self._fault(mask, column, found, remedy, False, values))

    def without_column(self, column: str, found: str, remedy: str) -> None:
        """Count a whole column as not given."""
        self._step += 1
        if len(self.keep):
            self.faults.append(Fault(self.table, column, found, len(self.keep), remedy, False, step=self._step))

    def day_first(self, header: str, values: Any) -> bool | None:
        """Whether this column's dates have the day first: as the whole column proves, where only a piece of it stands
        here.
        """
        if header in self._day_first:
            return self._day_first[header]
        written = not pd.api.types.is_datetime64_any_dtype(values) and as_numpy_array(values).dtype == object
        return detect_day_first(values) if written else None

    def rejected(self) -> pd.DataFrame:
        """One line for each rejected row and reason, in the order of the file; the raw row as JSON text."""
        raw = self._raw
        records = [
            (self.table, raw.file(i), raw.rows[i], self.lead_ids[i], column, found, remedy, self._as_json(i))
            for mask, column, found, remedy in self._reasons
            for i in np.flatnonzero(mask)
        ]
        ragged = self.faults[0] if self._raw.ragged else None
        records += [
            (
                self.table,
                raw.ragged_file(place),
                row,
                None,
                "",
                ragged.found,
                ragged.remedy,
                json.dumps({"line": text}, ensure_ascii=False),
            )
            for place, (row, text) in enumerate(raw.ragged)
            if ragged
        ]
        frame = pd.DataFrame(records, columns=list(REJECTED_COLUMNS), dtype=object).astype({"row": "int64"})
        return frame.sort_values(["file", "row"], kind="stable", ignore_index=True)

    def _fault(
        self, mask: np.ndarray, column: str, found: str, remedy: str, rejects: bool, values: tuple[tuple[str, int], ...]
    ) -> Fault:
        """A fault of the rows of ``mask``."""
        first = int(np.argmax(mask))
        return Fault(
            self.table,
            column,
            found,
            int(mask.sum()),
            remedy,
            rejects,
            int(self._raw.rows[first]),
            self._raw.file(first),
            self._step,
            values,
        )

    def _as_json(self, i: int) -> str:
        """One raw row as JSON text, under the file's own headers."""
        return json.dumps(
            dict(zip(self._raw.frame.columns, map(_plain, self._raw.frame.iloc[i]), strict=True)), ensure_ascii=False
        )


def _plain(cell: Any) -> Any:
    """A cell as JSON knows it."""
    if cell is None or cell is pd.NA or cell != cell:
        return None
    if isinstance(cell, date):
        return cell.isoformat()
    return (
        cell.item()
        if isinstance(cell, np.generic)
        else cell
        if isinstance(cell, (str, int, float, bool))
        else str(cell)
    )
