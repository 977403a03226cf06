"""Can these tables be read in chunks, and in how many? Parquet files that know the lead of each row.

Lives here: opening them, and the size of a chunk. Does not live here: cutting (``chunked_tables``).
"""

import math
from pathlib import Path

from features.mapping.column_mapping import Mapping
from features.readers.memory_frames import Source
from features.readers.parquet_files import ParquetSource
from features.readers.partitioned_files import find_table_files, is_url

__all__ = ["ROWS_PER_LEAD", "open_sources", "plan_chunks"]

ROWS_PER_LEAD = 16
"""At most this many events or outcomes for each lead are read at once, on average."""
_MAX_CHUNKS = 512
"""Each chunk is a file that stays open while events are sorted to their leads; many systems allow 1,024 open files."""


def plan_chunks(leads: int, sources: dict[str, ParquetSource], size: int) -> tuple[int, int]:
    """Return the leads in a chunk and the number of chunks.

    There may be more chunks than the leads need: a few leads can be scored beside the events of all leads.
    """
    size = max(size, math.ceil(leads / _MAX_CHUNKS))
    longest = max((sum(source.rows) for name, source in sources.items() if name != "leads"), default=0)
    count_by_rows = min(math.ceil(longest / (ROWS_PER_LEAD * size)), _MAX_CHUNKS)
    return size, max(math.ceil(leads / size), count_by_rows, 1)


def open_sources(path: Source, mapping: Mapping, leads_at_once: int) -> dict[str, ParquetSource] | None:
    """Open the Parquet files of every table; None where the tables are read whole."""
    # Frames are in memory already, and other exports are joined to all leads at once.
    if not isinstance(path, (str, Path)) or is_url(path) or mapping.joined:
        return None
    files = find_table_files(Path(path), mapping.leads_file)
    if any(not file.name.lower().endswith(".parquet") for parts in files.values() for file in parts):
        return None
    sources: dict[str, ParquetSource] = {}
    for name, parts in files.items():
        source = ParquetSource.of(parts)
        if source is None:
            return None
        sources[name] = source
    ids = {name: mapping.match_headers(name, source.schema.names).get("lead_id") for name, source in sources.items()}
    if ids["leads"] is None:
        return None
    # A part without the id column would have all its rows in one chunk.
    if any(header is not None and header not in part for name, header in ids.items() for part in sources[name].headers):
        return None
    fits_in_one = sum(sources["leads"].rows) <= leads_at_once and all(
        sum(source.rows) <= ROWS_PER_LEAD * leads_at_once for source in sources.values()
    )
    return None if fits_in_one else sources
