"""How does a database become files that are read in pieces? Its rows as the server sends them, into one Parquet file a
table.

Lives here: the stream, and one type for each column. Does not live here: opening a database (``readers.databases``),
what becomes of the files (``bucket_writer``).

In PostgreSQL all tables are read in one transaction, as of one moment, and a transaction cannot go on in another
process: an export that was killed begins anew, and one that is complete is not made again.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet

from features.durable_files import replace_file
from features.errors import DataError
from features.mapping.column_mapping import Mapping
from features.readers.databases import Database, list_readable, open_database
from features.readers.store_export import is_store
from features.workers.code_digest import digest_code

__all__ = ["DatabaseExport", "export_database"]

_MANIFEST = "export.json"
_SAME = ("source", "queries", "code")
"""What makes a complete export one that need not be made again."""
_DIGITS_OF_A_FLOAT = 15


@dataclass(frozen=True)
class DatabaseExport:
    """What was read of a database.

    Parameters
    ----------
    name : str
        What errors and notes call the database.
    source : str
        sha256 of where it is and who reads it, without a password: two servers of one host have one name.
    queries : dict
        Table -> the mapping's query.
    rows : dict
        Table -> rows that were read.
    code : str
        ``digest_code()`` of the version that read them.
    """

    name: str
    source: str
    queries: dict[str, str]
    rows: dict[str, int]
    code: str


def export_database(
    url: str, mapping: Mapping, folder: Path, report_progress: Callable[[str, int, int], None]
) -> DatabaseExport:
    """Write each table of a database into a Parquet file, in the memory of 50,000 rows; use a complete export.

    Parameters
    ----------
    folder : Path
        Of this database and mapping alone; only its owner may read it.

    Raises
    ------
    DataError
        If the database cannot be read, is the desk's own store, or a column has values of several kinds.
    """
    with open_database(url) as database:
        available = list_readable(database, mapping)
        if is_store(database.tables) and "leads" not in mapping.sql:
            raise DataError(
                f"buckets: {database.name} is the desk's own store, which keeps for each lead what its source left "
                "empty, and cannot be read in pieces. Score it as it is: leadlight score --data URL."
            )
        queries = {name: mapping.sql[name] for name in available if name in mapping.sql}
        manifest = folder / _MANIFEST
        if manifest.exists():
            finished = json.loads(manifest.read_text())
            # Another version may read the same rows as other values.
            if [finished.get(name) for name in _SAME] == [database.source, queries, digest_code()]:
                return DatabaseExport(**finished)
        rows = {}
        for done, name in enumerate(available):
            report_progress("Reading the database", done, len(available))
            rows[name] = _export_table(database, name, mapping.sql.get(name), folder)
        export = DatabaseExport(database.name, database.source, queries, rows, digest_code())
        replace_file(manifest, json.dumps(vars(export)).encode())
    return export


def _export_table(database: Database, name: str, query: str | None, folder: Path) -> int:
    """Write the rows of a table into a Parquet file; return how many there are.

    A column's type shows when all of its rows have come: an empty start has none. So the rows lie in parts until then.
    """
    parts, kinds, rows = folder / f".{name}", dict[str, set[pa.DataType]](), 0
    shutil.rmtree(parts, ignore_errors=True)
    parts.mkdir(mode=0o700)
    for number, frame in enumerate(database.iter_frames(name, query)):
        table = pa.table({header: _to_arrow(frame[header], name, header) for header in frame.columns})
        for field in table.schema:
            kinds.setdefault(field.name, set()).add(field.type)
        parquet.write_table(table, parts / f"{number:06}.parquet")
        rows += len(frame)
    schema = pa.schema([(header, _choose_type(types, name, header)) for header, types in kinds.items()])
    with parquet.ParquetWriter(folder / f"{name}.parquet", schema) as writer:
        for file in sorted(parts.iterdir()):
            writer.write_table(_cast(parquet.read_table(file), schema, name))
    shutil.rmtree(parts)
    return rows


def _cast(part: pa.Table, schema: pa.Schema, name: str) -> pa.Table:
    """Give the columns of a part the types of all parts; whole numbers that a float cannot hold are refused."""
    columns = []
    for field in schema:
        try:
            columns.append(part[field.name].cast(field.type))
        except pa.ArrowInvalid:
            raise _describe_kinds(name, field.name, "fractions and whole numbers beyond 2^53") from None
    return pa.table(columns, schema=schema)


def _to_arrow(values: pd.Series, name: str, header: str) -> pa.Array:
    """Convert the driver's values; those of no plain kind are refused."""
    try:
        array = pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError):
        raise _describe_kinds(name, header, "values of several kinds, or numbers beyond 64 bits") from None
    if pa.types.is_nested(array.type) or pa.types.is_binary(array.type):
        raise _describe_kinds(name, header, "values that are no text, number or time")
    # Arrow would drop the hour of a time among days, and take a time without a zone for UTC beside one with a zone.
    if pa.types.is_temporal(array.type):
        kinds = {(type(value), getattr(value, "tzinfo", None) is None) for value in values[values.notna()]}
        if len(kinds) > 1:
            raise _describe_kinds(name, header, "times of several kinds")
    if not pa.types.is_decimal(array.type):
        return array
    # As the whole table is read: a decimal number is a number. Ids of more than 15 digits would be those of others.
    if array.type.scale <= 0 and array.type.precision > _DIGITS_OF_A_FLOAT:
        raise _describe_kinds(name, header, f"decimal numbers of more than {_DIGITS_OF_A_FLOAT} digits")
    return array.cast(pa.float64())


def _choose_type(types: set[pa.DataType], name: str, header: str) -> pa.DataType:
    """Return the type that all parts of a column have; text where none has a value."""
    filled = types - {pa.null()}
    if filled == {pa.int64(), pa.float64()}:
        return pa.float64()
    if len(filled) > 1:
        raise _describe_kinds(name, header, " and ".join(sorted(map(str, filled))))
    return filled.pop() if filled else pa.string()


def _describe_kinds(name: str, header: str, kinds: Any) -> DataError:
    """Describe a column that no file can hold."""
    return DataError(
        f"buckets: column {header!r} of {name} has {kinds}, expected one kind. "
        f'Cast it in a query of the mapping: [sql] {name} = "SELECT CAST(... AS TEXT) ...".'
    )
