"""Where do the scores of many buckets go? Into a folder of Parquet files, or from there into one file.

Lives here: choosing the workers, joining the buckets' files. Does not live here: the run (``bucket_run``).
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from features.array_types import FloatArray
from features.mapping.column_mapping import Mapping
from features.readers.frame_writer import open_atomic_writer
from serving.scale.bucket_run import Running, score_buckets
from serving.scale.local_workers import LocalWorkers, Loop, Workers
from serving.scoring.file_scores import ScoringOptions
from training.bundle import Bundle

__all__ = ["open_workers", "score_folder"]


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
    folder = out.with_name(f".{out.name}.buckets") if out.suffix else out
    counts = score_buckets(data, mapping, model, options, folder, running)
    running.say(counts.describe())
    files = sorted(folder.glob("bucket-*.parquet"))
    columns = [pd.read_parquet(file, columns=["probability"])["probability"].to_numpy() for file in files]
    if out.suffix:
        with open_atomic_writer(out) as write:
            for file in files:
                write(pd.read_parquet(file))
        shutil.rmtree(folder)
    return np.concatenate([np.empty(0), *columns])


@contextmanager
def open_workers(count: int | None, scheduler: str | None) -> Iterator[Workers]:
    """Open the workers that were asked for."""
    if scheduler is not None:
        from serving.scale.dask_workers import DaskWorkers

        with DaskWorkers(scheduler) as cluster:
            yield cluster
    elif count is not None:
        with LocalWorkers(count) as processes:
            yield processes
    else:
        yield Loop()
