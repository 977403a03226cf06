"""What do frames in memory hold? pandas frames -> raw frames, as if each had been saved as Parquet and read again.

Lives here: the conversion of each column, and which tables a dictionary of frames names.
Does not live here: files (``raw_files``), databases (``databases``), what a value means (``features.parsing``).
"""

from collections.abc import Mapping as AnyMapping
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from features.did_you_mean import suggest_name
from features.errors import DataError
from features.readers.raw_files import RawFrame, arrow_to_frame, clean_headers
from features.schema import TABLES

__all__ = ["Frames", "Source", "get_frames", "read_memory_frames"]

Frames: TypeAlias = pd.DataFrame | AnyMapping[str, pd.DataFrame]
"""A frame of leads, or frames by table: leads, and events, outcomes and spend where there are any."""
Source: TypeAlias = str | Path | Frames
"""A file, a folder, a database's URL, or frames in memory."""


def get_frames(source: Frames) -> dict[str, pd.DataFrame]:
    """Return the frames of a source by table, leads first.

    Raises
    ------
    DataError
        If a table is unknown, is no frame, or there is none of leads.

    >>> list(get_frames(pd.DataFrame({"channel": ["chat"]})))
    ['leads']
    """
    if isinstance(source, pd.DataFrame):
        return {"leads": source}
    if not isinstance(source, AnyMapping):
        raise DataError(
            f"frames: found a {type(source).__name__}, expected a path, a DataFrame of leads, or frames by table such "
            "as {'leads': frame, 'events': frame}. Convert it with pandas.DataFrame(...)."
        )
    for name, frame in source.items():
        if name not in TABLES:
            raise DataError(f"frames: there is no table {str(name)[:40]!r}. {suggest_name(str(name), TABLES)}")
        if not isinstance(frame, pd.DataFrame):
            raise DataError(
                f"frames: {name} is a {type(frame).__name__}, expected a pandas DataFrame. Convert it, or leave it out."
            )
    if "leads" not in source:
        given = ", ".join(source) or "no table"
        raise DataError(f"frames: no table leads; {given} was given. Name the frame of leads: {{'leads': frame}}.")
    return {name: source[name] for name in TABLES if name in source}


def read_memory_frames(frames: AnyMapping[str, pd.DataFrame]) -> dict[str, RawFrame]:
    """Return each frame as it is; an index called ``lead_id`` is a column, any other index is ignored."""
    return {name: _read_frame(name, frame) for name, frame in frames.items()}


def _read_frame(table: str, frame: pd.DataFrame) -> RawFrame:
    """Return one frame as a raw frame."""
    if frame.index.name == "lead_id" and "lead_id" not in frame.columns:
        frame = frame.reset_index()
    columns = {str(position): _convert_column(frame.iloc[:, position]) for position in range(frame.shape[1])}
    raw = pd.DataFrame(columns, index=pd.RangeIndex(len(frame)))
    raw.columns = pd.Index([str(name) for name in frame.columns], dtype=object)
    raw, notes = clean_headers(raw, f"frame of {table}", [])
    return RawFrame(raw, "", "", notes, np.arange(1, len(raw) + 1))


def _convert_column(column: pd.Series) -> np.ndarray:
    """Return the raw values of a column, whatever its dtype: as Parquet gives them, or as a spreadsheet's mixed cells.

    >>> _convert_column(pd.Series(["a", "b", "a"], dtype="category")).tolist()
    ['a', 'b', 'a']
    >>> _convert_column(pd.Series([1, None, "x"], dtype=object)).tolist()
    [1, None, 'x']
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    try:
        cells = pa.array(column, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        # Values of several types, as in a spreadsheet: each stays what it is.
        values = column.to_numpy(object, copy=True)
        values[column.isna().to_numpy()] = None
        return values
    return arrow_to_frame(pa.table([cells], names=["0"]))["0"].array
