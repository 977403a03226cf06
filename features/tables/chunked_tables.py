"""How are tables read that are larger than memory? In pieces of leads, each with its own events and outcomes, validated
as the whole would be.

Lives here: cutting Parquet files into pieces, bringing every lead's events to its piece in a private temporary folder,
one report of all pieces. Does not live here: what a valid row is (``tables``), what must be known of all leads before
one is scored (``survey``).

CSV, Excel and databases are read whole, as one piece; so is Parquet that fits in one, has no lead_id, or whose parts
hold a column in several types. The temporary folder (in ``TMPDIR``) holds personal data: nobody else may read it, and
it is removed whatever happens."""

import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from features.array_types import CHUNK_LEADS, IntArray
from features.mapping.column_mapping import Mapping
from features.parsing.scalars import to_text
from features.parsing.timestamps import count_days_above_twelve
from features.practice.practice import Practice
from features.readers.parquet_files import ParquetSource
from features.readers.partitioned_files import (
    make_hashable,
    find_table_files,
    is_url,
    join_parts,
    describe_parts,
    list_unread_files,
    find_rows_of_earlier_parts,
)
from features.readers.raw_files import RawFrame, arrow_to_frame, read_frame
from features.schema import TABLES
from features.tables.leads_table import DECIDING_ROWS, RepeatedRows, decide_columns, find_repeats
from features.tables.row_validation import TableFault, Note, merge_chunk_reports
from features.tables.tables import Tables, WholeTableFacts, collect_notes, require_enough_rows, read_tables, format_report, validate_tables

__all__ = ["LEADS_AT_ONCE", "TableChunks", "read_in_chunks"]

LEADS_AT_ONCE = CHUNK_LEADS
"""As many as features are computed for at once, so that nothing of a piece is read twice."""
_OTHERS_AT_ONCE = 16
"""So many events or outcomes for each lead are read at once, at most on average."""
_MOST_PIECES = 512
"""Each piece is a file that stays open while events are brought to their leads."""
_ROW, _FILE = "row  of the file", "number  of the file"
"""Names that no header has: two spaces in one are folded, or the file is read whole."""


@dataclass(frozen=True)
class _Said:
    """What one piece of one table says about its rows."""

    faults: list[TableFault]
    notes: list[Note]
    lost: int
    read: int
    kept: int


class TableChunks:
    """Validated tables, one piece of the leads after the other; can be gone through more than once.

    The first time through counts what is said about all rows: then ``report`` can be asked for.

    Parameters
    ----------
    leads : int
        Rows of leads in all pieces.
    """

    def __init__(self, leads: int) -> None:
        self.leads = leads

    def __iter__(self) -> Iterator[Tables]:
        """The pieces, in the order of the leads."""
        raise NotImplementedError

    def report(self) -> str:
        """``Tables.report`` of all pieces together."""
        raise NotImplementedError


class _OnePiece(TableChunks):
    """Tables that were read whole."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(len(tables.leads))
        self._tables = tables

    def __iter__(self) -> Iterator[Tables]:
        yield self._tables

    def report(self) -> str:
        return self._tables.report()


class _ManyPieces(TableChunks):
    """Parquet files, cut."""

    def __init__(
        self,
        path: Path,
        mapping: Mapping,
        practice: Practice,
        sources: dict[str, ParquetSource],
        others: list[str],
        size: int,
        folder: Path,
    ) -> None:
        leads = sum(sources["leads"].rows)
        super().__init__(leads)
        self._path, self._practice, self._sources, self._others, self._folder = path, practice, sources, others, folder
        self._size = max(size, math.ceil(leads / _MOST_PIECES))
        most = max((sum(source.rows) for name, source in sources.items() if name != "leads"), default=0)
        self._count = max(
            math.ceil(leads / self._size), min(math.ceil(most / (_OTHERS_AT_ONCE * self._size)), _MOST_PIECES), 1
        )
        self._said: dict[str, list[_Said]] = {}
        self._again = dict.fromkeys(sources, 0)
        self._places = {
            name: str(source.files[0] if len(source.files) == 1 else source.files[0].parent)
            for name, source in sources.items()
        }
        for name, source in sources.items():
            mapping.check_headers(name, source.schema.names, self._places[name], scoring=True)
        self._mapping, self._decisions = decide_columns(self._first_leads(), mapping)
        self._whole = WholeTableFacts(day_first={name: self._day_first(name) for name in sources})

    def gather(self, tell: Callable[[str, int, int], None]) -> None:
        """Find the leads that stand more than once, and bring every other row to the piece of its lead."""
        hashes = self._lead_hashes()
        order = np.argsort(hashes, kind="stable")
        ascending = hashes[order]
        self._find_repeats(hashes, np.unique(ascending[1:][ascending[1:] == ascending[:-1]]))
        piece = (order // self._size).astype(np.int32)
        del hashes, order
        for name in (name for name in self._sources if name in ("events", "outcomes")):
            self._partition(name, ascending, piece, tell)

    def __iter__(self) -> Iterator[Tables]:
        first = not self._said
        source = self._sources["leads"]
        cuts = source.cut(self._size)
        for number in range(self._count):
            raw = self._without(source.raw_of_stretches(next(cuts, [])))
            raws = {"leads": raw} | {
                name: self._others_of(name, number) for name in self._sources if name in ("events", "outcomes")
            }
            if number == 0 and "spend" in self._sources:
                raws["spend"] = join_parts(self._sources["spend"].files, read_frame)
            tables = validate_tables(raws, self._places, self._mapping, self._practice, True, self._whole)
            if first:
                for name, sieve in tables.sieves.items():
                    said = _Said(sieve.faults, sieve.notes, sieve.lost, sieve.read, len(getattr(tables, name)))
                    self._said.setdefault(name, []).append(said)
            yield replace(tables, sieves={})
        if first:
            self._must_have_enough()

    def report(self) -> str:
        said = {name: self._said[name] for name in TABLES if name in self._said}
        together = {name: merge_chunk_reports(pieces) for name, pieces in said.items()}
        on_files = {name: self._on_files(name) for name in said}
        notes = collect_notes(
            self._path,
            self._mapping,
            self._others,
            on_files,
            self._decisions,
            {name: notes for name, (_, notes) in together.items()},
        )
        read, kept = (
            {name: sum(getattr(one, what) for one in pieces) for name, pieces in said.items()}
            for what in ("read", "kept")
        )
        return format_report(read, kept, [fault for faults, _ in together.values() for fault in faults], notes)

    def _must_have_enough(self) -> None:
        """Refuse tables of which more than half was lost."""
        for name in (name for name in TABLES if name in self._said):
            lost, read = (sum(getattr(one, what) for one in self._said[name]) for what in ("lost", "read"))
            require_enough_rows(name, self._places[name], lost, read, merge_chunk_reports(self._said[name])[0])

    def _on_files(self, name: str) -> tuple[str, ...]:
        """The notes on the files of a table."""
        source = self._sources[name]
        if name == "spend":
            return join_parts(source.files, read_frame).notes
        return () if len(source.files) == 1 else describe_parts(source.files, source.headers, (), self._again[name])

    def _first_leads(self) -> pd.DataFrame:
        """The rows that decide what a column is of which the mapping says nothing."""
        source, held = self._sources["leads"], []
        for table, number, start in source.stretches(DECIDING_ROWS):
            held.append((table, number, start))
            if sum(one.num_rows for one, _, _ in held) >= DECIDING_ROWS:
                break
        return source.raw_of_stretches(held).frame.head(DECIDING_ROWS)

    def _day_first(self, name: str) -> dict[str, bool | None]:
        """Of the columns that hold dates as text: whether the day comes first, None when nothing proves it."""
        source, columns = self._sources[name], self._mapping.match_headers(name, self._sources[name].schema.names)
        dated = {theirs for ours, theirs in columns.items() if TABLES[name].column(ours).kind == "time"}
        if name == "leads":
            dated |= {theirs for theirs, kind in self._mapping.custom.items() if kind == "date"} | {
                self._mapping.label_known_at
            }
        proofs = {}
        for header in (one.name for one in source.schema if one.name in dated and not pa.types.is_timestamp(one.type)):
            counts = np.zeros(2, np.int64)
            for table, _, _ in source.stretches(_OTHERS_AT_ONCE * self._size, [header]):
                counts += count_days_above_twelve(arrow_to_frame(table)[header])
            proofs[header] = None if counts[0] == counts[1] else bool(counts[0] > counts[1])
        return proofs

    def _lead_hashes(self) -> np.ndarray:
        """A hash of each lead's id, in the order of the rows; 0 for none."""
        header = self._mapping.match_headers("leads", self._sources["leads"].schema.names)["lead_id"]
        stretches = self._sources["leads"].stretches(_OTHERS_AT_ONCE * self._size, [header])
        return np.concatenate(
            [np.empty(0, np.uint64), *(_hashes(table.column(0), self._mapping) for table, _, _ in stretches)]
        )

    def _find_repeats(self, hashes: np.ndarray, seen_again: np.ndarray) -> None:
        """Look at the rows whose lead_id stands more than once together: their number bounds the memory this takes."""
        source = self._sources["leads"]
        chosen = np.isin(hashes, seen_again) if len(seen_again) else np.zeros(len(hashes), bool)
        chosen |= (hashes == 0) if len(source.files) > 1 else False
        before, held = source.rows_before, []
        for table, number, start in source.stretches(self._size) if chosen.any() else ():
            wanted = np.flatnonzero(chosen[before[number] + start :][: table.num_rows])
            held += (
                [(table.take(wanted), np.full(len(wanted), number, np.intp), start + 1 + wanted)] if len(wanted) else []
            )
        if not held:
            self._dropped, repeats = np.empty(0, np.int64), RepeatedRows(np.empty(0, np.int64), np.empty(0, np.int64))
        else:
            tables, numbers, rows = zip(*held, strict=True)
            raw = source.raw(pa.concat_tables(tables), np.concatenate(numbers), np.concatenate(rows))
            again = _again(raw)
            self._dropped, repeats = raw.numbers[again], find_repeats(_taken(raw, ~again), self._mapping)
        self._again["leads"] = len(self._dropped)
        self._whole = replace(self._whole, repeats=repeats)

    def _without(self, raw: RawFrame) -> RawFrame:
        """Leads without the rows that stand in an earlier file too."""
        return _taken(raw, ~np.isin(raw.numbers, self._dropped)) if len(self._dropped) else raw

    def _partition(
        self, name: str, ascending: np.ndarray, piece: IntArray, tell: Callable[[str, int, int], None]
    ) -> None:
        """Write the rows of events or outcomes to one file for each piece, in their order, each with its place in the
        practice's own files.
        """
        source, done = self._sources[name], 0
        header = self._mapping.match_headers(name, source.schema.names).get("lead_id")
        with _Writers(self._folder, name, source.schema) as writers:
            for table, number, start in source.stretches(_OTHERS_AT_ONCE * LEADS_AT_ONCE):
                to = np.zeros(table.num_rows, np.int32)
                if header is not None:
                    to = self._piece_of(_hashes(table.column(header), self._mapping), ascending, piece)
                row = pa.array(np.arange(start + 1, start + 1 + table.num_rows, dtype=np.int64))
                writers.write(
                    table.append_column(_ROW, row).append_column(
                        _FILE, pa.array(np.full(table.num_rows, number, np.int32))
                    ),
                    to,
                )
                done += table.num_rows
                tell(f"Sorting {name} by lead", done, sum(source.rows))

    def _piece_of(self, hashes: np.ndarray, ascending: np.ndarray, piece: IntArray) -> IntArray:
        """The piece of each row's lead; rows of strangers are spread over all pieces, those of one stranger together."""
        first = (
            np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]])) if len(hashes) else np.empty(0, np.intp)
        )
        asked = hashes[first]
        place = np.minimum(np.searchsorted(ascending, asked), len(ascending) - 1)
        found = np.where(ascending[place] == asked, piece[place], asked % np.uint64(self._count)).astype(np.int32)
        return np.repeat(found, np.diff(np.append(first, len(hashes))))

    def _others_of(self, name: str, number: int) -> RawFrame:
        """The events or outcomes of one piece, in the order of their files; without those that stand in an earlier file
        too.
        """
        source, file = self._sources[name], _file_of(self._folder, name, number)
        schema = _with_places(source.schema)
        if file.exists():
            with pa.ipc.open_stream(file) as stream:
                table = stream.read_all()
        else:
            table = schema.empty_table()
        of, row = table.column(_FILE).to_numpy().astype(np.intp), table.column(_ROW).to_numpy()
        raw = source.raw(table.select(source.schema.names), of, row)
        again = _again(raw)
        if not again.any():
            return raw
        self._again[name] += int(again.sum()) if len(self._said.get(name, ())) == number else 0
        return _taken(raw, ~again)


class _Writers:
    """Files of Arrow rows, one for each piece that has any."""

    def __init__(self, folder: Path, name: str, schema: pa.Schema) -> None:
        self._folder, self._name, self._schema = folder, name, _with_places(schema)
        self._open: dict[int, pa.RecordBatchStreamWriter] = {}

    def __enter__(self) -> "_Writers":
        return self

    def __exit__(self, *raised: object) -> None:
        for writer in self._open.values():
            writer.close()

    def write(self, table: pa.Table, to: IntArray) -> None:
        """Append each row to the file of its piece."""
        if len(to) and (to[1:] < to[:-1]).any():
            order = np.argsort(to, kind="stable")
            table, to = table.take(order), to[order]
        bounds = (
            np.concatenate([[0], np.flatnonzero(to[1:] != to[:-1]) + 1, [len(to)]]) if len(to) else np.zeros(1, np.intp)
        )
        for low, high in zip(bounds[:-1], bounds[1:], strict=True):
            self._writer(int(to[low])).write_table(table.slice(low, high - low))

    def _writer(self, number: int) -> pa.RecordBatchStreamWriter:
        if number not in self._open:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._open[number] = pa.ipc.new_stream(
                _file_of(self._folder, self._name, number), self._schema, options=options
            )
        return self._open[number]


@contextmanager
def read_in_chunks(
    path: str | Path,
    mapping: Mapping | None = None,
    practice: Practice | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    leads_at_once: int = LEADS_AT_ONCE,
) -> Iterator[TableChunks]:
    """Everything a practice gives us to be scored, as ``tables.read_tables`` reads it, in pieces of at least
    ``leads_at_once`` leads.

    The pieces together say what the whole says, to the bit, whether they are one or many. Arguments and errors as for
    ``read_tables``; that more than half of a table's rows are rejected is known, and said, when the pieces have been
    gone through once."""
    mapping, practice, tell = (
        mapping or Mapping.identity(),
        practice or Practice(),
        progress or (lambda what, done, total: None),
    )
    sources = _sources(path, mapping, leads_at_once)
    if sources is None:
        yield _OnePiece(read_tables(path, mapping, practice, tell, scoring=True))
        return
    with tempfile.TemporaryDirectory(prefix="leadlight-") as folder:
        others = (
            list_unread_files(Path(path), {name: source.files for name, source in sources.items()})
            if Path(path).is_dir()
            else []
        )
        pieces = _ManyPieces(Path(path), mapping, practice, sources, others, leads_at_once, Path(folder))
        pieces.gather(tell)
        yield pieces


def _sources(path: str | Path, mapping: Mapping, leads_at_once: int) -> dict[str, ParquetSource] | None:
    """The Parquet files of every table; None where the tables are read whole."""
    files = {} if is_url(path) else find_table_files(Path(path))
    if not files or any(not file.name.lower().endswith(".parquet") for parts in files.values() for file in parts):
        return None
    sources = {name: ParquetSource.of(parts) for name, parts in files.items()}
    if any(source is None for source in sources.values()) or "lead_id" not in mapping.match_headers(
        "leads", sources["leads"].schema.names
    ):
        return None
    ids = {name: mapping.match_headers(name, source.schema.names).get("lead_id") for name, source in sources.items()}
    if any(header is not None and header not in part for name, header in ids.items() for part in sources[name].headers):
        return None
    few = sum(sources["leads"].rows) <= leads_at_once and all(
        sum(one.rows) <= _OTHERS_AT_ONCE * leads_at_once for one in sources.values()
    )
    return None if few else sources


def _hashes(ids: pa.ChunkedArray, mapping: Mapping) -> np.ndarray:
    """A hash of each id as ``Tables`` spell it, 0 for none. Shape (n,)."""
    encoded = (
        ids.combine_chunks().dictionary_encode()
        if pa.types.is_string(ids.type) or pa.types.is_large_string(ids.type)
        else None
    )
    raw = arrow_to_frame(pa.table({"id": ids if encoded is None else encoded.dictionary}))["id"]
    texts = to_text(raw, mapping.missing_texts)[0]
    known = ~pd.isna(texts)
    found = np.zeros(len(texts) + 1, np.uint64)
    found[:-1][known] = pd.util.hash_array(texts[known].astype(object), categorize=False) | np.uint64(1)
    return (
        found[:-1] if encoded is None else found[encoded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)]
    )


def _again(raw: RawFrame) -> np.ndarray:
    """Rows that stand in an earlier file too, with the same value in every cell."""
    if raw.file_of is None or not len(raw.frame):
        return np.zeros(len(raw.frame), bool)
    return find_rows_of_earlier_parts(make_hashable(raw.frame), raw.file_of)


def _taken(raw: RawFrame, chosen: np.ndarray) -> RawFrame:
    """Some of the rows."""
    of = None if raw.file_of is None else raw.file_of[chosen]
    return replace(raw, frame=raw.frame[chosen].reset_index(drop=True), rows=raw.rows[chosen], file_of=of)


def _with_places(schema: pa.Schema) -> pa.Schema:
    """A table's schema with each row's place in its file."""
    return schema.append(pa.field(_ROW, pa.int64())).append(pa.field(_FILE, pa.int32()))


def _file_of(folder: Path, name: str, number: int) -> Path:
    """Where the rows of one piece stand."""
    return folder / f"{name}-{number}.arrows"
