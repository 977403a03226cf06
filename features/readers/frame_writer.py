"""How is a file written whole or not at all? Under another name beside it, and renamed at the end.

Lives here: CSV and Parquet, one frame or many after the other; whether a folder can be written to. Does not live here:
reading (``raw_files``).
"""

import gzip
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet

from features.errors import DataError
from features.readers.csv_writer import write_csv
from features.readers.raw_files import get_suffix

__all__ = ["open_atomic_writer", "require_writable", "write_frame"]


def write_frame(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a frame as CSV (.csv, .csv.gz) or Parquet (.parquet), atomically: a reader never sees half a file.

    Raises
    ------
    DataError
        If the suffix is another one or the folder is missing.
    """
    with open_atomic_writer(path) as write:
        write(frame)


@contextmanager
def open_atomic_writer(path: str | Path) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Yield ``write(frame)``, which appends frames of the same columns to a new file.

    The file appears under its name when all is written, or not at all.

    Raises
    ------
    DataError
        If the suffix is none that ``write_frame`` knows or the folder is missing.
    """
    path = Path(path)
    suffix = get_suffix(path)
    if suffix not in (".csv", ".csv.gz", ".parquet"):
        raise DataError(
            f"files: {str(path)!r} ends in {path.suffix or 'nothing'!r}, expected .csv, .csv.gz or .parquet. "
            "Choose one of them."
        )
    if not path.parent.is_dir():
        raise DataError(
            f"files: there is no folder {str(path.parent)!r} to write {path.name!r} into. "
            "Create it first, or choose another."
        )
    # In the same folder, because os.replace is atomic only within one file system.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=suffix)
    os.close(handle)
    try:
        with _open_parquet_writer(temporary) if suffix == ".parquet" else _open_csv_writer(temporary) as write:
            yield write
        os.chmod(temporary, 0o666 & ~_get_umask())
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)


@contextmanager
def _open_csv_writer(path: str) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Append frames as CSV, with one header."""
    open_file = gzip.open if path.endswith(".gz") else open
    with open_file(path, "wt", encoding="utf-8", newline="") as file:
        headers = iter((True,))
        yield lambda frame: write_csv(frame, file, header=next(headers, False))


@contextmanager
def _open_parquet_writer(path: str) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Append frames as row groups, in the types of the first one; a column without a value there becomes text."""
    with ExitStack() as stack:
        writer: list[parquet.ParquetWriter] = []

        def write(frame: pd.DataFrame) -> None:
            if not writer:
                schema = pa.Schema.from_pandas(frame, preserve_index=False)
                fields = [
                    field.with_type(pa.large_string()) if pa.types.is_null(field.type) else field for field in schema
                ]
                writer.append(stack.enter_context(parquet.ParquetWriter(path, pa.schema(fields, schema.metadata))))
            writer[0].write_table(pa.Table.from_pandas(frame, writer[0].schema, preserve_index=False))

        yield write


def require_writable(folder: str | Path) -> None:
    """Refuse a folder before long work whose result could not be written there. Nothing is left behind.

    Raises
    ------
    DataError
        If neither the folder nor the nearest one above it that exists can be written to.
    """
    existing = Path(folder).absolute()
    while not existing.exists():
        existing = existing.parent
    try:
        # Permission bits do not tell on network drives and read-only mounts, so something is really created.
        with tempfile.TemporaryDirectory(dir=existing):
            pass
    except OSError as error:
        raise DataError(
            f"files: nothing can be written to {str(existing)!r} ({error.strerror}). "
            f"Choose another location for {Path(folder).name!r}."
        ) from None


def _get_umask() -> int:
    """Return the permissions that a new file of this process does not get. (It can only be read by setting it.)"""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
