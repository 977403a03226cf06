"""Which raw tables does a source have? A file, a folder, a database or frames in memory -> the rows of each table.

Lives here: choosing the reader by the source, and adding the exports of a folder that a mapping joins.
Does not live here: reading one file (``features.readers``), joining one export (``folder_tables``), validating rows
(``features.tables``).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from features.joins.folder_tables import join_folder
from features.mapping.column_answers import apply_answers
from features.mapping.column_mapping import Mapping
from features.practice.practice import Practice
from features.readers.memory_frames import Source, get_frames, read_memory_frames
from features.readers.partitioned_files import find_table_files, is_url, join_parts, list_unread_files
from features.readers.raw_files import RawFrame, read_frame
from features.schema import TABLES

__all__ = ["RawTables", "join_exports", "read_raw_tables"]


@dataclass(frozen=True)
class RawTables:
    """Each table's location and raw rows, leads first; and files beside them that were not read."""

    locations: dict[str, str]
    frames: dict[str, RawFrame]
    unread_files: list[str]


def read_raw_tables(
    source: Source, mapping: Mapping, report_progress: Callable[[str, int, int], None], scoring: bool
) -> RawTables:
    """Read all tables as they are, but for the mapping's [answers], and check that they have its columns."""
    if not isinstance(source, (str, Path)):
        frames = get_frames(source)
        raws = RawTables({name: f"frame of {name}" for name in frames}, read_memory_frames(frames), [])
    elif is_url(source):
        from features.readers import databases  # only those who read a database wait for its library

        report_progress("Reading tables", 0, 1)
        location, raw_frames = databases.read_raw_tables(str(source), mapping)
        raws = RawTables(dict.fromkeys(raw_frames, location), raw_frames, [])
    else:
        path = Path(source)
        files = find_table_files(path, mapping.leads_file)
        locations = {name: str(parts[0] if len(parts) == 1 else parts[0].parent) for name, parts in files.items()}
        raws = RawTables(locations, {}, list_unread_files(path, files) if path.is_dir() else [])
        for done, (name, parts) in enumerate(files.items()):
            report_progress("Reading tables", done, len(files))
            raws.frames[name] = join_parts(parts, partial(_read_file, mapping=mapping, sheet=name == "leads"))
    for name, raw in raws.frames.items():
        mapping.check_headers(name, raw.frame.columns, raws.locations[name], scoring)
    report_progress("Reading tables", len(raws.frames), len(raws.frames))
    leads = raws.frames["leads"]
    raws.frames["leads"] = replace(leads, frame=apply_answers(leads.frame, mapping.answers))
    return raws


def join_exports(
    source: Source, raws: RawTables, mapping: Mapping, practice: Practice, scoring: bool
) -> tuple[RawTables, list[str]]:
    """Return the raw tables with the other exports of the folder that the mapping joins, and what to say of them."""
    if not mapping.joined or is_url(source) or not isinstance(source, (str, Path)):
        return raws, []
    folder = Path(source)
    frames, joins = join_folder(folder, raws.frames, mapping, practice, read_frame, scoring)
    locations = {name: str(folder) for name in frames} | raws.locations
    unread = [name for name in raws.unread_files if name not in mapping.joined]
    notes = [note for join in joins for note in (*join.format_lines(), *(f"{join.file}: {x}" for x in join.notes))]
    return RawTables(locations, {name: frames[name] for name in TABLES if name in frames}, unread), notes


def _read_file(file: Path, mapping: Mapping, sheet: bool) -> RawFrame:
    """Read one file with the mapping's separator, encoding and sheet."""
    return read_frame(
        file, separator=mapping.separator, encoding=mapping.encoding, sheet=mapping.sheet if sheet else None
    )
