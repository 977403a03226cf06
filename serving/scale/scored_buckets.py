"""Where do the scores or signals of many buckets go? Into a folder of Parquet files, or from there into one file.

Lives here: joining the buckets' files. Does not live here: the run (``bucket_run``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from features.array_types import FloatArray
from features.folder_lock import delete_locked, lock_folder
from features.mapping.column_mapping import Mapping
from features.readers.frame_writer import open_atomic_writer
from serving.scale.bucket_run import Running, compute_buckets, score_buckets
from serving.scoring.file_scores import ScoringOptions
from training.bundle import Bundle

__all__ = ["compute_folder", "score_folder"]


def score_folder(
    data: Path,
    mapping: Mapping | None,
    model: tuple[str, Path, Bundle, str],
    options: ScoringOptions,
    out: Path,
    running: Running,
) -> FloatArray:
    """Score a folder of buckets, into a folder or into one file.

    Parameters
    ----------
    data, mapping, model, options
        See ``bucket_run.score_buckets``.
    out : Path
        A folder; or a CSV or Parquet file, beside which the buckets' files are kept until all are there.
    running : Running
        The workers, and whom to tell.

    Returns
    -------
    float array of shape (leads,)
        The probabilities, in the order of the buckets.
    """
    with _folder_of(out) as folder:
        counts = score_buckets(data, mapping, model, options, folder, running)
        running.say(counts.describe())
        files = _list_files(folder)
        columns = [pd.read_parquet(file, columns=["probability"])["probability"].to_numpy() for file in files]
    return np.concatenate([np.empty(0), *columns])


def compute_folder(
    data: Path, mapping: Mapping | None, model: tuple[str, Path, Bundle, str], at: str, out: Path, running: Running
) -> int:
    """Compute the signals of a folder of buckets, into a folder or into one file; return how many leads there are."""
    with _folder_of(out) as folder:
        counts = compute_buckets(data, mapping, model, at, folder, running)
        running.say(counts.describe())
    return counts.written


@contextmanager
def _folder_of(out: Path) -> Iterator[Path]:
    """Yield the folder of the buckets' files; where ``out`` is a file, join them into it at the end."""
    if not out.suffix:
        yield out
        return
    beside = out.with_name(f".{out.name}.buckets")
    # The run's own lock ends with the last bucket. A second run that began while these are joined and removed would
    # find none of them, and write a file without leads.
    with lock_folder(beside, "buckets"):
        folder = beside / "buckets"
        yield folder
        with open_atomic_writer(out) as write:
            for file in _list_files(folder):
                write(pd.read_parquet(file))
        delete_locked(beside)


def _list_files(folder: Path) -> list[Path]:
    """List the files of all buckets in their order."""
    return sorted(folder.glob("bucket-*.parquet"))
