"""How do events and outcomes get to the chunk of their lead? Through one temporary Arrow file for each chunk.

Lives here: writing rows to the file of their chunk with their position in the practice's own files, reading a chunk.
Does not live here: which chunk a row belongs to, who may read the folder (``chunked_tables``).
"""

from pathlib import Path

import numpy as np
import pyarrow as pa

from features.array_types import IntArray
from features.readers.parquet_files import ParquetSource
from features.readers.raw_files import RawFrame

__all__ = ["ChunkWriters", "add_position_fields", "append_positions", "read_chunk", "split_positions"]

ROW, FILE = "row  of the file", "number  of the file"
"""Names that no header has: two spaces in a header are folded, or its file is read whole."""


class ChunkWriters:
    """Open files of Arrow rows of one table, one for each chunk that has any."""

    def __init__(self, folder: Path, table: str, schema: pa.Schema) -> None:
        self._folder, self._table, self._schema = folder, table, add_position_fields(schema)
        self._open: dict[int, pa.RecordBatchStreamWriter] = {}

    def __enter__(self) -> "ChunkWriters":
        return self

    def __exit__(self, *raised: object) -> None:
        for writer in self._open.values():
            writer.close()

    def write(self, rows: pa.Table, number: int, start: int, chunk: IntArray) -> None:
        """Append each row, from position ``start`` of file ``number``, to the file of its chunk."""
        rows = append_positions(rows, number, start)
        if not rows.num_rows:
            return
        # Arrow writes runs of rows much faster than single rows. The sort is stable: order inside a chunk stays.
        if (chunk[1:] < chunk[:-1]).any():
            order = np.argsort(chunk, kind="stable")
            rows, chunk = rows.take(order), chunk[order]
        bounds = np.concatenate([[0], np.flatnonzero(chunk[1:] != chunk[:-1]) + 1, [len(chunk)]])
        for low, high in zip(bounds[:-1], bounds[1:], strict=True):
            self._get_writer(int(chunk[low])).write_table(rows.slice(low, high - low))

    def _get_writer(self, chunk: int) -> pa.RecordBatchStreamWriter:
        """Return the writer of a chunk's file, opened when first needed."""
        if chunk not in self._open:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            path = _get_chunk_path(self._folder, self._table, chunk)
            self._open[chunk] = pa.ipc.new_stream(path, self._schema, options=options)
        return self._open[chunk]


def read_chunk(folder: Path, table: str, source: ParquetSource, chunk: int) -> RawFrame:
    """Read the rows of one chunk, in the order of the practice's own files."""
    path = _get_chunk_path(folder, table, chunk)
    if path.exists():
        with pa.ipc.open_stream(path) as stream:
            rows = stream.read_all()
    else:
        rows = add_position_fields(source.schema).empty_table()
    return source.to_raw_frame(*split_positions(rows))


def append_positions(rows: pa.Table, number: int, start: int) -> pa.Table:
    """Return rows with their position: row ``start + 1`` and following ones of file ``number``."""
    row = pa.array(np.arange(start + 1, start + 1 + rows.num_rows, dtype=np.int64))
    return rows.append_column(ROW, row).append_column(FILE, pa.array(np.full(rows.num_rows, number, np.int32)))


def split_positions(rows: pa.Table) -> tuple[pa.Table, np.ndarray, np.ndarray]:
    """Return rows without their positions, the number of their file, and their row in it."""
    number, row = rows.column(FILE).to_numpy().astype(np.intp), rows.column(ROW).to_numpy()
    return rows.drop_columns([ROW, FILE]), number, row


def add_position_fields(schema: pa.Schema) -> pa.Schema:
    """Return a table's schema with each row's position in the practice's files."""
    return schema.append(pa.field(ROW, pa.int64())).append(pa.field(FILE, pa.int32()))


def _get_chunk_path(folder: Path, table: str, chunk: int) -> Path:
    """Return the file that holds the rows of one chunk."""
    return folder / f"{table}-{chunk}.arrows"
