"""Which rows are set aside, and what is said about it? Every fault counted, every rejected row kept with its reason.

Lives here: ``Fault`` and the ``Sieve`` through which one table's rows go.
Does not live here: which rows are at fault (``typed``, ``tables``).
"""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from features.files import RawFrame

__all__ = ["REJECTED_COLUMNS", "Fault", "Sieve"]

REJECTED_COLUMNS = ("table", "file", "row", "lead_id", "column", "fault", "remedy", "raw")


@dataclass(frozen=True)
class Fault:
    """One kind of fault, counted.

    Parameters
    ----------
    table : str
    column : str
        Empty when the whole row or table is meant.
    found : str
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
    """

    table: str
    column: str
    found: str
    rows: int
    remedy: str
    rejects: bool
    example_row: int = 0
    example_file: str = ""

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


class Sieve:
    """The rows of one table on their way in; what does not pass is kept with its reason.

    Parameters
    ----------
    table : str
    raw : RawFrame
    """

    def __init__(self, table: str, raw: RawFrame) -> None:
        self.table = table
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self.lead_ids: np.ndarray = np.full(len(raw.frame), None, object)
        self.keep = np.ones(len(raw.frame), bool)
        self._raw = raw
        self._reasons: list[tuple[np.ndarray, str, str, str]] = []
        if raw.ragged:
            remedy = "Quote fields that hold the separator or a line break, and export again"
            found, place = "has a line with too many or too few fields", (raw.ragged[0][0], raw.ragged_file(0))
            self.faults.append(Fault(table, "", found, len(raw.ragged), remedy, True, *place))

    @property
    def read(self) -> int:
        """Rows of data in the file, ragged ones included."""
        return len(self.keep) + len(self._raw.ragged)

    def reject(self, mask: np.ndarray, column: str, found: str, remedy: str) -> None:
        """Set the rows of ``mask`` aside."""
        if mask.any():
            self.keep &= ~mask
            self._reasons.append((mask, column, found, remedy))
            self.faults.append(self._fault(mask, column, found, remedy, True))

    def not_given(self, mask: np.ndarray, column: str, found: str, remedy: str) -> None:
        """Count rows whose value was taken as not given."""
        if mask.any():
            self.faults.append(self._fault(mask, column, found, remedy, False))

    def without_column(self, column: str, found: str, remedy: str) -> None:
        """Count a whole column as not given."""
        if len(self.keep):
            self.faults.append(Fault(self.table, column, found, len(self.keep), remedy, False))

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
            (self.table, raw.ragged_file(place), row, None, "", ragged.found, ragged.remedy, json.dumps({"line": text}, ensure_ascii=False))
            for place, (row, text) in enumerate(raw.ragged)
            if ragged
        ]
        frame = pd.DataFrame(records, columns=list(REJECTED_COLUMNS), dtype=object).astype({"row": "int64"})
        return frame.sort_values(["file", "row"], kind="stable", ignore_index=True)

    def _fault(self, mask: np.ndarray, column: str, found: str, remedy: str, rejects: bool) -> Fault:
        """A fault of the rows of ``mask``."""
        first = int(np.argmax(mask))
        return Fault(self.table, column, found, int(mask.sum()), remedy, rejects, int(self._raw.rows[first]), self._raw.file(first))

    def _as_json(self, i: int) -> str:
        """One raw row as JSON text, under the file's own headers."""
        return json.dumps(dict(zip(self._raw.frame.columns, map(_plain, self._raw.frame.iloc[i]), strict=True)), ensure_ascii=False)


def _plain(cell: Any) -> Any:
    """A cell as JSON knows it."""
    if cell is None or cell is pd.NA or cell != cell:
        return None
    if isinstance(cell, date):
        return cell.isoformat()
    return cell.item() if isinstance(cell, np.generic) else cell if isinstance(cell, (str, int, float, bool)) else str(cell)
