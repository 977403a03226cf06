"""What do we tell people about their tables? One report of rows, faults and notes, or an error when few are left.

Lives here: the text of ``Tables.report``, the order of the notes, refusing a table of which most rows are lost.
Does not live here: finding faults (``tables``, ``leads_table``, ``column_conversion``), one fault as a line
(``row_validation``).
"""

from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from pathlib import Path

from features.errors import DataError
from features.mapping.column_mapping import Mapping
from features.readers.memory_frames import Source
from features.readers.partitioned_files import is_url
from features.tables.lead_join import LeadJoin
from features.tables.row_validation import TableFault

__all__ = ["collect_notes", "format_report", "require_enough_rows"]


def format_report(
    rows_read: dict[str, int],
    rows_kept: dict[str, int],
    faults: Iterable[TableFault],
    notes: Iterable[str],
    joins: AnyMapping[str, LeadJoin],
) -> str:
    """Format the report of ``Tables``: rows read, kept and joined by table, faults and notes."""
    lines = [
        f"{name}: {rows:,} rows read, {rows_kept[name]:,} kept, {rows - rows_kept[name]:,} rejected"
        for name, rows in rows_read.items()
    ]
    lines += [join.format_line(name) for name, join in joins.items() if join.rows]
    for title, rejects in (("Rejected rows:", True), ("Values treated as missing:", False)):
        fault_lines = [f"  - {fault.format_line()}" for fault in faults if fault.rejects == rejects]
        lines += [title, *fault_lines] if fault_lines else []
    return "\n".join([*lines, *(["Notes:", *(f"  - {note}" for note in notes)] if notes else [])])


def collect_notes(
    source: Source,
    mapping: Mapping,
    unread_files: list[str],
    file_notes: AnyMapping[str, Iterable[str]],
    decisions: list[str],
    row_notes: AnyMapping[str, Iterable[str]],
) -> tuple[str, ...]:
    """Collect all notes: table by table (on the files, the columns, the rows), then on what was not used.

    Not used are other files in the folder, and the mapping's queries where there is no database.
    """
    notes: list[str] = []
    for name in file_notes:
        notes += [*file_notes[name], *(decisions if name == "leads" else ()), *row_notes[name]]
    if unread_files and isinstance(source, (str, Path)):
        notes.append(f"{Path(source).name}: these files were not read: {', '.join(unread_files)}.")
    if mapping.sql and not is_url(source):
        notes.append("The queries under [sql] in the mapping were not used: the data are files.")
    return tuple(notes)


def require_enough_rows(
    table: str, location: str, rows_lost: int, rows_read: int, faults: Iterable[TableFault]
) -> None:
    """Refuse a table of which more than half was lost.

    Raises
    ------
    DataError
    """
    if rows_lost * 2 <= rows_read:
        return
    reasons = "\n".join(f"  - {fault.format_line()}" for fault in faults if fault.rejects)
    raise DataError(
        f"{location}: {rows_lost:,} of {rows_read:,} rows cannot be used, expected at least half. "
        f"Check the mapping, or export again.\n{reasons}"
    )
