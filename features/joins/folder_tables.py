"""Which rows of events and outcomes does a folder have, with those of the exports that are joined to its leads?

Lives here: reading each joined export of a mapping, and adding its rows to the raw tables.
Does not live here: joining one export (``export_join``), validating the rows (``tables.tables``).
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import MappingError
from features.joins.export_join import ExportJoin, JoinedRows, join_rows, require_export_joined
from features.joins.export_rows import read_rows
from features.joins.lead_contacts import LeadContacts
from features.mapping.column_mapping import Mapping
from features.mapping.joined_exports import JOIN_KEYS, JoinedExport
from features.mapping.validation import find_missing_columns
from features.practice.practice import Practice
from features.readers.raw_files import RawFrame
from features.tables.date_columns import complete_mapping, decide_dates, refuse_questions
from features.tables.leads_table import LeadFacts, LeadTable, read_leads

__all__ = ["FolderJoin", "join_export", "join_folder", "read_joining_columns", "read_lead_contacts"]

FolderJoin = tuple[dict[str, RawFrame], list[ExportJoin]]
"""Table -> its raw rows with those of the joined exports; and the counts of each export."""


def read_lead_contacts(raw: RawFrame, location: str, mapping: Mapping, practice: Practice) -> LeadContacts:
    """Return the keys of the leads of a raw file. ``decide_columns`` has completed the mapping."""
    return LeadContacts(read_joining_columns(raw, location, mapping, practice).frame)


def read_joining_columns(raw: RawFrame, location: str, mapping: Mapping, practice: Practice) -> LeadTable:
    """Return the leads of a raw file with the columns that rows of other exports are joined by, and no others."""
    headers = mapping.match_headers("leads", raw.frame.columns)
    used = [headers[name] for name in (*JOIN_KEYS, "created_at") if name in headers]
    used += [clock for clock in mapping.time_columns if clock in raw.frame and clock not in used]
    raw = replace(raw, frame=raw.frame[used])
    mapping = replace(mapping, custom={}, label_column=None, label_known_at=None)
    mapping = replace(mapping, label_open_days=None, label_decided_by=None, label_initial=())
    dates = {"leads": decide_dates("leads", raw.frame, mapping)}
    refuse_questions({"leads": location}, dates)
    return read_leads(raw, complete_mapping(mapping, dates), practice, True, LeadFacts(dates=dates["leads"]))


def join_export(
    file: str, raw: RawFrame, export: JoinedExport, leads: LeadContacts, mapping: Mapping, practice: Practice
) -> JoinedRows:
    """Join one export to the leads.

    Raises
    ------
    MappingError
        If it lacks a column of the mapping, or its dates contradict each other.
    """
    settings = {f"[joined.{file!r}] {name}": header for name, header in (*export.keys.items(), *export.columns.items())}
    faults = find_missing_columns(settings, list(raw.frame.columns))
    if faults:
        raise MappingError(f"{file}: {len(faults)} fault(s) in the mapping.\n" + "\n".join(f"  - {x}" for x in faults))
    read = read_rows(file, raw.frame, export, practice.zone, mapping.missing_texts)
    joined = join_rows(file, raw.frame, export, read, leads, mapping.missing_texts)
    return replace(joined, rows=raw.rows[joined.rows - 1])


def join_folder(
    folder: Path,
    raws: dict[str, RawFrame],
    mapping: Mapping,
    practice: Practice,
    read_file: Callable[[Path], RawFrame],
    scoring: bool,
) -> FolderJoin:
    """Return the raw tables with the rows of every joined export that the mapping names.

    Raises
    ------
    MappingError
        If an export is not in the folder; when leads are scored, it may be absent.
    DataError
        If too few rows of an export found their lead; see ``export_join.require_export_joined``.
    """
    present = {file: export for file, export in mapping.joined.items() if (folder / file).is_file()}
    absent = sorted({*mapping.joined} - {*present})
    if absent and not scoring:
        raise MappingError(
            f"{folder}: the mapping joins {', '.join(absent)}, which {'is' if len(absent) == 1 else 'are'} not there. "
            "Give the folder that holds the exports, or remove the section under [joined]."
        )
    if not present:
        return raws, []
    leads = read_lead_contacts(raws["leads"], str(folder), mapping, practice)
    joined: dict[str, list[tuple[str, JoinedRows]]] = {}
    joins = []
    for file, export in present.items():
        rows = join_export(file, read_file(folder / file), export, leads, mapping, practice)
        require_export_joined(rows.join, export, scoring)
        joins.append(rows.join)
        joined.setdefault(export.becomes, []).append((file, rows))
    return raws | {table: _add_rows(raws.get(table), table, parts, mapping) for table, parts in joined.items()}, joins


def _add_rows(raw: RawFrame | None, table: str, parts: list[tuple[str, JoinedRows]], mapping: Mapping) -> RawFrame:
    """Return a table's raw rows with those of the joined exports, under the headers that the mapping knows."""
    frames = [part.frame.rename(columns=lambda name: mapping.find_header(name, table)) for _, part in parts]
    rows = [part.rows for _, part in parts]
    files, faults = [file for file, _ in parts], [part.faults for _, part in parts]
    file_of = [np.full(len(frame), number) for number, frame in enumerate(frames)]
    if raw is None:
        frame = pd.concat([_to_objects(part) for part in frames], ignore_index=True)
        return _build_raw(frame, rows, files, file_of, faults)
    sources = list(raw.files) or [table]
    own_file_of = np.zeros(len(raw.frame), np.intp) if raw.file_of is None else raw.file_of
    frame = pd.concat([part.astype(object) for part in (raw.frame, *frames)], ignore_index=True)
    no_faults = np.full(len(raw.frame), None, object)
    joined = _build_raw(
        frame,
        [raw.rows, *rows],
        sources + files,
        [own_file_of, *(part + len(sources) for part in file_of)],
        [no_faults, *faults],
    )
    ragged_file_of = raw.ragged_file_of or (0,) * len(raw.ragged)
    return replace(joined, notes=raw.notes, ragged=raw.ragged, ragged_file_of=ragged_file_of)


def _to_objects(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with Python's own values, None for missing, but for its times.

    Times keep their type, so that what was read from the export is not read a second time, value by value.
    """
    columns = {name: frame[name].astype(object).where(frame[name].notna(), None) for name in frame}
    times = {name: frame[name] for name in frame if pd.api.types.is_datetime64_any_dtype(frame[name].dtype)}
    return pd.DataFrame(columns | times)


def _build_raw(
    frame: pd.DataFrame,
    rows: list[np.ndarray],
    files: list[str],
    file_of: list[np.ndarray],
    faults: list[np.ndarray],
) -> RawFrame:
    """Build the raw rows of a table that comes from several files."""
    return RawFrame(
        _to_objects(frame),
        "",
        "",
        (),
        np.concatenate(rows),
        files=tuple(files),
        file_of=np.concatenate(file_of).astype(np.intp),
        rows_before=np.zeros(len(files), np.int64),
        unmatched=np.concatenate(faults),
    )
