"""What stands in the Parquet files of one table? Their rows as one table, read from its start to its end, never whole.

Lives here: the parts' common columns, stretches of rows with their place in their file.
Does not live here: which leads go together (``pieces``), one file read whole (``files``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from features.array_types import IntArray
from features.readers.raw_files import RawFrame, arrow_to_frame

__all__ = ["ParquetSource"]


@dataclass(frozen=True)
class ParquetSource:
    """The Parquet files of one table: as one table, read from its start to its end."""

    files: tuple[Path, ...]
    headers: tuple[tuple[str, ...], ...]
    schema: pa.Schema
    rows: tuple[int, ...]

    @classmethod
    def of(cls, files: tuple[Path, ...]) -> "ParquetSource | None":
        """None where these files have to be read whole: headers to be mended, or a column of several types."""
        try:
            opened = [parquet.ParquetFile(file) for file in files]
        except (pa.ArrowInvalid, OSError):
            return None  # reading it whole says what is wrong
        schemas = [one.schema_arrow.remove_metadata() for one in opened]
        types: dict[str, set[pa.DataType]] = {}
        for one in (field for schema in schemas for field in schema):
            types.setdefault(one.name, set()).add(one.type)
        odd = any(name != " ".join(name.split()) or not name or len(kinds) > 1 for name, kinds in types.items())
        if odd or any(len(set(schema.names)) < len(schema.names) for schema in schemas):
            return None
        whole = pa.schema([(name, kinds.pop()) for name, kinds in types.items()])
        return cls(
            files,
            tuple(tuple(schema.names) for schema in schemas),
            whole,
            tuple(one.metadata.num_rows for one in opened),
        )

    @property
    def rows_before(self) -> IntArray:
        """Rows in all earlier files."""
        return np.concatenate([[0], np.cumsum(self.rows)[:-1]]).astype(np.int64)

    def stretches(self, size: int, columns: list[str] | None = None) -> Iterator[tuple[pa.Table, int, int]]:
        """(rows, number of their file, rows of that file before them), at most ``size`` rows at a time; a column that a
        file lacks is empty there.
        """
        wanted = self.schema if columns is None else pa.schema([self.schema.field(name) for name in columns])
        for number, (file, headers) in enumerate(zip(self.files, self.headers, strict=True)):
            start = 0
            opened = parquet.ParquetFile(file)
            for batch in opened.iter_batches(
                size, columns=[name for name in wanted.names if name in headers], use_threads=False
            ):
                arrays = [
                    batch.column(one.name) if one.name in headers else pa.nulls(len(batch), one.type) for one in wanted
                ]
                yield pa.Table.from_arrays(arrays, schema=wanted), number, start
                start += len(batch)

    def cut(self, size: int) -> Iterator[list[tuple[pa.Table, int, int]]]:
        """The stretches of exactly ``size`` rows in all, the last one shorter."""
        held, count = [], 0
        for table, number, start in self.stretches(size):
            while table.num_rows:
                taken = min(size - count, table.num_rows)
                held.append((table.slice(0, taken), number, start))
                table, start, count = table.slice(taken), start + taken, count + taken
                if count == size:
                    yield held
                    held, count = [], 0
        if held:
            yield held

    def raw(self, table: pa.Table, number: np.ndarray, row: np.ndarray) -> RawFrame:
        """Rows of this table, ``row`` counted from 1 in the file ``number``."""
        frame = arrow_to_frame(table)
        if len(self.files) == 1:
            return RawFrame(frame, "", "", (), row)
        names = tuple(f"{self.files[0].parent.name}/{file.name}" for file in self.files)
        return RawFrame(frame, "", "", (), row, files=names, file_of=number, rows_before=self.rows_before)

    def raw_of_stretches(self, stretches: list[tuple[pa.Table, int, int]]) -> RawFrame:
        """Rows that were cut from the files."""
        whole = pa.concat_tables([self.schema.empty_table(), *(table for table, _, _ in stretches)])
        rows = [np.arange(start + 1, start + 1 + table.num_rows) for table, _, start in stretches]
        numbers = [np.full(table.num_rows, number, np.intp) for table, number, _ in stretches]
        return self.raw(
            whole, np.concatenate([np.empty(0, np.intp), *numbers]), np.concatenate([np.empty(0, np.int64), *rows])
        )
