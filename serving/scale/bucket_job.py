"""What is done with one bucket of leads? Read, compute, score, explain and write; the same whoever runs it.

Lives here: the three steps over a bucket, each of which leaves a file with its own name only when it is whole, and
finds the file of an earlier run. Does not live here: the order of the steps and what all buckets say together
(``bucket_run``), who runs them (``features.workers``), how a table of leads is scored
(``serving.scoring.file_scores``).

A step depends on its bucket, the job and the files of earlier steps, and on nothing else; so it may run in any process,
in any order, and again after a kill. The job and the code are part of each finished bucket's manifest.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.batch import Batch
from features.chunks.bucket_tables import BucketReader
from features.chunks.chunk_reports import ChunkReports
from features.durable_files import replace_file
from features.point_in_time.bucket_context import SharedRecords, write_records
from features.point_in_time.chunked_context import ChunkRecords
from features.point_in_time.context import Context
from features.readers.frame_writer import write_frame
from features.tables.tables import Tables
from features.workers.code_digest import digest_code
from serving.errors import ServiceError
from serving.scoring.file_features import build_feature_frame
from serving.scoring.file_scores import (
    build_batch,
    build_score_frame,
    count_new_values,
    list_unused_columns,
    score_tables,
)
from serving.scoring.scoring_time import MomentsOfScoring
from training.bundle import Bundle, LeadsSinceTraining, find_bundle

__all__ = [
    "BucketJob",
    "Line",
    "compute_bucket",
    "follow_bucket",
    "load_bundle",
    "read_line",
    "scan_bucket",
    "score_bucket",
]

Line = dict[str, Any]
"""What a step returns of a bucket: small enough to travel, all that JSON has."""

_TEXTS = ("lead_id", "missing_inputs", "grade", "lane", "model_version")


@dataclass(frozen=True)
class BucketJob:
    """What the steps over all buckets of a run have in common.

    Parameters
    ----------
    model, home : str
        The bundle as ``find_bundle`` takes it; the same for every worker, on a shared disk where there are several
        machines.
    sha256, version : str
        The bundle's identity, checked by each worker; and the version that is written beside each score.
    reader : BucketReader
    reasons : bool
        Whether each lead gets its strongest reasons.
    work, out : Path
        Folders of what earlier steps leave, and of the scores or the signals.
    digest : str
        sha256 of the inputs, the model, the code and the options.
    code : str
        ``digest_code()`` where the run began.
    moments : MomentsOfScoring or None
        As of when leads are scored; None until all buckets were scanned.
    """

    model: str
    home: str
    sha256: str
    version: str
    reader: BucketReader
    reasons: bool
    work: Path
    out: Path
    digest: str
    code: str
    moments: MomentsOfScoring | None = None

    def get_records_folder(self, bucket: int) -> Path:
        """Return the folder of what a bucket knows."""
        return self.work / f"records-{bucket:06}"

    def get_level_file(self, bucket: int) -> Path:
        """Return the file of a bucket's leads since training."""
        return self.work / f"level-{bucket:06}.npz"

    def get_result_file(self, bucket: int) -> Path:
        """Return the file of a bucket's scores or signals."""
        return self.out / f"bucket-{bucket:06}.parquet"


def scan_bucket(job: BucketJob, bucket: int) -> Line:
    """Read a bucket and write what it knows: who inquired when, every outcome, what was rejected; return its line."""
    folder = job.get_records_folder(bucket)
    if folder.is_dir():
        return json.loads((folder / "line.json").read_text())
    bundle = load_bundle(job)
    tables, repeated_rows = job.reader.read(bucket)
    draft = folder.with_name(f".{folder.name}-{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    reports = ChunkReports()
    reports.add(tables)
    line = {
        "bucket": bucket,
        "records": write_records(draft, ChunkRecords.of(tables, bundle.context, bundle.label)),
        "report": reports.to_dict(),
        "repeated_rows": repeated_rows,
    }
    (draft / "line.json").write_text(json.dumps(line))
    _rename_folder(draft, folder)
    return line


def follow_bucket(job: BucketJob, bucket: int) -> Line:
    """Score a bucket's leads since training as of their arrival, and write what became known of them."""
    file = job.get_level_file(bucket)
    if not file.exists():
        bundle = load_bundle(job)
        since_training = LeadsSinceTraining(bundle)
        tables, _ = job.reader.read(bucket)
        since_training.add(tables, _build_context(job, bundle, bucket))
        draft = file.with_name(f".{file.stem}-{os.getpid()}.npz")
        arrays = dict(zip("abcde", *since_training.parts, strict=True)) if since_training.parts else {}
        np.savez(draft, has_labels=since_training.has_labels, **arrays)
        os.replace(draft, file)
    return {"bucket": bucket}


def score_bucket(job: BucketJob, bucket: int) -> Line:
    """Score a bucket's leads, explain them where that is asked for, and write one row for each; return its line.

    The line is the bucket's manifest, and all that travels: digest, rows of leads that were read, written and rejected.
    """
    return _write_bucket(job, bucket, _score_tables)


def compute_bucket(job: BucketJob, bucket: int) -> Line:
    """Compute the signals of a bucket's leads, and write one row for each; return its line as ``score_bucket`` does."""
    return _write_bucket(job, bucket, _compute_tables)


def _score_tables(
    job: BucketJob, moments: MomentsOfScoring, model: tuple[Bundle, Context], tables: Tables
) -> tuple[Batch, pd.DataFrame]:
    """Return the leads of a bucket and a row of scores for each."""
    batch, predictions = score_tables(tables, model, moments, job.reasons, threads=1)
    return batch, _set_types(build_score_frame(batch, model[0], job.version, predictions))


def _compute_tables(
    job: BucketJob, moments: MomentsOfScoring, model: tuple[Bundle, Context], tables: Tables
) -> tuple[Batch, pd.DataFrame]:
    """Return the leads of a bucket and a row of signals for each."""
    batch = build_batch(tables, model[1], moments)
    return batch, build_feature_frame(batch, model[0])


def _write_bucket(
    job: BucketJob,
    bucket: int,
    build: Callable[[BucketJob, MomentsOfScoring, tuple[Bundle, Context], Tables], tuple[Batch, pd.DataFrame]],
) -> Line:
    """Read a bucket, write what is built of it, and its line; return the line of an earlier run where there is one."""
    finished = read_line(job, bucket)
    if finished is not None:
        return finished | {"now": False}
    if job.moments is None:
        raise ServiceError("buckets: all must be scanned before one of them is scored.")
    bundle = load_bundle(job)
    tables, _ = job.reader.read(bucket)
    batch, frame = build(job, job.moments, (bundle, _build_context(job, bundle, bucket)), tables)
    file = job.get_result_file(bucket)
    write_frame(frame, file)
    rows = tables.validators["leads"].rows_read
    rejected = rows - len(tables.leads)
    if rows != len(frame) + rejected:
        raise ServiceError(
            f"buckets: bucket {bucket} has {rows:,} rows of leads, of which {len(frame):,} were written and "
            f"{rejected:,} rejected. Please report this."
        )
    line = {
        "bucket": bucket,
        "digest": job.digest,
        "rows": rows,
        "written": len(frame),
        "rejected": rejected,
        "new_values": count_new_values(bundle, batch),
        "unused_columns": list_unused_columns(tables, bundle),
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }
    # Another worker may have been thought dead, and have finished the same bucket meanwhile.
    is_second = read_line(job, bucket) is not None
    replace_file(file.with_suffix(".json"), json.dumps(line).encode())
    return line | {"now": True, "twice": is_second}


def read_line(job: BucketJob, bucket: int) -> Line | None:
    """Return the line of a bucket that this job has finished, checked against its file; None where it has not."""
    file = job.get_result_file(bucket)
    try:
        line = json.loads(file.with_suffix(".json").read_bytes())
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    if line["digest"] != job.digest or line["sha256"] != hashlib.sha256(content).hexdigest():
        return None
    return line


def load_bundle(job: BucketJob) -> Bundle:
    """Return the job's bundle, read once per process.

    Raises
    ------
    ServiceError
        If this process runs other code, or finds another bundle, than the run began with.
    """
    if digest_code() != job.code:
        raise ServiceError(
            "score: this worker runs another version of Leadlight, or of a library it computes with, than the process "
            "that began the run. Install the same on both."
        )
    return _load_bundle(job.model, job.home, job.sha256)


@lru_cache(maxsize=1)
def _load_bundle(model: str, home: str, sha256: str) -> Bundle:
    """Read a bundle and compare it with the one the run began with."""
    bundle, _ = find_bundle(model, Path(home))
    if bundle.sha256 != sha256:
        raise ServiceError(
            f"score: the model {model!r} is {bundle.sha256[:12]} here, and the run began with {sha256[:12]}. Name a "
            "version (NAME/VERSION) or a bundle's folder that all workers see."
        )
    return bundle


def _set_types(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a frame of scores the same types in every bucket, also in one without leads or without any reason."""
    texts = [
        name for name in frame if name in _TEXTS or (name.startswith("reason_") and not name.endswith("_log_odds"))
    ]
    numbers = [name for name in frame if name not in (*texts, "score", "cutoff")]
    return frame.astype(dict.fromkeys(texts, "str") | dict.fromkeys(numbers, "float64") | {"score": "int64"})


def _build_context(job: BucketJob, bundle: Bundle, bucket: int) -> Any:
    """Build the context of a bucket."""
    shared = SharedRecords.open(job.work / "shared")
    return shared.build_context(bundle.context, job.get_records_folder(bucket))


def _rename_folder(draft: Path, folder: Path) -> None:
    """Give a finished folder its name; another worker's, which is equal, stays."""
    try:
        os.rename(draft, folder)
    except OSError:
        if not folder.is_dir():
            raise
        shutil.rmtree(draft)
