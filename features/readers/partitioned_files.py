"""Which files make up one table? A file, or a folder of parts -> one raw frame that still knows where each row stood.

Lives here: finding the tables of a data folder, joining parts in the order of their names, dropping rows that two parts
share. Does not live here: reading one file (``files``), tables in a database (``sql``), what a value means
(``values``)."""

from collections.abc import Callable, Sequence
from datetime import UTC
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import DataError
from features.parsing.scalars import to_number, to_text, to_yes_no
from features.parsing.timestamps import to_time
from features.readers.raw_files import SUFFIXES, RawFrame, get_suffix
from features.schema import TABLES

__all__ = ["make_hashable", "find_table_files", "is_url", "join_parts", "describe_parts", "list_unread_files", "find_rows_of_earlier_parts"]


def is_url(source: object) -> bool:
    """Whether a data source names a database, not a file or folder.

    >>> is_url("postgresql+psycopg://reader@localhost/practice"), is_url("data/leads.csv")
    (True, False)
    """
    return isinstance(source, str) and "://" in source


def find_table_files(path: Path) -> dict[str, tuple[Path, ...]]:
    """Table -> its file, or the parts in its folder in the order of their names; leads first. A path that is a file
    holds leads.

    Raises
    ------
    DataError
        If a table has more than one source, or there is none for leads.
    """
    if not path.is_dir():
        return {"leads": (path,)}
    found: dict[str, list[Path]] = {}
    for one in sorted(path.iterdir()):
        if (name := _table_of(one)) is not None:
            found.setdefault(name, []).append(one)
    twice = [f"{name} ({', '.join(map(_named, sources))})" for name, sources in found.items() if len(sources) > 1]
    if twice:
        raise DataError(f"tables: {str(path)!r} has more than one source for {'; '.join(twice)}. Leave one of each.")
    parts = {name: _parts(sources[0]) if sources[0].is_dir() else (sources[0],) for name, sources in found.items()}
    if not parts.get("leads"):
        names = [_named(one) for one in sorted(path.iterdir())]
        raise DataError(
            f"tables: {str(path)!r} has no leads file; it holds {', '.join(names[:12]) or 'no files'}. "
            f"Expected leads with one of these endings, or a folder leads/ of such files: {', '.join(SUFFIXES)}."
        )
    return {name: parts[name] for name in TABLES if parts.get(name)}


def list_unread_files(path: Path, files: dict[str, tuple[Path, ...]]) -> list[str]:
    """What else stands in a data folder and in its tables' folders, so that it can be said that it was not read."""
    used = {file for parts in files.values() for file in parts}
    folders = [path, *(one for one in sorted(path.iterdir()) if one.is_dir() and _table_of(one))]
    return [
        str(one.relative_to(path)) + ("/" if one.is_dir() else "")
        for folder in folders
        for one in sorted(folder.iterdir())
        if one not in used and one not in folders and (one.is_file() or folder != path) and one.name != "practice.toml"
    ]


def join_parts(files: Sequence[Path], read: Callable[[Path], RawFrame]) -> RawFrame:
    """The parts as one raw frame: all their columns, in order; what a part does not have is not given there.

    A row that stands in an earlier part already, with the same value in every cell, is an export that overlaps another:
    it is dropped, counted and noted. Equal rows inside one part are left alone: two equal events may both have
    happened."""
    parts = [read(file) for file in files]
    if len(parts) == 1:
        return parts[0]
    frame = pd.concat([part.frame for part in parts], ignore_index=True, sort=False)
    of = np.repeat(np.arange(len(parts)), [len(part.frame) for part in parts])
    again = find_rows_of_earlier_parts(_compared(frame, parts), of)
    folder = files[0].parent.name
    notes = describe_parts(
        files,
        [list(part.frame.columns) for part in parts],
        [note for part in parts for note in part.notes],
        int(again.sum()),
    )
    lines = [len(part.frame) + len(part.ragged) for part in parts]
    return RawFrame(
        frame[~again].reset_index(drop=True),
        parts[0].separator,
        parts[0].encoding,
        notes,
        np.concatenate([part.rows for part in parts])[~again],
        tuple(line for part in parts for line in part.ragged),
        files=tuple(f"{folder}/{file.name}" for file in files),
        file_of=of[~again],
        ragged_file_of=tuple(number for number, part in enumerate(parts) for _ in part.ragged),
        rows_before=np.concatenate([[0], np.cumsum(lines)[:-1]]),
    )


def _table_of(path: Path) -> str | None:
    """The table that a file or folder of a data folder holds, by its name."""
    suffix = get_suffix(path)
    stem = path.name.lower() if path.is_dir() else path.name[: -len(suffix)].lower() if suffix else ""
    return stem if stem in TABLES else None


def _parts(folder: Path) -> tuple[Path, ...]:
    """The readable files of a table's folder, in the order of their names; hidden ones and empty markers are none."""
    return tuple(
        file
        for file in sorted(folder.iterdir())
        if file.is_file() and get_suffix(file) and not file.name.startswith((".", "_"))
    )


def _named(path: Path) -> str:
    """A file or folder as people write it."""
    return path.name + "/" if path.is_dir() else path.name


def find_rows_of_earlier_parts(frame: pd.DataFrame, of: np.ndarray) -> np.ndarray:
    """Rows whose copy stands in an earlier part; the second of two equal rows of a part needs a second one there.

    Mask of shape (n,).
    """
    alike = np.flatnonzero(frame.duplicated(keep=False).to_numpy())
    again = np.zeros(len(frame), bool)
    if len(alike):
        row = frame.iloc[alike].groupby(list(frame.columns), dropna=False, sort=False).ngroup()
        place = pd.DataFrame({"row": row.to_numpy(), "part": of[alike]})
        place["nth"] = place.groupby(["row", "part"]).cumcount()
        again[alike] = place.duplicated(["row", "nth"]).to_numpy()
    return again


def _compared(frame: pd.DataFrame, parts: Sequence[RawFrame]) -> pd.DataFrame:
    """The frame in a form in which equal cells are equal, whether a part is text (CSV) or has types of its own
    (Parquet).
    """
    if _unhashable(frame):
        return frame.map(repr)
    dtypes = {name: {part.frame[name].dtype for part in parts if name in part.frame} for name in frame}
    if all(len(kinds) == 1 for kinds in dtypes.values()) and len({part.separator == "" for part in parts}) == 1:
        return frame
    return pd.DataFrame(
        {name: _alike(frame[name], "".join(dtype.kind for dtype in kinds)) for name, kinds in dtypes.items()}
    )


def _alike(cells: pd.Series, kinds: str) -> np.ndarray:
    """One column of several types, read as the type that one of its parts has; the text itself where that fails."""
    read = (
        partial(to_time, zone=UTC)
        if "M" in kinds
        else to_yes_no
        if "b" in kinds
        else to_number
        if set(kinds) & set("iuf")
        else None
    )
    texts = to_text(cells)[0]
    if read is None:
        return texts
    found, bad = read(cells)[:2]
    return np.where(bad, texts, np.where(pd.isna(found), None, found.astype(object)))


def make_hashable(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame whose equal cells can be found, where every part has the same types."""
    return frame.map(repr) if _unhashable(frame) else frame


def _unhashable(frame: pd.DataFrame) -> bool:
    """Whether some cell is a list or another thing that cannot be compared at once."""
    return any(
        isinstance(cell, (list, dict, set, np.ndarray))
        for name in frame
        if frame[name].dtype == object
        for cell in frame[name]
    )


def describe_parts(
    files: Sequence[Path], headers: Sequence[Sequence[str]], said: Sequence[str], again: int
) -> tuple[str, ...]:
    """What is said about a table of several files: their order, what each of them ``said``, columns that some lack,
    rows that stand in several.
    """
    folder, names = files[0].parent.name, dict.fromkeys(name for one in headers for name in one)
    notes = [
        f"{folder}/: {len(files)} files were read in the order of their names, {_named(files[0])} to {_named(files[-1])}.",
        *said,
    ]
    lacking = {name: [file.name for file, one in zip(files, headers, strict=True) if name not in one] for name in names}
    notes += [
        f"{folder}/: column {name!r} is missing in {', '.join(where)}." for name, where in lacking.items() if where
    ]
    if again:
        notes.append(
            f"{folder}/: {again:,} rows stand in more than one file with the same values in every column; each was counted once."
        )
    return tuple(notes)
