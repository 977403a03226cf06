"""What do all chunks of the tables say together? Their faults, notes, counts and joins, as of one table.

Lives here: adding up what each chunk reports, and refusing tables of which too much was lost. Does not live here: what
one chunk reports (``row_validation``), the text (``table_report``), cutting into chunks (``chunked_tables``).
"""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from features.schema import TABLES
from features.tables.lead_join import LeadJoin, merge_joins, require_joined
from features.tables.row_validation import Note, TableFault, merge_chunk_reports
from features.tables.table_report import format_report, require_enough_rows
from features.tables.tables import Tables

__all__ = ["ChunkReports"]


@dataclass(frozen=True)
class _ChunkReport:
    """What one chunk of one table reports about its rows."""

    faults: list[TableFault]
    notes: list[Note]
    rows_lost: int
    rows_read: int
    rows_kept: int
    join: LeadJoin | None

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON has; ``from_dict`` reads it."""
        notes = [[note.text, note.count_of, note.step, note.table] for note in self.notes]
        # Not asdict, which makes counters of pairs out of counters.
        join = None if self.join is None else vars(self.join)
        return vars(self) | {"faults": [asdict(fault) for fault in self.faults], "notes": notes, "join": join}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> "_ChunkReport":
        """Read what ``to_dict`` returned."""
        faults = [
            TableFault(**fault | {"values": tuple((value, count) for value, count in fault["values"])})
            for fault in fields["faults"]
        ]
        join = fields["join"]
        if join is not None:
            shapes = {name: Counter(join[name]) for name in ("lead_shapes", "unknown_shapes")}
            join = LeadJoin(**join | shapes)
        return cls(**fields | {"faults": faults, "notes": [Note(*note) for note in fields["notes"]], "join": join})


@dataclass
class ChunkReports:
    """The reports of the chunks that were read so far.

    Parameters
    ----------
    tables : dict
        Table -> what each of its chunks reports.
    """

    tables: dict[str, list[_ChunkReport]] = field(default_factory=dict)

    def add(self, tables: Tables) -> None:
        """Keep what a chunk reports about its rows."""
        for name, validator in tables.validators.items():
            report = _ChunkReport(
                validator.faults,
                validator.notes,
                validator.rows_lost,
                validator.rows_read,
                len(getattr(tables, name)),
                validator.join,
            )
            self.tables.setdefault(name, []).append(report)

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON has; ``add_dict`` reads it."""
        return {name: [report.to_dict() for report in reports] for name, reports in self.tables.items()}

    def add_dict(self, reports: dict[str, Any]) -> None:
        """Keep the reports that ``to_dict`` returned."""
        for name, entries in reports.items():
            self.tables.setdefault(name, []).extend(map(_ChunkReport.from_dict, entries))

    def count(self, table: str) -> int:
        """Return how many chunks of a table were read."""
        return len(self.tables.get(table, ()))

    def merge(self) -> dict[str, tuple[list[TableFault], list[Note]]]:
        """Return the faults and the notes of each table, in the order of the tables."""
        return {name: merge_chunk_reports(self.tables[name]) for name in TABLES if name in self.tables}

    def format(self, notes: tuple[str, ...]) -> str:
        """Format the report of all chunks, with these notes."""
        merged = self.merge()
        rows_read = {name: sum(chunk.rows_read for chunk in self.tables[name]) for name in merged}
        rows_kept = {name: sum(chunk.rows_kept for chunk in self.tables[name]) for name in merged}
        faults = [fault for faults, _ in merged.values() for fault in faults]
        return format_report(rows_read, rows_kept, faults, notes, self._merge_joins())

    def require_enough_rows(self, locations: dict[str, str], allow_unmatched: bool) -> None:
        """Refuse tables of which more than half was lost, or of which too few rows found their lead: DataError."""
        for name, (faults, _) in self.merge().items():
            chunks = self.tables[name]
            rows_lost, rows_read = sum(chunk.rows_lost for chunk in chunks), sum(chunk.rows_read for chunk in chunks)
            require_enough_rows(name, locations[name], rows_lost, rows_read, faults)
        for name, join in self._merge_joins().items() if not allow_unmatched else ():
            require_joined(name, locations[name], join, scoring=True)

    def _merge_joins(self) -> dict[str, LeadJoin]:
        """Return how many rows of each table found their lead."""
        joins = {
            name: [chunk.join for chunk in self.tables[name] if chunk.join is not None]
            for name in TABLES
            if name in self.tables
        }
        return {name: merge_joins(chunks) for name, chunks in joins.items() if chunks}
