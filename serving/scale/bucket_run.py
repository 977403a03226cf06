"""How are the leads of a folder of buckets scored, by however many workers? Scan, add up, follow the level, write.

Lives here: the order of the steps, what all buckets say together, the counts of a run, one file of all scores.
Does not live here: what is done with one bucket (``bucket_job``), who runs it (``features.workers``).

A run that was killed goes on when it is started again with the same data, model, code and options: what a bucket left
is used. The results are the same to the bit, whatever the number of buckets and workers.
"""

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from features.chunks.bucket_folder import BucketManifest
from features.chunks.bucket_tables import BucketReader
from features.chunks.chunk_reports import ChunkReports
from features.durable_files import replace_file
from features.errors import DataError
from features.folder_lock import list_unlocked, lock_folder
from features.mapping.column_mapping import Mapping
from features.point_in_time.bucket_context import SharedRecords, merge_records
from features.point_in_time.missing_pasts import describe_missing_pasts
from features.tables.data_end import find_latest
from features.workers.code_digest import digest_code
from features.workers.local_workers import Task, Workers
from serving.errors import ServiceError
from serving.scale.bucket_job import (
    BucketJob,
    Line,
    compute_bucket,
    follow_bucket,
    scan_bucket,
    score_bucket,
)
from serving.scoring.file_scores import ScoringOptions, describe_unknown, find_level_path
from serving.scoring.scoring_time import MomentsOfScoring, choose_time, describe_time
from training.bundle import Bundle, LeadsSinceTraining

__all__ = ["RunCounts", "Running", "compute_buckets", "score_buckets"]

_RUN = "run.json"


@dataclass(frozen=True)
class Running:
    """How a run is run, and whom it tells.

    Parameters
    ----------
    workers : Workers
    say : callable
        Called with each sentence about how the leads were read and scored.
    report_progress : callable (step, done, total)
    """

    workers: Workers
    say: Callable[[str], None]
    report_progress: Callable[[str, int, int], None]

    def map(self, step: str, task: Task, buckets: int) -> Iterator[Line]:
        """Yield what a step returns of each bucket, in the order in which they finish."""
        for done, line in enumerate(self.workers.run(task, range(buckets)), 1):
            self.report_progress(step, done, buckets)
            yield line


@dataclass(frozen=True)
class RunCounts:
    """What a run did.

    Parameters
    ----------
    buckets, finished_before, twice : int
        Buckets in all, those that an earlier run had finished, those that two workers finished.
    rows, written, rejected : int
        Rows of leads in all buckets; those that were scored or computed, and the others.
    workers_lost : int
    """

    buckets: int
    finished_before: int
    twice: int
    rows: int
    written: int
    rejected: int
    workers_lost: int

    def describe(self) -> str:
        """Describe the counts in a sentence."""
        return (
            f"{self.buckets:,} buckets: {self.finished_before:,} had been finished before, {self.twice:,} were "
            f"finished twice, {self.workers_lost:,} workers were lost. {self.rows:,} rows of leads: {self.written:,} "
            f"written, {self.rejected:,} rejected."
        )


class _Step(NamedTuple):
    """The last step of a run, which writes the files.

    Parameters
    ----------
    name : str
    write : callable (job, bucket)
    """

    name: str
    write: Callable[[BucketJob, int], Line]


def score_buckets(
    data: Path,
    mapping: Mapping | None,
    model: tuple[str, Path, Bundle, str],
    options: ScoringOptions,
    out: Path,
    running: Running,
) -> RunCounts:
    """Score every lead of a folder of buckets; write one Parquet file and one manifest for each bucket.

    Parameters
    ----------
    data : Path
        Made by ``leadlight bucket``.
    mapping : Mapping or None
        Of the export's columns; the model's own when left out.
    model : tuple of str, Path, Bundle and str
        The model's name or folder, the home of models, the bundle and its version.
    out : Path
        Folder of the scores; one that a killed run left is completed.

    Raises
    ------
    DataError
        If the data cannot be scored, ``out`` holds something else, or another run writes into it.
    ServiceError
        If a worker runs other code or another model.
    WorkersError
        If workers die again and again, or the scheduler is lost.
    """
    return _run_buckets(_Step("Scoring buckets", score_bucket), (data, out), mapping, model, options, running)


def compute_buckets(
    data: Path, mapping: Mapping | None, model: tuple[str, Path, Bundle, str], at: str, out: Path, running: Running
) -> RunCounts:
    """Compute the model's signals of every lead of a folder of buckets, as ``score_buckets`` scores them."""
    # Signals have no level that could follow outcomes.
    options = ScoringOptions(at, as_trained=True)
    return _run_buckets(_Step("Computing buckets", compute_bucket), (data, out), mapping, model, options, running)


def _run_buckets(
    step: _Step,
    folders: tuple[Path, Path],
    mapping: Mapping | None,
    model: tuple[str, Path, Bundle, str],
    options: ScoringOptions,
    running: Running,
) -> RunCounts:
    """Scan, add up, find the times, and write every bucket; see ``score_buckets``."""
    (data, out), (name, home, bundle, version) = folders, model
    # A folder that was claimed for a time that cannot be read would be refused for the time that was meant.
    options = replace(options, at=choose_time(options.at, bundle))
    manifest = BucketManifest.read(data)
    mapping = mapping or bundle.mapping or Mapping.identity()
    code = digest_code()
    decisions = [step.name, manifest.digest, bundle.sha256, version, code, asdict(options), mapping.to_dict()]
    digest = hashlib.sha256(json.dumps(decisions).encode()).hexdigest()
    if list_unlocked(out) and not (out / _RUN).exists():
        raise _describe_foreign(out)
    with lock_folder(out, "buckets"):
        latest = _claim_folder(out, digest)
        running.report_progress("Reading what only the whole tables show", 0, 1)
        reader = BucketReader.open(data, mapping, bundle.practice, latest)
        work = out / ".work"
        work.mkdir(mode=0o700, exist_ok=True)
        job = BucketJob(name, str(home), bundle.sha256, version, reader, options.reasons, work, out, digest, code)
        count = manifest.buckets
        lines = sorted(
            running.map("Scanning every bucket", partial(scan_bucket, job), count), key=lambda line: line["bucket"]
        )
        running.say(_report(reader, lines))
        shared = _share_records(job, lines, bundle)
        job = replace(job, moments=_find_moments(job, shared, bundle, options, running))
        lines = list(running.map(step.name, partial(step.write, job), count))
        new_values: Counter[str] = Counter()
        for line in lines:
            new_values.update(line["new_values"])
        for sentence in describe_unknown(lines[0]["unused_columns"], new_values):
            running.say(sentence)
        shutil.rmtree(work)
    return _count(lines, running.workers.lost)


def _claim_folder(out: Path, digest: str) -> np.datetime64:
    """Begin a run, or go on with the same one; return the latest time that could be recorded when it began."""
    run = out / _RUN
    if run.exists():
        begun = json.loads(run.read_text())
        if begun["digest"] == digest:
            return np.datetime64(begun["latest"], "us")
    if list_unlocked(out):
        raise _describe_foreign(out)
    latest = find_latest()
    replace_file(run, json.dumps({"digest": digest, "latest": str(latest)}).encode())
    return latest


def _describe_foreign(out: Path) -> DataError:
    """Describe a folder that holds something else."""
    return DataError(
        f"buckets: {str(out)!r} is not empty, and what it holds is not of these data, this model, this version and "
        "these options. Delete it, or name another folder."
    )


def _report(reader: BucketReader, lines: list[Line]) -> str:
    """Return the report of all buckets, in their order."""
    reports, repeated_rows = ChunkReports(), Counter[str]()
    for line in lines:
        reports.add_dict(line["report"])
        repeated_rows.update(line["repeated_rows"])
    return reader.report(reports, repeated_rows)


def _share_records(job: BucketJob, lines: list[Line], bundle: Bundle) -> SharedRecords:
    """Add up what the buckets know; what an earlier run added up is used."""
    folder = job.work / "shared"
    if not folder.exists():
        draft = job.work / f".shared-{os.getpid()}"
        shutil.rmtree(draft, ignore_errors=True)
        folders = [job.get_records_folder(line["bucket"]) for line in lines]
        merge_records(folders, [line["records"] for line in lines], bundle.context, draft)
        os.rename(draft, folder)
    return SharedRecords.open(folder)


def _find_moments(
    job: BucketJob, shared: SharedRecords, bundle: Bundle, options: ScoringOptions, running: Running
) -> MomentsOfScoring:
    """Find as of when the leads are scored and at which level, and say so."""
    running.say(describe_time(options.at, shared.as_of, bundle))
    if missing := describe_missing_pasts(bundle.signals, shared.build_context(bundle.context)):
        running.say(missing)
    moments = MomentsOfScoring(options.at, shared.as_of)
    since_training = LeadsSinceTraining(bundle)
    if not shared.has_outcomes or options.as_trained or not since_training.can_follow or shared.as_of is None:
        return moments
    lines = list(running.map("Following the level", partial(follow_bucket, job), job.reader.manifest.buckets))
    for line in sorted(lines, key=lambda line: line["bucket"]):
        with np.load(job.get_level_file(line["bucket"]), allow_pickle=False) as arrays:
            parts = [tuple(arrays[name] for name in "abcde")] if "a" in arrays else []
            since_training.add_parts(parts, bool(arrays["has_labels"]))
    path = find_level_path(since_training, shared.as_of, options.at)
    if path is not None:
        running.say(path.levels[-1].describe())
    return replace(moments, path=path)


def _count(lines: list[Line], workers_lost: int) -> RunCounts:
    """Count what was done, and check that no row is missing."""
    totals = Counter[str]()
    for line in lines:
        totals.update({name: line[name] for name in ("rows", "written", "rejected")})
    if totals["rows"] != totals["written"] + totals["rejected"] or len({line["bucket"] for line in lines}) < len(lines):
        raise ServiceError(
            f"buckets: the counts do not add up: {dict(totals)} in {len(lines)} buckets. Please report it."
        )
    return RunCounts(
        len(lines),
        sum(not line["now"] for line in lines),
        sum(line.get("twice", False) for line in lines),
        totals["rows"],
        totals["written"],
        totals["rejected"],
        workers_lost,
    )
