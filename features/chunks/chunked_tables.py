"""How are tables read that are larger than memory? In chunks of leads, each with its own events and outcomes, validated
as the whole tables would be.

Lives here: cutting Parquet files into chunks, finding the chunk of every event and outcome, one report of all chunks.
Does not live here: the temporary files (``chunk_files``), what a valid row is (``tables``), what only the whole
tables show (``whole_table_facts``), what must be known of all leads before one is scored
(``point_in_time.chunked_context``).

CSV, Excel and databases are read whole, as one chunk; so is Parquet that fits in one, has no lead_id, or whose parts
have a column in several types. The temporary folder (in ``TMPDIR``) holds personal data: nobody else may read it, and
it is removed whatever happens.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.array_types import CHUNK_LEADS, IntArray
from features.chunks.chunk_files import ChunkWriters, read_chunk
from features.chunks.chunk_plan import ROWS_PER_LEAD, open_sources, plan_chunks
from features.chunks.chunk_reports import ChunkReports
from features.chunks.whole_table_facts import decide_tables
from features.mapping.column_answers import apply_answers
from features.mapping.column_mapping import Mapping
from features.practice.practice import Practice
from features.readers.memory_frames import Source
from features.readers.parquet_files import ParquetSource
from features.readers.partitioned_files import describe_parts, join_parts, list_unread_files
from features.readers.raw_files import RawFrame, read_frame
from features.tables.leads_table import RepeatedRows, find_repeats
from features.tables.row_identity import find_copies, has_point_zeros, hash_ids, select_rows
from features.tables.table_report import collect_notes
from features.tables.tables import Tables, read_tables, validate_tables

__all__ = ["LEADS_AT_ONCE", "TableChunks", "read_in_chunks"]

LEADS_AT_ONCE = CHUNK_LEADS
"""As many as features are computed for at once, so that nothing of a chunk is read twice."""


class TableChunks:
    """Validated tables, one chunk of the leads after the other; can be iterated more than once.

    The first iteration counts what is reported about all rows: ``report`` needs it.

    Parameters
    ----------
    leads : int
        Rows of leads in all chunks.
    """

    def __init__(self, leads: int) -> None:
        self.leads = leads

    def __iter__(self) -> Iterator[Tables]:
        """Yield the chunks, in the order of the leads."""
        raise NotImplementedError

    def report(self) -> str:
        """Report what ``Tables.report`` does, for all chunks together."""
        raise NotImplementedError


class _SingleChunk(TableChunks):
    """Tables that were read whole."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(len(tables.leads))
        self._tables = tables

    def __iter__(self) -> Iterator[Tables]:
        yield self._tables

    def report(self) -> str:
        return self._tables.report()


class _ParquetChunks(TableChunks):
    """Parquet files, cut into chunks."""

    def __init__(
        self,
        path: Path,
        mapping: Mapping,
        practice: Practice,
        sources: dict[str, ParquetSource],
        size: int,
        folder: Path,
    ) -> None:
        leads = sum(sources["leads"].rows)
        super().__init__(leads)
        self._path, self._practice, self._sources, self._folder = path, practice, sources, folder
        self._size, self._count = plan_chunks(leads, sources, size)
        self._reports = ChunkReports()
        self._repeated_rows = dict.fromkeys(sources, 0)
        self._locations = {
            name: str(source.files[0] if len(source.files) == 1 else source.files[0].parent)
            for name, source in sources.items()
        }
        decided = decide_tables(sources, self._locations, mapping, practice, size)
        self._keeps_zeros = False
        self._mapping, self._decisions, self._whole = decided.mapping, decided.notes, decided.facts

    def sort_by_lead(self, report_progress: Callable[[str, int, int], None]) -> None:
        """Find the leads whose id occurs more than once, and write every other row to the chunk of its lead."""
        hashes = self._hash_leads()
        order = np.argsort(hashes, kind="stable")
        ascending = hashes[order]
        self._find_repeats(hashes, np.unique(ascending[1:][ascending[1:] == ascending[:-1]]))
        lead_chunks = (order // self._size).astype(np.int32)
        # Eight and more bytes for each lead of the practice: gone before the events are read.
        del hashes, order
        for name in (name for name in self._sources if name in ("events", "outcomes")):
            self._partition(name, ascending, lead_chunks, report_progress)

    def __iter__(self) -> Iterator[Tables]:
        is_first_iteration = not self._reports.tables
        source = self._sources["leads"]
        lead_chunks = source.iter_chunks(self._size)
        for number in range(self._count):
            raw = self._drop_repeats(source.concat_slices(next(lead_chunks, [])))
            raw = replace(raw, frame=apply_answers(raw.frame, self._mapping.answers))
            raws = {"leads": raw} | {
                name: self._read_others(name, number) for name in self._sources if name in ("events", "outcomes")
            }
            if number == 0 and "spend" in self._sources:
                raws["spend"] = join_parts(self._sources["spend"].files, read_frame)
            tables = validate_tables(raws, self._locations, self._mapping, self._practice, True, self._whole)
            if is_first_iteration:
                self._reports.add(tables)
            yield replace(tables, validators={})
        if is_first_iteration:
            self._reports.require_enough_rows(self._locations, self._mapping.allow_unmatched)

    def report(self) -> str:
        merged = self._reports.merge()
        notes = collect_notes(
            self._path,
            self._mapping,
            self._list_unread_files(),
            {name: self._get_file_notes(name) for name in merged},
            self._decisions,
            {name: notes for name, (_, notes) in merged.items()},
        )
        return self._reports.format(notes)

    def _list_unread_files(self) -> list[str]:
        """List the files of the folder that were not read."""
        if not self._path.is_dir():
            return []
        return list_unread_files(self._path, {name: source.files for name, source in self._sources.items()})

    def _get_file_notes(self, name: str) -> tuple[str, ...]:
        """Return the notes on the files of a table."""
        source = self._sources[name]
        if name == "spend":
            return join_parts(source.files, read_frame).notes
        if len(source.files) == 1:
            return ()
        return describe_parts(source.files, source.headers, (), self._repeated_rows[name])

    def _hash_leads(self) -> np.ndarray:
        """Return a hash of each lead's id, in the order of the rows; 0 for a missing id."""
        header = self._mapping.match_headers("leads", self._sources["leads"].schema.names)["lead_id"]
        slices = self._sources["leads"].iter_slices(ROWS_PER_LEAD * self._size, [header])
        hashes, zero_hashes, parts = [np.empty(0, np.uint64)], [np.empty(0, np.uint64)], [np.empty(0, np.intp)]
        for table, number, _ in slices:
            ids = table.column(0)
            hashes.append(hash_ids(ids, self._mapping))
            zero_hashes.append(hash_ids(ids, self._mapping, keeps_zeros=True) if has_point_zeros(ids) else hashes[-1])
            parts.append(np.full(len(ids), number, np.intp))
        forms, written, part_of = np.concatenate(hashes), np.concatenate(zero_hashes), np.concatenate(parts)
        # In one file "1001" and "1001.0" are two leads; where one part has floats and another none, they are one.
        self._keeps_zeros = any(
            len(np.unique(written[part_of == part])) > len(np.unique(forms[part_of == part]))
            for part in np.unique(part_of[written != forms])
        )
        return written if self._keeps_zeros else forms

    def _find_repeats(self, hashes: np.ndarray, repeated_hashes: np.ndarray) -> None:
        """Compare the rows whose lead_id occurs more than once; their number bounds the memory this takes."""
        source = self._sources["leads"]
        selected = np.isin(hashes, repeated_hashes) if len(repeated_hashes) else np.zeros(len(hashes), bool)
        # Rows without an id may also be in two parts, and then the second one is dropped.
        selected |= (hashes == 0) if len(source.files) > 1 else False
        rows_before, parts = source.rows_before, []
        for table, number, start in source.iter_slices(self._size) if selected.any() else ():
            rows = np.flatnonzero(selected[rows_before[number] + start :][: table.num_rows])
            if len(rows):
                parts.append((table.take(rows), np.full(len(rows), number, np.intp), start + 1 + rows))
        if parts:
            tables, numbers, rows = zip(*parts, strict=True)
            raw = source.to_raw_frame(pa.concat_tables(tables), np.concatenate(numbers), np.concatenate(rows))
            again = find_copies(raw)
            self._dropped, repeats = raw.numbers[again], find_repeats(select_rows(raw, ~again), self._mapping)
        else:
            self._dropped, repeats = np.empty(0, np.int64), RepeatedRows(np.empty(0, np.int64), np.empty(0, np.int64))
        self._repeated_rows["leads"] = len(self._dropped)
        self._whole = replace(self._whole, repeats=repeats)

    def _drop_repeats(self, raw: RawFrame) -> RawFrame:
        """Return leads without the rows that are in an earlier file too."""
        return select_rows(raw, ~np.isin(raw.numbers, self._dropped)) if len(self._dropped) else raw

    def _partition(
        self,
        name: str,
        ascending: np.ndarray,
        lead_chunks: IntArray,
        report_progress: Callable[[str, int, int], None],
    ) -> None:
        """Write the rows of events or outcomes to one file for each chunk, in their order."""
        source, done = self._sources[name], 0
        header = self._mapping.match_headers(name, source.schema.names).get("lead_id")
        with ChunkWriters(self._folder, name, source.schema) as writers:
            for table, number, start in source.iter_slices(ROWS_PER_LEAD * LEADS_AT_ONCE):
                chunk = np.zeros(table.num_rows, np.int32)
                if header is not None:
                    ids = table.column(header)
                    hashes = hash_ids(ids, self._mapping)
                    if self._keeps_zeros:
                        written = hash_ids(ids, self._mapping, keeps_zeros=True)
                        hashes = np.where(np.isin(written, ascending), written, hashes)
                    chunk = self._find_chunks(hashes, ascending, lead_chunks)
                writers.write(table, number, start, chunk)
                done += table.num_rows
                report_progress(f"Sorting {name} by lead", done, sum(source.rows))

    def _find_chunks(self, hashes: np.ndarray, ascending: np.ndarray, lead_chunks: IntArray) -> IntArray:
        """Return the chunk of each row's lead.

        Rows of unknown leads are spread over all chunks, those of one unknown lead together.
        """
        if not len(hashes):
            return np.empty(0, np.int32)
        # Rows of one lead are often neighbors: each run of equal hashes is looked up once.
        first = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]]))
        distinct = hashes[first]
        position = np.minimum(np.searchsorted(ascending, distinct), len(ascending) - 1)
        is_lead = ascending[position] == distinct
        chunks = np.where(is_lead, lead_chunks[position], distinct % np.uint64(self._count)).astype(np.int32)
        return np.repeat(chunks, np.diff(np.append(first, len(hashes))))

    def _read_others(self, name: str, number: int) -> RawFrame:
        """Read the events or outcomes of one chunk, without those that are in an earlier file too."""
        raw = read_chunk(self._folder, name, self._sources[name], number)
        again = find_copies(raw)
        if not again.any():
            return raw
        # Counted once, however often the chunks are iterated.
        self._repeated_rows[name] += int(again.sum()) if self._reports.count(name) == number else 0
        return select_rows(raw, ~again)


@contextmanager
def read_in_chunks(
    path: Source,
    mapping: Mapping | None = None,
    practice: Practice | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    leads_at_once: int = LEADS_AT_ONCE,
) -> Iterator[TableChunks]:
    """Read everything a practice gives us to be scored, in chunks of at least ``leads_at_once`` leads.

    The chunks together equal what ``tables.read_tables`` reads, to the bit, whether they are one or many. Arguments and
    errors are those of ``read_tables``; that more than half of a table's rows are rejected is only known, and raised,
    when the chunks have been iterated once.
    """
    mapping, practice = mapping or Mapping.identity(), practice or Practice()
    report_progress = progress or (lambda what, done, total: None)
    sources = open_sources(path, mapping, leads_at_once)
    if sources is None or not isinstance(path, (str, Path)):
        yield _SingleChunk(read_tables(path, mapping, practice, report_progress, scoring=True))
        return
    with tempfile.TemporaryDirectory(prefix="leadlight-") as folder:
        chunks = _ParquetChunks(Path(path), mapping, practice, sources, leads_at_once, Path(folder))
        chunks.sort_by_lead(report_progress)
        yield chunks
