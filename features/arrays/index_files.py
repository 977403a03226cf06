"""How does an index that is larger than memory get sorted, and read by many processes? As plain arrays on disk.

Lives here: sorted entries of a part of the data, merging those of all parts into one index, mapping it into memory.
Does not live here: the index (``point_in_time_index``), what its keys stand for (``features.point_in_time``).

A mapped index takes memory of the system's file cache, once for all processes, and gives it back when others need it.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from features.array_types import TimeArray
from features.arrays.point_in_time_index import PointInTimeIndex

__all__ = ["merge_entries", "open_index", "write_entries"]

_ENTRIES_AT_ONCE = 1 << 22
_FEWEST_SHARES = 16
_TYPES = {"keys": "uint64", "starts": "int64", "times": "datetime64[us]"}


def write_entries(folder: Path, name: str, keys: np.ndarray, times: TimeArray) -> None:
    """Write entries of shape (n,), sorted by key; those without a key or a time are left out."""
    is_entry = (keys != 0) & ~np.isnat(times)
    keys, times = keys[is_entry], times[is_entry]
    order = np.argsort(keys, kind="stable")
    np.save(folder / f"{name}-keys.npy", keys[order])
    np.save(folder / f"{name}-times.npy", times[order].astype("datetime64[us]"))


def merge_entries(
    folders: Sequence[Path], name: str, out: Path, until: np.datetime64 | None = None, repeated: bool = False
) -> int:
    """Write one index of the entries that several folders have under a name; return the number of its entries.

    Parameters
    ----------
    until : datetime64, optional
        Later entries are left out.
    repeated : bool
        Whether only keys with more than one entry are kept.
    """
    out.mkdir()
    files = {part: (out / f"{part}.bin").open("wb") for part in _TYPES}
    last = 0
    try:
        np.zeros(1, np.int64).tofile(files["starts"])
        for keys, times in _iter_shares(folders, name):
            if until is not None:
                keys, times = keys[times <= until], times[times <= until]
            index = PointInTimeIndex.of(keys, times)
            index = index.keep_repeated_keys() if repeated else index
            index.keys.tofile(files["keys"])
            index.times.tofile(files["times"])
            (index.starts[1:].astype(np.int64) + last).tofile(files["starts"])
            last += len(index)
    finally:
        for file in files.values():
            file.close()
    return last


def _iter_shares(folders: Sequence[Path], name: str) -> Iterator[tuple[np.ndarray, TimeArray]]:
    """Yield the entries of all folders, a share of the keys after the other, in ascending order of the shares."""
    files = [tuple(folder / f"{name}-{part}.npy" for part in ("keys", "times")) for folder in folders]
    entries = sum(len(_map_entries(keys)) for keys, _ in files)
    bits = max(_FEWEST_SHARES, entries // _ENTRIES_AT_ONCE).bit_length()
    # The share is the top bits of a key: with four bits, 0xA... is in share 10.
    lowest = np.arange(1 << bits, dtype=np.uint64) << np.uint64(64 - bits)
    bounds = []
    for path, _ in files:
        keys = _map_entries(path)
        bounds.append(np.append(np.searchsorted(keys, lowest), len(keys)))
    for share in range(1 << bits):
        slices = [slice(bound[share], bound[share + 1]) for bound in bounds]
        yield (
            np.concatenate(
                [np.empty(0, np.uint64), *(_copy_rows(keys, rows) for (keys, _), rows in zip(files, slices))]
            ),
            np.concatenate(
                [np.empty(0, "datetime64[us]"), *(_copy_rows(times, rows) for (_, times), rows in zip(files, slices))]
            ),
        )


def _copy_rows(path: Path, rows: slice) -> np.ndarray:
    """Copy some entries of a file, which is open no longer than that.

    A map keeps its file open, and many systems allow a process 1,024: two for each bucket would be 17 million leads.
    """
    return np.array(_map_entries(path)[rows])


def _map_entries(path: Path) -> np.ndarray:
    """Map the entries of a part into memory."""
    return np.load(path, mmap_mode="r")


def open_index(folder: Path) -> PointInTimeIndex:
    """Map an index into memory."""
    return PointInTimeIndex(*(_map_array(folder / f"{part}.bin", dtype) for part, dtype in _TYPES.items()))


def _map_array(path: Path, dtype: str) -> np.ndarray:
    """Map a file of one array into memory; an empty file cannot be mapped."""
    if not path.stat().st_size:
        return np.empty(0, dtype)
    # Copy on write: numba has compiled the lookup for arrays that can be written to.
    return np.asarray(np.memmap(path, dtype, mode="c"))
