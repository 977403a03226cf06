"""Does a cluster score what one process scores, though a worker or the scheduler is killed?

Dask needs the extra ``scale``; Spark needs pyspark, which no requirement brings, and Java.
"""

import os
import shutil
import signal
import sys
import threading
from pathlib import Path

import pandas as pd
import pytest

from features.errors import WorkersError
from features.workers.spark_workers import SparkWorkers
from serving.scale.bucket_run import Running, score_buckets
from serving.scoring.file_scores import ScoringOptions
from tests.features.workers.dask_processes import dask_processes, require_dask  # noqa: F401  (a fixture)
from tests.serving.scale.bucket_scores import (
    BUCKETS,
    make_buckets,
    read_scores,
    run_score,
    score_leads,
    wait_for_buckets,
)
from training.bundle import find_bundle


@pytest.fixture
def cluster():
    """Two workers of Dask with nannies, and a scheduler in this process."""
    with require_dask().LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as started:
        yield started


def test_a_cluster_scores_what_one_process_scores_though_a_worker_is_killed(
    buckets, model, expected, tmp_path, cluster
):
    killed = threading.Thread(target=kill_worker, args=(cluster, tmp_path / "scores"))
    killed.start()

    said = run_score(buckets, model, tmp_path / "scores", "--reasons", "--scheduler", cluster.scheduler_address)

    killed.join()
    pd.testing.assert_frame_equal(read_scores(tmp_path / "scores"), expected, check_exact=True)
    assert "24 buckets: 0 had been finished before" in said and "1 workers were lost" in said


def kill_worker(cluster, out) -> None:
    """Kill a worker once two buckets are finished."""
    wait_for_buckets(None, out, 2)
    os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)


def test_a_killed_scheduler_ends_the_run_in_words_and_nothing_is_done_twice(
    buckets,
    model,
    expected,
    tmp_path,
    dask_processes,  # noqa: F811
):
    out, (scheduler, address, workers) = tmp_path / "scores", dask_processes
    killed = threading.Thread(target=lambda: (wait_for_buckets(None, out, 4), scheduler.kill()))
    killed.start()
    with pytest.raises(WorkersError, match="scheduler at 'tcp://127.0.0.1:.*' was lost, expected it to answer until"):
        run_score(buckets, model, out, "--reasons", "--scheduler", address)
    killed.join()
    for worker in workers:
        worker.kill()
        worker.wait()
    finished = {file: file.stat().st_mtime_ns for file in out.glob("bucket-*.json")}

    said = run_score(buckets, model, out, "--reasons", "--workers", "2")

    assert 4 <= len(finished) < BUCKETS
    assert f"{len(finished)} had been finished before, 0 were finished twice" in said
    assert finished == {file: file.stat().st_mtime_ns for file in finished}
    pd.testing.assert_frame_equal(read_scores(out), expected, check_exact=True)


@pytest.fixture(scope="module")
def session():
    spark = pytest.importorskip("pyspark.sql", reason="pyspark is not installed; pip install pyspark to run this")
    if shutil.which("java") is None:
        pytest.skip("there is no Java, which Spark runs on")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        # Executors are processes of their own, which find the checkout as this one does.
        patch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")]))
        builder = spark.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        session = builder.config("spark.driver.host", "127.0.0.1").getOrCreate()
        yield session
        session.stop()


def test_executors_score_what_one_process_scores(practice_folder, model, tmp_path, session):
    make_buckets(practice_folder, model, tmp_path / "buckets", "--buckets", "4")
    expected, _ = score_leads(tmp_path / "buckets", model, tmp_path / "s.parquet", "--reasons")
    said = []

    counts = score_buckets(
        tmp_path / "buckets",
        None,
        (str(model), tmp_path, *find_bundle(str(model), tmp_path)),
        ScoringOptions(reasons=True),
        tmp_path / "scores",
        Running(SparkWorkers(session), said.append, lambda *step: None),
    )

    pd.testing.assert_frame_equal(read_scores(tmp_path / "scores"), expected, check_exact=True)
    assert (counts.buckets, counts.written, counts.twice) == (4, 1_300, 0)
