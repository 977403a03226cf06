"""What does a file of leads look like to the model? In chunks, one flat row of signals for each lead as of its time.

Lives here: the columns of a file of signals. Does not live here: the signals (``features.signals``), the time of each
lead (``scoring_time``), options and help (``serving.cli.features``).
"""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from features.batch import Batch
from features.chunks.chunked_tables import read_in_chunks
from features.feature_matrix import compute_matrix
from features.mapping.column_mapping import Mapping
from features.progress_bar import progress_bar
from features.readers.frame_writer import open_atomic_writer
from serving.scoring.file_scores import ScoringOptions, build_batch, prepare_chunks
from training.bundle import Bundle

__all__ = ["build_feature_frame", "write_features"]


def build_feature_frame(batch: Batch, bundle: Bundle) -> pd.DataFrame:
    """Compute the rows of a file of signals: lead, time, and each signal of the model as float32, NaN unknown."""
    # A file may lack columns that the model knows: they were not sent.
    matrix = compute_matrix(batch.add_columns(bundle.columns), bundle.signals)
    frame = pd.DataFrame(matrix, columns=[signal.name for signal in bundle.signals])
    frame.insert(0, "lead_id", pd.Series(batch.lead_ids, dtype="str"))
    frame.insert(1, "cutoff", pd.Series(batch.cutoff).dt.tz_localize("UTC"))
    return frame


def write_features(
    data: str,
    mapping: Mapping | None,
    bundle: Bundle,
    options: ScoringOptions,
    out: Path,
    say: Callable[[str], None],
) -> int:
    """Compute the signals of every lead of a file, a folder or a database, in the order of its files.

    Parameters
    ----------
    mapping : Mapping or None
        Of the export's columns; the model's own when left out.
    out : Path
        A CSV or Parquet file, written in one step.
    say : callable
        Called with each sentence about how the file was read.

    Returns
    -------
    int
        The leads that were written.

    Raises
    ------
    DataError
        If the data or ``options.at`` cannot be read.
    """
    done = 0
    with (
        progress_bar() as report_progress,
        read_in_chunks(
            data, mapping or bundle.mapping, bundle.practice, report_progress, options.leads_at_once
        ) as chunks,
        open_atomic_writer(out) as write,
    ):
        context, moments = prepare_chunks(chunks, bundle, options, say, report_progress)
        for tables in chunks:
            write(build_feature_frame(build_batch(tables, context, moments), bundle))
            done += len(tables.leads)
            report_progress("Computing signals", done, chunks.leads)
    return done
