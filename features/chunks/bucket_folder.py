"""What is in a folder of buckets? Rows of leads, events and outcomes by the hash of their lead, and where each was.

Lives here: the manifest, the Arrow files of segments with one record batch for each bucket, reading a bucket or a
column of all.
Does not live here: making the buckets (``bucket_writer``), validating them (``bucket_tables``).

All rows of a lead are in one bucket, whatever their file, in the order of the files. The rows are as the practice gave
them: nothing is converted, so a folder of buckets holds personal data and only its owner may read it.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.chunks.chunk_files import split_positions
from features.durable_files import replace_file
from features.errors import DataError
from features.readers.parquet_files import FileSlice, ParquetSource
from features.readers.raw_files import RawFrame

__all__ = ["MANIFEST", "BucketManifest", "BucketSource", "BucketTable", "is_bucket_folder"]

MANIFEST = "buckets.json"
_VERSION = 1


@dataclass(frozen=True)
class BucketTable:
    """One table of a folder of buckets.

    Parameters
    ----------
    location : str
        Where its files were, for messages.
    files : tuple of str
        Their paths.
    headers : tuple of tuples of str
        The columns of each.
    rows : tuple of int
        Rows of data of each.
    id_header : str or None
        The column that names the lead; None where the table has none.
    segments : int
        Arrow files of the table.
    notes : tuple of str
        What was decided while reading, one sentence each.
    ragged : tuple of (int, int)
        File and row of each line with too many or too few fields.
    """

    location: str
    files: tuple[str, ...]
    headers: tuple[tuple[str, ...], ...]
    rows: tuple[int, ...]
    id_header: str | None
    segments: int
    notes: tuple[str, ...] = ()
    ragged: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class BucketManifest:
    """What a folder of buckets was made of.

    Parameters
    ----------
    digest : str
        sha256 of the inputs' contents and of what decides which bucket a row is in.
    buckets : int
    missing_texts : tuple of str
        Texts that stand for no value, of which an id may be one.
    data : str
        The file or folder that the buckets were made of.
    unread_files : tuple of str
        Files of that folder that were not read.
    tables : dict
        Table -> what is known of it. ``spend`` has no segments: its files are copied.
    from_database : bool
        Whether ``data`` names a database, which was read by the mapping's queries.
    """

    digest: str
    buckets: int
    missing_texts: tuple[str, ...]
    data: str
    unread_files: tuple[str, ...] = ()
    tables: dict[str, BucketTable] = field(default_factory=dict)
    from_database: bool = False

    def write(self, folder: Path) -> None:
        """Write the manifest, which makes the folder complete."""
        replace_file(folder / MANIFEST, json.dumps({"version": _VERSION, **asdict(self)}, indent=1).encode())

    @classmethod
    def read(cls, folder: Path) -> "BucketManifest":
        """Read the manifest of a complete folder.

        Raises
        ------
        DataError
            If the folder is not complete, or was written by a version that stores buckets in another way.
        """
        if not is_bucket_folder(folder):
            raise DataError(
                f"buckets: {str(folder)!r} has no {MANIFEST}, so it is no complete folder of buckets. "
                "Run leadlight bucket, or run it again to go on where it stopped."
            )
        content = json.loads((folder / MANIFEST).read_text())
        if content.pop("version") != _VERSION:
            raise DataError(f"buckets: {str(folder)!r} was made by another version. Make the buckets again.")
        tables = {name: BucketTable(**_freeze(table)) for name, table in content.pop("tables").items()}
        return cls(**_freeze(content), tables=tables)


def _freeze(fields: dict) -> dict:
    """Return fields of JSON with tuples in the place of lists."""
    return {name: _to_tuple(value) for name, value in fields.items()}


def _to_tuple(value: object) -> object:
    """Return nested lists as tuples."""
    return tuple(map(_to_tuple, value)) if isinstance(value, list) else value


def is_bucket_folder(path: str | Path) -> bool:
    """Return whether this is a complete folder of buckets."""
    return "://" not in str(path) and (Path(path) / MANIFEST).is_file()


@dataclass(frozen=True)
class BucketSource(ParquetSource):
    """The rows of one table in buckets.

    Parameters
    ----------
    segments : tuple of Path
        Arrow files, in the order of the table's own files.
    ragged : tuple of (int, int)
        File and row of each line with too many or too few fields.
    """

    segments: tuple[Path, ...] = ()
    ragged: tuple[tuple[int, int], ...] = ()

    @classmethod
    def open(cls, folder: Path, name: str, table: BucketTable) -> "BucketSource":
        """Open the segments of a table."""
        segments = tuple(folder / name / f"{number:06}.arrow" for number in range(table.segments))
        with pa.memory_map(str(segments[0])) as file:
            positioned = pa.ipc.open_file(file).schema
        schema = pa.schema(list(positioned)[:-2])
        files = tuple(map(Path, table.files))
        return cls(files, table.headers, schema, table.rows, segments, table.ragged)

    def iter_slices(self, size: int, columns: list[str] | None = None) -> Iterator[FileSlice]:
        """Yield all rows, a segment at a time, for what their order does not matter to; file and row are not told."""
        names = self.schema.names
        options = pa.ipc.IpcReadOptions(included_fields=[names.index(name) for name in columns or names])
        for segment in self.segments:
            with pa.memory_map(str(segment)) as file:
                yield pa.ipc.open_file(file, options=options).read_all().select(columns or names), 0, 0

    def read_head(self, count: int) -> RawFrame:
        """Read the first rows of the table, as its files have them."""
        parts, rows = [], 0
        for segment in self.segments:
            with pa.memory_map(str(segment)) as file:
                parts.append(pa.ipc.open_file(file).read_all())
            rows += parts[-1].num_rows
            if rows >= count:
                break
        table, number, row = split_positions(pa.concat_tables(parts))
        order = np.lexsort((row, number))[:count]
        return self.to_raw_frame(table.take(order), number[order], row[order])

    def read_bucket(self, bucket: int) -> RawFrame:
        """Read the rows of one bucket, in the order of the table's own files.

        Ragged lines have no lead; they are counted with the rows of the first bucket.
        """
        batches = []
        for segment in self.segments:
            with pa.memory_map(str(segment)) as file:
                batches.append(pa.ipc.open_file(file).get_batch(bucket))
        raw = self.to_raw_frame(*split_positions(pa.Table.from_batches(batches)))
        if bucket or not self.ragged:
            return raw
        files = tuple(number for number, _ in self.ragged) if len(self.files) > 1 else ()
        fields = vars(raw) | {"ragged": tuple((row, "") for _, row in self.ragged), "ragged_file_of": files}
        return RawFrame(**fields)
