"""Which files make up one table? A file, or a folder of parts -> one raw frame that keeps each row's origin.

Lives here: finding the tables of a data folder, joining parts in the order of their names, dropping rows that two parts
share.
Does not live here: reading one file (``raw_files``), tables in a database (``databases``), what a value means
(``features.parsing``).
"""

from collections.abc import Callable, Sequence
from datetime import UTC
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import DataError
from features.parsing.column_values import to_number, to_text, to_yes_no
from features.parsing.dates.timestamps import to_time
from features.readers.raw_files import SUFFIXES, RawFrame, get_suffix
from features.schema import TABLES

__all__ = [
    "describe_parts",
    "find_rows_of_earlier_parts",
    "find_table_files",
    "is_url",
    "join_parts",
    "list_unread_files",
    "make_hashable",
]


def is_url(source: object) -> bool:
    """Return whether a data source names a database, not a file or folder.

    >>> is_url("postgresql+psycopg://reader@localhost/practice"), is_url("data/leads.csv")
    (True, False)
    """
    return isinstance(source, str) and "://" in source


def find_table_files(path: Path, leads_file: str | None = None) -> dict[str, tuple[Path, ...]]:
    """Find each table's file, or the parts in its folder in the order of their names; leads first.

    A path that is a file holds leads. ``leads_file`` is the file of leads of a folder whose exports have other names.

    Raises
    ------
    DataError
        If a table has more than one source, or there is none for leads.
    """
    if not path.is_dir():
        return {"leads": (path,)}
    sources: dict[str, list[Path]] = {}
    for entry in sorted(path.iterdir()):
        name = _get_table_name(entry)
        if leads_file is not None:
            name = "leads" if entry.name == leads_file else None if name == "leads" else name
        if name is not None:
            sources.setdefault(name, []).append(entry)
    repeated = [
        f"{name} ({', '.join(map(_format_name, entries))})" for name, entries in sources.items() if len(entries) > 1
    ]
    if repeated:
        raise DataError(f"tables: {str(path)!r} has more than one source for {'; '.join(repeated)}. Keep one of each.")
    parts = {
        name: _list_parts(entries[0]) if entries[0].is_dir() else (entries[0],) for name, entries in sources.items()
    }
    if not parts.get("leads"):
        names = [_format_name(entry) for entry in sorted(path.iterdir())]
        raise DataError(
            f"tables: {str(path)!r} has no leads file; it holds {', '.join(names[:12]) or 'no files'}. "
            f"Expected leads with one of these endings, or a folder leads/ of such files: {', '.join(SUFFIXES)}. "
            "To join exports with other names, let leadlight inspect look at the folder."
        )
    return {name: parts[name] for name in TABLES if parts.get(name)}


def list_unread_files(path: Path, files: dict[str, tuple[Path, ...]]) -> list[str]:
    """List what else is in a data folder and in its tables' folders, to report that it was not read."""
    used = {file for parts in files.values() for file in parts}
    folders = [path, *(entry for entry in sorted(path.iterdir()) if entry.is_dir() and _get_table_name(entry))]
    return [
        str(entry.relative_to(path)) + ("/" if entry.is_dir() else "")
        for folder in folders
        for entry in sorted(folder.iterdir())
        if entry not in used
        and entry not in folders
        and (entry.is_file() or folder != path)
        and entry.name != "practice.toml"
    ]


def join_parts(files: Sequence[Path], read_part: Callable[[Path], RawFrame]) -> RawFrame:
    """Join the parts to one raw frame with all their columns; a column that a part lacks is empty there.

    A row that is in an earlier part already, with the same value in every cell, comes from exports that overlap: it is
    dropped, counted and noted. Equal rows inside one part are kept: two equal events may both have happened.
    """
    parts = [read_part(file) for file in files]
    if len(parts) == 1:
        return parts[0]
    frame = pd.concat([part.frame for part in parts], ignore_index=True, sort=False)
    of = np.repeat(np.arange(len(parts)), [len(part.frame) for part in parts])
    again = find_rows_of_earlier_parts(_make_comparable(frame, parts), of)
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


def _get_table_name(path: Path) -> str | None:
    """Return the table that a file or folder of a data folder holds, by its name."""
    suffix = get_suffix(path)
    stem = path.name.lower() if path.is_dir() else path.name[: -len(suffix)].lower() if suffix else ""
    return stem if stem in TABLES else None


def _list_parts(folder: Path) -> tuple[Path, ...]:
    """List the readable files of a table's folder by name, without hidden ones and markers such as _SUCCESS."""
    return tuple(
        file
        for file in sorted(folder.iterdir())
        if file.is_file() and get_suffix(file) and not file.name.startswith((".", "_"))
    )


def _format_name(path: Path) -> str:
    """Return the name of a file or folder as people write it."""
    return path.name + "/" if path.is_dir() else path.name


def find_rows_of_earlier_parts(frame: pd.DataFrame, of: np.ndarray) -> np.ndarray:
    """Find rows whose copy is in an earlier part. Mask of shape (n,).

    The second of two equal rows of a part needs a second copy there: parts [a, a] and [a, a, a] repeat two rows.
    """
    alike = np.flatnonzero(frame.duplicated(keep=False).to_numpy())
    again = np.zeros(len(frame), bool)
    if len(alike):
        row = frame.iloc[alike].groupby(list(frame.columns), dropna=False, sort=False).ngroup()
        copies = pd.DataFrame({"row": row.to_numpy(), "part": of[alike]})
        copies["nth"] = copies.groupby(["row", "part"]).cumcount()
        again[alike] = copies.duplicated(["row", "nth"]).to_numpy()
    return again


def _make_comparable(frame: pd.DataFrame, parts: Sequence[RawFrame]) -> pd.DataFrame:
    """Return the frame with equal cells equal, whether a part is text (CSV) or typed (Parquet)."""
    if _has_unhashable_cells(frame):
        return frame.map(repr)
    dtypes = {name: {part.frame[name].dtype for part in parts if name in part.frame} for name in frame}
    if all(len(kinds) == 1 for kinds in dtypes.values()) and len({part.separator == "" for part in parts}) == 1:
        return frame
    return pd.DataFrame(
        {name: _unify_types(frame[name], "".join(dtype.kind for dtype in kinds)) for name, kinds in dtypes.items()}
    )


def _unify_types(cells: pd.Series, kinds: str) -> np.ndarray:
    """Convert one column of several types to the type that one of its parts has; keep the text where that fails.

    ``kinds`` are NumPy's letters for the parts' types: M time, b boolean, i, u and f numbers, O text.
    """
    texts = to_text(cells)[0]
    convert: Callable[..., tuple[np.ndarray, ...]]
    if "M" in kinds:
        convert = partial(to_time, zone=UTC)
    elif "b" in kinds:
        convert = to_yes_no
    elif set(kinds) & set("iuf"):
        convert = to_number
    else:
        return texts
    values, bad = convert(cells)[:2]
    return np.where(bad, texts, np.where(pd.isna(values), None, values.astype(object)))


def make_hashable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose equal rows pandas can find, where every part has the same types."""
    return frame.map(repr) if _has_unhashable_cells(frame) else frame


def _has_unhashable_cells(frame: pd.DataFrame) -> bool:
    """Return whether some cell is a list or another object that pandas cannot hash."""
    return any(
        isinstance(cell, (list, dict, set, np.ndarray))
        for name in frame
        if frame[name].dtype == object
        for cell in frame[name]
    )


def describe_parts(
    files: Sequence[Path], headers: Sequence[Sequence[str]], part_notes: Sequence[str], repeated_rows: int
) -> tuple[str, ...]:
    """Describe a table of several files: their order, each file's notes, columns that some lack, rows in several."""
    folder, names = files[0].parent.name, dict.fromkeys(name for header in headers for name in header)
    first, last = _format_name(files[0]), _format_name(files[-1])
    notes = [f"{folder}/: {len(files)} files were read in the order of their names, {first} to {last}.", *part_notes]
    for name in names:
        lacking = [file.name for file, header in zip(files, headers, strict=True) if name not in header]
        if lacking:
            notes.append(f"{folder}/: column {name!r} is missing in {', '.join(lacking)}.")
    if repeated_rows:
        notes.append(
            f"{folder}/: {repeated_rows:,} rows are in more than one file with the same values in every column; "
            "each was counted once."
        )
    return tuple(notes)
