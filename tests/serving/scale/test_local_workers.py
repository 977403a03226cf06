"""Do several processes score what one does, also when some of them are killed, and is no finished bucket done twice?"""

import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import psutil
import pytest

from serving.errors import ServiceError
from serving.scale.local_workers import LocalWorkers
from tests.serving.scale.test_bucket_run import make_buckets, run_score, score_leads

BUCKETS = 24


@pytest.fixture(scope="module")
def buckets(practice_folder, model, tmp_path_factory):  # noqa: F811
    folder = tmp_path_factory.mktemp("sorted") / "buckets"
    make_buckets(practice_folder, model, folder, "--buckets", str(BUCKETS))
    return folder


@pytest.fixture(scope="module")
def expected(buckets, model, tmp_path_factory):
    return score_leads(buckets, model, tmp_path_factory.mktemp("expected") / "s.parquet", "--reasons")[0]


def start(buckets, model, out) -> subprocess.Popen:
    """Start ``leadlight score --workers 2`` as a process of its own."""
    command = "from serving.cli.main import main; main()"
    options = ["--data", str(buckets), "--model", str(model), "--out", str(out), "--workers", "2", "--reasons"]
    return subprocess.Popen(
        [sys.executable, "-c", command, "score", *options], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def wait_for_buckets(running, out, count) -> list:
    """Wait until some buckets are finished; return their manifests."""
    while len(finished := list(out.glob("bucket-*.json"))) < count:
        assert running is None or running.poll() is None, running.stderr.read()
        time.sleep(0.01)
    return finished


def read_scores(out) -> pd.DataFrame:
    frames = [pd.read_parquet(file) for file in sorted(out.glob("bucket-*.parquet"))]
    return pd.concat(frames).sort_values("lead_id", ignore_index=True)


def find_workers(running) -> list[psutil.Process]:
    return [child for child in psutil.Process(running.pid).children() if "spawn_main" in " ".join(child.cmdline())]


def test_kills_cost_no_lead_and_no_finished_bucket_is_done_again(buckets, model, expected, tmp_path):
    """First one of two workers is killed, then the run itself; then it goes on, here and without workers."""
    out = tmp_path / "scores"
    running = start(buckets, model, out)
    wait_for_buckets(running, out, 2)
    find_workers(running)[0].kill()
    wait_for_buckets(running, out, 8)
    workers = find_workers(running)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    # Workers end with the process that started them, so that nobody else writes from now on.
    assert not psutil.wait_procs(workers, timeout=60)[1]
    finished = {file: file.stat().st_mtime_ns for file in out.glob("bucket-*.json")}

    said = run_score(buckets, model, out, "--reasons")

    assert f"{len(finished)} had been finished before, 0 were scored twice" in said
    assert 8 <= len(finished) < BUCKETS and finished == {file: file.stat().st_mtime_ns for file in finished}
    pd.testing.assert_frame_equal(read_scores(out), expected, check_exact=True)
    lines = [json.loads(file.read_text()) for file in out.glob("bucket-*.json")]
    assert sum(line["rows"] for line in lines) == sum(line["scored"] + line["rejected"] for line in lines) == 1_302
    assert len(lines) == BUCKETS and not (out / ".work").exists()


def die(bucket: int) -> dict:
    """A step that no process survives."""
    os.kill(os.getpid(), signal.SIGKILL)
    return {"bucket": bucket}


def test_workers_that_always_die_are_an_error_and_no_endless_run():
    with LocalWorkers(1) as workers, pytest.raises(ServiceError, match="died 3 times before finishing a bucket"):
        list(workers.run(die, [0, 1]))


def test_processes_compute_with_one_thread_and_this_one_keeps_its_variables():
    before = os.environ.get("OMP_NUM_THREADS")

    with LocalWorkers(1) as workers:
        (line,) = workers.run(tell_threads, [0])

    assert line == {"bucket": 0, "threads": "1"} and os.environ.get("OMP_NUM_THREADS") == before


def tell_threads(bucket: int) -> dict:
    """A step that returns how many threads it may use."""
    return {"bucket": bucket, "threads": os.environ["OMP_NUM_THREADS"]}
