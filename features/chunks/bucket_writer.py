"""How do big files become buckets? In one pass, segment by segment, in constant memory; after a kill it goes on.

Lives here: the files of each table, the bucket of each row, the segments, the digest of the inputs.
Does not live here: what a folder of buckets holds (``bucket_folder``), reading text in blocks (``readers.csv_blocks``).

A segment is written under another name and renamed, so a file with its own name is whole. What a killed run left is
used where it was made of the same inputs, and refused otherwise.
"""

import hashlib
import json
import math
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.array_types import CHUNK_LEADS, IntArray
from features.chunks.bucket_folder import BucketManifest, BucketTable, is_bucket_folder
from features.chunks.chunk_files import append_positions
from features.chunks.chunk_plan import ROWS_PER_LEAD
from features.durable_files import replace_file
from features.errors import DataError
from features.folder_lock import delete_locked, list_unlocked, lock_folder
from features.mapping.column_mapping import Mapping
from features.readers.csv_blocks import TextSource
from features.readers.parquet_files import ParquetSource
from features.readers.partitioned_files import find_table_files, is_url, list_unread_files
from features.tables.row_identity import hash_ids
from features.workers.code_digest import digest_code

__all__ = ["open_table", "write_buckets"]

SEGMENT_ROWS = {
    "leads": 8 * CHUNK_LEADS,
    "events": ROWS_PER_LEAD * CHUNK_LEADS,
    "outcomes": ROWS_PER_LEAD * CHUNK_LEADS,
}
"""Rows of a segment: what is in memory at once."""
_PLAN = "plan.json"
_BLOCK_BYTES = 1 << 22
_MAX_BUCKETS = 100_000


def write_buckets(
    data: str | Path,
    mapping: Mapping,
    out: Path,
    report_progress: Callable[[str, int, int], None],
    buckets: int | None = None,
) -> BucketManifest:
    """Write the rows of leads, events and outcomes to buckets by the hash of their lead.

    Parameters
    ----------
    data : str or Path
        A CSV or Parquet file of leads, a folder of tables, each a file or a folder of parts, or a database's URL.
    mapping : Mapping
        Says which column names the lead.
    out : Path
        Folder to make; one that a killed run left is completed.
    buckets : int, optional
        How many; one for each 32,768 leads when left out.

    Raises
    ------
    DataError
        If the data cannot be read in pieces, or ``out`` holds something else.
    """
    if is_url(data):
        return _write_database(str(data), mapping, out, report_progress, buckets)
    sources = _open_sources(data, mapping)
    path = Path(data)
    if buckets is None:
        longest = max((sum(source.rows) for name, source in sources.items() if name != "leads"), default=0)
        buckets = max(
            math.ceil(sum(sources["leads"].rows) / CHUNK_LEADS), math.ceil(longest / (ROWS_PER_LEAD * CHUNK_LEADS)), 1
        )
    buckets = min(buckets, _MAX_BUCKETS)
    headers = {
        name: mapping.match_headers(name, source.schema.names).get("lead_id") for name, source in sources.items()
    }
    digest = _digest_inputs(sources, [buckets, headers, sorted(mapping.missing_texts)], report_progress)
    if is_bucket_folder(out) and BucketManifest.read(out).digest == digest:
        return BucketManifest.read(out)
    _refuse_foreign(out)
    with lock_folder(out, "buckets"):
        _claim_folder(out, digest)
        tables = {}
        for name, source in sources.items():
            writer = _SegmentWriter(out / name, source, headers[name], mapping, buckets)
            tables[name] = _write_table(writer, name, report_progress)
        files = {name: source.files for name, source in sources.items()}
        unread = tuple(list_unread_files(path, files)) if path.is_dir() else ()
        manifest = BucketManifest(digest, buckets, tuple(sorted(mapping.missing_texts)), str(data), unread, tables)
        manifest.write(out)
        (out / _PLAN).unlink(missing_ok=True)
    return manifest


def _write_database(
    url: str, mapping: Mapping, out: Path, report_progress: Callable[[str, int, int], None], buckets: int | None
) -> BucketManifest:
    """Read a database into private files beside ``out``, write these to buckets, and remove them."""
    # Only those who read a database wait for its library.
    from features.chunks.database_export import export_database

    files = out.resolve().with_name(f".{out.resolve().name}.export")
    if is_bucket_folder(out) and not files.exists():
        raise DataError(
            f"buckets: {str(out)!r} is complete, and a database may have changed since. Use it as it is, or delete it "
            "to read the database again."
        )
    if not is_bucket_folder(out):
        _refuse_foreign(out)
    with lock_folder(files, "buckets"):
        export = export_database(url, mapping, files, report_progress)
        manifest = write_buckets(files, mapping, out, report_progress, buckets)
        # Messages name the database, and never a URL, which may hold a password.
        tables = {
            name: replace(
                table,
                location=export.name,
                notes=(f"{name}: {export.rows[name]:,} rows were read from {export.name}.",),
            )
            for name, table in manifest.tables.items()
        }
        manifest = replace(manifest, data=export.name, unread_files=(), from_database=True, tables=tables)
        manifest.write(out)
        delete_locked(files)
    return manifest


def _open_sources(data: str | Path, mapping: Mapping) -> dict[str, ParquetSource]:
    """Open the files of every table."""
    if mapping.joined:
        raise DataError(
            "buckets: exports that are joined by contact cannot be read in pieces. Export leads, events and outcomes "
            "as CSV or Parquet files that name the lead of each row."
        )
    files = find_table_files(Path(data), mapping.leads_file)
    return {name: open_table(name, parts) for name, parts in files.items()}


def open_table(name: str, files: tuple[Path, ...]) -> ParquetSource:
    """Open the files of one table so that they are read in pieces.

    Raises
    ------
    DataError
        If they are neither all Parquet nor all text, or cannot be read in pieces.
    """
    kinds = {file.name.lower().endswith(".parquet") for file in files}
    if len(kinds) > 1:
        raise DataError(f"buckets: {files[0].parent.name}/ mixes Parquet with other files. Keep one kind of them.")
    source = ParquetSource.of(files) if kinds.pop() else TextSource.of(files)
    if source is None:
        raise DataError(
            f"buckets: the Parquet files of {name} cannot be read in pieces: a file is damaged, a header is empty or "
            "there twice, or a column has another type in another part. Write them again with equal types."
        )
    return source


def _digest_inputs(
    sources: dict[str, ParquetSource], decisions: list, report_progress: Callable[[str, int, int], None]
) -> str:
    """Hash the bytes of all files, their order, and what decides which bucket a row is in."""
    files = [(name, file) for name, source in sources.items() for file in source.files]
    total, done = sum(file.stat().st_size for _, file in files), 0
    digests = []
    for name, file in files:
        digest = hashlib.sha256()
        with file.open("rb") as stream:
            for block in iter(lambda: stream.read(_BLOCK_BYTES), b""):
                digest.update(block)
                done += len(block)
                report_progress("Hashing the files", done, total)
        digests.append([name, file.name, digest.hexdigest()])
    return hashlib.sha256(json.dumps([digests, decisions, SEGMENT_ROWS]).encode()).hexdigest()


def _refuse_foreign(out: Path) -> None:
    """Refuse a folder that holds something else, before anything is written into it."""
    if list_unlocked(out) and not (out / _PLAN).exists():
        raise _describe_foreign(out)


def _describe_foreign(out: Path) -> DataError:
    """Describe a folder that holds something else."""
    return DataError(
        f"buckets: {str(out)!r} is not empty, and what it holds was not made of these files with this mapping. "
        "Delete it, or name another folder."
    )


def _claim_folder(out: Path, digest: str) -> None:
    """Begin a new folder, or go on with one that this version began for the same inputs."""
    plan, begun = out / _PLAN, {"digest": digest, "code": digest_code()}
    if plan.exists():
        claimed = json.loads(plan.read_text())
        if claimed == begun:
            return
        if claimed["digest"] == digest:
            # Half of the rows of a lead might lie where another version's hashes put them.
            raise DataError(
                f"buckets: {str(out)!r} was begun by another version of Leadlight or of a library that it computes "
                "with, expected the same one until it is complete. Delete it, and run this again."
            )
    if list_unlocked(out):
        raise _describe_foreign(out)
    replace_file(plan, json.dumps(begun).encode())


def _write_table(writer: "_SegmentWriter", name: str, report_progress: Callable[[str, int, int], None]) -> BucketTable:
    """Write the rows of a table; return what is known of it."""
    source = writer.source
    if name == "spend":
        segments = _copy_files(source, writer.folder)
    else:
        segments = writer.write(SEGMENT_ROWS[name], name, report_progress)
    return BucketTable(
        str(source.files[0] if len(source.files) == 1 else source.files[0].parent),
        tuple(map(str, source.files)),
        source.headers,
        source.rows,
        writer.id_header,
        segments,
        *((source.notes, source.ragged) if isinstance(source, TextSource) else ()),
    )


def _copy_files(source: ParquetSource, folder: Path) -> int:
    """Copy a small table's files as they are."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for file in source.files:
        shutil.copyfile(file, folder / file.name)
    return 0


@dataclass(frozen=True)
class _SegmentWriter:
    """Writes the rows of one table, in segments of several slices."""

    folder: Path
    source: ParquetSource
    id_header: str | None
    mapping: Mapping
    buckets: int

    def write(self, size: int, name: str, report_progress: Callable[[str, int, int], None]) -> int:
        """Write every segment that is not there yet; return how many there are."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        count = done = 0
        for rows in self._iter_segments(size):
            path = self.folder / f"{count:06}.arrow"
            if not path.exists():
                self._write_segment(path, rows)
            count, done = count + 1, done + rows.num_rows
            report_progress(f"Sorting {name} into buckets", done, sum(self.source.rows))
        return count

    def _iter_segments(self, size: int) -> Iterator[pa.Table]:
        """Yield rows with their positions, at least one segment even without rows."""
        slices: list[pa.Table] = [append_positions(self.source.schema.empty_table(), 0, 0)]
        rows = 0
        for table, number, start in self.source.iter_slices(size):
            if rows and rows + table.num_rows > size:
                yield pa.concat_tables(slices)
                slices, rows = slices[:1], 0
            slices.append(append_positions(table, number, start))
            rows += table.num_rows
        yield pa.concat_tables(slices)

    def _write_segment(self, path: Path, rows: pa.Table) -> None:
        """Write one record batch for each bucket, whole or not at all."""
        bucket = self._find_buckets(rows)
        order = np.argsort(bucket, kind="stable")
        bounds = np.searchsorted(bucket[order], np.arange(self.buckets + 1))
        sorted_rows = rows.unify_dictionaries().take(order).combine_chunks().to_batches()
        batch = sorted_rows[0] if sorted_rows else _make_empty_batch(rows.schema)
        draft = path.with_suffix(".draft")
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with pa.OSFile(str(draft), "wb") as file, pa.ipc.new_file(file, batch.schema, options=options) as writer:
            for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
                writer.write_batch(batch.slice(low, high - low))
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(draft, path)

    def _find_buckets(self, rows: pa.Table) -> IntArray:
        """Return the bucket of each row: by the hash of its lead's id, by its position where leads have no id."""
        if self.id_header is not None:
            # The lowest bit of a hash only says that there is an id.
            hashes = hash_ids(rows.column(self.id_header), self.mapping) >> np.uint64(1)
        elif self.folder.name == "leads":
            hashes = (rows.column(rows.num_columns - 2).to_numpy() // 1_000).astype(np.uint64)
        else:
            hashes = np.zeros(rows.num_rows, np.uint64)
        return (hashes % np.uint64(self.buckets)).astype(np.int64)


def _make_empty_batch(schema: pa.Schema) -> pa.RecordBatch:
    """Return a record batch without rows."""
    return pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in schema], schema=schema)
