"""How are the Parquet files of one table read without holding them in memory? As one table, from start to end.

Lives here: the parts' common columns, slices of rows with their position in their file.
Does not live here: which leads go together (``chunks.chunked_tables``), one file read whole (``raw_files``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from features.array_types import IntArray
from features.readers.raw_files import RawFrame, arrow_to_frame

__all__ = ["FileSlice", "ParquetSource"]

FileSlice = tuple[pa.Table, int, int]
"""(rows, number of their file, rows of that file before them)."""


@dataclass(frozen=True)
class ParquetSource:
    """The Parquet files of one table: as one table, read from its start to its end."""

    files: tuple[Path, ...]
    headers: tuple[tuple[str, ...], ...]
    schema: pa.Schema
    rows: tuple[int, ...]

    @classmethod
    def of(cls, files: tuple[Path, ...]) -> "ParquetSource | None":
        """Open the files; None where they must be read whole: headers to clean up, or a column of several types."""
        try:
            parquets = [parquet.ParquetFile(file) for file in files]
        except (pa.ArrowInvalid, OSError):
            return None  # reading the file whole reports what is wrong
        schemas = [file.schema_arrow.remove_metadata() for file in parquets]
        types: dict[str, set[pa.DataType]] = {}
        for field in (field for schema in schemas for field in schema):
            types.setdefault(field.name, set()).add(field.type)
        irregular = any(name != " ".join(name.split()) or not name or len(kinds) > 1 for name, kinds in types.items())
        if irregular or any(len(set(schema.names)) < len(schema.names) for schema in schemas):
            return None
        return cls(
            files,
            tuple(tuple(schema.names) for schema in schemas),
            pa.schema([(name, kinds.pop()) for name, kinds in types.items()]),
            tuple(file.metadata.num_rows for file in parquets),
        )

    @property
    def rows_before(self) -> IntArray:
        """Rows in all earlier files."""
        return np.concatenate([[0], np.cumsum(self.rows)[:-1]]).astype(np.int64)

    def iter_slices(self, size: int, columns: list[str] | None = None) -> Iterator[FileSlice]:
        """Yield slices of at most ``size`` rows; a column that a file lacks is empty there."""
        schema = self.schema if columns is None else pa.schema([self.schema.field(name) for name in columns])
        for number, (file, headers) in enumerate(zip(self.files, self.headers, strict=True)):
            start = 0
            present = [name for name in schema.names if name in headers]
            for batch in parquet.ParquetFile(file).iter_batches(size, columns=present, use_threads=False):
                arrays = [
                    batch.column(field.name) if field.name in headers else pa.nulls(len(batch), field.type)
                    for field in schema
                ]
                yield pa.Table.from_arrays(arrays, schema=schema), number, start
                start += len(batch)

    def read_head(self, count: int) -> RawFrame:
        """Read the first rows of the table."""
        slices, rows = [], 0
        for file_slice in self.iter_slices(count):
            slices.append(file_slice)
            rows += file_slice[0].num_rows
            if rows >= count:
                break
        return self.concat_slices(slices)

    def iter_chunks(self, size: int) -> Iterator[list[FileSlice]]:
        """Yield lists of slices that have exactly ``size`` rows together, fewer in the last one.

        A chunk may end inside one file and begin in another: 5 and 4 rows in chunks of 3 are [3], [2 + 1], [3].
        """
        chunk, count = [], 0
        for table, number, start in self.iter_slices(size):
            while table.num_rows:
                length = min(size - count, table.num_rows)
                chunk.append((table.slice(0, length), number, start))
                # slice copies nothing: both halves point into the memory of the file's own batch.
                table, start, count = table.slice(length), start + length, count + length
                if count == size:
                    yield chunk
                    chunk, count = [], 0
        if chunk:
            yield chunk

    def to_raw_frame(self, table: pa.Table, number: np.ndarray, row: np.ndarray) -> RawFrame:
        """Return rows of this table as a raw frame, ``row`` counted from 1 in the file ``number``."""
        frame = arrow_to_frame(table)
        if len(self.files) == 1:
            return RawFrame(frame, "", "", (), row)
        names = tuple(f"{self.files[0].parent.name}/{file.name}" for file in self.files)
        return RawFrame(frame, "", "", (), row, files=names, file_of=number, rows_before=self.rows_before)

    def concat_slices(self, slices: list[FileSlice]) -> RawFrame:
        """Return the rows of several slices as one raw frame."""
        table = pa.concat_tables([self.schema.empty_table(), *(rows for rows, _, _ in slices)])
        rows = [np.arange(start + 1, start + 1 + part.num_rows) for part, _, start in slices]
        numbers = [np.full(part.num_rows, number, np.intp) for part, number, _ in slices]
        return self.to_raw_frame(
            table, np.concatenate([np.empty(0, np.intp), *numbers]), np.concatenate([np.empty(0, np.int64), *rows])
        )
