"""Does a step refuse a worker that would compute something else, and a file that is not what it was?"""

from dataclasses import replace

import pytest

from features.workers.local_workers import Loop
from serving.errors import ServiceError
from serving.scale import bucket_run
from serving.scale.bucket_job import load_bundle, read_line, score_bucket
from serving.scale.bucket_run import Running
from serving.scoring.file_scores import ScoringOptions
from tests.serving.scale.bucket_scores import make_buckets
from training.bundle import find_bundle


@pytest.fixture
def job(practice_folder, model, tmp_path, monkeypatch):
    """The job of a run that has scored both of its buckets."""
    make_buckets(practice_folder, model, tmp_path / "buckets", "--buckets", "2")
    jobs = []
    monkeypatch.setattr(
        bucket_run, "score_bucket", lambda job, bucket: (jobs.append(job), score_bucket(job, bucket))[1]
    )
    chosen = (str(model), tmp_path, *find_bundle(str(model), tmp_path))
    running = Running(Loop(), lambda sentence: None, lambda *step: None)
    bucket_run.score_buckets(tmp_path / "buckets", None, chosen, ScoringOptions(), tmp_path / "scores", running)
    return jobs[0]


def test_a_finished_bucket_is_known_by_its_job_and_its_bytes(job):
    assert read_line(job, 0)["rows"] == read_line(job, 0)["written"] + read_line(job, 0)["rejected"] > 500
    assert score_bucket(job, 0)["now"] is False
    assert read_line(replace(job, digest="of other data"), 0) is None

    with job.get_result_file(0).open("ab") as file:
        file.write(b"x")

    assert read_line(job, 0) is None and read_line(job, 1) is not None


def test_a_worker_with_other_code_or_another_model_is_refused(job):
    with pytest.raises(ServiceError, match="this worker runs another version of Leadlight"):
        load_bundle(replace(job, code="of another version"))
    with pytest.raises(ServiceError, match="and the run began with abc"):
        load_bundle(replace(job, sha256="abc"))


def test_a_bucket_is_not_scored_before_all_were_scanned(job):
    with pytest.raises(ServiceError, match="must be scanned before"):
        score_bucket(replace(job, digest="of another run", moments=None), 0)
